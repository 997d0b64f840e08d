"""The acts on a payee line: who may, what must hold, what they do. Amounts are fen."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from app import audit
from app.domain.enums import ApplicationState, ProjectState
from app.domain.errors import Refusal, Sentence, say
from app.ledger import project_money
from app.models import Application, Project, Transfer
from app.permissions import Actor
from app.workflows import bank_serials, engine, messages, policy
from app.workflows.applications import flow as applications
from app.workflows.applications.filing import contractor_named, wrong_account_number
from app.workflows.applications.rules import in_scope as application_in_scope
from app.workflows.applications.rules import lines_over
from app.workflows.applications.rules import reviewers as application_reviewers
from app.workflows.engine import Context
from app.workflows.payouts import actions
from app.workflows.payouts.rules import acceptance_in_force, nothing_open
from app.workflows.projects.flow import PROJECT
from app.workflows.refunds.rules import no_issued_refund


def in_scope(transfer: Transfer, actor: Actor) -> bool:
    """A bank: lines of its own escrow accounts once finance has prepared them; others: as their application."""
    if actor.is_bank:
        mine = actor.escrow_ids is None or transfer.escrow_account_id in actor.escrow_ids
        return mine and transfer.prepared_by_id is not None
    return application_in_scope(transfer.application, actor)


def reviewers(transfer: Transfer) -> set[int | None]:
    """Whoever reviewed the application or rechecked the line may not prepare it."""
    return application_reviewers(transfer.application) | {transfer.rechecked_by_id}


def preparer(transfer: Transfer) -> set[int | None]:
    """Who prepared it may not confirm it."""
    return {transfer.prepared_by_id}


def application_is_approved(transfer: Transfer, ctx: Context) -> Sentence | None:
    """A line moves only once its application has passed every level."""
    if transfer.application.state is ApplicationState.APPROVED:
        return None
    return say("%(matter)s 尚未审核通过", matter=transfer.application)


def project_is_running(transfer: Transfer, ctx: Context) -> Sentence | None:
    """Nothing is prepared for a project that has ended."""
    return actions.project_is_running(transfer.application, ctx)


def amount_still_fits(transfer: Transfer, ctx: Context) -> Sentence | None:
    """The limits of the submission, once more, with the project row locked."""
    return actions.amount_fits(transfer.application, ctx)


def prepare_it(transfer: Transfer, ctx: Context) -> None:
    """On its way to the bank; an unknown outcome stays here and can't be prepared twice."""
    transfer.prepared_by_id, transfer.prepared_at = ctx.actor.user_id, ctx.now
    transfer.rechecked_by_id = None


def note_bank(transfer: Transfer, ctx: Context) -> None:
    """The bank's own number of the payment, and the day it booked it."""
    booked = bank_serials.booked(
        transfer, ctx, since=transfer.prepared_at.date(),
        too_early=lambda day: say("入账日期不能早于办理划转的日期 %(day)s", day=day),
    )  # fmt: skip
    transfer.bank_serial, transfer.booked_on = booked.serial, booked.on
    transfer.confirmed_by_id, transfer.paid_at = ctx.actor.user_id, ctx.now
    try:
        ctx.session.flush()
    except IntegrityError as error:  # the same serial for another project's line, in the same moment
        raise bank_serials.used_for_transfer(booked.serial) from error


def pay_it(transfer: Transfer, ctx: Context) -> None:
    """The money has left the bank: posted in this very transaction."""
    entry = project_money.pay_transfer(
        ctx.session, transfer, booked_on=transfer.booked_on, now=ctx.now, actor=ctx.actor,
        draw_order=policy.value(ctx.session, "draw_order", ctx.today),
    )  # fmt: skip
    transfer.entry_id = entry.id


def refuse_it(transfer: Transfer, ctx: Context) -> None:
    """The bank gives it back, and says why; the company hears of it."""
    transfer.refusal_reason = _reason(ctx)
    _tell(transfer, say("%(line)s 被银行退回：%(reason)s", line=transfer, reason=transfer.refusal_reason), ctx)


def correct_it(transfer: Transfer, ctx: Context) -> None:
    """Name, bank and account only; the amount stays."""
    fields = {
        "account_name": (say("请填写户名"), 200),
        "bank_name": (say("请填写开户行"), 200),
        "account_no": (say("请填写账号"), 64),
    }
    changes = {}
    for field, (missing, longest) in fields.items():
        value = _text(ctx, field)
        if not value:
            raise Refusal(missing, field=field)
        if len(value) > longest:
            raise Refusal(say("不能超过 %(count)s 个字", count=longest), field=field)
        if field == "account_no" and (wrong := wrong_account_number(value)):
            raise Refusal(wrong, field=field)
        if value != getattr(transfer, field):
            changes[field] = [getattr(transfer, field), value]
        setattr(transfer, field, value)
    if not changes:
        raise Refusal(say("户名、开户行、账号均未改动"), field="account_name")
    _name_payee(ctx.session, transfer, _text(ctx, "foreign_reason"))
    _record_changes(transfer, changes, ctx)


def _name_payee(session, transfer: Transfer, reason: str) -> None:
    """As at the filing: another name than a contractor's asks for a reason, and stands out to whoever rechecks."""
    contractor = contractor_named(session, transfer.project, transfer.account_name)
    if contractor is None and not reason:
        raise Refusal(
            say("“%(name)s”不是本项目的施工单位，请核对；确需拨付的请写明原因", name=transfer.account_name),
            field="foreign_reason",
        )
    if len(reason) > 400:
        raise Refusal(say("不能超过 %(count)s 个字", count=400), field="foreign_reason")
    transfer.contractor, transfer.foreign_reason = contractor, "" if contractor else reason


def recheck_it(transfer: Transfer, ctx: Context) -> None:
    """A reviewer has compared the correction with the papers."""
    transfer.rechecked_by_id = ctx.actor.user_id
    transfer.refusal_reason = ""
    transfer.prepared_by_id = transfer.prepared_at = None


def decline_it(transfer: Transfer, ctx: Context) -> None:
    """The correction is not right either: back to the company with a reason."""
    transfer.refusal_reason = _reason(ctx)
    _tell(transfer, say("%(line)s 更正未通过复核：%(reason)s", line=transfer, reason=transfer.refusal_reason), ctx)


def end_it(transfer: Transfer, ctx: Context) -> None:
    """Its amount is free again."""
    transfer.end_reason = _reason(ctx)
    _tell(transfer, say("%(line)s 已终止划转：%(reason)s", line=transfer, reason=transfer.end_reason), ctx)


def settle_application(application: Application, ctx: Context) -> None:
    """When all lines are paid or ended, the application is settled."""
    if application.state is ApplicationState.APPROVED and not lines_over(application, ctx):
        engine.carry(applications.APPLICATION, application, "settle", ctx)


def close_project(project: Project, ctx: Context) -> None:
    """The project closes by itself: acceptance in force, Σp = Σu, nothing open (`workflows.md` 5.1)."""
    if project.state is not ProjectState.RUNNING or not acceptance_in_force(ctx.session, project):
        return
    ctx.session.flush()
    paid = project_money.net_paid(ctx.session, project) == project_money.limit_total(ctx.session, project)
    if paid and not nothing_open(project, ctx) and not no_issued_refund(project, ctx):
        engine.carry(PROJECT, project, "close", ctx)


def _record_changes(transfer: Transfer, changes: dict, ctx: Context) -> None:
    audit.record(
        ctx.session, ctx.actor, "correct_account", transfer, now=ctx.now, summary=f"{transfer}：更正收款账户",
        changes=changes,
    )  # fmt: skip


def _reason(ctx: Context) -> str:
    reason = _text(ctx, "reason")
    if not reason:
        raise Refusal(say("请填写原因"), field="reason")
    return reason


def _text(ctx: Context, name: str) -> str:
    return (ctx.data.get(name) or "").strip()


def _tell(transfer: Transfer, text: Sentence, ctx: Context) -> None:
    messages.tell_organisation(
        ctx.session, transfer.application.organisation_id, transfer.application.area_id, text, now=ctx.now,
        link=f"/applications/{transfer.application_id}",
    )  # fmt: skip
