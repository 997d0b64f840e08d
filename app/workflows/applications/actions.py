"""What the acts on an application do beside moving its state: number, review record, levels, papers, messages."""

from __future__ import annotations

from sqlalchemy import select

from app.domain.enums import ApplicationKind, ReviewAct
from app.domain.errors import Refusal, Sentence, say
from app.models import Application, ReceivedPaper, Review
from app.workflows import messages, policy
from app.workflows.attachments.rules import requirements_of
from app.workflows.engine import Context
from app.workflows.numbers import PREFIX, next_number


def number_it(application: Application, ctx: Context) -> None:
    """The first submission takes the number; a later one keeps it."""
    if application.number is None:
        application.number = next_number(ctx.session, PREFIX[application.kind], ctx.today)


def file_it(application: Application, ctx: Context) -> None:
    """Who files when, and how many reviews the policy of that day asks for."""
    application.filed_by_id = ctx.actor.user_id
    application.submitted_at = application.waiting_since = ctx.now
    application.levels_needed = policy.number(ctx.session, "review_levels", ctx.today)
    application.levels_approved = 0
    record(application, ReviewAct.SUBMIT, ctx)


def take_papers(application: Application, ctx: Context) -> None:
    """The clerk's ticks: `papers` is {requirement id: copies}; only rows of this application's own list count."""
    ctx.session.execute(ReceivedPaper.__table__.delete().where(ReceivedPaper.application_id == application.id))
    asked = {row.id: row for row in requirements_of(ctx.session, application)}
    papers = {key: copies for key, copies in (ctx.data.get("papers") or {}).items() if key in asked}
    for key, copies in papers.items():
        if not 1 <= copies <= 99:
            raise Refusal(say("“%(name)s”的份数须为 1 至 99", name=asked[key].name), field=f"copies-{key}")
        ctx.session.add(ReceivedPaper(application_id=application.id, requirement_id=key, copies=copies))


def accept_it(application: Application, ctx: Context) -> None:
    """受理: from now on it waits for a review."""
    application.accepted_by_id = ctx.actor.user_id
    application.accepted_at = application.waiting_since = ctx.now
    record(application, ReviewAct.ACCEPT, ctx)


def undo_accept_it(application: Application, ctx: Context) -> None:
    """Back to the window; it has waited since it was submitted."""
    application.accepted_by_id = application.accepted_at = None
    application.waiting_since = application.submitted_at
    record(application, ReviewAct.UNDO_ACCEPT, ctx)


def need_reason(application: Application, ctx: Context) -> None:
    """退回补正 and 不予通过 say why. An effect and not a guard, as the button must be open before a word is typed."""
    if not opinion_of(ctx):
        raise Refusal(say("请填写原因"), field="opinion")


def return_it(application: Application, ctx: Context) -> None:
    """To the company; the next round starts from the window."""
    application.levels_approved = 0
    application.accepted_by_id = application.accepted_at = None
    application.waiting_since = ctx.now
    record(application, ReviewAct.RETURN, ctx)
    tell_company(application, say("%(matter)s 被退回补正：%(reason)s", matter=application, reason=opinion_of(ctx)), ctx)


def reject_it(application: Application, ctx: Context) -> None:
    """Final; a new application gets a new number."""
    _end(application, ctx)
    record(application, ReviewAct.REJECT, ctx)
    tell_company(application, say("%(matter)s 不予通过：%(reason)s", matter=application, reason=opinion_of(ctx)), ctx)


def withdraw_it(application: Application, ctx: Context) -> None:
    """By the company itself; final."""
    _end(application, ctx)
    record(application, ReviewAct.WITHDRAW, ctx)


def approve_level(application: Application, ctx: Context) -> None:
    """One level more, with its opinion."""
    application.levels_approved += 1
    application.waiting_since = ctx.now
    record(application, ReviewAct.APPROVE, ctx, level=application.levels_approved)


def tell_approved(application: Application, ctx: Context) -> None:
    """After the last level."""
    tell_company(application, say("%(matter)s 已审核通过", matter=application), ctx)


def settle_it(application: Application, ctx: Context) -> None:
    """Every line is paid or ended."""
    _end(application, ctx)


def record(application: Application, act: ReviewAct, ctx: Context, *, level: int = 0) -> None:
    """One row of the review history, never edited."""
    application.reviews.append(
        Review(act=act, level=level, actor_id=ctx.actor.user_id, at=ctx.now, opinion=opinion_of(ctx))
    )


def opinion_of(ctx: Context) -> str:
    """审核意见 or reason as typed, trimmed."""
    return (ctx.data.get("opinion") or "").strip()


def tell_company(application: Application, text: Sentence, ctx: Context) -> None:
    """A message to the filing organisation's agents of that area and its administrators, to nobody else."""
    of_administrators = application.kind is ApplicationKind.AREA_CHANGE
    messages.tell_organisation(
        ctx.session, application.organisation_id, application.area_id, text, now=ctx.now,
        link=f"/applications/{application.id}", roles=("OrgAdmin",) if of_administrators else messages.PROJECT_HANDS,
    )  # fmt: skip


def received_copies(session, application: Application) -> dict[int, int]:
    """{requirement id: copies} of the paper documents handed in at the window."""
    rows = session.execute(
        select(ReceivedPaper.requirement_id, ReceivedPaper.copies).where(ReceivedPaper.application_id == application.id)
    )
    return {row.requirement_id: row.copies for row in rows}


def _end(application: Application, ctx: Context) -> None:
    application.ended_at = ctx.now
    application.waiting_since = None
