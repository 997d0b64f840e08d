"""Sessions of signed-in users, kept in the database: the browser holds a random number, the table its hash.

Ended by idleness, sign-out, deactivation and password change (`PlatformUser.session_epoch`). Written by a connection of
its own, and only when something changed or a minute has gone by, so that reading pages stays reading.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import datetime, timedelta
from functools import cache

from flask.sessions import SessionInterface, SessionMixin
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import joinedload
from werkzeug.datastructures import CallbackDict

from app import clock, tenancy
from app.extensions import db
from app.models import PlatformUser, SignInSession
from app.transaction import separate_transaction

TOUCH_EVERY = timedelta(seconds=60)
VISITOR, VISITOR_SECONDS = "~", 12 * 3600
WITHOUT_SESSION = ("/static/", "/healthz")  # by path: the session is opened before the route is known


class DatabaseSession(CallbackDict, SessionMixin):
    """The values of one session; `fresh_id()` gives it a new number (at sign-in), `end()` removes it."""

    def __init__(self, values: dict | None = None, token: str = "", touched_at: datetime | None = None):
        super().__init__(values or {}, self._changed)
        self.token = token
        self.old_token = ""
        self.touched_at = touched_at
        self.user: PlatformUser | None = None  # held, as the database session would forget it before it is asked for
        self.modified = False
        self.accessed = True

    @staticmethod
    def _changed(session: DatabaseSession) -> None:
        session.modified = True

    def fresh_id(self) -> None:
        """A new number for what goes on as another person: the old one, perhaps planted, dies."""
        self.old_token, self.token, self.touched_at, self.modified = self.token, "", None, True

    def end(self) -> None:
        """Forget everything, in the browser and in the table."""
        self.fresh_id()
        self.clear()


class DatabaseSessions(SessionInterface):
    """Flask's session interface over the table `sessions`; visitors keep theirs in a signed cookie.

    So a public page costs no row, and a row always belongs to a user.
    """

    def open_session(self, app, request) -> DatabaseSession:
        token = request.cookies.get(self.get_cookie_name(app), "")
        if not token or len(token) > 2000 or request.path.startswith(WITHOUT_SESSION):
            return DatabaseSession()
        if token.startswith(VISITOR):
            return DatabaseSession(_visitor_values(app, token))
        row = _stored(token)
        if row is None or row.expires_at <= clock.now():
            return DatabaseSession()
        session = DatabaseSession(json.loads(row.data), token, row.touched_at)
        session.user = row.PlatformUser
        return session

    def save_session(self, app, session: DatabaseSession | None, response) -> None:
        if session is None:  # it could not be opened: the database is away
            return
        if session.old_token:
            _remove(session.old_token)
        if not session.get("_user_id"):
            self._save_visitor(app, session, response)
            return
        now = clock.now()
        stale = session.touched_at is None or abs(now - session.touched_at) >= TOUCH_EVERY
        if not (session.modified or stale):
            return
        if not session.token:
            session.token = secrets.token_urlsafe(32)
        strict = session.get("strict", False)
        idle = timedelta(minutes=app.config["IDLE_MINUTES_STRICT" if strict else "IDLE_MINUTES"])
        _store(session, now, idle)
        self._set_cookie(app, response, session.token)

    def _save_visitor(self, app, session: DatabaseSession, response) -> None:
        if session.token:
            _remove(session.token)
        if session:
            if session.modified:
                self._set_cookie(app, response, VISITOR + _signer(app).dumps(dict(session)))
        elif session.modified or session.token:
            name, path, domain = self.get_cookie_name(app), self.get_cookie_path(app), self.get_cookie_domain(app)
            response.delete_cookie(name, path=path, domain=domain)

    def _set_cookie(self, app, response, value: str) -> None:
        response.set_cookie(
            self.get_cookie_name(app),
            value,
            path=self.get_cookie_path(app),
            domain=self.get_cookie_domain(app),
            httponly=True,
            secure=self.get_cookie_secure(app),
            samesite=self.get_cookie_samesite(app),
        )


@cache
def _with_user():
    """The statement of `_stored`, made once."""
    columns = (SignInSession.data, SignInSession.touched_at, SignInSession.expires_at, PlatformUser)
    query = select(*columns).outerjoin(PlatformUser, PlatformUser.id == SignInSession.user_id)
    return query.options(joinedload(PlatformUser.roles)).where(SignInSession.token_hash == bindparam("token_hash"))


def _stored(token: str):
    """The session's row, and in the same statement its user with roles and organisation, kept in the request's session.

    `load_user` then finds them there. Nobody is known yet, so this reads beyond the guard.
    """
    session = db.session()
    with tenancy.unguarded(session):
        return session.execute(_with_user(), {"token_hash": hash_of(token)}).unique().one_or_none()


def _signer(app) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(app.secret_key, salt="visitor")


def _visitor_values(app, token: str) -> dict:
    try:
        values = _signer(app).loads(token.removeprefix(VISITOR), max_age=VISITOR_SECONDS)
    except BadData:
        return {}
    return {name: value for name, value in values.items() if name != "_user_id"}


def hash_of(token: str) -> str:
    """What the table keeps: who reads the table cannot take a session over."""
    return hashlib.sha256(token.encode()).hexdigest()


def _remove(token: str) -> None:
    with separate_transaction() as connection:
        connection.execute(delete(SignInSession.__table__).where(SignInSession.token_hash == hash_of(token)))


def _store(session: DatabaseSession, now: datetime, idle: timedelta) -> None:
    table, key = SignInSession.__table__, hash_of(session.token)
    values = {
        "user_id": int(session["_user_id"]),
        "data": json.dumps(dict(session), ensure_ascii=False, default=str),
        "touched_at": now,
        "expires_at": now + idle,
    }
    with separate_transaction() as connection:
        changed = connection.execute(update(table).where(table.c.token_hash == key).values(**values))
        if changed.rowcount == 0 and session.touched_at is None:
            connection.execute(table.insert().values(token_hash=key, created_at=now, **values))
