"""Sign-in, lock-out, passwords and sessions (`access.md`, `quality.md` Attacks)."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

import config
from app import audit, clock, create_app
from app.extensions import db, limiter
from app.models import AuditEvent, LoginFailure, PlatformUser, SignInSession
from app.transaction import unit_of_work
from app.workflows.users import actions
from tests.conftest import csrf_token, post, sign_in
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.isolation
COOKIE = "fund_session"


@pytest.fixture
def at(monkeypatch):
    """`at(minutes)` sets the clock that many minutes after the test's start."""
    start = clock.now()

    def put(minutes: float) -> None:
        monkeypatch.setattr(clock, "now", lambda: start + timedelta(minutes=minutes))

    put(0)
    return put


def try_to(client, username, password, **options):
    token = csrf_token(client.get("/login"))
    data = {"username": username, "password": password, "csrf_token": token}
    return client.post("/login", data=data, **options)


def sentence(answer) -> str:
    text = answer.get_data(as_text=True)
    return text.split('id="login-fault" role="alert">')[1].split("<")[0]


def is_in(client) -> bool:
    return client.get("/account/").status_code == 200


def test_right_password_signs_in_and_is_audited(client, cast, session):
    assert sign_in(client, "agent").location == "/"
    assert is_in(client)
    session.rollback()
    event = session.scalars(select(AuditEvent)).one()
    assert (event.action, event.actor_name, event.subject_id) == ("sign_in", "李维", str(cast.agent.id))
    assert audit.verify(session) == []


def test_login_names_count_without_case_and_blanks(client, cast):
    assert try_to(client, " AGENT ", PASSWORD).status_code == 302


def test_wrong_password_and_unknown_name_get_the_same_answer(app, cast):
    known = try_to(app.test_client(), "agent", "Wrong-pass-1")
    unknown = try_to(app.test_client(), "nobody", "Wrong-pass-1")
    assert (
        (known.status_code, sentence(known))
        == (unknown.status_code, sentence(unknown))
        == (
            422,
            "用户名或密码不正确。再错 4 次，账号将锁定 15 分钟。",
        )
    )


def test_inactive_user_gets_the_answer_of_an_unknown_one(client, cast, session):
    with unit_of_work() as work:
        work.get(PlatformUser, cast.agent.id).active = False
    assert sentence(try_to(client, "agent", PASSWORD)) == "用户名或密码不正确。再错 4 次，账号将锁定 15 分钟。"


@pytest.mark.parametrize("name", ["agent", "nobody"])
def test_five_failures_lock_for_fifteen_minutes_with_the_right_password_too(client, cast, at, name):
    for minute in range(5):
        at(minute)
        assert try_to(client, name, "Wrong-pass-1").status_code == 422
    at(5)
    locked = try_to(client, name, PASSWORD)
    assert (locked.status_code, sentence(locked)) == (
        422,
        "失败次数过多，该用户名已锁定，请 15 分钟后再试，或联系安全管理员。",
    )
    at(18.9)
    assert sentence(try_to(client, name, PASSWORD)).startswith("失败次数过多")
    at(19.1)
    assert try_to(client, name, PASSWORD).status_code == (302 if name == "agent" else 422)


def test_tries_during_the_lock_do_not_prolong_it(client, cast, at, session):
    for _ in range(9):
        try_to(client, "agent", "Wrong-pass-1")
    session.rollback()
    assert session.scalar(select(func.count()).select_from(LoginFailure)) == 5
    at(15.1)
    assert try_to(client, "agent", PASSWORD).status_code == 302


def test_failures_farther_apart_than_fifteen_minutes_do_not_lock(client, cast, at):
    for minute in (0, 4, 8, 12, 16):
        at(minute)
        try_to(client, "agent", "Wrong-pass-1")
    assert try_to(client, "agent", PASSWORD).status_code == 302


def test_success_forgets_the_failures(client, cast, app):
    for _ in range(4):
        try_to(client, "agent", "Wrong-pass-1")
    assert try_to(client, "agent", PASSWORD).status_code == 302
    assert sentence(try_to(app.test_client(), "agent", "x")) == "用户名或密码不正确。再错 4 次，账号将锁定 15 分钟。"


def test_failures_at_once_count_each(app, cast, session):
    """Twenty guesses in parallel, the right one among the last: still only five are heard."""
    answers = []

    def guess():
        with app.app_context(), unit_of_work() as work:
            answers.append(actions.settle_sign_in(work, "agent", None, now=clock.now(), address="10.0.0.1").left)

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.rollback()
    assert sorted(answers, reverse=True)[:5] == [4, 3, 2, 1, 0]
    assert session.scalar(select(func.count()).select_from(LoginFailure)) == 5


def test_failed_sign_ins_and_locks_are_audited(client, cast, session):
    for _ in range(5):
        try_to(client, "agent", "Wrong-pass-1")
    session.rollback()
    assert list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.id))) == [
        *["sign_in_failed"] * 5,
        "sign_in_locked",
    ]


def test_passwords_never_stand_in_the_audit_trail(client, cast, session):
    try_to(client, "agent", "Wrong-pass-1")
    sign_in(client, "agent")
    session.rollback()
    assert "Wrong-pass-1" not in str(session.execute(select(AuditEvent.__table__)).all())


def test_session_has_a_new_number_after_sign_in(client, cast):
    client.get("/login")
    before = client.get_cookie(COOKIE).value
    sign_in(client, "agent")
    assert client.get_cookie(COOKIE).value != before


def test_planted_number_is_not_taken_over(client, cast):
    client.set_cookie(COOKIE, "planted-by-somebody-else-0123456789")
    sign_in(client, "agent")
    assert client.get_cookie(COOKIE).value != "planted-by-somebody-else-0123456789"


def test_table_holds_only_the_hash_of_the_number(client, cast, session):
    sign_in(client, "agent")
    session.rollback()
    row = session.scalars(select(SignInSession)).one()
    assert client.get_cookie(COOKIE).value not in str((row.token_hash, row.data))
    assert row.user_id == cast.agent.id


def test_visitors_cost_no_row(client, app, session):
    client.get("/login")
    client.get("/healthz")
    session.rollback()
    assert session.scalar(select(func.count()).select_from(SignInSession)) == 0


def test_visitors_cookie_can_not_be_turned_into_a_signed_in_one(client, app, cast):
    from app.screens.session import VISITOR, _signer

    client.set_cookie(COOKIE, VISITOR + _signer(app).dumps({"_user_id": str(cast.agent.id), "epoch": 0}))
    assert not is_in(client)


def test_sign_out_kills_the_number(client, cast, app):
    sign_in(client, "agent")
    stolen = client.get_cookie(COOKIE).value
    assert post(client, "/logout").location == "/login"
    thief = app.test_client()
    thief.set_cookie(COOKIE, stolen)
    assert not is_in(client) and not is_in(thief)


def test_sign_out_is_not_done_by_get(client, cast):
    sign_in(client, "agent")
    assert client.get("/logout").status_code == 405
    assert is_in(client)


@pytest.mark.parametrize(("username", "minutes"), [("agent", 30), ("clerk", 15), ("bank", 15)])
def test_idle_session_ends(client, cast, at, username, minutes):
    sign_in(client, username)
    at(minutes - 0.5)
    assert is_in(client)
    at(2 * minutes - 1)
    assert is_in(client)
    at(3 * minutes)
    assert not is_in(client)


def test_deactivation_ends_the_session_at_the_next_request(client, cast, session):
    sign_in(client, "agent")
    session.rollback()
    session.execute(update(PlatformUser.__table__).where(PlatformUser.username == "agent").values(active=False))
    session.commit()
    assert not is_in(client)


def test_password_change_ends_the_other_sessions_and_keeps_this_one(client, app, cast):
    other = app.test_client()
    sign_in(client, "agent")
    sign_in(other, "agent")
    data = {"old": PASSWORD, "password": "Another-2026-pw", "again": "Another-2026-pw"}
    assert post(client, "/account/password", data).status_code == 302
    assert is_in(client) and not is_in(other)
    assert try_to(app.test_client(), "agent", PASSWORD).status_code == 422
    assert try_to(app.test_client(), "agent", "Another-2026-pw").status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "again", "text"),
    [
        ("wrong", "Another-2026-pw", "Another-2026-pw", "原密码不正确"),
        (PASSWORD, "Another-2026-pw", "Another-2026-px", "两次输入的新密码不一致"),
        (PASSWORD, PASSWORD, PASSWORD, "新密码不能与原密码相同"),
        (PASSWORD, "Sh0rt-1", "Sh0rt-1", "密码至少 10 位"),
        (PASSWORD, "alllowercase1", "alllowercase1", "密码须含大写字母、小写字母、数字、其他字符中的至少三类"),
        (PASSWORD, "Password123!", "Password123!", "密码过于常见，请换一个"),
        (PASSWORD, "Agent-2026-x", "Agent-2026-x", "密码不能是登录名或包含登录名"),
    ],
)
def test_bad_new_password_is_refused_with_its_reason(client, cast, old, new, again, text):
    sign_in(client, "agent")
    answer = post(client, "/account/password", {"old": old, "password": new, "again": again})
    assert (answer.status_code, text in answer.get_data(as_text=True)) == (422, True)
    assert is_in(client)


def test_given_password_must_be_changed_first(client, cast, session):
    with unit_of_work() as work:
        work.get(PlatformUser, cast.agent.id).must_change_password = True
    sign_in(client, "agent")
    for address in ("/", "/account/", "/messages/", "/projects/"):
        assert client.get(address).location == "/account/password"
    assert client.get("/account/password").status_code == 200
    post(client, "/account/password", {"old": PASSWORD, "password": "Another-2026-pw", "again": "Another-2026-pw"})
    assert is_in(client)


@pytest.mark.parametrize(
    "target",
    ["//evil.test/", "https://evil.test/", "/\\evil.test", "javascript:alert(1)", "/a\nb", "/\t/evil.test"],
)
def test_sign_in_never_leads_off_the_site(client, cast, target):
    token = csrf_token(client.get("/login"))
    data = {"username": "agent", "password": PASSWORD, "csrf_token": token}
    assert client.post("/login", query_string={"next": target}, data=data).location == "/"


def test_sign_in_leads_back_to_the_page_asked_for(client, cast):
    asked = client.get("/projects/?page=2")
    assert asked.location == "/login?next=/projects/?page%3D2"
    token = csrf_token(client.get(asked.location))
    data = {"username": "agent", "password": PASSWORD, "csrf_token": token}
    assert client.post(asked.location, data=data).location == "/projects/?page=2"


def test_one_password_on_many_names_is_slowed_down(app, city):
    class Limited(config.Testing):
        SQLALCHEMY_DATABASE_URI = app.config["SQLALCHEMY_DATABASE_URI"]
        DATA_DIR = app.config["DATA_DIR"]
        RATELIMIT_ENABLED = True

    limited = create_app(Limited())
    try:
        client = limited.test_client()
        token = csrf_token(client.get("/login"))
        names = [{"username": f"name{number}", "password": PASSWORD, "csrf_token": token} for number in range(61)]
        codes = [client.post("/login", data=data).status_code for data in names]
        assert client.get("/login").status_code == 200
    finally:
        limiter.enabled = False
        with limited.app_context():
            db.engine.dispose()
    assert (set(codes[:60]), codes[60]) == ({422}, 429)


def test_limits_are_on_outside_of_the_tests():
    assert (config.Config.RATELIMIT_ENABLED, config.Testing.RATELIMIT_ENABLED) == (True, False)


def test_post_without_token_is_refused_in_chinese(client, cast):
    answer = client.post("/login", data={"username": "agent", "password": PASSWORD})
    assert (answer.status_code, "页面已过期，请刷新后重新提交。" in answer.get_data(as_text=True)) == (400, True)
