"""Steps that several journeys take: scans, the window, the reviewers, finance and the bank."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO

from pypdf import PdfReader

from app import clock
from app.demo.desk import sample_pdf

SCAN = sample_pdf("扫描件", date(2026, 11, 23))


def pdf_text(data: bytes) -> str:
    return "".join("".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages).split())


def attach(agent) -> None:
    """A scan for every required attachment."""
    page = agent.page
    for place in range(page.locator("input[type=file][data-requirement]:not([data-requirement=''])").count()):
        field = page.locator("input[type=file][data-requirement]:not([data-requirement=''])").nth(place)
        row = field.locator("xpath=ancestor::tr")
        field.set_input_files({"name": "扫描件.pdf", "mimeType": "application/pdf", "buffer": SCAN})
        row.locator("[data-files] a").first.wait_for()


def open_matter(reviewer, number: str) -> None:
    """From the inbox."""
    reviewer.open(f"/inbox/?search={number}")
    reviewer.page.locator("main table .acts a").first.click()
    reviewer.settled()


def review(reviewer, number: str, label: str) -> None:
    open_matter(reviewer, number)
    reviewer.page.locator(".approval-acts").get_by_role("button", name=label, exact=True).click()
    reviewer.settled()
    reviewer.sees("办理记录")


def approve(person, number: str) -> None:
    for who, label in (("clerk", "受理"), ("reviewer", "通过"), ("supervisor", "通过")):
        review(person(who), number, label)


def prepare(person, number: str, line: int = 1) -> None:
    """Finance sends the line to the bank."""
    finance = person("finance")
    finance.open("/transfers/?state=pending")
    finance.link(f"{number}-{line}")
    finance.press("送银行确认")
    finance.sees("待银行确认")


def confirm(person, number: str, serial: str, line: int = 1) -> None:
    """The bank confirms; posted in the same act."""
    bank = person("bank")
    bank.open("/transfers/?state=prepared")
    bank.link(f"{number}-{line}")
    bank.fill("银行流水号", serial)
    bank.press("确认已划转")
    bank.sees("已划转")


# --- a project's own steps (manual 1.5) ---


def new_project(agent, button: str, name: str, **more: str) -> None:
    """新建…维修项目: 项目基本信息; `more` by label, chosen from a list."""
    agent.menu("维修项目列表")
    agent.link(button)
    agent.choose("物业区域", "安居苑")
    agent.fill("项目名称", name)
    for label, option in more.items():
        agent.choose(label, option)
    agent.fill("维修原因", "年久失修，影响使用。")
    agent.fill("计划开工", clock.today().isoformat())
    agent.fill("计划完工", (clock.today() + timedelta(days=30)).isoformat())
    agent.fill("联系人", "李维")
    agent.fill("联系电话", "13800000001")
    agent.press("保存，去选设施设备")


def choose_items(agent, *works: tuple[str, str, str, str, str]) -> None:
    """Equipment ticked in the picker, each with content, contractor and budget, and its budget split by area.

    A row: the equipment's name, its name with its place, content, contractor, budget in yuan.
    """
    page = agent.page
    page.locator("[data-target='#picker']").first.click()
    page.wait_for_selector("#picker [data-rows] table")
    for name, *_rest in works:
        page.check(f"#picker [data-rows] [aria-label='选择 {name}']")
    page.click("#picker [data-ok]")
    page.wait_for_selector(f"tr[data-item-row] >> nth={len(works) - 1}")
    agent.settled()
    for _name, placed, content, contractor, budget in works:
        agent.fill(f"维修内容 {placed}", content)
        agent.choose(f"施工单位 {placed}", contractor)
        agent.fill(f"预算金额 {placed}", budget)
    agent.press("保存")
    agent.settled()
    for name, *_rest, budget in works:
        agent.link(name)
        agent.press("预算分摊")
        agent.sees(budget)


def plan(agent, *phases: tuple[str, str]) -> None:
    """拨付计划 by percent."""
    agent.tab("拨付计划")
    page = agent.page
    page.check("input[name=mode][value=percent]")
    for place, (condition, percent) in enumerate(phases):
        if page.locator("#phases tr").count() <= place:
            page.click("#add-phase")
        row = page.locator("#phases tr").nth(place)
        row.locator("[name=condition]").fill(condition)
        row.locator("[name=percent]").fill(percent)
    agent.press("保存")


def to_project(agent, name: str) -> None:
    """From the menu."""
    agent.menu("维修项目列表")
    agent.link(name)


def publish(agent, name: str, act: str, *sees: str, days: int = 7) -> None:
    """公示管理: 选择公示截止日, 发布预览, 发布. An acceptance's dates and words are prefilled but for its end."""
    to_project(agent, name)
    agent.act(act)
    agent.fill("公示截止日", (clock.today() + timedelta(days=days)).isoformat())
    agent.press("发布预览")
    agent.sees(*sees)
    agent.press("发布", ".page-actions", sure=True)
    agent.sees("公示中")


def accept_works(agent, name: str) -> None:
    """项目验收, up to the settlements."""
    to_project(agent, name)
    agent.act("项目验收")
    agent.fill("竣工日期", clock.today().isoformat())
    agent.fill("验收人员", "李维、王安、业主代表")
    agent.fill("验收意见", "合格")


def apply_for_payout(agent, name: str, phase: int, amount: str) -> None:
    """资金拨付 of one phase to the payee that is prefilled, up to 保存并提交."""
    to_project(agent, name)
    agent.act("资金拨付")
    agent.page.locator("main tr", has_text=f"第 {phase} 期").locator("button", has_text="申请拨付").click()
    agent.settled()
    agent.page.fill("[name=lines-0-amount]", amount)
    attach(agent)
    agent.press("保存并提交")
