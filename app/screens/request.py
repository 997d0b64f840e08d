"""What every screen shares: who is asking, the engine's context, pages in the shell, and a form's one effect."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from flask import abort, current_app, flash, g, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy import select, update
from werkzeug.routing import IntegerConverter
from werkzeug.wrappers import Response

from app import clock, tenancy
from app.domain.errors import Conflict, Forbidden, NotYours, Refusal, Sentence, say
from app.extensions import db
from app.models import Submission
from app.permissions import PUBLIC, Actor, Permission
from app.queries.actors import actor_of
from app.transaction import unit_of_work
from app.workflows.engine import Context

__all__ = ["PublicScreen", "Screen", "actor", "context", "expose", "load", "requires", "submit_once", "translated"]
KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
TOKENS = ("csrf_token", "form_key")


def actor() -> Actor:
    """Who asks, with the areas open to them today; worked out once a request."""
    if "actor" not in g:
        if current_user.is_authenticated:
            g.actor = actor_of(db.session(), current_user, clock.today(), request.remote_addr or "")
        else:
            g.actor = PUBLIC
    return g.actor


def enter_request() -> None:
    """At the start of each request: the session reads as the actor; a public page reads as the public, whoever asks."""
    view = view_of(request.endpoint)
    who = PUBLIC if isinstance(view, PublicScreen) else actor()
    tenancy.enter(db.session(), who)


def context(**data: Any) -> Context:
    """The engine's context of this request: session, actor, the clock's moment, and the form's values."""
    return Context(session=db.session(), actor=actor(), now=clock.now(), data=data)


def drawing() -> Context:
    """The context of a page that is drawn: what its rules, findings and buttons all ask for is read once."""
    return replace(context(), memo=g.setdefault("drawing", {}))


def view_of(endpoint: str | None) -> BaseView | None:
    """The FAB view that serves an endpoint, or None for routes of plain Flask."""
    function = current_app.view_functions.get(endpoint or "")
    return getattr(function, "__self__", None)


def translated(sentence: Sentence | str) -> str:
    """A sentence in the reader's language, and so the words that stand in it as values."""
    if not isinstance(sentence, Sentence):
        return gettext(sentence) if sentence else ""  # the empty text is the catalogue's own header
    if not sentence.template:
        return ""
    values = {
        key: translated(value) if isinstance(value, (str, Sentence)) else value
        for key, value in sentence.values.items()
    }
    return gettext(sentence.template, **values) if values else gettext(sentence.template)


def requires(permission: Permission):
    """Guard a route of a Screen: not signed in → sign-in page; lacking the right → 403. Read by the access table."""

    def guard(method):
        @wraps(method)
        def guarded(self, *args, **kwargs):
            if permission is not Permission.PUBLIC:
                if not current_user.is_authenticated:
                    return ask_to_sign_in()
                if not actor().can(permission):
                    raise Forbidden(permission.value)
            return method(self, *args, **kwargs)

        guarded._permission = permission
        return guarded

    return guard


def ask_to_sign_in() -> Response:
    """To the sign-in page and, after a page that was asked for by GET, back again."""
    if request.is_json or request.headers.get("X-Requested-With"):
        abort(401)
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("SignIn.login", next=target))


class Screen(BaseView):
    """A page of our own. Every route stands under `@expose` and `@requires`."""

    default_view = "index"

    def page(self, template: str, status: int = 200, **values: Any):
        """Render in the shell; `form_key` makes the page's form count once."""
        values.setdefault("form_key", new_form_key())
        return render_template(template, appbuilder=self.appbuilder, actor=actor(), **values), status


class PublicScreen(Screen):
    """A page without sign-in: reads as the public, also for those who are signed in."""


def new_form_key() -> str:
    """The one-time key of a form; printed into it, stored with its effect."""
    return secrets.token_urlsafe(24)


class KeyConverter(IntegerConverter):
    """`<int:…>` in addresses: no number that a database's whole number can't hold (404 instead of a fault)."""

    def __init__(self, map, *args, **options):
        super().__init__(map, *args, **{"max": 2**63 - 1, **options})


def load(model: type, key: Any) -> Any:
    """The row, or 404: one that is not the actor's own does not exist for them."""
    row = db.session().get(model, key)
    if row is None:
        abort(404)
    return row


def submit_once(
    do: Callable[..., Any],
    *,
    answer: str | Callable[[Any], str],
    said: Sentence | str | None = None,
    refused: Callable[[Refusal], Any] | None = None,
    stored: Callable[[Any], None] | None = None,
):
    """Do the form's act once and redirect to `answer` (an address, or a function of what `do` returned).

    `do(session)` runs in one unit of work together with the form's key; the same form again redirects to the first
    answer without doing it again; its key with another act or other words is a Conflict. What the reader is told
    (`said`, and `stored(result)`, which may put something into the browser's session) waits for the commit: an act
    that could not be stored must not be reported as done. A Refusal goes to
    `refused(refusal)`, which draws the form anew (422); without it, and for Conflict, NotYours and Forbidden, the
    error pages answer.
    """
    key, said_by_form = submission_key(), what_was_said()
    result, is_first = None, False
    try:
        with unit_of_work() as session:
            address = _first_answer(session, key, said_by_form)
            is_first = address is None
            if is_first:
                result = do(session)
                address = answer(result) if callable(answer) else answer
                session.execute(update(Submission).where(Submission.key == key).values(answer=address))
    except (Conflict, NotYours):
        raise
    except Refusal as refusal:
        if refused is None:
            raise
        return _with_status(refused(refusal), 422)
    if is_first and said:
        flash(translated(said), "success")
    if is_first and stored:
        stored(result)
    return redirect(address)


def submission_key() -> str:
    """The posted `form_key`, bound to the user; 400 when there is none."""
    key = request.form.get("form_key") or request.headers.get("X-Form-Key", "")
    if not key and request.is_json:
        body = request.get_json(silent=True)
        key = body.get("form_key", "") if isinstance(body, dict) else ""
    if not isinstance(key, str) or not KEY.fullmatch(key):
        abort(400)
    return hashlib.sha256(f"{actor().user_id}:{key}".encode()).hexdigest()


def what_was_said() -> str:
    """Hash of the posted form: its address, fields and files; the tokens that travel with it left out."""
    said = hashlib.sha256(request.full_path.encode())
    if request.is_json:
        body = request.get_json(silent=True)
        fields = {name: body[name] for name in body if name not in TOKENS} if isinstance(body, dict) else body
    else:
        fields = {name: values for name, values in request.form.lists() if name not in TOKENS}
    said.update(json.dumps(fields, sort_keys=True).encode())
    for name, upload in sorted(request.files.items(multi=True), key=lambda pair: pair[0]):
        said.update(f"{name}:{upload.filename}:".encode(errors="replace"))
        said.update(hashlib.file_digest(upload.stream, "sha256").digest())
        upload.stream.seek(0)
    return said.hexdigest()


def _first_answer(session, key: str, said: str) -> str | None:
    """None for the first to come with this key (others now wait for it), else the address it was sent to.

    Conflict when the first one said something else: it must neither be lost in silence nor done on top.
    """
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert
    values = {"key": key, "user_id": actor().user_id, "at": clock.now(), "said": said, "answer": ""}
    # RETURNING tells on both databases whether the row is ours; PostgreSQL's driver gives no count for an insert
    table = Submission.__table__
    first = insert(table).values(**values).on_conflict_do_nothing().returning(table.c.key)
    if session.scalar(first) is not None:
        return None
    known = session.execute(select(table.c.answer, table.c.said).where(table.c.key == key)).one()
    if known.said != said:
        raise Conflict(say("这张表单已经提交过，这次的内容与上次不同，没有办理；请刷新页面，核对后再提交"))
    return known.answer


def _with_status(answer: Any, status: int):
    """A page drawn anew: keep its own status if it has one above 200."""
    if isinstance(answer, tuple):
        return answer if answer[1] != 200 else (answer[0], status)
    if isinstance(answer, Response):
        return answer
    return answer, status
