"""机构注册待核: papers, wishes, confirming, declining, and what an organisation may before and after."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from sqlalchemy import select

from app import clock, tenancy
from app.domain.enums import OrganisationKind, WishState
from app.models import (
    Area,
    Attachment,
    AuditEvent,
    House,
    HouseAccount,
    Message,
    Organisation,
    OrganisationPaper,
    Owner,
    PolicyValue,
    ServiceContract,
)
from app.transaction import unit_of_work
from tests.conftest import post, sign_in
from tests.factories.people import actor, add_organisation
from tests.factories.strangers import COMMITTEE, scan
from tests.workflows.registration.conftest import administrator, asked, newest, version_of, wishes

pytestmark = pytest.mark.workflow


def ticks(session) -> dict[str, str]:
    return {f"paper-{row.id}": "1" for row in asked(session)} | {f"copies-{row.id}": "2" for row in asked(session)}


@pytest.fixture
def clerk(signed_in):
    return signed_in("clerk")


@pytest.fixture
def act(clerk, session):
    """`act(organisation, "confirm", …)` posts the clerk's form as its page was drawn."""

    def press(organisation: Organisation, name: str, **values):
        values = {"version": version_of(session, organisation), **values}
        return post(clerk, f"/registrations/{organisation.id}/{name}", values)

    return press


@pytest.fixture
def decide(clerk, session):
    """`decide(wish, "grant", …)` presses a wish's button."""

    def press(wish, name: str, **values):
        values = {"version": version_of(session, wish), **values}
        return post(clerk, f"/registrations/wishes/{wish.id}/{name}", values)

    return press


def contracts(session, organisation) -> list[tuple[int, date]]:
    session.rollback()
    rows = session.scalars(select(ServiceContract).where(ServiceContract.organisation_id == organisation.id))
    return [(row.area_id, row.starts_on) for row in rows if row.ended_at is None]


def texts(session, organisation) -> list[str]:
    session.rollback()
    key = administrator(session, organisation).id
    return list(session.scalars(select(Message.text).where(Message.user_id == key).order_by(Message.id)))


def told(answer) -> str:
    return answer.get_data(as_text=True)


def test_the_list_and_the_menu_count_what_waits(clerk, session, registered):
    made = registered()
    text = told(clerk.get("/registrations/"))
    assert f'href="/registrations/{made.id}/"' in text and "资料待核" in text
    assert "机构注册待核<span class=\"count\">1</span>" in told(clerk.get("/"))


def test_confirming_gives_the_free_areas_from_today(act, clerk, session, registered, free_area):
    made = registered()
    assert act(made, "confirm", **ticks(session)).status_code == 302
    assert contracts(session, made) == [(free_area.id, clock.today())]
    made = session.get(Organisation, made.id)
    assert (made.papers_confirmed, made.confirmed_by_id is not None, made.confirmed_at is not None) == (True,) * 3
    assert [(row.state, row.reason) for row in wishes(session, made)] == [(WishState.GRANTED, "")]
    papers = session.scalars(select(OrganisationPaper).where(OrganisationPaper.organisation_id == made.id)).all()
    assert sorted((paper.requirement_id, paper.copies) for paper in papers) == [(r.id, 2) for r in asked(session)]
    assert texts(session, made) == ["注册资料已确认，可以办理业务的物业区域：望江新邨"]
    actions = session.scalars(select(AuditEvent.action).where(AuditEvent.subject_id == str(made.id))).all()
    assert [name for name in actions if "registration" in name] == [
        "take_registration_papers", "confirm_registration",
    ]  # fmt: skip


def test_confirming_never_takes_an_area_from_its_company(act, session, registered, city):
    made = registered(area=str(city.area.id))
    act(made, "confirm", **ticks(session))
    assert contracts(session, made) == []
    reason = "该区域现由“安居物业服务有限公司”服务，须由企业另行办理“变更物业区域物业服务企业”"
    assert [(row.state, row.reason) for row in wishes(session, made)] == [(WishState.DECLINED, reason)]
    assert texts(session, made) == [f"物业区域“安居苑”未采纳：{reason}", "注册资料已确认"]
    assert contracts(session, city.company) == [(city.area.id, city.contract.starts_on)]


def test_a_committees_link_ends_no_companys_contract(act, session, registered, city):
    made = registered(page=COMMITTEE, area=str(city.area.id), credit_code="")
    act(made, "confirm", **ticks(session))
    assert contracts(session, made) == [(city.area.id, clock.today())]
    assert contracts(session, city.company) == [(city.area.id, city.contract.starts_on)]


def test_an_area_has_one_committee(act, session, registered, city):
    with unit_of_work() as work:
        first = add_organisation(work, OrganisationKind.OWNERS_COMMITTEE, "安居苑业主委员会")
        work.add(ServiceContract(organisation_id=first.id, area_id=city.area.id, starts_on=date(2024, 1, 1)))
    made = registered(page=COMMITTEE, area=str(city.area.id), credit_code="")
    act(made, "confirm", **ticks(session))
    assert [row.reason for row in wishes(session, made)] == ["该区域已有业主委员会“安居苑业主委员会”"]


def test_every_required_paper_must_be_ticked(act, session, registered):
    made, first = registered(), asked(session)[0]
    answer = act(made, "confirm", **{f"paper-{first.id}": "1"})
    assert answer.status_code == 422
    assert "还缺纸质件：法定代表人身份证明、授权委托书及经办人身份证" in told(answer)
    assert f'name="paper-{first.id}" value="1" form="decision" checked' in told(answer)
    session.rollback()
    assert session.get(Organisation, made.id).papers_confirmed is False
    assert session.scalars(select(OrganisationPaper)).all() == []


def test_papers_are_ticked_at_any_time_and_taken_back(act, session, registered):
    made, (first, *others) = registered(), asked(session)
    act(made, "papers", **{f"paper-{first.id}": "1", f"copies-{first.id}": "3"})
    session.rollback()
    assert [row.copies for row in session.scalars(select(OrganisationPaper))] == [3]
    act(made, "papers", **{f"paper-{others[0].id}": "1"})
    session.rollback()
    assert [row.requirement_id for row in session.scalars(select(OrganisationPaper))] == [others[0].id]
    act(made, "confirm", **ticks(session))
    assert act(made, "papers", **ticks(session)).status_code == 302
    answer = act(made, "papers", **{f"paper-{first.id}": "1", f"copies-{first.id}": "0"})
    assert (answer.status_code, "“营业执照”的份数须为 1 至 99" in told(answer)) == (422, True)


def test_confirming_twice_or_from_a_stale_page_has_no_second_effect(act, session, registered):
    made = registered()
    stale = version_of(session, made)
    act(made, "confirm", **ticks(session))
    assert act(made, "confirm", version=stale, **ticks(session)).status_code == 409
    assert "该机构的注册资料已经确认" in told(act(made, "confirm", **ticks(session)))
    assert len(contracts(session, made)) == 1


def test_a_typed_area_must_be_found_or_declined_first(act, decide, session, registered, city, free_area):
    made = registered(area=None, typed_district=str(city.district.id), typed_name="望江新村")
    answer = act(made, "confirm", **ticks(session))
    sentence = "“望江新村”是手工填写的，请先选择对应的物业区域，或不予采纳"
    assert (answer.status_code, sentence in told(answer)) == (422, True)
    assert f'望江新村<span class="sub">{city.district.name}</span>' in answer.get_data(as_text=True)
    wish = wishes(session, made)[0]
    assert sentence in told(decide(wish, "grant"))
    assert decide(wish, "grant", area_id=str(free_area.id)).status_code == 302
    assert contracts(session, made) == []  # with the confirmation
    act(made, "confirm", **ticks(session))
    assert contracts(session, made) == [(free_area.id, clock.today())]


def test_an_area_with_a_company_is_not_granted(decide, session, registered, city):
    made = registered(area=str(city.area.id))
    answer = decide(wishes(session, made)[0], "grant")
    assert answer.status_code == 422
    assert "须由企业另行办理“变更物业区域物业服务企业”" in told(answer)


def test_a_wish_is_declined_with_a_reason_only(decide, session, registered):
    made = registered()
    wish = wishes(session, made)[0]
    assert "请写明不予采纳的理由" in told(decide(wish, "decline"))
    assert decide(wish, "decline", reason="该区域尚未建账").status_code == 302
    assert [(row.state, row.reason) for row in wishes(session, made)] == [(WishState.DECLINED, "该区域尚未建账")]
    assert texts(session, made) == ["物业区域“望江新邨”未采纳：该区域尚未建账"]


def test_a_listed_wish_stays_the_area_that_was_ticked(decide, session, registered, city, free_area):
    made = registered()
    decide(wishes(session, made)[0], "grant", area_id=str(city.other.area.id))
    assert [row.area_id for row in wishes(session, made)] == [free_area.id]


def test_declining_stops_the_organisation_and_its_sign_ins(app, act, session, registered):
    made = registered()
    client = app.test_client()
    sign_in(client, "herun.deng")
    assert "请写明不予登记的理由" in told(act(made, "decline"))
    assert act(made, "decline", reason="营业执照已吊销").status_code == 302
    session.rollback()
    assert session.get(Organisation, made.id).active is False
    assert client.get("/registration/own").location.startswith("/login")
    sign_in(client, "herun.deng")
    assert "本单位已停用，不能办理业务" in told(client.get("/"))
    assert "注册未通过：营业执照已吊销。请携带材料到受理窗口办理" in told(client.get("/messages/"))
    assert client.get("/organisation/users/").status_code == 403
    assert act(made, "confirm", **ticks(session)).status_code == 422


def test_a_confirmed_registration_is_not_declined(act, session, registered):
    made = registered()
    act(made, "confirm", **ticks(session))
    assert "只有待核的注册可以不予登记" in told(act(made, "decline", reason="x"))


@pytest.mark.parametrize("name", ["reviewer", "supervisor", "finance", "agent", "org_admin"])
def test_only_the_window_decides(signed_in, session, registered, name):
    made = registered()
    client, wish = signed_in(name), wishes(session, made)[0]
    for address in (f"{made.id}/papers", f"{made.id}/confirm", f"{made.id}/decline", f"wishes/{wish.id}/grant"):
        assert post(client, f"/registrations/{address}", {"version": "1"}).status_code == 403


def test_other_kinds_are_no_registrations(clerk, cast):
    for key in (cast.organisations.department.id, cast.organisations.bank.id):
        assert clerk.get(f"/registrations/{key}/").status_code == 404


# --- before the confirmation ------------------------------------------------------------------------


def test_until_confirmed_it_works_nowhere_and_is_told_why(app, session, registered):
    made = registered()
    client = app.test_client()
    sign_in(client, "herun.deng")
    home = told(client.get("/"))
    sentence = "本单位的注册资料尚待窗口核对，核对前只能管理用户和申请变更物业区域；请将纸质要件送交受理窗口。"
    assert sentence in home and "资料待核" in home and "新建维修项目" not in home
    refused = client.get("/projects/new/normal")
    assert (refused.status_code, sentence in told(refused)) == (403, True)
    assert client.get("/organisation/users/").status_code == 200
    who = actor(session, administrator(session, made), clock.today())
    assert who.area_ids == frozenset()
    tenancy.enter(session, who)
    assert [session.scalars(select(model)).all() for model in (Area, House, Owner, HouseAccount)] == [[], [], [], []]


def test_contracts_that_are_there_open_nothing_before_the_confirmation(session, registered, city):
    made = registered()
    with unit_of_work() as work:
        work.add(ServiceContract(organisation_id=made.id, area_id=city.area.id, starts_on=date(2024, 1, 1)))
    assert actor(session, administrator(session, made), clock.today()).area_ids == frozenset()
    with unit_of_work() as work:
        work.get(Organisation, made.id).papers_confirmed = True
    assert actor(session, administrator(session, made), clock.today()).area_ids == {city.area.id}


@pytest.fixture
def at_once(session, cast):
    with unit_of_work() as work:
        work.add(PolicyValue(
            name="first_sign_in", value="at_once", valid_from=date(2026, 1, 1), changed_at=clock.now(),
        ))  # fmt: skip


def test_at_once_a_company_works_on_free_areas(app, session, at_once, registered, free_area, city):
    made = registered(area=[str(free_area.id), str(city.area.id)])
    assert contracts(session, made) == [(free_area.id, clock.today())]
    assert [row.state for row in wishes(session, made)] == [WishState.GRANTED, WishState.WAITING]
    assert actor(session, administrator(session, made), clock.today()).area_ids == {free_area.id}
    client = app.test_client()
    sign_in(client, "herun.deng")
    home = told(client.get("/"))
    assert "资料待核" in home and "可以办理业务；纸质要件最迟在办理首单业务时送交受理窗口。" in home
    assert client.get("/projects/new/normal").status_code == 200


def test_at_once_is_not_for_committees(session, at_once, registered, city):
    made = registered(page=COMMITTEE, area=str(city.area.id), credit_code="")
    assert contracts(session, made) == []
    assert actor(session, administrator(session, made), clock.today()).area_ids == frozenset()


def test_what_worked_at_once_ends_with_a_declined_registration(act, session, at_once, registered, free_area):
    made = registered()
    assert contracts(session, made) == [(free_area.id, clock.today())]
    act(made, "decline", reason="材料不实")
    assert contracts(session, made) == []


def test_a_committee_makes_no_repair_projects(app, act, session, registered, city):
    made = registered(page=COMMITTEE, area=str(city.area.id), credit_code="")
    act(made, "confirm", **ticks(session))
    client = app.test_client()
    sign_in(client, "herun.deng")
    home = told(client.get("/"))
    assert "维修项目列表" not in home and "施工单位" not in home and "变更物业区域物业服务企业" not in home
    for address in ("/projects/", "/projects/new/normal", "/contractors/list/"):
        answer = client.get(address)
        assert answer.status_code == 403
        assert "业主委员会不办理维修项目，须由服务本区域的物业服务企业办理。" in told(answer)
    assert client.get("/accounts/").status_code == 200
    who = actor(session, administrator(session, newest(session)), clock.today())
    assert who.area_ids == {city.area.id}


# --- the organisation's own page ---------------------------------------------------------------------


def test_an_organisation_reads_its_registration_and_adds_files(app, act, session, registered):
    made = registered()
    client = app.test_client()
    sign_in(client, "herun.deng")
    page = told(client.get("/registration/own"))
    for words in ("和润物业管理有限公司", "望江新邨", "待确认", "未收，须交 1 份", "营业执照.pdf"):
        assert words in page
    paper = client.get(f"/papers/registration_form/{made.id}.pdf")
    assert (paper.status_code, paper.mimetype) == (200, "application/pdf")
    assert client.get("/papers/registration_form/1.pdf").status_code == 404

    def add():
        values = {"requirement_id": str(asked(session)[0].id), "file": (io.BytesIO(scan()), "执照正本.pdf")}
        post(client, f"/attachments/organisations/{made.id}", values)
        return "执照正本.pdf" in told(client.get("/registration/own"))

    act(made, "confirm", **ticks(session))
    assert add() is False  # what was confirmed stays as it was
    with unit_of_work() as work:
        work.get(Organisation, made.id).papers_confirmed = False
    assert add() is True


def test_registration_files_are_the_administrators_and_the_departments(signed_in, session, registered):
    made = registered()
    key = session.scalars(select(Attachment.id).where(Attachment.organisation_id == made.id)).first()
    assert signed_in("clerk").get(f"/attachments/{key}").status_code == 200
    for name in ("agent", "org_admin"):
        assert signed_in(name).get(f"/attachments/{key}").status_code == 404


def test_the_department_cannot_tick_past_the_registration(clerk, session, registered):
    made = registered()
    page = told(clerk.get(f"/organisations/edit/{made.id}"))
    seen = re.search(r'name="seen" value="([^"]+)"', page).group(1)
    values = {"name": made.name, "credit_code": made.credit_code, "papers_confirmed": "y", "active": "y", "seen": seen}
    answer = post(clerk, f"/organisations/edit/{made.id}", {**values, "kind": "property_company", "address": "x"})
    assert answer.status_code == 422
    assert "该机构自行注册，请在“机构注册待核”中核收要件并确认" in told(answer)
