"""Manual 1.5.1, all nine steps, in the browser: from the house roster to the last payout, right to the fen.

The figures, worked out by hand. Building 2栋 of the roster: 108 houses, 11,014.20 m²; its 1单元: 54, 5,507.10 m².
  lift of 1单元: 4.00 yuan × 5,507.10 m² = 22,028.40; roof of 2栋: 6.00 yuan × 11,014.20 m² = 66,085.20
  budget: 88,113.60
House 2栋1单元1103 (131.20 m²) has 1,125.42 and owes 10 × 131.20 = 1,312.00: its owner pays 186.58. So Σf = 87,927.02.
  phases 30/40/30 %: 26,378.11 + 35,170.81 + 26,378.10; 70 % of the budget: 61,679.52
  paid: 10,000.00 + 16,000.00 + 35,170.81 = 61,170.81
Settled: lift 22,028.40, roof 5.00 × 11,014.20 = 55,071.00. House 1103 then owes 9 × 131.20 = 1,180.80, its limit stays
1,125.42: Σu = 77,099.40 − 55.38 = 77,044.02; last payout 77,044.02 − 61,170.81 = 15,873.21.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app import clock
from app.domain.enums import ProjectState
from app.ledger import checks
from app.models import Area, Building, Equipment, EquipmentCategory, House, HouseAccount, Project, ServiceContract
from app.spreadsheets.roster import read_roster
from app.transaction import unit_of_work
from tests.factories import premises
from tests.journeys.steps import approve, attach, confirm, open_matter, pdf_text, prepare, review

DATA = Path(__file__).resolve().parents[1] / "data"
PASTE = """column => {
  const data = new DataTransfer();
  data.setData("text/plain", column);
  document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
}"""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
POOR = "2栋1单元1103"


@pytest.fixture
def yunhu(city, cast, session) -> int:
    """An empty area that the company serves."""
    with unit_of_work() as act:
        area = Area(
            name="云湖花园", address="环湖路 1 号", district_id=city.district.id, escrow_account_id=city.escrow.id,
            developer_name="云湖置业有限公司",
        )  # fmt: skip
        act.add(area)
        act.flush()
        act.add(ServiceContract(organisation_id=city.company.id, area_id=area.id, starts_on=date(2020, 1, 1)))
        premises.add_contractor(act, city.company, "宏达电梯工程有限公司", "9000000000000000001")
    return area.id


@pytest.mark.timeout(900)
def test_normal_project_from_roster_to_last_payout(person, yunhu, city, session, days, app):
    import_roster(person, yunhu)
    add_roof(city, yunhu)
    agent = person("agent")
    make_project(agent)
    vote(agent)
    publish_initiation(agent, person())
    initiate(agent, person, days)
    first_phase(agent, person, days)
    second_phase(agent, person)
    accept_and_publish(agent)
    last_phase(agent, person)
    everything_is_right(session, agent, person)


def import_roster(person, yunhu: int) -> None:
    """The clerk imports, finance confirms count and total."""
    clerk = person("clerk")
    clerk.menu("房屋清册导入")
    clerk.choose("物业区域", "云湖花园")
    clerk.upload("[name=file]", "云湖花园.xlsx", (DATA / "roster-yunhu.xlsx").read_bytes(), XLSX)
    clerk.press("上传并核对")
    clerk.sees("没有发现错误", "594 户", "51,715.87 m²")
    clerk.press("确认导入 594 户")
    finance = person("finance")
    finance.menu("期初余额确认")
    finance.link("云湖花园")
    finance.fill("户数", "593")
    finance.fill("期初余额合计", "3,103,766.08")
    finance.press("确认入账")
    finance.sees("户数与导入的不符")
    finance.fill("户数", "594")
    finance.press("确认入账")
    finance.sees("已入账", "3,103,766.08")


def add_roof(city, yunhu: int) -> None:
    """The roof stands in the register; the lift is missing there and is added in the picker."""
    with unit_of_work() as act:
        building = act.scalars(select(Building).where(Building.area_id == yunhu, Building.name == "2栋")).one()
        category = act.scalars(select(EquipmentCategory).where(EquipmentCategory.parent_id.is_not(None))).first()
        act.add(Equipment(area_id=yunhu, building_id=building.id, category_id=category.id, name="屋面防水层"))


def make_project(agent) -> None:
    """Step 1: basics, items, sharing range, both ways of sharing, merged list, plan."""
    agent.menu("维修项目列表")
    agent.link("新建正常维修项目")
    agent.choose("物业区域", "云湖花园")
    agent.fill("项目名称", "2栋电梯与屋面维修")
    agent.fill("维修原因", "电梯困人频发，屋面渗漏。")
    agent.fill("计划开工", (clock.today() + timedelta(days=30)).isoformat())
    agent.fill("计划完工", (clock.today() + timedelta(days=75)).isoformat())
    agent.fill("联系人", "李维")
    agent.fill("联系电话", "13800000001")
    agent.press("保存，去选设施设备")
    choose_equipment(agent)
    describe_works(agent)
    share_the_lift(agent)
    share_the_roof(agent)
    agent.tab("合并分摊清册")
    agent.sees("88,113.60", "87,927.02", "186.58")
    make_plan(agent)


def choose_equipment(agent) -> None:
    """The roof is ticked; the lift is missing and is added inside the dialog."""
    page = agent.page
    page.locator("[data-target='#picker']").first.click()
    page.wait_for_selector("#picker [data-rows] table")
    page.locator("#picker [data-tree=place] .node", has_text="2栋").click()
    page.wait_for_selector("#picker [data-rows] >> text=屋面防水层")
    page.check("#picker [data-rows] [aria-label='选择 屋面防水层']")
    page.locator("#picker [data-tree=place] details details[open] a.node", has_text="1单元").click()
    page.click("#picker [data-new]")
    page.fill("#new-name", "1号客梯")
    page.select_option("#new-category", label="曳引机")
    page.click("#picker [data-new-form] button[type=submit]")
    page.wait_for_selector("#picker [data-chips] >> text=1号客梯")
    assert page.inner_text("#picker [data-every]") == "共 2 件"
    agent.picture("picker")
    page.click("#picker [data-ok]")
    page.wait_for_selector("tr[data-item-row] >> nth=1")
    agent.settled()
    agent.sees("屋面防水层", "1号客梯")


def describe_works(agent) -> None:
    """Contents, a new contractor, the lift's budget; a wrong amount is refused at its cell and nothing is lost."""
    page = agent.page
    page.click("[data-target='#contractor']")
    page.fill("#contractor-name", "鑫盛防水工程有限公司")
    page.fill("#contractor-bank_name", "城西商业银行")
    page.fill("#contractor-account_no", "12ab")
    page.click("#contractor button[type=submit]")
    page.wait_for_selector("#contractor [data-error-of=account_no]:visible")
    page.fill("#contractor-account_no", "9000000000000000002")
    page.click("#contractor button[type=submit]")
    page.wait_for_selector("#contractor", state="hidden")
    agent.settled()
    agent.fill("维修内容 2栋 屋面防水层", "铲除原防水层，重做 SBS 防水")
    agent.fill("维修内容 2栋1单元 1号客梯", "更换曳引机及钢丝绳")
    agent.choose("施工单位 2栋 屋面防水层", "鑫盛防水工程有限公司")
    agent.choose("施工单位 2栋1单元 1号客梯", "宏达电梯工程有限公司")
    agent.fill("预算金额 2栋1单元 1号客梯", "两万二")
    agent.press("保存")
    agent.sees("金额不是有效的数字")
    assert agent.page.input_value("[aria-label='维修内容 2栋1单元 1号客梯']") == "更换曳引机及钢丝绳"
    agent.fill("预算金额 2栋1单元 1号客梯", "22,028.40")
    agent.press("保存")
    agent.sees("合计 2 项", "22,028.40")
    agent.settled()


def share_the_lift(agent) -> None:
    """By area over the unit's houses; one house is taken out of the range and put back."""
    page = agent.page
    agent.link("1号客梯")
    agent.sees("54 户")
    page.check("#share-table [aria-label='选择 2栋1单元101']")
    agent.press("删除", "#shares", sure=True)
    agent.sees("全部 53 户合计")
    page.click("[data-target='#houses']")
    page.wait_for_selector("#houses [data-body] table")
    page.fill("#houses [data-search]", "2栋1单元101")
    page.check("#houses [data-body] [aria-label='选择 2栋1单元101']")
    page.click("#houses [data-ok]")
    agent.sees("全部 54 户合计")
    agent.press("预算分摊")
    agent.sees("全部 54 户合计", "22,028.40")


def share_the_roof(agent) -> None:
    """The other way: exported, 6.00 yuan a square metre typed in Excel, imported, 分摊合并 sets the budget."""
    agent.link("屋面防水层")
    book = load_workbook(BytesIO(agent.download("导出分摊")))
    sheet = book.active
    columns = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        area = sheet.cell(row, columns["建筑面积"]).value
        sheet.cell(row, columns["分摊金额"]).value = round(area * 6, 2)
    stream = BytesIO()
    book.save(stream)
    agent.press("导入分摊")
    agent.upload("#import [name=file]", "分摊.xlsx", stream.getvalue(), XLSX)
    agent.press("核对", "#import")
    agent.sees("核对无误，尚未保存")
    agent.press("确定导入 108 户")
    agent.press("分摊合并")
    agent.sees("66,085.20", "88,113.60")


def make_plan(agent) -> None:
    """Three phases by percent; their sum is 预算应拨付金额."""
    page = agent.page
    agent.tab("拨付计划")
    page.check("input[name=mode][value=percent]")
    for place, (condition, percent) in enumerate((("材料进场", "30"), ("主体完成", "40"), ("验收合格", "30"))):
        if page.locator("#phases tr").count() <= place:
            page.click("#add-phase")
        row = page.locator("#phases tr").nth(place)
        row.locator("[name=condition]").fill(condition)
        row.locator("[name=percent]").fill(percent)
    agent.press("保存")
    assert [field.input_value() for field in page.locator("#phases [name=amount]").all()] == [
        "26,378.11", "35,170.81", "26,378.10",
    ]  # fmt: skip
    agent.sees("已填完整")


def vote(agent) -> None:
    """Step 2: sheet with codes, results by hand and by Excel; the next step stays shut until 双2/3 is reached."""
    page = agent.page
    assert agent.closed("立项公示") == "尚未通过业主表决"
    agent.act("打印投票表决签字表")
    agent.sees("发起表决吗", "108 户", "11,014.20 m²", "双三分之二")
    agent.press("发起表决")
    agent.sees("录入投票表决结果", "尚未达到")
    sheet, again = pdf_text(agent.paper("打印签字表")), pdf_text(agent.paper("打印签字表"))
    assert "投票表决签字表" in sheet
    codes = re.findall(r"表决码([A-Z0-9-]+)", sheet)
    assert len(codes) == 108
    assert len(set(codes)) == 108
    assert codes == re.findall(r"表决码([A-Z0-9-]+)", again)  # a reprint shows the same
    page.locator("#vote-rows tr").first.locator("label", has_text="同意").click()
    agent.press("保存，稍后继续")
    agent.sees("已保存")
    paste_answers(agent)
    import_answers(agent)
    agent.picture("vote-entry")
    agent.press("结束表决", sure=True)
    agent.sees("通过")


def paste_answers(agent) -> None:
    """A column from Excel goes downwards, all or nothing; what a colleague has saved meanwhile comes into the page."""
    page, rows = agent.page, "#vote-rows tr"
    colleague = page.context.new_page()
    colleague.goto(page.url)
    colleague.locator(rows).nth(1).locator("label", has_text="弃权").click()
    with colleague.expect_response("**/stored"):
        colleague.click("#vote-save")
    colleague.close()
    for column, told in (("同意\n好", "粘贴的第 2 行“好”不是意见"), ("反对\n\n同意\n", "已粘贴 2 户")):
        page.locator(rows).nth(1).locator("input").first.focus()
        page.evaluate(PASTE, column)
        agent.sees(told)
    agent.press("保存，稍后继续")
    agent.sees("他人刚录入了 1 户，已并入本页；其中 1 户与您录入的不同", "他人已录：弃权")
    agent.press("保存，稍后继续")
    agent.sees("已保存")


def import_answers(agent) -> None:
    """Everybody agrees but the first five rows; a wrong word is named and nothing is stored."""
    book = load_workbook(BytesIO(agent.download("导出 Excel")))
    sheet = book.active
    columns = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, columns["意见"]).value = "反对" if row <= 6 else "同意"
    sheet.cell(9, columns["意见"]).value = "好"
    send_answers(agent, book)
    agent.sees("有 1 处错误，什么都没有导入", "意见")
    sheet.cell(9, columns["意见"]).value = "同意"
    send_answers(agent, book, link=False)
    agent.sees("核对后导入", "103 户", "5 户")
    agent.press("导入")
    agent.sees("已达到")


def send_answers(agent, book, *, link: bool = True) -> None:
    stream = BytesIO()
    book.save(stream)
    if link:
        agent.link("导入 Excel")
    agent.upload("[name=file]", "表决结果.xlsx", stream.getvalue(), XLSX)
    agent.press("上传并核对")


def publish_initiation(agent, anybody) -> None:
    """Step 3: closing date, preview, publish, papers; the public list, the masked page and its PDF."""
    to_project(agent)
    agent.act("立项公示")
    agent.fill("公示截止日", (clock.today() + timedelta(days=6)).isoformat())
    agent.press("发布预览")
    agent.sees("公示")
    agent.fill("公示截止日", (clock.today() + timedelta(days=7)).isoformat())
    agent.press("发布预览")
    agent.sees("88,113.60", "87,927.02", "材料进场")
    agent.picture("notice-preview")
    agent.press("发布", ".page-actions", sure=True)
    agent.sees("GS2026000001", "公示中")
    assert "立项公告" in pdf_text(agent.paper("打印立项公告"))
    listed = pdf_text(agent.paper("打印预算清册"))
    assert "预算清册" in listed
    assert "1,312.00" in listed  # house 1103's share
    anybody.open("/public/notices/")
    anybody.link("2栋电梯与屋面维修")
    anybody.sees("GS2026000001", "88,113.60", "麦*")
    assert "麦娜" not in anybody.text
    public = pdf_text(anybody.paper("PDF"))
    assert "GS2026000001" in public
    assert "麦娜" not in public
    anybody.picture("public-notice")


def to_project(agent) -> None:
    agent.menu("维修项目列表")
    agent.link("2栋电梯与屋面维修")


def initiate(agent, person, days) -> None:
    """Step 4: attachments, submit, print; window, first review; the supervisor waits for the notice's end."""
    to_project(agent)
    agent.act("项目立项")
    agent.sees("是否需要重新发布立项公示", "无变化")
    agent.press("取消，继续项目立项")
    agent.press("保存并提交")
    agent.sees("投票表决签字表")  # what is missing is named
    attach(agent)
    agent.press("保存并提交")
    agent.sees("LX2026000001", "待受理")
    assert "维修项目立项申请单" in pdf_text(agent.paper("打印立项申请单"))
    clerk, reviewer, supervisor = person("clerk"), person("reviewer"), person("supervisor")
    review(clerk, "LX2026000001", "受理")
    assert "受理回执" in pdf_text(clerk.paper("打印受理回执"))
    review(reviewer, "LX2026000001", "通过")
    open_matter(supervisor, "LX2026000001")
    supervisor.sees("公示")
    supervisor.picture("review")
    assert supervisor.page.locator(".approval-acts").get_by_role("button", name="通过", exact=True).count() == 0
    days(8)
    review(supervisor, "LX2026000001", "通过")
    supervisor.sees("已通过")


def apply_for_payout(agent, phase: int, payee: str, amount: str) -> None:
    """资金拨付 of one phase to one contractor, up to 保存并提交."""
    to_project(agent)
    agent.act("资金拨付")
    agent.page.locator("main tr", has_text=f"第 {phase} 期").locator("button", has_text="申请拨付").click()
    agent.settled()
    page = agent.page
    option = page.locator("#choose-account option", has_text=payee).first.get_attribute("value")
    page.fill("[name=lines-0-account_name]", "")
    page.select_option("#choose-account", value=option)
    page.fill("[name=lines-0-amount]", amount)
    attach(agent)
    agent.press("保存并提交")


def first_phase(agent, person, days) -> None:
    """Step 5: two applications, a third refused with the figures; a line refused by the bank, corrected, paid."""
    apply_for_payout(agent, 1, "宏达电梯工程有限公司", "10,000.00")
    agent.sees("BF2026000001", "待受理")
    assert "维修资金拨付申请单" in pdf_text(agent.paper("打印资金拨付申请单"))
    apply_for_payout(agent, 1, "鑫盛防水工程有限公司", "16,000.00")
    agent.sees("BF2026000002")
    apply_for_payout(agent, 1, "鑫盛防水工程有限公司", "378.12")
    agent.sees("378.12", "378.11", "26,378.11")
    agent.picture("payout-refused")
    agent.press("删除草稿", sure=True)
    approve(person, "BF2026000001")
    prepare(person, "BF2026000001")
    confirm(person, "BF2026000001", "SN0001")
    approve(person, "BF2026000002")
    prepare(person, "BF2026000002")
    bank_refuses(agent, person)
    prepare(person, "BF2026000002")
    confirm(person, "BF2026000002", "SN0002")


def bank_refuses(agent, person) -> None:
    """银行退回, 更正收款账户, 复核."""
    bank = person("bank")
    bank.open("/transfers/?state=prepared")
    bank.link("BF2026000002-1")
    bank.fill("原因", "账号与户名不符")
    bank.press("退回", sure=True)
    bank.sees("银行退回")
    agent.open("/transfers/?state=refused")
    agent.link("BF2026000002-1")
    agent.sees("账号与户名不符")
    agent.fill("账号", "9000000000000000022")
    agent.press("提交更正")
    agent.sees("待复核")
    reviewer = person("reviewer")
    reviewer.open("/transfers/?state=corrected")
    reviewer.link("BF2026000002-1")
    reviewer.press("复核通过")
    reviewer.sees("待划转")


def second_phase(agent, person) -> None:
    """Step 6: phase two; the last phase then waits for the acceptance, with the reason in figures."""
    apply_for_payout(agent, 2, "宏达电梯工程有限公司", "35,170.81")
    agent.sees("BF2026000003")
    approve(person, "BF2026000003")
    prepare(person, "BF2026000003")
    confirm(person, "BF2026000003", "SN0003")
    to_project(agent)
    agent.act("资金拨付")
    row = agent.page.locator("main tr", has_text="第 3 期")
    assert row.locator("button", has_text="申请拨付").is_disabled()
    assert "验收" in row.locator(".reason").inner_text()


def accept_and_publish(agent) -> None:
    """Steps 7 and 8: settlement below budget, the acceptance notice, the final list, the rest released."""
    to_project(agent)
    agent.act("项目验收")
    agent.fill("竣工日期", clock.today().isoformat())
    agent.fill("验收人员", "李维、王安、业主代表")
    agent.fill("验收意见", "合格")
    agent.fill("1号客梯 结算金额", "22,028.41")
    agent.fill("屋面防水层 结算金额", "55,071.00")
    agent.press("提交")
    agent.sees("22,028.40")  # not above the budget
    agent.fill("1号客梯 结算金额", "22,028.40")
    agent.press("提交")
    to_project(agent)
    agent.act("项目验收公示")
    agent.fill("公示截止日", (clock.today() + timedelta(days=7)).isoformat())
    agent.fill("施工日期（起）", (clock.today() - timedelta(days=5)).isoformat())
    agent.fill("施工日期（止）", clock.today().isoformat())
    agent.fill("验收内容", "更换曳引机、重做屋面防水，均已完成。")
    agent.press("发布预览")
    agent.sees("77,099.40")
    agent.press("发布", ".page-actions", sure=True)
    agent.sees("GS2026000002")
    assert "验收公告" in pdf_text(agent.paper("打印验收公告"))
    assert "决算清册" in pdf_text(agent.paper("打印决算清册"))


def last_phase(agent, person) -> None:
    """Step 9: one fen too much is refused; the right sum is paid and the project closes by itself."""
    apply_for_payout(agent, 3, "鑫盛防水工程有限公司", "15,873.22")
    agent.sees("15,873.21")
    agent.page.fill("[name=lines-0-amount]", "15,873.21")
    agent.press("保存并提交")
    agent.sees("BF2026000004")
    approve(person, "BF2026000004")
    prepare(person, "BF2026000004")
    confirm(person, "BF2026000004", "SN0004")
    to_project(agent)
    agent.sees("已办结")
    agent.tab("记录")
    agent.picture("records")


def everything_is_right(session, agent, person) -> None:
    """Every account to the fen: 1单元 paid 9.00 a square metre, 2单元 5.00, house 1103 all that it had."""
    session.rollback()
    assert checks.verify(session) == []
    project = session.scalars(select(Project)).one()
    assert project.state is ProjectState.CLOSED
    opened = {values["building"] + values["unit"] + values["room"]: values for _, values in roster_rows()}
    query = select(House, HouseAccount).join(HouseAccount, HouseAccount.house_id == House.id)
    for house, account in session.execute(query.where(House.area_id == project.area_id)):
        values = opened[house.label]
        rate = {"2栋1单元": 9, "2栋2单元": 5}.get(values["building"] + values["unit"], 0)
        before = values["principal"] + values["interest"]
        paid = min(before, house.floor_area * rate)
        assert (house.label, account.principal + account.interest, account.held) == (house.label, before - paid, 0)
    stranger = person("other_agent")
    assert stranger.open(f"/projects/{project.id}") == 404
    assert stranger.page.request.get(f"/projects/{project.id}/items").status == 404


def roster_rows():
    return read_roster(DATA / "roster-yunhu.xlsx", today=date(2026, 11, 23)).rows
