"""Changes of an area's company: one that has taken hold with what was handed over, one that waits at the department."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from sqlalchemy import select

from app import clock
from app.demo.desk import Desk
from app.models import Application, Area
from app.workflows.area_change import filing
from app.workflows.area_change.filing import Asked

SEED = 20264  # its own, so that the rest of the city stays as it was
HANDED_OVER, WANTED = "春晓新村", "滨江一号"


def make_area_changes() -> None:
    """江畔 took over 春晓新村 from 和谐家园; 恒信 applies for 滨江一号, whose contract with 江畔 ends soon."""
    random, now = Random(SEED), clock.now().replace(hour=9, minute=30, second=0, microsecond=0)
    done = Desk(random, now - timedelta(days=16), "jiangpan_admin")
    starts_on = done.now.date() + timedelta(days=1)
    done.approve(_filed(done, HANDED_OVER, starts_on, starts_on + timedelta(days=3 * 365)))
    waiting = Desk(random, now - timedelta(days=3), "hengxin_admin")
    starts_on = now.date() + timedelta(days=41)
    application = _filed(waiting, WANTED, starts_on, starts_on + timedelta(days=2 * 365))
    waiting.act("clerk", application, "accept")


def _filed(desk: Desk, area_name: str, starts_on: date, ends_on: date) -> Application:
    """Areas, period and scans, submitted."""
    area = desk.session.scalars(select(Area).where(Area.name == area_name)).one()
    asked = Asked(starts_on, ends_on, "业主大会选聘，合同已签订。", (area.id,))
    draft = desk.do(desk.agent, lambda ctx: filing.save_change(filing.open_draft(ctx).id, asked, ctx))
    return desk.submit(draft)
