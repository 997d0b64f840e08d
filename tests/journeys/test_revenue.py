"""Manual 1.4 in the browser: the area's income is paid in by notice, the bank confirms, finance spreads it."""

from __future__ import annotations

from tests.journeys.steps import pdf_text


def test_revenue_is_paid_in_and_spread(person, city):
    agent = person("revenue")
    page = agent.page
    agent.menu("收益交款")
    agent.link("新建收益交款")
    agent.sees("安居苑", "受益范围")  # the only area of this company stands chosen

    agent.page.get_by_label("部分楼幢、单元或房屋").check()
    page.locator(".benefit-part label", has_text="1幢").first.click()
    agent.press("打印交款通知单")
    agent.sees("请填写金额")  # at its field, and the ticks are kept
    agent.choose("收益类型", "停车")
    agent.fill("交款金额", "1,234.50")
    agent.fill("备注", "2026 年一季度")
    agent.press("打印交款通知单")
    agent.sees("待交款", "1幢", "人民币壹仟贰佰叁拾肆元伍角整", "下一步")
    agent.picture("revenue-notice")
    number = page.locator("h1").inner_text().split()[1]
    text = pdf_text(agent.paper("打印"))
    assert [word for word in ("收益交款通知书", number, "1,234.50", "停车") if word not in text] == []

    bank = person("bank")
    bank.menu("待确认收款")
    bank.sees(number, "安居物业服务有限公司")
    bank.page.locator("[name=pick]").first.check()
    bank.page.locator("[name^=serial]").first.fill("20260302001")
    bank.press("确认所选已交款", sure=True)
    bank.sees("已确认交款并入账")

    finance = person("finance")
    finance.menu("收益交款与分摊")
    finance.page.locator("td a", has_text="收益分摊").first.click()
    finance.settled()
    finance.sees("合计 6 户", "1,234.50")
    finance.press("确认分摊", sure=True)
    finance.sees("收益已分摊到分户账", "已分摊 1,234.50 元，未分摊 0.00 元")
    finance.picture("revenue-spread")
    agent.open("/revenue/?state=distributed")
    agent.sees(number, "已分摊")
