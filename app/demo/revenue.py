"""收益交款 of the demo city: one of each state that somebody has to do something about, and two that are done."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from sqlalchemy import select

from app import clock
from app.demo.desk import Desk
from app.domain.enums import RevenueKind
from app.models import Area, Building, RevenueNotice
from app.workflows.revenue import actions
from app.workflows.revenue.benefit import Benefit
from app.workflows.revenue.flow import act

SEED = 20266  # its own, so that the rest of the city stays as it was
AGENT = "anju_revenue"


def make_revenue() -> None:
    """The oldest first."""
    now = clock.now().replace(hour=10, minute=5, second=0, microsecond=0)

    def at(days: int) -> Desk:
        return Desk(Random(SEED + days), now - timedelta(days=days), AGENT)

    spread(at(95), _filed(at(98), "锦绣花园", RevenueKind.PARKING, 4_860_000, "二季度地面停车收益"), "bank")
    kept(at(60), _filed(at(62), "锦绣花园", RevenueKind.SCRAP, 215_000, "旧电梯设备残值"))
    _paid(at(6), _filed(at(8), "锦绣花园", RevenueKind.ADVERTISING, 1_350_000, "电梯轿厢广告", "2栋"), "bank")
    _filed(at(2), "朝阳里", RevenueKind.RENT, 960_000, "门卫室旁场地租赁")


def spread(desk: Desk, notice: RevenueNotice, bank: str) -> None:
    """Paid in, and spread over all houses of the area."""
    _paid(desk, notice, bank)
    desk.days(3)
    desk.do("finance", lambda ctx: act(notice.id, "distribute", ctx), amount=notice.amount)


def kept(desk: Desk, notice: RevenueNotice) -> None:
    """The owners have decided to keep it together."""
    _paid(desk, notice, "bank")
    desk.days(2)
    reason = "业主大会 2026 年第 1 号决定：用于明年消防改造"
    desk.do("finance", lambda ctx: act(notice.id, "keep", ctx), reason=reason)


def _filed(
    desk: Desk, area_name: str, kind: RevenueKind, amount: int, remark: str, building: str = ""
) -> RevenueNotice:
    area = desk.session.scalars(select(Area).where(Area.name == area_name)).one()
    houses = select(Building.id).where(Building.area_id == area.id, Building.name == building)
    chosen = Benefit(buildings=tuple(desk.session.scalars(houses)))
    return desk.do(AGENT, lambda ctx: actions.file_notice(area.id, kind, amount, chosen, remark, ctx))


def _paid(desk: Desk, notice: RevenueNotice, bank: str) -> None:
    serial = f"{desk.now:%Y%m%d}{desk.random.randrange(10**6):06d}"
    desk.do(bank, lambda ctx: act(notice.id, "confirm", ctx), bank_serial=serial, booked_on=desk.now.date())
