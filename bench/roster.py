"""`roster`: a house roster of 100,000 rows with owners and balances, read, checked and stored as on the screen; against
calamine reading the file and the bare driver inserting as many rows into the same tables (executemany on SQLite, COPY
on PostgreSQL; personal data unsealed)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import xlsxwriter
from python_calamine import load_workbook
from sqlalchemy import text

from app import bulk
from app.models import Area
from app.permissions import SYSTEM
from app.spreadsheets.roster import columns, read_roster
from app.transaction import unit_of_work
from app.workflows.engine import Context
from app.workflows.roster.store import existing_houses, store_roster
from bench import workshop
from bench.framework import Case

ROWS, PER_BUILDING, WEIGHTS = 100_000, 200, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
STORED = ("opening_lines", "opening_batches", "house_accounts", "ownerships", "houses", "owners", "units", "buildings")
# the bare rows: table, columns, and what of a sheet's row number n goes in
BARE = (
    ("owners", ("id", "area_id", "name", "identity_number", "identity_hash", "phone"),
     lambda n, area, place: (n, area, f"业主{n}", f"{n:018}", f"{n:064}", "13800000000")),
    ("houses", ("id", "area_id", "building_id", "floor", "room", "label", "sort_key", "floor_area", "area_ground",
                "use", "sale_state", "first_deposit", "deposited_on", "owner_id"),
     lambda n, area, place: (n, area, place, "1", str(n), f"1栋{n}", f"{n:040}", 8946, "registered", "residential",
                             "sold", 980_000, "2016-07-17", n)),
    ("ownerships", ("house_id", "owner_id", "position", "since"), lambda n, area, place: (n, n, 1, "2016-07-17")),
    ("house_accounts", ("house_id", "area_id", "escrow_account_id", "principal", "interest", "held"),
     lambda n, area, place: (n, area, 1, 0, 0, 0)),
    ("opening_lines", ("batch_id", "house_id", "principal", "interest"), lambda n, area, place: (1, n, 90_000, 1_000)),
)  # fmt: skip


def cases(options) -> Iterator[Case]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "roster.xlsx"
        _write(path)
        for database in workshop.databases(options):
            with workshop.application(database) as app:
                with unit_of_work() as session:
                    area = workshop.build_area(session, 1, buildings=1)
                    key = area.id
                connection = workshop.driver_connection(app, database)
                yield Case(
                    size=f"{ROWS:,} rows, {database}", ours=lambda k=key: _import(path, k),
                    yardstick="calamine + bare inserts",
                    theirs=lambda k=key, c=connection, d=database: _bare(path, k, c, d),
                    target=4, before=_empty, check=_check, rounds=3,
                )  # fmt: skip
                connection.close()


def _import(path: Path, area_id: int) -> None:
    """As the screen's background check and its 确定 do."""
    with unit_of_work() as session:
        existing = existing_houses(session, area_id)
    sheet = read_roster(path, today=workshop.NOW.date(), existing=existing)
    assert not sheet.faults, sheet.faults[:3]
    with unit_of_work() as session:
        area = session.get_one(Area, area_id)
        store_roster(area, sheet, Context(session, SYSTEM, workshop.NOW), file_name=path.name)


def _bare(path: Path, area_id: int, connection, database: str) -> None:
    load_workbook(path).get_sheet_by_index(0).to_python()
    cursor = connection.cursor()
    if database == "sqlite":
        cursor.execute("BEGIN IMMEDIATE")
    cursor.execute(
        f"INSERT INTO buildings (id, area_id, name, kind, sort_key) VALUES (1, {area_id}, '1栋', 'other', '')"
    )
    cursor.execute(
        "INSERT INTO opening_batches (id, area_id, state, version, house_count, principal_total, interest_total, "
        f"file_name, created_at, reason) VALUES (1, {area_id}, 'waiting', 1, 1, 1, 1, '', '2026-03-02 09:30:00', '')"
    )
    for table, names, row in BARE:
        rows = [row(number, area_id, 1) for number in range(1, ROWS + 1)]
        if database == "postgresql":
            with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
                for values in rows:
                    copy.write_row(values)
        else:
            marks = ", ".join("?" * len(names))
            cursor.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)
    cursor.execute("COMMIT")


def _empty() -> None:
    """As before the first round: PostgreSQL would keep deleted rows, and each round find more of them in its way."""
    with unit_of_work() as session:
        if bulk.is_postgresql(session.connection()):
            session.execute(text("SET LOCAL session_replication_role = replica"))  # else append-only tables refuse
            session.execute(text(f"TRUNCATE {', '.join(STORED)} CASCADE"))
            return
        for table in STORED:
            session.execute(text(f"DELETE FROM {table}"))


def _check() -> None:
    with unit_of_work() as session:
        found = {
            name: session.scalar(text(f"SELECT count(*) FROM {name}")) for name in ("houses", "owners", "ownerships")
        }
        principal = session.scalar(text("SELECT sum(principal) FROM opening_lines"))
    wanted = sum(_fen(n) for n in range(ROWS))
    assert set(found.values()) == {ROWS} and int(principal) == wanted, (found, principal)


def _write(path: Path) -> None:
    """A roster as a property company fills it in, without faults."""
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet()
    heads = [column.header for column in columns()]
    sheet.write_row(0, 0, heads)
    for n in range(ROWS):
        values = {
            "楼幢": f"{n // PER_BUILDING + 1}栋", "单元": f"{n // 100 % 2 + 1}单元", "房号": str(n % 100 + 101),
            "层": str(n % 100 // 4 + 1), "建筑面积": _area(n) / 100, "面积依据": "登记", "用途": "住宅",
            "销售状态": "已售", "业主姓名": f"业主{n}", "证件号码": _identity(n), "电话": f"138{n * 7919 % 10**8:08}",
            "首期交存额": _area(n), "交存日期": f"2016-07-{n // PER_BUILDING % 28 + 1:02}", "期初本金": _fen(n) / 100,
            "期初利息": n * 31 % 50_000 / 100,
        }  # fmt: skip
        sheet.write_row(n + 1, 0, [values.get(head, "") for head in heads])
    book.close()


def _area(number: int) -> int:
    """0.01 m²: forty kinds of flats."""
    return 5_000 + number * 7 % 40 * 237


def _fen(number: int) -> int:
    """What is left of the first deposit: nearly every house's own amount."""
    return _area(number) * 100 - number * 7919 % 400_000


def _identity(number: int) -> str:
    """A made-up person's number with a right check digit."""
    digits = f"999001{1950 + number // 1000 % 50}0101{number % 1000:03}"
    digits = f"{990000 + number // 50_000}{digits[6:]}"
    rest = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True)) % 11
    return digits + "10X98765432"[rest]
