"""房屋变更: every split, merge and sale, with the houses before and after, their money and owners. Read only."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import or_, select
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
    eager_row = tuple((HouseChange.successions, side) for side in (HouseSuccession.before, HouseSuccession.after))
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
        before, after = owners_of_change(row)
        for title, houses, owners in ((_("变更前"), befores(row), before), (_("变更后"), afters(row), after)):
            lines = []
            for house in houses:
                principal, interest = moved.get(house.id, (0, 0))
                money = [yuan(abs(principal)), yuan(abs(interest))] if row.entry_id else ["—", "—"]
                names_of = "、".join(owners.get(house.id, ())) or "—"
                cells = [house.label, square_metres(house.floor_area), *money, names_of]
                lines.append((cells, url_for("Houses.show", pk=house.id)))
            found.append(section(title, head, lines, numbers=(1, 2, 3)))
        if row.entry_id and actor().can(Permission.LEDGER_VIEW):
            found[0]["acts"] = [(_("打开凭证"), url_for("JournalEntries.show", pk=row.entry_id))]
        return found


def befores(row: HouseChange) -> list[House]:
    return _in_order(s.before for s in row.successions)


def afters(row: HouseChange) -> list[House]:
    return _in_order(s.after for s in row.successions)


def names(houses: list[House]) -> str:
    return "、".join(house.label for house in houses)


def owners_of_change(row: HouseChange) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """({house: names of those whose ownership it ended}, {house: names of those who own from then on})."""
    ended: dict[int, list[str]] = {}
    begun: dict[int, list[str]] = {}
    if not actor().can(Permission.OWNER_VIEW):
        return ended, begun
    houses = {house.id for house in (*befores(row), *afters(row))}
    met = or_(Ownership.change_id == row.id, Ownership.until == row.takes_effect_on)
    query = select(Ownership).options(joinedload(Ownership.owner)).where(Ownership.house_id.in_(houses), met)
    for held in db.session.scalars(query.order_by(Ownership.position, Ownership.id)):
        side = begun if held.change_id == row.id else ended
        side.setdefault(held.house_id, []).append(held.owner.name)
    return ended, begun


def history_sections(house: House) -> list[dict]:
    """变更记录 and 承继关系 of one house."""
    changes = changes_of(db.session(), house.id)
    return [found for found in (_changes_section(changes), _lineage_section(house, changes)) if found]


def _changes_section(changes: list[HouseChange]) -> dict:
    """What the house came from, what it became, its sales; each leads to its own page."""
    lines = [
        (
            [label(row.kind), day(row.takes_effect_on), names(befores(row)), names(afters(row)), row.reason],
            url_for("HouseChanges.show", pk=row.id),
        )
        for row in changes
    ]
    head = (_("变更"), _("生效日期"), _("变更前"), _("变更后"), _("原因"))
    return section(_("变更记录"), head, lines, empty=_("没有分户、合户、过户记录"))


def _lineage_section(house: House, changes: list[HouseChange]) -> dict | None:
    """来自 and 去向: the houses it came from and became, each with a link."""
    lines = []
    for row in changes:
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
