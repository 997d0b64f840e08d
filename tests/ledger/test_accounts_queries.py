"""The household account list and one account's entries."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.enums import EntryKind
from app.ledger.project_money import pay_transfer
from app.queries import accounts
from app.queries.accounts import AccountFilter
from tests.ledger.desk import Desk

pytestmark = pytest.mark.money


@pytest.fixture
def paid(desk: Desk) -> Desk:
    """Two houses; 60.00 opened on 2 March (10.00 of it interest) and 5.00; a payout of 12.00 on 20 March."""
    houses = desk.add_houses([(50_00, 10_00), (5_00, 0)])
    project = desk.start(desk.project([(houses[0], 30_00)]))
    transfer = desk.transfer(project, 12_00)
    booking = desk.booking()
    booking.update(booked_on=date(2026, 3, 20), now=booking["now"].replace(day=20))
    pay_transfer(desk.session, transfer, **booking)
    return desk


def test_account_entries_carry_the_running_balance(paid: Desk):
    rows = accounts.account_entries(paid.session, paid.houses[0].id, area_ids=None)
    assert [(row.kind, row.booked_on.day, row.principal, row.interest, row.balance) for row in rows] == [
        (EntryKind.OPENING, 2, 50_00, 10_00, 60_00),
        (EntryKind.PAYOUT, 20, -2_00, -10_00, 48_00),
    ]
    assert rows[1].project_number == "WX2026000001"


def test_account_entries_of_a_part_start_from_the_balance_before(paid: Desk):
    rows = accounts.account_entries(paid.session, paid.houses[0].id, area_ids=None, since=date(2026, 3, 3))
    assert [(row.change, row.balance) for row in rows] == [(-12_00, 48_00)]


def test_balance_at_a_day(paid: Desk):
    house = paid.houses[0].id
    days = [date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 19), date(2026, 3, 20)]
    found = [accounts.balance_at(paid.session, house, day, area_ids=None) for day in days]
    assert found == [(0, 0), (50_00, 10_00), (50_00, 10_00), (48_00, 0)]


def test_account_list_filters_by_balance_and_renewal(paid: Desk):
    paid.houses[1].first_deposit = 20_00
    paid.session.flush()

    def found(**chosen) -> list[int]:
        rows = accounts.account_rows(paid.session, AccountFilter(**chosen), area_ids=None)
        return [row.house_id for row in rows]

    first, second = (house.id for house in paid.houses)
    assert found() == [first, second]
    assert found(low=5_01) == [first]
    assert found(high=5_00) == [second]
    assert found(renewal_percent=30) == [second]
    assert found(renewal_percent=25) == []
    assert found(room="002") == [second]
    assert found(room="%") == []
    assert found(owner="张") == []


def test_account_totals_over_all_pages(paid: Desk):
    totals = accounts.account_totals(paid.session, AccountFilter(), area_ids=None)
    assert (totals.houses, totals.principal, totals.interest, totals.held, totals.balance) == (
        2, 53_00, 0, 18_00, 53_00,
    )  # fmt: skip


def test_top_up_to_the_renewal_threshold(paid: Desk):
    paid.houses[1].first_deposit = 33_33
    paid.session.flush()
    row = accounts.account_of(paid.session, paid.houses[1].id, area_ids=None)
    assert row.top_up(30) == 5_00
    assert row.top_up(10) == 0


def test_accounts_out_of_scope_are_not_there(paid: Desk):
    nowhere = frozenset({paid.area.id + 1})
    house = paid.houses[0].id
    assert accounts.account_of(paid.session, house, area_ids=nowhere) is None
    assert accounts.account_entries(paid.session, house, area_ids=nowhere) == []
    assert accounts.entry_count(paid.session, house, area_ids=nowhere) == 0
    assert accounts.holds_on(paid.session, house, area_ids=nowhere) == []
    assert accounts.balance_at(paid.session, house, date(2027, 1, 1), area_ids=nowhere) == (0, 0)
    assert accounts.account_totals(paid.session, AccountFilter(), area_ids=nowhere).houses == 0


def test_holds_name_their_project(paid: Desk):
    holds = accounts.holds_on(paid.session, paid.houses[0].id, area_ids=None)
    assert [(hold.number, hold.held) for hold in holds] == [("WX2026000001", 18_00)]
