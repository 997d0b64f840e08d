"""What premises screens share: names and sort keys of houses, their list under a building, a unit or an owner."""

from __future__ import annotations

from flask import url_for
from flask_babel import lazy_gettext as _
from sqlalchemy import func, inspect, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import Building, House, Ownership
from app.screens.filters import label, square_metres
from app.screens.sections import section
from app.workflows.houses.naming import name_house

LISTED = 30


def changed(row) -> set[str]:
    """Columns that this unit of work has changed so far."""
    return {name for name, state in inspect(row).attrs.items() if state.history.has_changes()}


def relabel(work, building: Building, condition) -> None:
    """After a building or unit was renamed: labels and sort keys of its living houses."""
    work.flush()
    for house in work.scalars(select(House).where(condition, House.ended_on.is_(None))):
        name_house(house, building, house.unit)


def keep_ownership(work, row: House, today) -> None:
    """The chain of owners: the last one ends today, the new one begins."""
    if row.id is not None:
        for held in work.scalars(select(Ownership).where(Ownership.house_id == row.id, Ownership.until.is_(None))):
            held.until = today
    if row.owner_id:
        work.add(Ownership(house=row, owner_id=row.owner_id, position=1, since=today))


def houses_section(condition) -> dict:
    """The first houses under a building, a unit or an owner."""
    living = select(House).where(condition, House.ended_on.is_(None))
    total = db.session.scalar(living.with_only_columns(func.count())) or 0
    shown = living.options(joinedload(House.owner)).order_by(House.area_id, House.sort_key).limit(LISTED)
    lines = [
        ([h.label, label(h.use), str(h.owner or "—"), square_metres(h.floor_area)], url_for("Houses.show", pk=h.id))
        for h in db.session.scalars(shown)
    ]
    head = (_("房屋"), _("用途"), _("业主"), _("建筑面积（m²）"))
    return section(_("房屋"), head, lines, numbers=(3,), total=total, empty=_("没有房屋"))
