"""The roster through the screens: upload, preview, store; finance posts the opening balances."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select

from app.domain.enums import JobState, OpeningState
from app.jobs import runner
from app.ledger import checks
from app.models import Area, House, HouseAccount, Job, JournalEntry, OpeningBatch, Owner
from app.transaction import unit_of_work
from tests.conftest import post
from tests.spreadsheets.test_roster import roster_of

DATA = Path(__file__).resolve().parent.parent / "data"
YUNHU_TOTAL = "3103766.08"  # 2,589,703.11 + 514,062.97


def upload(client, area_id: int, data: bytes, **options):
    form = {"area": str(area_id), "file": (io.BytesIO(data), "房屋清册.xlsx")}
    return post(client, "/roster/upload", form, content_type="multipart/form-data", **options)


@pytest.fixture
def clerk(signed_in):
    return signed_in("clerk")


@pytest.fixture
def yunhu(city, session) -> int:
    """An area without houses, under the first bank's escrow account; its id."""
    with unit_of_work() as act:
        area = Area(name="云湖花园", address="", district_id=city.district.id, escrow_account_id=city.escrow.id)
        act.add(area)
    return area.id


def houses_in(session, area_id: int) -> int:
    session.rollback()
    return session.scalar(select(func.count(House.id)).where(House.area_id == area_id))


def test_roster_uploaded_checked_stored_and_posted(clerk, signed_in, yunhu, session):
    area_id, before = yunhu, 0
    answer = upload(clerk, area_id, (DATA / "roster-yunhu.xlsx").read_bytes())
    preview = clerk.get(answer.location).get_data(as_text=True)
    assert "确认导入 594 户" in preview
    assert "51,715.87" in preview
    assert "3,103,766.08" in preview
    assert houses_in(session, area_id) == before  # a preview stores nothing

    stored = post(clerk, answer.location.replace("/preview", "/store"))
    assert houses_in(session, area_id) == before + 594
    batch_id = int(stored.location.rsplit("/", 1)[1])
    balance = select(func.sum(HouseAccount.principal + HouseAccount.interest)).where(HouseAccount.area_id == area_id)
    assert session.scalar(balance) == 0

    finance = signed_in("finance")
    address = f"/roster/openings/{batch_id}"
    wrong = post(finance, f"{address}/confirm", {"house_count": "593", "total": YUNHU_TOTAL, "version": "1"})
    assert wrong.status_code == 422
    assert told_at(wrong) == [("house_count", "户数与导入的不符，请核对纸质清册")]
    wrong = post(finance, f"{address}/confirm", {"house_count": "5e2", "total": "三百万", "version": "1"})
    assert told_at(wrong) == [("house_count", "户数应为整数"), ("total", "金额不是有效的数字：三百万")]
    wrong = post(finance, f"{address}/decline", {"reason": " ", "version": "1"})
    assert told_at(wrong) == [("reason", "请填写退回原因")]
    assert "3,103,766.08" not in finance.get("/roster/openings/").get_data(as_text=True)  # finance looks at the paper
    right = post(finance, f"{address}/confirm", {"house_count": "594", "total": YUNHU_TOTAL, "version": "1"})
    assert right.status_code == 302
    session.rollback()
    assert session.get(OpeningBatch, batch_id).state is OpeningState.CONFIRMED
    assert session.scalar(balance) == 310376608
    assert checks.verify(session) == []
    again = post(finance, f"{address}/confirm", {"house_count": "594", "total": YUNHU_TOTAL, "version": "2"})
    assert again.status_code == 409
    entries = select(func.count(JournalEntry.id)).where(JournalEntry.business_key == f"opening:{batch_id}")
    assert session.scalar(entries) == 1


def told_at(answer) -> list[tuple[str, str]]:
    """Each field with the sentence that stands at it."""
    return re.findall(r'class="field-error"[^>]*id="([^"]*)-error">([^<]*)<', answer.get_data(as_text=True))


def test_file_that_is_no_roster_leads_back_to_the_choice_of_another(clerk, yunhu):
    stream = io.BytesIO()
    book = Workbook()
    book.active.append(["小区名称", "房号"])
    book.save(stream)
    page = upload(clerk, yunhu, stream.getvalue())
    assert page.status_code == 422
    assert "第 1 行应为表头，缺少列：楼幢" in page.get_data(as_text=True)
    assert 'name="file"' in page.get_data(as_text=True)


def test_roster_faulty_names_all_25_and_stores_nothing(clerk, yunhu, session):
    answer = upload(clerk, yunhu, (DATA / "roster-yunhu-faulty.xlsx").read_bytes())
    page = clerk.get(answer.location).get_data(as_text=True)
    assert "共 25 处错误" in page
    assert page.count('class="is-faulty"') == 25
    refused = post(clerk, answer.location.replace("/preview", "/store"))
    assert refused.status_code == 422
    assert "清册有 25 处错误，未导入任何数据" in refused.get_data(as_text=True)
    assert houses_in(session, yunhu) == 0


def test_roster_sent_twice_is_stored_once(clerk, city, session):
    address = upload(clerk, city.area.id, roster_of({"楼幢": "9栋"})).location.replace("/preview", "/store")
    before = houses_in(session, city.area.id)
    first, second = (post(clerk, address, {"form_key": "the-same-form-key-0001"}) for _ in range(2))
    assert first.location == second.location
    assert houses_in(session, city.area.id) == before + 1
    third = post(clerk, address)
    assert third.status_code == 422
    assert "清册有 1 处错误" in third.get_data(as_text=True)


def test_roster_owner_of_several_houses_is_one_person(clerk, city, session):
    number = "440755199106142792"
    rows = [{"楼幢": "9栋", "房号": room, "证件号码": number} for room in ("101", "102")]
    rows.append({"楼幢": "9栋", "房号": "103", "业主姓名": "甲、乙"})
    address = upload(clerk, city.area.id, roster_of(*rows)).location.replace("/preview", "/store")
    post(clerk, address)
    session.rollback()
    houses = session.scalars(select(House).where(House.label.like("9栋%")).order_by(House.sort_key)).all()
    assert [house.label for house in houses] == ["9栋1单元101", "9栋1单元102", "9栋1单元103"]
    assert houses[0].owner_id == houses[1].owner_id
    assert houses[2].owner.name == "甲"
    assert session.scalar(select(func.count(Owner.id)).where(Owner.name == "乙")) == 1


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"", "请选择要导入的 Excel 文件"), (b"PK\x03\x04nonsense", "文件不是有效的 Excel（xlsx）文件")],
    ids=["empty", "nonsense"],
)
def test_roster_file_unreadable_says_why(clerk, city, data, sentence):
    file_name = "清册.xlsx" if data else ""
    form = {"area": str(city.area.id), "file": (io.BytesIO(data), file_name)}
    answer = post(clerk, "/roster/upload", form, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)


def test_roster_of_ten_thousand_rows_runs_in_the_background(app, clerk, city, session):
    rows = [{"楼幢": f"{i // 1000 + 20}栋", "房号": f"{i % 1000 + 1}"} for i in range(10_000)]
    before = houses_in(session, city.area.id)
    job_page = upload(clerk, city.area.id, roster_of(*rows)).location
    assert "排队中" in clerk.get(job_page).get_data(as_text=True)
    assert runner.work_off(app, "test") == 1
    job_id = int(job_page.rsplit("/", 1)[1])
    assert clerk.get(f"{job_page}/state").json["state"] == "done"
    session.rollback()
    key = int(session.get(Job, job_id).arguments.split(":")[1].strip(" }"))
    assert "确认导入 10,000 户" in clerk.get(f"/roster/{key}/preview").get_data(as_text=True)
    post(clerk, f"/roster/{key}/store")
    assert runner.work_off(app, "test") == 1
    assert houses_in(session, city.area.id) == before + 10_000


def test_roster_job_cancelled_before_it_runs_stores_nothing(app, clerk, city, session):
    rows = [{"楼幢": "30栋", "房号": f"{i + 1}"} for i in range(5_000)]
    before = houses_in(session, city.area.id)
    job_page = upload(clerk, city.area.id, roster_of(*rows)).location
    post(clerk, f"{job_page}/cancel")
    assert runner.work_off(app, "test") == 0
    session.rollback()
    assert session.get(Job, int(job_page.rsplit("/", 1)[1])).state is JobState.CANCELLED
    assert houses_in(session, city.area.id) == before


def test_roster_job_of_another_person_does_not_exist(clerk, signed_in, city):
    rows = [{"楼幢": "30栋", "房号": f"{i + 1}"} for i in range(5_000)]
    job_page = upload(clerk, city.area.id, roster_of(*rows)).location
    assert signed_in("agent").get(job_page).status_code == 404
    assert signed_in("agent").get("/roster/").status_code == 403
