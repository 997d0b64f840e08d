"""维修项目立项申请单, 维修资金拨付申请单 and 受理回执."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.documents import wording as w
from app.documents.contexts_votes import contractors
from app.domain import calendar
from app.domain.enums import AcceptanceState, AttachmentCondition, NoticeKind, ReviewAct, TransferState
from app.models import Acceptance, Application, Notice, Project, ProjectItem
from app.queries import area_change, inbox, notices
from app.queries import papers as queries
from app.queries import projects as project_queries
from app.workflows import policy
from app.workflows.acceptance.rules import current as current_acceptance
from app.workflows.applications.actions import received_copies
from app.workflows.attachments.actions import attachments_of
from app.workflows.attachments.rules import requirements_of
from app.workflows.engine import Context
from app.workflows.notices.content import vote_facts
from app.workflows.projects.kinds import KINDS

LEVELS = ("初审", "复审")
# Asked for only of what is filed after the acceptance; an earlier application must not seem to lack them.
LATER = (AttachmentCondition.AFTER_ACCEPTANCE, AttachmentCondition.LARGE_SETTLEMENT)


def initiation_application(application: Application, ctx: Context) -> dict[str, Any]:
    """The project as it was submitted: frozen since then."""
    project = application.project
    totals = project_queries.merged_totals(ctx.session, project)
    day = application.submitted_at.date()
    acceptance = current_acceptance(ctx.session, project)
    return {
        **_common(application, ctx),
        "contact": project.contact,
        "phone": project.phone or "",
        "kind": project.kind.label + (f"（{project.emergency_type.label}）" if project.emergency_type else ""),
        "at_once": application.kind.pays,
        "reason": project.reason,
        "period": w.span(project.planned_start, project.planned_end),
        "items": _items(project, acceptance, day),
        "budget": w.yuan(totals.budget),
        "amount_in_words": w.capital_amount(totals.budget),
        "houses": w.count(totals.houses),
        "floor_area": w.area(totals.floor_area),
        "fund": w.both(totals.fund),
        "own": w.both(totals.own),
        "short": w.count(totals.short),
        "vote": _vote(application, ctx),
        "notice": _notice(application, ctx),
        "acceptance": _acceptance(application, acceptance, ctx) if application.kind.pays else "",
        "phases": [(str(phase.sequence), phase.condition, w.yuan(phase.amount)) for phase in project.phases],
        "planned": w.yuan(sum(phase.amount for phase in project.phases)),
    }


def payout_application(application: Application, ctx: Context) -> dict[str, Any]:
    """One phase's money: planned, paid before, asked for now, and to whom."""
    project, phase = application.project, application.phase
    totals = project_queries.merged_totals(ctx.session, project)
    before = queries.paid_before(ctx.session, application, phase_id=phase.id)
    return {
        **_common(application, ctx),
        "contact": project.contact,
        "phone": project.phone or "",
        "phase": f"第 {phase.sequence} 期",
        "condition": phase.condition,
        "planned": w.yuan(phase.amount),
        "paid_before": w.yuan(before),
        "project_budget": w.yuan(totals.budget),
        "project_fund": w.yuan(totals.fund),
        "project_paid": w.yuan(queries.paid_before(ctx.session, application)),
        "contractors": contractors(project),
        "amount": w.yuan(application.amount),
        "amount_in_words": w.capital_amount(application.amount),
        "at_once": application.kind.initiates,
        "source": _source(totals) if application.kind.initiates else "",
        "payees": [_payee(line) for line in application.transfers],
        "escrow": str(project.area.escrow_account),
    }


def window_receipt(application: Application, ctx: Context) -> dict[str, Any]:
    """What was received, by whom, when; the next step and its days."""
    session, accepted = ctx.session, application.accepted_at.date()
    days = policy.number(session, "review_days", accepted)
    office = inbox.calendar(session)
    until = calendar.add_workdays(accepted, days, holidays=office.holidays, workdays=office.workdays)
    received = received_copies(session, application)
    papers = [(row.name, str(received[row.id])) for row in requirements_of(session, application) if row.id in received]
    first = LEVELS[0] if application.levels_needed > 1 else LEVELS[1]
    return {
        "number": application.number,
        "matter": application.kind.label,
        "company": application.organisation.name,
        "area": _areas(application, ctx),
        "project": str(application.project or ""),
        "amount": w.both(application.amount) if application.amount else "",
        "filed_by": application.filed_by.first_name if application.filed_by else "",
        "submitted_at": w.moment(application.submitted_at),
        "papers": [(str(place), name, copies) for place, (name, copies) in enumerate(papers, start=1)],
        "accepted_by": application.accepted_by.first_name,
        "accepted_at": w.moment(application.accepted_at),
        "next_step": first,
        "days": str(days),
        "until": w.day(until),
        "department": queries.department_name(session),
    }


def _areas(application: Application, ctx: Context) -> str:
    """The area, or all that a change of company asks for."""
    if application.area is not None:
        return application.area.name
    return "、".join(area_change.names_of(ctx.session, [application.id]).get(application.id, []))


def _common(application: Application, ctx: Context) -> dict[str, Any]:
    return {
        "number": application.number,
        "company": application.organisation.name,
        "area": application.area.name if application.area else "",
        "project": str(application.project),
        "submitted_on": w.day(application.submitted_at),
        "filed_by": application.filed_by.first_name if application.filed_by else "",
        "state": application.state.label,
        "remark": application.remark,
        "documents": documents_of(application, ctx),
        "opinions": opinions_of(application),
        "department": queries.department_name(ctx.session),
    }


def _items(project: Project, acceptance: Acceptance | None, day: date) -> list[dict[str, str]]:
    """The warranty is the one before this project's own works, where they are accepted already."""
    before = {}
    if acceptance is not None and acceptance.state is AcceptanceState.IN_FORCE:
        before = {row.item_id: row.warranty_before for row in acceptance.items}
    return [
        _item(place, item, before.get(item.id, item.equipment.warranty_until), day)
        for place, item in enumerate(project.items, start=1)
    ]


def _item(place: int, item: ProjectItem, warranty: date | None, day: date) -> dict[str, str]:
    equipment = item.equipment
    return {
        "place": str(place),
        "equipment": str(equipment),
        "used": _years_in_use(equipment.installed_on, day),
        "warranty": _warranty(warranty, day),
        "content": item.content,
        "contractor": item.contractor.name if item.contractor else "",
        "budget": w.yuan(item.budget),
    }


def _years_in_use(installed: date | None, day: date) -> str:
    """Full years; nothing where the day of installation is not known."""
    if installed is None:
        return ""
    years = day.year - installed.year - ((day.month, day.day) < (installed.month, installed.day))
    return f"{max(years, 0)} 年"


def _warranty(until: date | None, day: date) -> str:
    if until is None:
        return ""
    return "已过保" if until < day else f"在保，至 {until.isoformat()}"


def _vote(application: Application, ctx: Context) -> str:
    vote = vote_facts(application.project, ctx)
    if vote is None:
        return "" if KINDS[application.project.kind].votes else "紧急项目，无须业主表决"
    return (
        f"表决编号 {vote['number']}，已通过。同意面积 {w.area(vote['area'][0])} / {w.area(vote['area'][1])} 平方米"
        f"（{vote['area_percent']}%），同意人数 {w.count(vote['heads'][0])} / {w.count(vote['heads'][1])} 人"
        f"（{vote['heads_percent']}%）"
    )


def _notice(application: Application, ctx: Context) -> str:
    found = application.notice or notices.standing_notice(ctx.session, application.project_id, NoticeKind.INITIATION)
    return "" if found is None else _told(found)


def _told(notice: Notice) -> str:
    return f"公示编号 {notice.number}，{w.day(notice.published_at)} 至 {w.day(notice.closes_on)}"


def _acceptance(application: Application, acceptance: Acceptance | None, ctx: Context) -> str:
    """简单拨付: done, settled at its budget and announced before this application."""
    notice = notices.standing_notice(ctx.session, application.project_id, NoticeKind.ACCEPTANCE)
    if acceptance is None or notice is None:
        return ""
    settled = w.yuan(sum(acceptance.settlements.values()))
    return f"{w.day(acceptance.completed_on)}竣工验收，结算 {settled} 元，等于预算。验收{_told(notice)}"


def documents_of(application: Application, ctx: Context) -> list[dict[str, str]]:
    """The check list: what is asked, how many paper copies, how many files are there."""
    accepted = queries.settled_before(ctx.session, application)
    files: dict[int | None, int] = {}
    for file in attachments_of(ctx.session, "applications", application.id):
        files[file.requirement_id] = files.get(file.requirement_id, 0) + 1
    return [
        {
            "name": row.name,
            "required": "必需" if row.required else "如有",
            "copies": str(row.copies),
            "files": str(files.get(row.id, 0)),
        }
        for row in requirements_of(ctx.session, application)
        if row.id in files or row.condition not in LATER or accepted
    ]


def opinions_of(application: Application) -> list[dict[str, str]]:
    """受理, 初审, 复审 of the present round: what was written, else a place to write."""
    last_submitted = max((row.id for row in application.reviews if row.act is ReviewAct.SUBMIT), default=0)
    found = {}
    for row in application.reviews:
        if row.id < last_submitted:
            continue
        if row.act is ReviewAct.ACCEPT:
            found["窗口受理"] = row
        elif row.act is ReviewAct.UNDO_ACCEPT:
            found.pop("窗口受理", None)
        elif row.act is ReviewAct.APPROVE:
            last = row.level >= application.levels_needed
            found[LEVELS[1] if last else LEVELS[0]] = row
    steps = ("窗口受理", *(LEVELS if application.levels_needed > 1 else LEVELS[1:]))
    return [_opinion(step, found.get(step)) for step in steps]


def _opinion(step: str, review) -> dict[str, str]:
    if review is None:
        return {"step": step, "text": "", "person": "", "day": ""}
    text = review.opinion or ("同意受理" if step == "窗口受理" else "同意")
    return {"step": step, "text": text, "person": review.actor.first_name, "day": w.day(review.at)}


def _source(totals: project_queries.MergedTotals) -> str:
    """Where the budget's money comes from, where houses are short."""
    if not totals.own:
        return ""
    parts = {"预算": totals.budget, "维修资金": totals.fund, "业主自筹": totals.own}
    budget, fund, own = (f"{name} {w.yuan(fen)} 元" for name, fen in parts.items())
    return f"{budget} = {fund} + {own}"


def _payee(line) -> dict[str, str]:
    paid = f"{line.state.label} {line.booked_on or ''}".strip() if line.state is not TransferState.PENDING else ""
    return {
        "line": str(line.line),
        "name": line.account_name,
        "bank": line.bank_name,
        "account": line.account_no,
        "amount": w.yuan(line.amount),
        "reason": line.foreign_reason,
        "paid": paid,
    }


def last_change(application: Application):
    """When what its papers say changed last: a copy printed before that is out of date."""
    moments = [application.submitted_at, application.created_at, *(row.at for row in application.reviews)]
    for line in application.transfers:
        moments += [line.prepared_at, line.paid_at]
    return max(moment for moment in moments if moment is not None)
