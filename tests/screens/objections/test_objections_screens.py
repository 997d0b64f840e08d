"""Objections through the browser's eyes: the public form tells nothing, personal data stays masked, rights hold."""

from __future__ import annotations

import re
from datetime import timedelta

import openpyxl
import pytest

import config
from app import clock, create_app
from app.extensions import db, limiter
from app.models import AuditEvent, Notice, Objection, Owner
from app.screens.objections_public import signer
from app.transaction import unit_of_work
from app.workflows.notices import actions as notices
from tests.conftest import csrf_token, post
from tests.factories.repairs import Repairs

pytestmark = pytest.mark.isolation
TYPED = {"name": "业主1-1", "phone": "13900000001", "content": "请公布比价记录", "house": "", "last_six": ""}


@pytest.fixture
def repairs(session, city, cast) -> Repairs:
    """The desk, on the clock of the application."""
    return Repairs(session, city, cast, now=clock.now().replace(microsecond=0))


@pytest.fixture
def notice(repairs) -> Notice:
    project = repairs.project([dict.fromkeys(repairs.houses([10_000] * 2), 3000)], [3000, 3000])
    repairs.voted(project)
    return repairs.published(project)


def last_six(repairs) -> str:
    return repairs.session.query(Owner).filter_by(name="业主1-1").one().identity_number[-6:]


def send(client, notice, key: str = "k" * 24, **changes):
    page = client.get(f"/public/objections/notice/{notice.id}")
    data = {**TYPED, **changes, "csrf_token": csrf_token(page), "form_key": key}
    return client.post(f"/public/objections/notice/{notice.id}", data=data)


def stored(repairs) -> list[Objection]:
    repairs.session.rollback()
    return repairs.session.query(Objection).order_by(Objection.id).all()


def test_public_notice_leads_to_the_form_and_the_form_to_a_receipt(client, repairs, notice):
    page = client.get(f"/public/notices/{notice.id}/").get_data(as_text=True)
    assert f"/public/objections/notice/{notice.id}" in page
    answer = send(client, notice)
    assert (answer.status_code, [row.number for row in stored(repairs)]) == (302, ["YY2026000001"])
    receipt = client.get(answer.location).get_data(as_text=True)
    assert "异议 YY2026000001" in receipt
    assert "请公布比价记录" in receipt
    assert [secret for secret in ("业主1-1", "13900000001") if secret in receipt] == []


def test_same_form_twice_files_once(client, repairs, notice):
    first = send(client, notice)
    again = send(client, notice)
    assert (first.location, len(stored(repairs))) == (again.location, 1)


def test_answer_tells_nobody_whether_house_name_and_number_matched(client, repairs, notice):
    """The pages after a right and a wrong guess differ in number and time only."""
    pages = []
    for key, typed in (("a" * 24, last_six(repairs)), ("b" * 24, "000000")):
        answer = send(client, notice, key, house="11幢001", last_six=typed)
        text = client.get(answer.location).get_data(as_text=True)
        main = text[text.index("<main") : text.index("</main>")]
        pages.append(re.sub(r"YY\d+|\d{4}-\d\d-\d\d \d\d:\d\d", "", main))
    assert [row.is_verified for row in stored(repairs)] == [True, False]
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "请填写姓名"), ({"phone": "1"}, "手机号码应为 1 开头的 11 位数字"),
        ({"content": ""}, "请填写异议内容和理由"),
        ({"house": "99幢101"}, "公示的清册中没有这个房屋，请按清册的写法填写"), ({"last_six": "123456"}, "请填写房屋"),
    ],
)  # fmt: skip
def test_wrong_words_are_told_at_the_field_and_kept(client, repairs, notice, changes, sentence):
    answer = send(client, notice, **changes)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, stored(repairs)) == (422, [])
    assert sentence in "".join(re.findall(r'<p class="field-error"[^>]*>(.*?)</p>', page))
    assert [text for text in {**TYPED, **changes}.values() if text and text not in page] == []


def test_form_of_a_notice_that_is_over_or_withdrawn(client, repairs, notice):
    with unit_of_work() as session:
        session.get(Notice, notice.id).closes_on = clock.today() - timedelta(days=1)
    page = client.get(f"/public/objections/notice/{notice.id}").get_data(as_text=True)
    assert "公示已结束，不能再在网上提出异议" in page
    assert "form-grid" not in page
    repairs.do("supervisor", lambda ctx: notices.withdraw_notice(notice, ctx, reason="清册有误"))
    assert client.get(f"/public/objections/notice/{notice.id}").status_code == 410


def test_filing_too_fast_is_slowed_down(app, notice):
    class Limited(config.Testing):
        SQLALCHEMY_DATABASE_URI = app.config["SQLALCHEMY_DATABASE_URI"]
        DATA_DIR = app.config["DATA_DIR"]
        RATELIMIT_ENABLED = True

    limited = create_app(Limited())
    try:
        stranger = limited.test_client()
        codes = [send(stranger, notice, phone="1").status_code for _ in range(21)]
    finally:
        limiter.enabled = False
        with limited.app_context():
            db.engine.dispose()
    assert (codes[0], codes[19], codes[20]) == (422, 422, 429)


def test_receipts_are_signed(app, client, repairs, notice):
    send(client, notice)
    with app.app_context():
        token = signer().dumps(stored(repairs)[0].id)
    assert client.get(f"/public/objections/receipt/{token}").status_code == 200
    for wrong in ("1", token[:-1] + ("A" if token[-1] != "A" else "B"), "x.y"):
        assert client.get(f"/public/objections/receipt/{wrong}").status_code == 404


def test_company_sees_the_objector_masked_and_reveals_with_an_audited_click(client, signed_in, repairs, notice):
    send(client, notice, house="11幢001", last_six=last_six(repairs))
    agent = signed_in("agent")
    address = f"/objections/{stored(repairs)[0].id}/"
    for page in (address, "/objections/", f"/projects/{notice.project_id}/notices"):
        shown = agent.get(page).get_data(as_text=True)
        main = shown[shown.index("<main") : shown.index("</main>")]
        assert "业**" in main, page
        assert [secret for secret in ("业主1-1", "13900000001") if secret in main] == [], page
    full = post(agent, f"{address}reveal", {}).get_data(as_text=True)
    assert "业主1-1" in full
    assert "13900000001" in full
    repairs.session.rollback()
    event = repairs.session.query(AuditEvent).filter_by(action="reveal", subject="objections").one()
    assert event.summary == "异议 YY2026000001：姓名、联系电话"


def test_another_company_finds_nothing_of_it(client, signed_in, repairs, notice):
    send(client, notice)
    other, address = signed_in("other_agent"), f"/objections/{stored(repairs)[0].id}/"
    assert other.get(address).status_code == 404
    assert "YY2026000001" not in other.get("/objections/").get_data(as_text=True)
    assert post(other, f"{address}answer", {"version": 1, "text": "答复"}).status_code == 404
    assert post(other, f"{address}reveal", {}).status_code == 404


def test_company_answers_once_and_a_stale_page_is_a_conflict(client, signed_in, repairs, notice):
    send(client, notice)
    agent, address = signed_in("agent"), f"/objections/{stored(repairs)[0].id}/"
    empty = post(agent, f"{address}answer", {"version": 1, "text": " "})
    assert (empty.status_code, "请填写答复内容" in empty.get_data(as_text=True)) == (422, True)
    assert post(agent, f"{address}answer", {"version": 1, "text": "已张贴"}).status_code == 302
    assert post(agent, f"{address}answer", {"version": 1, "text": "再答"}).status_code == 409
    assert [(row.state.value, row.answer) for row in stored(repairs)] == [("answered", "已张贴")]
    receipt = send(client, notice).location  # the very same form: the first answer again
    assert "已张贴" in client.get(receipt).get_data(as_text=True)


def test_clerk_records_a_letter_and_verifies_the_owner_supervisor_closes(signed_in, repairs, notice):
    clerk, supervisor = signed_in("clerk"), signed_in("supervisor")
    letter = {name: text for name, text in TYPED.items() if name != "last_six"}
    answer = post(clerk, f"/objections/notice/{notice.id}", {**letter, "papers_seen": "y"})
    assert (answer.status_code, "已核对证件的，请填写房屋" in answer.get_data(as_text=True)) == (422, True)
    assert post(clerk, f"/objections/notice/{notice.id}", letter).status_code == 302
    address = f"/objections/{stored(repairs)[0].id}/"
    wrong = post(clerk, f"{address}verify", {"version": 1, "house": "99幢"})
    assert (wrong.status_code, "公示的清册中没有这个房屋" in wrong.get_data(as_text=True)) == (422, True)
    assert post(clerk, f"{address}verify", {"version": 1, "house": "11幢001"}).status_code == 302
    assert stored(repairs)[0].is_verified is True
    assert post(clerk, f"{address}close", {"version": 2, "text": "无关"}).status_code == 403
    assert post(supervisor, f"{address}close", {"version": 2, "text": "无关"}).status_code == 302
    assert stored(repairs)[0].state.value == "closed"


def test_list_filters_counts_and_goes_out_as_excel(client, signed_in, repairs, notice, tmp_path):
    send(client, notice)
    send(client, notice, "b" * 24, content="第二件")
    supervisor = signed_in("supervisor")
    post(supervisor, f"/objections/{stored(repairs)[0].id}/close", {"version": 1, "text": "重复"})
    shown = supervisor.get("/objections/?state=open").get_data(as_text=True)
    assert re.findall(r"YY\d{10}", shown[shown.index("<main") :]) == ["YY2026000002"]
    assert supervisor.get("/objections/?state=nonsense").status_code == 400
    assert "YY2026000002" not in supervisor.get("/objections/?search=没有的项目").get_data(as_text=True)
    (tmp_path / "a.xlsx").write_bytes(supervisor.get("/objections/export.xlsx").data)
    rows = list(openpyxl.load_workbook(tmp_path / "a.xlsx").active.iter_rows(values_only=True))
    assert [(row[0], row[8], row[9]) for row in rows[1:]] == [
        ("YY2026000002", "第二件", "待答复"), ("YY2026000001", "请公布比价记录", "已关闭"),
    ]  # fmt: skip
    assert [cell for row in rows for cell in row if cell and "业主1" in str(cell)] == []
