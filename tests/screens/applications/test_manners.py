"""Double clicks, stale pages, foreign numbers, hostile files and odd values, over HTTP."""

from __future__ import annotations

import io
import re

import pytest
from sqlalchemy import func, select

from app import clock
from app.domain.enums import ApplicationState
from app.models import Application, Attachment, Message, Review, Transfer
from tests.conftest import csrf_token, post
from tests.factories.repairs import Repairs

pytestmark = pytest.mark.workflow


@pytest.fixture
def repairs(session, city, cast) -> Repairs:
    desk = Repairs(session, city, cast)
    desk.now = clock.now().replace(microsecond=0, hour=0, minute=1)
    return desk


@pytest.fixture
def project(repairs):
    a, b = repairs.houses([100_000, 100_000])
    repairs.pass_days(-9)
    made = repairs.running([{a: 50_000, b: 50_000}], [60_000, 40_000])
    repairs.now = clock.now().replace(microsecond=0, hour=0, minute=2)
    return made


@pytest.fixture
def payout(repairs, project) -> Application:
    return repairs.submit(repairs.open_payout(project, 1, 10_000))


def form_of(client, page: str) -> dict[str, str]:
    """The hidden values that the page's first form carries."""
    drawn = client.get(page)
    text = drawn.get_data(as_text=True)
    values = {"csrf_token": csrf_token(drawn)}
    for name in ("form_key", "version"):
        if found := re.search(rf'name="{name}" value="([^"]+)"', text):
            values[name] = found[1]
    return values


def test_a_double_click_has_one_effect_and_one_answer(signed_in, session, payout):
    clerk, page = signed_in("clerk"), f"/applications/{payout.id}/"
    values = form_of(clerk, page)
    answers = [clerk.post(page + "accept", data=values) for _ in range(2)]
    assert [(a.status_code, a.location) for a in answers] == [(302, page), (302, page)]
    session.rollback()
    assert session.get(Application, payout.id).state is ApplicationState.IN_REVIEW
    acts = session.scalars(select(Review.act).where(Review.application_id == payout.id)).all()
    assert [act.value for act in acts] == ["submit", "accept"]


def test_a_page_drawn_before_somebody_elses_act_is_stale(signed_in, repairs, payout):
    clerk, page = signed_in("clerk"), f"/applications/{payout.id}/"
    values = form_of(clerk, page)
    repairs.act("clerk", payout, "accept")
    repairs.act("clerk", payout, "undo_accept")
    answer = clerk.post(page + "accept", data=values)
    assert answer.status_code == 409
    assert "已被他人处理，请刷新后再看" in answer.get_data(as_text=True)


def test_a_stale_answer_leads_back_to_the_page(signed_in, repairs, payout):
    clerk, page = signed_in("clerk"), f"/applications/{payout.id}/"
    values = form_of(clerk, page)
    repairs.act("clerk", payout, "accept")
    repairs.act("clerk", payout, "undo_accept")
    came = {"Referer": f"http://localhost{page}?box=open"}
    answer = clerk.post(page + "accept", data=values, headers=came).get_data(as_text=True)
    assert f'href="{page}?box=open">返回上一页' in answer
    for elsewhere in ("http://evil.example/", f"http://localhost{page}accept"):
        answer = clerk.post(page + "accept", data=values, headers={"Referer": elsewhere}).get_data(as_text=True)
        assert "返回首页" in answer


def test_a_form_left_open_after_submission_says_that_nothing_was_saved(signed_in, repairs, payout):
    agent, page = signed_in("agent"), f"/applications/{payout.id}/"
    values = {**form_of(agent, "/account/password"), "form_key": "s" * 32, "version": "1", "remark": "改了"}
    answer = agent.post(page + "edit", data=values, follow_redirects=True).get_data(as_text=True)
    assert "不能再修改；刚才填写的内容没有保存" in answer


def test_a_return_without_a_reason_says_so_on_the_page(signed_in, repairs, payout):
    clerk, page = signed_in("clerk"), f"/applications/{payout.id}/"
    answer = clerk.post(page + "return", data=form_of(clerk, page), follow_redirects=True)
    told = re.findall(r'class="(field-error|alert alert-danger)"[^>]*>([^<]*)<', answer.get_data(as_text=True))
    assert told == [("field-error", "请填写原因")]
    assert repairs.fresh(payout).state is ApplicationState.SUBMITTED


@pytest.mark.parametrize("path", ["", "edit"])
def test_another_companys_number_is_not_there(signed_in, payout, path):
    assert signed_in("other_agent").get(f"/applications/{payout.id}/{path}").status_code == 404


@pytest.mark.parametrize("act", ["withdraw", "discard"])
def test_another_companys_number_is_not_acted_on(signed_in, repairs, payout, act):
    other = signed_in("other_agent")
    values = {**form_of(other, "/account/password"), "form_key": "0" * 32, "version": "1"}
    assert other.post(f"/applications/{payout.id}/{act}", data=values).status_code == 404
    assert repairs.fresh(payout).state is ApplicationState.SUBMITTED


@pytest.mark.parametrize(
    ("who", "act"),
    [
        ("agent", "accept"),
        ("clerk", "approve-first"),
        ("reviewer", "approve-final"),
        ("finance", "return"),
        ("clerk", "reject"),
    ],
)
def test_who_lacks_the_right_is_forbidden(signed_in, repairs, payout, who, act):
    client = signed_in(who)
    values = {**form_of(client, "/account/password"), "form_key": "0" * 32, "version": "1"}
    assert client.post(f"/applications/{payout.id}/{act}", data=values).status_code == 403
    assert repairs.fresh(payout).state is ApplicationState.SUBMITTED


@pytest.mark.parametrize("amount", ["", "0", "-1", "1.001", "abc", "１e3", "1" * 40, "=1+1", "NaN", "<script>"])
def test_an_odd_amount_is_refused_and_everything_typed_is_kept(signed_in, session, repairs, project, amount):
    application = repairs.open_payout(project, 1)
    agent, page = signed_in("agent"), f"/applications/{application.id}/edit"
    typed = {
        "lines-0-account_name": "甲方工程有限公司",
        "lines-0-bank_name": "农业银行 & 支行", "lines-0-account_no": "6228",
        "lines-0-amount": amount, "lines-0-foreign_reason": "委托收款", "remark": "请尽快", "do": "save",
    }  # fmt: skip
    answer = agent.post(page, data={**form_of(agent, page), **typed})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="甲方工程有限公司"' in text
    assert 'value="农业银行 &amp; 支行"' in text
    assert "请尽快" in text
    assert "<script>" not in text.replace('<script src="', "")
    session.rollback()
    assert session.scalars(select(Transfer.amount).where(Transfer.application_id == application.id)).all() == [60_000]


def test_every_wrong_cell_of_the_payees_is_told_at_its_field(signed_in, session, repairs, project):
    application = repairs.open_payout(project, 1)
    agent, page = signed_in("agent"), f"/applications/{application.id}/edit"
    typed = {
        "lines-0-account_name": "甲方工程有限公司", "lines-0-bank_name": "", "lines-0-account_no": "62-28",
        "lines-0-amount": "一万", "lines-0-foreign_reason": "",
        "lines-1-account_name": "", "lines-1-bank_name": "农业银行", "lines-1-account_no": "",
        "lines-1-amount": "0", "lines-1-foreign_reason": "", "do": "submit",
    }  # fmt: skip
    answer = agent.post(page, data={**form_of(agent, page), **typed})
    assert answer.status_code == 422
    told = re.findall(r'id="(lines-\d+-\w+)-error">([^<]*)<', answer.get_data(as_text=True))
    assert told == [
        ("lines-0-bank_name", "请填写开户行"),
        ("lines-0-account_no", "银行账号应为 8 至 32 位数字"),
        ("lines-0-amount", "金额不是有效的数字：一万"),
        ("lines-0-foreign_reason", "“甲方工程有限公司”不是本项目的施工单位，请核对；确需拨付的请写明原因"),
        ("lines-1-account_name", "请填写户名"),
        ("lines-1-account_no", "请填写账号"),
        ("lines-1-amount", "金额必须大于零"),
    ]


def test_a_draft_with_an_amount_but_no_payee_is_saved(signed_in, session, repairs, project):
    application = repairs.open_payout(project, 1)
    agent, page = signed_in("agent"), f"/applications/{application.id}/edit"
    empty = {f"lines-0-{name}": "" for name in ("account_name", "bank_name", "account_no", "foreign_reason")}
    answer = agent.post(page, data={**form_of(agent, page), **empty, "lines-0-amount": "600.00", "do": "save"})
    assert answer.status_code == 302
    session.rollback()
    saved = select(Transfer.account_name, Transfer.amount).where(Transfer.application_id == application.id)
    assert [tuple(line) for line in session.execute(saved)] == [("", 60_000)]


def test_a_foreign_field_is_not_taken_over(signed_in, session, repairs, project):
    application = repairs.open_payout(project, 1)
    agent, page = signed_in("agent"), f"/applications/{application.id}/edit"
    lines = dict(re.findall(r'name="(lines-\d+-\w+)" value="([^"]*)"', agent.get(page).get_data(as_text=True)))
    more = {
        "amount": "1",
        "state": "approved",
        "organisation_id": "2",
        "number": "BF1",
        "levels_approved": "2",
        "do": "save",
    }
    assert agent.post(page, data={**form_of(agent, page), **lines, **more}).status_code == 302
    session.rollback()
    saved = session.get(Application, application.id)
    assert (saved.state, saved.number, saved.amount, saved.levels_approved) == (ApplicationState.DRAFT, None, 60_000, 0)


def test_a_script_uploads_and_is_told_why_not(signed_in, session, repairs, project):
    application = repairs.open_payout(project, 1)
    agent, address = signed_in("agent"), f"/attachments/applications/{application.id}"
    headers = {"X-Requested-With": "XMLHttpRequest"}

    def send(name: str, data: bytes):
        values = {**form_of(agent, f"/applications/{application.id}/edit"), "file": (io.BytesIO(data), name)}
        return agent.post(address, data=values, headers=headers, content_type="multipart/form-data")

    answer = send("木马.pdf", b"MZ")
    assert (answer.status_code, answer.get_json()["error"]) == (422, "文件内容与扩展名 pdf 不符")
    assert send("x.svg", b"<svg/>").get_json()["error"] == "只能上传 pdf、jpg、png、xlsx、zip 文件"
    assert (
        session.scalar(select(func.count()).select_from(Attachment).where(Attachment.subject_id == application.id)) == 0
    )


def test_nonsense_in_the_address_of_a_list_is_no_server_error(signed_in):
    clerk = signed_in("clerk")
    for query in ("box=x", "kind=x", "area=x", "page=x", "area=1%27"):
        assert clerk.get(f"/inbox/?{query}").status_code == 400
    assert clerk.get("/inbox/?search=%25_%27%22<script>").status_code == 200
    assert signed_in("agent").get("/applications/?state=x").status_code == 400
    assert signed_in("bank").get("/transfers/?state=x").status_code == 400


def test_only_the_company_is_told(session, repairs, payout):
    repairs.act("clerk", payout, "return", opinion="发票不清")
    told = session.scalars(select(Message.user_id).where(Message.text.contains("发票不清"))).all()
    assert sorted(told) == sorted([repairs.cast.org_admin.id, repairs.cast.agent.id])


def test_every_paper_that_the_page_offers_can_be_printed(signed_in, repairs, payout):
    clerk, page = signed_in("clerk"), f"/applications/{payout.id}/"
    assert re.findall(r'href="(/papers/[^"]+)"', clerk.get(page).get_data(as_text=True)) == [
        f"/papers/payout_application/{payout.id}.pdf"
    ]
    repairs.accept(payout)
    links = re.findall(r'href="(/papers/[^"]+)"', clerk.get(page).get_data(as_text=True))
    assert links == [f"/papers/payout_application/{payout.id}.pdf", f"/papers/window_receipt/{payout.id}.pdf"]
    for link in links:
        answer = clerk.get(link)
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")


def test_ticked_lines_without_the_version_they_were_drawn_with_are_refused(signed_in, repairs):
    a, b = repairs.houses([100_000, 100_000])
    project = repairs.running([{a: 50_000, b: 50_000}], [60_000, 40_000])
    line = repairs.lines(repairs.approved_payout(project, 1, 10_000))[0]
    finance = signed_in("finance")
    for version in ({}, {f"version-{line.id}": ""}, {f"version-{line.id}": "x"}):
        assert post(finance, "/transfers/prepare", {"pick": line.id, **version}).status_code == 400
    assert post(finance, "/transfers/prepare", {"pick": line.id, f"version-{line.id}": 77}).status_code == 409
    assert repairs.fresh(line).state.value == "pending"


def test_decision_without_the_version_it_was_drawn_with_is_refused(signed_in, repairs, payout):
    clerk = signed_in("clerk")
    for version in ({}, {"version": ""}, {"version": "x"}):
        assert post(clerk, f"/applications/{payout.id}/accept", version).status_code == 400
    assert post(clerk, f"/applications/{payout.id}/accept", {"version": 77}).status_code == 409
    assert repairs.fresh(payout).state is ApplicationState.SUBMITTED
