"""Repeated tries: counted by address, then a captcha, then 429; drafts and counters go with the daily job."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from sqlalchemy import func, insert, select

from app import clock
from app.jobs.daily import tidy
from app.jobs.run import Run
from app.models import Attachment, Attempt, RegistrationDraft
from app.permissions import SYSTEM
from app.transaction import unit_of_work
from app.workflows.registration import attempts, captcha, drafts
from tests.factories.strangers import COMPANY, faults_of
from tests.workflows.registration.conftest import asked, newest

pytestmark = pytest.mark.workflow


def answer_owed(session) -> str | None:
    session.rollback()
    return session.scalars(select(RegistrationDraft)).one().captcha


@pytest.fixture
def tired(stranger, free_area):
    """Somebody whose three free submissions have been refused."""
    somebody = stranger()
    somebody.upload_all()
    for _ in range(3):
        last = somebody.submit(area=str(free_area.id), phone="1")
    assert "看不清可换一张；无法辨认图片的，请携带材料到受理窗口登记。" in last.get_data(as_text=True)
    return somebody


def test_the_first_submissions_ask_for_no_captcha(stranger, free_area):
    somebody = stranger()
    text = somebody.submit(area=str(free_area.id), phone="1").get_data(as_text=True)
    assert 'name="captcha"' not in text


def test_after_three_a_captcha_must_be_right(tired, session, free_area):
    before = newest(session).id
    wrong = tired.submit(area=str(free_area.id), captcha="?????")
    assert faults_of(wrong) == ["验证码不正确或已失效，请按新图重新输入"]
    assert newest(session).id == before
    right = tired.submit(area=str(free_area.id), captcha=answer_owed(session).lower())
    assert right.status_code == 302


def test_a_captcha_counts_once(tired, session, free_area):
    first = answer_owed(session)
    tired.submit(area=str(free_area.id), captcha="?????")
    assert answer_owed(session) != first
    assert faults_of(tired.submit(area=str(free_area.id), captcha=first)) == [
        "验证码不正确或已失效，请按新图重新输入"
    ]


def test_a_captcha_is_not_used_up_by_a_typing_mistake(tired, session, free_area):
    first = answer_owed(session)
    tired.submit(area=str(free_area.id), phone="1", captcha=first)
    assert answer_owed(session) == first


def test_an_old_captcha_is_none(tired, session, free_area):
    first = answer_owed(session)
    clock.set_shift(1)
    with unit_of_work() as work:  # so that the next day's submission needs one as well
        now = clock.now()
        rows = [{"what": attempts.SUBMIT, "who": attempts.name_of("192.0.2.1"), "at": now}] * 3
        work.execute(insert(Attempt), rows)
    answer = tired.submit(area=str(free_area.id), captcha=first)
    assert faults_of(answer) == ["验证码不正确或已失效，请按新图重新输入"]


def test_another_picture_is_another_answer(tired, session):
    first, picture = answer_owed(session), tired.client.get("/public/register/captcha.png")
    assert (picture.status_code, picture.mimetype) == (200, "image/png")
    assert Image.open(io.BytesIO(picture.data)).size == (200, 64)
    assert tired.client.get("/public/register/captcha.png").data == picture.data  # looking changes nothing
    answer = tired.client.post("/public/register/captcha", data=tired.hidden())
    assert answer.status_code == 200
    assert answer_owed(session) != first
    assert tired.client.get(answer.json["address"]).data != picture.data


def test_the_answer_stands_neither_in_page_nor_cookie(tired, session, free_area):
    answer = tired.submit(area=str(free_area.id), phone="1")
    owed = answer_owed(session)
    assert owed not in answer.get_data(as_text=True)
    assert owed not in str(answer.headers)


def test_without_being_asked_there_is_no_picture(client, city):
    assert client.get("/public/register/captcha.png").status_code == 404


def test_others_are_not_held_up(tired, stranger, free_area):
    other = stranger(address="198.51.100.9")
    other.upload_all()
    assert other.submit(area=str(free_area.id)).status_code == 302


@pytest.mark.parametrize("what", [attempts.SUBMIT, attempts.UPLOAD])
def test_a_flood_is_answered_429_in_chinese(stranger, session, what):
    somebody = stranger()
    rows = [{"what": what, "who": attempts.name_of("192.0.2.1"), "at": clock.now()}] * attempts.MOST[what]
    with unit_of_work() as work:
        work.execute(insert(Attempt), rows)
    answer = somebody.submit() if what == attempts.SUBMIT else somebody.upload(asked(session)[0].id)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3600")
    told = answer.json["error"] if answer.is_json else answer.get_data(as_text=True)
    assert "从这里提交的次数过多，请一小时后再试，或携带材料到受理窗口办理。" in told


def test_tries_are_counted_by_a_hash_of_the_address(stranger, session, free_area):
    stranger().submit(area=str(free_area.id))
    session.rollback()
    row = session.scalars(select(Attempt).where(Attempt.what == attempts.SUBMIT)).one()
    assert (len(row.who), "192.0.2.1" in row.who) == (64, False)


def test_ipv6_counts_by_network():
    assert attempts.name_of("2001:db8:1:2::1") == attempts.name_of("2001:db8:1:2:ffff::9")
    assert attempts.name_of("2001:db8:1:3::1") != attempts.name_of("2001:db8:1:2::1")


def test_the_daily_job_forgets_drafts_with_their_files_and_old_tries(stranger, session):
    somebody = stranger()
    somebody.upload(asked(session)[0].id)

    def left() -> list[int]:
        session.rollback()
        return [session.scalar(select(func.count()).select_from(model)) for model in (RegistrationDraft, Attachment)]

    tidy(Run(0, SYSTEM))
    assert left() == [1, 1]
    clock.set_shift(2)
    tidy(Run(0, SYSTEM))
    assert left() == [0, 0]
    assert session.scalar(select(func.count()).select_from(Attempt)) == 0
    assert "营业执照.pdf" not in somebody.client.get(COMPANY).get_data(as_text=True)


def test_a_draft_holds_no_more_than_its_share(stranger, session, monkeypatch):
    somebody, key = stranger(), asked(session)[0].id
    monkeypatch.setattr(drafts, "MAX_FILES", 1)
    assert [somebody.upload(key).status_code for _ in range(2)] == [200, 422]
    monkeypatch.setattr(drafts, "MAX_FILES", 20)
    monkeypatch.setattr(drafts, "MAX_BYTES", 100)
    assert somebody.upload(key).json["error"] == "全部文件合计不能超过 0 MB，请压缩后再上传"
    monkeypatch.setattr(drafts, "MAX_BYTES", 10**9)
    monkeypatch.setattr(drafts, "MAX_HELD", 100)
    assert somebody.upload(key).json["error"] == "现在注册的人太多，暂不能上传文件，请稍后再试"


def test_answers_are_read_without_case_and_blanks():
    assert captcha.is_right("AC3K9", " ac3 k9 ")
    assert not captcha.is_right("AC3K9", "AC3K")
    assert not captcha.is_right(None, "")
    assert len({captcha.new_answer() for _ in range(50)}) > 40
