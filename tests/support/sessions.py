"""Signed-in sessions made once a run by the form, and given out again under new numbers; tokens asked for once."""

from __future__ import annotations

import json
import re
import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from app import clock
from app.extensions import db
from app.models import PlatformUser, SignInSession
from app.screens.session import VISITOR, hash_of
from app.transaction import write_beside

COOKIE = "fund_session"
TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')
KEPT: dict[str, tuple[dict[str, Any], str]] = {}


def keep(app, client, username: str, token: str) -> None:
    """Remember what the session of this signed-in client holds, and the token of its pages."""
    with app.app_context(), db.engine.connect() as connection:
        query = select(SignInSession.data).where(SignInSession.token_hash == hash_of(client.get_cookie(COOKIE).value))
        KEPT[username] = (json.loads(connection.scalar(query)), token)


def signed_in(app, username: str):
    """A client with a session of its own, as if the user had just signed in."""
    data, token = KEPT[username]
    number, now = secrets.token_urlsafe(32), clock.now()
    with app.app_context():
        with db.engine.connect() as connection:
            query = select(PlatformUser.id, PlatformUser.session_epoch).where(PlatformUser.username == username)
            user = connection.execute(query).one()
        values = {"user_id": user.id, "data": json.dumps({**data, "epoch": user.session_epoch})}
        times = {"created_at": now, "touched_at": now, "expires_at": now + timedelta(minutes=15)}
        write_beside(insert(SignInSession).values(token_hash=hash_of(number), **values, **times))
    client = app.test_client()
    client.set_cookie(COOKIE, number)
    client.kept_token = (number, token)
    return client


def token_of(client, page: str, **options) -> str:
    """The token for forms of this client's session: the same on every page, so it is asked for once."""
    cookie = client.get_cookie(COOKIE)
    kept = getattr(client, "kept_token", None)
    if cookie and kept and kept[0] == cookie.value:
        return kept[1]
    token = TOKEN.search(client.get(page, **options).get_data(as_text=True))[1]
    cookie = client.get_cookie(COOKIE)
    if cookie and not cookie.value.startswith(VISITOR):
        client.kept_token = (cookie.value, token)
    return token
