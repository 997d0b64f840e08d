"""What has happened to equipment: added, moved, retired, so that its pages have a history to show."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from sqlalchemy import select

from app import clock
from app.demo.desk import Desk
from app.models import Area, Building, Equipment, EquipmentCategory
from app.workflows.engine import Context
from app.workflows.equipment import register
from app.workflows.equipment.register import Values

AREA = "锦绣花园"
# days ago, what, category, building or "" for the area, model, maker, installed so many days before
ADDED = (
    (210, "南门人行道闸", "门禁监控", "", "DZ-300", "安邦智能科技有限公司", 20),
    (200, "门禁对讲主机", "门禁监控", "1栋", "DH-VTO9341", "安邦智能科技有限公司", 15),
    (190, "小区监控存储主机", "门禁监控", "", "NVR-64", "安邦智能科技有限公司", 30),
    (60, "雨水提升泵", "排水管道", "2栋", "50WQ15-15", "清源水泵制造有限公司", 10),
)


def make_history(random: Random) -> None:
    """The company's person keeps the register; one old piece goes out of use, one stood at the wrong place."""
    now = clock.now().replace(hour=10, minute=0, second=0, microsecond=0)
    for days, name, kind, building, model, maker, before in ADDED:
        desk = Desk(random, now - timedelta(days=days), "anju_agent")
        installed = desk.now.date() - timedelta(days=before)
        desk.do(desk.agent, lambda ctx, row=(name, kind, building, model, maker, installed): _add(ctx, *row))
    desk = Desk(random, now - timedelta(days=185), "anju_agent")
    desk.do(desk.agent, lambda ctx: _retire(ctx, "小区监控系统", "录像机停产、无法修复，已由小区监控存储主机代替"))
    desk = Desk(random, now - timedelta(days=58), "anju_admin")
    desk.do(desk.agent, lambda ctx: _move(ctx, "雨水提升泵", "3栋"))


def _add(ctx: Context, name: str, kind: str, building: str, model: str, maker: str, installed) -> None:
    area, place = _area(ctx), _building(ctx, building) if building else None
    category = ctx.session.scalars(select(EquipmentCategory).where(EquipmentCategory.name == kind)).one()
    values = Values(name, category.id, place.id if place else None, None, model, maker, installed)
    register.add(area.id, values, ctx)


def _retire(ctx: Context, name: str, reason: str) -> None:
    piece = _piece(ctx, name)
    register.retire(piece.id, ctx.today, reason, ctx, version=piece.version)


def _move(ctx: Context, name: str, building: str) -> None:
    piece = _piece(ctx, name)
    register.move(piece.area_id, {piece.id: piece.version}, _building(ctx, building).id, None, ctx)


def _area(ctx: Context) -> Area:
    return ctx.session.scalars(select(Area).where(Area.name == AREA)).one()


def _building(ctx: Context, name: str) -> Building:
    return ctx.session.scalars(select(Building).where(Building.area_id == _area(ctx).id, Building.name == name)).one()


def _piece(ctx: Context, name: str) -> Equipment:
    return ctx.session.scalars(
        select(Equipment).where(Equipment.area_id == _area(ctx).id, Equipment.name == name)
    ).one()
