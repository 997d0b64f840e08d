"""划转 as a table (`workflows.md` 1): one payee line of an approved payout."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from app.domain.enums import TransferState as S
from app.domain.errors import N_, NotYours
from app.models import Application, Project, Transfer
from app.permissions import Permission as P
from app.workflows import engine
from app.workflows.cancellation.rules import only_with_project, stopped_by_notice
from app.workflows.engine import Context, Flow, Transition
from app.workflows.payouts import transfers as t

# What the bank has, it pays or refuses; and ways out, which a cancellation notice leaves open.
_OUT = frozenset({"confirm", "refuse", "decline", "end", "end_with_project"})

TRANSFER = Flow(
    subject=Transfer,
    initial=S.PENDING,
    terminal=frozenset({S.PAID, S.ENDED}),
    in_scope=t.in_scope,
    editable={S.REFUSED: frozenset({"account_name", "bank_name", "account_no"})},
    transitions=stopped_by_notice((
        Transition(
            "prepare", N_("办理划转"), (S.PENDING,), S.PREPARED, P.TRANSFER_PREPARE,
            guards=(t.application_is_approved, t.project_is_running, t.amount_still_fits),
            effects=(t.prepare_it,), not_by=t.reviewers, icon="fa-money-bill-transfer",
        ),
        Transition(
            "confirm", N_("确认已划转"), (S.PREPARED,), S.PAID, P.TRANSFER_CONFIRM,
            effects=(t.note_bank, t.pay_it), not_by=t.preparer, icon="fa-circle-check",
        ),
        Transition(
            "refuse", N_("退回"), (S.PREPARED,), S.REFUSED, P.TRANSFER_CONFIRM,
            effects=(t.refuse_it,), not_by=t.preparer, icon="fa-reply", danger=True,
        ),
        Transition(
            "correct", N_("更正收款账户"), (S.REFUSED,), S.CORRECTED, P.TRANSFER_CORRECT,
            effects=(t.correct_it,), icon="fa-pen",
        ),
        Transition(
            "recheck", N_("复核通过"), (S.CORRECTED,), S.PENDING, P.TRANSFER_RECHECK,
            effects=(t.recheck_it,), icon="fa-check",
        ),
        # Without it a wrong correction could neither be used nor corrected again.
        Transition(
            "decline", N_("复核不通过"), (S.CORRECTED,), S.REFUSED, P.TRANSFER_RECHECK,
            effects=(t.decline_it,), icon="fa-reply",
        ),
        Transition(
            "end", N_("终止"), (S.PENDING, S.REFUSED), S.ENDED, P.TRANSFER_PREPARE,
            guards=(t.application_is_approved,), effects=(t.end_it,), icon="fa-ban", danger=True,
        ),
        # Carried along by 撤销 of the project; nobody presses it.
        Transition(
            "end_with_project", N_("随项目撤销"), (S.PENDING, S.REFUSED, S.CORRECTED), S.ENDED, P.APPLICATION_FILE,
            guards=(only_with_project,),
        ),
    ), but=_OUT, project_of=lambda transfer: transfer.project),
)  # fmt: skip


def lock_together(keys: Iterable[int], ctx: Context) -> None:
    """Before several lines are acted on in one unit of work: all their projects, then all their applications.

    `act()` on each would take the second line's project after the first one's entry has the ledger's chain, which is
    against the lock order: two people confirming across projects would wait for each other.
    """
    query = select(Transfer.project_id, Transfer.application_id).where(Transfer.id.in_(list(keys)))
    found = ctx.session.execute(query).all()
    for project_id in sorted({row.project_id for row in found}):
        engine.lock(ctx.session, Project, project_id)
    for application_id in sorted({row.application_id for row in found}):
        engine.lock(ctx.session, Application, application_id)


def act(key: Any, name: str, ctx: Context, *, version: int | None = None) -> Transfer:
    """One act on a line, with its project and application locked first; then what follows from the last line.

    Errors: those of `engine.apply`. To be called inside a unit of work.
    """
    transfer = ctx.session.get(Transfer, key)
    if transfer is None or not t.in_scope(transfer, ctx.actor):
        raise NotYours(f"Transfer {key}")
    engine.lock(ctx.session, Project, transfer.project_id)
    engine.lock(ctx.session, Application, transfer.application_id)
    transfer = engine.apply(TRANSFER, key, name, ctx, version=version)
    t.settle_application(transfer.application, ctx)
    t.close_project(transfer.project, ctx)
    return transfer
