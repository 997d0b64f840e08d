"""A database of its own for a bench: migrated, with one area of many houses, on SQLite (a file) and on PostgreSQL."""

from __future__ import annotations

import contextlib
import io
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, text

from app import bulk
from app.models import Area, Building, District, EscrowAccount, House, Organisation, PlatformUser

NOW = datetime(2026, 3, 2, 9, 30)


@contextlib.contextmanager
def application(database: str) -> Iterator:
    """The application over an empty, migrated database; `database` is sqlite or postgresql."""
    folder = Path(tempfile.mkdtemp(prefix="fund-bench-"))
    try:
        yield from _application(database, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _application(database: str, folder: Path) -> Iterator:
    import config
    from app import create_app
    from app.commands.init import prepare
    from app.commands.memory import settle_memory
    from app.extensions import db

    environment = {"DATA_DIR": str(folder)}
    if database == "postgresql":
        environment["DATABASE_URL"] = postgres().create_database(f"bench_{folder.name[-8:]}".lower())
    app = create_app(config.load(environment))
    with app.app_context(), contextlib.redirect_stdout(io.StringIO()):
        prepare(app)
    settle_memory()  # as serve does
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def postgres():
    """A private PostgreSQL in a temporary folder, stopped when the process ends."""
    from tests.support.postgres import start_postgres

    return start_postgres()


def databases(options) -> list[str]:
    """Which databases to measure on; PostgreSQL is left out, and said so, where it is not installed."""
    if options.database != "both":
        return [options.database]
    from tests.support.postgres import find_postgres

    if find_postgres() is None:
        print("未找到 PostgreSQL，只在 SQLite 上测试")
        return ["sqlite"]
    return ["sqlite", "postgresql"]


def driver_connection(app, database: str):
    """A bare connection of the driver (sqlite3, psycopg) to the same database, set up as ours is."""
    from app.database import SQLITE_PRAGMAS

    url = app.config["SQLALCHEMY_DATABASE_URI"]
    if database == "postgresql":
        import psycopg

        return psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"))
    import sqlite3

    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    for pragma in SQLITE_PRAGMAS:
        connection.execute(pragma)
    return connection


def gather_statistics(app) -> None:
    """As autovacuum would have done by the time anybody looks; SQLite's planner is measured without, as it runs."""
    from app.extensions import db

    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def allow_reset(session) -> None:
    """Take off what keeps journal rows from being removed, so that each round starts from the same books.

    The insert trigger stays: it is part of what an insert costs.
    """
    if bulk.is_postgresql(session.connection()):
        for table in ("journal_entries", "postings"):
            session.execute(text(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}"))
        return
    for table in ("journal_entries", "postings"):
        session.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_delete"))


def build_area(session, houses: int, *, name: str = "测试花园", buildings: int = 20) -> Area:
    """An area of that many houses with floor areas of 30 to 200 m², in order."""
    from app.domain.enums import OrganisationKind

    bank = Organisation(kind=OrganisationKind.BANK, name=f"{name}银行", address="", created_at=NOW)
    company = Organisation(kind=OrganisationKind.PROPERTY_COMPANY, name=f"{name}物业", address="", created_at=NOW)
    district = session.scalar(select(District).limit(1)) or District(code="000001", name="区")
    session.add_all([bank, company, district])
    session.flush()
    escrow = EscrowAccount(bank_id=bank.id, name=name, bank_name=name, account_no=f"NO-{name}")
    session.add(escrow)
    session.flush()
    area = Area(district_id=district.id, escrow_account_id=escrow.id, name=name, address="")
    session.add(area)
    session.flush()
    places = [Building(area_id=area.id, name=f"{number}幢", sort_key=f"{number:05d}") for number in range(buildings)]
    session.add_all(places)
    session.flush()
    columns = (
        "area_id", "building_id", "floor", "room", "label", "sort_key", "floor_area", "area_ground", "use",
        "sale_state", "first_deposit",
    )  # fmt: skip
    rows = [
        (
            area.id, places[n * buildings // houses].id, "1", str(n), f"{n}", f"{n:08d}", 3000 + n * 7919 % 17000,
            "registered", "residential", "sold", 10_000_00,
        )
        for n in range(houses)
    ]  # fmt: skip
    bulk.insert_rows(session, House.__table__, columns, rows)
    return area


def agent(session) -> PlatformUser:
    """Somebody who acts."""
    user = PlatformUser(first_name="甲", last_name="", username="bench", email="bench@example.org", active=True)
    session.add(user)
    session.flush()
    return user
