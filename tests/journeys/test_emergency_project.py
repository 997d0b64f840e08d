"""Manual 1.5.2, all eight steps, in the browser: no vote, nothing waits for the notice, payouts by phase.

The figures, worked out by hand. 1号电梯 of 安居苑 1幢1单元: houses 101, 102 of 89.46 m², 201 of 120.50 m², 299.42 m².
Budget 2,994.20, ten yuan a square metre: 894.60, 894.60 and 1,205.00; nobody is short.
Phases 50/20/30 %: 1,497.10 + 598.84 + 898.26. 70 % of the budget is 2,095.94, and so are the first two together.
Settled at 2,694.78, nine yuan a square metre (805.14, 805.14, 1,084.50): the last payout is 598.84.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app import clock
from app.domain.enums import ProjectState
from app.ledger import checks
from app.models import HouseAccount, Project
from tests.factories.repairs import Repairs
from tests.journeys import steps
from tests.journeys.steps import pdf_text

NAME = "1号电梯抢修"
LIFT = ("1号电梯", "1幢1单元 1号电梯", "更换制动器", "云溪电梯工程有限公司", "2,994.20")


@pytest.mark.timeout(300)
def test_emergency_project_from_new_to_closed(person, city, cast, session):
    agent, desk = person("agent"), Repairs(session, city, cast)
    steps.new_project(agent, "新建紧急维修项目", NAME, 紧急情形="电梯故障")
    steps.choose_items(agent, LIFT)
    agent.tab("合并分摊清册")
    agent.sees("2,994.20", "894.60", "1,205.00")
    steps.plan(agent, ("抢修队进场", "50"), ("制动器到货", "20"), ("验收合格", "30"))
    agent.sees("已填完整")
    assert agent.closed("打印投票表决签字表") == "紧急项目无须业主表决"
    proof_with_the_project(agent)
    steps.publish(agent, NAME, "立项公示", "2,994.20", "紧急")
    initiate(agent, person)
    first_two_phases(agent, desk)
    steps.accept_works(agent, NAME)
    agent.fill("1号电梯 结算金额", "2,694.78")
    agent.press("提交")
    steps.publish(agent, NAME, "项目验收公示", "2,694.78")
    assert "决算清册" in pdf_text(agent.paper("打印决算清册"))
    steps.apply_for_payout(agent, NAME, 3, "598.85")
    agent.sees("项目可拨付 ¥2,694.78，已申请 ¥2,095.94，本次 ¥598.85，超出 ¥0.01")
    agent.page.fill("[name=lines-0-amount]", "598.84")
    agent.press("保存并提交")
    agent.sees("BF2026000003", "待受理")
    finish(session, desk)


def proof_with_the_project(agent) -> None:
    """上传附件 of the manual's first step."""
    agent.tab("附件")
    agent.upload("input[type=file]", "电梯故障照片.pdf", steps.SCAN, "application/pdf")
    agent.press("上传")
    agent.sees("电梯故障照片.pdf")


def initiate(agent, person) -> None:
    """Step 3: proof and pictures instead of the sheet; both reviews on the day of publication."""
    steps.to_project(agent, NAME)
    agent.act("项目立项")
    agent.press("取消，继续项目立项")
    agent.press("保存并提交")
    agent.sees("缺少要件：立项公示照片、施工合同、工程预算书、第三方证明、现场照片")
    steps.attach(agent)
    agent.press("保存并提交")
    agent.sees("LX2026000001", "待受理", "电梯故障")
    agent.picture("emergency-initiation")
    printed = pdf_text(agent.paper("打印立项申请单"))
    assert "紧急（电梯故障）" in printed and "紧急项目，无须业主表决" in printed
    steps.approve(person, "LX2026000001")
    person("supervisor").sees("已通过")


def first_two_phases(agent, desk: Repairs) -> None:
    """Steps 4 and 5: to 70 % exactly; the last phase waits for the acceptance, with the reason."""
    steps.apply_for_payout(agent, NAME, 1, "1,497.10")
    agent.sees("BF2026000001", "待受理")
    steps.apply_for_payout(agent, NAME, 2, "598.85")
    agent.sees("第 2 期计划 ¥598.84，已申请 ¥0.00，本次 ¥598.85，超出 ¥0.01")
    agent.page.fill("[name=lines-0-amount]", "598.84")
    agent.press("保存并提交")
    agent.sees("BF2026000002", "待受理")
    for number in ("BF2026000001", "BF2026000002"):
        pay(desk, number)
    steps.to_project(agent, NAME)
    agent.act("资金拨付")
    agent.sees("本次申请后累计 ¥2,095.95，超过预算 ¥2,994.20 的 70%，须先完成项目验收并发布验收公示")
    agent.picture("emergency-last-phase")


def pay(desk: Repairs, number: str) -> None:
    """Window, reviews, finance and bank by their acts: how their pages look, 1.5.1 and 1.5.3 show."""
    desk.now = clock.now()
    desk.pay(desk.approve(desk.numbered(number)))


def finish(session, desk: Repairs) -> None:
    """Step 8, and every account to the fen."""
    pay(desk, "BF2026000003")
    session.rollback()
    assert checks.verify(session) == []
    project = session.scalars(select(Project)).one()
    assert project.state is ProjectState.CLOSED
    assert desk.paid(project) == [80_514, 80_514, 108_450]
    query = select(HouseAccount.principal + HouseAccount.interest).order_by(HouseAccount.house_id).limit(3)
    assert list(session.scalars(query)) == [1_212_345 - 80_514, 1_212_345 - 80_514, 1_520_001 - 108_450]
