"""变更物业区域物业服务企业 over HTTP: what the dialog tells, what the form keeps, what is refused."""

from __future__ import annotations

import html
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.enums import ApplicationState
from app.models import Application, AreaChangeArea, Attachment, ServiceContract
from app.transaction import unit_of_work
from app.workflows.attachments.rules import requirements_of
from tests.conftest import post
from tests.factories.office import pdf

NEW = "/area-change/"


def text_of(answer) -> str:
    return answer.get_data(as_text=True)


def words_of(answer) -> str:
    """What a person reads, blanks drawn together."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text_of(answer))).split())


def page_of(application) -> str:
    return f"{NEW}{application.id}/"


def form(application, **changes) -> dict:
    """What the browser posts."""
    change = {"version": str(application.version), "starts_on": "", "ends_on": "", "remark": "", "do": "save"}
    return {**change, **changes}


def areas_of(session, application) -> list[int]:
    session.rollback()
    query = select(AreaChangeArea.area_id).where(AreaChangeArea.application_id == application.id)
    return list(session.scalars(query.order_by(AreaChangeArea.id)))


def only_one(session) -> Application:
    session.rollback()
    return session.scalars(select(Application)).one()


def count(session, model) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(model))


# --- the dialog -------------------------------------------------------------------------------------


def test_dialog_tells_name_district_and_whether_there_is_a_company(company):
    assert words_of(company.get(f"{NEW}areas?search=安居")) == (
        "选择 物业区域 区县 物业服务企业 安居苑 城中区 有 第 1–1 条，共 1 条"
    )
    assert words_of(company.get(f"{NEW}areas?search=鸿雁")) == (
        "选择 物业区域 区县 物业服务企业 鸿雁苑 城中区 已由本企业服务 第 1–1 条，共 1 条"
    )


def test_dialog_tells_of_an_area_without_a_company(company, session, city, changes):
    with unit_of_work() as work:
        work.get(ServiceContract, city.contract.id).ends_on = changes.today - timedelta(days=1)
    assert "安居苑 城中区 无" in words_of(company.get(f"{NEW}areas?search=安居"))


@pytest.mark.parametrize("words", ["", "   ", "%", "_", "和平路", "安居物业服务有限公司"])
def test_dialog_lists_nothing_for_nothing_for_signs_and_for_what_is_no_areas_name(company, words):
    answer = company.get(f"{NEW}areas", query_string={"search": words})
    assert (answer.status_code, "安居苑" in text_of(answer)) == (200, False)


# --- the draft --------------------------------------------------------------------------------------


def test_ticked_areas_begin_a_draft_which_is_continued(company, session, city):
    answer = post(company, NEW, {"add": str(city.area.id)})
    application = only_one(session)
    assert (answer.status_code, answer.location) == (302, page_of(application))
    assert areas_of(session, application) == [city.area.id]
    page = words_of(company.get(page_of(application)))
    assert "1 安居苑 城中区 有" in page and "提交前还缺：缺少要件：物业服务合同、选聘决议" in page
    assert "变更物业服务企业：安居苑 未提交" in words_of(company.get(NEW))


@pytest.mark.parametrize(
    ("ticked", "status", "told"),
    [("", 422, "请勾选物业区域"), ("own", 422, "“鸿雁苑”已由本企业服务，无须变更"), ("999999", 404, ""),
     ("abc", 400, ""), ("-1", 400, ""), ("1" * 19, 400, "")],
)  # fmt: skip
def test_what_can_not_be_ticked_begins_nothing(company, session, city, ticked, status, told):
    number = str(city.other.area.id) if ticked == "own" else ticked
    answer = post(company, NEW, {"add": number} if number else {})
    assert (answer.status_code, told in text_of(answer)) == (status, True)
    assert count(session, Application) == 0


def test_saved_form_is_there_again(company, changes, city):
    draft = changes.draft(city.area)
    start, end = changes.today, changes.today + timedelta(days=365)
    typed = {"starts_on": start.isoformat(), "ends_on": end.isoformat(), "remark": "业主大会选聘"}
    assert post(company, page_of(draft), form(draft, **typed)).location == page_of(draft)
    page = text_of(company.get(page_of(draft)))
    assert [f'value="{typed["starts_on"]}"' in page, f'value="{typed["ends_on"]}"' in page] == [True, True]
    assert "业主大会选聘</textarea>" in page and "已保存" in page


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("ends_on", "2020-01-01", "合同终止日期不能早于起始日期"),
        ("ends_on", "2199-01-01", "合同期限不能超过 20 年"),
        ("ends_on", "2026-02-30", "日期无效，格式为 2026-01-31"),
        ("starts_on", "昨天", "日期无效，格式为 2026-01-31"),
        ("starts_on", "2001-01-01", "合同起始日期不能早于"),
        ("remark", "长" * 1001, "不能超过 1000 个字"),
    ],
)
def test_fault_stands_at_its_field_and_what_was_typed_stays(company, changes, city, field, value, told):
    draft = changes.draft(city.area)
    typed = {"starts_on": changes.today.isoformat(), "remark": "业主大会选聘", field: value}
    answer = post(company, page_of(draft), form(draft, **typed))
    page = text_of(answer)
    assert answer.status_code == 422
    assert told in re.search(rf'id="{field}-error">([^<]*)<', page)[1]
    assert all(text in page for text in typed.values())


def test_submission_without_the_first_day_or_without_scans_is_refused(company, changes, city):
    draft = changes.draft(city.area)
    answer = post(company, page_of(draft), form(draft, do="submit", remark="业主大会选聘"))
    assert (answer.status_code, "请填写合同起始日期" in text_of(answer)) == (422, True)
    answer = post(company, page_of(draft), form(draft, do="submit", starts_on=changes.today.isoformat()))
    assert (answer.status_code, "缺少要件：物业服务合同、选聘决议" in text_of(answer)) == (422, True)
    assert changes.repairs.fresh(draft).state is ApplicationState.DRAFT


def test_second_open_application_is_refused_with_the_number_of_the_first(company, changes, session, city):
    first = changes.submitted(city.area)
    answer = post(company, NEW, {"add": str(city.area.id)})
    assert answer.status_code == 422
    assert f"“安居苑”已有未办结的变更申请 {first.number}" in text_of(answer)
    assert count(session, Application) == 1


def test_area_is_taken_out_and_one_that_is_not_there_is_404(company, changes, session, city):
    draft = changes.draft(city.area)
    assert post(company, page_of(draft), form(draft, do=f"remove-{city.other.area.id}")).status_code == 404
    assert post(company, page_of(draft), form(draft, do=f"remove-{city.area.id}")).status_code == 302
    assert areas_of(session, draft) == []
    assert "还没有选择物业区域" in text_of(company.get(page_of(draft)))


# --- twice, late, others ----------------------------------------------------------------------------


def test_double_click_begins_one_draft_and_submits_once(company, changes, session, city):
    once = {"add": str(city.area.id), "form_key": "a" * 24}
    assert len({post(company, NEW, once).location for _ in range(2)}) == 1
    draft = only_one(session)
    changes.repairs.attach_all(draft)
    draft = changes.repairs.fresh(draft)
    twice = form(draft, do="submit", starts_on=changes.today.isoformat(), form_key="b" * 24)
    answers = [post(company, page_of(draft), twice) for _ in range(2)]
    assert answers[0].location == f"/applications/{draft.id}/"
    assert [a.status_code for a in answers] == [302, 302]
    assert "刚才填写的内容没有保存" not in text_of(company.get(f"/applications/{draft.id}/"))
    assert (changes.repairs.fresh(draft).number or "")[6:] == "000001"


def test_page_drawn_before_anothers_save_is_refused_with_what_was_typed(company, changes, city):
    draft = changes.draft(city.area)
    late = form(draft, remark="后来的备注")
    assert post(company, page_of(draft), form(draft, remark="先来的备注")).status_code == 302
    answer = post(company, page_of(draft), late)
    page = text_of(answer)
    assert (answer.status_code, "后来的备注" in page, "已被他人处理，请刷新后再看" in page) == (409, True, True)


def test_submitted_form_is_closed(company, changes, city):
    application = changes.submitted(city.area)
    answer = post(company, page_of(application), form(application, remark="太迟"))
    assert (answer.status_code, answer.location) == (302, f"/applications/{application.id}/")
    assert changes.repairs.fresh(application).remark == ""


def test_applications_of_others_do_not_exist(changes, signed_in, session, city):
    draft = changes.draft(city.area)
    stranger = signed_in("org_admin")  # of the company that serves the area now
    for address in (page_of(draft), f"/applications/{draft.id}/", f"/papers/area_change_application/{draft.id}.pdf"):
        assert stranger.get(address).status_code == 404, address
    for address in (page_of(draft), f"{page_of(draft)}discard"):
        assert post(stranger, address, form(draft, do="submit")).status_code == 404, address
    assert "安居苑" not in words_of(stranger.get(NEW)).split("本企业的变更申请")[1]
    assert count(session, Application) == 1


@pytest.mark.parametrize("user", ["other_agent", "revenue", "clerk", "reviewer", "bank", "auditor"])
def test_nobody_but_a_companys_administrator_files(changes, signed_in, session, city, user):
    client = signed_in(user)
    assert client.get(NEW).status_code == 403
    assert client.get(f"{NEW}areas?search=安居").status_code == 403
    assert post(client, NEW, {"add": str(city.area.id)}).status_code == 403
    assert count(session, Application) == 0


def test_draft_is_thrown_away_with_its_files(company, changes, session, city):
    draft = changes.draft(city.area)
    changes.repairs.attach_all(draft)
    draft = changes.repairs.fresh(draft)
    answer = post(company, f"{page_of(draft)}discard", {"version": str(draft.version)})
    assert (answer.status_code, answer.location) == (302, NEW)
    assert [count(session, model) for model in (Application, AreaChangeArea, Attachment)] == [0, 0, 0]


# --- scans ------------------------------------------------------------------------------------------


def upload(client, changes, draft, name: str, data: bytes):
    """保存 with one scan of the contract."""
    draft = changes.repairs.fresh(draft)
    requirement = requirements_of(changes.session, draft)[0]
    changes.session.rollback()
    return post(client, page_of(draft), form(draft, **{f"file-{requirement.id}": (io.BytesIO(data), name)}))


def test_scan_goes_with_the_form_and_its_name_is_shown(company, changes, city):
    draft = changes.draft(city.area)
    assert upload(company, changes, draft, "合同.pdf", pdf()).status_code == 302
    assert "合同.pdf" in text_of(company.get(page_of(draft)))
