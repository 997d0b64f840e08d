"""What an open objection holds up: the final approval of the initiation, for some days (`workflows.md` 5.3, 8)."""

from __future__ import annotations

from datetime import date, timedelta

from app.domain.errors import Sentence, say
from app.models import Objection, Project
from app.queries import objections as queries
from app.workflows import policy
from app.workflows.engine import Context
from app.workflows.notices.rules import approval_waits

NAMED = 3


def no_objection_holds(project: Project, ctx: Context) -> Sentence | None:
    """Guard of the final approval: every verified owner's objection is answered, or its days are over.

    It holds where the approval waits for the notice at all, `objection_hold_days` after the end of the standing
    edition at most.
    """
    held = holding(project, ctx)
    if not held:
        return None
    return say(
        "%(count)s 件业主异议尚未答复（%(numbers)s），须答复后或在 %(date)s 之后方可审核通过", count=len(held),
        numbers="、".join([*held][:NAMED]) + ("等" if len(held) > NAMED else ""), date=max(held.values()).isoformat(),
    )  # fmt: skip


def holding(project: Project, ctx: Context) -> dict[str, date]:
    """{number: the last day on which it holds} of the objections that hold up final approval now."""
    found = {}
    for row in queries.open_of_owners(ctx.session, project.id):
        published_on = row.published_at.date()
        until = row.closes_on + timedelta(days=policy.number(ctx.session, "objection_hold_days", published_on))
        if ctx.today <= until and approval_waits(project, published_on, ctx):
            found[row.number] = until
    return found


def not_verified_yet(objection: Objection, _ctx: Context) -> Sentence | None:
    """Once is enough."""
    return say("业主身份已核对") if objection.is_verified else None
