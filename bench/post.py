"""`post`: one payout over 20,000 houses: 20,000 × 2 postings, balances, holds, hash chain, committed; against the bare
driver storing only the postings (executemany on SQLite, COPY on PostgreSQL) into the same table, committed, and
against django-hordak's bulk path storing a tenth of the legs in its own tables (PostgreSQL; it has no SQLite)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select, text

from app import bulk
from app.domain.enums import (
    AccountKind,
    ApplicationKind,
    ApplicationState,
    EntryKind,
    OpeningState,
    ProjectKind,
    TransferState,
)
from app.ledger import checks, journal, project_money
from app.ledger.accounts import open_house_accounts, pool
from app.models import (
    Application,
    ChainHead,
    Equipment,
    EquipmentCategory,
    House,
    ItemShare,
    OpeningBatch,
    Organisation,
    Project,
    ProjectItem,
    Transfer,
)
from app.permissions import SYSTEM
from app.transaction import unit_of_work
from app.workflows import engine
from bench import hordak, workshop
from bench.framework import Case

HOUSES = 20_000
SHARE = 500_00
BOOKING = {"booked_on": workshop.NOW.date(), "now": workshop.NOW, "actor": SYSTEM}
_COLUMNS = "entry_id, line, kind, house_id, pool_account_id, amount"
_LEGS = HOUSES * 2 + 1
_HORDAK_LEGS = 4001  # a tenth: its check of a leg sums the whole transaction, 40,001 would take half an hour
_SPARE = 10_000_000  # the yardstick's lines stand above this number
_PUT_BACK = (
    "UPDATE house_accounts SET principal = b.principal, interest = b.interest, held = b.held "
    "FROM bench_house_accounts b WHERE b.house_id = house_accounts.house_id",
    "UPDATE project_houses SET drawn_interest = 0, drawn_principal = 0, held = b.held "
    "FROM bench_project_houses b WHERE b.house_id = project_houses.house_id",
    "UPDATE pool_accounts SET balance = b.balance FROM bench_pool_accounts b WHERE b.id = pool_accounts.id",
)


def cases(options) -> Iterator[Case]:
    for database in workshop.databases(options):
        with workshop.application(database) as app:
            with unit_of_work() as session:
                transfer_id = _project(session)
                workshop.allow_reset(session)
            books = _Books(transfer_id)
            rows = books.sample_rows()
            connection = workshop.driver_connection(app, database)
            size = f"{HOUSES:,} houses, {database}"
            yield Case(
                size=size,
                ours=books.pay,
                yardstick="psycopg COPY" if database == "postgresql" else "sqlite3 executemany",
                theirs=lambda c=connection, r=rows, d=database: _store(c, r, d),
                target=3,
                before=books.reset,
                check=books.check,
            )
            connection.close()
            if database == "sqlite":  # which hordak does not run on
                continue
            with hordak.books(database, _HORDAK_LEGS) as theirs:
                yield Case(
                    size=size,
                    ours=books.pay,
                    yardstick=f"django-hordak {hordak.version()} bulk, {_HORDAK_LEGS:,} legs",
                    theirs=theirs,
                    target=1,
                    before=books.reset,
                    rounds=2,
                )


class _Books:
    """The project's books, put back to where they were before the payout."""

    def __init__(self, transfer_id: int):
        self.transfer_id = transfer_id
        with unit_of_work() as session:
            head = session.execute(select(ChainHead.last_id, ChainHead.hash).where(ChainHead.name == "ledger")).one()
            self.last_id, self.hash = head.last_id, head.hash
            for table in ("house_accounts", "project_houses", "pool_accounts"):
                session.execute(text(f"CREATE TABLE bench_{table} AS SELECT * FROM {table}"))
            session.execute(text("CREATE UNIQUE INDEX bench_houses ON bench_house_accounts (house_id)"))
            session.execute(text("CREATE UNIQUE INDEX bench_projects ON bench_project_houses (house_id)"))

    def pay(self) -> None:
        with unit_of_work() as session:
            transfer = session.get_one(Transfer, self.transfer_id)
            project_money.pay_transfer(session, transfer, **BOOKING)

    def reset(self) -> None:
        with unit_of_work() as session:
            after = {"last": self.last_id}
            session.execute(text("UPDATE transfers SET entry_id = NULL"))
            session.execute(text(f"DELETE FROM postings WHERE entry_id > :last OR line > {_SPARE}"), after)
            session.execute(text("DELETE FROM journal_entries WHERE id > :last"), after)
            session.execute(
                text("UPDATE chain_heads SET last_id = :last, hash = :hash WHERE name = 'ledger'"),
                {"last": self.last_id, "hash": self.hash},
            )
            for statement in _PUT_BACK:
                session.execute(text(statement))
        _tidy()

    def sample_rows(self) -> list[tuple]:
        """The very postings of a payout, for the yardstick: under the number of an entry that is there."""
        self.pay()
        with unit_of_work() as session:
            rows = session.execute(
                text(f"SELECT {_COLUMNS} FROM postings WHERE entry_id > :last ORDER BY line"), {"last": self.last_id}
            ).all()
        assert len(rows) == _LEGS, len(rows)
        return [(self.last_id, row.line + _SPARE, *row[2:]) for row in rows]

    def check(self) -> None:
        with unit_of_work() as session:
            with engine._moving():
                session.get_one(Transfer, self.transfer_id).state = TransferState.PAID
            session.flush()
            faults = checks.verify(session)
            assert not faults, faults[:3]
            session.execute(text("UPDATE transfers SET state = 'prepared'"))


def _tidy() -> None:
    """PostgreSQL: what a round has left behind is cleared away before the next."""
    from app.extensions import db

    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM postings, house_accounts, project_houses"))


def _store(connection, rows: list[tuple], database: str) -> None:
    cursor = connection.cursor()
    if database == "postgresql":
        with cursor.copy(f"COPY postings ({_COLUMNS}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        cursor.execute("BEGIN IMMEDIATE")
        cursor.executemany(f"INSERT INTO postings ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", rows)
    cursor.execute("COMMIT")


def _project(session) -> int:
    """A running project over 20,000 houses that each have 100.00 of interest; a payee line of 80 % of it all."""
    area = workshop.build_area(session, HOUSES)
    user = workshop.agent(session)
    company = session.scalar(select(Organisation.id).order_by(Organisation.id.desc()).limit(1))
    open_house_accounts(session, area)
    house_ids = list(session.scalars(select(House.id).order_by(House.id)))
    lines = [journal.pooled(pool(session, AccountKind.BANK, area.escrow_account_id), HOUSES * 1100_00)]
    for house_id in house_ids:
        lines += (journal.principal(house_id, -1000_00), journal.interest(house_id, -100_00))
    batch = OpeningBatch(
        area_id=area.id, state=OpeningState.CONFIRMED, house_count=HOUSES, created_at=workshop.NOW,
        principal_total=HOUSES * 1000_00, interest_total=HOUSES * 100_00,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    batch.entry_id = journal.post_entry(session, EntryKind.OPENING, f"opening:{batch.id}", lines, **BOOKING).id
    category = EquipmentCategory(name="屋面")
    session.add(category)
    session.flush()
    equipment = Equipment(area_id=area.id, category_id=category.id, name="屋面")
    project = Project(
        number="WX2026900001", kind=ProjectKind.NORMAL, state_since=workshop.NOW, created_at=workshop.NOW,
        organisation_id=company, area_id=area.id, created_by_id=user.id, name="测试", reason="",
    )  # fmt: skip
    session.add_all([equipment, project])
    session.flush()
    item = ProjectItem(
        project_id=project.id, position=1, equipment_id=equipment.id, content="", remark="", warning_reason="",
        budget=HOUSES * SHARE, shares_stale=False,
    )  # fmt: skip
    session.add(item)
    session.flush()
    columns = ("item_id", "house_id", "project_id", "sort_key", "floor_area", "amount")
    shares = [(item.id, house_id, project.id, f"{house_id:08d}", 100, SHARE) for house_id in house_ids]
    bulk.insert_rows(session, ItemShare.__table__, columns, shares)
    project_money.fix_fund(session, project)
    project_money.hold_fund(session, project)
    session.execute(text("UPDATE projects SET state = 'running'"))
    application = Application(
        kind=ApplicationKind.PAYOUT, number="BF2026900001", state=ApplicationState.APPROVED, organisation_id=company,
        area_id=area.id, project_id=project.id, created_at=workshop.NOW, created_by_id=user.id, remark="",
        amount=HOUSES * SHARE * 4 // 5,
    )  # fmt: skip
    session.add(application)
    session.flush()
    transfer = Transfer(
        application_id=application.id, project_id=project.id, escrow_account_id=area.escrow_account_id, line=1,
        state=TransferState.PREPARED, account_name="甲", bank_name="乙", account_no="1",
        amount=HOUSES * SHARE * 4 // 5, foreign_reason="", refusal_reason="",
    )  # fmt: skip
    session.add(transfer)
    session.flush()
    return transfer.id
