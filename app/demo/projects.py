"""Projects standing at every step, so that each screen and each person's inbox has something to show."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

from app import clock
from app.demo.changes import change_plan, supplement
from app.demo.desk import Desk
from app.demo.objections import answer, object_to
from app.domain.enums import EmergencyType, NoticeKind, ProjectKind
from app.models import Project

LIFT, ROOF, WALLS, FIRE = (
    "宏达电梯工程有限公司", "鑫盛防水工程有限公司", "永固建筑修缮有限公司", "安泰消防设备有限公司",
)  # fmt: skip
THREE = (("合同签订、材料进场", 30), ("主体工程完成", 40), ("竣工验收合格", 30))
TWO = (("合同签订后", 60), ("竣工验收合格", 40))


def make_projects(random: Random) -> None:
    """All stories, the oldest first, so that numbers rise with the days."""
    now = clock.now().replace(hour=9, minute=0, second=0, microsecond=0)
    for days_ago, agent, story in sorted(STORIES, key=lambda row: -row[0]):
        story(Desk(random, now - timedelta(days=days_ago), agent))


def closed(desk: Desk) -> None:
    """From new project to last payout."""
    project = desk.project("锦绣花园", "1栋电梯曳引系统更换", "电梯运行十五年，曳引机异响，钢丝绳断丝超标。")
    desk.add_item(project, "1号客梯", "更换曳引机及曳引钢丝绳", LIFT, 186_000, "1栋")
    desk.plan(project, *TWO)
    initiate(desk, project)
    first = desk.fresh(project).phases[0].amount
    desk.pay(desk.approve(desk.payout(project, 1, (LIFT, first))), "bank")
    desk.days(20)
    desk.accept_works(project, 182_300)
    desk.publish(project, NoticeKind.ACCEPTANCE)
    rest = _rest(project, desk)
    desk.pay(desk.approve(desk.payout(project, 2, (LIFT, rest))), "bank")


def accepted(desk: Desk) -> None:
    """Settled below budget, acceptance notice published, last payout at the window."""
    project = desk.project("朝阳里", "2栋屋面防水与外墙修缮", "屋面渗漏，外墙饰面空鼓脱落。")
    desk.add_item(project, "屋面防水层", "铲除原防水层，重做 SBS 改性沥青防水", ROOF, 68_600, "2栋")
    desk.add_item(project, "外墙饰面", "空鼓部位凿除修补", WALLS, 24_400, "2栋")
    desk.plan(project, *TWO)
    initiate(desk, project)
    first = desk.fresh(project).phases[0].amount
    desk.pay(desk.approve(desk.payout(project, 1, (ROOF, first * 2 // 3), (WALLS, first - first * 2 // 3))), "bank2")
    desk.days(12)
    desk.accept_works(project, 66_000, 24_400)
    desk.publish(project, NoticeKind.ACCEPTANCE)
    desk.payout(project, 2, (ROOF, _rest(project, desk)))


def running(desk: Desk) -> None:
    """Phase one paid to one contractor, refused by the bank for the other; phase two waits at the bank."""
    project = desk.project("锦绣花园", "3栋电梯与屋面维修", "电梯故障频发，屋面多处渗漏，已影响顶层住户。")
    desk.add_item(project, "1号客梯", "更换曳引机及曳引钢丝绳，更换制动器", LIFT, 131_600, "3栋")
    desk.add_item(project, "屋面防水层", "铲除原防水层，重做 SBS 改性沥青防水", ROOF, 138_600, "3栋")
    desk.plan(project, *THREE)
    initiate(desk, project)
    first = desk.fresh(project).phases[0].amount
    to_lift = desk.payout(project, 1, (LIFT, first // 2))
    to_roof = desk.payout(project, 1, (ROOF, first - first // 2))
    desk.pay(desk.approve(to_lift), "bank")
    line = desk.lines(desk.approve(to_roof))[0]
    desk.move("finance", line, "prepare")
    desk.move("bank", line, "refuse", reason="收款账号与户名不符")
    desk.days(3)
    second = desk.approve(desk.payout(project, 2, (LIFT, desk.fresh(project).phases[1].amount // 2)))
    desk.move("finance", desk.lines(second)[0], "prepare")
    desk.approve(desk.payout(project, 2, (ROOF, 1_000_000)))
    supplement(desk, project, "3栋屋面维修补充", "开工后发现女儿墙压顶开裂，超出原预算部分另行立项。")


def in_second_review(desk: Desk) -> None:
    """The initiation waits for the supervisor."""
    project = desk.project("云水雅居", "消防主泵更换", "消防主泵锈蚀，末端压力不足。")
    desk.add_item(project, "消防主泵", "更换消防主泵两台及控制柜", FIRE, 96_000)
    desk.plan(project, *TWO)
    desk.close_vote(desk.vote(project))
    desk.publish(project, days=8)
    desk.days(9)
    application = desk.initiation(project)
    desk.act("clerk", application, "accept")
    desk.act("reviewer", application, "approve_first")


def in_first_review(desk: Desk) -> None:
    """The initiation waits for the first reviewer."""
    project = desk.project("云水雅居", "2栋外墙修缮", "外墙饰面脱落，存在安全隐患。")
    desk.add_item(project, "外墙饰面", "脱落部位铲除重做，整体检测", WALLS, 152_000, "2栋")
    desk.plan(project, *TWO)
    desk.close_vote(desk.vote(project))
    desk.publish(project)
    desk.act("clerk", desk.initiation(project), "accept")


def at_the_window(desk: Desk) -> None:
    """The initiation waits for the clerk."""
    project = desk.project("翠湖苑", "4栋排水管改造", "主排水管老化堵塞，一层住户多次返水。")
    desk.add_item(project, "主排水管", "更换 UPVC 主排水管及检查口", WALLS, 18_800, "4栋")
    desk.plan(project, *TWO)
    desk.close_vote(desk.vote(project, agree=0.97))
    desk.publish(project)
    desk.initiation(project)


def returned(desk: Desk) -> None:
    """Sent back to the company by the clerk."""
    project = desk.project("朝阳里", "门禁监控系统更新", "监控系统故障，多处画面缺失。")
    desk.add_item(project, "小区监控系统", "更换摄像机四十八台及存储设备", FIRE, 88_000)
    desk.plan(project, *THREE)
    desk.close_vote(desk.vote(project))
    desk.publish(project)
    application = desk.initiation(project)
    desk.act("clerk", application, "return", "施工合同缺少附件二，请补充后重新提交。")


def emergency(desk: Desk) -> None:
    """紧急, no vote: phase one paid, the second and a change of the last at the window, works under way."""
    kind = {"kind": ProjectKind.EMERGENCY, "emergency": EmergencyType.LEAK}
    project = desk.project("锦绣花园", "2栋屋面渗漏抢修", "连日暴雨，顶层多户漏水，楼道照明短路。", **kind)
    desk.add_item(project, "屋面防水层", "拆除渗漏部位，重做防水并恢复保护层", ROOF, 52_800, "2栋")
    desk.plan(project, ("抢修队进场", 40), ("渗漏部位修复", 20), ("竣工验收合格", 40))
    desk.publish(project, days=7)
    desk.days(2)
    desk.approve(desk.initiation(project))
    desk.days(1)
    phases = [phase.amount for phase in desk.fresh(project).phases]
    desk.pay(desk.approve(desk.payout(project, 1, (ROOF, phases[0]))), "bank")
    desk.payout(project, 2, (ROOF, phases[1]))
    change_plan(desk, project, "雨季延长工期，合同补充协议约定末期款分两次支付。")


def simple(desk: Desk) -> None:
    """简单拨付: done and accepted, initiation and payout in the supervisor's hands at once."""
    project = desk.project("朝阳里", "1栋外墙与屋面零星修补", "外墙局部空鼓，屋面两处渗漏。", kind=ProjectKind.SIMPLE)
    desk.add_item(project, "外墙饰面", "空鼓部位凿除修补", WALLS, 8_600, "1栋")
    desk.add_item(project, "屋面防水层", "渗漏部位翻修", ROOF, 5_400, "1栋")
    desk.close_vote(desk.vote(project))
    desk.publish(project, days=8)
    desk.days(5)
    desk.accept_works(project, 8_600, 5_400)
    desk.publish(project, NoticeKind.ACCEPTANCE, days=7)
    desk.days(4)
    application = desk.initiation(project)
    desk.act("clerk", application, "accept")
    desk.act("reviewer", application, "approve_first")


def noticed(desk: Desk) -> None:
    """The initiation notice is out in its second edition; one owner's objection is answered, another's is not."""
    project = desk.project("云水雅居", "5栋屋面防水", "顶层三户渗漏。")
    desk.add_item(project, "屋面防水层", "局部翻修并整体涂刷防水涂料", ROOF, 43_500, "5栋")
    desk.plan(project, *TWO)
    desk.close_vote(desk.vote(project))
    desk.publish(project, days=12)
    desk.days(1)
    answered = object_to(desk, project, "渗漏的只有顶层三户，为什么全幢分摊？", place=4)
    answer(desk, answered, "屋面属全幢共用部位，依照民法典第二百八十三条由全幢业主按面积分摊。")
    desk.plan(project, ("合同签订、材料进场后", 50), ("竣工验收合格", 50))
    desk.publish(project, days=13)
    desk.days(2)
    object_to(desk, project, "报价比隔壁小区每平方米高出二十元，请公布三家比价记录。", place=9)
    object_to(desk, project, "希望施工避开中午休息时间。", place=12, is_owner=False)


def failed_vote(desk: Desk) -> None:
    """The owners did not agree."""
    project = desk.project("春晓新村", "小区大门改造", "大门破旧，道闸失灵。")
    desk.add_item(project, "小区大门", "拆除重建大门及道闸", WALLS, 126_000)
    desk.plan(project, *TWO)
    desk.close_vote(desk.vote(project, agree=0.5))


def voting(desk: Desk) -> None:
    """A large vote under way: 2,400 houses, a third of the papers entered."""
    project = desk.project("滨江一号", "生活水泵更新", "变频控制柜老化，夜间停水频繁。")
    desk.add_item(project, "生活水泵", "更换变频泵组四台及控制系统", FIRE, 268_000)
    desk.plan(project, *THREE)
    desk.vote(project, answered=0.35)


def voting_small(desk: Desk) -> None:
    """A small vote that lacks a few houses."""
    project = desk.project("翠湖苑", "2栋外墙渗水处理", "西侧外墙渗水。")
    desk.add_item(project, "外墙饰面", "西侧外墙防水处理", WALLS, 9_600, "2栋")
    desk.plan(project, *TWO)
    desk.vote(project, answered=0.6)


def draft(desk: Desk) -> None:
    """Begun, and much is missing."""
    project = desk.project("锦绣花园", "2栋电梯门机更换", "")
    desk.add_item(project, "1号客梯", "更换门机系统", LIFT, 42_000, "2栋")


Story = Callable[[Desk], None]
STORIES: tuple[tuple[int, str, Story], ...] = (
    (170, "anju_agent", closed),
    (120, "anju_agent", accepted),
    (95, "anju_agent", running),
    (60, "hengxin_agent", in_second_review),
    (33, "hengxin_agent", in_first_review),
    (26, "anju_agent", at_the_window),
    (28, "anju_agent", returned),
    (18, "anju_agent", emergency),
    (36, "anju_agent", simple),
    (14, "hengxin_agent", noticed),
    (40, "hexie_admin", failed_vote),
    (11, "jiangpan_admin", voting),
    (10, "anju_agent", voting_small),
    (2, "anju_agent", draft),
)


def initiate(desk: Desk, project: Project) -> None:
    """Vote, notice, and the approved initiation."""
    desk.close_vote(desk.vote(project))
    desk.publish(project, days=8)
    desk.days(9)
    desk.approve(desk.initiation(project))
    desk.days(5)


def _rest(project: Project, desk: Desk) -> int:
    """What may still be paid after the acceptance, fen."""
    from app.ledger.project_money import limit_total, net_paid

    project = desk.fresh(project)
    return limit_total(desk.session, project) - net_paid(desk.session, project)
