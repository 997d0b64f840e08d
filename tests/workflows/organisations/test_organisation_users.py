"""机构用户管理: own users only, roles of the own kind, own areas, and never without an administrator."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from app.domain.enums import OrganisationKind
from app.domain.errors import Conflict, Forbidden, NotYours, Refusal
from app.extensions import db
from app.models import PlatformUser, ServiceContract, SignInSession
from app.permissions import ROLES
from app.queries.users import area_limits
from app.transaction import unit_of_work
from app.workflows.engine import Context
from app.workflows.organisations import users
from app.workflows.organisations.users import Person
from app.workflows.users import administration
from tests.factories import people
from tests.factories.office import IDENTITY, MOBILE, NOW

METHOD = "pbkdf2:sha256:1"
AGENT = frozenset({"ProjectAgent"})


def person(**changes) -> Person:
    values = {"name": "新人", "identity_number": IDENTITY, "phone": MOBILE, "roles": AGENT, **changes}
    return Person(**values)


def add(office, username: str = "new.agent", who: str = "org_admin", password: str = "", **changes):
    """(user, password made by the platform)."""
    made = person(**changes)
    return office.do(who, lambda ctx: users.add_user(ctx, username, made, password=password, method=METHOD))


def change(office, login: str, who: str = "org_admin", version: int | None = None, **changes):
    user = office.user(login)
    values = {
        "name": user.first_name, "identity_number": None, "phone": None,
        "roles": frozenset(role.name for role in user.roles), **changes,
    }  # fmt: skip
    key, seen = user.id, version or user.version
    return office.do(who, lambda ctx: users.change_user(ctx, key, Person(**values), version=seen))


def set_active(office, name: str, active: bool, who: str = "org_admin"):
    key, seen = office.user(name).id, office.user(name).version
    return office.do(who, lambda ctx: users.set_active(ctx, key, active, version=seen))


def roles_of(office, name: str) -> list[str]:
    office.session.rollback()
    return sorted(role.name for role in office.user(name).roles)


def refused(what) -> tuple[str, str | None]:
    with pytest.raises(Refusal) as caught:
        what()
    return str(caught.value), caught.value.field


def second_admin(office) -> PlatformUser:
    with unit_of_work() as session:
        return people.add_user(session, "second_admin", "副管", ("OrgAdmin",), office.own())


# --- 添加用户 ---------------------------------------------------------------------------------------


def test_added_user_belongs_to_the_organisation_with_a_password_to_change(office):
    user, made = add(office, "New.Agent")
    user = office.user("new.agent")
    assert (user.first_name, user.organisation_id, user.active, user.must_change_password, len(made)) == (
        "新人", office.own().id, True, True, 16
    )  # fmt: skip
    assert roles_of(office, "new.agent") == ["ProjectAgent"]
    assert office.events("user_added") == [(
        "添加用户：新人（new.agent）",
        {
            "username": ["", "new.agent"], "first_name": [None, "新人"], "phone": ["", "138****8000"],
            "identity_number": ["", "330101************"], "roles": [None, ["ProjectAgent"]],
        },
    )]  # fmt: skip


def test_numbers_lie_encrypted(office):
    add(office)
    row = office.session.execute(text("SELECT identity_number, phone FROM ab_user WHERE username = 'new.agent'")).one()
    assert IDENTITY not in row.identity_number and MOBILE not in row.phone
    assert (office.user("new.agent").identity_number, office.user("new.agent").phone) == (IDENTITY, MOBILE)


@pytest.mark.parametrize(
    ("username", "told"),
    [
        ("ab", "用户名应为 3 至 64 个字"),
        ("a" * 65, "用户名应为 3 至 64 个字"),
        ("new agent", "用户名只能用英文字母、数字、点、横线和下划线"),
        ("新人人", "用户名只能用英文字母、数字、点、横线和下划线"),
        ("agent", "用户名“agent”已被使用"),
        ("Other_Agent", "用户名“other_agent”已被使用"),
        ("BANK", "用户名“bank”已被使用"),
    ],
)
def test_login_name_is_well_formed_and_nobody_elses_in_whatever_case(office, username, told):
    assert refused(lambda: add(office, username)) == (told, "username")


@pytest.mark.parametrize("username", ["abc", "a" * 64, "a.b-c_9"])
def test_login_names_just_inside_the_rules(office, username):
    add(office, username)
    assert office.user(username).active


@pytest.mark.parametrize(
    ("password", "told"),
    [("Aa345678!", "密码至少 10 位"), ("Aa3456789New.Agent", "密码不能是登录名或包含登录名")],
)
def test_typed_first_password_keeps_to_the_rules(office, password, told):
    assert refused(lambda: add(office, password=password)) == (told, "password")


def test_typed_first_password_is_not_shown_and_must_be_changed(office):
    _user, made = add(office, password="Aa34567890")
    assert (made, office.user("new.agent").must_change_password) == ("", True)


@pytest.mark.parametrize(
    ("field", "told"), [("identity_number", "请填写身份证号码"), ("phone", "请填写手机"), ("name", "请填写姓名")]
)
def test_new_user_needs_name_and_numbers(office, field, told):
    empty = "" if field == "name" else None
    assert refused(lambda: add(office, **{field: empty})) == (told, field)


# --- roles -----------------------------------------------------------------------------------------

OWN = {
    OrganisationKind.PROPERTY_COMPANY: {"OrgAdmin", "ProjectAgent", "RevenueAgent"},
    OrganisationKind.OWNERS_COMMITTEE: {"OrgAdmin", "RevenueAgent"},
}
ALL = sorted({*ROLES, "Admin", "System"})


@pytest.mark.parametrize("role", ALL)
@pytest.mark.parametrize("kind", OWN)
def test_only_roles_of_the_organisations_own_kind_are_given(office, kind, role):
    who = "org_admin"
    if kind is OrganisationKind.OWNERS_COMMITTEE:
        office.committee()
        who = "committee_admin"
    for place, roles in enumerate(({role}, {role, "RevenueAgent"})):
        if role in OWN[kind]:
            add(office, f"new{place}", who, roles=frozenset(roles))
        else:
            told = refused(lambda chosen=roles: add(office, "new0", who, roles=frozenset(chosen)))
            assert told == ("所选角色不适用于该单位的用户", "roles")


@pytest.mark.parametrize("role", sorted(set(ALL) - OWN[OrganisationKind.PROPERTY_COMPANY]))
def test_no_other_role_comes_by_a_change(office, role):
    told = refused(lambda: change(office, "agent", roles=frozenset({"ProjectAgent", role})))
    assert told == ("所选角色不适用于该单位的用户", "roles")
    assert roles_of(office, "agent") == ["ProjectAgent"]


def test_user_without_a_role_is_refused(office):
    assert refused(lambda: add(office, roles=frozenset())) == ("请至少选择一个角色", "roles")


def test_changed_roles_end_the_sessions_and_a_changed_name_does_not(office, signed_in):
    agent = signed_in("agent")
    change(office, "agent", name="李维新")
    assert agent.get("/account/").status_code == 200
    change(office, "agent", roles=frozenset({"RevenueAgent"}))
    assert agent.get("/account/").status_code == 302
    assert office.events("user_changed") == [
        ("修改用户：李维新（agent）", {"first_name": ["李维", "李维新"]}),
        ("修改用户：李维新（agent）", {"roles": [["ProjectAgent"], ["RevenueAgent"]]}),
    ]


def test_nobody_changes_the_own_roles(office):
    second_admin(office)
    for roles in ({"OrgAdmin", "RevenueAgent"}, {"ProjectAgent"}):
        told = refused(lambda chosen=roles: change(office, "org_admin", roles=frozenset(chosen)))
        assert told == ("不能修改自己的角色，须由本机构另一名管理员办理", "roles")
    change(office, "org_admin", name="王安安", roles=None)
    assert (office.user("org_admin").first_name, roles_of(office, "org_admin")) == ("王安安", ["OrgAdmin"])


# --- areas -----------------------------------------------------------------------------------------


def test_agent_is_limited_to_areas_of_the_organisation(office, city):
    change(office, "agent", area_ids=frozenset({city.area.id}))
    assert [area.name for area in office.user("agent").areas] == ["安居苑"]
    change(office, "agent", area_ids=frozenset())
    assert office.user("agent").areas == []


@pytest.mark.parametrize("areas", ["other", "both", "none such"])
def test_areas_of_others_are_refused(office, city, areas):
    chosen = {"other": {city.other.area.id}, "both": {city.area.id, city.other.area.id}, "none such": {99}}[areas]
    told = refused(lambda: change(office, "agent", area_ids=frozenset(chosen)))
    assert told == ("所选物业区域不由本机构管理", "areas")
    assert refused(lambda: add(office, area_ids=frozenset(chosen))) == told


@pytest.mark.parametrize(("days", "serves"), [(0, True), (-1, False)])
def test_area_counts_until_the_last_day_of_its_contract(office, city, days, serves):
    with unit_of_work() as session:
        session.get(ServiceContract, city.contract.id).ends_on = NOW.date() + timedelta(days=days)
    chosen = frozenset({city.area.id})
    if serves:
        change(office, "agent", area_ids=chosen)
        assert office.user("agent").areas != []
    else:
        assert refused(lambda: change(office, "agent", area_ids=chosen))[1] == "areas"


def test_administrator_is_not_limited(office, city):
    told = refused(lambda: add(office, roles=frozenset({"OrgAdmin"}), area_ids=frozenset({city.area.id})))
    assert told == ("机构管理员管理全部物业区域，不能限定；请取消区域，或取消管理员角色", "areas")


def test_limit_to_an_area_that_was_lost_stays_a_limit(office, city):
    change(office, "agent", area_ids=frozenset({city.area.id}))
    with unit_of_work() as session:
        session.get(ServiceContract, city.contract.id).ended_at = NOW
    agent = office.user("agent")
    limit = area_limits(office.session, [agent.id], ())[agent.id]
    assert (limit.names, limit.lost, limit.is_set) == ([], 1, True)
    assert people.actor(office.session, agent, NOW.date()).area_ids == frozenset()
    change(office, "agent")  # saved as it is drawn, with no area ticked: the limit is gone, and the trail says so
    assert area_limits(office.session, [agent.id], ()) == {}
    told = {"areas": [["已不由本机构管理的区域 1 个"], []]}
    assert office.events("user_changed")[-1] == ("修改用户：李维（agent）", told)


# --- 注销, 激活, 重置密码 ------------------------------------------------------------------------------


def test_deactivated_and_activated(office, signed_in):
    agent = signed_in("agent")
    set_active(office, "agent", False)
    assert agent.get("/account/").status_code == 302
    assert office.session.scalar(select(func.count()).where(SignInSession.user_id == office.user("agent").id)) == 0
    assert refused(lambda: set_active(office, "agent", False)) == ("该用户已注销", None)
    set_active(office, "agent", True)
    assert refused(lambda: set_active(office, "agent", True)) == ("该用户已是有效状态", None)
    assert office.events("user_deactivated") == [("注销用户：李维（agent）", {"active": ["是", "否"]})]
    assert office.events("user_activated") == [("激活用户：李维（agent）", {"active": ["否", "是"]})]


def test_last_active_administrator_stays(office):
    told = "“王安”是该机构最后一名有效的机构管理员，不能注销或去掉管理员角色"
    assert refused(lambda: set_active(office, "org_admin", False)) == (told, None)
    assert refused(lambda: change(office, "org_admin", roles=AGENT)) == (told, None)


def test_an_inactive_administrator_does_not_count(office):
    second_admin(office)
    set_active(office, "second_admin", False)
    assert "最后一名" in refused(lambda: set_active(office, "org_admin", False))[0]


def test_one_of_two_administrators_may_go_but_not_by_the_own_hand(office):
    second_admin(office)
    told = refused(lambda: set_active(office, "org_admin", False))
    assert told == ("不能注销自己，须由本机构另一名管理员办理", None)
    set_active(office, "org_admin", False, who="second_admin")
    assert not office.user("org_admin").active


def test_security_administrator_keeps_the_last_one_too(office):
    key = office.user("org_admin").id

    def stop(ctx):
        return administration.set_active(ctx, key, False)

    assert "最后一名" in refused(lambda: office.do("security", stop))[0]
    second_admin(office)
    office.do("security", stop)
    assert not office.user("org_admin").active


def test_two_administrators_who_deactivate_each_other_at_once_leave_one(app, office):
    second_admin(office)
    first, second = office.user("org_admin").id, office.user("second_admin").id
    pairs = [(first, second), (second, first)]
    office.session.rollback()
    gate, told = threading.Barrier(2), []

    def press(me: int, other: int) -> None:
        with app.app_context():
            session = db.session()
            actor = people.actor(session, session.get(PlatformUser, me), NOW.date())
            session.rollback()
            gate.wait(10)
            try:
                with unit_of_work() as work:
                    users.set_active(Context(work, actor, NOW), other, False, version=1)
                told.append("done")
            except (Refusal, Forbidden) as error:
                told.append(type(error).__name__)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=press, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(told) == ["Forbidden", "done"]
    office.session.rollback()
    assert sorted(office.user(name).active for name in ("org_admin", "second_admin")) == [False, True]


def test_reset_password_is_new_and_ends_the_sessions(office, signed_in):
    agent, before = signed_in("agent"), office.user("agent").password
    key = office.user("agent").id
    _user, made = office.do("org_admin", lambda ctx: users.reset_password(ctx, key, version=1, method=METHOD))
    assert (len(made), office.user("agent").must_change_password) == (16, True)
    assert office.user("agent").password != before
    assert agent.get("/account/").status_code == 302
    assert office.events("password_reset") == [("重置密码：李维（agent）", {})]


def test_own_password_is_not_reset_but_changed(office):
    key = office.user("org_admin").id
    reset = refused(
        lambda: office.do("org_admin", lambda ctx: users.reset_password(ctx, key, version=1, method=METHOD))
    )
    assert reset == ("自己的密码请在“修改密码”中修改", None)


# --- whose users -----------------------------------------------------------------------------------

ACTS = {
    "change": lambda ctx, key: users.change_user(ctx, key, person(), version=1),
    "deactivate": lambda ctx, key: users.set_active(ctx, key, False, version=1),
    "activate": lambda ctx, key: users.set_active(ctx, key, True, version=1),
    "reset": lambda ctx, key: users.reset_password(ctx, key, version=1, method=METHOD),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("whose", ["other_admin", "other_agent", "clerk", "security", "bank"])
def test_users_of_others_do_not_exist(office, act, whose):
    user = office.user(whose)
    key, before = user.id, (user.first_name, user.active, user.password, user.version)
    with pytest.raises(NotYours):
        office.do("org_admin", lambda ctx: ACTS[act](ctx, key))
    office.session.rollback()
    user = office.user(whose)
    assert (user.first_name, user.active, user.password, user.version) == before


@pytest.mark.parametrize("act", ACTS)
def test_agent_manages_nobody(office, act):
    key = office.user("revenue").id
    with pytest.raises(Forbidden):
        office.do("agent", lambda ctx: ACTS[act](ctx, key))


@pytest.mark.parametrize("act", ACTS)
def test_stale_page_is_a_conflict(office, act):
    change(office, "agent", name="李维新")
    key = office.user("agent").id
    with pytest.raises(Conflict):
        office.do("org_admin", lambda ctx: ACTS[act](ctx, key))


def test_security_administrators_act_makes_the_organisations_page_stale(office):
    key, seen = office.user("agent").id, office.user("agent").version
    office.do("security", lambda ctx: administration.unlock(ctx, key))
    with pytest.raises(Conflict):
        change(office, "agent", version=seen, name="李维新")


def test_nothing_changed_is_said(office):
    assert refused(lambda: change(office, "agent")) == ("没有任何改动，没有保存", None)
