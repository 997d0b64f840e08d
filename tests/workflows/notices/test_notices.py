"""Notices: days, what they say and keep, supersede, withdraw, end; and the guards that rest on them."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.domain.enums import AcceptanceState, ApplicationState, NoticeKind, NoticeState, ProjectState
from app.domain.errors import Conflict, Forbidden, NotYours, Refusal
from app.models import Acceptance, ItemShare, Notice, NoticeRow, PolicyValue
from app.permissions import SYSTEM
from app.transaction import unit_of_work
from app.workflows.engine import Context
from app.workflows.notices import actions, changes, content, rules
from app.workflows.votes import actions as votes

pytestmark = pytest.mark.workflow
INITIATION, ACCEPTANCE = NoticeKind.INITIATION, NoticeKind.ACCEPTANCE


@pytest.fixture
def project(repairs):
    """b = 100.00 each, the second house has only 40.00: f = 100/40/100; passed vote."""
    houses = repairs.houses([100_000, 4_000, 100_000])
    project = repairs.project([dict.fromkeys(houses, 10000)], [14_400, 9_600])
    repairs.voted(project)
    return project


def publish(repairs, project, closes_on=None, who="agent", kind=INITIATION, **words) -> Notice:
    closes_on = closes_on or repairs.now.date() + timedelta(days=7)
    return repairs.do(who, lambda ctx: actions.publish_notice(repairs.fresh(project), kind, closes_on, ctx, **words))


def test_notice_says_what_the_project_is_on_that_day(repairs, project):
    notice = publish(repairs, project, phone="0000-8866321")
    said = json.loads(notice.content)
    assert (notice.number, notice.edition, notice.state) == ("GS2026000001", 1, NoticeState.PUBLISHED)
    assert said["totals"] == {
        "houses": 3, "floor_area": 30000, "budget": 30_000, "settled": None, "fund": 24_000, "own": 6_000, "short": 1,
    }  # fmt: skip
    assert (said["vote"]["number"], said["vote"]["area_percent"], said["vote"]["heads"]) == (
        "JX2026001",
        "100.00",
        [3, 3],
    )
    assert (said["published_on"], said["closes_on"], said["days"]) == ("2026-03-02", "2026-03-09", 7)
    assert (said["items"][0]["range"], said["items"][0]["houses"], said["phone"]) == ("11幢", 3, "0000-8866321")


def test_notice_keeps_its_rows_when_the_project_changes(repairs, project):
    notice = publish(repairs, project)
    rows = select(NoticeRow.house_label, NoticeRow.budget, NoticeRow.fund).order_by(NoticeRow.position)
    before = [tuple(row) for row in repairs.session.execute(rows)]
    assert before == [("11幢001", 10_000, 10_000), ("11幢002", 10_000, 4_000), ("11幢003", 10_000, 10_000)]
    with unit_of_work() as session:
        session.query(ItemShare).filter_by(project_id=project.id).update({"amount": 20_000})
    assert [tuple(row) for row in repairs.session.execute(rows)] == before
    assert repairs.fresh(notice).content == notice.content


def test_preview_equals_what_is_published(repairs, project):
    wording = content.Wording(date(2026, 3, 12), phone="0000-8866321")
    preview = content.build(repairs.fresh(project), INITIATION, wording, repairs.context("agent"))
    notice = publish(repairs, project, wording.closes_on, phone=wording.phone)
    assert {**preview.content, "number": notice.number} == json.loads(notice.content)


def test_percent_is_cut_and_never_rounded_up():
    assert content.percent(66_666, 100_000) == "66.66"
    assert content.percent(2, 3) == "66.66"
    assert content.percent(0, 0) == "0.00"


@pytest.mark.parametrize(("closes_on", "accepted"), [(date(2026, 3, 8), False), (date(2026, 3, 9), True)])
def test_day_of_publishing_is_not_counted(repairs, project, closes_on, accepted):
    if accepted:
        assert publish(repairs, project, closes_on).closes_on == closes_on
        return
    with pytest.raises(Refusal) as refused:
        publish(repairs, project, closes_on)
    assert (refused.value.field, str(refused.value)) == (
        "closes_on", "公示不得少于 7 天（发布当日不计），截止日期最早为 2026-03-09",
    )  # fmt: skip


def test_minimum_days_are_the_policy_of_the_day(repairs, project):
    with unit_of_work() as session:
        values = {"value": "10", "valid_from": date(2026, 3, 1), "changed_at": repairs.now}
        session.add(PolicyValue(name="notice_days_initiation", **values))
    with pytest.raises(Refusal):
        publish(repairs, project, date(2026, 3, 11))
    assert publish(repairs, project, date(2026, 3, 12)).closes_on == date(2026, 3, 12)


def test_closing_more_than_a_year_off_is_refused(repairs, project):
    with pytest.raises(Refusal) as refused:
        publish(repairs, project, date(2027, 3, 3))
    assert refused.value.field == "closes_on"


def test_notice_needs_the_passed_vote(repairs):
    project = repairs.project([dict.fromkeys(repairs.houses([5000]), 1000)], [500, 500])
    with pytest.raises(Refusal) as refused:
        publish(repairs, project)
    assert str(refused.value) == "尚未通过业主表决"


def test_refused_notice_takes_no_number(repairs, project):
    with pytest.raises(Refusal):
        publish(repairs, project, date(2026, 3, 3))
    assert publish(repairs, project).number == "GS2026000001"


def end_notices(repairs, at: datetime) -> int:
    with unit_of_work() as session:
        return actions.end_notices(Context(session, SYSTEM, at))


def test_notice_is_over_at_midnight_after_its_closing_date(repairs, project):
    notice = publish(repairs, project, date(2026, 3, 9))
    assert end_notices(repairs, datetime(2026, 3, 9, 23, 59, 59)) == 0
    assert repairs.fresh(notice).state == NoticeState.PUBLISHED
    assert end_notices(repairs, datetime(2026, 3, 10, 0, 0)) == 1
    assert repairs.fresh(notice).state == NoticeState.ENDED
    assert end_notices(repairs, datetime(2026, 3, 10, 0, 5)) == 0


def test_final_approval_waits_for_the_end_of_the_notice(repairs, project):
    publish(repairs, project, date(2026, 3, 9))
    waits = "立项公示 GS2026000001 尚未结束（2026-03-09 24 时截止）"
    repairs.now = datetime(2026, 3, 9, 23, 59)
    assert str(rules.initiation_notice_over(repairs.fresh(project), repairs.context("supervisor"))) == waits
    repairs.now = datetime(2026, 3, 10, 0, 0)
    assert rules.initiation_notice_over(repairs.fresh(project), repairs.context("supervisor")) is None


def test_final_approval_does_not_wait_where_the_policy_says_none(repairs, project):
    with unit_of_work() as session:
        values = {"value": "none", "valid_from": date(2026, 3, 1), "changed_at": repairs.now}
        session.add(PolicyValue(name="approval_waits_for_notice", **values))
    publish(repairs, project)
    assert rules.initiation_notice_over(repairs.fresh(project), repairs.context("supervisor")) is None


def test_change_of_a_share_after_the_notice_shuts_the_initiation(repairs, project):
    publish(repairs, project)
    assert rules.initiation_notice_published(repairs.fresh(project), repairs.context("agent")) is None
    other = repairs.contractor("云溪恒升机电有限公司", "6222000000009999")
    with unit_of_work() as session:
        session.merge(project).items[0].contractor_id = other.id
    reason = rules.initiation_notice_published(repairs.fresh(project), repairs.context("agent"))
    assert str(reason) == "立项公示 GS2026000001 发布后项目已改动，须重新发布公示"


def test_prompt_says_nothing_changed_or_what_did(repairs, project):
    assert changes.before_initiation(repairs.fresh(project), repairs.context("agent")) is None
    publish(repairs, project)
    prompt = changes.before_initiation(repairs.fresh(project), repairs.context("agent"))
    assert (prompt.changes, prompt.refusal) == ((), None)
    with unit_of_work() as session:
        session.merge(project).name = "电梯大修"
    prompt = changes.before_initiation(repairs.fresh(project), repairs.context("agent"))
    assert [str(line) for line in prompt.changes] == ["项目名称由“电梯维修 2”改为“电梯大修”"]
    assert prompt.refusal is None
    other = repairs.contractor("云溪恒升机电有限公司", "6222000000009999")
    with unit_of_work() as session:
        session.merge(project).items[0].contractor_id = other.id
    prompt = changes.before_initiation(repairs.fresh(project), repairs.context("agent"))
    assert len(prompt.changes) == 2
    assert str(prompt.refusal) == "立项公示 GS2026000001 发布后项目已改动，须重新发布公示"


def test_new_edition_supersedes_and_tells_what_changed(repairs, project):
    first = publish(repairs, project)
    with unit_of_work() as session:
        session.merge(project).name = "电梯大修"
    second = publish(repairs, project)
    first = repairs.fresh(first)
    assert (first.state, first.edition) == (NoticeState.SUPERSEDED, 1)
    assert (second.number, second.edition, second.supersedes_id) == ("GS2026000002", 2, first.id)
    assert json.loads(second.content)["changes"] == ["项目名称由“电梯维修 2”改为“电梯大修”"]
    assert repairs.session.query(NoticeRow).filter_by(notice_id=first.id).count() == 3


def test_voided_vote_shuts_the_initiation_until_published_anew(repairs, project):
    publish(repairs, project)
    vote = votes.vote_at_stake(project, repairs.context("agent"))
    repairs.do("agent", lambda ctx: votes.void_vote(vote, ctx, reason="录入有误"))
    repairs.voted(repairs.fresh(project))
    reason = rules.initiation_notice_published(repairs.fresh(project), repairs.context("agent"))
    assert str(reason) == "立项公示 GS2026000001 所依据的业主表决已变更，须重新发布公示"
    publish(repairs, project)
    assert rules.initiation_notice_published(repairs.fresh(project), repairs.context("agent")) is None


def test_withdrawn_notice_returns_the_open_initiation_in_the_same_act(repairs, project):
    notice = publish(repairs, project)
    application = repairs.accept(repairs.submit(repairs.open_initiation(project)))
    withdrawn = repairs.do("supervisor", lambda ctx: actions.withdraw_notice(notice, ctx, reason="清册有误"))
    assert (withdrawn.state, withdrawn.withdrawn_reason) == (NoticeState.WITHDRAWN, "清册有误")
    assert repairs.fresh(application).state == ApplicationState.RETURNED
    assert repairs.fresh(project).state == ProjectState.DRAFT
    told = repairs.messages()["agent"]
    assert told[-1] == "公示 GS2026000001 已被管理部门撤回：清册有误"
    reason = rules.initiation_notice_published(repairs.fresh(project), repairs.context("agent"))
    assert str(reason) == "立项公示尚未发布"


def test_withdrawal_asks_for_a_reason_and_the_right(repairs, project):
    notice = publish(repairs, project)
    with pytest.raises(Refusal) as refused:
        repairs.do("supervisor", lambda ctx: actions.withdraw_notice(notice, ctx, reason=" "))
    assert str(refused.value) == "请填写撤回原因"
    with pytest.raises(Forbidden):
        repairs.do("agent", lambda ctx: actions.withdraw_notice(notice, ctx, reason="x"))
    with pytest.raises(NotYours):
        repairs.do("other_agent", lambda ctx: actions.withdraw_notice(notice, ctx, reason="x"))


def test_approved_initiation_holds_its_notice(repairs, project):
    notice = publish(repairs, project)
    repairs.pass_days(8)
    repairs.approve(repairs.submit(repairs.open_initiation(project)))
    with pytest.raises(Refusal) as refused:
        repairs.do("supervisor", lambda ctx: actions.withdraw_notice(notice, ctx, reason="清册有误"))
    assert str(refused.value) == "立项已审核通过，立项公示不能撤回"


def test_project_under_review_publishes_no_new_edition(repairs, project):
    publish(repairs, project)
    repairs.submit(repairs.open_initiation(project))
    with pytest.raises(Conflict):
        publish(repairs, project)


WORKS = {"works_from": date(2026, 3, 2), "works_to": date(2026, 3, 10), "works_content": "更换曳引机，运行正常"}


@pytest.fixture
def accepted(repairs, project):
    """Running, acceptance filed at 270.00 of 300.00."""
    publish(repairs, project)
    repairs.pass_days(8)
    repairs.approve(repairs.submit(repairs.open_initiation(project)))
    repairs.accept_works(project, 27_000)
    return project


def test_acceptance_notice_puts_the_acceptance_in_force(repairs, accepted):
    wording = content.Wording(date(2026, 3, 17), **WORKS)
    preview = content.build(repairs.fresh(accepted), ACCEPTANCE, wording, repairs.context("agent"))
    notice = publish(repairs, accepted, wording.closes_on, kind=ACCEPTANCE, **WORKS)
    acceptance = repairs.session.scalars(select(Acceptance)).one()
    assert (acceptance.state, acceptance.content, notice.acceptance_id) == (
        AcceptanceState.IN_FORCE, "更换曳引机，运行正常", acceptance.id,
    )  # fmt: skip
    said = json.loads(notice.content)
    assert {**preview.content, "number": notice.number} == said
    assert said["totals"] == {
        "houses": 3, "floor_area": 30000, "budget": 30_000, "settled": 27_000, "fund": 22_000, "own": 5_000, "short": 1,
    }  # fmt: skip
    assert said["acceptance"]["warranty_until"] == acceptance.warranty_until.isoformat()


def test_final_list_equals_the_settled_shares_of_the_ledger(repairs, accepted):
    notice = publish(repairs, accepted, kind=ACCEPTANCE, **WORKS)
    rows = select(NoticeRow.house_id, NoticeRow.settled).where(NoticeRow.notice_id == notice.id)
    shares = select(ItemShare.house_id, ItemShare.settled).where(ItemShare.project_id == accepted.id)
    assert sorted(map(tuple, repairs.session.execute(rows))) == sorted(map(tuple, repairs.session.execute(shares)))
    assert repairs.column(accepted, "fund_limit") == [9000, 4000, 9000]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"works_from": None}, "works_from"),
        ({"works_to": None}, "works_to"),
        ({"works_to": date(2026, 3, 1)}, "works_to"),
        ({"works_to": date(2026, 4, 1)}, "works_to"),
        ({"works_content": "  "}, "works_content"),
    ],
)
def test_acceptance_notice_asks_dates_and_content(repairs, accepted, changed, field):
    with pytest.raises(Refusal) as refused:
        publish(repairs, accepted, kind=ACCEPTANCE, **{**WORKS, **changed})
    assert refused.value.field == field
    repairs.session.rollback()
    assert repairs.session.scalars(select(Acceptance)).one().state == AcceptanceState.SUBMITTED


def test_withdrawn_acceptance_notice_takes_the_acceptance_out_of_force(repairs, accepted):
    notice = publish(repairs, accepted, kind=ACCEPTANCE, **WORKS)
    repairs.do("supervisor", lambda ctx: actions.withdraw_notice(notice, ctx, reason="结算有误"))
    acceptance = repairs.session.scalars(select(Acceptance)).one()
    assert acceptance.state == AcceptanceState.SUBMITTED
    assert repairs.column(accepted, "fund_limit") == [10_000, 4_000, 10_000]
    assert (
        str(rules.acceptance_notice_published(repairs.fresh(accepted), repairs.context("agent")))
        == "项目验收公示尚未发布"
    )


def test_acceptance_notice_in_force_is_not_published_twice(repairs, accepted):
    publish(repairs, accepted, kind=ACCEPTANCE, **WORKS)
    with pytest.raises(Refusal):
        publish(repairs, accepted, kind=ACCEPTANCE, **WORKS)
    assert repairs.session.query(Notice).filter_by(kind=ACCEPTANCE).count() == 1
