"""信息变更: effective at once with its trace; a new name or code needs a scan and a clerk's look."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import select

from app.domain.enums import LicenceCheck
from app.domain.errors import Conflict, Forbidden, NotYours, Refusal
from app.models import Attachment, Message, OrganisationChange
from app.transaction import unit_of_work
from app.workflows.attachments import staged
from app.workflows.organisations import checks, profile
from tests.factories.office import CODE, NOW, OTHER_CODE, pdf

NEW_CODE = "91330100MA2CCCCC35"


def refused(office, field: str | None, who: str = "org_admin", **changes) -> str:
    """The sentence; nothing was stored."""
    before = office.values(who), office.own(who).version
    with pytest.raises(Refusal) as caught:
        office.change(who, **changes)
    office.session.rollback()
    assert caught.value.field == field
    assert (office.values(who), office.own(who).version) == before
    assert office.session.scalars(select(OrganisationChange)).all() == []
    return str(caught.value)


def test_changed_information_is_in_force_with_its_trace(office):
    change = office.change(address="江滨路 8 号", phone="13712345678", registered_capital=5_000_000_00,
                           founded_on=date(2009, 4, 18), email="a@b.cn")  # fmt: skip
    own = office.own()
    assert (own.address, own.phone, own.registered_capital, own.founded_on, own.email, own.version) == (
        "江滨路 8 号", "13712345678", 500_000_000, date(2009, 4, 18), "a@b.cn", 2
    )  # fmt: skip
    told = {
        "founded_on": ["", "2009-04-18"], "registered_capital": ["", "5,000,000.00"],
        "address": ["和平路 1 号", "江滨路 8 号"], "phone": ["139****0001", "137****5678"], "email": ["", "a@b.cn"],
    }  # fmt: skip
    assert json.loads(change.changes) == told
    assert (change.user.username, change.at, change.check) == ("org_admin", NOW, LicenceCheck.NOT_NEEDED)
    assert office.events("profile_changed") == [("信息变更：安居物业服务有限公司", told)]
    assert own.licence_unverified is False


def test_numbers_that_look_alike_when_masked_are_a_change(office):
    office.change(phone="13911110001")
    assert office.own().phone == "13911110001"


def test_nothing_changed_is_said(office):
    assert refused(office, None) == "没有任何改动，没有保存"
    assert refused(office, None, phone="13900000001") == "没有任何改动，没有保存"


@pytest.mark.parametrize(("field", "value"), [("name", "安居物业集团有限公司"), ("credit_code", NEW_CODE)])
def test_new_name_or_code_needs_a_scan_and_marks_the_organisation(office, field, value):
    assert refused(office, "file", **{field: value}) == "名称或统一社会信用代码有变更，请上传新的证照扫描件"
    change = office.change(scan=True, **{field: value})
    own = office.own()
    assert (getattr(own, field), own.licence_unverified, change.check) == (value, True, LicenceCheck.WAITING)
    file = office.session.scalars(select(Attachment)).one()
    assert (file.subject, file.subject_id, file.organisation_id) == ("organisation_changes", change.id, own.id)
    assert json.loads(change.changes)["licence"] == ["", "执照.pdf"]


def test_a_scan_alone_is_a_change_that_needs_a_look(office):
    change = office.change(scan=True)
    assert (json.loads(change.changes), change.check) == ({"licence": ["", "执照.pdf"]}, LicenceCheck.WAITING)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("name", "", "请填写名称"),
        ("address", "", "请填写地址"),
        ("contact", "", "请填写联系人"),
        ("credit_code", None, "请填写统一社会信用代码"),
        ("founded_on", date(2026, 3, 3), "成立日期不能晚于今天"),
    ],
)
def test_what_is_missing_or_in_the_future_is_refused_at_its_field(office, field, value, told):
    assert refused(office, field, **{field: value}) == told


def test_founded_today_is_allowed(office):
    office.change(founded_on=NOW.date())
    assert office.own().founded_on == NOW.date()


def test_telephone_is_needed_where_there_is_none(office):
    with unit_of_work():
        office.own().phone = None
    assert refused(office, "phone", address="江滨路 8 号") == "请填写联系电话"


def test_code_of_another_organisation_is_refused_without_naming_it(office):
    told = refused(office, "credit_code", credit_code=OTHER_CODE, scan=True)
    assert told == "该统一社会信用代码已登记在其他机构名下，不能重复；如确属本机构，请持证照原件到受理窗口办理"
    assert office.session.scalars(select(Attachment)).all() == []


def test_committee_needs_no_code_and_has_no_capital(office):
    own = office.committee()
    with unit_of_work():
        own.address, own.contact, own.phone = "和平路 1 号", "业主", "13900000003"
    office.change("committee_admin", address="和平路 2 号", registered_capital=100, qualification="一级")
    own = office.own("committee_admin")
    assert (own.address, own.registered_capital, own.qualification) == ("和平路 2 号", None, "")


def test_stale_page_is_a_conflict(office):
    values = office.values(address="江滨路 8 号")
    office.change(contact="李维")
    with pytest.raises(Conflict):
        office.do("org_admin", lambda ctx: profile.change_profile(ctx, values, licence_id=None, version=1))
    assert office.own().address == "和平路 1 号"


def test_stopped_organisation_changes_nothing(office):
    with unit_of_work():
        office.own().active = False
    assert "已被停用" in refused(office, None, address="江滨路 8 号")


@pytest.mark.parametrize("who", ["other_admin", "agent"])
def test_staged_scan_of_somebody_else_is_not_taken(office, who):
    key = office.do(who, lambda ctx: staged.stage_scan("执照.pdf", pdf(), ctx).id)
    values = office.values(name="安居物业集团有限公司")
    with pytest.raises(Refusal) as caught:
        office.do("org_admin", lambda ctx: profile.change_profile(ctx, values, licence_id=key, version=1))
    assert (caught.value.field, office.own().name) == ("file", "安居物业服务有限公司")


def test_scan_of_a_form_given_up_goes_after_a_day(office):
    key = office.do("org_admin", lambda ctx: staged.stage_scan("执照.pdf", pdf(), ctx).id)
    for hours, left in ((24, 1), (25, 0)):
        with unit_of_work() as session:
            staged.forget_old(session, NOW.replace(day=3, hour=9 + hours - 24))
        assert len(office.session.scalars(select(Attachment).where(Attachment.id == key)).all()) == left


# --- the clerk's look ------------------------------------------------------------------------------


def confirm(office, change, who: str = "clerk", version: int | None = None):
    version = version or office.own().version
    return office.do(who, lambda ctx: checks.confirm_change(ctx, change.id, version=version))


def send_back(office, change, reason: str):
    version = office.own().version
    return office.do("clerk", lambda ctx: checks.send_back_change(ctx, change.id, reason, version=version))


def told(office, name: str) -> list[str]:
    office.session.rollback()
    query = select(Message.text).where(Message.user_id == office.user(name).id).order_by(Message.id)
    return list(office.session.scalars(query))


def test_confirmed_change_loses_the_mark_and_is_told(office):
    change = office.change(scan=True, name="安居物业集团有限公司")
    confirm(office, change)
    own, change = office.own(), office.session.get(OrganisationChange, change.id)
    assert (own.licence_unverified, change.check, change.checked_by.username) == (
        False, LicenceCheck.CONFIRMED, "clerk"
    )  # fmt: skip
    assert told(office, "org_admin") == ["信息变更已核对，证照与登记的名称、统一社会信用代码一致"]
    assert office.events("change_confirmed") == [
        ("已核对信息变更：安居物业集团有限公司", {"licence_unverified": ["是", "否"]})
    ]


def test_second_look_comes_too_late(office):
    change = office.change(scan=True, name="安居物业集团有限公司")
    confirm(office, change)
    with pytest.raises(Conflict):
        confirm(office, change)
    with pytest.raises(Conflict):
        send_back(office, change, "不清楚")


def test_information_changed_after_the_clerks_page_was_drawn_is_a_conflict(office):
    change = office.change(scan=True, name="安居物业集团有限公司")
    seen = office.own().version
    office.change(contact="李维")
    with pytest.raises(Conflict):
        confirm(office, change, version=seen)


@pytest.mark.parametrize("reason", ["", "  ", "长" * 401])
def test_sent_back_needs_a_reason_of_400_signs_at_most(office, reason):
    change = office.change(scan=True, name="安居物业集团有限公司")
    with pytest.raises(Refusal) as caught:
        send_back(office, change, reason)
    assert caught.value.field == "reason"


def test_sent_back_stays_in_force_and_marked_until_a_new_scan_is_confirmed(office):
    change = office.change(scan=True, name="安居物业集团有限公司")
    send_back(office, change, "长" * 400)
    own, change = office.own(), office.session.get(OrganisationChange, change.id)
    assert (own.name, own.licence_unverified, change.check) == (
        "安居物业集团有限公司", True, LicenceCheck.SENT_BACK
    )  # fmt: skip
    assert told(office, "org_admin")[0].startswith("信息变更未通过核对：长长")
    again = office.change(scan=True)
    assert json.loads(again.changes) == {"licence": ["执照.pdf", "执照.pdf"]}
    confirm(office, again)
    assert office.own().licence_unverified is False


def test_mark_stays_while_another_change_waits(office):
    first = office.change(scan=True, name="安居物业集团有限公司")
    second = office.change(scan=True, credit_code=NEW_CODE)
    confirm(office, second)
    assert office.own().licence_unverified is True
    confirm(office, first)
    assert office.own().licence_unverified is False


@pytest.mark.parametrize("who", ["org_admin", "agent", "reviewer", "supervisor", "auditor", "security"])
def test_only_a_clerk_looks(office, who):
    change = office.change(scan=True, name="安居物业集团有限公司")
    with pytest.raises(Forbidden):
        confirm(office, change, who)


def test_change_that_needs_no_look_can_not_be_decided(office):
    change = office.change(contact="李维")
    with pytest.raises(NotYours):
        confirm(office, change)
    assert office.own().credit_code == CODE
