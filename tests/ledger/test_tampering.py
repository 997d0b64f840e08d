"""Rows changed, removed, added or swapped behind the ledger's back are named by verify-ledger."""

from __future__ import annotations

import pytest
from sqlalchemy import func, insert, select

from app.ledger import chain
from app.ledger.checks import verify
from app.ledger.journal import Line, digest_of
from app.models import ChainHead, JournalEntry, PoolAccount, Transfer
from tests.ledger.desk import DAY, NOW, Desk, tamper

pytestmark = pytest.mark.money


@pytest.fixture
def books(desk: Desk) -> Desk:
    """Entry 1 opens two houses (100.00 + 10.00, 50.00); entries 2 and 3 pay 12.00 and 6.00 of a project over both."""
    houses = desk.add_houses([(100_00, 10_00), (50_00, 0)])
    project = desk.start(desk.project([(houses[0], 40_00), (houses[1], 20_00)]))
    desk.pay(project, 12_00)
    desk.pay(project, 6_00)
    assert verify(desk.session) == []
    return desk


def faults(books: Desk, *statements: str) -> list[str]:
    for statement in statements:
        tamper(books.session, statement)
    books.session.expire_all()
    return verify(books.session)


def test_a_changed_entry_is_named(books: Desk):
    found = faults(books, "UPDATE journal_entries SET summary = '改' WHERE id = 2")
    assert found == ["凭证 2（拨付 payout:1:1）的内容或分录与散列不符".replace(":1:1", _line(books, 2))]


def test_every_column_of_an_entry_is_under_the_hash(books: Desk):
    changes = (
        "kind = 'refund'", "business_key = 'x'", "booked_on = '2025-01-01'", "created_at = '2025-01-01 00:00:00.0'",
        "actor_id = NULL, project_id = NULL", "reverses_id = 1", "posting_count = 9", "amount = amount + 1",
        "previous_hash = hash", "hash = previous_hash",
    )  # fmt: skip
    for change in changes:
        savepoint = books.session.begin_nested()
        found = faults(books, f"UPDATE journal_entries SET {change} WHERE id = 2")
        assert any(fault.startswith(("凭证 2（", "凭证 3（")) for fault in found), change
        savepoint.rollback()


def test_a_changed_posting_names_entry_and_house(books: Desk):
    found = faults(books, "UPDATE postings SET amount = amount + 1 WHERE entry_id = 2 AND line = 1")
    house = books.houses[0]
    key = f"凭证 2（拨付 payout{_line(books, 2)}）"
    assert found[:3] == [
        f"{key}借贷不平，差额 0.01",
        f"{key}金额为 12.00，分录借方合计为 12.01",
        f"{key}的内容或分录与散列不符",
    ]
    assert found[3] == (f"分户账 1幢001（房屋 {house.id}）：本金 98.00、利息 0.00，分录合计本金 98.00、利息 -0.01")


def test_a_posting_moved_to_another_house_is_named(books: Desk):
    swapped = f"UPDATE postings SET house_id = {books.houses[1].id} WHERE entry_id = 2 AND line = 1"
    found = faults(books, swapped)
    assert found[0] == f"凭证 2（拨付 payout{_line(books, 2)}）的内容或分录与散列不符"
    assert sum(fault.startswith("分户账") for fault in found) == 2


def test_a_removed_posting_is_named(books: Desk):
    found = faults(books, "DELETE FROM postings WHERE entry_id = 3 AND line = 1")
    assert found[1] == f"凭证 3（拨付 payout{_line(books, 3)}）应有分录 4 条，实有 3 条"


def test_an_added_pair_of_postings_is_named(books: Desk):
    house = books.houses[0].id
    found = faults(
        books,
        f"INSERT INTO postings (entry_id, line, kind, house_id, amount) VALUES (2, 8, 'principal', {house}, -5)",
        f"INSERT INTO postings (entry_id, line, kind, house_id, amount) VALUES (2, 9, 'interest', {house}, 5)",
    )
    assert found[0] == f"凭证 2（拨付 payout{_line(books, 2)}）应有分录 3 条，实有 5 条"


def test_swapped_lines_of_an_entry_are_named(books: Desk):
    found = faults(
        books,
        "UPDATE postings SET line = 99 WHERE entry_id = 1 AND line = 2",
        "UPDATE postings SET line = 2 WHERE entry_id = 1 AND line = 3",
        "UPDATE postings SET line = 3 WHERE entry_id = 1 AND line = 99",
    )
    assert found == [f"凭证 1（期初 opening{_opening(books)}）的内容或分录与散列不符"]


def test_a_removed_entry_is_named(books: Desk):
    found = faults(books, "DELETE FROM postings WHERE entry_id = 2", "DELETE FROM journal_entries WHERE id = 2")
    assert found[0] == "凭证 2 缺失或编号被改动（其后为 3）"
    assert found[1] == f"凭证 3（拨付 payout{_line(books, 3)}）与前一凭证的散列不衔接"


def test_a_removed_last_entry_is_named(books: Desk):
    found = faults(books, "DELETE FROM postings WHERE entry_id = 3", "DELETE FROM journal_entries WHERE id = 3")
    assert found[0] == "凭证链末端应为第 3 号，实为第 2 号"


def test_an_added_entry_is_named(books: Desk):
    found = faults(
        books,
        "INSERT INTO journal_entries (id, kind, business_key, booked_on, created_at, summary, posting_count, amount, "
        "previous_hash, hash) SELECT 4, kind, 'more', booked_on, created_at, summary, 2, 100, hash, hash "
        "FROM journal_entries WHERE id = 3",
        f"INSERT INTO postings (entry_id, line, kind, house_id, amount) "
        f"VALUES (4, 1, 'principal', {books.houses[0].id}, 100), (4, 2, 'principal', {books.houses[1].id}, -100)",
    )
    assert found[:2] == ["凭证 4（拨付 more）的内容或分录与散列不符", "凭证链末端应为第 3 号，实为第 4 号"]


def test_an_entry_forged_with_proper_hashes_and_balances_has_no_business(books: Desk):
    """Whoever writes entry, chain head and balances alike still lacks the batch, the line or the refund behind it."""
    house, bank = books.houses[0].id, books.session.scalars(select(PoolAccount.id)).one()
    head = books.session.execute(select(ChainHead).where(ChainHead.name == "ledger")).scalar_one()
    for kind, key, sentence in (
        ("opening", "opening:9", "期初凭证 4（opening:9，1.00）与已确认的期初批次不符"),
        ("refund", "refund:X", "凭证 4（refund:X）不属于任何项目"),
        ("payout", "payout:9:9", "拨付凭证 4（payout:9:9）没有对应的划转"),
    ):
        lines = [Line("bank", None, bank, 100), Line("principal", house, None, -100)]
        entry = {
            "id": 4, "kind": kind, "business_key": key, "booked_on": DAY, "created_at": NOW, "actor_id": None,
            "project_id": None, "reverses_id": None, "summary": "", "posting_count": 2, "amount": 100,
        }  # fmt: skip
        proper = chain.entry_hash(entry, head.hash, digest_of(lines))
        savepoint = books.session.begin_nested()
        tamper(books.session, "SELECT 1")
        books.session.execute(insert(JournalEntry).values(**entry, previous_hash=head.hash, hash=proper))
        found = faults(
            books,
            f"INSERT INTO postings (entry_id, line, kind, house_id, pool_account_id, amount) VALUES "
            f"(4, 1, 'bank', NULL, {bank}, 100), (4, 2, 'principal', {house}, NULL, -100)",
            f"UPDATE house_accounts SET principal = principal + 100 WHERE house_id = {house}",
            f"UPDATE pool_accounts SET balance = balance + 100 WHERE id = {bank}",
            f"UPDATE chain_heads SET last_id = 4, hash = '{proper}' WHERE name = 'ledger'",
        )
        assert sentence in found, found
        savepoint.rollback()
        books.session.expire_all()


def test_a_changed_balance_is_named(books: Desk):
    house = books.houses[1]
    found = faults(books, f"UPDATE house_accounts SET principal = principal + 100 WHERE house_id = {house.id}")
    assert found == [
        f"分户账 1幢002（房屋 {house.id}）：本金 45.00、利息 0.00，分录合计本金 44.00、利息 0.00",
        "专户 2012 0001：专户存款 142.00，其余账户合计 143.00",
    ]


def test_a_changed_bank_balance_is_named(books: Desk):
    found = faults(books, "UPDATE pool_accounts SET balance = balance - 1")
    assert found[1] == "专户 2012 0001：专户存款 141.99，其余账户合计 142.00"


def test_a_changed_hold_is_named(books: Desk):
    house = books.houses[0]
    found = faults(books, f"UPDATE house_accounts SET held = 0 WHERE house_id = {house.id}")
    assert found == [f"分户账 1幢001（房屋 {house.id}）：锁定 0.00，各项目锁定合计 28.00"]


def test_a_changed_draw_is_named(books: Desk):
    found = faults(books, f"UPDATE project_houses SET drawn_principal = 0 WHERE house_id = {books.houses[1].id}")
    assert found[0].startswith("项目 WX2026000001（running）房屋 1幢002：锁定 14.00")
    assert "项目 WX2026000001：各户已拨付合计 12.00，各笔划转净额 18.00" in found


def test_a_house_moved_to_another_area_is_named(books: Desk):
    house = books.houses[0].id
    found = faults(books, f"UPDATE house_accounts SET area_id = area_id + 1 WHERE house_id = {house}")
    assert found == [f"分户账 1幢001（房屋 {house}）所属物业区域、楼幢或专户与房屋不一致"]


def test_a_paid_line_without_its_entry_is_named(books: Desk):
    found = faults(books, "UPDATE transfers SET entry_id = NULL WHERE entry_id = 2")
    key = f"payout{_line(books, 2)}"
    assert found[:2] == [f"已划转的拨付 {key}（12.00）没有对应的凭证", f"拨付凭证 2（{key}）没有对应的划转"]


def _line(books: Desk, entry_id: int) -> str:
    """`:<application>:<line>` of a payout entry."""
    key = books.session.get_one(JournalEntry, entry_id).business_key
    return key.removeprefix("payout")


def _opening(books: Desk) -> str:
    return books.session.get_one(JournalEntry, 1).business_key.removeprefix("opening")


def test_postings_of_a_house_without_account_are_named(books: Desk):
    house = books.houses[1]
    found = faults(books, f"DELETE FROM house_accounts WHERE house_id = {house.id}")
    assert found[0] == (f"分户账 1幢002（房屋 {house.id}）：本金 0.00、利息 0.00，分录合计本金 44.00、利息 0.00")


def test_a_refund_that_says_other_than_its_entry_is_named(books: Desk):
    """12.00 of the line came back; the record then claims 13.00, or is gone."""
    line = books.session.scalars(select(Transfer)).first()
    number = line.application.number
    books.refund(line, 12_00, "QT1")
    entry = books.session.scalar(select(func.max(JournalEntry.id)))
    savepoint = books.session.begin_nested()
    assert faults(books, "UPDATE refunds SET amount = 1300") == [
        f"清退凭证 {entry}（refund:QT1）没有对应的清退",
        "清退 QT1（13.00）的凭证不存在或与其不符",
        f"划转 {number}-1：已清退 12.00，各次清退合计 13.00",
    ]
    savepoint.rollback()
    assert faults(books, "DELETE FROM refunds") == [
        f"清退凭证 {entry}（refund:QT1）没有对应的清退",
        f"划转 {number}-1：已清退 12.00，各次清退合计 0.00",
    ]
