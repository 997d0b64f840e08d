"""The security administrator's screen: 三员分立, nobody administers themselves, every act is in the trail."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import select
from werkzeug.security import check_password_hash

from app.entities.base import FieldCipher
from app.models import AuditEvent, PlatformUser, SignInSession
from app.transaction import unit_of_work
from tests.conftest import csrf_token, sign_in
from tests.conftest import post as post_form
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.isolation


def user(session, name: str) -> PlatformUser:
    session.rollback()
    return session.scalars(select(PlatformUser).where(PlatformUser.username == name)).one()


def post(client, address: str, data: dict | None = None, **options):
    """Post a form of a user's page, drawn a moment ago."""
    found = re.match(r"/users/(\d+)/", address)
    drawn = {"version": _version(int(found.group(1)))} if found else {}
    return post_form(client, address, {**drawn, **(data or {})}, **options)


def _version(key: int) -> int | None:
    with unit_of_work() as work:
        return work.scalar(select(PlatformUser.version).where(PlatformUser.id == key))


def actions_of(session) -> list[str]:
    session.rollback()
    kept = select(AuditEvent.action).where(AuditEvent.action != "sign_in").order_by(AuditEvent.id)
    return list(session.scalars(kept))


def roles_of(session, name: str) -> list[str]:
    return sorted(role.name for role in user(session, name).roles)


def test_deactivated_user_is_out_and_activated_comes_back(app, signed_in, session, cast):
    security, agent, key = signed_in("security"), signed_in("agent"), cast.agent.id
    assert post(security, f"/users/{key}/deactivate").status_code == 302
    assert agent.get("/account/").status_code == 302
    assert post(security, f"/users/{key}/activate").status_code == 302
    sign_in(app.test_client(), "agent")
    assert actions_of(session) == ["user_deactivated", "user_activated"]


def test_locked_user_is_unlocked(app, signed_in, session, cast):
    client, key = app.test_client(), cast.agent.id
    for _ in range(5):
        token = csrf_token(client.get("/login"))
        client.post("/login", data={"username": "agent", "password": "x", "csrf_token": token})
    security = signed_in("security")
    assert "已锁定" in security.get(f"/users/{key}/").get_data(as_text=True)
    assert post(security, f"/users/{key}/unlock").status_code == 302
    sign_in(client, "agent")


def test_reset_password_is_shown_once_and_must_be_changed(app, signed_in, session, cast):
    security, key = signed_in("security"), cast.agent.id
    address = post(security, f"/users/{key}/reset").location
    password = re.search(r'<strong class="code">([^<]+)<', security.get(address).get_data(as_text=True)).group(1)
    assert password not in security.get(address).get_data(as_text=True)
    client = app.test_client()
    sign_in(client, "agent", password)
    assert client.get("/account/").location == "/account/password"
    assert client.post("/login").status_code == 400


@pytest.mark.parametrize("act", ["deactivate", "unlock", "sign-out", "reset", "edit"])
def test_post_that_saw_no_version_is_not_done(signed_in, session, cast, act):
    security, key = signed_in("security"), cast.agent.id
    data = {"name": "李维", "roles": ["ProjectAgent"], "version": ""}
    assert post_form(security, f"/users/{key}/{act}", data).status_code == 400
    assert actions_of(session) == []


def test_sign_out_everywhere(signed_in, cast):
    security, agent, key = signed_in("security"), signed_in("agent"), cast.agent.id
    post(security, f"/users/{key}/sign-out")
    assert agent.get("/account/").status_code == 302


@pytest.mark.parametrize("act", ["deactivate", "activate", "unlock", "sign-out", "reset"])
def test_nobody_administers_the_own_account(signed_in, session, cast, act):
    security, key = signed_in("security"), cast.security.id
    answer = post(security, f"/users/{key}/{act}")
    assert (answer.status_code, "不能对自己的账号作此操作" in answer.get_data(as_text=True)) == (422, True)
    assert actions_of(session) == []


def test_security_administrator_can_not_give_itself_a_role(signed_in, session, cast):
    security, key = signed_in("security"), cast.security.id
    data = {"name": "安全", "roles": ["SecurityAdmin", "Finance"]}
    assert post(security, f"/users/{key}/edit", data).status_code == 422
    assert roles_of(session, "security") == ["SecurityAdmin"]


@pytest.mark.parametrize(
    ("name", "roles", "text"),
    [
        ("auditor", ["Auditor", "SecurityAdmin"], "三员分立"),
        ("system", ["SystemAdmin", "Finance"], "三员分立"),
        ("agent", ["ProjectAgent", "Reviewer"], "所选角色不适用于该单位的用户"),
        ("bank", ["Bank", "Finance"], "所选角色不适用于该单位的用户"),
        ("clerk", ["Public"], "所选角色不适用于该单位的用户"),
        ("clerk", [], "请至少选择一个角色"),
        ("clerk", ["Admin"], "Admin"),
    ],
)
def test_roles_keep_to_the_rules(signed_in, session, cast, name, roles, text):
    security, before = signed_in("security"), roles_of(session, name)
    answer = post(security, f"/users/{getattr(cast, name).id}/edit", {"name": "某人", "roles": roles})
    assert (answer.status_code, text in answer.get_data(as_text=True)) == (422, True)
    assert roles_of(session, name) == before


def test_changed_roles_hold_at_once_and_stand_in_the_trail(signed_in, session, cast):
    security, clerk, key = signed_in("security"), signed_in("clerk"), cast.clerk.id
    assert post(security, f"/users/{key}/edit", {"name": "陈窗", "roles": ["Reviewer"]}).status_code == 302
    assert roles_of(session, "clerk") == ["Reviewer"]
    assert clerk.get("/account/").status_code == 302
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "user_changed")).one()
    assert event.changes == '{"roles": [["Clerk"], ["Reviewer"]]}'


def test_new_user_gets_a_first_password(app, signed_in, session, cast):
    security = signed_in("security")
    data = {
        "username": "New.Clerk", "name": "新人", "roles": ["Clerk"], "phone": "",
        "organisation_id": cast.organisations.department.id,
    }  # fmt: skip
    answer = post(security, "/users/add", data)
    assert answer.status_code == 302
    page = security.get(answer.location).get_data(as_text=True)
    password = re.search(r'<strong class="code">([^<]+)<', page).group(1)
    sign_in(app.test_client(), "new.clerk", password)
    assert user(session, "new.clerk").must_change_password
    assert post(security, "/users/add", data).status_code == 422


def test_page_of_users_shows_no_hash(signed_in, session, cast):
    page = signed_in("security").get("/users/").get_data(as_text=True)
    assert "李维" in page and "pbkdf2" not in page and PASSWORD not in page


def test_first_password_waits_sealed_and_not_for_long(signed_in, session, cast, monkeypatch):
    """Between the reset and the page that shows it, it lies in the table of sessions, and in the table's backups."""
    security, key = signed_in("security"), cast.agent.id
    address = post(security, f"/users/{key}/reset").location
    session.rollback()
    kept = [json.loads(row.data) for row in session.scalars(select(SignInSession))]
    sealed = next(values["first_password"] for values in kept if "first_password" in values)
    whose, password = json.loads(FieldCipher.fernet().decrypt(sealed.encode()))
    assert (whose, check_password_hash(user(session, "agent").password, password)) == (key, True)
    assert password not in "".join(json.dumps(values) for values in kept)
    monkeypatch.setattr("app.screens.first_password.SECONDS", -1)
    assert 'class="code"' not in security.get(address).get_data(as_text=True)


def test_first_password_is_shown_on_no_other_users_page(signed_in, cast):
    security = signed_in("security")
    post(security, f"/users/{cast.agent.id}/reset")
    assert 'class="code"' not in security.get(f"/users/{cast.clerk.id}/").get_data(as_text=True)


@pytest.mark.parametrize(("paper", "status"), [("", 422), ("  ", 422), ("长" * 201, 422), ("长" * 200, 302)])
def test_lost_password_of_an_organisations_administrator_is_reset_on_paper(signed_in, session, cast, paper, status):
    security, before = signed_in("security"), cast.org_admin.password
    assert post(security, f"/users/{cast.org_admin.id}/reset", {"paper": paper}).status_code == status
    assert (user(session, "org_admin").password != before) == (status == 302)
    kept = select(AuditEvent.changes).where(AuditEvent.action == "password_reset")
    assert session.scalars(kept).all() == ([json.dumps({"paper": ["", paper]}, ensure_ascii=False)] * (status == 302))


def test_page_drawn_before_somebody_elses_act_is_stale(signed_in, cast):
    security, key = signed_in("security"), cast.agent.id
    assert post(security, f"/users/{key}/sign-out", {"version": "1"}).status_code == 302
    for act in ("edit", "deactivate", "unlock", "sign-out", "reset"):
        form = {"version": "1", "name": "李维", "roles": ["ProjectAgent"]}
        assert post(security, f"/users/{key}/{act}", form).status_code == 409


def test_organisation_keeps_its_last_administrator(signed_in, session, cast):
    security, key = signed_in("security"), cast.org_admin.id
    answer = post(security, f"/users/{key}/deactivate")
    assert (answer.status_code, "最后一名有效的机构管理员" in answer.get_data(as_text=True)) == (422, True)
    form = {"name": "王安", "roles": ["ProjectAgent"]}
    assert post(security, f"/users/{key}/edit", form).status_code == 422
    assert (user(session, "org_admin").active, roles_of(session, "org_admin")) == (True, ["OrgAdmin"])
