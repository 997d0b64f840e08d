"""What one page of the workbench has to know, by one statement: its guards and tabs then ask it, not the database.

Only pages put these facts into their context (`ctx.data[PAGE]`): an act changes them and works everything out anew.
The functions below answer from the page's facts, else from the database. Amounts are fen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.domain.enums import PAYOUTS, ApplicationState, NoticeKind, RefundState, TransferState, VoteState
from app.models import Acceptance, Application, Notice, Project, ProjectHouse, Refund, Transfer, Vote
from app.queries import notices, objections, projects, votes
from app.queries.gather import gather
from app.queries.project_progress import STANDING, Progress, progress_from, since, sums

PAGE = "projects.page"  # no form field can be called this
# Returned ones count: their money is still asked for. Drafts, withdrawn and rejected ones do not.
COUNTED = (
    ApplicationState.SUBMITTED,
    ApplicationState.IN_REVIEW,
    ApplicationState.RETURNED,
    ApplicationState.APPROVED,
    ApplicationState.SETTLED,
)


@dataclass
class PageFacts:
    """Records are rows, oldest first; `counted` is what is applied for by phase; `memo`: what is worked out once.

    `lines` are those at the bank and those it has paid; `issued`: what refund notices wait for.
    """

    totals: projects.MergedTotals
    moved: set[int]
    sums: dict[int, tuple[int, int]]
    shares: tuple[tuple, ...]  # what `share_sums_query` answered: alike as long as no share has changed
    progress: Progress
    votes: list[Any]
    notices: list[Any]
    applications: list[Any]
    acceptances: list[Any]
    objections: list[Any]
    budget: int
    limit: int
    counted: dict[int | None, int]
    lines: list[Any]
    issued: int
    missing: list[Any] | None = None
    related: list[Any] = field(default_factory=list)  # the project that it supplements, and its own supplements
    memo: dict[Any, Any] = field(default_factory=dict)


def page_facts(session: Session, project: Project) -> PageFacts:
    """Ask for all of it."""
    money = (func.sum(ProjectHouse.budget), func.sum(ProjectHouse.fund_limit))
    rows = gather(
        session, **_records(project.id), **sums([project.id]), totals=projects.totals_query(project),
        moved=projects.moved_query(project), shares=projects.share_sums_query(project),
        money=select(*money).where(ProjectHouse.project_id == project.id), counted=_counted(project.id),
        lines=_lines(project.id), issued=_issued(project.id), related=_related(project),
    )  # fmt: skip
    money_row = rows["money"][0]
    return PageFacts(
        totals=projects.totals_of(rows["totals"][0]), moved={row[0] for row in rows["moved"]},
        sums={item: (houses, total) for item, houses, total, _ in rows["shares"]},
        shares=tuple(map(tuple, rows["shares"])),
        progress=progress_from([project.id], rows)[project.id], votes=rows["votes"], notices=rows["notices"],
        applications=rows["applications"], acceptances=rows["acceptances"],
        objections=rows["objections"], budget=money_row[0] or 0,
        limit=money_row[1] or 0, counted=dict(rows["counted"]), lines=rows["lines"],
        issued=rows["issued"][0][0] or 0, related=rows["related"],
    )  # fmt: skip


def _related(project: Project) -> Any:
    """The project that this one supplements, and those that supplement it."""
    P = Project
    around = (P.supplements_id == project.id) | (P.id == project.supplements_id)
    return select(P.id, P.number, P.name, P.state, P.supplements_id).where(around).order_by(P.id)


def _records(key: int) -> dict[str, Any]:
    """Votes, notices (what they say only of those that stand), applications and acceptances of the project."""
    V, N, A, C = Vote, Notice, Application, Acceptance
    content = case((N.state.in_(STANDING), N.content), else_="").label("content")
    return {
        "votes": select(
            V.id, V.project_id, V.number, V.state, V.rule, V.opened_at, V.closed_at, V.starts_on, V.void_reason
        ).where(V.project_id == key).order_by(V.id),
        "notices": select(
            N.id, N.project_id, N.number, N.kind, N.state, N.title, N.edition, N.published_at, N.closes_on,
            N.fingerprint, N.withdrawn_reason, content,
        ).where(N.project_id == key).order_by(N.id),
        "applications": select(A.id, A.project_id, A.number, A.kind, A.state, A.phase_id, since())
        .where(A.project_id == key).order_by(A.id),
        "acceptances": select(C.id, C.project_id, C.state, C.submitted_at, C.in_force_at)
        .where(C.project_id == key).order_by(C.id),
        "objections": objections.of_project(key),
    }  # fmt: skip


def _counted(key: int) -> Any:
    """(phase, fen applied for in it, less refunds and ended lines)."""
    return (
        select(Application.phase_id, func.sum(Transfer.amount - Transfer.refunded))
        .select_from(Transfer)
        .join(Application, Application.id == Transfer.application_id)
        .where(
            Application.project_id == key, Application.kind.in_(PAYOUTS), Application.state.in_(COUNTED),
            Transfer.state != TransferState.ENDED,
        )
        .group_by(Application.phase_id)
    )  # fmt: skip


def _lines(key: int) -> Any:
    """The lines that the bank has, or has paid."""
    return (
        select(
            Application.number, Application.phase_id, Transfer.line, Transfer.state, Transfer.amount, Transfer.refunded
        )
        .select_from(Transfer)
        .join(Application, Application.id == Transfer.application_id)
        .where(Transfer.project_id == key, Transfer.state.in_((TransferState.PREPARED, TransferState.PAID)))
        .order_by(Transfer.id)
    )


def _issued(key: int) -> Any:
    """Fen of the refund notices that wait for the bank."""
    return select(func.sum(Refund.amount)).where(Refund.project_id == key, Refund.state == RefundState.ISSUED)


def latest_vote(ctx: Any, project_id: int, *states: VoteState) -> Any:
    """The project's newest vote, of these states when any are given; None: there is none."""
    facts = ctx.data.get(PAGE)
    if facts is None:
        return votes.latest_vote(ctx.session, project_id, *states)
    return next((row for row in reversed(facts.votes) if not states or row.state in states), None)


def vote_count(ctx: Any, vote: Any) -> votes.Count:
    """The vote counted."""
    facts = ctx.data.get(PAGE)
    if facts is None:
        return votes.count(ctx.session, vote)
    known = facts.memo.setdefault("counts", {})
    if vote.id not in known:
        known |= votes.counts(ctx.session, [row for row in facts.votes if row.id not in known])
    return known[vote.id]


def standing_notice(ctx: Any, project_id: int, kind: NoticeKind) -> Any:
    """The notice of that kind that is published or has ended by date; None: there is none."""
    facts = ctx.data.get(PAGE)
    if facts is None:
        return notices.standing_notice(ctx.session, project_id, kind)
    return next((row for row in reversed(facts.notices) if row.kind is kind and row.state in STANDING), None)


def latest_acceptance(ctx: Any, project_id: int) -> Any:
    """The project's newest acceptance; None: there is none."""
    facts = ctx.data.get(PAGE)
    if facts is None:
        query = select(Acceptance).where(Acceptance.project_id == project_id).order_by(Acceptance.id.desc()).limit(1)
        return ctx.session.scalar(query)
    return next(reversed(facts.acceptances), None)


def latest_notice(ctx: Any, project_id: int, kind: NoticeKind) -> Any:
    """The newest notice of that kind, whatever its state; None: there is none."""
    facts = ctx.data.get(PAGE)
    row = facts and next((row for row in reversed(facts.notices) if row.kind is kind), None)
    if facts and (row is None or row.state in STANDING):
        return row
    return notices.latest_notice(ctx.session, project_id, kind)  # the facts have the words only of what stands
