"""Entries, opening balances, holds and shortages: what is posted and what is refused."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.domain.enums import AccountKind, EntryKind, ProjectState
from app.domain.errors import Conflict, Refusal
from app.ledger import journal, opening, project_money
from app.ledger.accounts import pool
from app.ledger.checks import verify
from app.ledger.deposits import post_deposits
from app.models import ClosedMonth, HouseAccount, JournalEntry, Posting
from tests.ledger.desk import NOW, Desk

pytestmark = pytest.mark.money


def test_opening_posts_bank_against_principal_and_interest(desk: Desk):
    desk.add_houses([(100_00, 5_00), (0, 0), (50_00, 0)])
    entry = desk.session.scalars(select(JournalEntry)).one()
    assert (entry.id, entry.kind, entry.amount, entry.posting_count) == (1, EntryKind.OPENING, 155_00, 4)
    lines = desk.session.execute(select(Posting.kind, Posting.amount).order_by(Posting.line)).all()
    assert [tuple(line) for line in lines] == [
        (AccountKind.BANK, 155_00),
        (AccountKind.PRINCIPAL, -100_00),
        (AccountKind.INTEREST, -5_00),
        (AccountKind.PRINCIPAL, -50_00),
    ]


def test_opening_of_a_house_with_postings_is_refused_and_named(desk: Desk):
    first, second = desk.add_houses([(100_00, 0), (0, 0)])
    batch = desk.batch({first.id: (1_00, 0), second.id: (1_00, 0)})
    with pytest.raises(Refusal, match="1 户已有资金往来，不能再录入期初余额") as refusal:
        opening.confirm_opening(desk.session, batch, **desk.booking())
    assert [str(detail) for detail in refusal.value.details] == ["1幢001"]


def test_opening_twice_is_a_conflict(desk: Desk):
    (house,) = desk.add_houses([0])
    batch = desk.batch({house.id: (1_00, 0)})
    opening.confirm_opening(desk.session, batch, **desk.booking())
    with pytest.raises(Conflict):
        opening.confirm_opening(desk.session, batch, **desk.booking())


def test_opening_with_another_total_than_its_lines_is_refused(desk: Desk):
    (house,) = desk.add_houses([0])
    batch = desk.batch({house.id: (1_00, 0)})
    batch.principal_total = 2_00
    with pytest.raises(Refusal, match="期初余额的户数或合计与明细不符"):
        opening.confirm_opening(desk.session, batch, **desk.booking())


def test_opening_of_zeros_opens_accounts_without_an_entry(desk: Desk):
    desk.add_houses([0, 0])
    assert desk.accounts() == [(0, 0, 0), (0, 0, 0)]
    assert desk.session.scalars(select(JournalEntry)).all() == []


def test_business_event_posts_once(desk: Desk):
    (house,) = desk.add_houses([1_00])
    post_deposits(desk.session, desk.area, {house.id: 5_00}, business_key="JC1", **desk.booking())
    with pytest.raises(Conflict, match="该笔业务已入账，凭证号 2，不能重复入账"):
        post_deposits(desk.session, desk.area, {house.id: 5_00}, business_key="JC1", **desk.booking())
    assert desk.accounts() == [(6_00, 0, 0)]


def test_closed_month_refuses_postings(desk: Desk):
    (house,) = desk.add_houses([1_00])
    desk.session.add(ClosedMonth(month="2026-02", closed_at=NOW))
    booking = desk.booking(date(2026, 2, 28))
    with pytest.raises(Refusal, match="2026-02 已结账，不能再记账") as refusal:
        post_deposits(desk.session, desk.area, {house.id: 5_00}, business_key="JC1", **booking)
    assert refusal.value.field == "booked_on"


def test_day_to_come_is_refused(desk: Desk):
    (house,) = desk.add_houses([1_00])
    with pytest.raises(Refusal, match="记账日期 2026-03-03 晚于今天"):
        post_deposits(desk.session, desk.area, {house.id: 5_00}, business_key="JC1", **desk.booking(date(2026, 3, 3)))


def test_postings_that_do_not_balance_are_a_programmers_mistake(desk: Desk):
    (house,) = desk.add_houses([1_00])
    bank = pool(desk.session, AccountKind.BANK, desk.area.escrow_account_id)
    lines = [journal.principal(house.id, 5), journal.pooled(bank, -4)]
    with pytest.raises(ValueError, match="1 fen left over"):
        journal.post_entry(desk.session, EntryKind.PAYOUT, "x", lines, **desk.booking())


def test_entry_that_would_overdraw_an_account_is_refused(desk: Desk):
    (house,) = desk.add_houses([1_00])
    bank = pool(desk.session, AccountKind.BANK, desk.area.escrow_account_id)
    lines = [journal.principal(house.id, 1_01), journal.pooled(bank, -1_01)]
    with pytest.raises(Refusal, match=r"余额不足|余额或可用金额不足"):
        journal.post_entry(desk.session, EntryKind.WITHDRAWAL, "x", lines, **desk.booking())


def test_large_entry_goes_by_copy_and_verifies(desk: Desk):
    """Above the size from which PostgreSQL gets a COPY."""
    houses = desk.add_houses([(100_00 + n, n) for n in range(300)])
    project = desk.start(desk.project([(house, 10_00 + place) for place, house in enumerate(houses)]))
    desk.pay(project, 1234_56)
    assert sum(desk.paid(project)) == 1234_56
    assert verify(desk.session) == []


def test_fund_is_the_smaller_of_share_and_available(desk: Desk):
    """House 1 has all, house 2 is held for another project but for 30.00, house 3 has no account."""
    first, second = desk.add_houses([100_00, 50_00])
    desk.start(desk.project([(second, 20_00)]))
    (third,) = desk.add_houses([0], open_them=False)
    desk.session.query(HouseAccount).filter_by(house_id=third.id).delete()
    project = desk.project([(first, 40_00), (second, 40_00)], [(second, 5_00), (third, 7_00)])
    assert project_money.fix_fund(desk.session, project) == 70_00
    assert desk.column(project, "budget") == [40_00, 45_00, 7_00]
    assert desk.column(project, "fund") == [40_00, 30_00, 0]


def test_two_projects_over_the_same_money_the_second_lacks_it(desk: Desk):
    houses = desk.add_houses([100_00, 100_00])
    both = [(house, 70_00) for house in houses]
    first, second = desk.project(both), desk.project(both)
    project_money.fix_fund(desk.session, first)
    project_money.fix_fund(desk.session, second)
    project_money.hold_fund(desk.session, first)
    desk.move(first, ProjectState.RUNNING)
    lacking = project_money.shortages(desk.session, second)
    assert [(shortage.label, shortage.lack) for shortage in lacking] == [("1幢001", 40_00), ("1幢002", 40_00)]
    with pytest.raises(Refusal, match=r"2 户可用余额不足，共缺 80.00"):
        project_money.hold_fund(desk.session, second)
    project_money.drop_fund(desk.session, second)
    assert project_money.fix_fund(desk.session, second) == 60_00


def test_fund_is_not_dropped_once_held(desk: Desk):
    houses = desk.add_houses([100_00])
    project = desk.start(desk.project([(houses[0], 70_00)]))
    with pytest.raises(Refusal, match="项目已锁定或拨付资金"):
        project_money.drop_fund(desk.session, project)


def test_payout_before_the_hold_is_refused(desk: Desk):
    houses = desk.add_houses([100_00])
    project = desk.project([(houses[0], 70_00)])
    project_money.fix_fund(desk.session, project)
    with pytest.raises(Refusal, match="项目资金未锁定，不能拨付"):
        desk.pay(project, 10_00)


def test_payout_twice_is_a_conflict(desk: Desk):
    houses = desk.add_houses([100_00])
    project = desk.start(desk.project([(houses[0], 70_00)]))
    line = desk.pay(project, 10_00)
    with pytest.raises(Conflict):
        project_money.pay_transfer(desk.session, line, **desk.booking())
    assert desk.paid(project) == [10_00]


def test_settlement_above_the_budget_or_without_an_item_is_refused(desk: Desk):
    houses = desk.add_houses([100_00])
    project = desk.start(desk.project([(houses[0], 70_00)], [(houses[0], 10_00)]))
    with pytest.raises(Refusal, match=r"结算金额 70.01 须在零与预算 70.00 之间"):
        desk.settle(project, 70_01, 0)
    with pytest.raises(Refusal, match="有设施设备未填写结算金额"):
        project_money.settlement_preview(desk.session, project, {project.items[0].id: 1})


def test_withdrawn_settlement_holds_the_difference_again(desk: Desk):
    houses = desk.add_houses([100_00, 100_00])
    project = desk.start(desk.project([(house, 50_00) for house in houses]))
    desk.pay(project, 40_00)
    desk.settle(project, 60_00)
    assert desk.column(project, "held") == [10_00, 10_00]
    project_money.undo_settlement(desk.session, project)
    assert desk.column(project, "held") == [30_00, 30_00]
    assert desk.column(project, "settled") == [None, None]
    assert verify(desk.session) == []
