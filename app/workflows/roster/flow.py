"""Opening balances as a table: finance confirms count and total, or sends the batch back."""

from __future__ import annotations

from app.domain.enums import OpeningState as S
from app.domain.errors import N_, Refusal, say
from app.ledger.opening import confirm_opening
from app.models import OpeningBatch
from app.permissions import Actor, Permission
from app.workflows.engine import Context, Flow, Transition


def in_scope(_batch: OpeningBatch, actor: Actor) -> bool:
    """Opening balances are the department's own matter."""
    return actor.is_department or actor.is_system


def figures_confirmed(batch: OpeningBatch, ctx: Context) -> None:
    """Finance types count and total from the paper; they must be those of the batch (`money.md` 3, opening).

    Refusal at the figure that differs. It doesn't tell the imported one, which would make the second look pointless.
    """
    if "house_count" in ctx.data and ctx.data["house_count"] != batch.house_count:
        raise Refusal(say("户数与导入的不符，请核对纸质清册"), field="house_count")
    if "total" in ctx.data and ctx.data["total"] != batch.principal_total + batch.interest_total:
        raise Refusal(say("合计金额与导入的不符，请核对纸质清册"), field="total")


def reason_given(_batch: OpeningBatch, ctx: Context) -> None:
    """Sending back needs a reason: Refusal without one."""
    if "reason" in ctx.data and not ctx.data["reason"].strip():
        raise Refusal(say("请填写退回原因"), field="reason")


def post_opening(batch: OpeningBatch, ctx: Context) -> None:
    """Post the balances and write down who confirmed them."""
    confirm_opening(ctx.session, batch, booked_on=ctx.today, now=ctx.now, actor=ctx.actor)
    _decided(batch, ctx)


def decline(batch: OpeningBatch, ctx: Context) -> None:
    """Keep the reason; the houses stay, without balances."""
    batch.reason = ctx.data.get("reason", "")
    _decided(batch, ctx)


def _decided(batch: OpeningBatch, ctx: Context) -> None:
    batch.decided_at = ctx.now
    batch.decided_by_id = ctx.actor.user_id


OPENING = Flow(
    subject=OpeningBatch,
    initial=S.WAITING,
    terminal=frozenset({S.CONFIRMED, S.DECLINED}),
    in_scope=in_scope,
    transitions=(
        Transition(
            "confirm", N_("确认入账"), (S.WAITING,), S.CONFIRMED, Permission.OPENING_CONFIRM,
            form="opening", effects=(figures_confirmed, post_opening), not_by=lambda b: (b.created_by_id,),
        ),
        Transition(
            "decline", N_("退回"), (S.WAITING,), S.DECLINED, Permission.OPENING_CONFIRM,
            form="reason", effects=(reason_given, decline), danger=True,
        ),
    ),
)  # fmt: skip
