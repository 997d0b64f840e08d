"""超期 on exact days (workflows.md 5.3 rule 9): flagged the day after the last one, its filer told once."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.domain.enums import NoticeKind
from app.models import PolicyValue, Project
from app.permissions import SYSTEM
from app.queries.overdue import is_overdue
from app.queries.project_progress import progress_of
from app.transaction import unit_of_work
from app.workflows.engine import apply
from app.workflows.notices.actions import publish_notice
from app.workflows.projects.flow import PROJECT
from app.workflows.projects.overdue import late, remind, terms_of

pytestmark = pytest.mark.workflow

WORKS = "计划 2026-06-30 完工，过 30 天仍未提交项目验收"


@pytest.fixture
def terms(repairs):
    a, b = repairs.houses([100_000, 100_000])
    return [{a: 50_000, b: 50_000}], [60_000, 40_000]


def why(repairs, project, day: date) -> str:
    """What the page says on that day; the list's condition agrees."""
    repairs.now = datetime.combine(day, repairs.now.time())
    ctx = repairs.context("agent")
    found = late(repairs.fresh(project), progress_of(repairs.session, [project.id])[project.id], terms_of(ctx))
    listed = repairs.session.scalars(select(Project.id).where(is_overdue(terms_of(ctx)))).all()
    assert (project.id in listed) == (found is not None)
    return str(found.why) if found else ""


def told(repairs) -> list[str]:
    return [text for text in repairs.messages().get("agent", []) if "超期" in text]


def test_works_planned_to_end_on_30_june_are_late_from_31_july_on(repairs, terms):
    project = repairs.running(*terms)
    assert why(repairs, project, date(2026, 7, 30)) == ""
    assert why(repairs, project, date(2026, 7, 31)) == WORKS
    repairs.accept_works(project, 60_000)
    assert why(repairs, project, date(2026, 12, 31)) == ""


def test_a_draft_and_one_under_review_are_late_like_a_running_one(repairs, terms):
    draft = repairs.project(*terms)
    assert why(repairs, draft, date(2026, 7, 30)) == ""
    assert why(repairs, draft, date(2026, 7, 31)) == WORKS
    reviewed = repairs.ready(*terms)
    repairs.submit(repairs.open_initiation(reviewed))
    assert why(repairs, reviewed, date(2026, 9, 1)) == WORKS


def test_the_days_follow_the_policy_of_the_day(repairs, terms, cast):
    with unit_of_work() as session:
        session.add(
            PolicyValue(name="overdue_days_completion", value="10", valid_from=date(2026, 1, 1),
                        changed_at=repairs.now, changed_by_id=cast.supervisor.id)
        )  # fmt: skip
    project = repairs.project(*terms)
    assert why(repairs, project, date(2026, 7, 10)) == ""
    assert why(repairs, project, date(2026, 7, 11)) == "计划 2026-06-30 完工，过 10 天仍未提交项目验收"


def test_a_passed_vote_waits_180_days_for_its_initiation(repairs, terms):
    """Passed on 2 March 2026: 29 August is the 180th day. One submitted, or returned since, is not late for that."""
    project = repairs.project(*terms)
    with unit_of_work() as session:
        session.get(Project, project.id).planned_end = date(2027, 6, 30)
    repairs.voted(project)
    assert why(repairs, project, date(2026, 8, 29)) == ""
    assert why(repairs, project, date(2026, 8, 30)) == "业主表决 2026-03-02 通过，过 180 天仍未提交立项申请"
    repairs.published(project)
    initiation = repairs.submit(repairs.open_initiation(project))
    assert why(repairs, project, date(2026, 9, 10)) == ""
    repairs.act("clerk", initiation, "return", opinion="补正")
    assert why(repairs, project, date(2026, 9, 11)) == ""
    repairs.act("agent", initiation, "withdraw")
    assert why(repairs, project, date(2026, 9, 12)).startswith("业主表决 2026-03-02 通过")


def test_a_project_that_has_ended_is_late_no_more(repairs, terms):
    project = repairs.project(*terms)
    repairs.now = datetime(2026, 7, 31, 9, 0)
    closes_on = repairs.now.date() + timedelta(days=7)
    words = {"reason": "超期未实施"}
    repairs.do(
        "agent",
        lambda ctx: publish_notice(repairs.fresh(project), NoticeKind.CANCELLATION, closes_on, ctx, **words),
    )
    assert why(repairs, project, date(2026, 7, 31)) == WORKS
    repairs.do("agent", lambda ctx: apply(PROJECT, project.id, "cancel", ctx))
    assert why(repairs, project, date(2026, 7, 31)) == ""


def test_the_nightly_job_tells_the_filer_once_of_each_last_day(repairs, terms):
    project = repairs.project(*terms)
    repairs.now = datetime(2026, 7, 30, 0, 40)
    assert repairs.do(SYSTEM, remind) == 0
    repairs.pass_days(1)
    assert repairs.do(SYSTEM, remind) == 1
    text = f"项目 {project.number} {project.name} 已超期：{WORKS}。请尽快办理；不再实施的，请办理撤销"
    assert told(repairs) == [text]
    repairs.pass_days(1)
    assert (repairs.do(SYSTEM, remind), told(repairs)) == (0, [text])
    with unit_of_work() as session:  # a new plan, and late again
        session.get(Project, project.id).planned_end = date(2026, 7, 15)
    repairs.now = datetime(2026, 8, 15, 0, 40)
    assert repairs.do(SYSTEM, remind) == 1
    assert len(told(repairs)) == 2
