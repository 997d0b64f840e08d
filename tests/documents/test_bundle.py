"""全部打印: every paper of a project in one PDF, in order, with outline and pages; only what the reader may print."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
from pypdf import PdfReader

from app.documents import sizes
from app.documents.bundle import draw_bundle, parts_of, rows_to_draw
from app.documents.registry import PAPERS
from app.domain.errors import Refusal
from app.jobs import papers, runner
from app.models import ArchivedPaper, Job, Message
from tests.conftest import post
from tests.documents.conftest import printed
from tests.support.workbench import text_of

COMPANY = [
    "投票表决签字表", "表决结果统计表", "立项公告", "预算清册", "维修项目立项申请单", "受理回执", "维修资金拨付申请单",
    "受理回执", "验收公告", "决算清册", "撤销公告", "拨付计划变更申请单", "清退通知单",
]  # fmt: skip


def test_bundle_holds_every_paper_in_order_with_its_pages(story):
    reader = PdfReader(io.BytesIO(printed(story, "project_papers")))
    outline = [entry.title for entry in reader.outline]
    assert [title.split(" ")[1] for title in outline[1:]] == COMPANY
    assert outline[0] == "目录"
    starts = [reader.get_destination_page_number(entry) for entry in reader.outline]
    contents = reader.pages[0].extract_text()
    assert all(str(start + 1) in contents for start in starts[1:])
    for title, start in zip(COMPANY, starts[1:], strict=True):
        assert title in reader.pages[start].extract_text().replace("\n", "").replace(" ", "")


def test_department_prints_no_voting_sheet(story):
    found = [part.paper.title for part in parts_of(story.project, story.repairs.context("reviewer"))]
    assert found == COMPANY[1:]


def test_new_project_has_only_its_draft_list(story):
    found = [part.paper.key for part in parts_of(story.draft, story.repairs.context("agent"))]
    assert found == ["budget_list_draft"]


def test_project_without_papers_says_so(story):
    bare = SimpleNamespace(id=0, number="", name="", created_at=story.repairs.now)
    with pytest.raises(Refusal, match="项目还没有可以打印的文书"):
        draw_bundle(bare, story.repairs.context("agent"), lambda rows: None)


@pytest.mark.parametrize(
    ("key", "rows"), [("budget_list", 7), ("final_list", 21), ("budget_list_draft", 11), ("voting_sheet", 11)]
)
def test_size_is_known_before_the_list_is_drawn(story, key, rows):
    assert rows_to_draw(PAPERS[key], story.subject(key), story.repairs.context("agent")) == rows


def test_long_paper_is_drawn_in_the_background(story, signed_in, session, monkeypatch, app):
    monkeypatch.setattr("app.screens.papers.AT_ONCE", 5)
    agent, address = signed_in("agent"), f"/papers/budget_list/{story.notice.id}.pdf"
    page = agent.get(address)
    assert "共约 7 行，将在后台生成 PDF" in text_of(page)
    answer = post(agent, f"/papers/budget_list/{story.notice.id}/print")
    assert runner.work_off(app, "test") == 1
    session.rollback()
    job = session.query(Job).one()
    assert (job.state.value, answer.location) == ("done", f"/jobs/{job.id}")
    told = session.query(Message).order_by(Message.id.desc()).first()
    assert (told.text, told.link) == ("“预算清册-GS2026000001.pdf”已备好，请在一天内下载", f"/jobs/{job.id}")
    file = agent.get(f"/jobs/{job.id}/file")
    assert file.data == session.query(ArchivedPaper).filter_by(paper="budget_list").one().pdf
    assert agent.get(address).data == file.data  # kept: given at once from now on
    assert signed_in("org_admin").get(f"/jobs/{job.id}/file").status_code == 404


def test_print_of_others_is_not_begun(story, signed_in):
    for user, status in (("other_agent", 404), ("bank", 403), ("agent", 302)):
        assert post(signed_in(user), f"/papers/budget_list/{story.notice.id}/print").status_code == status
    assert post(signed_in("agent"), f"/papers/nothing/{story.notice.id}/print").status_code == 404


def test_cancelled_print_leaves_nothing(story, session, app, signed_in, monkeypatch):
    monkeypatch.setattr("app.documents.render.STEP", 1)
    post(signed_in("agent"), f"/papers/project_papers/{story.project.id}/print")
    session.rollback()
    job = session.query(Job).one()
    drawn = papers.Run.progress

    def cancel_in_the_middle(run, done, total, stage=""):
        if done == 3:
            post(signed_in("agent"), f"/jobs/{job.id}/cancel")
        drawn(run, done, total, stage)

    monkeypatch.setattr(papers.Run, "progress", cancel_in_the_middle)
    runner.work_off(app, "test")
    session.rollback()
    assert session.get(Job, job.id, populate_existing=True).state.value == "cancelled"
    assert "file" not in job.result


def test_sections_of_items_that_do_not_fit_as_columns_are_counted(story):
    ctx = story.repairs.context("agent")
    assert sizes._sections(10, story.project.id, 1, ctx) == 30
    assert sizes._sections(10, story.project.id, 2, ctx) == 10
