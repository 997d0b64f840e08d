"""Splits and merges of houses: worked out by hand, in yuan, as an accountant writes them; and what always holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.domain.enums import AccountKind, EntryKind, ProjectState
from app.domain.errors import Conflict, Refusal
from app.ledger import deposits, premises
from app.ledger.checks import verify
from app.ledger.premises import Money, split_money
from app.models import House, HouseAccount, HouseChange, JournalEntry, Posting
from tests.ledger.desk import Desk, tamper
from tests.ledger.premises import merge, split

pytestmark = pytest.mark.money


def money(desk: Desk, *houses: House) -> list[tuple[int, int]]:
    """(principal, interest) of each, fen."""
    desk.session.expire_all()
    accounts = [desk.session.get_one(HouseAccount, house.id) for house in houses]
    return [(account.principal, account.interest) for account in accounts]


def change_of(desk: Desk) -> HouseChange:
    return desk.session.scalars(select(HouseChange)).one()


def postings(desk: Desk, entry: JournalEntry) -> list[tuple]:
    query = select(Posting.kind, Posting.house_id, Posting.amount).where(Posting.entry_id == entry.id)
    return [tuple(row) for row in desk.session.execute(query.order_by(Posting.line))]


def test_split_in_three_equal_parts_gives_the_odd_fen_to_the_first(desk: Desk):
    """Principal 100.01 and interest 0.02 over three rooms of 30.00 m²: 33.34, 33.34, 33.33 and 0.01, 0.01, 0.00."""
    (house,) = desk.add_houses([(100_01, 2)])
    house.floor_area = 9000
    (a, b, c), entry = split(desk, house, 3000, 3000, 3000)
    assert money(desk, a, b, c) == [(33_34, 1), (33_34, 1), (33_33, 0)]
    assert money(desk, house) == [(0, 0)]
    assert (entry.kind, entry.amount, entry.summary) == (EntryKind.SPLIT, 100_03, "分户 1幢001")
    assert postings(desk, entry) == [
        (AccountKind.PRINCIPAL, house.id, 100_01), (AccountKind.INTEREST, house.id, 2),
        (AccountKind.PRINCIPAL, a.id, -33_34), (AccountKind.INTEREST, a.id, -1),
        (AccountKind.PRINCIPAL, b.id, -33_34), (AccountKind.INTEREST, b.id, -1),
        (AccountKind.PRINCIPAL, c.id, -33_33),
    ]  # fmt: skip
    assert verify(desk.session) == []


def test_split_by_unequal_areas(desk: Desk):
    """9,876.54 and 123.45 over 60.00, 30.00 and 9.46 m² of 99.46.

    Principal 9876.54 × 6000 ÷ 9946 = 5958.0979…, × 3000 = 2979.0489…, × 946 = 939.3931…: down 5958.09, 2979.04,
    939.39, two fen left for the largest remainders .9…: 5958.10, 2979.05, 939.39.
    Interest 123.45: 74.4721…, 37.2360…, 11.7417…: down 74.47, 37.23, 11.74, one fen left for .60…: 37.24.
    """
    (house,) = desk.add_houses([(9876_54, 123_45)])
    house.floor_area = 9946
    parts, _entry = split(desk, house, 6000, 3000, 946)
    assert money(desk, *parts) == [(5958_10, 74_47), (2979_05, 37_24), (939_39, 11_74)]
    assert verify(desk.session) == []


def test_merge_adds_principal_and_interest_apart(desk: Desk):
    """1,000.00 + 12.34, nothing, and 0.01 + 5.00 become 1,000.01 + 17.34; the empty account has no posting."""
    a, b, c = desk.add_houses([(1000_00, 12_34), (0, 0), (1, 5_00)])
    whole, entry = merge(desk, a, b, c)
    assert (whole.floor_area, money(desk, whole)) == (30000, [(1000_01, 17_34)])
    assert money(desk, a, b, c) == [(0, 0)] * 3
    assert (entry.kind, entry.amount, entry.business_key) == (EntryKind.MERGE, 1017_35, f"merge:{change_of(desk).id}")
    assert {house for _, house, _ in postings(desk, entry)} == {a.id, c.id, whole.id}
    assert verify(desk.session) == []


def test_empty_account_is_split_without_an_entry(desk: Desk):
    (house,) = desk.add_houses([0], open_them=False)
    parts, entry = split(desk, house, 6000, 4000)
    assert entry is None
    assert money(desk, house, *parts) == [(0, 0)] * 3
    assert verify(desk.session) == []


def test_house_with_a_hold_is_refused_with_the_project_and_the_sum(desk: Desk):
    (house,) = desk.add_houses([500_00])
    project = desk.start(desk.project([(house, 200_00)]))
    with pytest.raises(Refusal) as refused:
        split(desk, house, 5000, 5000)
    assert str(refused.value) == f"1幢001 有 200.00 元被项目 {project.number} 锁定，不能分户或合户"


def test_house_whose_opening_balance_waits_is_refused(desk: Desk):
    (house,) = desk.add_houses([0], open_them=False)
    batch = desk.batch({house.id: (100_00, 0)})
    batch.file_name = "云湖花园.xlsx"
    with pytest.raises(Refusal) as refused:
        split(desk, house, 5000, 5000)
    assert str(refused.value) == "期初余额（云湖花园.xlsx）尚未由财务确认，请先确认或退回"


def test_one_change_posts_once(desk: Desk):
    (house,) = desk.add_houses([100_00])
    parts, entry = split(desk, house, 5000, 5000)
    change = change_of(desk)
    with pytest.raises(Conflict) as refused:
        premises.post_split(desk.session, change, house, parts, **desk.booking())
    assert str(refused.value) == f"该笔业务已入账，凭证号 {entry.id}，不能重复入账"


def test_no_new_money_comes_to_an_ended_house(desk: Desk):
    (house,) = desk.add_houses([100_00])
    split(desk, house, 5000, 5000)
    with pytest.raises(Refusal) as refused:
        deposits.post_deposits(desk.session, desk.area, {house.id: 1}, business_key="JC1", **desk.booking())
    assert str(refused.value) == "房屋 1幢001 已注销，不能再入账"


def test_refund_to_a_house_split_later_goes_to_its_successors(desk: Desk):
    """90.00 paid, 45.00 each; house 1 then split 75 : 25, its first part merged with house 3. 30.00 come back:

    house 2 gets 15.00; of house 1's 15.00 the merged house gets 11.25 and the second part 3.75.
    """
    one, two, three = desk.add_houses([100_00, 100_00, 10_00])
    project = desk.start(desk.project([(one, 45_00), (two, 45_00)]))
    paid = desk.pay(project, 90_00)
    desk.close(project)
    (first, second), _ = split(desk, one, 7500, 2500)
    merged, _ = merge(desk, first, three)
    assert money(desk, merged, second) == [(51_25, 0), (13_75, 0)]

    refund = desk.refund(paid, 30_00, "QT2026000001")

    assert money(desk, one, two, merged, second) == [(0, 0), (70_00, 0), (62_50, 0), (17_50, 0)]
    passed = desk.session.get_one(JournalEntry, refund.id + 1)
    assert (passed.kind, passed.business_key, passed.amount) == (EntryKind.SPLIT, "split:refund:QT2026000001", 15_00)
    assert desk.paid(project) == [30_00, 30_00]
    assert verify(desk.session) == []


def test_refund_of_a_running_project_leaves_nothing_to_pass_on(desk: Desk):
    one, two = desk.add_houses([100_00, 100_00])
    project = desk.start(desk.project([(one, 50_00)]))
    paid = desk.pay(project, 50_00)
    split(desk, two, 5000, 5000)
    desk.refund(paid, 20_00)
    kinds = desk.session.scalars(select(JournalEntry.kind).order_by(JournalEntry.id))
    assert list(kinds) == [EntryKind.OPENING, EntryKind.PAYOUT, EntryKind.SPLIT, EntryKind.REFUND]
    assert desk.move(project, ProjectState.RUNNING).state is ProjectState.RUNNING


@given(
    st.integers(0, 10**12), st.integers(0, 10**9), st.lists(st.integers(1, 10**7), min_size=2, max_size=12),
)  # fmt: skip
def test_split_keeps_both_sums_and_no_larger_part_gets_less(principal, interest, areas):
    parts = split_money(Money(principal, interest), areas)
    assert sum(part.principal for part in parts) == principal
    assert sum(part.interest for part in parts) == interest
    for area, part in zip(areas, parts, strict=True):
        for other, others in zip(areas, parts, strict=True):
            assert area < other or part.principal + 1 >= others.principal
            assert area <= other or part.principal >= others.principal
            assert area <= other or part.interest >= others.interest


TAMPERED = {
    "UPDATE house_accounts SET principal = 1 WHERE house_id = {old}": (
        "已注销房屋 1幢001（{old}）的分户账还有 0.01，锁定 0.00"
    ),
    "UPDATE houses SET ended_on = NULL WHERE id = {old}": "房屋 1幢001（{old}）的注销与其分户、合户记录不符",
    "UPDATE houses SET ended_on = '2026-01-01' WHERE id = {new}": "房屋 1幢001-1（{new}）的注销与其分户、合户记录不符",
    "UPDATE house_successions SET floor_area = floor_area + 1 WHERE after_id = {new}": (
        "分户、合户 {change}：房屋 1幢001 的面积 100.00 与承继面积合计 100.01 不等"
    ),
    "UPDATE house_changes SET entry_id = NULL": "分户凭证 2（split:{change}）没有对应的房屋变更或清退",
    "UPDATE house_changes SET entry_id = 1": "房屋变更 {change} 的凭证 1 不存在或不是它的凭证",
    "UPDATE postings SET kind = 'interest' WHERE entry_id = 2 AND line = 2": (
        "分户凭证 2（split:{change}）：本金转出转入相差 50.00，利息相差 -50.00，其他账户 0 条"
    ),
}  # fmt: skip


@pytest.mark.parametrize("statement", TAMPERED)
def test_verify_ledger_names_a_forged_split(desk: Desk, statement):
    (house,) = desk.add_houses([100_00])
    (first, _second), _entry = split(desk, house, 5000, 5000)
    assert verify(desk.session) == []
    keys = {"old": house.id, "new": first.id, "change": change_of(desk).id}
    tamper(desk.session, statement.format(**keys))
    desk.session.expire_all()
    assert TAMPERED[statement].format(**keys) in verify(desk.session)
