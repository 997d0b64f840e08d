"""Districts, areas, buildings, houses, owners, equipment and opening balances, from 60 to 2,400 houses an area."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.demo import people
from app.domain.enums import AreaGround, BuildingKind, HouseUse, SaleState
from app.domain.natural import house_sort_key, natural_key
from app.models import (
    Area,
    Building,
    District,
    Equipment,
    EquipmentCategory,
    EscrowAccount,
    House,
    Organisation,
    Owner,
    Ownership,
    ServiceContract,
    Unit,
)
from app.workflows.roster.owners import identity_hash

DISTRICTS = (("440701", "东湖区"), ("440702", "城西区"), ("440703", "滨江区"))
RATES = {BuildingKind.WALK_UP: 6200, BuildingKind.TOWER: 10500}  # fen of first deposit per m²; sample values
SIZES = (8946, 11238, 7605, 13120, 9870, 12408)


@dataclass(frozen=True)
class Plan:
    """One area: who serves it, which escrow account, and buildings × units × floors × rooms."""

    name: str
    district: int
    company: int
    bank: int
    kind: BuildingKind
    buildings: int
    units: int
    floors: int
    rooms: int
    completed: int  # year
    contract_left: int = 800  # days

    @property
    def houses(self) -> int:
        return self.buildings * self.units * self.floors * self.rooms


PLANS = (
    Plan("锦绣花园", 0, 0, 0, BuildingKind.TOWER, 3, 2, 17, 6, 2009),  # 612
    Plan("翠湖苑", 0, 0, 0, BuildingKind.WALK_UP, 5, 1, 6, 2, 2004),  # 60
    Plan("云水雅居", 1, 1, 0, BuildingKind.TOWER, 6, 1, 20, 4, 2012),  # 480
    Plan("春晓新村", 1, 2, 1, BuildingKind.WALK_UP, 8, 3, 7, 2, 2001),  # 336
    Plan("滨江一号", 2, 3, 1, BuildingKind.TOWER, 10, 2, 30, 4, 2015, contract_left=40),  # 2400
    Plan("朝阳里", 2, 0, 1, BuildingKind.WALK_UP, 6, 2, 6, 2, 1999),  # 144
)

# top category, sub category, warranty years, where it stands, name
EQUIPMENT = (
    ("电梯", "曳引电梯", 2, "unit", "1号客梯"),
    ("屋面", "屋面防水", 5, "building", "屋面防水层"),
    ("外墙", "外墙饰面", 5, "building", "外墙饰面"),
    ("给排水", "排水管道", 2, "building", "主排水管"),
    ("消防", "消防水泵", 2, "area", "消防主泵"),
    ("给排水", "二次供水", 2, "area", "生活水泵"),
    ("安防", "门禁监控", 2, "area", "小区监控系统"),
    ("道路", "道路与大门", 2, "area", "小区大门"),
)

# model, maker of the sub categories that have one
MAKES = {
    "曳引电梯": ("GeN2-MR", "奥德电梯制造有限公司"), "屋面防水": ("SBS-II 4mm", ""),
    "消防水泵": ("XBD8/40", "清源水泵制造有限公司"), "二次供水": ("CDL16-8", "清源水泵制造有限公司"),
    "门禁监控": ("DS-7932", "安邦智能科技有限公司"),
}  # fmt: skip


def make_areas(session: Session, random: Random, organisations: dict[str, Organisation], today: date) -> list[Area]:
    """All areas of PLANS with houses, owners, contract and equipment; balances follow by the opening batches."""
    districts = [District(code=code, name=name) for code, name in DISTRICTS]
    session.add_all(districts)
    session.flush()
    categories = make_categories(session)
    escrow = list(session.scalars(select(EscrowAccount).order_by(EscrowAccount.id)))
    areas = []
    for plan in PLANS:
        area = Area(
            district_id=districts[plan.district].id,
            escrow_account_id=escrow[plan.bank].id,
            name=plan.name,
            address=f"云溪市{DISTRICTS[plan.district][1]}{random.choice(('人民路', '环湖路', '建设路'))} "
            f"{random.randrange(1, 400)} 号",
            developer_name=random.choice(("云溪城建开发有限公司", "东湖置业有限公司")),
        )
        session.add(area)
        session.flush()
        session.add(
            ServiceContract(
                organisation_id=organisations[f"company{plan.company}"].id,
                area_id=area.id,
                starts_on=today - timedelta(days=700),
                ends_on=today + timedelta(days=plan.contract_left),
            )
        )
        _make_houses(session, random, area, plan)
        _make_equipment(session, area, plan, categories)
        areas.append(area)
    return areas


def make_categories(session: Session) -> dict[tuple[str, str], EquipmentCategory]:
    """The category tree by (top, sub) name."""
    tops: dict[str, EquipmentCategory] = {}
    made: dict[tuple[str, str], EquipmentCategory] = {}
    for top, sub, years, _, _ in EQUIPMENT:
        if top not in tops:
            tops[top] = EquipmentCategory(name=top, position=len(tops) + 1, warranty_years=years)
            session.add(tops[top])
            session.flush()
        made[top, sub] = EquipmentCategory(name=sub, parent_id=tops[top].id, position=len(made), warranty_years=years)
        session.add(made[top, sub])
    session.flush()
    return made


def _make_equipment(session: Session, area: Area, plan: Plan, categories: dict) -> None:
    completed = date(plan.completed, 6, 30)
    buildings = list(session.scalars(select(Building).where(Building.area_id == area.id)))
    units = list(session.scalars(select(Unit).where(Unit.area_id == area.id)))
    for top, sub, years, where, name in EQUIPMENT:
        if sub == "曳引电梯" and plan.kind is not BuildingKind.TOWER:
            continue
        model, maker = MAKES.get(sub, ("", ""))
        common = {
            "area_id": area.id,
            "model": model,
            "maker": maker,
            "category_id": categories[top, sub].id,
            "name": name,
            "installed_on": completed,
            "warranty_until": completed.replace(year=completed.year + years),
        }
        places = {
            "area": [{}],
            "building": [{"building_id": building.id} for building in buildings],
            "unit": [{"building_id": unit.building_id, "unit_id": unit.id} for unit in units],
        }[where]
        session.add_all(Equipment(**common, **place) for place in places)
    session.flush()


def _make_houses(session: Session, random: Random, area: Area, plan: Plan) -> None:
    for number in range(1, plan.buildings + 1):
        building = Building(
            area_id=area.id,
            name=f"{number}栋",
            kind=plan.kind,
            completed_on=date(plan.completed, 6, 30),
            sort_key=natural_key(f"{number}栋"),
        )
        session.add(building)
        session.flush()
        for unit_number in range(1, plan.units + 1):
            name = f"{unit_number}单元"
            unit = Unit(area_id=area.id, building_id=building.id, name=name, sort_key=natural_key(name))
            session.add(unit)
            session.flush()
            rows = [
                _house(random, area, plan, building, unit, floor, room)
                for floor in range(1, plan.floors + 1)
                for room in range(1, plan.rooms + 1)
            ]
            _store(session, random, area, rows, plan)


def _house(random: Random, area: Area, plan: Plan, building: Building, unit: Unit, floor: int, room: int) -> dict:
    label = f"{floor}{room:02d}"
    shop = floor == 1 and room == plan.rooms and random.random() < 0.2
    floor_area = SIZES[(room + building.id) % len(SIZES)] + (random.randrange(0, 60) if shop else 0)
    return {
        "area_id": area.id,
        "building_id": building.id,
        "unit_id": unit.id,
        "floor": str(floor),
        "room": label,
        "label": f"{building.name}{unit.name}{label}",
        "sort_key": house_sort_key(building.name, unit.name, str(floor), label),
        "floor_area": floor_area,
        "area_ground": AreaGround.REGISTERED,
        "use": HouseUse.NON_RESIDENTIAL if shop else HouseUse.RESIDENTIAL,
        "sale_state": SaleState.UNSOLD if random.random() < 0.02 else SaleState.SOLD,
        "first_deposit": floor_area * RATES[plan.kind] // 100,
        "deposited_on": date(plan.completed, 9, 1) + timedelta(days=random.randrange(400)),
    }


def _store(session: Session, random: Random, area: Area, rows: list[dict], plan: Plan) -> None:
    """Owners and houses by bulk inserts; every thirtieth owner has two houses."""
    owners, previous = [], None
    for row in rows:
        if row["sale_state"] is SaleState.UNSOLD:
            row["owner"] = None
            continue
        if previous is None or random.random() > 1 / 30:
            previous = _owner(random, area)
            owners.append(previous)
        row["owner"] = previous["identity_hash"]
    session.execute(insert(Owner), owners)
    ids = dict(session.execute(select(Owner.identity_hash, Owner.id).where(Owner.area_id == area.id)).all())
    for row in rows:
        row["owner_id"] = ids.get(row.pop("owner"))
    session.execute(insert(House), rows)
    houses = session.execute(
        select(House.id, House.owner_id, House.deposited_on).where(
            House.unit_id == rows[0]["unit_id"], House.owner_id.is_not(None)
        )
    ).all()
    session.execute(
        insert(Ownership),
        [{"house_id": h.id, "owner_id": h.owner_id, "position": 1, "since": h.deposited_on} for h in houses],
    )


def _owner(random: Random, area: Area) -> dict:
    number = people.identity_number(random)
    return {
        "area_id": area.id,
        "name": people.person_name(random),
        "identity_number": number,
        "identity_hash": identity_hash(number),
        "phone": people.mobile(random),
    }


def opening_lines(random: Random, houses: list) -> list[dict]:
    """Opening balances: most owners have spent part of the deposit, some little is left, interest has grown."""
    lines = []
    for house in houses:
        part = random.choice((0.04, 0.35, 0.6, 0.8, 1.0, 1.0)) if random.random() < 0.9 else 0.01
        principal = int(house.first_deposit * part)
        interest = principal * random.randrange(5, 25) // 100
        lines.append({"house_id": house.id, "principal": principal, "interest": interest})
    return lines
