"""设施设备 and its tree of categories."""

from __future__ import annotations

from datetime import date

from flask_appbuilder import Model
from sqlalchemy import Date, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.enums import WarrantyState
from app.domain.errors import N_
from app.entities.base import BigId, Key, Name, Short
from app.entities.premises import Area, Building, Unit


class EquipmentCategory(Model):
    """设备分类; `warranty_years` is the default from completion acceptance (`law.md` 4)."""

    __tablename__ = "equipment_categories"
    id: Mapped[Key]
    parent_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("equipment_categories.id"))
    name: Mapped[Short]
    position: Mapped[int] = mapped_column(Integer, default=0)
    warranty_years: Mapped[int] = mapped_column(Integer, default=2)
    parent: Mapped[EquipmentCategory | None] = relationship(remote_side="EquipmentCategory.id")

    def __str__(self) -> str:
        return f"{self.parent.name} / {self.name}" if self.parent else self.name


class Equipment(Model):
    """设施设备 at an area, a building (unit empty) or a unit."""

    __tablename__ = "equipment"
    __table_args__ = (Index("ix_equipment_area", "area_id"),)
    id: Mapped[Key]
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"))
    building_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("buildings.id"))
    unit_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("units.id"))
    category_id: Mapped[int] = mapped_column(BigId, ForeignKey("equipment_categories.id"))
    name: Mapped[Name]
    model: Mapped[str] = mapped_column(String(100), default="")
    maker: Mapped[str] = mapped_column(String(200), default="")
    installed_on: Mapped[date | None] = mapped_column(Date)
    warranty_until: Mapped[date | None] = mapped_column(Date)
    retired: Mapped[bool] = mapped_column(default=False)
    retired_on: Mapped[date | None] = mapped_column(Date)
    retire_reason: Mapped[str] = mapped_column(String(200), default="", server_default="")
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    area: Mapped[Area] = relationship()
    building: Mapped[Building | None] = relationship()
    unit: Mapped[Unit | None] = relationship()
    category: Mapped[EquipmentCategory] = relationship()

    @property
    def location(self) -> str:
        """区域, 楼幢 or 楼幢+单元, as the picker shows it."""
        return str(self.unit or self.building or N_("小区"))

    @property
    def place(self) -> str:
        """The location as forms post it: u7 a unit, b3 a building, a the area itself."""
        return f"u{self.unit_id}" if self.unit_id else f"b{self.building_id}" if self.building_id else "a"

    def warranty_on(self, day: date) -> WarrantyState:
        """保修期内 to the end of the last day, then 已过保; 未知 without a date."""
        if self.warranty_until is None:
            return WarrantyState.UNKNOWN
        return WarrantyState.UNDER if self.warranty_until >= day else WarrantyState.OVER

    def __str__(self) -> str:
        return f"{self.location} {self.name}"
