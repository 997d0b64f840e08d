"""Error pages in the reader's language: what happened and what to do; the cause stays in the log under a number."""

from __future__ import annotations

import logging
import secrets
from urllib.parse import urlsplit

from flask import Flask, current_app, g, jsonify, render_template, request
from flask_babel import gettext
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RoutingException

from app.domain.errors import N_, Conflict, Forbidden, NotYours, Refusal
from app.permissions import Permission, Standing
from app.screens.request import translated

log = logging.getLogger(__name__)

TEXTS = {
    400: (N_("请求无效"), N_("提交的内容不完整或格式不正确，请返回后重试。")),
    401: (N_("请先登录"), N_("登录已过期，请重新登录后再办理。")),
    403: (N_("没有权限"), N_("您的角色不能办理此事项；如需办理，请联系本单位管理员。")),
    404: (N_("没有找到"), N_("没有这个页面，或它不属于您。")),
    405: (N_("不能这样打开"), N_("这个地址不能直接打开，请从页面上的按钮进入。")),
    409: (N_("已被他人处理"), N_("已被他人处理，请刷新后再看")),
    413: (N_("内容过大"), N_("提交的内容或文件过大，请缩小后重试。")),
    422: (N_("不能办理"), N_("填写的内容不符合要求，请修改后再提交。")),
    429: (N_("操作过于频繁"), N_("请稍候片刻再试。")),
    500: (N_("系统出错"), N_("本次操作没有完成，也没有改动任何数据。请稍后重试；仍不行时请把下面的编号告诉管理员。")),
    503: (
        N_("系统暂时不可用"),
        N_("数据库正在恢复，请过几秒钟再试；已提交成功的内容不会丢失，重复提交也不会办理两次。"),
    ),
}
BARE = (
    '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>'
    '<link rel="stylesheet" href="/static/css/app.css"></head><body class="public"><main class="inner">'
    "<h1>{title}</h1><p>{text}</p><p>{reference}</p></main></body></html>"
)
WITHHELD = {
    Standing.STOPPED: N_("本单位已停用，不能办理业务；有疑问请到受理窗口咨询。"),
    Standing.COMMITTEE: N_("业主委员会不办理维修项目，须由服务本区域的物业服务企业办理。"),
    Standing.UNCONFIRMED: N_(
        "本单位的注册资料尚待窗口核对，核对前只能管理用户和申请变更物业区域；请将纸质要件送交受理窗口。"
    ),
}
TITLES_OF_CSRF = N_("页面已过期，请刷新后重新提交。")


def register_errors(app: Flask) -> None:
    """Bind the handlers. Order matters to nobody: Flask takes the most special one."""
    app.register_error_handler(CSRFError, lambda error: answer(400, gettext(TITLES_OF_CSRF)))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(NotYours, lambda error: answer(404))
    app.register_error_handler(Forbidden, _forbidden)
    app.register_error_handler(Conflict, lambda error: answer_refusal(error, 409))
    app.register_error_handler(Refusal, lambda error: answer_refusal(error, 422))
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(PoolTimeout, _database)
    app.register_error_handler(Exception, _unexpected)


def answer(status: int, sentence: str = "", *, refusal: Refusal | None = None, reference: str = ""):
    """The error page, or JSON for a script's request. Pages about the system itself do without the database."""
    title, text = TEXTS.get(status, TEXTS[400 if status < 500 else 500])
    sentence = sentence or gettext(text)
    if wants_json():
        details = [translated(detail) for detail in refusal.details] if refusal else []
        field = refusal.field if refusal else None
        return jsonify(error=sentence, field=field, details=details, reference=reference), status
    values = {"code": status, "title": gettext(title), "text": sentence, "reference": reference}
    try:
        values["back"] = _page_before() if request.method == "POST" and status < 500 else ""
        return _draw(status, refusal, values), status
    except Exception:  # the page itself needs what is broken (session, host name, database): say it without
        return BARE.format(**{key: escape(value) for key, value in values.items()}), status


def _draw(status: int, refusal: Refusal | None, values: dict) -> str:
    """In the shell for who is signed in; plainly while nobody is known, or the fault is ours."""
    if status >= 500 or "actor" not in g:
        return render_template("errors/plain.html", **values)
    return render_template("errors/error.html", signed_in=current_user.is_authenticated, refusal=refusal, **values)


def _page_before() -> str:
    """The page of ours that the form stood on, to be seen anew; nothing if it can't be opened by itself."""
    came = urlsplit(request.referrer or "")
    if came.netloc != request.host:
        return ""
    try:
        current_app.url_map.bind(request.host).match(came.path, method="GET")
    except (HTTPException, RoutingException):
        return ""
    return came.path + (f"?{came.query}" if came.query else "")


def answer_refusal(refusal: Refusal, status: int):
    """A rule's sentence as the answer."""
    return answer(status, translated(refusal.sentence), refusal=refusal)


def wants_json() -> bool:
    """Asked by a script of ours: it sends JSON or says so in its header."""
    return request.is_json or request.headers.get("X-Requested-With") == "XMLHttpRequest"


def _forbidden(error: Forbidden):
    """What the roles lack, or what the organisation's standing keeps back: then the page says why."""
    who = g.get("actor")
    asked = next((right for right in Permission if right.value == str(error)), None)
    standing = who.withheld_by(asked) if who and asked else None
    return answer(403, gettext(WITHHELD[standing]) if standing else "")


def _http(error: HTTPException):
    if error.code is None or error.code < 400:
        return error  # a redirect raised as an exception
    cause = getattr(error, "original_exception", None)
    if cause is not None:  # it came before the request was dispatched, so Flask found no handler of its own
        return _database(cause) if isinstance(cause, (DBAPIError, PoolTimeout)) else _unexpected(cause)
    response = answer(error.code)
    if error.code == 405 and getattr(error, "valid_methods", None):
        return (*response, {"Allow": ", ".join(sorted(error.valid_methods))})
    return response


def _database(error: Exception):
    """The database is away or busy: 503 and come again; anything else it says is our fault."""
    gone = getattr(error, "connection_invalidated", False) or isinstance(
        error, (OperationalError, InterfaceError, PoolTimeout)
    )
    if not gone:
        return _unexpected(error)
    log.error("database unavailable: %s", type(getattr(error, "orig", None) or error).__name__)
    body, status = answer(503)
    return body, status, {"Retry-After": "5"}


def _unexpected(error: Exception):
    """Logged with a number that the page shows. SQL parameters are hidden by the engine (`hide_parameters`)."""
    number = secrets.token_hex(4).upper()
    log.error("error %s at %s %s", number, request.method, request.path, exc_info=error)
    return answer(500, reference=number)
