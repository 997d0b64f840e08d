"""资金清退, the notice's page, 清退确认 and 撤销 over HTTP: one effect each, nothing typed lost."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app import clock
from app.domain.enums import NoticeKind, ProjectState, RefundState
from app.models import Project, Refund
from app.workflows.notices.actions import publish_notice
from tests.conftest import csrf_token
from tests.factories.repairs import Repairs

pytestmark = [pytest.mark.money, pytest.mark.workflow]
REASON = "不符合施工质量要求"


@pytest.fixture
def repairs(session, city, cast) -> Repairs:
    desk = Repairs(session, city, cast)
    desk.now = clock.now().replace(microsecond=0)
    return desk


@pytest.fixture
def project(repairs) -> Project:
    """240.00 and 60.00 of 600.00 are paid."""
    a, b = repairs.houses([100_000, 100_000])
    repairs.now -= timedelta(days=20)
    project = repairs.running([{a: 30_000, b: 30_000}], [36_000, 24_000])
    repairs.paid_out(project, 1, 24_000, 6_000)
    repairs.now = clock.now().replace(microsecond=0)
    return project


@pytest.fixture
def lines(repairs, project):
    from app.models import Transfer

    return list(repairs.session.scalars(select(Transfer).order_by(Transfer.line)))


def drawn(client, page: str) -> dict[str, str]:
    """Token, key and versions of a page's first form."""
    answer = client.get(page)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200, text[:2000]
    values = {"csrf_token": csrf_token(answer), "form_key": re.search(r'name="form_key" value="([^"]+)"', text)[1]}
    values |= dict(re.findall(r'name="(version(?:-\d+)?)" value="(\d+)"', text))
    return values


def text_of(answer, status: int) -> str:
    text = answer.get_data(as_text=True)
    assert answer.status_code == status, text[:3000]
    return text


def test_the_dialog_files_a_notice_once_and_keeps_what_was_typed(repairs, project, lines, signed_in, session):
    agent = signed_in("agent")
    page = f"/refunds/project/{project.id}"
    shown = text_of(agent.get(page), 200)
    assert all(word in shown for word in ("资金清退", "240.00", "60.00"))
    form = {
        **drawn(agent, page),
        "transfer_id": lines[0].id,
        "amount": "240.01",
        "reason": "quality",
        "reason_text": "裂",
    }
    refused = text_of(agent.post(page, data=form), 422)
    assert "清退金额 ¥240.01 须大于零且不超过可清退金额 ¥240.00" in refused
    assert 'value="240.01"' in refused and 'value="裂"' in refused
    form |= {**drawn(agent, page), "amount": "100"}
    first = agent.post(page, data=form)
    assert first.status_code == 302
    assert agent.post(page, data=form).location == first.location  # pressed twice
    session.rollback()
    refund = session.scalars(select(Refund)).one()
    assert (refund.number, refund.amount, refund.state) == ("QT2026000001", 10_000, RefundState.ISSUED)
    told = text_of(agent.get(first.location), 200)
    assert f"/papers/refund_notice/{refund.id}.pdf" in told
    assert agent.get(f"/papers/refund_notice/{refund.id}.pdf").mimetype == "application/pdf"
    assert "140.00" in text_of(agent.get(page), 200)


def test_the_dialog_says_where_an_amount_is_no_number(project, lines, signed_in):
    agent, page = signed_in("agent"), f"/refunds/project/{project.id}"
    form = {**drawn(agent, page), "transfer_id": lines[0].id, "amount": "一百", "reason": "quality"}
    assert "金额不是有效的数字" in text_of(agent.post(page, data=form), 422)


def test_the_bank_confirms_several_at_once_or_none(repairs, project, lines, signed_in, session):
    """One serial missing: nothing is booked, and what was typed stays; then both."""
    refunds = [repairs.refund(project, line, amount) for line, amount in zip(lines, (10_000, 2_000), strict=True)]
    bank = signed_in("bank")
    shown = text_of(bank.get("/refunds/"), 200)
    assert "全部 2 笔合计" in shown and "120.00" in shown
    form = {
        **drawn(bank, "/refunds/"), "pick": [row.id for row in refunds], "booked_on": repairs.now.date().isoformat(),
        f"serial-{refunds[0].id}": "IN1",
    }  # fmt: skip
    refused = text_of(bank.post("/refunds/confirm", data=form), 422)
    assert "QT2026000002（云溪电梯工程有限公司）：请填写银行流水号" in refused
    assert 'value="IN1"' in refused
    assert {repairs.fresh(row).state for row in refunds} == {RefundState.ISSUED}
    form |= {**drawn(bank, "/refunds/"), f"serial-{refunds[1].id}": "IN2"}
    assert bank.post("/refunds/confirm", data=form).status_code == 302
    assert {repairs.fresh(row).state for row in refunds} == {RefundState.PAID}
    assert repairs.paid(project) == [9_000, 9_000]
    book = load_workbook(io.BytesIO(bank.get("/refunds/export.xlsx?state=paid").get_data()))
    rows = list(book.active.iter_rows(values_only=True))
    heads = rows[0]
    assert [(row[heads.index("通知单号")], row[heads.index("金额（元）")]) for row in rows[1:]] == [
        ("QT2026000002", 20), ("QT2026000001", 100),
    ]  # fmt: skip
    assert "没有待银行确认的清退" in text_of(bank.get("/refunds/"), 200)


def test_filters_narrow_the_list(repairs, project, lines, signed_in):
    repairs.refund(project, lines[0], 10_000)
    bank = signed_in("bank")
    today = repairs.now.date()
    for query, found in (
        ("search=QT2026000001", True), ("search=云溪电梯", True), ("search=没有", False), (f"since={today}", True),
        (f"until={today - timedelta(days=1)}", False), ("state=voided", False),
    ):  # fmt: skip
        assert (
            "QT2026000001" in re.sub(r'value="[^"]*"', "", text_of(bank.get(f"/refunds/?{query}"), 200))
        ) is found, query
    assert bank.get("/refunds/?since=gestern").status_code == 400


def test_strangers_find_nothing(repairs, project, lines, signed_in):
    """Another bank's escrow accounts, another company's projects; a foreign number answers 404."""
    refund = repairs.refund(project, lines[0], 10_000)
    for who in ("other_bank", "other_agent"):
        client = signed_in(who)
        assert "QT2026000001" not in text_of(client.get("/refunds/"), 200)
        assert client.get(f"/refunds/{refund.id}/").status_code == 404
        assert client.get(f"/papers/refund_notice/{refund.id}.pdf").status_code == 404
    other = signed_in("other_agent")
    assert other.get(f"/refunds/project/{project.id}").status_code == 404
    assert signed_in("bank").get(f"/refunds/project/{project.id}").status_code == 403
    assert signed_in("reviewer").get(f"/refunds/{refund.id}/").status_code == 200


def test_a_notice_is_voided_with_a_reason(repairs, project, lines, signed_in):
    refund = repairs.refund(project, lines[0], 10_000)
    agent, page = signed_in("agent"), f"/refunds/{refund.id}/"
    assert "请填写作废原因" in text_of(agent.post(f"{page}void", data=drawn(agent, page)), 422)
    form = {**drawn(agent, page), "reason": "金额有误"}
    assert agent.post(f"{page}void", data=form).status_code == 302
    assert "金额有误" in text_of(agent.get(page), 200)
    assert agent.get(f"/papers/refund_notice/{refund.id}.pdf").status_code == 422


def test_money_sent_back_is_booked_on_the_line_s_page(repairs, project, lines, signed_in):
    finance, page = signed_in("finance"), f"/transfers/{lines[1].id}/"
    assert "退汇入账" in text_of(finance.get(page), 200)
    assert "退汇入账" not in text_of(signed_in("agent").get(page), 200)
    form = {
        **drawn(finance, page),
        "amount": "60.01",
        "bank_serial": "TH1",
        "booked_on": repairs.now.date().isoformat(),
    }
    assert "不超过可清退金额 ¥60.00" in text_of(finance.post(f"{page}return", data=form), 422)
    form |= {**drawn(finance, page), "amount": "60"}
    assert finance.post(f"{page}return", data=form).status_code == 302
    shown = text_of(finance.get(page), 200)
    assert "退汇入账" not in shown and "已清退 60.00" in shown
    repairs.fresh(project)
    assert repairs.paid(project) == [12_000, 12_000]


def test_pages_show_what_is_paid_net(repairs, project, lines, signed_in):
    """300.00 paid, 40.00 back: project page, phases, application and transfers say so."""
    repairs.confirm_refund(repairs.refund(project, lines[0], 4_000))
    agent = signed_in("agent")
    overview = re.sub(r"<[^>]+>|\s", "", text_of(agent.get(f"/projects/{project.id}/applications"), 200))
    for words in ("已拨付净额260.00元", "已清退40.00", "第1期条件1360.00260.00260.00100.00"):
        assert words in overview, words
    application = text_of(agent.get(f"/applications/{lines[0].application_id}/"), 200)
    assert "已清退 40.00" in application and "清退后 260.00" in application
    assert "已清退 40.00" in text_of(signed_in("finance").get("/transfers/?state=paid"), 200)


def test_cancelling_asks_with_numbers_and_tells_that_it_is_done(repairs, signed_in, session):
    a, b = repairs.houses([100_000, 100_000])
    repairs.now -= timedelta(days=20)
    project = repairs.running([{a: 30_000, b: 30_000}], [36_000, 24_000])
    repairs.approved_payout(project, 1, 24_000, 6_000)
    agent, page = signed_in("agent"), f"/cancellation/{project.id}"
    assert "现在不能撤销：尚未发布撤销公示" in text_of(agent.get(page), 200)
    form = drawn(agent, page)
    assert "尚未发布撤销公示" in text_of(agent.post(page, data=form), 422)
    repairs.now = clock.now().replace(microsecond=0)
    closes_on = repairs.now.date() + timedelta(days=7)
    repairs.do(
        "agent",
        lambda ctx: publish_notice(repairs.fresh(project), NoticeKind.CANCELLATION, closes_on, ctx, reason="不修了"),
    )
    asked = re.sub(r"<[^>]+>|\s", "", text_of(agent.get(page), 200))
    for words in ("终止未划转的收款2笔", "作废业主表决1次", "撤回公示1份", "释放冻结资金2户共600.00元"):
        assert words in asked, words
    answer = agent.post(page, data=drawn(agent, page), follow_redirects=True)
    assert "撤销成功" in text_of(answer, 200)
    session.rollback()
    assert session.get(Project, project.id).state is ProjectState.CANCELLED
    assert signed_in("other_agent").get(page).status_code == 404
