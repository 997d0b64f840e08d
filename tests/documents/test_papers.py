"""Every row of the registry is drawn and read back: its title, number, amounts in figures and capitals, its rows."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from app.documents.registry import PAPERS, paper_url
from app.domain.enums import Labelled
from tests.documents.conftest import pdf_text, printed

A4 = {(595, 842), (842, 595)}
HEADINGS = {
    "initiation_notice": "电梯维修1立项公告",
    "acceptance_notice": "电梯维修1验收公告",
    "public_notice": "电梯维修1验收公告",
    "cancellation_notice": "电梯维修1撤销公告",
}
NUMBERS = {
    "registration_form": "JG20200000",
    "voting_sheet": "JX2026002", "vote_result": "JX2026001", "initiation_notice": "GS2026000001",
    "budget_list": "GS2026000001", "budget_list_draft": "WX20269000", "initiation_application": "LX2026000001",
    "window_receipt": "LX2026000001", "payout_application": "BF2026000001", "acceptance_notice": "GS2026000002",
    "final_list": "GS2026000002", "public_notice": "GS2026000002", "account_slip": "1幢1单元101",
    "project_papers": "WX2026", "equipment_labels": "安居苑", "area_change_application": "BG2026000001",
    "plan_change_application": "JH2026000001", "cancellation_notice": "CX2026000001",
    "refund_notice": "QT2026000001", "revenue_notice": "JK2026000001", "distribution_list": "JK2026000001",
}  # fmt: skip
# What a person reads on it: amounts in figures and in capitals, and what else must not be missing.
WORDS = {
    "registration_form": (
        "企业名称安居物业服务有限公司", "统一社会信用代码", "机构类型物业服务企业", "注册资本", "要管理的物业区域",
        "提交的要件", "盖章处", "核对意见",
    ),
    "voting_sheet": (
        "¥1,100.00（人民币壹仟壹佰元整）", "双三分之二", "同意", "反对", "弃权", "签名", "联系电话", "表决码",
    ),
    "vote_result": ("¥17,000.00（人民币壹万柒仟元整）", "649.84", "433.23", "表决通过", "盖章处"),
    "initiation_notice": (
        "17,000.00", "人民币壹万柒仟元整", "¥16,500.50（人民币壹万陆仟伍佰元伍角整）",
        "¥499.50（人民币肆佰玖拾玖元伍角整）",
        "2026年3月2日至2026年3月9日", "异议", "表决编号JX2026001", "第1期", "盖章处",
    ),
    "budget_list": ("¥17,000.00（人民币壹万柒仟元整）", "1幢小计", "2幢小计", "15,897.55", "602.95", "499.50", "王五"),
    "budget_list_draft": ("¥2,715.90（人民币贰仟柒佰壹拾伍元玖角整）",),
    "initiation_application": (
        "人民币壹万柒仟元整", "预算应拨付金额", "¥16,500.50", "公示编号GS2026000001", "初审意见", "复审意见", "要件",
        "安居物业服务有限公司", "13800000001",
    ),
    "window_receipt": ("陈窗", "2026-03-1009:00", "初审", "5个工作日", "2026年3月17日前"),
    "payout_application": (
        "6,000.00", "人民币陆仟元整", "第1期", "云溪电梯工程有限公司", "财务", "专户银行", "大写金额",
    ),
    "area_change_application": (
        "新物业服务企业安居物业服务有限公司", "2026年4月1日至2029年3月31日", "鸿雁苑", "鸿雁物业服务有限公司",
        "合计1个区域", "12", "1,035.61", "初审意见", "复审意见", "要件", "盖章",
    ),
    "plan_change_application": (
        "施工合同补充协议调整付款节点", "2026-04-01—2026-06-30", "2026-04-01—2026-08-31", "拨付计划第2期",
        "10,500.50条件2",
        "5,000.00主体完工", "5,500.50质保期满", "不变", "16,500.50", "¥16,500.50（人民币壹万陆仟伍佰元伍角整）",
        "初审意见", "复审意见", "13800000001",
    ),
    "acceptance_notice": (
        "17,000.00", "15,800.00", "人民币壹万伍仟捌佰元整", "王安、李维", "合格", "质保期至", "9,433.83",
    ),
    "revenue_notice": (
        "收益交款通知书", "安居苑", "2幢", "广告", "安居物业服务有限公司", "1,234.50",
        "人民币壹仟贰佰叁拾肆元伍角整", "电梯轿厢广告", "有效期至2026年4月", "专户银行确认", "流水号R1",
    ),
    # 75.88 + 75.88 + 101.01 + 101.01 + 50.00 = 403.78 m²; 1,234.50 × 50.00 / 403.78 = 152.867…
    "distribution_list": ("收益分摊清册", "合计5户", "403.78", "152.87", "¥1,234.50（人民币壹仟贰佰叁拾肆元伍角整）"),
    "final_list": ("¥15,800.00（人民币壹万伍仟捌佰元整）", "1,200.00", "366.17", "决算清册分项1", "决算清册分项2"),
    "equipment_labels": ("1号电梯", "1幢1单元", "曳引机", "门卫室屋面", "设备编号"),
    "project_papers": ("项目全部文书目录", "共13份文书", "立项公告", "决算清册分项2", "维修资金拨付申请单"),
    "account_slip": ("¥11,032.57（人民币壹万壹仟零叁拾贰元伍角柒分）", "-967.43", "-123.45", "+12,000.00", "验证码"),
    "refund_notice": (
        "1,234.56", "人民币壹仟贰佰叁拾肆元伍角陆分", "第1期", "云溪电梯工程有限公司", "¥6,000.00",
        "不符合施工质量要求", "材料未进场", "有效期至2026年4月12日", "收回专户", "专户银行确认", "盖章处", "李维",
    ),
    "cancellation_notice": (
        "施工单位破产，维修无法继续", "累计已拨付¥6,000.00，已退回¥0.00，尚未退回¥6,000.00",
        "2026年3月13日至2026年3月20日", "异议的提出", "盖章处", "第1页/共1页",
    ),
    "public_notice": ("张**", "15,800.00", "决算清册（公示用）", "第2页/共2页"),
}  # fmt: skip


def test_every_paper_has_its_expectations():
    assert set(PAPERS) == set(NUMBERS) == set(WORDS)


@pytest.mark.parametrize("key", PAPERS)
def test_paper_is_drawn_and_can_be_read(drawn, key):
    pdf = drawn[key]
    reader, text = PdfReader(io.BytesIO(pdf)), pdf_text(pdf)
    assert {tuple(map(round, page.mediabox[2:])) for page in reader.pages} <= A4
    assert HEADINGS.get(key, PAPERS[key].title) in text
    assert [word for word in (NUMBERS[key], *WORDS[key]) if word not in text] == []
    assert "None" not in text
    assert "打印时间：2026-03-1309:00" in text
    pages = 1 if PAPERS[key].bundle else len(reader.pages)  # of a bundle each paper has its own
    assert f"第1页/共{pages}页" in text


@pytest.mark.parametrize("key", PAPERS)
def test_only_our_own_fonts_are_in_it_and_all_are_embedded(drawn, key):
    fonts = {}
    for page in PdfReader(io.BytesIO(drawn[key])).pages:
        for font in page["/Resources"].get("/Font", {}).values():
            font = font.get_object()
            descriptor = font.get("/FontDescriptor")
            fonts[font["/BaseFont"].split("+")[-1]] = descriptor is not None and "/FontFile2" in descriptor.get_object()
    drawn = {name: embedded for name, embedded in fonts.items() if name != "/Helvetica"}  # named unasked by reportlab
    assert drawn and all(drawn.values())


def test_row_whose_state_is_none_of_the_papers_is_refused_with_both_names(story):
    paper, vote = PAPERS["vote_result"], story.open_vote
    assert str(paper.reason_against(vote)) == "当前状态为“表决中”，不能打印表决结果统计表"


@pytest.mark.parametrize("key", PAPERS)
def test_states_are_those_of_the_subject(key):
    paper = PAPERS[key]
    assert paper.states is None or all(isinstance(state, Labelled) for state in paper.states)
    assert bool(paper.template) == bool(paper.context)
    assert paper.template or paper.rows or paper.bundle


def test_address_of_a_paper():
    assert paper_url("voting_sheet", 7) == "/papers/voting_sheet/7.pdf"
    with pytest.raises(KeyError):
        paper_url("voting_sheets", 7)


def test_voting_sheet_printed_again_shows_the_same_codes(story):
    first, second = pdf_text(printed(story, "voting_sheet")), pdf_text(printed(story, "voting_sheet"))
    assert first == second
    assert first.count("表决码") == 11


def test_voting_sheet_of_a_vote_that_is_over_shows_no_codes(story):
    from app.documents.render import render

    text = pdf_text(render(PAPERS["voting_sheet"], story.vote, story.repairs.context("agent")))
    assert "表决码" not in text
    assert text.count("□") == 3 * 7


def test_public_list_has_masked_names_and_no_balances(drawn):
    text = pdf_text(drawn["public_notice"])
    assert [name for name in ("张一", "张二", "李三", "李四", "王五", "赵六", "孙七") if name in text] == []
    assert "余额" not in text.replace("分户账户余额不足", "")
    assert "11,032.57" not in text
    assert "本金" not in text


def test_budget_list_printed_late_shows_the_balances_of_the_day_of_the_notice(drawn):
    """The first payout has drawn on the accounts since; the list still says what was there on 2 March."""
    text = pdf_text(drawn["budget_list"])
    assert "66,102.95" in text


def test_account_slip_of_a_period_begins_with_the_balances_before_it(story):
    from datetime import date

    text = pdf_text(printed(story, "account_slip", since=date(2026, 3, 1)))
    assert "期初" not in text
    assert "11,032.57" in text
    assert "2026年3月1日至2026年3月13日" in text


def test_verification_code_changes_with_every_figure():
    from datetime import date

    from app.documents.contexts_accounts import verification_code

    base = (1, date(2026, 1, 1), date(2026, 3, 1), 100, 10, 7)
    codes = {verification_code(*base)}
    for place, other in enumerate((2, date(2026, 1, 2), date(2026, 3, 2), 101, 11, 8)):
        codes.add(verification_code(*base[:place], other, *base[place + 1 :]))
    assert len(codes) == 7
