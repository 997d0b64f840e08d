"""分摊范围: which houses bear an item. Sets of houses are added and removed by one statement each."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, delete, func, insert, literal, or_, select
from sqlalchemy.orm import Session

from app.domain.enums import HouseUse
from app.domain.errors import NotYours, Refusal, say
from app.models import Area, House, ItemShare, Owner, Project, ProjectItem
from app.workflows.engine import Context
from app.workflows.projects.editing import saved, take_item, vote_watched

BEARS_NONE = (HouseUse.PARKING, HouseUse.SERVICE_ROOM)


@dataclass(frozen=True)
class Houses:
    """Which houses are meant: single ones by id, or all of a building, a unit, or that a search finds."""

    ids: tuple[int, ...] = ()
    building_id: int | None = None
    unit_id: int | None = None
    search: str = ""
    use: HouseUse | None = None
    everything: bool = False  # all that the filters let through, not just `ids`

    @property
    def is_empty(self) -> bool:
        return not self.ids and not self.everything


def start_range(project: Project, item: ProjectItem, session: Session) -> int:
    """The range that the equipment's location gives: its unit's, its building's or the whole area's houses."""
    place = item.equipment
    chosen = Houses(building_id=place.building_id, unit_id=place.unit_id, everything=True)
    return _insert(project, item, _narrow(select(House), chosen), session)


def add_houses(key: int, item_id: int, chosen: Houses, ctx: Context, version: int | None = None) -> int:
    """添加: put the chosen houses into the range; returns how many are new. Shares must then be split anew.

    Errors: NotYours (a house of another area), Refusal (none chosen, or none of them bears a share).
    """
    project, item = take_item(key, item_id, ctx, version)
    _check_chosen(project, chosen, ctx.session)
    with vote_watched(project, ctx):
        count = _insert(project, item, _narrow(select(House), chosen), ctx.session)
        if not count:
            raise Refusal(say("所选房屋已在分摊范围内，或属于不参与分摊的车位、物管用房"), field="houses")
        item.shares_stale = True
    saved(project, ctx, "add_houses", say("“%(item)s”添加分摊房屋 %(count)s 户", item=_name(item), count=count), None)
    return count


def remove_houses(key: int, item_id: int, chosen: Houses, ctx: Context, version: int | None = None) -> int:
    """删除: take the chosen houses out of the range, with their shares; returns how many."""
    project, item = take_item(key, item_id, ctx, version)
    _check_chosen(project, chosen, ctx.session)
    with vote_watched(project, ctx):
        houses = _narrow(select(House.id).where(House.area_id == project.area_id), chosen)
        done = ctx.session.execute(
            delete(ItemShare)
            .where(ItemShare.item_id == item.id, ItemShare.house_id.in_(houses))
            .execution_options(synchronize_session=False)
        ).rowcount
        if not done:
            raise Refusal(say("所选房屋不在分摊范围内"), field="houses")
        item.shares_stale = True
    saved(project, ctx, "remove_houses", say("“%(item)s”移除分摊房屋 %(count)s 户", item=_name(item), count=done), None)
    return done


def reset_range(key: int, item_id: int, ctx: Context, version: int | None = None) -> int:
    """Back to the range of the equipment's location; returns the number of houses in it."""
    project, item = take_item(key, item_id, ctx, version)
    with vote_watched(project, ctx):
        ctx.session.execute(delete(ItemShare).where(ItemShare.item_id == item.id))
        count = start_range(project, item, ctx.session)
        item.shares_stale = True
    saved(project, ctx, "reset_range", say("“%(item)s”分摊范围恢复为安装位置", item=_name(item)), None)
    return count


def candidates(session: Session, project: Project, item: ProjectItem, chosen: Houses) -> Select:
    """Houses of the area that are not in the range and may bear a share, narrowed by the filters, in order."""
    there = select(ItemShare.house_id).where(ItemShare.item_id == item.id)
    statement = _narrow(select(House).where(House.area_id == project.area_id, House.id.not_in(there)), chosen)
    return _bearing(statement, session.get(Area, project.area_id)).order_by(House.sort_key, House.id)


def _insert(project: Project, item: ProjectItem, houses: Select, session: Session) -> int:
    there = select(ItemShare.house_id).where(ItemShare.item_id == item.id)
    statement = houses.where(House.area_id == project.area_id, House.id.not_in(there)).with_only_columns(
        literal(item.id), House.id, literal(project.id), House.sort_key, House.floor_area, literal(0)
    )
    columns = ["item_id", "house_id", "project_id", "sort_key", "floor_area", "amount"]
    area = session.get(Area, project.area_id)
    fill = insert(ItemShare.__table__).from_select(columns, _bearing(statement, area))
    # an INSERT's count of rows is thrown away unless it is asked for
    count = session.connection().execute(fill.execution_options(preserve_rowcount=True)).rowcount
    return count - _drop_ended(item, project, session)


def _drop_ended(item: ProjectItem, project: Project, session: Session) -> int:
    """A split under way let the insert wait for its houses and has ended them meanwhile; how many there were."""
    ended = select(House.id).where(House.area_id == project.area_id, House.ended_on.is_not(None))
    drop = delete(ItemShare.__table__).where(ItemShare.item_id == item.id, ItemShare.house_id.in_(ended))
    return session.connection().execute(drop).rowcount


def _bearing(statement: Select, area: Area) -> Select:
    """Living houses; parking spaces and the company's rooms bear none unless the area says so (`money.md` 1)."""
    statement = statement.where(House.ended_on.is_(None))
    return statement if area.parking_bears else statement.where(House.use.not_in(BEARS_NONE))


def _narrow(statement: Select, chosen: Houses) -> Select:
    if not chosen.everything:
        statement = statement.where(House.id.in_(chosen.ids))
    if chosen.building_id:
        statement = statement.where(House.building_id == chosen.building_id)
    if chosen.unit_id:
        statement = statement.where(House.unit_id == chosen.unit_id)
    if chosen.use:
        statement = statement.where(House.use == chosen.use)
    if chosen.search:
        owners = select(Owner.id).where(Owner.name.contains(chosen.search, autoescape=True))
        label = House.label.contains(chosen.search, autoescape=True)
        statement = statement.where(or_(label, House.owner_id.in_(owners)))
    return statement


def _check_chosen(project: Project, chosen: Houses, session: Session) -> None:
    if chosen.is_empty:
        raise Refusal(say("请先勾选房屋"), field="houses")
    if chosen.ids:
        known = session.scalar(select(func.count()).where(House.id.in_(chosen.ids), House.area_id == project.area_id))
        if known != len(set(chosen.ids)):
            raise NotYours("House")


def _name(item: ProjectItem) -> str:
    return item.equipment.name
