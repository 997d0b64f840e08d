"""Districts, areas, buildings, units, houses and their owners."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.enums import AreaGround, BuildingKind, HouseChangeKind, HouseUse, SaleState
from app.entities.base import Area as SquareMetres
from app.entities.base import BigId, BinaryText, Encrypted, Fen, Key, LongText, Moment, Name, Short, enum_of

if TYPE_CHECKING:  # it imports this module
    from app.entities.ledger import EscrowAccount

_LIVING, _ENDED = "ended_on IS NULL", "ended_on IS NOT NULL"


class District(Model):
    """区县."""

    __tablename__ = "districts"
    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[Name]

    def __str__(self) -> str:
        return self.name


class Area(Model):
    """物业区域: all its houses' accounts belong to one escrow bank account."""

    __tablename__ = "areas"
    __table_args__ = (UniqueConstraint("district_id", "name", name="uq_areas_name"),)
    id: Mapped[Key]
    district_id: Mapped[int] = mapped_column(BigId, ForeignKey("districts.id"), index=True)
    escrow_account_id: Mapped[int] = mapped_column(BigId, ForeignKey("escrow_accounts.id"), index=True)
    name: Mapped[Name]
    address: Mapped[LongText]
    developer_name: Mapped[str] = mapped_column(String(200), default="")
    parking_bears: Mapped[bool] = mapped_column(default=False)  # 车位 and 物管用房 bear shares only if set
    district: Mapped[District] = relationship()
    escrow_account: Mapped[EscrowAccount] = relationship()

    def __str__(self) -> str:
        return self.name


class Building(Model):
    """楼幢."""

    __tablename__ = "buildings"
    __table_args__ = (UniqueConstraint("area_id", "name", name="uq_buildings_name"),)
    id: Mapped[Key]
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"))
    name: Mapped[Short]
    kind: Mapped[BuildingKind] = mapped_column(enum_of(BuildingKind), default=BuildingKind.OTHER)
    completed_on: Mapped[date | None] = mapped_column(Date)  # completion acceptance: warranties run from here
    sort_key: Mapped[str] = mapped_column(BinaryText, default="")
    area: Mapped[Area] = relationship()

    def __str__(self) -> str:
        return self.name


class Unit(Model):
    """单元."""

    __tablename__ = "units"
    __table_args__ = (UniqueConstraint("building_id", "name", name="uq_units_name"), Index("ix_units_area", "area_id"))
    id: Mapped[Key]
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"))
    building_id: Mapped[int] = mapped_column(BigId, ForeignKey("buildings.id"))
    name: Mapped[Short]
    sort_key: Mapped[str] = mapped_column(BinaryText, default="")
    building: Mapped[Building] = relationship()

    def __str__(self) -> str:
        return f"{self.building}{self.name}"


class Owner(Model):
    """业主, one row a person and area; `identity_hash` is a keyed hash that finds the same person again."""

    __tablename__ = "owners"
    __table_args__ = (
        UniqueConstraint("area_id", "identity_hash", name="uq_owners_identity"),
        Index("ix_owners_area_name", "area_id", "name"),
        Index("ix_owners_name_pairs", text("fund_pairs(name)"), postgresql_using="gin").ddl_if("postgresql"),
    )
    id: Mapped[Key]
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"))
    name: Mapped[Name]
    identity_number: Mapped[str | None] = mapped_column(Encrypted)
    identity_hash: Mapped[str | None] = mapped_column(String(64))
    phone: Mapped[str | None] = mapped_column(Encrypted)
    area: Mapped[Area] = relationship()

    def __str__(self) -> str:
        return self.name


class House(Model):
    """房屋. `owner` is the first-named present owner, empty while unsold; `label` is 楼幢单元房号 as printed."""

    __tablename__ = "houses"
    __table_args__ = (
        # not a UniqueConstraint: two empty units would count as different, and an ended house gives its number free
        Index(
            "uq_houses_room", "building_id", text("coalesce(unit_id, 0)"), "room", unique=True,
            sqlite_where=text(_LIVING), postgresql_where=text(_LIVING),
        ),
        CheckConstraint("floor_area > 0", name="ck_houses_floor_area"),
        CheckConstraint("first_deposit >= 0", name="ck_houses_first_deposit"),
        Index("ix_houses_area_sort", "area_id", "sort_key"),
        Index("ix_houses_unit", "unit_id"),
        Index("ix_houses_owner", "owner_id"),
        # pairs of letters, for words anywhere in it (migration 0005); SQLite reads the table
        Index("ix_houses_label_pairs", text("fund_pairs(label)"), postgresql_using="gin").ddl_if("postgresql"),
        Index("ix_houses_ended", "area_id", sqlite_where=text(_ENDED), postgresql_where=text(_ENDED)),
    )  # fmt: skip
    id: Mapped[Key]
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"))
    building_id: Mapped[int] = mapped_column(BigId, ForeignKey("buildings.id"))
    unit_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("units.id"))
    floor: Mapped[str] = mapped_column(String(16), default="")
    room: Mapped[Short]
    label: Mapped[str] = mapped_column(String(200))
    sort_key: Mapped[str] = mapped_column(BinaryText)
    floor_area: Mapped[SquareMetres]
    area_ground: Mapped[AreaGround] = mapped_column(enum_of(AreaGround))
    use: Mapped[HouseUse] = mapped_column(enum_of(HouseUse))
    sale_state: Mapped[SaleState] = mapped_column(enum_of(SaleState), default=SaleState.SOLD)
    first_deposit: Mapped[Fen] = mapped_column(default=0)
    deposited_on: Mapped[date | None] = mapped_column(Date)
    owner_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("owners.id"))
    ended_on: Mapped[date | None] = mapped_column(Date)  # split or merged (已注销): it lives on in its successors
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    area: Mapped[Area] = relationship()
    building: Mapped[Building] = relationship()
    unit: Mapped[Unit | None] = relationship()
    owner: Mapped[Owner | None] = relationship()

    def __str__(self) -> str:
        return self.label


class Ownership(Model):
    """Who owned a house from when to when; position 1 is the first-named co-owner."""

    __tablename__ = "ownerships"
    __table_args__ = (Index("ix_ownerships_house", "house_id"), Index("ix_ownerships_owner", "owner_id"))
    id: Mapped[Key]
    house_id: Mapped[int] = mapped_column(BigId, ForeignKey("houses.id"))
    owner_id: Mapped[int] = mapped_column(BigId, ForeignKey("owners.id"))
    position: Mapped[int] = mapped_column(default=1)
    since: Mapped[date | None] = mapped_column(Date)
    until: Mapped[date | None] = mapped_column(Date)
    change_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("house_changes.id"))  # that began it
    house: Mapped[House] = relationship()
    owner: Mapped[Owner] = relationship()


class HouseChange(Model):
    """分户, 合户 or 过户 of houses, with the journal entry that moved their money (a sale moves none)."""

    __tablename__ = "house_changes"
    __table_args__ = (Index("ix_house_changes_area", "area_id", "at"),)
    id: Mapped[Key]
    kind: Mapped[HouseChangeKind] = mapped_column(enum_of(HouseChangeKind))
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"))
    takes_effect_on: Mapped[date] = mapped_column(Date)  # by the deed; the books move on the day of `at`
    at: Mapped[Moment]
    user_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    reason: Mapped[LongText]
    entry_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("journal_entries.id"))
    area: Mapped[Area] = relationship()
    successions: Mapped[list[HouseSuccession]] = relationship(back_populates="change")

    def __str__(self) -> str:
        return f"{self.kind.label} {self.id}"


class HouseSuccession(Model):
    """Which house became which: a split has one before and several after, a merge several and one, a sale itself."""

    __tablename__ = "house_successions"
    __table_args__ = (
        Index("ix_house_successions_before", "before_id"),
        Index("ix_house_successions_after", "after_id"),
    )
    change_id: Mapped[int] = mapped_column(BigId, ForeignKey("house_changes.id"), primary_key=True)
    before_id: Mapped[int] = mapped_column(BigId, ForeignKey("houses.id"), primary_key=True)
    after_id: Mapped[int] = mapped_column(BigId, ForeignKey("houses.id"), primary_key=True)
    floor_area: Mapped[SquareMetres]  # of the part that passed, 0.01 m²
    change: Mapped[HouseChange] = relationship(back_populates="successions")
    before: Mapped[House] = relationship(foreign_keys=[before_id])
    after: Mapped[House] = relationship(foreign_keys=[after_id])
