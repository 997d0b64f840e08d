"""房屋变更: every split, merge and sale, with the houses before and after, their money and owners. Read only."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.domain.enums import HouseChangeKind
from app.domain.errors import N_
from app.extensions import db
from app.models import Area, House, HouseChange, HouseSuccession, Ownership, PlatformUser
from app.permissions import Permission
from app.queries.house_changes import changes_of, money_moved
from app.screens import searching
from app.screens.base import Table
from app.screens.filters import day, label, moment, square_metres, yuan
from app.screens.request import actor
from app.screens.sections import section


class HouseChanges(Table):
    """房屋变更."""

    model, noun, route_base, menu_screen = HouseChange, N_("房屋变更"), "/house-changes", "Houses"
    read_right = Permission.PREMISES_VIEW
    list_columns = ["at", "kind", "area", "houses_before", "houses_after", "takes_effect_on", "reason"]
    show_columns = ["kind", "area", "takes_effect_on", "at", "user", "reason", "entry_id"]
    label_columns = {
        "at": N_("办理时间"), "houses_before": N_("变更前"), "houses_after": N_("变更后"),
        "takes_effect_on": N_("生效日期"), "user": N_("办理人"), "entry_id": N_("凭证号"),
    }  # fmt: skip
    formatters_columns = {"at": moment, "takes_effect_on": day}
    searches = {
        "area": searching.Related(HouseChange.area, name=Area.name),
        "kind": searching.Choice(HouseChange.kind, kind=HouseChangeKind),
        "takes_effect_on": searching.Day(HouseChange.takes_effect_on),
        "reason": searching.Text(HouseChange.reason),
    }
    order_by = {"at": HouseChange.at, "takes_effect_on": HouseChange.takes_effect_on, "area": HouseChange.area_id}
    first_order = ("at", True)
    eager = (HouseChange.area,)
    hint = N_("在房屋页办理分户、合户、过户，记录列在这里。")

    def query(self):
        houses = selectinload(HouseChange.successions)
        return select(HouseChange).options(
            houses.joinedload(HouseSuccession.before), houses.joinedload(HouseSuccession.after)
        )

    def title_of(self, row: HouseChange) -> str:
        return gettext("%(kind)s：%(houses)s", kind=label(row.kind), houses=names(befores(row)))

    def cell(self, row: HouseChange, name: str):
        if name == "houses_before":
            return names(befores(row))
        if name == "houses_after":
            return names(afters(row))
        if name == "entry_id":
            return f"{row.entry_id:08d}" if row.entry_id else gettext("没有记账")
        if name == "user":
            user = db.session.get(PlatformUser, row.user_id) if row.user_id else None
            return user.first_name if user else gettext("系统")
        return super().cell(row, name)

    def sections(self, row: HouseChange) -> list[dict]:
        moved = money_moved(db.session(), row)
        head = (_("房屋"), _("建筑面积（m²）"), _("本金（元）"), _("利息及收益（元）"), _("业主"))
        found = []
        for title, houses, owners in (
            (_("变更前"), befores(row), self._owners_before), (_("变更后"), afters(row), self._owners_after),
        ):  # fmt: skip
            lines = []
            for house in houses:
                principal, interest = moved.get(house.id, (0, 0))
                money = [yuan(abs(principal)), yuan(abs(interest))] if row.entry_id else ["—", "—"]
                cells = [house.label, square_metres(house.floor_area), *money, owners(row, house)]
                lines.append((cells, url_for("Houses.show", pk=house.id)))
            found.append(section(title, head, lines, numbers=(1, 2, 3)))
        if row.entry_id and actor().can(Permission.LEDGER_VIEW):
            found[0]["acts"] = [(_("打开凭证"), url_for("JournalEntries.show", pk=row.entry_id))]
        return found

    @staticmethod
    def _owners_before(row: HouseChange, house: House) -> str:
        """Those whose ownership this change ended."""
        ended = (Ownership.until == row.takes_effect_on, Ownership.change_id.is_distinct_from(row.id))
        return owner_names(Ownership.house_id == house.id, *ended)

    @staticmethod
    def _owners_after(row: HouseChange, house: House) -> str:
        return owner_names(Ownership.house_id == house.id, Ownership.change_id == row.id)


def befores(row: HouseChange) -> list[House]:
    return _in_order(s.before for s in row.successions)


def afters(row: HouseChange) -> list[House]:
    return _in_order(s.after for s in row.successions)


def names(houses: list[House]) -> str:
    return "、".join(house.label for house in houses)


def owner_names(*conditions) -> str:
    """The names of owners by their records; nothing for whoever may not see owners."""
    if not actor().can(Permission.OWNER_VIEW):
        return "—"
    query = select(Ownership).options(joinedload(Ownership.owner)).where(*conditions)
    found = db.session.scalars(query.order_by(Ownership.position, Ownership.id))
    return "、".join(row.owner.name for row in found) or "—"


def changes_section(house: House) -> dict:
    """变更记录 of one house: what it came from, what it became, its sales; each leads to its own page."""
    lines = [
        (
            [label(row.kind), day(row.takes_effect_on), names(befores(row)), names(afters(row)), row.reason],
            url_for("HouseChanges.show", pk=row.id),
        )
        for row in changes_of(db.session(), house.id)
    ]
    head = (_("变更"), _("生效日期"), _("变更前"), _("变更后"), _("原因"))
    return section(_("变更记录"), head, lines, empty=_("没有分户、合户、过户记录"))


def lineage_section(house: House) -> dict | None:
    """来自 and 去向: the houses it came from and became, each with a link."""
    lines = []
    for row in changes_of(db.session(), house.id):
        if row.kind is HouseChangeKind.SALE:
            continue
        was = house in befores(row)
        for other in afters(row) if was else befores(row):
            place = gettext("去向") if was else gettext("来自")
            cells = [other.label, place, label(row.kind), square_metres(other.floor_area), day(other.ended_on)]
            lines.append((cells, url_for("Houses.show", pk=other.id)))
    if not lines:
        return None
    head = (_("房屋"), _("关系"), _("变更"), _("建筑面积（m²）"), _("注销日期"))
    return section(_("承继关系"), head, lines, numbers=(3,))


def _in_order(houses) -> list[House]:
    return sorted(set(houses), key=lambda house: (house.sort_key, house.id))
