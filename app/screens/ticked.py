"""The bank and finance act on several rows of a list at once: on all that are ticked, or on none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import abort, request

from app.domain.errors import Refusal, say
from app.domain.money import parse_yuan
from app.extensions import db
from app.screens.projects_frame import whole_number
from app.screens.request import context, submit_once, translated


def act_on_ticked(
    model: type, name: str, act: Callable[..., Any], lock: Callable[..., None], payee: Callable[[Any], str], *,
    answer: str, said: Any, draw: Callable[[Refusal], Any], draw_alone: Callable[[int, Refusal], Any],
):  # fmt: skip
    """One act on each ticked row, with its own serial number and version, on one booked day.

    `payee(row)` names it in a refusal; `draw_alone(key, refusal)` is told when the button stood on a row's own page.
    """
    picked = sorted({whole_number(value) for value in request.form.getlist("pick")})

    def do(_session):
        if not picked:
            raise Refusal(say("请先勾选"))
        lock(picked, context())
        for key in picked:
            row = db.session.get(model, key)  # named now: after a refusal the database may be deaf
            named = {"line": str(row), "name": payee(row)} if row else {"line": "", "name": ""}
            data = {"bank_serial": request.form.get(f"serial-{key}", ""), "booked_on": booked_day()}
            try:
                act(key, name, context(**data), version=_version(f"version-{key}"))
            except Refusal as refusal:
                if type(refusal) is not Refusal or request.form.get("alone"):
                    raise
                text = say("%(line)s（%(name)s）：%(reason)s", **named, reason=translated(refusal.sentence))
                raise Refusal(text, field=refusal.field) from refusal

    def refused(refusal: Refusal):
        if request.form.get("alone") and len(picked) == 1:
            return draw_alone(picked[0], refusal)
        return draw(refusal)

    return submit_once(do, answer=answer, said=said, refused=refused)


def booked_day() -> date | None:
    """入账日期 as typed; None when it is no day."""
    try:
        return date.fromisoformat(request.form.get("booked_on", ""))
    except ValueError:
        return None


def posted_yuan(name: str = "amount") -> int:
    """An amount as typed, in fen. Refusal at its field."""
    try:
        return parse_yuan(request.form.get(name, ""))
    except Refusal as refusal:
        raise Refusal(refusal.sentence, field=name) from refusal


def _version(name: str) -> int:
    """The version that the ticked row was drawn with; 400 without: nobody books what they have not seen."""
    text = request.form.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        abort(400)
    return int(text)
