"""The second size, `python run.py demo --city`: 1,000,000 houses with ledger, for the benches (PostgreSQL).

Rows are made in chunks and go in by COPY; the openings are posted by the ledger itself, one entry an area, and a few
deposits on top give every house its history. Personal data is left out: a million invented numbers prove nothing.
"""

from __future__ import annotations

import time
from datetime import date, datetime
from random import Random

from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app import clock
from app.bulk import insert_rows, is_postgresql
from app.demo import openings, organisations, premises
from app.domain.enums import BuildingKind
from app.domain.natural import house_sort_key, natural_key
from app.extensions import db
from app.ledger import accounts
from app.models import Area, Building, District, EscrowAccount, House, OpeningBatch, OpeningLine, ServiceContract
from app.transaction import unit_of_work
from app.workflows.defaults import ensure_required_attachments

AREAS, HOUSES_PER_AREA = 2_500, 400
HOUSE_COLUMNS = (
    "area_id", "building_id", "floor", "room", "label", "sort_key", "floor_area", "area_ground", "use", "sale_state",
    "first_deposit", "deposited_on",
)  # fmt: skip


def load_city(app: Flask) -> int:
    """Make it; prints time as it goes. Exit code 1 on SQLite, which is not meant for this size."""
    if not is_postgresql(db.session().connection()):
        print("百万户规模请使用 PostgreSQL：设置 DATABASE_URL=postgresql+psycopg://…")
        return 1
    random, started = Random(7), time.monotonic()
    now = clock.now()
    from app.demo.load import DEMO_PASSWORD

    with unit_of_work() as session:
        ensure_required_attachments(session)
        made = organisations.make_organisations(session, random, now, DEMO_PASSWORD)
        premises.make_categories(session)
        districts = [District(code=code, name=name) for code, name in premises.DISTRICTS]
        session.add_all(districts)
        session.flush()
        district_ids = [district.id for district in districts]
        company_ids = [made[f"company{index}"].id for index in range(4)]
    for number in range(1, AREAS + 1):
        with unit_of_work() as session:
            _make_area(session, random, number, district_ids, company_ids, now)
        if number % 250 == 0:
            print(f"{number * HOUSES_PER_AREA:>9,} 户，{time.monotonic() - started:.0f} 秒", flush=True)
        db.session.remove()
    return 0


def _make_area(
    session: Session, random: Random, number: int, district_ids: list[int], company_ids: list[int], now: datetime
) -> None:
    escrows = list(session.scalars(select(EscrowAccount.id).order_by(EscrowAccount.id)))
    area = Area(
        district_id=district_ids[number % len(district_ids)], escrow_account_id=escrows[number % len(escrows)],
        name=f"第{number}小区", address=f"云溪市环城路 {number} 号", developer_name="云溪城建开发有限公司",
    )  # fmt: skip
    session.add(area)
    session.flush()
    session.add(
        ServiceContract(
            organisation_id=company_ids[number % len(company_ids)], area_id=area.id, starts_on=date(2024, 1, 1)
        )
    )
    rows = [row for building in range(1, 5) for row in _building(session, random, area, building)]
    insert_rows(session, House.__table__, HOUSE_COLUMNS, rows)
    _open(session, random, area, now)


def _building(session: Session, random: Random, area: Area, number: int) -> list[tuple]:
    name = f"{number}栋"
    building = Building(area_id=area.id, name=name, kind=BuildingKind.TOWER, sort_key=natural_key(name))
    session.add(building)
    session.flush()
    rows = []
    for place in range(HOUSES_PER_AREA // 4):
        floor, room = str(place // 4 + 1), f"{place // 4 + 1}{place % 4 + 1:02d}"
        floor_area = random.choice(premises.SIZES)
        rows.append((
            area.id, building.id, floor, room, f"{name}{room}", house_sort_key(name, "", floor, room), floor_area,
            "registered", "residential", "sold", floor_area * 105, "2012-09-01",
        ))  # fmt: skip
    return rows


def _open(session: Session, random: Random, area: Area, now: datetime) -> None:
    houses = session.execute(select(House.id, House.first_deposit).where(House.area_id == area.id)).all()
    accounts.open_house_accounts(session, area)
    lines = premises.opening_lines(random, houses)
    batch = OpeningBatch(
        area_id=area.id, house_count=len(lines), principal_total=sum(line["principal"] for line in lines),
        interest_total=sum(line["interest"] for line in lines), file_name="", created_at=now,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    session.execute(insert(OpeningLine), [{"batch_id": batch.id, **line} for line in lines])
    openings.confirm(session, batch, now)
