"""清退 as a table (`workflows.md` 5.4): the company's notice, which the bank confirms when the money is back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from app.domain.enums import RefundState as S
from app.domain.errors import N_, NotYours, Refusal
from app.models import Application, Project, Refund, Transfer
from app.permissions import Actor
from app.permissions import Permission as P
from app.workflows import engine
from app.workflows.engine import Context, Flow, Transition
from app.workflows.payouts.transfers import close_project
from app.workflows.projects import flow as projects
from app.workflows.refunds import actions as a
from app.workflows.refunds import rules as r


def in_scope(refund: Refund, actor: Actor) -> bool:
    """A bank: those of its own escrow accounts; others: as their project."""
    if actor.is_bank:
        return actor.escrow_ids is None or refund.escrow_account_id in actor.escrow_ids
    return projects.in_scope(refund.project, actor)


REFUND = Flow(
    subject=Refund,
    initial=S.ISSUED,
    terminal=frozenset({S.PAID, S.VOIDED, S.EXPIRED}),
    in_scope=in_scope,
    transitions=(
        Transition(
            "confirm", N_("确认已退回"), (S.ISSUED,), S.PAID, P.REFUND_CONFIRM,
            guards=(r.still_valid, r.takes_money_back), effects=(a.note_bank, a.take_in), not_by=r.filer,
            icon="fa-circle-check",
        ),
        Transition(
            "void", N_("作废"), (S.ISSUED,), S.VOIDED, P.REFUND_FILE,
            effects=(a.need_reason,), icon="fa-ban", danger=True,
        ),
        # by the daily job; nobody ends a notice by hand before its day
        Transition(
            "expire", N_("失效"), (S.ISSUED,), S.EXPIRED, P.REFUND_FILE,
            guards=(r.time_is_over,), effects=(a.tell_expired,),
        ),
    ),
)  # fmt: skip


def lock_together(keys: Iterable[int], ctx: Context) -> None:
    """Before several are acted on in one unit of work: all their projects, then applications, then lines, in order."""
    query = select(Refund.project_id, Transfer.application_id, Refund.transfer_id)
    rows = ctx.session.execute(query.join(Transfer, Transfer.id == Refund.transfer_id).where(Refund.id.in_(list(keys))))
    for model, found in zip((Project, Application, Transfer), zip(*rows.all(), strict=True), strict=False):
        for key in sorted(set(found)):
            engine.lock(ctx.session, model, key)


def act(key: Any, name: str, ctx: Context, *, version: int | None = None) -> Refund:
    """One act on a refund, with project, application and line locked first.

    A project that waited only for this notice closes by itself when the notice ends. Errors: those of `engine.apply`;
    Refusal with a sentence of its own for a notice that is brought to the bank after its last day.
    """
    refund = ctx.session.get(Refund, key)
    if refund is None or not in_scope(refund, ctx.actor):
        raise NotYours(f"Refund {key}")
    lock_together([key], ctx)
    refund = engine.lock(ctx.session, Refund, key)
    if name == "confirm" and refund.state is S.EXPIRED and ctx.actor.can(P.REFUND_CONFIRM):
        raise Refusal(r.expired(refund))
    refund = engine.apply(REFUND, key, name, ctx, version=version)
    close_project(refund.project, ctx)
    return refund
