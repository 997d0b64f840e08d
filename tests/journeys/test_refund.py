"""Manual 1.5.4 in the browser: a notice for a part of what was paid, the bank confirms, the money is where it was.

By hand: three houses bear 100.00, 200.00, 300.00; 240.00 of the 600.00 are paid, 40/80/120. 60.00 come back in the same
proportion, 10 + 20 + 30, and may be applied for again.
"""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from app import clock
from app.ledger import checks
from app.models import HouseAccount
from tests.factories.repairs import Repairs


@pytest.fixture
def paid(session, city, cast):
    """(desk, project, houses): a running project with one line of 240.00 paid, some weeks ago."""
    repairs = Repairs(session, city, cast)
    repairs.now = clock.now().replace(microsecond=0) - timedelta(days=20)
    houses = repairs.houses([100_000, 100_000, 100_000])
    shares = dict(zip(houses, (10_000, 20_000, 30_000), strict=True))
    project = repairs.running([shares], [24_000, 36_000])
    repairs.paid_out(project, 1, 24_000)
    return repairs, project, houses


@pytest.mark.timeout(600)
def test_refund_from_the_dialog_to_the_accounts(person, paid, session):
    _repairs, project, houses = paid
    agent, bank = person("agent"), person("bank")
    agent.open(f"/projects/{project.id}/")
    agent.act("项目清退")
    agent.sees("资金清退", "BF2026000001-1", "240.00")
    agent.fill("清退金额", "240.01")
    agent.choose("清退原因", "不符合施工质量要求")
    agent.press("打印通知单")
    agent.sees("清退金额 ¥240.01 须大于零且不超过可清退金额 ¥240.00")
    agent.fill("清退金额", "60.00")
    agent.picture("refund-dialog")
    agent.press("打印通知单")
    agent.sees("QT2026000001", "待银行确认", "60.00", "陆拾元整")
    notice = "".join(PdfReader(BytesIO(agent.paper("打印"))).pages[0].extract_text().split())
    assert "清退通知单" in notice
    assert "人民币陆拾元整" in notice

    bank.menu("待确认清退")
    bank.sees("QT2026000001", "全部 1 笔合计")
    bank.page.check("[aria-label='选择 QT2026000001']")
    bank.press("确认所选已退回", sure=True)
    bank.sees("请填写银行流水号")
    bank.fill("QT2026000001 的银行流水号", "IN0001")
    bank.picture("refund-confirm")
    bank.press("确认所选已退回", sure=True)
    bank.sees("已确认退回并入账", "没有待银行确认的清退")

    agent.open(f"/projects/{project.id}/applications")
    agent.sees("已拨付净额 180.00", "已清退 60.00", "BF2026000001-1")
    agent.picture("refund-project")
    accounts = select(HouseAccount.principal, HouseAccount.held).where(
        HouseAccount.house_id.in_([house.id for house in houses])
    )
    session.rollback()
    found = session.execute(accounts.order_by(HouseAccount.house_id)).all()
    assert [tuple(row) for row in found] == [(97_000, 7_000), (94_000, 14_000), (91_000, 21_000)]
    assert checks.verify(session) == []
    assert person("other_agent").open("/refunds/1/") == 404
