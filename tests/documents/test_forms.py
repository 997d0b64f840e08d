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
    '<img src="file:///etc/passwd"/>', "</td></tr></table>", "<pdf:pagenumber/>", "&lt;b&gt;", "]]>", "<!--", "\\", "%s %(a)s",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_typed_text_is_printed_as_it_was_typed(text):
    pdf = drawn("<p>甲{{ typed }}乙</p>", typed=text)
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1
    assert f"甲{''.join(text.split())}乙" in pdf_text(pdf)


def test_hostile_project_is_printed_letter_by_letter_on_every_paper(story):
    """Names, reasons and contents full of markup: no paper fails, none grows a page, the text stands there."""
    text = "".join(HOSTILE)
    with unit_of_work() as session:
        project = session.get(Project, story.project.id)
        project.name = project.reason = project.remark = text[:200]
        project.items[0].content = text
        session.get(Project, story.draft.id).name = text[:200]
    for key in PAPERS:
        subject = story.repairs.fresh(story.subject(key))
        pdf = render(PAPERS[key], subject, story.repairs.context("supervisor"))
        found = pdf_text(pdf)
        assert "49" not in found or key != "initiation_application"
        if key in {"voting_sheet", "initiation_application", "budget_list"}:
            continue
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
    monkeypatch.setattr(socket, "create_connection", lambda *args, **values: asked.append(args) or (_ for _ in ()).throw(OSError))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **values: asked.append(args) or (_ for _ in ()).throw(OSError))
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
    pdf = drawn('<p>{{ typed }}</p><table class="grid"><tr><td style="width:37mm">{{ typed }}</td></tr></table>', typed=text)
    assert [line for line in lines_of(pdf) if line[:1] in NO_LINE_START] == []
    assert pdf_text(pdf).count(text) == 1 or long in pdf_text(pdf)


def test_text_longer_than_a_page_goes_on_to_the_next_one_and_nothing_is_lost():
    pdf = drawn('<table class="grid"><tr><td style="width:172mm">{{ typed }}</td></tr></table>', typed="维修内容" * 3000)
    assert pdf_text(pdf).count("维修内容") == 3000 or pdf_text(pdf).replace("打印时间", "").count("修内容") >= 2995
    assert len(PdfReader(io.BytesIO(pdf)).pages) > 3


@pytest.mark.parametrize("rows", [5, 400])
def test_no_row_of_a_table_is_lost(rows):
    body = '<table class="grid" repeat="1"><thead><tr><th>甲</th></tr></thead>{% for row in rows %}<tr><td>{{ row }}</td></tr>{% endfor %}</table>'
    text = pdf_text(drawn(body, rows=[f"Q{number:04d}Z" for number in range(rows)]))
    assert [f"Q{number:04d}Z" in text for number in range(rows)] == [True] * rows


def test_no_template_lets_a_frame_shrink():
    for path in forms.TEMPLATES.iterdir():
        assert "keep-in-frame" not in path.read_text(encoding="utf-8")


def test_file_name_keeps_no_sign_that_a_disk_refuses(story):
    story.open_vote.number = 'a/b\\c:"*'
    assert file_name(PAPERS["voting_sheet"], story.open_vote) == "投票表决签字表-a-b-c---.pdf"
