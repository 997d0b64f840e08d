"""A project as it stood when its company handed it over, as finished texts and figures for one JSON record.

Amounts are fen, areas 0.01 m², days ISO. No personal data: owners, contact persons, phones and reviewers' names stay
out, account numbers and names of persons are masked.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from app.domain.identifiers import mask_account_number, mask_name
from app.ledger import project_money
from app.models import Acceptance, Application, JournalEntry, Project, ProjectHouse, Transfer
from app.queries import inbox, notices, transfers, votes
from app.queries.projects import merged_totals
from app.workflows.engine import Context
from app.workflows.payouts.rules import counted

LONGEST_NAME = 4  # 户名 of at most so many signs is a person's


def frozen(project: Project, successor: str, ctx: Context) -> dict[str, Any]:
    """Everything that the page 历史项目 shows of one project; `successor` is the new company's name."""
    return {
        "successor": successor,
        "basics": _basics(project),
        "sums": _sums(project, ctx),
        "items": [_item(item) for item in project.items],
        "phases": [_phase(phase, ctx) for phase in project.phases],
        "votes": [_vote(vote, ctx) for vote in votes.votes_of(ctx.session, project.id)],
        "notices": [_notice(notice) for notice in notices.notices_of(ctx.session, project.id)],
        "acceptances": [_acceptance(row) for row in _acceptances(project, ctx)],
        "applications": [_application(row) for row in inbox.of_project(ctx.session, project)],
        "transfers": [_transfer(line) for line in transfers.of_project(ctx.session, project)],
        "ledger": _ledger(project, ctx),
    }


def _basics(project: Project) -> dict[str, Any]:
    return {
        "number": project.number,
        "name": project.name,
        "area": project.area.name,
        "company": project.organisation.name,
        "kind": project.kind.label,
        "state": project.state.label,
        "colour": project.state.colour,
        "since": _day(project.state_since),
        "created": _day(project.created_at),
        "reason": project.reason,
        "planned": [_day(project.planned_start), _day(project.planned_end)],
        "emergency": project.emergency_type.label if project.emergency_type else "",
        "remark": project.remark,
    }


def _sums(project: Project, ctx: Context) -> dict[str, int]:
    totals = merged_totals(ctx.session, project)
    return {
        "houses": totals.houses,
        "floor_area": int(totals.floor_area),
        "budget": int(totals.budget),
        "fund": int(totals.fund),
        "own": int(totals.own),
        "limit": int(project_money.limit_total(ctx.session, project)),
        "paid": int(project_money.net_paid(ctx.session, project)),
        "asked": counted(ctx.session, project.id),
    }


def _item(item) -> dict[str, Any]:
    return {
        "equipment": str(item.equipment),
        "content": item.content,
        "contractor": item.contractor.name if item.contractor else "",
        "budget": item.budget,
        "settled": item.settled,
    }


def _phase(phase, ctx: Context) -> dict[str, Any]:
    return {
        "sequence": phase.sequence,
        "condition": phase.condition,
        "amount": phase.amount,
        "asked": counted(ctx.session, phase.project_id, phase_id=phase.id),
    }


def _vote(vote, ctx: Context) -> dict[str, Any]:
    result = votes.count(ctx.session, vote).result
    return {
        "number": vote.number,
        "state": vote.state.label,
        "colour": vote.state.colour,
        "rule": vote.rule.label,
        "opened": _day(vote.opened_at),
        "closed": _day(vote.closed_at),
        "area": [result.area.agree, result.area.total],
        "heads": [result.heads.agree, result.heads.total],
    }


def _notice(notice) -> dict[str, Any]:
    return {
        "number": notice.number,
        "kind": notice.kind.label,
        "state": notice.state.label,
        "colour": notice.state.colour,
        "published": _day(notice.published_at),
        "closes": _day(notice.closes_on),
    }


def _acceptances(project: Project, ctx: Context):
    return ctx.session.scalars(select(Acceptance).where(Acceptance.project_id == project.id).order_by(Acceptance.id))


def _acceptance(row: Acceptance) -> dict[str, Any]:
    return {
        "completed": _day(row.completed_on),
        "state": row.state.label,
        "colour": row.state.colour,
        "settled": sum(item.settled for item in row.items),
        "opinion": row.opinion,
        "warranty": _day(row.warranty_until),
    }


def _application(row: Application) -> dict[str, Any]:
    return {
        "number": row.number or "",
        "kind": row.kind.label,
        "phase": row.phase.sequence if row.phase else None,
        "state": row.state.label,
        "colour": row.state.colour,
        "amount": row.amount,
        "submitted": _day(row.submitted_at),
    }


def _transfer(line: Transfer) -> dict[str, Any]:
    person = len(line.account_name) <= LONGEST_NAME
    return {
        "line": f"{line.application.number or ''}-{line.line}".lstrip("-"),
        "payee": mask_name(line.account_name) if person else line.account_name,
        "bank": line.bank_name,
        "account": mask_account_number(line.account_no),
        "amount": line.amount,
        "refunded": line.refunded,
        "state": line.state.label,
        "colour": line.state.colour,
        "booked": _day(line.booked_on),
    }


def _ledger(project: Project, ctx: Context) -> dict[str, int]:
    """What the project drew from its houses' accounts and holds of them, and how many entries say so."""
    drawn = select(
        func.coalesce(func.sum(ProjectHouse.drawn_interest), 0),
        func.coalesce(func.sum(ProjectHouse.drawn_principal), 0),
        func.coalesce(func.sum(ProjectHouse.held), 0),
    ).where(ProjectHouse.project_id == project.id)
    interest, principal, held = ctx.session.execute(drawn).one()
    entries = select(func.count()).select_from(JournalEntry).where(JournalEntry.project_id == project.id)
    return {
        "interest": int(interest),
        "principal": int(principal),
        "held": int(held),
        "entries": ctx.session.scalar(entries) or 0,
    }


def _day(value) -> str:
    return value.strftime("%Y-%m-%d") if value else ""
