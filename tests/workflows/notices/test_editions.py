"""Editions of a notice: each says what it changes of the one before; 撤销公示; what the department can't take back."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from app.domain.enums import AcceptanceState, ApplicationState, NoticeKind, NoticeState
from app.domain.errors import Forbidden, Refusal
from app.models import Acceptance, Project
from app.transaction import unit_of_work
from app.workflows.notices import actions, content
from app.workflows.notices.text import text_of

pytestmark = pytest.mark.workflow
CANCELLATION = NoticeKind.CANCELLATION


@pytest.fixture
def project(repairs) -> Project:
    """Two houses, 30.00 each, in two phases of 30.00; voted."""
    project = repairs.project([dict.fromkeys(repairs.houses([10_000, 10_000]), 3000)], [3000, 3000])
    repairs.voted(project)
    return project


def changes_of(notice) -> list[str]:
    return json.loads(notice.content)["changes"]


def last_section(notice) -> tuple[str, list[str]]:
    section = text_of(json.loads(notice.content)).sections[-1]
    return str(section.heading), [str(line) for line in section.lines]


def replan(repairs, project, *amounts: int) -> None:
    with unit_of_work() as session:
        for phase, amount in zip(session.merge(project).phases, amounts, strict=True):
            phase.amount = amount


def cancel(repairs, project, reason: str = "维修无法进行"):
    closes_on = repairs.now.date() + timedelta(days=7)
    return repairs.do(
        "agent", lambda ctx: actions.publish_notice(project, CANCELLATION, closes_on, ctx, reason=reason)
    )  # fmt: skip


def test_first_edition_says_nothing_of_changes_and_a_second_without_any_says_so(repairs, project):
    first, second = repairs.published(project), repairs.published(project)
    assert last_section(first)[0] == "异议的提出"
    assert last_section(second) == ("与前次公示相比的变动", ["无变化"])
    assert [row.edition for row in (first, second)] == [1, 2]


def test_changed_plan_is_told_phase_by_phase(repairs, project):
    repairs.published(project)
    replan(repairs, project, 2000, 4000)
    before, now = "第 1 期 条件 1 30.00 元；第 2 期 条件 2 30.00 元", "第 1 期 条件 1 20.00 元；第 2 期 条件 2 40.00 元"
    assert changes_of(repairs.published(project)) == [f"拨付计划由“{before}”改为“{now}”"]


def test_plan_of_one_house_is_told_without_amounts(repairs):
    """What the fund pays of a single house may be its balance: nobody else is to read it."""
    project = repairs.project([dict.fromkeys(repairs.houses([5000]), 9000)], [3000, 2000])
    repairs.voted(project)
    repairs.published(project)
    replan(repairs, project, 2000, 3000)
    assert changes_of(repairs.published(project)) == ["拨付计划已改动"]


def test_edition_after_a_withdrawn_one_tells_what_changed_since(repairs, project):
    notice = repairs.published(project)
    repairs.do("supervisor", lambda ctx: actions.withdraw_notice(notice, ctx, reason="名称有误"))
    with unit_of_work() as session:
        session.merge(project).name = "电梯大修"
    wording = content.Wording(repairs.now.date() + timedelta(days=7))
    ctx = repairs.context("agent")
    preview = content.build(repairs.fresh(project), NoticeKind.INITIATION, wording, ctx).content
    second = repairs.published(project)
    assert (second.edition, second.supersedes_id) == (2, None)
    assert changes_of(second) == ["项目名称由“电梯维修 2”改为“电梯大修”"]
    assert {**preview, "number": second.number} == json.loads(second.content)


def test_acceptance_published_anew_tells_the_settlement_that_changed(repairs):
    project = repairs.running([dict.fromkeys(repairs.houses([10_000, 10_000]), 3000)], [3000, 3000])
    repairs.accept_works(project, 5000)
    notice = repairs.published(project, NoticeKind.ACCEPTANCE)
    repairs.do("supervisor", lambda ctx: actions.withdraw_notice(notice, ctx, reason="结算有误"))
    repairs.accept_works(project, 4800)
    item = repairs.fresh(project).items[0].equipment.name
    assert changes_of(repairs.published(project, NoticeKind.ACCEPTANCE)) == [
        f"“{item}”结算金额由 50.00 元改为 48.00 元"
    ]


def test_acceptance_notice_stays_where_what_it_released_is_held_elsewhere(repairs):
    """It released 10.00 of each house; another project has taken what was free of the first one since."""
    first, second = repairs.houses([3000, 10_000])
    project = repairs.running([{first: 3000, second: 3000}], [3000, 3000])
    repairs.accept_works(project, 4000)
    notice = repairs.published(project, NoticeKind.ACCEPTANCE)
    repairs.running([{first: 1000}], [500, 500])
    with pytest.raises(Refusal) as refused:
        repairs.do("supervisor", lambda ctx: actions.withdraw_notice(notice, ctx, reason="结算有误"))
    told = " ".join([str(refused.value), *map(str, refused.value.details)])
    assert first.label in told
    assert second.label not in told
    assert "10.00" in told
    assert repairs.fresh(notice).state is NoticeState.PUBLISHED
    acceptance = repairs.session.query(Acceptance).filter_by(project_id=project.id).one()
    assert acceptance.state is AcceptanceState.IN_FORCE


def test_cancellation_has_its_own_number_asks_why_and_tells_what_is_paid(repairs):
    project = repairs.running([dict.fromkeys(repairs.houses([10_000, 10_000]), 3000)], [3000, 3000])
    repairs.paid_out(project, 1, 3000)
    with pytest.raises(Refusal) as refused:
        cancel(repairs, project, reason=" ")
    assert (refused.value.field, str(refused.value)) == ("reason", "请填写撤销原因")
    notice = cancel(repairs, repairs.fresh(project))
    lines = [str(line) for section in text_of(json.loads(notice.content)).sections for line in section.lines]
    assert notice.number == "CX2026000001"
    assert lines[1:3] == ["维修无法进行", "本项目累计已拨付 ¥30.00，已退回 ¥0.00，尚未退回 ¥30.00。"]


@pytest.mark.parametrize(("days", "accepted"), [(6, False), (7, True)])
def test_days_of_a_cancellation_are_the_policys(repairs, project, days, accepted):
    closes_on = date(2026, 3, 2) + timedelta(days=days)

    def publish():
        return repairs.do(
            "agent", lambda ctx: actions.publish_notice(project, CANCELLATION, closes_on, ctx, reason="停建")
        )  # fmt: skip

    if accepted:
        assert publish().closes_on == date(2026, 3, 9)
    else:
        with pytest.raises(Refusal):
            publish()


def test_company_takes_its_cancellation_back_and_nothing_else(repairs, project):
    initiation = repairs.published(project)
    notice = cancel(repairs, repairs.fresh(project))
    with pytest.raises(Forbidden):
        repairs.do("clerk", lambda ctx: actions.take_back(notice, ctx))
    repairs.do("agent", lambda ctx: actions.take_back(notice, ctx, version=1))
    assert repairs.fresh(notice).state is NoticeState.WITHDRAWN
    with pytest.raises(Refusal) as refused:
        repairs.do("agent", lambda ctx: actions.take_back(initiation, ctx))
    assert str(refused.value) == "只有撤销公示可由发布单位撤回，其他公示由管理部门撤回"


def test_department_withdraws_a_cancellation_and_the_initiation_goes_on(repairs, project):
    repairs.published(project)
    application = repairs.submit(repairs.open_initiation(project))
    notice = cancel(repairs, repairs.fresh(project))
    repairs.do("supervisor", lambda ctx: actions.withdraw_notice(notice, ctx, reason="理由不足"))
    assert repairs.fresh(notice).state is NoticeState.WITHDRAWN
    assert repairs.fresh(application).state is ApplicationState.SUBMITTED
