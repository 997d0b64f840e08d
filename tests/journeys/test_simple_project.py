"""Manual 1.5.3, all six steps, in the browser: accepted first, then one application for initiation and payout.

The figures, worked out by hand. 2号电梯 of 安居苑 1幢2单元: houses 101, 102 of 99.33 m², 201 of 120.50 m², 319.16 m².
  lift: twenty yuan a square metre, 6,383.20: 1,986.60, 1,986.60 and 2,410.00
2幢屋面: 2幢's houses but the parking space, 403.78 m², ten yuan a square metre, 4,037.80.
Budget 10,421.00. House 102 has 1,500.50 and owes 1,986.60, its owner pays 486.10; so the fund pays 9,934.90.
Proposed to the contractors by 6,383.20 : 4,037.80 of it: 9,934.90 × 6,383.20 / 10,421.00 = 6,085.450 → 6,085.45,
the rest 3,849.45. The contract says otherwise: 5,897.10 for the lift (its budget less what is collected) and 4,037.80.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app import clock
from app.domain.enums import ProjectState
from app.ledger import checks
from app.models import HouseAccount, Project
from app.transaction import unit_of_work
from tests.factories import premises
from tests.factories.repairs import Repairs
from tests.journeys import steps
from tests.journeys.steps import pdf_text

NAME = "2号电梯与2幢屋面修缮"
ROOFERS = "鑫盛防水工程有限公司"
LIFT = ("2号电梯", "1幢2单元 2号电梯", "更换钢丝绳", "云溪电梯工程有限公司", "6,383.20")
ROOF = ("2幢屋面", "2幢 2幢屋面", "重做防水", ROOFERS, "4,037.80")


@pytest.fixture
def roofers(city, cast) -> None:
    with unit_of_work() as session:
        premises.add_contractor(session, cast.organisations.company, ROOFERS, "9000000000000000002")


@pytest.mark.timeout(300)
def test_simple_project_from_new_to_closed(person, city, cast, session, days, roofers):
    agent = person("agent")
    steps.new_project(agent, "新建简单拨付维修项目", NAME)
    steps.choose_items(agent, LIFT, ROOF)
    agent.tab("拨付计划")
    agent.sees("由系统生成", "工程竣工验收合格并公示后一次拨付", "9,934.90", "已填完整")
    vote(agent)
    steps.to_project(agent, NAME)
    assert agent.closed("项目验收") == "立项公示尚未发布"
    steps.publish(agent, NAME, "立项公示", "10,421.00", "9,934.90")
    accept_and_publish(agent)
    file_both(agent)
    review_both(agent, person, days)
    desk = Repairs(session, city, cast, now=clock.now())
    pay_both(agent, person)
    everything_is_right(session, desk)


def vote(agent) -> None:
    """Step 2: 打印投票表决签字表, 录入投票表决结果; everybody agrees."""
    agent.act("打印投票表决签字表")
    agent.press("发起表决")
    agent.page.click("main button.dropdown-toggle:has-text('快速填写')")
    agent.page.click("main [data-fill=agree] >> nth=0")
    agent.page.click("#confirm-ok")
    agent.press("保存，稍后继续")
    agent.sees("已保存", "已达到")
    agent.press("结束表决", sure=True)
    agent.sees("通过")


def accept_and_publish(agent) -> None:
    """Steps 4 and 5: the settlements are the budgets and can't be typed; nothing waits for the notice's end."""
    steps.to_project(agent, NAME)
    assert agent.closed("项目立项") == "简单拨付项目须先完成项目验收并发布验收公示，再申请立项"
    steps.accept_works(agent, NAME)
    agent.sees("等于预算，由系统填入，不能修改", "6,383.20", "4,037.80")
    assert agent.page.locator("main input[name^=settled-]:visible").count() == 0
    agent.picture("simple-acceptance")
    agent.press("提交")
    steps.publish(agent, NAME, "项目验收公示", "10,421.00")


def file_both(agent) -> None:
    """Step 6: prefilled payees, another's name asks a reason, a fen too little is refused, both forms are printed."""
    page = agent.page
    steps.to_project(agent, NAME)
    agent.act("项目立项")
    agent.press("取消，继续项目立项")
    agent.sees("须等于预算应拨付金额 9,934.90 元", "预算 10,421.00 元 = 维修资金 9,934.90 元 + 业主自筹 486.10 元")
    amounts = [page.input_value(f"[name=lines-{place}-amount]") for place in (0, 1)]
    assert amounts == ["6,085.45", "3,849.45"]
    steps.attach(agent)
    page.fill("[name=lines-0-amount]", "5,897.09")
    page.fill("[name=lines-1-amount]", "4,037.80")
    agent.sees("比预算应拨付金额少 0.01 元")
    page.fill("[name=lines-1-account_name]", "某某劳务公司")
    agent.press("保存并提交")
    agent.sees("“某某劳务公司”不是本项目的施工单位")
    page.fill("[name=lines-1-account_name]", ROOFERS)
    agent.press("保存并提交")
    agent.sees("收款金额合计 ¥9,934.89，须等于预算应拨付金额 ¥9,934.90", "相差 ¥0.01")
    page.fill("[name=lines-0-amount]", "5,897.10")
    agent.sees("等于预算应拨付金额")
    agent.picture("simple-application")
    agent.press("保存并提交")
    agent.sees("LB2026000001", "待受理")
    initiation, payout = pdf_text(agent.paper("打印立项申请单")), pdf_text(agent.paper("打印资金拨付申请单"))
    assert "维修项目立项申请单编号：LB2026000001" in initiation
    assert "维修资金拨付申请单编号：LB2026000001" in payout
    assert "5,897.10" in payout and "9000000000000000002" in payout


def review_both(agent, person, days) -> None:
    """One review of both; the supervisor waits for the initiation notice's end."""
    steps.review(person("clerk"), "LB2026000001", "受理")
    steps.review(person("reviewer"), "LB2026000001", "通过")
    supervisor = person("supervisor")
    steps.open_matter(supervisor, "LB2026000001")
    supervisor.sees("尚未结束", "收款金额合计等于预算应拨付金额 9,934.90 元")
    days(8)
    steps.review(supervisor, "LB2026000001", "通过")
    supervisor.sees("已通过")
    supervisor.picture("simple-approved")


def pay_both(agent, person) -> None:
    """维修款项划转: each line its own transfer; with the last the project closes by itself."""
    for line, serial in ((1, "SN0001"), (2, "SN0002")):
        steps.to_project(agent, NAME)
        agent.sees("实施中")
        steps.prepare(person, "LB2026000001", line)
        steps.confirm(person, "LB2026000001", serial, line)
    steps.to_project(agent, NAME)
    agent.sees("已办结")
    agent.tab("业务单与拨付")
    agent.picture("simple-closed")


def everything_is_right(session, desk: Repairs) -> None:
    """Every account to the fen: what the house owes, house 102 all that it had."""
    session.rollback()
    assert checks.verify(session) == []
    project = session.scalars(select(Project)).one()
    assert project.state is ProjectState.CLOSED
    assert desk.paid(project) == [198_660, 150_050, 241_000, 50_000, 75_880, 75_880, 101_010, 101_010]
    assert desk.column(project, "held") == [0] * 8
    query = select(HouseAccount.principal + HouseAccount.interest).order_by(HouseAccount.house_id).offset(3).limit(3)
    assert list(session.scalars(query)) == [900_000 - 198_660, 0, 1_520_001 - 241_000]
