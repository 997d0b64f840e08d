"""Manual 1.5.5 in the browser: the cancellation notice, what it stops, the money back first, then 撤销成功."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from app import clock
from app.domain.enums import ProjectState
from app.ledger import checks
from app.models import HouseAccount, Project
from tests.factories.repairs import Repairs


@pytest.fixture
def running(session, city, cast):
    """(desk, project): 120.00 paid of 600.00, an application in review, a line that waits for finance."""
    repairs = Repairs(session, city, cast)
    repairs.now = clock.now().replace(microsecond=0) - timedelta(days=20)
    a, b = repairs.houses([100_000, 100_000])
    project = repairs.running([{a: 30_000, b: 30_000}], [36_000, 24_000])
    repairs.paid_out(project, 1, 12_000)
    repairs.accept(repairs.submit(repairs.open_payout(project, 1, 5_000)))
    repairs.approved_payout(project, 1, 7_000)
    return repairs, project


@pytest.mark.timeout(600)
def test_cancellation_from_the_notice_to_the_released_holds(person, running, session):
    _repairs, project = running
    agent, bank, anybody = person("agent"), person("bank"), person()
    page = f"/projects/{project.id}/"
    agent.open(page)
    assert agent.closed("尚未发布撤销公示") == "尚未发布撤销公示"
    publish(agent, anybody)
    stopped(person, agent, page)
    agent.open(f"/cancellation/{project.id}")
    agent.sees("现在不能撤销：已拨付 120.00 元尚未退回，须先办理项目清退")
    money_back(agent, bank, page)
    agent.open(page)
    agent.page.click("button.dropdown-toggle:has-text('操作')")
    agent.page.click(".action-menu a[href*='/cancellation/']")
    agent.settled()
    agent.sees("撤回在办业务单", "1 单", "终止未划转的收款", "1 笔", "2 户共 600.00 元")
    agent.picture("cancel")
    agent.press("撤销项目")
    agent.sees("撤销成功", "已撤销")
    agent.picture("cancelled")
    session.rollback()
    assert session.get(Project, project.id).state is ProjectState.CANCELLED
    assert session.scalars(select(HouseAccount.held).where(HouseAccount.held > 0)).all() == []
    assert checks.verify(session) == []


def publish(agent, anybody) -> None:
    """公示管理 → 撤销公示 → 发布预览 → 发布; the paper, and the public page without any sign-in."""
    agent.act("撤销公示")
    agent.fill("公示截止日", (clock.today() + timedelta(days=7)).isoformat())
    agent.fill("撤销原因", "施工单位退出，维修无法进行。")
    agent.press("发布预览")
    agent.sees("撤销公告", "施工单位退出")
    agent.press("发布", ".page-actions", sure=True)
    agent.sees("CX2026000001", "公示中")
    paper = "".join(PdfReader(BytesIO(agent.paper("打印撤销公告"))).pages[0].extract_text().split())
    assert "撤销公告" in paper
    assert "120.00" in paper
    anybody.open("/public/notices/")
    anybody.sees("撤销公告")
    anybody.page.locator("main a", has_text="撤销公告").first.click()
    anybody.sees("CX2026000001", "施工单位退出")
    anybody.picture("public-cancellation")


def stopped(person, agent, page: str) -> None:
    """Nothing is filed, approved or prepared any more, and each says why."""
    agent.open(page)
    said = "撤销公示 CX2026000001 已发布，只能办理清退和撤销；如需继续，须先撤回撤销公示"
    assert agent.closed("资金拨付") == said
    agent.sees(said)
    finance = person("finance")
    finance.open("/transfers/?state=pending")
    finance.sees(said)
    reviewer = person("reviewer")
    reviewer.open("/inbox/?search=BF2026000002")
    reviewer.page.locator("main table .acts a").first.click()
    reviewer.sees("只能办理清退和撤销")
    assert reviewer.page.locator(".approval-acts").get_by_role("button", name="通过", exact=True).count() == 0


def money_back(agent, bank, page: str) -> None:
    """The refund notice is the one thing that is still filed."""
    agent.open(page)
    agent.act("项目清退")
    agent.choose("清退原因", "维修无法进行")
    agent.press("打印通知单")
    agent.sees("QT2026000001", "120.00")
    bank.open("/refunds/")
    bank.link("QT2026000001")
    bank.fill("银行流水号", "IN0001")
    bank.press("确认已退回")
    bank.sees("已确认退回并入账")
