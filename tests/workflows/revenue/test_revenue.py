"""收益交款 and 收益分摊: states, who may, the money to the fen (manual 1.4, workflows.md 4)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.domain.enums import AccountKind, HouseUse, RevenueKind, RevenueState
from app.domain.errors import Conflict, Forbidden, NotYours, Refusal
from app.ledger.accounts import pool
from app.ledger.checks import verify
from app.models import Distribution, DistributionLine, House, HouseAccount, JournalEntry, RevenueNotice
from app.permissions import ROLES, SYSTEM
from app.transaction import unit_of_work
from app.workflows.revenue import actions, distributing
from app.workflows.revenue.benefit import Benefit
from app.workflows.revenue.flow import REVENUE, act

pytestmark = [pytest.mark.money, pytest.mark.workflow]

ROWS = {
    ("issued", "confirm", "paid"), ("issued", "void", "voided"), ("issued", "expire", "expired"),
    ("paid", "distribute", "paid"), ("kept", "distribute", "paid"), ("paid", "finish", "distributed"),
    ("paid", "keep", "kept"),
}  # fmt: skip
WHO = {
    "confirm": {"Bank"}, "void": {"OrgAdmin", "RevenueAgent"}, "expire": {"OrgAdmin", "RevenueAgent"},
    "distribute": {"Finance"}, "finish": {"Finance"}, "keep": {"Finance"},
}  # fmt: skip
SERIAL = "20260302001"


@pytest.fixture
def desk(repairs, session, city):
    """Three houses of 100.00, 50.00 and 33.33 m², and what the tests do with them."""
    houses = repairs.houses([0, 0, 0])
    with unit_of_work() as work:
        for house, area in zip(houses, (10_000, 5_000, 3_333), strict=True):
            work.get(House, house.id).floor_area = area
    return Desk(repairs, session, city, [house.id for house in houses])


class Desk:
    def __init__(self, repairs, session, city, houses):
        self.repairs, self.session, self.city, self.houses = repairs, session, city, houses

    def file(self, amount: int = 100_00, chosen: Benefit | None = None, *, by: str = "revenue") -> RevenueNotice:
        area, chosen = self.city.area.id, Benefit(houses=tuple(self.houses)) if chosen is None else chosen
        return self.repairs.do(
            by, lambda ctx: actions.file_notice(area, RevenueKind.PARKING, amount, chosen, "一季度", ctx)
        )

    def act(self, notice, name: str, username: str = "finance", **data) -> RevenueNotice:
        return self.repairs.do(username, lambda ctx: act(notice.id, name, ctx), **data)

    def pay(self, notice, serial: str = SERIAL) -> RevenueNotice:
        return self.act(notice, "confirm", "bank", bank_serial=serial, booked_on=self.today)

    @property
    def today(self):
        return self.repairs.now.date()

    def expire(self) -> int:
        return self.repairs.do(SYSTEM, actions.expire_notices)

    def seen(self, notice, amount: int) -> list:
        return distributing.preview(notice, amount, self.repairs.context("finance"))

    def interest(self) -> list[int]:
        query = select(HouseAccount.interest).where(HouseAccount.house_id.in_(self.houses))
        return list(self.session.scalars(query.order_by(HouseAccount.house_id)))

    def revenue(self) -> int:
        area = self.city.area
        return pool(self.session, AccountKind.REVENUE, area.escrow_account_id, area.id).balance


def refused(do) -> tuple[str, str | None]:
    with pytest.raises(Refusal) as caught:
        do()
    return str(caught.value.sentence), caught.value.field


def test_the_table_is_this():
    assert {(source.value, row.name, row.target.value) for row in REVENUE.transitions for source in row.sources} == ROWS
    assert {state.value for state in REVENUE.terminal} == {"distributed", "voided", "expired"}
    found = {row.name: {role for role, may in ROLES.items() if row.permission in may} for row in REVENUE.transitions}
    assert found == WHO


def test_notice_is_numbered_and_valid_for_thirty_days(desk):
    notice = desk.file()
    assert (notice.number[:2], len(notice.number), notice.state) == ("JK", 12, RevenueState.ISSUED)
    assert notice.valid_until == desk.today + timedelta(days=30)
    assert desk.session.scalars(select(JournalEntry).where(JournalEntry.kind == "revenue")).all() == []


def test_paid_revenue_stands_on_the_areas_account(desk):
    notice = desk.pay(desk.file(100_00))
    assert (notice.state, desk.revenue(), desk.interest()) == (RevenueState.PAID, 100_00, [0, 0, 0])
    assert desk.session.get(JournalEntry, notice.entry_id).business_key == f"revenue:{notice.number}"
    assert verify(desk.session) == []


def test_distribution_is_by_floor_area_and_exact(desk):
    """100.00 over 100.00 + 50.00 + 33.33 = 183.33 m²: 54.5464…, 27.2732…, 18.1803… → 54.55, 27.27, 18.18."""
    notice = desk.act(desk.pay(desk.file(100_00)), "distribute", amount=100_00)
    assert (notice.state, desk.interest(), desk.revenue()) == (RevenueState.DISTRIBUTED, [54_55, 27_27, 18_18], 0)
    done = desk.session.scalars(select(Distribution)).one()
    lines = desk.session.scalars(select(DistributionLine.amount).order_by(DistributionLine.house_id)).all()
    assert (done.house_count, lines) == (3, [54_55, 27_27, 18_18])
    assert verify(desk.session) == []


def test_a_payment_is_distributed_in_parts_and_never_twice(desk):
    notice = desk.act(desk.pay(desk.file(100_00)), "distribute", amount=60_00)
    assert (notice.state, notice.left, desk.revenue()) == (RevenueState.PAID, 40_00, 40_00)
    assert refused(lambda: desk.act(notice, "distribute", amount=40_01)) == (
        "分摊金额 40.01 须大于零且不超过未分摊的 40.00", "amount",
    )  # fmt: skip
    notice = desk.act(notice, "distribute", amount=40_00)
    assert (notice.state, sum(desk.interest())) == (RevenueState.DISTRIBUTED, 100_00)
    with pytest.raises(Conflict):
        desk.act(notice, "distribute", amount=1)


def test_preview_is_what_is_posted(desk):
    notice = desk.pay(desk.file(100_01))
    seen = [part.amount for part in desk.seen(notice, 100_01)]
    desk.act(notice, "distribute", amount=100_01)
    assert desk.interest() == seen


def test_what_the_owners_decided_to_keep_stays_and_can_be_distributed_later(desk):
    notice = desk.pay(desk.file(100_00))
    assert refused(lambda: desk.act(notice, "keep")) == ("请填写留存依据，如业主大会决定", "reason")
    notice = desk.act(notice, "keep", reason="业主大会 2026 年第 1 号决定")
    assert (notice.state, notice.keep_reason, desk.revenue()) == (
        RevenueState.KEPT, "业主大会 2026 年第 1 号决定", 100_00,
    )  # fmt: skip
    assert desk.act(notice, "distribute", amount=100_00).state is RevenueState.DISTRIBUTED


def test_range_is_the_area_a_building_a_unit_or_houses(desk, city):
    whole = desk.file(1_00, Benefit())
    assert whole.benefit == "本物业区域全体业主"
    building = desk.file(1_00, Benefit(buildings=(city.buildings[0].id,)))
    assert building.benefit == city.buildings[0].name
    assert refused(lambda: desk.file(1_00, Benefit(houses=tuple(range(1, 502))))) == (
        "受益范围最多勾选 500 处，请改选楼幢或单元", "benefit",
    )  # fmt: skip
    with pytest.raises(NotYours):
        desk.file(1_00, Benefit(buildings=(city.other.buildings[0].id,)))


def test_parking_spaces_have_no_part_unless_the_area_says_so(desk):
    with unit_of_work() as session:
        session.get(House, desk.houses[0]).use = HouseUse.PARKING
    notice = desk.pay(desk.file(100_00))
    assert [part.house_id for part in desk.seen(notice, 100_00)] == desk.houses[1:]


def test_an_expired_notice_is_not_confirmed_and_its_filer_hears(desk):
    notice = desk.file()
    desk.repairs.pass_days(30)
    assert desk.expire() == 0
    desk.repairs.pass_days(1)
    assert (desk.expire(), desk.expire()) == (1, 0)
    assert desk.repairs.messages()["revenue"][-1] == f"收益交款通知书 {notice.number} 已过有效期，如需交款请重新打印"
    sentence = (
        f"收益交款通知书 {notice.number} 有效期至 {notice.valid_until}，已失效；"
        "已收到的款项请记入待查款项，由财务转入该通知书"
    )
    assert refused(lambda: desk.pay(notice)) == (sentence, None)


def test_a_voided_notice_ends(desk):
    notice = desk.act(desk.file(), "void", "revenue", reason="金额有误")
    assert (notice.state, notice.void_reason) == (RevenueState.VOIDED, "金额有误")
    with pytest.raises(Conflict):
        desk.pay(notice)


def test_a_serial_of_the_bank_is_one_payment(desk):
    first, second = desk.pay(desk.file()), desk.file()
    assert refused(lambda: desk.pay(second, first.bank_serial)) == (
        f"银行流水号 {SERIAL} 已用于另一笔收益交款，请核对", "bank_serial",
    )  # fmt: skip


def test_only_its_bank_confirms_and_only_who_serves_the_area_files(desk):
    notice = desk.file()
    with pytest.raises(NotYours):
        desk.act(notice, "confirm", "other_bank", bank_serial=SERIAL, booked_on=desk.today)
    with pytest.raises(Forbidden):
        desk.file(by="agent")
    with pytest.raises(NotYours):
        desk.file(by="other_admin")
    with pytest.raises(NotYours):
        desk.act(notice, "void", "other_admin", reason="不是我的")


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE revenue_notices SET entry_id = NULL", "收益交款 {number}（100.00）没有对应的凭证"),
        (
            "UPDATE revenue_notices SET distributed = 99",
            "收益交款 {number}：已分摊 0.99，分摊清册合计 100.00，分摊凭证合计 100.00",
        ),
        (
            "UPDATE distribution_lines SET amount = amount - 1 WHERE amount = 2727",
            "收益交款 {number}：已分摊 100.00，分摊清册合计 99.99，分摊凭证合计 100.00",
        ),
    ],
)
def test_a_payment_and_its_entries_are_held_together(desk, session, statement, sentence):
    notice = desk.act(desk.pay(desk.file(100_00)), "distribute", amount=100_00)
    session.execute(text(statement))
    assert sentence.format(number=notice.number) in verify(session)
