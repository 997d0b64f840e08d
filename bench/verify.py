"""`verify`: verify-ledger over a whole city, every rule and the hash chain; against one sequential scan of the postings
with each house's sums in SQL. 100,000 houses and 1,000,000 postings, with --full ten times as many."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select, text

from app.domain.enums import AccountKind, EntryKind
from app.ledger import checks, journal
from app.ledger.accounts import open_house_accounts, pool
from app.models import House
from app.permissions import SYSTEM
from app.transaction import unit_of_work
from bench import workshop
from bench.framework import Case

ENTRIES_AN_AREA = 10
HOUSES_AN_AREA = 1000
BOOKING = {"booked_on": workshop.NOW.date(), "now": workshop.NOW, "actor": SYSTEM}
_SCAN = """
    SELECT count(*), sum(principal), sum(interest) FROM (
        SELECT house_id, sum(CASE WHEN kind = 'principal' THEN amount ELSE 0 END) AS principal,
            sum(CASE WHEN kind = 'interest' THEN amount ELSE 0 END) AS interest
        FROM postings GROUP BY house_id) t"""


def cases(options) -> Iterator[Case]:
    areas = 1000 if options.full else 100
    for database in workshop.databases(options):
        with workshop.application(database):
            for number in range(areas):
                _fill(number)
            with unit_of_work() as session:
                session.execute(text("ANALYZE"))
            yield Case(
                size=f"{areas * HOUSES_AN_AREA * ENTRIES_AN_AREA:,} postings, {database}",
                ours=_verify,
                yardstick="one scan with sums a house, SQL",
                theirs=_scan,
                target=3,
                rounds=3,
            )


def _fill(number: int) -> None:
    """An area of 1,000 houses with ten entries over all of them."""
    with unit_of_work() as session:
        area = workshop.build_area(session, HOUSES_AN_AREA, name=f"小区{number}", buildings=4)
        open_house_accounts(session, area)
        houses = list(session.scalars(select(House.id).where(House.area_id == area.id).order_by(House.id)))
        bank = pool(session, AccountKind.BANK, area.escrow_account_id)
        for entry in range(ENTRIES_AN_AREA):
            post = journal.interest if entry % 3 else journal.principal
            lines = [journal.pooled(bank, 100 * len(houses)), *(post(house, -100) for house in houses)]
            journal.post_entry(session, EntryKind.DEPOSIT, f"deposit:{number}:{entry}", lines, **BOOKING)


def _verify() -> None:
    with unit_of_work() as session:
        faults = checks.verify(session)
        assert not faults, faults[:3]


def _scan() -> None:
    with unit_of_work() as session:
        session.execute(text(_SCAN)).one()
