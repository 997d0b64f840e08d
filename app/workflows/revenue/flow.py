"""收益交款 as a table (`workflows.md` 4): the notice, which the bank confirms, and what becomes of the money."""

from __future__ import annotations

from collections.abc import Iterable

from app.domain.enums import RevenueState as S
from app.domain.errors import N_, NotYours, Refusal
from app.models import RevenueNotice
from app.permissions import Actor
from app.permissions import Permission as P
from app.workflows import engine
from app.workflows.engine import Context, Flow, Transition
from app.workflows.revenue import actions as a
from app.workflows.revenue import rules as r


def in_scope(notice: RevenueNotice, actor: Actor) -> bool:
    """A bank: those of its own escrow accounts; a company or committee: its own and those of its areas."""
    if actor.is_system or actor.is_department:
        return True
    if actor.is_bank:
        return actor.escrow_ids is None or notice.escrow_account_id in actor.escrow_ids
    if not actor.is_tenant:
        return False
    own = notice.organisation_id == actor.organisation_id
    return own or (actor.area_ids is not None and notice.area_id in actor.area_ids)


REVENUE = Flow(
    subject=RevenueNotice,
    initial=S.ISSUED,
    terminal=frozenset({S.DISTRIBUTED, S.VOIDED, S.EXPIRED}),
    in_scope=in_scope,
    transitions=(
        Transition(
            "confirm", N_("确认已交款"), (S.ISSUED,), S.PAID, P.REVENUE_CONFIRM,
            guards=(r.still_valid,), effects=(a.note_bank, a.take_in), not_by=r.filer, icon="fa-circle-check",
        ),
        Transition(
            "void", N_("作废"), (S.ISSUED,), S.VOIDED, P.REVENUE_FILE,
            effects=(a.need_reason,), icon="fa-ban", danger=True,
        ),
        # by the daily job; nobody ends a notice by hand before its day
        Transition(
            "expire", N_("失效"), (S.ISSUED,), S.EXPIRED, P.REVENUE_FILE,
            guards=(r.time_is_over,), effects=(a.tell_expired,),
        ),
        Transition(
            "distribute", N_("收益分摊"), (S.PAID, S.KEPT), S.PAID, P.REVENUE_DISTRIBUTE,
            guards=(r.something_left,), effects=(a.spread,), icon="fa-chart-pie",
        ),
        # carried along when the last fen has been spread
        Transition("finish", N_("分摊完毕"), (S.PAID,), S.DISTRIBUTED, P.REVENUE_DISTRIBUTE),
        Transition(
            "keep", N_("留存收益户"), (S.PAID,), S.KEPT, P.REVENUE_DISTRIBUTE,
            guards=(r.something_left,), effects=(a.need_keep_reason,), icon="fa-piggy-bank",
        ),
    ),
)  # fmt: skip


def lock_together(keys: Iterable[int], ctx: Context) -> None:
    """Before several are acted on in one unit of work: in order."""
    for key in sorted(keys):
        engine.lock(ctx.session, RevenueNotice, key)


def act(key: int, name: str, ctx: Context, *, version: int | None = None) -> RevenueNotice:
    """One act on a notice. Errors: those of `engine.apply`; Refusal with a sentence of its own for a notice that is
    brought to the bank after its last day."""
    notice = ctx.session.get(RevenueNotice, key)
    if notice is None or not in_scope(notice, ctx.actor):
        raise NotYours(f"RevenueNotice {key}")
    notice = engine.lock(ctx.session, RevenueNotice, key)
    if name == "confirm" and notice.state is S.EXPIRED and ctx.actor.can(P.REVENUE_CONFIRM):
        raise Refusal(r.expired(notice))
    notice = engine.apply(REVENUE, key, name, ctx, version=version)
    if name == "distribute" and not notice.left:
        engine.carry(REVENUE, notice, "finish", ctx)
    return notice
