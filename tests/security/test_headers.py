"""What stands on every answer, whatever it answers; and error pages in Chinese."""

from __future__ import annotations

import logging
import re
from html import unescape

import pytest
from sqlalchemy.exc import OperationalError

import config
from app import create_app, logs
from app.extensions import db
from app.screens import headers
from tests.conftest import csrf_token, sign_in

pytestmark = pytest.mark.isolation
PAGES = ["/", "/login", "/healthz", "/no-such-page", "/projects/", "/static/css/app.css", "/public/"]


@pytest.mark.parametrize("address", PAGES)
def test_headers_stand_on_every_answer(client, cast, address):
    sign_in(client, "agent")
    given = client.get(address).headers
    policy = given["Content-Security-Policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert (given["X-Content-Type-Options"], given["Referrer-Policy"], given["X-Frame-Options"]) == (
        "nosniff",
        "same-origin",
        "DENY",
    )
    assert "Server" not in given or "Werkzeug" not in given["Server"]
    if address != "/static/css/app.css":
        assert given["Cache-Control"] == "no-store"


def test_nonce_is_new_for_every_answer_and_stands_on_the_scripts(client):
    first, second = client.get("/login"), client.get("/login")
    nonces = [answer.headers["Content-Security-Policy"].split("'nonce-")[1].split("'")[0] for answer in (first, second)]
    assert nonces[0] != nonces[1]
    assert f'nonce="{nonces[0]}"' in first.get_data(as_text=True)


def test_cookie_is_http_only_and_same_site(client):
    cookie = client.get("/login").headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie


def test_behind_a_proxy_with_tls_cookies_are_secure_and_hsts_is_sent(tmp_path, prepared):
    class Settings(config.Testing):
        SQLALCHEMY_DATABASE_URI = prepared[1].url
        DATA_DIR = str(tmp_path)
        BEHIND_PROXY = True
        SESSION_COOKIE_SECURE = True

    app = create_app(Settings())
    answer = app.test_client().get("/login", headers={"X-Forwarded-Proto": "https"})
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "Secure" in answer.headers["Set-Cookie"]
    with app.app_context():
        db.engine.dispose()


def test_foreign_host_is_refused(client):
    assert client.get("/login", headers={"Host": "evil.test"}).status_code == 400
    assert client.get("/login", headers={"Host": "localhost"}).status_code == 200


@pytest.mark.parametrize(
    ("method", "address", "status", "text"),
    [
        ("GET", "/no-such-page", 404, "没有这个页面，或它不属于您。"),
        ("GET", "/logout", 405, "这个地址不能直接打开，请从页面上的按钮进入。"),
        ("POST", "/language", 400, "请求无效"),
        ("GET", "/audit/list/", 403, "您的角色不能办理此事项；如需办理，请联系本单位管理员。"),
    ],
)
def test_error_pages_are_chinese(client, cast, method, address, status, text):
    sign_in(client, "agent")
    data = {"csrf_token": csrf_token(client.get("/account/password"))} if method == "POST" else None
    answer = client.open(address, method=method, data=data)
    assert (answer.status_code, text in answer.get_data(as_text=True)) == (status, True)


def test_scripts_get_errors_as_json(client, cast):
    sign_in(client, "agent")
    answer = client.get("/no-such-page", headers={"X-Requested-With": "XMLHttpRequest"})
    assert (answer.status_code, answer.json["error"]) == (404, "没有这个页面，或它不属于您。")
    assert client.post("/language", json={}).json["error"] == "页面已过期，请刷新后重新提交。"


def test_too_much_is_413(app, client, cast, monkeypatch):
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 100)
    sign_in_page = client.get("/login")
    data = {"csrf_token": csrf_token(sign_in_page), "username": "x" * 500}
    assert client.post("/login", data=data).status_code == 413


def test_unexpected_error_shows_a_number_that_is_in_the_log_and_no_cause(app, client, monkeypatch, caplog):
    monkeypatch.setitem(app.view_functions, "SignIn.login", lambda: 1 / 0)
    with caplog.at_level(logging.ERROR):
        answer = client.get("/login")
    text = answer.get_data(as_text=True)
    number = caplog.records[-1].getMessage().split()[1]
    assert (answer.status_code, number in text, "ZeroDivision" in text) == (500, True, False)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("address", ["/login", "/projects/", "/healthz"])
def test_database_away_is_503_in_chinese(app, client, cast, monkeypatch, address):
    sign_in(client, "agent")

    def away(*args, **kwargs):
        raise OperationalError("SELECT 1", {}, Exception("connection refused"))

    monkeypatch.setattr(type(db.engine), "connect", away)
    answer = client.get(address)
    assert answer.status_code == 503
    if address != "/healthz":
        assert "数据库正在恢复" in answer.get_data(as_text=True)
        assert answer.headers["Retry-After"] == "5"


def test_logs_hold_no_personal_data_and_no_secrets():
    line = "张一 11010519491231002X 13812345678 password=Geheim-123 'csrf_token': 'abc' token: xyz 业务单 BF2026000001"
    assert logs.blot(line) == (
        "张一 <证件号> <电话> password=<隐去> 'csrf_token': '<隐去>' token: <隐去> 业务单 BF2026000001"
    )


def test_static_files_carry_their_version_and_are_kept_for_ever(client):
    page = client.get("/login").get_data(as_text=True)
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(addresses) >= 8
    for address in addresses:
        with client.get(unescape(address)) as answer:
            found = (answer.status_code, answer.headers["Cache-Control"])
        assert found == (200, "public, max-age=31536000, immutable"), address


@pytest.mark.parametrize("address", ["/static/css/app.css", "/static/css/app.css?v=000000000000"])
def test_static_file_without_its_present_version_is_kept_for_an_hour(client, address):
    with client.get(address) as answer:
        assert answer.headers["Cache-Control"] == "public, max-age=3600"


def test_missing_static_file_is_not_kept(client):
    answer = client.get("/static/css/none.css?v=")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")


def test_version_follows_the_content(tmp_path):
    (tmp_path / "a.css").write_text("body {}")
    (tmp_path / "b.css").write_text("body { }")
    first, second = (headers.version_of(str(tmp_path), name) for name in ("a.css", "b.css"))
    assert (len(first), first == second, headers.version_of(str(tmp_path), "../../etc/passwd")) == (12, False, "")
