"""What the cancellation notice stops, and when 撤销 is open (`workflows.md` 5.5). Amounts are fen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from app.domain import calendar
from app.domain.enums import NoticeKind, TransferState
from app.domain.errors import Sentence, say
from app.domain.money import format_yuan
from app.ledger import project_money
from app.models import Application, Project, Transfer
from app.queries import project_page as page
from app.queries.project_page import PAGE
from app.workflows import policy
from app.workflows.engine import Context, Guard, Transition

GOES_ON = frozenset({  # of a project whose cancellation is announced; everything else waits until it is taken back
    "save", "enter_votes", "reopen", "publish_cancellation", "file_refund", "cancel",
})  # fmt: skip


def not_being_cancelled(project: Project, ctx: Context) -> Sentence | None:
    """From the cancellation notice on nothing but refund notices is filed and nothing is approved or prepared."""
    notice = page.standing_notice(ctx, project.id, NoticeKind.CANCELLATION)
    if notice is None:
        return None
    return say("撤销公示 %(number)s 已发布，只能办理清退和撤销；如需继续，须先撤回撤销公示", number=notice.number)


def stopped_by_notice(
    rows: Iterable[Transition], but: frozenset[str], project_of: Callable[[Any], Project | None] = lambda row: row
) -> tuple[Transition, ...]:
    """A flow's rows, all of them but those named closed while the cancellation of their project is announced."""

    def guard(subject: Any, ctx: Context) -> Sentence | None:
        project = project_of(subject)
        return not_being_cancelled(project, ctx) if project is not None else None

    return tuple(row if row.name in but else _also(row, guard) for row in rows)


def _also(row: Transition, guard: Guard) -> Transition:
    return replace(row, guards=(guard, *row.guards))


def only_with_project(_subject: Any, _ctx: Context) -> Sentence | None:
    """Nobody presses it: 撤销 of the project carries the record along."""
    return say("只随项目撤销办理")


def cancellation_announced(project: Project, ctx: Context) -> Sentence | None:
    """Guard of 撤销: its notice stands, and is over where the policy of its publishing day asks for that."""
    notice = page.standing_notice(ctx, project.id, NoticeKind.CANCELLATION)
    if notice is None:
        return say("尚未发布撤销公示")
    waits = policy.value(ctx.session, "cancellation_waits_for_notice", notice.published_at.date()) == "yes"
    if not waits or calendar.is_notice_over(notice.closes_on, ctx.today):
        return None
    return say(
        "撤销公示 %(number)s 尚未结束（%(date)s 24 时截止）", number=notice.number, date=notice.closes_on.isoformat()
    )


def nothing_paid(project: Project, ctx: Context) -> Sentence | None:
    """Guard of 撤销: all that was paid has come back."""
    facts = ctx.data.get(PAGE)
    paid = facts.progress.paid if facts else project_money.net_paid(ctx.session, project)
    return say("已拨付 %(paid)s 元尚未退回，须先办理项目清退", paid=format_yuan(paid)) if paid else None


def nothing_at_the_bank(project: Project, ctx: Context) -> Sentence | None:
    """Guard of 撤销: no line is on its way; the bank pays or refuses it first."""
    facts = ctx.data.get(PAGE)
    rows = facts.lines if facts else ctx.session.execute(_at_the_bank(project.id)).all()
    rows = [row for row in rows if row.state is TransferState.PREPARED]
    if not rows:
        return None
    return say(
        "%(line)s（%(amount)s 元）已送银行，须等银行确认或退回", line=f"{rows[0].number}-{rows[0].line}",
        amount=format_yuan(rows[0].amount),
    )  # fmt: skip


def _at_the_bank(project_id: int):
    return (
        select(Application.number, Transfer.line, Transfer.state, Transfer.amount)
        .join(Application, Application.id == Transfer.application_id)
        .where(Transfer.project_id == project_id, Transfer.state == TransferState.PREPARED)
        .order_by(Transfer.id)
        .limit(1)
    )
