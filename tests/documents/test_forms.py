"""Forms: nothing that a user typed acts in them, nothing is read from outside, nothing is missing unseen."""

from __future__ import annotations

import io
import logging
from contextlib import contextmanager

import jinja2
import pytest
from jinja2 import ChoiceLoader, DictLoader
from pypdf import PdfReader

from app.documents import forms
from app.documents.linebreak import NO_LINE_START
from app.documents.registry import PAPERS
from app.documents.render import file_name, render
from app.models import Project
from app.transaction import unit_of_work
from tests.documents.conftest import pdf_text

FRAME = '{% extends "base.html" %}{% block body %}%s{% endblock %}'
HEAD = {"title": "试印", "heading": "试印", "number": "T1", "printed_at": "2026-03-02 09:00"}


@contextmanager
def template(body: str):
    """A form of this body, for one test."""
    kept = forms.environment().loader
    forms.environment().loader = ChoiceLoader([DictLoader({"trial.html": FRAME.replace("%s", body)}), kept])
    forms.environment().cache.clear()
    try:
        yield "trial.html"
    finally:
        forms.environment().loader = kept
        forms.environment().cache.clear()


def drawn(body: str, **values) -> bytes:
    with template(body) as name:
        return forms.draw_form(name, {**HEAD, **values})


def lines_of(pdf: bytes) -> list[str]:
    return [line.strip() for page in PdfReader(io.BytesIO(pdf)).pages for line in page.extract_text().splitlines()]


HOSTILE = [
    "<pdf:nextpage/>", '<font size="40">大</font>', "{{ 7*7 }}", "{% raw %}", "<script>alert(1)</script>",
    '<img src="file:///etc/passwd"/>', "</td></tr></table>", "<pdf:pagenumber/>", "&lt;b&gt;", "]]>", "<!--", "\\",
    "%s %(a)s",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_typed_text_is_printed_as_it_was_typed(text):
    pdf = drawn("<p>甲{{ typed }}乙</p>", typed=text)
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1
    assert f"甲{''.join(text.split())}乙" in pdf_text(pdf)


def test_hostile_project_is_printed_letter_by_letter_on_every_paper(story):
    """Names, reasons and contents full of markup: no paper fails, and the text stands there."""
    text = "".join(HOSTILE)
    with unit_of_work() as session:
        project = session.get(Project, story.project.id)
        project.name = project.reason = project.remark = text[:200]
        project.items[0].content = text
        session.get(Project, story.draft.id).name = text[:200]
    for key in PAPERS:
        subject = story.repairs.fresh(story.subject(key))
        assert render(PAPERS[key], subject, story.repairs.context("supervisor")).startswith(b"%PDF")
    application = story.repairs.fresh(story.initiation)
    found = pdf_text(render(PAPERS["initiation_application"], application, story.repairs.context("supervisor")))
    assert "".join(text.split()) in found


def test_sign_that_the_font_lacks_becomes_a_mark_and_is_logged(caplog):
    with caplog.at_level(logging.WARNING, "app.documents"):
        text = pdf_text(drawn("<p>{{ typed }}</p>", typed="业主𠮷田"))
    assert "业主〓田" in text
    assert "U+20BB7" in caplog.text


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "/etc/passwd", "../../config.py", "http://127.0.0.1:9/x.png", "https://example.org/x.png"],
)
def test_no_file_and_no_address_is_read(address, monkeypatch):
    """Even if a template itself asked for it."""
    import socket

    asked = []

    def refuse(*args, **values):
        asked.append(args)
        raise OSError("no network in this test")

    for name in ("create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    pdf = drawn(f'<p>甲<img src="{address}"/></p><link rel="stylesheet" href="{address}"/>')
    assert asked == []
    assert b"root:" not in pdf
    assert "甲" in pdf_text(pdf)


def test_value_that_the_context_lacks_is_an_error():
    with pytest.raises(jinja2.UndefinedError):
        drawn("<p>{{ forgotten }}</p>")


def test_empty_field_prints_a_line_and_a_filled_one_none():
    assert str(forms.environment().from_string("{{ a | or_line }}").render(a="")).count("&#160;") == 16
    assert forms.environment().from_string("{{ a | or_line }}").render(a="甲") == "甲"


def test_line_breaks_of_the_typed_text_are_kept():
    lines = lines_of(drawn("<p>{{ typed | lines }}</p>", typed="第一行\r\n第二行\n<b>"))
    assert {"第一行", "第二行", "<b>"} <= set(lines)


@pytest.mark.parametrize("long", ["更换曳引机，更换钢丝绳；更换制动器（含控制柜）。", "电梯、水泵：维修！"])
def test_no_line_begins_with_a_closing_sign(long):
    text = long * 60
    narrow = '<table class="grid"><tr><td style="width:37mm">{{ typed[:400] }}</td></tr></table>'
    pdf = drawn(f"<p>{{{{ typed }}}}</p>{narrow}", typed=text)
    assert [line for line in lines_of(pdf) if line[:1] in NO_LINE_START] == []
    assert text in pdf_text(pdf)


def lowest(pdf: bytes) -> float:
    """The lowest place on any page where text stands, in points."""
    places = []

    def note(text, matrix, place, _font, _size):
        if text.strip():
            places.append(matrix[3] * place[5] + matrix[5])

    for page in PdfReader(io.BytesIO(pdf)).pages:
        page.extract_text(visitor_text=note)
    return min(places)


LONG = "".join(f"第{number}项维修，" for number in range(400))  # some 2,900 characters


def test_paragraph_longer_than_a_page_goes_on_to_the_next_one():
    pdf = drawn("<p>{{ typed | lines }}</p>", typed=LONG * 2)
    assert lowest(pdf) > 20
    assert pdf_text(pdf).count("第399项维修") == 2


def test_text_of_many_pages_stays_on_paper_in_every_form(story):
    """The longest that the screens let through and more: each piece of it stands above the foot of a page."""
    with unit_of_work() as session:
        project = session.get(Project, story.project.id)
        project.reason = LONG
        project.items[0].content = LONG
    application = story.repairs.fresh(story.initiation)
    pdf = render(PAPERS["initiation_application"], application, story.repairs.context("supervisor"))
    text = pdf_text(pdf)
    assert lowest(pdf) > 20
    joined = text.replace("（续）", "")
    assert [number for number in range(400) if joined.count(f"第{number}项") < 1] == []


def test_opinion_of_many_lines_stays_on_paper():
    row = {"step": "初审", "text": "同意。\n" * 300, "person": "周初", "day": "2026年3月2日"}
    pdf = drawn('{% from "parts.html" import opinions %}{{ opinions(rows, "管理中心") }}', rows=[row])
    assert lowest(pdf) > 20
    assert pdf_text(pdf).count("同意。") == 300


def test_pieces_lose_nothing_and_keep_to_their_size():
    assert forms.pieces("", 10) == [""]
    assert forms.pieces("甲" * 25, 5, 2) == ["甲" * 10, "甲" * 10, "甲" * 5]
    assert forms.pieces("甲\n" * 4, 5, 2) == ["甲\n甲\n", "甲\n甲\n"]
    assert "".join(forms.pieces(LONG, 8)) == LONG


@pytest.mark.parametrize("rows", [5, 400])
def test_no_row_of_a_table_is_lost(rows):
    head = '<table class="grid" repeat="1"><thead><tr><th>甲</th></tr></thead>'
    body = "{% for row in rows %}<tr><td>{{ row }}</td></tr>{% endfor %}</table>"
    text = pdf_text(drawn(head + body, rows=[f"Q{number:04d}Z" for number in range(rows)]))
    assert [f"Q{number:04d}Z" in text for number in range(rows)] == [True] * rows


def test_no_template_lets_a_frame_shrink():
    for path in forms.TEMPLATES.iterdir():
        assert "keep-in-frame" not in path.read_text(encoding="utf-8")


def test_file_name_keeps_no_sign_that_a_disk_refuses(story):
    story.open_vote.number = 'a/b\\c:"*'
    assert file_name(PAPERS["voting_sheet"], story.open_vote) == "投票表决签字表-a-b-c---.pdf"
