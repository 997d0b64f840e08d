"""A large project on either database: one area of many houses with owners and accounts, a draft of ten items that lacks
nothing, and the people who work on it. Balances stand in the accounts without entries, as in `metropolis`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from app import bulk
from app.domain.enums import BuildingKind, OrganisationKind, ProjectKind
from app.domain.natural import house_sort_key, natural_key
from app.models import (
    Area,
    Building,
    Contractor,
    District,
    Equipment,
    EquipmentCategory,
    EscrowAccount,
    House,
    HouseAccount,
    ItemShare,
    Organisation,
    Owner,
    PayoutPhase,
    PlatformUser,
    Project,
    ProjectItem,
    ServiceContract,
    Unit,
)
from bench.workshop import NOW

PASSWORD = "Fund-2026-bench"
BUILDINGS, UNITS = 50, 2
SHARE = 100_00  # each house bears as much of each item
SURNAMES, NAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "永建国海秀桂志文明红玉晓丽伟芳军敏静强磊"
PEOPLE = {
    "agent": ("李维", "ProjectAgent", "company"),
    "colleague": ("赵益", "ProjectAgent", "company"),
    "reviewer": ("周初", "Reviewer", "department"),
}


@dataclass(frozen=True)
class Size:
    houses: int = 20_000
    items: int = 10


def build(session: Session, size: Size) -> Project:
    """Fill the empty, migrated database; commit is the caller's."""
    people, area = _people(session), _area(session)
    houses = _houses(session, area, size.houses)
    project = _project(session, area, people, size)
    columns = ("item_id", "house_id", "project_id", "sort_key", "floor_area", "amount")
    for item in project.items:
        rows = [(item.id, key, project.id, sort, floor_area, SHARE) for key, sort, floor_area in houses]
        bulk.insert_rows(session, ItemShare.__table__, columns, rows)
    return project


def _people(session: Session) -> SimpleNamespace:
    made = SimpleNamespace(
        department=_organisation(session, OrganisationKind.DEPARTMENT, "维修资金管理中心"),
        company=_organisation(session, OrganisationKind.PROPERTY_COMPANY, "安居物业"),
    )
    for username, (name, role, place) in PEOPLE.items():
        user = PlatformUser(
            username=username, first_name=name, last_name="", email=f"{username}@example.test", active=True,
            password=generate_password_hash(PASSWORD, method="pbkdf2:sha256:1"), organisation=getattr(made, place),
        )  # fmt: skip
        user.roles = [session.scalars(select(Role).where(Role.name == role)).one()]
        session.add(user)
        setattr(made, username, user)
    made.contractor = Contractor(
        organisation_id=made.company.id, name="宏达防水工程有限公司", credit_code="", active=True
    )
    session.add(made.contractor)
    session.flush()
    return made


def _organisation(session: Session, kind: OrganisationKind, name: str) -> Organisation:
    row = Organisation(kind=kind, name=name, address="", created_at=NOW, papers_confirmed=True)
    session.add(row)
    session.flush()
    return row


def _area(session: Session) -> Area:
    bank = _organisation(session, OrganisationKind.BANK, "城中支行")
    district = District(code="000001", name="区")
    escrow = EscrowAccount(bank_id=bank.id, name="专户", bank_name="城中支行", account_no="NO-1")
    session.add_all([district, escrow])
    session.flush()
    area = Area(
        district_id=district.id, escrow_account_id=escrow.id, name="测试花园", address="", developer_name="城建"
    )
    session.add(area)
    session.flush()
    company = session.scalars(select(Organisation.id).where(Organisation.name == "安居物业")).one()
    session.add(ServiceContract(organisation_id=company, area_id=area.id, starts_on=date(2024, 1, 1)))
    return area


def _houses(session: Session, area: Area, count: int) -> list[tuple[int, str, int]]:
    """(key, sort key, floor area) of all houses in their order; each has an owner and an account."""
    places = _places(session, area)
    in_unit = -(-count // len(places))
    table, rows = House.__table__, []
    owners = bulk.take_keys(session, Owner.__table__, count)
    keys = bulk.take_keys(session, table, count)
    for place, key, owner in zip(range(count), keys, owners, strict=True):
        building, unit = places[place // in_unit]
        floor, room = str(place % in_unit // 4 + 1), f"{place % in_unit // 4 + 1}{place % 4 + 1:02d}"
        rows.append((
            key, area.id, building.id, unit.id, floor, room, f"{building.name}{unit.name}{room}",
            house_sort_key(building.name, unit.name, floor, room), 4000 + place * 7919 % 12000, "registered",
            "residential", "sold", 1_000_000, owner, 1,
        ))  # fmt: skip
    named = [(key, area.id, SURNAMES[key % 20] + NAMES[key // 20 % 20] + NAMES[key // 400 % 20]) for key in owners]
    bulk.insert_rows(session, Owner.__table__, ("id", "area_id", "name"), named)
    columns = (
        "id", "area_id", "building_id", "unit_id", "floor", "room", "label", "sort_key", "floor_area", "area_ground",
        "use", "sale_state", "first_deposit", "owner_id", "version",
    )  # fmt: skip
    bulk.insert_rows(session, table, columns, rows)
    accounts = [(row[0], area.id, area.escrow_account_id, 400_00 + row[0] % 4000_00, 0, 0) for row in rows]
    columns = ("house_id", "area_id", "escrow_account_id", "principal", "interest", "held")
    bulk.insert_rows(session, HouseAccount.__table__, columns, accounts)
    return sorted(((row[0], row[7], row[8]) for row in rows), key=lambda row: (row[1], row[0]))


def _places(session: Session, area: Area) -> list[tuple[Building, Unit]]:
    found = []
    for number in range(1, BUILDINGS + 1):
        building = Building(
            area_id=area.id, name=f"{number}幢", kind=BuildingKind.TOWER, sort_key=natural_key(f"{number}幢")
        )
        session.add(building)
        session.flush()
        for name in (f"{place}单元" for place in range(1, UNITS + 1)):
            unit = Unit(area_id=area.id, building_id=building.id, name=name, sort_key=natural_key(name))
            session.add(unit)
            found.append((building, unit))
    session.flush()
    return found


def _project(session: Session, area: Area, people: SimpleNamespace, size: Size) -> Project:
    category = EquipmentCategory(name="屋面", position=1)
    session.add(category)
    session.flush()
    project = Project(
        number="WX2026900001", kind=ProjectKind.NORMAL, state_since=NOW, created_at=NOW, area_id=area.id,
        organisation_id=people.company.id, created_by_id=people.agent.id, name="屋面大修", reason="渗漏",
        planned_start=date(2026, 4, 1), planned_end=date(2026, 9, 30), contact="李维", phone="13800000001", remark="",
    )  # fmt: skip
    session.add(project)
    session.flush()
    for place in range(1, size.items + 1):
        piece = Equipment(area_id=area.id, category_id=category.id, name=f"屋面{place}")
        session.add(piece)
        session.flush()
        project.items.append(
            ProjectItem(
                position=place, equipment_id=piece.id, content="翻新防水层", remark="", warning_reason="",
                budget=size.houses * SHARE, contractor_id=people.contractor.id, shares_stale=False,
            )
        )  # fmt: skip
    for sequence, percent in enumerate((30_00, 70_00), 1):
        project.phases.append(PayoutPhase(sequence=sequence, condition=f"条件 {sequence}", amount=0, percent=percent))
    session.flush()
    return project
