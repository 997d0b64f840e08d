"""Areas with buildings, houses, owners, opening balances, equipment, contractors. In fen and 0.01 m²."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.enums import AreaGround, BuildingKind, HouseUse, SaleState
from app.domain.natural import house_sort_key, natural_key
from app.ledger.opening import confirm_opening
from app.models import (
    Area,
    Building,
    Contractor,
    ContractorAccount,
    District,
    Equipment,
    EquipmentCategory,
    EscrowAccount,
    House,
    OpeningBatch,
    OpeningLine,
    Organisation,
    Owner,
    Ownership,
    ServiceContract,
    Unit,
)
from app.permissions import SYSTEM
from app.workflows.roster.owners import identity_hash
from tests.factories.people import LONG_AGO

CONTRACT_FROM = date(2020, 1, 1)

# building, unit, room, floor area (0.01 m²), use, owner (None: unsold), principal, interest (fen)
HOUSES = (
    ("1幢", "1单元", "101", 8946, HouseUse.RESIDENTIAL, "张一", 1_200_000, 12_345),
    ("1幢", "1单元", "102", 8946, HouseUse.RESIDENTIAL, "张二", 1_200_000, 12_345),
    ("1幢", "1单元", "201", 12050, HouseUse.RESIDENTIAL, "李三", 1_500_000, 20_001),
    ("1幢", "2单元", "101", 9933, HouseUse.RESIDENTIAL, "李四", 900_000, 0),
    ("1幢", "2单元", "102", 9933, HouseUse.RESIDENTIAL, "王五", 150_000, 50),
    ("1幢", "2单元", "201", 12050, HouseUse.RESIDENTIAL, "张一", 1_500_000, 20_001),
    ("2幢", "1单元", "101", 7588, HouseUse.RESIDENTIAL, "赵六", 800_000, 7_777),
    ("2幢", "1单元", "102", 7588, HouseUse.RESIDENTIAL, "孙七", 800_000, 7_777),
    ("2幢", "1单元", "201", 10101, HouseUse.RESIDENTIAL, "周八", 1_000_000, 9_999),
    ("2幢", "1单元", "202", 10101, HouseUse.RESIDENTIAL, None, 1_000_000, 0),
    ("2幢", "", "S1", 5000, HouseUse.NON_RESIDENTIAL, "吴九", 500_000, 1),
    ("2幢", "", "C1", 1325, HouseUse.PARKING, "郑十", 0, 0),
)


@dataclass
class Place:
    """One area with everything in it, served by one company."""

    district: District
    area: Area
    escrow: EscrowAccount
    company: Organisation
    contract: ServiceContract
    contractor: Contractor
    account: ContractorAccount
    buildings: list[Building] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    houses: list[House] = field(default_factory=list)
    equipment: list[Equipment] = field(default_factory=list)
    categories: list[EquipmentCategory] = field(default_factory=list)


def add_district(session: Session, code: str, name: str) -> District:
    return _added(session, District(code=code, name=name))


def add_escrow(
    session: Session, bank: Organisation, account_no: str, name: str = "住宅专项维修资金专户"
) -> EscrowAccount:
    return _added(session, EscrowAccount(bank=bank, name=name, bank_name=bank.name, account_no=account_no))


def add_area(session: Session, district: District, escrow: EscrowAccount, name: str) -> Area:
    return _added(session, Area(district=district, escrow_account=escrow, name=name, address=f"{name}路 1 号"))


def add_contract(session: Session, company: Organisation, area: Area, **values) -> ServiceContract:
    return _added(session, ServiceContract(organisation=company, area=area, **{"starts_on": CONTRACT_FROM, **values}))


def add_contractor(session: Session, company: Organisation, name: str, account_no: str) -> Contractor:
    """A contractor with one account."""
    contractor = Contractor(organisation=company, name=name, contact="联系人", phone="13900000001")
    account = ContractorAccount(account_name=name, bank_name="城中商业银行", account_no=account_no)
    contractor.accounts.append(account)
    return _added(session, contractor)


def add_categories(session: Session) -> list[EquipmentCategory]:
    """Two parents with a child each: 电梯 / 曳引机, 屋面 / 防水层."""
    rows = []
    for position, (parent, child) in enumerate((("电梯", "曳引机"), ("屋面", "防水层"))):
        top = _added(session, EquipmentCategory(name=parent, position=position))
        rows += [top, _added(session, EquipmentCategory(name=child, position=0, parent=top))]
    return rows


def add_house(session: Session, building: Building, unit: Unit | None, room: str, floor_area: int, **values) -> House:
    """A house; `owner` is a name (one Owner row a name and area) or None for an unsold one."""
    owner = values.pop("owner", None)
    unit_name = unit.name if unit else ""
    label = f"{building.name}{unit_name}{room}"
    floor = room[:-2] or "1"
    values = {"use": HouseUse.RESIDENTIAL, "area_ground": AreaGround.REGISTERED, "first_deposit": 1_000_000, **values}
    house = House(
        area=building.area,
        building=building,
        unit=unit,
        room=room,
        floor=floor,
        label=label,
        sort_key=house_sort_key(building.name, unit_name, floor, room),
        floor_area=floor_area,
        sale_state=SaleState.SOLD if owner else SaleState.UNSOLD,
        owner=add_owner(session, building.area, owner) if owner else None,
        **values,
    )
    _added(session, house)
    if house.owner:
        session.add(Ownership(house=house, owner=house.owner, position=1, since=date(2021, 5, 1)))
    return house


def add_owner(session: Session, area: Area, name: str) -> Owner:
    """The owner of that name in the area, made at first mention."""
    found = session.scalar(select(Owner).where(Owner.area_id == area.id, Owner.name == name))
    if found:
        return found
    digest = hashlib.sha256(f"{area.name}{name}".encode()).hexdigest()
    number = "11010519491231002X" if name == "张一" else f"1101051980010{int(digest[:8], 16) % 90000 + 10000}"
    phone = f"138{int(digest[:10], 16) % 10**8:08d}"
    values = {"identity_number": number, "identity_hash": identity_hash(number), "phone": phone}
    return _added(session, Owner(area=area, name=name, **values))


def open_balances(session: Session, area: Area, balances: dict[int, tuple[int, int]]) -> None:
    """Post opening balances {house id: (principal, interest)} through the ledger."""
    batch = OpeningBatch(
        area=area,
        house_count=len(balances),
        principal_total=sum(principal for principal, _ in balances.values()),
        interest_total=sum(interest for _, interest in balances.values()),
        file_name="期初.xlsx",
        created_at=LONG_AGO,
    )
    _added(session, batch)
    session.add_all(
        OpeningLine(batch_id=batch.id, house_id=house, principal=principal, interest=interest)
        for house, (principal, interest) in balances.items()
    )
    session.flush()
    confirm_opening(session, batch, booked_on=LONG_AGO.date(), now=LONG_AGO, actor=SYSTEM)


def add_place(
    session: Session, *, district: District, escrow: EscrowAccount, company: Organisation, name: str, mark: str = ""
) -> Place:
    """An area with the HOUSES above, their balances posted, a contractor and four pieces of equipment.

    `mark` goes into every name, so that a test can look for it where it does not belong.
    """
    area = add_area(session, district, escrow, name)
    contractor = add_contractor(session, company, f"{mark}云溪电梯工程有限公司", f"6222{area.id:012d}")
    contract = add_contract(session, company, area)
    place = Place(district, area, escrow, company, contract, contractor, contractor.accounts[0])
    buildings, units, balances = {}, {}, {}
    for building, unit, room, floor_area, use, owner, principal, interest in HOUSES:
        if building not in buildings:
            values = {"kind": BuildingKind.TOWER, "completed_on": date(2010, 6, 30), "sort_key": natural_key(building)}
            buildings[building] = _added(session, Building(area=area, name=mark + building, **values))
        if unit and (building, unit) not in units:
            values = {"building": buildings[building], "name": mark + unit, "sort_key": natural_key(unit)}
            units[building, unit] = _added(session, Unit(area_id=area.id, **values))
        house = add_house(
            session, buildings[building], units.get((building, unit)), room, floor_area, use=use,
            owner=owner and mark + owner,
        )  # fmt: skip
        place.houses.append(house)
        balances[house.id] = (principal, interest)
    place.buildings, place.units = list(buildings.values()), list(units.values())
    _add_equipment(session, place, mark)
    open_balances(session, area, balances)
    return place


def _add_equipment(session: Session, place: Place, mark: str) -> None:
    place.categories = list(session.scalars(select(EquipmentCategory).order_by(EquipmentCategory.id)))
    place.categories = place.categories or add_categories(session)
    lift, roof = place.categories[1], place.categories[3]
    first, second = place.buildings
    rows = (
        Equipment(area=place.area, building=first, unit=place.units[0], category=lift, name=f"{mark}1号电梯"),
        Equipment(area=place.area, building=first, unit=place.units[1], category=lift, name=f"{mark}2号电梯"),
        Equipment(area=place.area, building=second, category=roof, name=f"{mark}2幢屋面"),
        Equipment(area=place.area, category=roof, name=f"{mark}门卫室屋面"),
    )
    for row in rows:
        place.equipment.append(_added(session, row))


def _added(session: Session, row):
    session.add(row)
    session.flush()
    return row
