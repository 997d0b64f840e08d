"""项目验收: filed, redone, put in force with its notice, taken out of force with it (workflows.md 5.3 rule 5)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.domain.enums import AcceptanceState, NoticeKind, ProjectState
from app.domain.errors import NotYours, Refusal
from app.models import Acceptance, Equipment
from app.transaction import unit_of_work
from app.workflows.acceptance.flow import ACCEPTANCE
from app.workflows.engine import reason_against
from app.workflows.notices.actions import withdraw_notice
from app.workflows.projects.flow import PROJECT

pytestmark = [pytest.mark.money, pytest.mark.workflow]


@pytest.fixture
def project(repairs):
    """Two items of 300.00 and 100.00 over two houses; house 2 is short: f = 200.00 and 50.00."""
    a, b = repairs.houses([100_000, 5_000])
    return repairs.running([{a: 15_000, b: 15_000}, {a: 5_000, b: 5_000}], [15_000, 10_000])


def refused(do) -> tuple[str, str | None]:
    with pytest.raises(Refusal) as caught:
        do()
    return str(caught.value.sentence), caught.value.field


def test_the_table_is_this():
    found = {(source.value, row.name, row.target.value) for row in ACCEPTANCE.transitions for source in row.sources}
    assert found == {
        ("submitted", "redo", "submitted"),
        ("submitted", "put_in_force", "in_force"),
        ("in_force", "take_out_of_force", "submitted"),
    }


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"completed_on": None}, ("请填写竣工日期", "completed_on")),
        ({"completed_on": date(2030, 1, 1)}, ("竣工日期不能晚于今天", "completed_on")),
        ({"members": " "}, ("请填写验收人员", "members")),
        ({"opinion": ""}, ("请填写验收意见", "opinion")),
    ],
)
def test_what_an_acceptance_must_say(repairs, project, changes, answer):
    assert refused(lambda: repairs.accept_works(project, 30_000, 10_000, **changes)) == answer


def test_nothing_settles_above_its_budget(repairs, project):
    item = repairs.fresh(project).items[1]
    text, field = refused(lambda: repairs.accept_works(project, 30_000, 10_001))
    assert text == "结算金额 ¥100.01 超过预算 ¥100.00；超出部分请另立补充项目"
    assert field == f"settled-{item.id}"


def test_it_is_redone_in_the_same_row_until_its_notice_is_published(repairs, project):
    first = repairs.accept_works(project, 30_000, 10_000)
    again = repairs.accept_works(project, 20_000, 8_000)
    assert again.id == first.id
    assert [row.settled for row in repairs.fresh(again).items] == [20_000, 8_000]
    repairs.published(project, NoticeKind.ACCEPTANCE)
    assert refused(lambda: repairs.accept_works(project, 1, 1))[0] == "验收公示已发布，验收已生效，不能重新提交"


def test_in_force_it_settles_and_releases_and_sets_the_warranty(repairs, project):
    repairs.accept_works(project, 20_000, 8_000)
    repairs.published(project, NoticeKind.ACCEPTANCE)
    assert repairs.column(project, "settled") == [14_000, 14_000]
    assert repairs.column(project, "fund_limit") == [14_000, 5_000]
    assert repairs.column(project, "held") == [14_000, 5_000]
    acceptance = repairs.session.scalars(select(Acceptance)).one()
    assert acceptance.state is AcceptanceState.IN_FORCE
    until = repairs.now.date().replace(year=repairs.now.year + 2)
    ids = [item.equipment_id for item in repairs.fresh(project).items]
    found = repairs.session.scalars(select(Equipment.warranty_until).where(Equipment.id.in_(ids))).all()
    assert found == [until, until]


def test_out_of_force_the_warranty_is_what_it_was_unless_set_anew(repairs, project):
    lift, roof = (item.equipment_id for item in repairs.fresh(project).items)
    with unit_of_work() as session:
        session.get(Equipment, lift).warranty_until = date(2020, 5, 1)
    repairs.accept_works(project, 20_000, 8_000)
    notice = repairs.published(project, NoticeKind.ACCEPTANCE)
    with unit_of_work() as session:
        session.get(Equipment, roof).warranty_until = date(2031, 1, 1)  # by the clerk, meanwhile
    repairs.now += timedelta(hours=1)
    repairs.do("supervisor", lambda ctx: withdraw_notice(repairs.fresh(notice), ctx, reason="结算有误"))
    repairs.session.rollback()
    found = [repairs.session.get(Equipment, key).warranty_until for key in (lift, roof)]
    assert found == [date(2020, 5, 1), date(2031, 1, 1)]


def test_it_is_refused_while_less_than_paid_and_open(repairs, project):
    repairs.paid_out(project, 1, 10_000)
    repairs.submit(repairs.open_payout(project, 1, 4_000))
    repairs.accept_works(project, 6_000, 0)  # t = 30.00 and 30.00, so at most 60.00
    text, _field = refused(lambda: repairs.published(project, NoticeKind.ACCEPTANCE))
    assert text == (
        "按结算金额资金最多支付 ¥60.00，已拨付 ¥100.00，申请中 ¥40.00：须先清退 ¥40.00、撤回或终止申请 ¥40.00"
    )
    assert repairs.session.scalar(select(func.count()).select_from(Acceptance)) == 1
    assert repairs.column(project, "fund_limit") == [20_000, 5_000]


def test_no_acceptance_before_the_initiation_is_approved(repairs):
    a, b = repairs.houses([100_000, 100_000])
    draft = repairs.project([{a: 100, b: 100}], [100, 100])
    reason = reason_against(PROJECT, PROJECT.find("submit_acceptance"), draft, repairs.context("agent"))
    assert str(reason) == "立项申请尚未审核通过"
    assert refused(lambda: repairs.accept_works(draft, 200))[0] == "立项申请尚未审核通过"


def test_no_acceptance_notice_before_an_acceptance(repairs, project):
    assert refused(lambda: repairs.published(project, NoticeKind.ACCEPTANCE))[0] == "尚未提交项目验收"


def test_another_company_finds_nothing(repairs, project):
    with pytest.raises(NotYours):
        repairs.accept_works(project, 1, 1, who="other_agent")


def test_the_withdrawn_notice_takes_it_out_of_force_and_it_is_filed_anew(repairs, project):
    first = repairs.accept_works(project, 20_000, 8_000)
    notice = repairs.published(project, NoticeKind.ACCEPTANCE)
    repairs.now += timedelta(hours=1)
    repairs.do("supervisor", lambda ctx: withdraw_notice(repairs.fresh(notice), ctx, reason="结算有误"))
    assert repairs.column(project, "fund_limit") == [20_000, 5_000]
    assert repairs.column(project, "held") == [20_000, 5_000]
    assert (
        refused(lambda: repairs.published(project, NoticeKind.ACCEPTANCE))[0] == "验收公示已被撤回，请重新提交项目验收"
    )
    second = repairs.accept_works(project, 22_000, 8_000)
    assert second.id != first.id
    repairs.published(project, NoticeKind.ACCEPTANCE)
    assert repairs.column(project, "fund_limit") == [15_000, 5_000]


def test_the_notice_stays_once_a_payout_was_filed(repairs, project):
    repairs.accept_works(project, 20_000, 8_000)
    notice = repairs.published(project, NoticeKind.ACCEPTANCE)
    repairs.now += timedelta(hours=1)
    application = repairs.submit(repairs.open_payout(project, 1, 1_000))
    number = repairs.fresh(application).number
    text, _field = refused(
        lambda: repairs.do("supervisor", lambda ctx: withdraw_notice(repairs.fresh(notice), ctx, reason="结算有误"))
    )
    assert text == f"验收生效后已提交资金拨付申请 {number}，不能撤回验收公示"


def test_the_project_closes_at_once_when_all_is_paid(repairs, project):
    repairs.paid_out(project, 1, 15_000)
    repairs.accept_works(project, 20_000, 0)  # t = 100.00 each; min(f, t) = 100.00 and 50.00: paid already
    repairs.published(project, NoticeKind.ACCEPTANCE)
    assert repairs.fresh(project).state is ProjectState.CLOSED
    assert repairs.paid(project) == [10_000, 5_000]
