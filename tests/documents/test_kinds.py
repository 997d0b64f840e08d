"""The papers of 简单拨付 and 紧急: what differs from a normal project's."""

from __future__ import annotations

from app.documents.registry import PAPERS
from app.documents.render import render
from app.domain.enums import NoticeKind, ProjectKind
from app.models import Notice
from tests.documents.conftest import pdf_text


def words(repairs, key: str, subject) -> str:
    return pdf_text(render(PAPERS[key], repairs.fresh(subject), repairs.context("agent")))


def test_both_forms_of_a_simple_project_carry_one_number(repairs):
    a, b = repairs.houses([1_000_000, 5_000])
    project = repairs.ready([{a: 20_000, b: 15_000}, {a: 5_000}], [], kind=ProjectKind.SIMPLE)
    application = repairs.submit(repairs.open_initiation(project))
    initiation, payout = (words(repairs, f"{key}_application", application) for key in ("initiation", "payout"))
    for text in (initiation, payout):
        assert "编号：LB2026000001" in text
        assert "同一编号，一并受理、一并审核" in text
        asked = ("投票表决签字表", "工程预算书", "发票", "收款账户证明", "验收单")
        assert [name for name in asked if name not in text] == []
    assert "2026年3月2日竣工验收，结算400.00元，等于预算。验收公示编号GS2026000002" in initiation
    assert "在保" not in initiation  # by these very works; before them nothing was known of a warranty
    assert "预算400.00元=维修资金300.00元+业主自筹100.00元" in payout
    assert "人民币叁佰元整" in payout


def test_final_list_of_what_is_accepted_ahead_settles_at_the_budget(repairs):
    a, b = repairs.houses([1_000_000, 5_000])
    repairs.ready([{a: 20_000, b: 15_000}, {a: 5_000}], [], kind=ProjectKind.SIMPLE)
    notice = repairs.session.query(Notice).filter(Notice.kind == NoticeKind.ACCEPTANCE).one()
    text = words(repairs, "final_list", notice)
    assert "已有改动" not in text
    # house 001: budget 250.00, settled 250.00, difference 0.00 …, its balance 10,000.00
    assert "250.00250.000.0010,000.00" in text
    assert "决算清册分项1" in text and "决算清册分项2" in text


def test_papers_of_an_emergency_name_it_and_say_that_no_vote_is_asked(repairs):
    (house,) = repairs.houses([1_000_000])
    project = repairs.project([{house: 20_000}], [20_000], kind=ProjectKind.EMERGENCY)
    notice = repairs.published(project)
    application = repairs.submit(repairs.open_initiation(project))
    said, form = words(repairs, "initiation_notice", notice), words(repairs, "initiation_application", application)
    assert "项目类别：紧急（电梯故障）" in said and "紧急维修项目，无须业主表决" in said
    assert "紧急（电梯故障）" in form and "紧急项目，无须业主表决" in form
    assert "第三方证明" in form and "投票表决签字表" not in form
