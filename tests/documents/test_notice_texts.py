"""One source: the preview, the print, the page inside and the public page of a notice say the same words."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape

import pytest

from app import clock
from app.documents.registry import PAPERS
from app.documents.render import render
from app.domain.enums import NoticeKind
from app.queries.notices import content_of
from app.workflows.notices import actions
from app.workflows.notices.text import text_of
from tests.conftest import csrf_token
from tests.documents.conftest import pdf_text
from tests.factories.repairs import Repairs

KINDS = {
    NoticeKind.INITIATION: "initiation_notice", NoticeKind.ACCEPTANCE: "acceptance_notice",
    NoticeKind.CANCELLATION: "cancellation_notice",
}  # fmt: skip
WORDS = {
    NoticeKind.INITIATION: {"phone": "0750-3500000"},
    NoticeKind.ACCEPTANCE: {"works_content": "更换曳引机\n调试合格"},
    NoticeKind.CANCELLATION: {"reason": "施工单位破产\n维修无法继续"},
}


@pytest.fixture
def repairs(session, city, cast) -> Repairs:
    """The desk, on the clock of the application."""
    return Repairs(session, city, cast, now=clock.now().replace(microsecond=0))


def brought_to(repairs, kind: NoticeKind):
    """A project whose notice of that kind may be published for the second time."""
    short = repairs.houses([10_000, 10_000, 100])
    if kind is NoticeKind.ACCEPTANCE:
        project = repairs.running([dict.fromkeys(short, 3000)], [3000, 3100])
        repairs.accept_works(project, 8_000)
        notice = repairs.published(project, kind)
        repairs.do("supervisor", lambda ctx: actions.withdraw_notice(notice, ctx, reason="结算有误"))
        repairs.accept_works(project, 7_000)
        return project
    project = repairs.project([dict.fromkeys(short, 3000)], [3000, 3100])
    repairs.voted(project)
    if kind is NoticeKind.CANCELLATION:
        publish(repairs, project, kind, reason="暂缓")
    else:
        repairs.published(project)
    return project


def publish(repairs, project, kind, **words):
    closes_on = repairs.now.date() + timedelta(days=7)
    return repairs.do(
        "agent", lambda ctx: actions.publish_notice(repairs.fresh(project), kind, closes_on, ctx, **words)
    )


def words_of(html: str, start: str, end: str) -> str:
    """The text of a page between two marks, without white space."""
    part = html[html.index(start) : html.index(end, html.index(start))]
    return "".join(unescape(re.sub(r"<[^>]+>", "", part)).split())


@pytest.mark.parametrize("kind", KINDS)
def test_preview_print_page_and_public_page_say_the_same(repairs, signed_in, client, kind):
    project = brought_to(repairs, kind)
    agent, today = signed_in("agent"), clock.today()
    words = {"closes_on": (today + timedelta(days=7)).isoformat(), "phone": "", **WORDS[kind]}
    if kind is NoticeKind.ACCEPTANCE:
        words |= {"works_from": "2026-03-01", "works_to": "2026-03-10"}
    address = f"/notices/project/{project.id}/{kind.value}"
    words["csrf_token"] = csrf_token(agent.get(address))
    preview = agent.post(f"{address}/preview", data=words).get_data(as_text=True)
    typed = {name: date.fromisoformat(text) if name.startswith("works_") and name != "works_content" else text
             for name, text in words.items() if name not in ("closes_on", "csrf_token")}  # fmt: skip
    repairs.now = clock.now().replace(microsecond=0)
    notice = publish(repairs, project, kind, **typed)
    text = text_of(content_of(notice))
    lines = [text.greeting, text.opening]
    for section in text.sections:
        works = [section.works.total, section.works.budget] if section.works else []
        lines += [f"{section.numeral}{section.heading}", *works, *section.lines]
    said = ["".join(str(line).split()) for line in lines]
    assert len(text.sections) >= 6
    assert "与前次公示相比的变动" in [str(section.heading) for section in text.sections]
    printed = pdf_text(render(PAPERS[KINDS[kind]], repairs.fresh(notice), repairs.context("agent")))
    inside = words_of(agent.get(f"/notices/{notice.id}/").get_data(as_text=True), "<article", "</article>")
    public = words_of(client.get(f"/public/notices/{notice.id}/").get_data(as_text=True), "<article", "</article>")
    shown = words_of(preview, "print-sheet", "</article>")
    for name, whole in {"preview": shown, "print": printed, "page": inside, "public page": public}.items():
        assert [line for line in said if line not in whole] == [], name
        assert in_order(said, whole), name


def in_order(lines: list[str], whole: str) -> bool:
    at = 0
    for line in lines:
        at = whole.find(line, at)
        if at < 0:
            return False
        at += len(line)
    return True
