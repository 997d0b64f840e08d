"""How projects end early: money that comes back, a cancellation announced and one done, and works that are overdue."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from app import clock, tenancy
from app.demo.desk import Desk
from app.demo.projects import FIRE, ROOF, TWO, WALLS, initiate
from app.domain.enums import NoticeKind, RefundReason
from app.models import Project, Refund, Transfer
from app.permissions import SYSTEM
from app.transaction import unit_of_work
from app.workflows.engine import Context, apply
from app.workflows.notices.actions import publish_notice
from app.workflows.projects.flow import PROJECT
from app.workflows.projects.overdue import remind
from app.workflows.refunds import actions as refunds
from app.workflows.refunds.flow import act

SEED = 20265  # its own, so that the rest of the city stays as it was


def make_endings() -> None:
    """All of them, the oldest first; then the nightly reminder of what is overdue."""
    random, now = Random(SEED), clock.now().replace(hour=9, minute=15, second=0, microsecond=0)
    refunded(Desk(random, now - timedelta(days=130), "anju_agent"), Desk(random, now - timedelta(days=4), "anju_agent"))
    cancelled(Desk(random, now - timedelta(days=110), "anju_agent"))
    overdue(Desk(random, now - timedelta(days=150), "hengxin_agent"))
    announced(Desk(random, now - timedelta(days=25), "anju_agent"))
    with unit_of_work() as session:
        tenancy.enter(session, SYSTEM)
        remind(Context(session, SYSTEM, now))


def refunded(desk: Desk, lately: Desk) -> None:
    """A part came back for bad work and was paid out anew; another notice waits for the bank."""
    project = desk.project("锦绣花园", "2栋屋面与外墙翻修", "顶层多户渗漏，防水层老化起鼓。")
    desk.add_item(project, "屋面防水层", "铲除起鼓部位，重做 SBS 改性沥青防水", ROOF, 72_000, "2栋")
    desk.add_item(project, "外墙饰面", "女儿墙及顶层外墙裂缝修补", WALLS, 18_000, "2栋")
    desk.plan(project, *TWO)
    initiate(desk, project)
    payout = desk.approve(desk.payout(project, 1, (ROOF, 3_000_000), (WALLS, 800_000)))
    desk.pay(payout, "bank")
    first, second = desk.lines(payout)
    desk.days(15)
    _confirmed(desk, _issued(desk, project, first, 650_000, RefundReason.QUALITY), "bank")
    desk.pay(desk.approve(desk.payout(project, 1, (ROOF, 650_000))), "bank")
    _issued(lately, project, second, 300_000, RefundReason.OTHER, "外墙部分改由原施工单位一并完成，不再另行施工。")


def cancelled(desk: Desk) -> None:
    """Paid, all of it back, cancelled."""
    project = desk.project("朝阳里", "小区大门改造", "大门破旧，道闸失灵，影响出行。")
    desk.add_item(project, "小区大门", "拆除重建大门及道闸", WALLS, 46_000)
    desk.plan(project, *TWO)
    initiate(desk, project)
    payout = desk.approve(desk.payout(project, 1, (WALLS, 2_000_000)))
    desk.pay(payout, "bank2")
    desk.days(8)
    _announce(desk, project, "大门位置与市政道路改造冲突，维修无法进行。")
    desk.days(2)
    _confirmed(desk, _issued(desk, project, desk.lines(payout)[0], 2_000_000, RefundReason.IMPOSSIBLE), "bank2")
    desk.do(desk.agent, lambda ctx: apply(PROJECT, project.id, "cancel", ctx))


def overdue(desk: Desk) -> None:
    """Planned to be done long ago, one phase paid, and no acceptance yet."""
    project = desk.project("云水雅居", "生活水泵房管道更新", "管道锈蚀，水压不稳。")
    desk.add_item(project, "生活水泵", "更换泵房主管道及阀门", FIRE, 64_000)
    desk.plan(project, *TWO)
    initiate(desk, project)
    desk.pay(desk.approve(desk.payout(project, 1, (FIRE, 2_500_000))), "bank")


def announced(desk: Desk) -> None:
    """The cancellation notice is out; nothing was paid, so 撤销 is open."""
    project = desk.project("翠湖苑", "1栋主排水管更换", "排水不畅，底层返水。")
    desk.add_item(project, "主排水管", "更换 UPVC 主排水管", WALLS, 9_800, "1栋")
    desk.plan(project, *TWO)
    desk.close_vote(desk.vote(project, agree=0.98))
    desk.publish(project)
    desk.days(8)
    _announce(desk, project, "业主决定与整幢改造合并实施，本项目不再单独进行。")


def _issued(desk: Desk, project: Project, line: Transfer, fen: int, reason: RefundReason, text: str = "") -> Refund:
    return desk.do(desk.agent, lambda ctx: refunds.file_refund(project.id, line.id, fen, reason, text, ctx))


def _confirmed(desk: Desk, refund: Refund, bank: str) -> None:
    desk.days(2)
    serial = f"{desk.now:%Y%m%d}{desk.random.randrange(10**6):06d}"
    desk.do(bank, lambda ctx: act(refund.id, "confirm", ctx), bank_serial=serial, booked_on=desk.now.date())


def _announce(desk: Desk, project: Project, reason: str) -> None:
    closes_on = desk.now.date() + timedelta(days=10)
    desk.do(
        desk.agent,
        lambda ctx: publish_notice(desk.fresh(project), NoticeKind.CANCELLATION, closes_on, ctx, reason=reason),
    )
