"""信息变更 and 机构用户管理 over HTTP: whatever is posted, nothing typed or chosen is lost, numbers stay masked."""

from __future__ import annotations

import io
import json
import re

import pytest
from sqlalchemy import select

from app.models import Attachment, AuditEvent, Organisation, OrganisationChange, PlatformUser
from tests.conftest import csrf_token, post, sign_in
from tests.factories.office import CODE, IDENTITY, MOBILE, OTHER_CODE, add_office, pdf
from tests.factories.people import PASSWORD

PROFILE, USERS = "/organisation/profile/", "/organisation/users/"
NEW_NAME = "安居物业集团有限公司"


@pytest.fixture
def office(session, city, cast):
    """Two companies that manage themselves."""
    return add_office(session, cast)


@pytest.fixture
def admin(office, signed_in):
    return signed_in("org_admin")


def text_of(answer) -> str:
    return answer.get_data(as_text=True)


def profile_form(**changes) -> dict:
    """What the browser posts."""
    values = {
        "version": "1", "name": "安居物业服务有限公司", "credit_code": CODE, "address": "和平路 1 号",
        "contact": "王安", "phone": "", "legal_representative": "", "founded_on": "", "registered_capital": "",
        "qualification": "", "email": "",
    }  # fmt: skip
    return values | changes


def user_form(**changes) -> dict:
    values = {"username": "new.agent", "name": "新人", "identity_number": IDENTITY, "phone": MOBILE}
    return {**values, "roles": ["ProjectAgent"], **changes}


def scan(name: str = "执照.pdf", data: bytes | None = None):
    return io.BytesIO(pdf() if data is None else data), name


def stored(session, model) -> list:
    session.rollback()
    return list(session.scalars(select(model).order_by(model.id)))


def company(session, cast) -> Organisation:
    session.rollback()
    return session.get(Organisation, cast.organisations.company.id)


def user_of(session, name: str) -> PlatformUser:
    session.rollback()
    return session.scalars(select(PlatformUser).where(PlatformUser.username == name)).one()


# --- 信息变更 ---------------------------------------------------------------------------------------


def test_saved_change_stands_with_the_organisation_the_department_and_the_auditor(admin, signed_in, session, cast):
    answer = post(admin, PROFILE, profile_form(address="江滨路 8 号", phone="137 1234 5678"))
    assert (answer.status_code, answer.location) == (302, PROFILE)
    page = text_of(admin.get(PROFILE))
    assert "已保存，信息变更即时生效" in page and "137****5678" in page and "13712345678" not in page
    key = stored(session, OrganisationChange)[0].id
    mine = text_of(admin.get("/applications/"))
    assert re.search(r"信息变更：地址、联系电话.*?已完成", mine, re.S) and "已完成 1" in mine
    assert "信息变更：地址" in text_of(signed_in("agent").get("/applications/"))
    for who in ("clerk", "auditor", "supervisor"):
        page = text_of(signed_in(who).get(f"/organisations/show/{cast.organisations.company.id}"))
        assert "地址：和平路 1 号 → 江滨路 8 号；联系电话：139****0001 → 137****5678" in page
        assert signed_in(who).get(f"/organisation-changes/{key}/").status_code == 200
    assert "信息变更：安居物业服务有限公司" in text_of(signed_in("auditor").get("/audit/list/"))


@pytest.mark.parametrize("address", ["state=finished", "kind=organisation_change", "search=地址", "search=江滨 信息"])
def test_change_is_found_among_the_own_matters(admin, address):
    post(admin, PROFILE, profile_form(address="江滨路 8 号"))
    assert "信息变更：地址" in text_of(admin.get(f"/applications/?{address}"))


@pytest.mark.parametrize("address", ["state=submitted", "kind=payout", "area=1", "search=电话", "search=%25"])
def test_change_is_not_found_where_something_else_is_asked_for(admin, address):
    post(admin, PROFILE, profile_form(address="江滨路 8 号"))
    assert "信息变更：地址" not in text_of(admin.get(f"/applications/?{address}"))


@pytest.mark.isolation
def test_change_of_another_company_does_not_exist(admin, signed_in, session):
    post(admin, PROFILE, profile_form(name=NEW_NAME, file=scan()))
    key, file = stored(session, OrganisationChange)[0].id, stored(session, Attachment)[0].id
    for who in ("other_admin", "other_agent"):
        other = signed_in(who)
        assert other.get(f"/organisation-changes/{key}/").status_code == 404
        assert other.get(f"/attachments/{file}").status_code == 404
        assert "信息变更：" not in text_of(other.get("/applications/"))
    assert signed_in("clerk").get(f"/attachments/{file}/view").status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("name", "", "请填写名称"),
        ("name", "   ", "请填写名称"),
        ("name", "长" * 201, "最多 200 个字"),
        ("credit_code", "91330100MA2AAAAA1F", "统一社会信用代码校验位不正确"),
        ("credit_code", CODE[:17], "统一社会信用代码应为 18 位，现为 17 位"),
        ("credit_code", "", "请填写统一社会信用代码"),
        ("address", "", "请填写地址"),
        ("address", "长" * 301, "最多 300 个字"),
        ("contact", "", "请填写联系人"),
        ("phone", "12345", "手机号码应为 1 开头的 11 位数字"),
        ("email", "a@b", "电子邮箱不正确，应如 name@example.com"),
        ("founded_on", "2999-01-01", "日期须在 1900 年至 2200 年之间"),
        ("founded_on", "2199-01-01", "成立日期不能晚于今天"),
        ("registered_capital", "abc", ""),
    ],
)
def test_fault_stands_at_its_field_and_nothing_typed_or_chosen_is_lost(admin, session, cast, field, value, told):
    answer = post(admin, PROFILE, profile_form(qualification="一级甲等", **{"file": scan(), field: value}))
    page = text_of(answer)
    assert (answer.status_code, told in page, "一级甲等" in page) == (422, True, True)
    assert re.search(rf'id="{field}-error"', page)
    kept = re.search(r'name="file_kept" value="(\d+)"', page)[1]
    assert "执照.pdf" in page and stored(session, OrganisationChange) == []
    again = post(admin, PROFILE, profile_form(qualification="一级甲等", name=NEW_NAME, file_kept=kept))
    assert again.status_code == 302
    assert (company(session, cast).name, company(session, cast).licence_unverified) == (NEW_NAME, True)


def test_new_name_without_a_scan_is_refused_at_the_file(admin, session, cast):
    page = text_of(post(admin, PROFILE, profile_form(name=NEW_NAME)))
    assert 'id="file-error">名称或统一社会信用代码有变更，请上传新的证照扫描件' in page
    assert NEW_NAME in page and company(session, cast).name == "安居物业服务有限公司"


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("执照.exe", b"MZ", "只能上传 pdf、jpg、png、xlsx、zip 文件"),
        ("执照.pdf", b"", "文件是空的，请重新选择"),
        ("执照.pdf", b"MZ not a pdf", "文件内容与扩展名 pdf 不符"),
        ("执照.png", pdf(), "文件内容与扩展名 png 不符"),
        ("执照.zip", b"PK\x05\x06" + b"\0" * 18, "文件内容与扩展名 zip 不符"),
    ],
)
def test_hostile_scan_is_refused_and_the_rest_of_the_form_kept(admin, session, name, data, told):
    page = text_of(post(admin, PROFILE, profile_form(name=NEW_NAME, file=scan(name, data))))
    assert told in page and NEW_NAME in page
    assert (stored(session, Attachment), stored(session, OrganisationChange)) == ([], [])


def test_code_of_another_company_is_refused_without_naming_it(admin):
    page = text_of(post(admin, PROFILE, profile_form(credit_code=OTHER_CODE, file=scan())))
    assert "已登记在其他机构名下" in page and "鸿雁" not in page


@pytest.mark.isolation
@pytest.mark.parametrize("field", ["id", "organisation_id", "organisation", "kind"])
def test_posted_numbers_of_another_organisation_change_nothing_there(admin, session, cast, field):
    other = cast.organisations.other_company.id
    posted = profile_form(address="江滨路 8 号", **{field: "owners_committee" if field == "kind" else str(other)})
    assert post(admin, PROFILE, posted).status_code == 302
    assert session.get(Organisation, other).address == "和平路 1 号"
    assert (company(session, cast).address, company(session, cast).kind.value) == ("江滨路 8 号", "property_company")


@pytest.mark.isolation
def test_kept_file_of_somebody_else_is_not_taken(admin, signed_in, session, cast):
    post(signed_in("other_admin"), PROFILE, profile_form(name="", file=scan("鸿雁执照.pdf")))
    foreign = stored(session, Attachment)[0]
    page = text_of(post(admin, PROFILE, profile_form(name=NEW_NAME, file_kept=str(foreign.id))))
    assert "请上传新的证照扫描件" in page and "鸿雁" not in page
    assert (stored(session, Attachment)[0].subject, company(session, cast).name) == ("staged", "安居物业服务有限公司")


def test_stale_form_and_form_without_a_version(admin):
    post(admin, PROFILE, profile_form(contact="李维"))
    assert post(admin, PROFILE, profile_form(contact="赵益")).status_code == 409
    assert post(admin, PROFILE, profile_form(version="", contact="赵益")).status_code == 400


def test_number_in_full_is_one_click_and_an_audit_event(admin, session):
    assert "13900000001" not in text_of(admin.get(PROFILE))
    assert "13900000001" in text_of(post(admin, PROFILE + "reveal"))
    events = session.scalars(select(AuditEvent.summary).where(AuditEvent.action == "reveal")).all()
    assert events == ["机构 安居物业服务有限公司：联系电话"]


def test_department_that_edits_the_organisation_makes_its_form_stale(admin, signed_in, cast):
    clerk, address = signed_in("clerk"), f"/organisations/edit/{cast.organisations.company.id}"
    seen = re.search(r'name="seen" value="([^"]+)"', text_of(clerk.get(address)))[1]
    posted = {"seen": seen, "name": "安居物业服务有限公司", "credit_code": CODE, "active": "y"}
    assert post(clerk, address, posted).status_code == 302
    assert post(admin, PROFILE, profile_form(contact="赵益")).status_code == 409


# --- the clerk's page ------------------------------------------------------------------------------


def test_clerk_finds_looks_and_sends_back(admin, signed_in, session, cast):
    post(admin, PROFILE, profile_form(name=NEW_NAME, file=scan()))
    change, clerk = stored(session, OrganisationChange)[0], signed_in("clerk")
    assert "待核对 1" in text_of(clerk.get("/organisation-changes/"))
    page = text_of(clerk.get(f"/organisation-changes/{change.id}/"))
    assert "安居物业服务有限公司" in page and NEW_NAME in page and 'class="viewer-frame"' in page
    address = f"/organisation-changes/{change.id}/"
    empty = post(clerk, address + "return", {"version": "2", "reason": ""})
    assert (empty.status_code, "退回须填写原因" in text_of(empty)) == (422, True)
    assert post(clerk, address + "return", {"version": "2", "reason": "执照模糊"}).status_code == 302
    assert company(session, cast).licence_unverified
    post(admin, PROFILE, profile_form(version="3", name=NEW_NAME, contact="李维"))  # something else in between
    assert "受理窗口退回了证照核对：执照模糊" in text_of(admin.get(PROFILE))
    assert "信息变更未通过核对：执照模糊" in text_of(admin.get("/messages/"))
    assert "待核对 0" in text_of(clerk.get("/organisation-changes/"))
    assert post(clerk, address + "confirm", {"version": "4"}).status_code == 409


def test_confirmed_change_loses_the_mark_everywhere(admin, signed_in, session, cast):
    post(admin, PROFILE, profile_form(name=NEW_NAME, file=scan()))
    key = stored(session, OrganisationChange)[0].id
    assert "证照待核对" in text_of(admin.get("/applications/"))
    assert post(signed_in("clerk"), f"/organisation-changes/{key}/confirm", {"version": "2"}).status_code == 302
    assert not company(session, cast).licence_unverified
    assert "证照已核对" in text_of(admin.get("/applications/"))


# --- 机构用户管理 ------------------------------------------------------------------------------------


@pytest.mark.isolation
def test_list_shows_own_users_masked(admin, session):
    post(admin, USERS + "add", user_form())
    page = text_of(admin.get(USERS))
    assert "新人" in page and "138****8000" in page and "李维" in page
    assert "鸿雁" not in page and "陈窗" not in page and MOBILE not in page and "pbkdf2" not in page


def test_first_password_is_shown_once_and_must_be_changed(app, admin):
    answer = post(admin, USERS + "add", user_form(username="New.Agent"))
    given = re.search(r'<strong class="code">([^<]+)<', text_of(admin.get(answer.location)))[1]
    assert given not in text_of(admin.get(answer.location))
    client = app.test_client()
    sign_in(client, "new.agent", given)
    assert client.get("/account/").location == "/account/password"


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"username": "ab"}, "username", "用户名应为 3 至 64 个字"),
        ({"username": "OTHER_agent"}, "username", "用户名“other_agent”已被使用"),
        ({"name": " "}, "name", "请填写姓名"),
        ({"identity_number": "330101199003070013"}, "identity_number", "身份证号码校验位不正确"),
        ({"identity_number": CODE}, "identity_number", "身份证号码应为 17 位数字加 1 位数字或 X"),
        ({"identity_number": ""}, "identity_number", "请填写身份证号码"),
        ({"phone": "0571-88888888"}, "phone", "手机号码应为 1 开头的 11 位数字"),
        ({"phone": ""}, "phone", "请填写手机"),
        ({"password": "Aa345678!", "again": "Aa345678!"}, "password", "密码至少 10 位"),
        ({"password": "Aa34567890", "again": "Aa34567891"}, "again", "两次填写的密码不一致"),
        ({"roles": []}, "", "请至少选择一个角色"),
    ],
)
def test_fault_of_a_new_user_stands_at_its_field_and_nothing_typed_is_lost(admin, session, changes, field, told):
    answer = post(admin, USERS + "add", user_form(**{"name": "新来的人", **changes}))
    page = text_of(answer)
    assert (answer.status_code, told in page) == (422, True)
    assert not field or re.search(rf'id="{field}-error"[^>]*>[^<]*{re.escape(told)}', page)
    assert ("新来的人" in page or "name" in changes) and "Aa34567890" not in page
    assert session.scalars(select(PlatformUser).where(PlatformUser.first_name == "新来的人")).all() == []


ROLES = [
    "Clerk", "Reviewer", "Supervisor", "Finance", "Bank", "Auditor", "SecurityAdmin", "SystemAdmin", "Admin", "Public",
]  # fmt: skip


@pytest.mark.isolation
@pytest.mark.parametrize("role", ROLES)
def test_posted_role_of_another_kind_is_refused(admin, session, cast, role):
    agent, own = f"{cast.agent.id}/edit", f"{cast.org_admin.id}/edit"
    answer = post(admin, USERS + "add", user_form(roles=["ProjectAgent", role]))
    assert (answer.status_code, "请从列表中选择" in text_of(answer)) == (422, True)
    for page, name, has in ((agent, "李维", "ProjectAgent"), (own, "王安", "OrgAdmin")):
        form = {"version": "1", "name": name, "roles": [has, role]}
        assert post(admin, USERS + page, form).status_code == 422
    assert [r.name for r in user_of(session, "agent").roles] == ["ProjectAgent"]
    assert [r.name for r in user_of(session, "org_admin").roles] == ["OrgAdmin"]
    assert session.scalars(select(PlatformUser).where(PlatformUser.username == "new.agent")).all() == []


@pytest.mark.isolation
@pytest.mark.parametrize("areas", [["2"], ["1", "2"], ["999"], ["x"], ["9" * 30]])
def test_posted_areas_of_others_are_refused(admin, session, city, cast, areas):
    assert (city.area.id, city.other.area.id) == (1, 2)
    form = {"version": "1", "name": "李维", "roles": ["ProjectAgent"], "areas": areas}
    assert post(admin, f"{USERS}{cast.agent.id}/edit", form).status_code == 422
    assert post(admin, USERS + "add", user_form(areas=areas)).status_code == 422
    assert user_of(session, "agent").areas == []


@pytest.mark.isolation
@pytest.mark.parametrize("field", ["id", "user_id", "organisation_id", "organisation", "active", "session_epoch"])
def test_posted_numbers_beside_the_form_change_nothing(admin, session, cast, field):
    value = str(cast.other_agent.id if field in ("id", "user_id") else cast.organisations.other_company.id)
    form = {"version": "1", "name": "李维新", "roles": ["ProjectAgent"], field: value}
    assert post(admin, f"{USERS}{cast.agent.id}/edit", form).status_code == 302
    agent = user_of(session, "agent")
    assert (agent.first_name, agent.organisation_id, agent.active) == ("李维新", cast.organisations.company.id, True)
    assert post(admin, USERS + "add", user_form(**{field: value})).status_code == 302
    assert user_of(session, "new.agent").organisation_id == cast.organisations.company.id
    assert user_of(session, "other_agent").first_name == "鸿雁代办员"


@pytest.mark.isolation
@pytest.mark.parametrize("whose", ["other_agent", "other_admin", "clerk", "security", "bank"])
def test_user_of_another_organisation_answers_404_on_every_way(admin, session, cast, whose):
    key, posted = getattr(cast, whose).id, {"version": "1", "name": "某人", "roles": ["ProjectAgent"]}
    assert [admin.get(f"{USERS}{key}/{page}").status_code for page in ("", "edit")] == [404, 404]
    for page in ("edit", "deactivate", "activate", "reset", "reveal"):
        assert post(admin, f"{USERS}{key}/{page}", posted).status_code == 404
    for act in ("edit", "show", "deactivate", "activate", "reset"):
        assert post(admin, USERS + "act", {"user": str(key), "act": act, f"version-{key}": "1"}).status_code == 404
    assert user_of(session, whose).active


def test_chosen_row_and_its_buttons(admin, signed_in, session, cast):
    key, agent = cast.agent.id, signed_in("agent")

    def press(act: str, user: str = str(key)):
        version = str(user_of(session, "agent").version)
        return post(admin, USERS + "act", {"user": user, "act": act, f"version-{key}": version})

    assert press("show").location == f"{USERS}{key}/"
    assert press("edit").location == f"{USERS}{key}/edit"
    nobody = press("deactivate", user="")
    assert (nobody.status_code, "请先在列表中选中一个用户" in text_of(nobody)) == (422, True)
    assert press("deactivate").status_code == 302
    assert agent.get("/account/").status_code == 302
    assert press("activate").status_code == 302
    assert press("delete").status_code == 400
    stale = post(admin, USERS + "act", {"user": str(key), "act": "deactivate", f"version-{key}": "1"})
    assert stale.status_code == 409


@pytest.mark.isolation
def test_deactivated_user_can_not_sign_in_until_activated(app, admin, session, cast):
    key = cast.agent.id
    assert post(admin, f"{USERS}{key}/deactivate", {"version": "1"}).status_code == 302
    client = app.test_client()
    token = csrf_token(client.get("/login"))
    answer = client.post("/login", data={"username": "agent", "password": PASSWORD, "csrf_token": token})
    assert answer.status_code != 302
    assert post(admin, f"{USERS}{key}/activate", {"version": "2"}).status_code == 302
    sign_in(app.test_client(), "agent")


def test_refused_act_is_told_on_the_users_page(admin, cast):
    answer = post(admin, f"{USERS}{cast.org_admin.id}/deactivate", {"version": "1"})
    assert (answer.status_code, "最后一名有效的机构管理员" in text_of(answer)) == (422, True)


def test_numbers_in_full_are_one_click_and_an_audit_event(admin, session):
    address = post(admin, USERS + "add", user_form()).location
    page = text_of(admin.get(address))
    assert "330101************" in page and IDENTITY not in page and MOBILE not in page
    page = text_of(post(admin, address + "reveal"))
    assert IDENTITY in page and MOBILE in page
    events = session.scalars(select(AuditEvent.summary).where(AuditEvent.action == "reveal")).all()
    assert events == ["用户 新人（new.agent）：身份证号码、手机"]


def test_own_account_posts_no_roles_and_keeps_them(admin, session, cast):
    page = text_of(admin.get(f"{USERS}{cast.org_admin.id}/edit"))
    assert "自己的角色须由本机构另一名管理员修改" in page
    form = {"version": "1", "name": "王安安", "phone": MOBILE}
    assert post(admin, f"{USERS}{cast.org_admin.id}/edit", form).status_code == 302
    me = user_of(session, "org_admin")
    assert (me.first_name, me.phone, [role.name for role in me.roles]) == ("王安安", MOBILE, ["OrgAdmin"])


def test_committee_is_offered_its_own_roles_only(office, signed_in):
    office.committee()
    page = text_of(signed_in("committee_admin").get(USERS + "add"))
    assert re.findall(r'name="roles" value="(\w+)"', page) == ["OrgAdmin", "RevenueAgent"]


def test_trail_of_a_change_holds_no_number_in_clear(admin, session, cast):
    form = {"version": "1", "name": "李维", "roles": ["ProjectAgent"], "identity_number": IDENTITY, "phone": MOBILE}
    assert post(admin, f"{USERS}{cast.agent.id}/edit", form).status_code == 302
    session.rollback()
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "user_changed")).one()
    assert json.loads(event.changes) == {"identity_number": ["", "330101************"], "phone": ["", "138****8000"]}
