"""异议: whose counts as an owner's, what it holds up and for how long, who answers and who closes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app.domain.enums import ApplicationState, NoticeKind, ObjectionState, ProjectKind
from app.domain.errors import Conflict, Forbidden, NotYours, Refusal
from app.models import AuditEvent, Message, Notice, Objection, Owner, PolicyValue
from app.permissions import PUBLIC, SYSTEM
from app.transaction import unit_of_work
from app.workflows import engine
from app.workflows.engine import Context
from app.workflows.notices import actions as notices
from app.workflows.objections import actions
from app.workflows.objections.actions import Typed
from app.workflows.objections.flow import OBJECTION
from app.workflows.objections.rules import no_objection_holds

pytestmark = pytest.mark.workflow
WRITTEN = Typed("业主1-1", "13900000001", "预算偏高，请说明报价依据")


@pytest.fixture
def project(repairs):
    """Two houses, 11幢001 of 业主1-1 and 11幢002 of 业主1-2; published on 2 March until the 9th."""
    project = repairs.project([dict.fromkeys(repairs.houses([10_000] * 2), 3000)], [3000, 3000])
    repairs.voted(project)
    return project


@pytest.fixture
def notice(repairs, project) -> Notice:
    return repairs.published(project)


def filed(repairs, notice, **changes) -> Objection:
    """By a stranger on the public page."""
    with unit_of_work() as session:
        stranger = Context(session, replace(PUBLIC, address="10.0.0.1"), repairs.now)
        found = actions.file_objection(session.get(Notice, notice.id), replace(WRITTEN, **changes), stranger)
    return repairs.fresh(found)


def last_six(repairs, name: str = "业主1-1") -> str:
    return repairs.session.query(Owner).filter_by(name=name).one().identity_number[-6:]


def owners(repairs, notice, **changes) -> Objection:
    return filed(repairs, notice, house="11幢001", last_six=last_six(repairs), **changes)


def held(repairs, project) -> str:
    return str(no_objection_holds(repairs.fresh(project), repairs.context("supervisor")) or "")


def test_owner_is_known_by_house_name_and_last_six(repairs, notice):
    objection = filed(repairs, notice, house=" 11幢 001 ", last_six=f" {last_six(repairs)} ")
    found = (objection.number, objection.is_verified, objection.house_label, objection.name, objection.phone)
    assert found == ("YY2026000001", True, "11幢001", "业主1-1", "13900000001")
    assert objection.state is ObjectionState.OPEN


@pytest.mark.parametrize(
    "wrong", [{"last_six": "000000"}, {"last_six": ""}, {"name": "业主1-2"}, {"house": "11幢002"}, {"house": ""}]
)
def test_whoever_does_not_match_is_heard_all_the_same_but_not_as_owner(repairs, notice, wrong):
    typed = {"house": "11幢001", "last_six": last_six(repairs), **wrong}
    if not typed["house"]:
        typed["last_six"] = ""
    objection = filed(repairs, notice, **typed)
    assert (objection.is_verified, objection.state) == (False, ObjectionState.OPEN)


def test_house_that_is_not_in_the_list_is_told_at_the_field(repairs, notice):
    with pytest.raises(Refusal) as refused:
        filed(repairs, notice, house="12幢001", last_six="123456")
    assert (refused.value.field, str(refused.value)) == ("house", "公示的清册中没有这个房屋，请按清册的写法填写")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"), ({"name": "名" * 41}, "name"), ({"phone": "12"}, "phone"),
        ({"content": ""}, "content"), ({"content": "长" * 2001}, "content"), ({"last_six": "123456"}, "house"),
    ],
)  # fmt: skip
def test_words_that_are_missing_or_too_long_are_told_at_the_field(repairs, notice, changes, field):
    with pytest.raises(Refusal) as refused:
        filed(repairs, notice, **changes)
    assert refused.value.field == field
    assert repairs.session.query(Objection).count() == 0


def test_after_five_guesses_a_day_about_a_house_nobody_is_believed_until_the_next(repairs, notice):
    for guess in range(5):
        filed(repairs, notice, house="11幢001", last_six=f"00000{guess}")
    assert owners(repairs, notice).is_verified is False
    repairs.pass_days(2)
    assert owners(repairs, notice).is_verified is True


def test_notice_that_is_over_or_withdrawn_takes_no_objection_from_the_public_page(repairs, notice):
    repairs.pass_days(7)
    assert filed(repairs, notice).number == "YY2026000001"  # its closing date is its last day
    repairs.pass_days(1)
    with pytest.raises(Refusal) as refused:
        filed(repairs, notice)
    assert str(refused.value) == "公示已结束，不能再在网上提出异议；可书面送交维修资金管理部门受理窗口"


def test_only_a_verified_owners_objection_holds_up_the_approval_until_it_is_answered(repairs, project, notice):
    filed(repairs, notice)
    repairs.pass_days(8)
    assert held(repairs, project) == ""
    repairs.pass_days(-8)
    mine = owners(repairs, notice)
    repairs.pass_days(8)
    told = "1 件业主异议尚未答复（YY2026000002），须答复后或在 2026-03-16 之后方可审核通过"
    assert held(repairs, project) == told
    repairs.do("agent", lambda ctx: actions.answer_objection(mine, ctx, text="报价单附后"))
    assert held(repairs, project) == ""


def test_final_approval_names_the_objection_and_is_open_after_the_answer(repairs, project, notice):
    mine = owners(repairs, notice)
    repairs.pass_days(8)
    application = repairs.submit(repairs.open_initiation(project))
    repairs.accept(application)
    repairs.act("reviewer", application, "approve_first", opinion="同意")
    with pytest.raises(Refusal) as refused:
        repairs.act("supervisor", application, "approve_final", opinion="同意")
    assert str(refused.value) == "1 件业主异议尚未答复（YY2026000001），须答复后或在 2026-03-16 之后方可审核通过"
    repairs.do("agent", lambda ctx: actions.answer_objection(mine, ctx, text="报价单附后"))
    repairs.act("supervisor", application, "approve_final", opinion="同意")
    assert repairs.fresh(application).state is ApplicationState.APPROVED


def test_it_holds_seven_days_after_the_end_of_the_notice_and_not_one_more(repairs, project, notice):
    owners(repairs, notice)
    repairs.pass_days(14)  # 16 March, seven days after the 9th
    assert held(repairs, project) != ""
    repairs.pass_days(1)
    assert held(repairs, project) == ""


def test_days_of_the_policy_are_those_of_the_day_of_publishing(repairs, project):
    with unit_of_work() as session:
        for day, value in ((date(2026, 3, 1), "2"), (date(2026, 3, 4), "9")):
            session.add(PolicyValue(name="objection_hold_days", value=value, valid_from=day, changed_at=repairs.now))
    owners(repairs, repairs.published(project))
    repairs.pass_days(9)  # 11 March
    assert held(repairs, project).endswith("须答复后或在 2026-03-11 之后方可审核通过")
    repairs.pass_days(1)
    assert held(repairs, project) == ""


def test_new_edition_of_the_notice_holds_until_its_own_end(repairs, project, notice):
    owners(repairs, notice)
    repairs.pass_days(3)
    repairs.published(project)  # until 12 March
    assert held(repairs, project).endswith("须答复后或在 2026-03-19 之后方可审核通过")


def test_where_the_approval_waits_for_no_notice_no_objection_holds_it(repairs, project):
    with unit_of_work() as session:
        row = {"name": "approval_waits_for_notice", "value": "none", "valid_from": date(2026, 3, 1)}
        session.add(PolicyValue(**row, changed_at=repairs.now))
    owners(repairs, repairs.published(project))
    assert held(repairs, project) == ""


def test_objection_to_the_acceptance_notice_holds_up_a_simple_project(repairs):
    """Its initiation is approved after both notices; this one ends on 9 March too."""
    shares = [dict.fromkeys(repairs.houses([10_000]), 3000)]
    project = repairs.project(shares, [], kind=ProjectKind.SIMPLE)
    repairs.voted(project)
    repairs.published(project)
    repairs.accept_works(project, 3000)
    owners(repairs, repairs.published(project, NoticeKind.ACCEPTANCE))
    repairs.pass_days(8)
    assert held(repairs, project) == "1 件业主异议尚未答复（YY2026000001），须答复后或在 2026-03-16 之后方可审核通过"


def test_emergency_does_not_wait(repairs):
    shares = [dict.fromkeys(repairs.houses([10_000]), 3000)]
    project = repairs.project(shares, [3000], kind=ProjectKind.EMERGENCY)
    owners(repairs, repairs.published(project))
    assert held(repairs, project) == ""


def test_clerk_records_a_letter_and_whose_papers_were_seen_counts_as_owner(repairs, project, notice):
    repairs.pass_days(8)
    with pytest.raises(Refusal) as refused:
        repairs.do("clerk", lambda ctx: actions.record_objection(notice, replace(WRITTEN, papers_seen=True), ctx))
    assert refused.value.field == "house"
    plain = repairs.do("clerk", lambda ctx: actions.record_objection(notice, WRITTEN, ctx))
    seen = replace(WRITTEN, house="11幢002", papers_seen=True)
    owner = repairs.do("clerk", lambda ctx: actions.record_objection(notice, seen, ctx))
    assert [repairs.fresh(row).is_verified for row in (plain, owner)] == [False, True]
    assert held(repairs, project).startswith("1 件业主异议尚未答复（YY2026000002）")
    repairs.do("clerk", lambda ctx: actions.verify_objection(plain, ctx, house="11幢001"))
    assert held(repairs, project).startswith("2 件业主异议尚未答复（YY2026000001、YY2026000002）")
    with pytest.raises(Refusal) as refused:
        repairs.do("clerk", lambda ctx: actions.verify_objection(plain, ctx, house="11幢001"))
    assert str(refused.value) == "业主身份已核对"


def test_department_closes_with_a_reason_and_nobody_answers_after_that(repairs, project, notice):
    mine = owners(repairs, notice)
    with pytest.raises(Refusal) as refused:
        repairs.do("supervisor", lambda ctx: actions.close_objection(mine, ctx, text=" "))
    assert (refused.value.field, str(refused.value)) == ("text", "请填写关闭原因")
    repairs.do("supervisor", lambda ctx: actions.close_objection(mine, ctx, text="与本次公示无关", version=1))
    mine = repairs.fresh(mine)
    assert (mine.state, mine.answer, mine.answered_by_id) == (
        ObjectionState.CLOSED, "与本次公示无关", repairs.cast.supervisor.id,
    )  # fmt: skip
    assert held(repairs, project) == ""
    with pytest.raises(Conflict):
        repairs.do("agent", lambda ctx: actions.answer_objection(mine, ctx, text="答复", version=mine.version))


PEOPLE = (
    "org_admin", "agent", "revenue", "other_agent", "clerk", "reviewer", "supervisor", "finance", "bank", "auditor",
    "security", "system",
)  # fmt: skip
WHO = {
    "answer_objection": {"org_admin", "agent", "clerk", "supervisor"}, "close_objection": {"supervisor"},
    "verify_objection": {"clerk"},
}  # fmt: skip


def test_state_by_act_by_role(repairs, notice):
    """Whoever an act is not for, and every act on what is not open, is refused; nothing has moved."""
    mine = filed(repairs, notice)
    for name, allowed in WHO.items():
        for who in (who for who in PEOPLE if who not in allowed):
            with pytest.raises((Forbidden, NotYours)):
                repairs.do(who, lambda ctx, act=name: engine.apply(OBJECTION, mine.id, act, ctx))
    repairs.do("clerk", lambda ctx: actions.answer_objection(mine, ctx, text="答复"))
    for name, allowed in WHO.items():
        for who in allowed:
            with pytest.raises(Conflict):
                repairs.do(who, lambda ctx, act=name: engine.apply(OBJECTION, mine.id, act, ctx))
    assert repairs.fresh(mine).state is ObjectionState.ANSWERED


def test_both_sides_are_told_and_every_act_is_recorded(repairs, notice):
    mine = filed(repairs, notice)
    people = {"org_admin", "agent", "clerk", "reviewer", "supervisor"}
    assert told(repairs, "公示 GS2026000001 收到异议 YY2026000001，请答复") == people
    repairs.do("agent", lambda ctx: actions.answer_objection(mine, ctx, text="答复"))
    assert told(repairs, "已答复异议 YY2026000001") == {"clerk", "reviewer", "supervisor"}
    events = repairs.session.query(AuditEvent).filter_by(subject="objections").order_by(AuditEvent.id)
    assert [(event.action, event.actor_name) for event in events] == [("object", "公众"), ("answer_objection", "李维")]
    assert [event.summary for event in events if "业主1-1" in event.summary or "139" in event.summary] == []


def told(repairs, text: str) -> set[str]:
    ids = {row.user_id for row in repairs.session.query(Message).filter_by(text=text)}
    return {name for name in PEOPLE if getattr(repairs.cast, name).id in ids}


def test_objection_to_a_cancellation_holds_up_nothing(repairs, project, notice):
    closes_on, why = date(2026, 3, 9), "维修无法进行"
    cancellation = repairs.do(
        "agent",
        lambda ctx: notices.publish_notice(project, NoticeKind.CANCELLATION, closes_on, ctx, reason=why),
    )
    with unit_of_work() as session:
        session.merge(cancellation)
        record = Context(session, SYSTEM, repairs.now)
        actions.record_objection(session.get(Notice, cancellation.id), WRITTEN, record)
        session.query(Objection).one().is_verified = True
    assert held(repairs, project) == ""
