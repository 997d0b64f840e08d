"""Revenue, interest, suspense, corrections, withdrawals, moves: worked examples, amounts in yuan as on paper."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.domain.enums import AccountKind, EntryKind
from app.domain.errors import Conflict, Refusal
from app.ledger import bank_interest, corrections, journal, leaving, revenue, suspense
from app.ledger.accounts import pool
from app.ledger.booking import Booking
from app.ledger.checks import verify
from app.ledger.deposits import post_deposits
from app.models import EscrowAccount, JournalEntry, PoolAccount
from app.permissions import SYSTEM
from tests.ledger.desk import NOW, Desk

pytestmark = pytest.mark.money
MARCH = date(2026, 3, 2)


def yuan(*amounts: float) -> list[int]:
    return [round(amount * 100) for amount in amounts]


def on(day: date = MARCH) -> Booking:
    return Booking(day, NOW, SYSTEM)


def balance(desk: Desk, kind: AccountKind) -> int:
    """Of the area's own pool account of that kind."""
    area = desk.area.id if kind is AccountKind.REVENUE else 0
    return pool(desk.session, kind, desk.area.escrow_account_id, area).balance


def interests(desk: Desk) -> list[int]:
    return [interest for _, interest, _ in desk.accounts()]


def whole(desk: Desk) -> bool:
    """No fault but that these entries stand without the notices and lists that workflows make."""
    return [fault for fault in verify(desk.session) if "没有对应的" not in fault] == []


def refused(act, *arguments, **options) -> str:
    with pytest.raises(Refusal) as caught:
        act(*arguments, **options)
    return str(caught.value.sentence)


# --- 收益 ----------------------------------------------------------------------------------------------


def test_revenue_is_taken_in_and_distributed_to_the_fen(desk):
    """1,000.00 of parking; 999.99 go to three equal houses: 333.33 each; 0.01 stays on the revenue account."""
    houses = desk.add_houses(yuan(500, 40, 500))
    revenue.take_revenue(desk.session, desk.area, 1000_00, notice="JK2026000001", booking=on())
    assert (balance(desk, AccountKind.REVENUE), balance(desk, AccountKind.BANK)) == (1000_00, 2040_00)
    parts = {house.id: 333_33 for house in houses}
    revenue.distribute(desk.session, desk.area, parts, key="1", booking=on())
    assert (interests(desk), balance(desk, AccountKind.REVENUE)) == (yuan(333.33, 333.33, 333.33), 1)
    assert whole(desk)


def test_each_fen_of_the_revenue_is_distributed_once(desk):
    house, _ = desk.add_houses(yuan(500, 40))
    revenue.take_revenue(desk.session, desk.area, 100_00, notice="JK2026000001", booking=on())
    sentence = refused(revenue.distribute, desk.session, desk.area, {house.id: 100_01}, key="1", booking=on())
    assert sentence == "收益户余额 100.00 不足以分摊 100.01"
    revenue.distribute(desk.session, desk.area, {house.id: 60_00}, key="1", booking=on())
    sentence = refused(revenue.distribute, desk.session, desk.area, {house.id: 40_01}, key="2", booking=on())
    assert sentence == "收益户余额 40.00 不足以分摊 40.01"
    with pytest.raises(Conflict):
        revenue.distribute(desk.session, desk.area, {house.id: 1}, key="1", booking=on())
    with pytest.raises(Conflict):
        revenue.take_revenue(desk.session, desk.area, 100_00, notice="JK2026000001", booking=on())


def test_a_house_of_elsewhere_gets_no_part(desk):
    desk.add_houses(yuan(500))
    revenue.take_revenue(desk.session, desk.area, 100_00, notice="JK2026000001", booking=on())
    sentence = refused(revenue.distribute, desk.session, desk.area, {999: 1_00}, key="1", booking=on())
    assert sentence == "1 户不属于该物业区域"


# --- 计息 ----------------------------------------------------------------------------------------------


def test_interest_follows_balance_times_days(desk):
    """From 1 to 10 March. House 1: 100.00 since the 2nd = 9 days, + 50.00 since the 6th = 5 days → 1,150 yuan-days.
    House 2: 300.00 since the 2nd = 2,700. The revenue account: 115.00 on the 10th = 1 day → 115. Sum 3,965.
    39.65 of interest is one fen a yuan-day: 11.50, 27.00, 1.15."""
    first, second = desk.add_houses(yuan(100, 300))
    later = {"now": NOW.replace(day=20), "actor": SYSTEM}
    post_deposits(desk.session, desk.area, {first.id: 50_00}, business_key="1", booked_on=date(2026, 3, 6), **later)
    day = Booking(date(2026, 3, 10), NOW.replace(day=20), SYSTEM)
    revenue.take_revenue(desk.session, desk.area, 115_00, notice="JK1", booking=day)
    after = Booking(date(2026, 3, 15), NOW.replace(day=20), SYSTEM)
    post_deposits(desk.session, desk.area, {second.id: 999_00}, business_key="2", booked_on=date(2026, 3, 15), **later)
    escrow = desk.area.escrow_account_id
    weights = bank_interest.weigh(desk.session, escrow, date(2026, 3, 1), date(2026, 3, 10))
    assert [weight for _, weight in weights.houses] == yuan(1150, 2700)
    assert [weight for _, weight in weights.revenue] == yuan(115)
    bank_interest.credit_interest(desk.session, escrow, 50_00, key="2026-03", booking=after)
    bank_interest.spread_interest(
        desk.session, escrow, 39_65, date(2026, 3, 1), date(2026, 3, 10), key="2026-03", booking=after
    )
    assert (interests(desk), balance(desk, AccountKind.REVENUE)) == (yuan(11.50, 27), 116_15)
    assert balance(desk, AccountKind.UNDISTRIBUTED) == 10_35
    assert whole(desk)


def test_no_more_interest_is_spread_than_the_bank_gave(desk):
    desk.add_houses(yuan(100))
    escrow, days = desk.area.escrow_account_id, (date(2026, 3, 1), date(2026, 3, 10))
    bank_interest.credit_interest(desk.session, escrow, 1_00, key="1", booking=on())
    sentence = refused(bank_interest.spread_interest, desk.session, escrow, 1_01, *days, key="1", booking=on())
    assert sentence == "分配金额 1.01 须大于零且不超过待分配利息 1.00"
    early = (date(2026, 2, 1), date(2026, 2, 28))
    sentence = refused(bank_interest.spread_interest, desk.session, escrow, 1_00, *early, key="1", booking=on())
    assert sentence == "所选期间没有计息余额"


def test_a_leap_day_is_a_day(desk):
    desk.add_houses(yuan(1))
    first = date(2028, 2, 28)
    weights = bank_interest.weigh(desk.session, desk.area.escrow_account_id, first, date(2028, 3, 1))
    assert [weight for _, weight in weights.houses] == [300]  # the 28th, the 29th, the 1st


# --- 待查 ----------------------------------------------------------------------------------------------


def test_unknown_money_waits_and_is_cleared_or_sent_back(desk):
    (house,) = desk.add_houses(yuan(10))
    escrow = desk.area.escrow_account_id
    suspense.take_unidentified(desk.session, escrow, 80_00, key="S1", booking=on())
    assert balance(desk, AccountKind.SUSPENSE) == 80_00
    suspense.clear(desk.session, escrow, [journal.principal(house.id, -50_00)], key="1", booking=on())
    suspense.send_back(desk.session, escrow, 29_99, key="2", booking=on())
    assert (desk.accounts(), balance(desk, AccountKind.SUSPENSE)) == ([(60_00, 0, 0)], 1)
    assert balance(desk, AccountKind.BANK) == 60_01
    sentence = refused(suspense.send_back, desk.session, escrow, 2, key="3", booking=on())
    assert sentence == "转出金额 0.02 须大于零且不超过待查款项 0.01"
    assert whole(desk)


# --- 冲正 ----------------------------------------------------------------------------------------------


def test_a_deposit_to_the_wrong_house_is_reversed_once_and_linked_both_ways(desk):
    first, _ = desk.add_houses(yuan(10, 20))
    wrong = post_deposits(desk.session, desk.area, {first.id: 5_00}, business_key="1", **desk.booking())
    mirror = corrections.correct(desk.session, wrong, booking=on())
    assert (desk.accounts(), mirror.reverses_id) == ([(10_00, 0, 0), (20_00, 0, 0)], wrong.id)
    assert corrections.correction_of(desk.session, wrong.id) == mirror.id
    with pytest.raises(Conflict) as caught:
        corrections.correct(desk.session, wrong, booking=on())
    assert str(caught.value.sentence) == f"凭证 {wrong.id} 已由凭证 {mirror.id} 冲正"
    assert whole(desk)


def test_what_is_spent_or_held_is_not_reversed_and_the_houses_are_named(desk):
    first, second = desk.add_houses(yuan(10, 20))
    deposit = post_deposits(
        desk.session, desk.area, {first.id: 5_00, second.id: 5_00}, business_key="1", **desk.booking()
    )
    project = desk.start(desk.project([(first, 10_01)]))
    with pytest.raises(Refusal) as caught:
        corrections.correct(desk.session, deposit, booking=on())
    assert str(caught.value.sentence) == "1 户的款项已经支出或被项目锁定，不能冲正"
    assert [str(detail) for detail in caught.value.details] == ["1幢001"]
    payout = desk.session.get(JournalEntry, desk.pay(project, 10_01).entry_id)
    assert str(corrections.why_not(desk.session, payout)) == "拨付不能冲正，退回的款项请办理清退"
    assert whole(desk)


def test_a_distribution_is_reversed_before_the_revenue_it_came_from(desk):
    (house,) = desk.add_houses(yuan(10))
    income = revenue.take_revenue(desk.session, desk.area, 7_00, notice="JK1", booking=on())
    revenue.distribute(desk.session, desk.area, {house.id: 7_00}, key="1", booking=on())
    sentence = refused(corrections.correct, desk.session, income, booking=on())
    assert sentence == "专户存款或其他账户余额不足，未入账"


def test_reversals_in_order_leave_nothing_behind(desk):
    (house,) = desk.add_houses(yuan(10))
    income = revenue.take_revenue(desk.session, desk.area, 7_00, notice="JK1", booking=on())
    spread = revenue.distribute(desk.session, desk.area, {house.id: 7_00}, key="1", booking=on())
    for entry in (spread, income):
        corrections.correct(desk.session, entry, booking=on())
    assert (desk.accounts(), balance(desk, AccountKind.REVENUE)) == ([(10_00, 0, 0)], 0)
    assert whole(desk)


# --- 退款、转移专户 --------------------------------------------------------------------------------------


def test_a_house_that_is_gone_is_paid_back_interest_first(desk):
    (house,) = desk.add_houses([(100_00, 30_00)])
    leaving.withdraw(desk.session, house.id, 50_00, key="1", booking=on())
    assert desk.accounts() == [(80_00, 0, 0)]
    desk.start(desk.project([(house, 60_00)]))
    sentence = refused(leaving.withdraw, desk.session, house.id, 20_01, key="2", booking=on())
    assert sentence == "退款金额 20.01 须大于零且不超过可用金额 20.00"
    assert whole(desk)


def test_an_area_moves_to_another_escrow_account_with_all_it_has(desk):
    desk.add_houses(yuan(100, 200))
    revenue.take_revenue(desk.session, desk.area, 7_00, notice="JK1", booking=on())
    old = desk.area.escrow_account_id
    bank = desk.session.get(EscrowAccount, old).bank_id
    new = EscrowAccount(bank_id=bank, name="新专户", bank_name="云溪银行", account_no="3013 0002")
    desk.session.add(new)
    desk.session.flush()
    entry = leaving.move_area(desk.session, desk.area, new.id, key="1", booking=on())
    assert (entry.kind, entry.amount, desk.area.escrow_account_id) == (EntryKind.MOVE, 314_00, new.id)
    found = desk.session.execute(
        select(PoolAccount.escrow_account_id, PoolAccount.kind, PoolAccount.balance).order_by(PoolAccount.id)
    )
    assert {(escrow, kind): amount for escrow, kind, amount in found} == {
        (old, AccountKind.BANK): 0, (old, AccountKind.REVENUE): 0,
        (new.id, AccountKind.BANK): 307_00, (new.id, AccountKind.REVENUE): 7_00,
    }  # fmt: skip
    assert desk.accounts() == [(100_00, 0, 0), (200_00, 0, 0)]
    assert whole(desk)
    assert refused(leaving.move_area, desk.session, desk.area, new.id, key="2", booking=on()) == "该区域已属于所选专户"
