"""Drafts of applications: made from a project's 操作 menu, saved as often as wanted, thrown away. Amounts are fen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import delete, select

from app import audit
from app.domain.apportion import apportion
from app.domain.enums import ApplicationKind, ApplicationState, TransferState
from app.domain.errors import Conflict, Forbidden, NotYours, Refusal, Sentence, say
from app.domain.identifiers import parse_account_number
from app.models import Application, Attachment, Contractor, ContractorAccount, Project, Transfer
from app.permissions import Permission
from app.queries.projects import merged_totals
from app.workflows import engine
from app.workflows.applications.flow import APPLICATION
from app.workflows.engine import TAKEN, Context
from app.workflows.initiation.rules import unfinished_initiation
from app.workflows.payouts.rules import left_of_phase
from app.workflows.projects.flow import PROJECT
from app.workflows.projects.kinds import KINDS

MAX_LINES = 50
_TEXTS = {"account_name": (200, "户名"), "bank_name": (200, "开户行"), "account_no": (64, "账号")}


@dataclass(frozen=True)
class Line:
    """One payee as typed: 户名, 开户行, 账号, 金额 (fen), and the reason where it is none of the contractors.

    `wrong` says what is wrong with the amount as it was typed; `amount` is then 0.
    """

    account_name: str
    bank_name: str
    account_no: str
    amount: int
    foreign_reason: str = ""
    wrong: Sentence | None = None


class FaultyLines(Refusal):
    """What is wrong with the payee lines, all of it, by field name (`lines-0-amount`)."""

    def __init__(self, faults: dict[str, Sentence]):
        self.faults = faults
        field, sentence = next(iter(faults.items()))
        super().__init__(sentence, field=field)


def open_initiation(project_id: int, ctx: Context) -> Application:
    """项目立项: the draft or returned application that is there, else a new draft. Errors: those of `engine.apply`.

    One that pays at once (简单拨付) is prefilled with what each contractor's works cost.
    """
    project = engine.apply(PROJECT, project_id, "file_initiation", ctx)
    if (found := unfinished_initiation(ctx.session, project)) is not None:
        return found
    application = new_draft(KINDS[project.kind].initiation, project, ctx)
    if application.kind.pays:
        application.phase = project.phases[0]
        _put_lines(application, _proposed(project, ctx), ctx, complete=False)
    return application


def open_payout(project_id: int, phase_id: int, ctx: Context) -> Application:
    """资金拨付: a new draft for one phase, prefilled with what the phase has left and its only contractor."""
    project = engine.apply(PROJECT, project_id, "file_payout", ctx)
    phase = next((row for row in project.phases if row.id == phase_id), None)
    if phase is None:
        raise Refusal(say("请选择拨付期次"), field="phase_id")
    left = left_of_phase(ctx.session, phase)
    if left <= 0:
        raise Refusal(say("第 %(sequence)s 期已全部申请，请选择其他期次", sequence=phase.sequence), field="phase_id")
    application = new_draft(ApplicationKind.PAYOUT, project, ctx)
    application.phase = phase
    account = _only_account(project, ctx)
    if account is not None:
        _put_lines(application, [Line(account.account_name, account.bank_name, account.account_no, left)], ctx)
    return application


def save_application(
    key: int,
    ctx: Context,
    *,
    version: int | None = None,
    remark: str = "",
    lines: list[Line] | None = None,
    complete: bool = True,
) -> Application:
    """保存: remark and payee lines while it is a draft or returned. Errors: NotYours, Forbidden, Conflict, Refusal.

    Not `complete`: payees may be half written, as work is saved half done; the submission asks for the rest.
    """
    application = lock_own(key, ctx)
    if version is not None and application.version != version:
        raise Conflict(TAKEN)
    if "lines" not in APPLICATION.editable.get(application.state, ()):
        raise Refusal(say("当前状态为“%(state)s”，不能修改", state=application.state.label))
    if len(remark) > 1000:
        raise Refusal(say("不能超过 %(count)s 个字", count=1000), field="remark")
    application.remark = remark.strip()
    if lines is not None and application.kind.pays:
        _put_lines(application, lines, ctx, complete=complete)
    engine.touch(application)
    ctx.session.flush()  # the next act locks the row and reads it anew
    return application


def discard_draft(key: int, ctx: Context, *, version: int | None = None) -> Project:
    """A draft that was never submitted is thrown away with its files; gives its project."""
    application = lock_own(key, ctx)
    if version is not None and application.version != version:
        raise Conflict(TAKEN)
    if application.state is not ApplicationState.DRAFT:
        raise Refusal(say("当前状态为“%(state)s”，不能删除", state=application.state.label))
    project = application.project
    ctx.session.execute(
        delete(Attachment).where(
            Attachment.subject == Application.__tablename__, Attachment.subject_id == application.id
        )
    )
    audit.record(ctx.session, ctx.actor, "discard", application, now=ctx.now, summary=f"{application}：删除草稿")
    ctx.session.delete(application)
    return project


def project_accounts(session, project: Project) -> list[ContractorAccount]:
    """The registered accounts of the contractors named by the project's items: what a payee is chosen from."""
    ids = {item.contractor_id for item in project.items if item.contractor_id}
    return list(
        session.scalars(
            select(ContractorAccount)
            .where(ContractorAccount.contractor_id.in_(ids))
            .order_by(ContractorAccount.contractor_id, ContractorAccount.id)
        )
    )


def contractor_named(session, project: Project, name: str) -> Contractor | None:
    """The project's contractor of that name or with an account under that name."""
    wanted = name.strip()
    for account in project_accounts(session, project):
        if wanted in (account.account_name, account.contractor.name):
            return account.contractor
    return next((item.contractor for item in project.items if item.contractor and item.contractor.name == wanted), None)


def new_draft(kind: ApplicationKind, project: Project, ctx: Context) -> Application:
    """An empty draft of that kind; the project's row is locked."""
    application = Application(
        kind=kind, state=ApplicationState.DRAFT, version=1, organisation_id=project.organisation_id,
        area_id=project.area_id, project=project, amount=0, remark="", created_at=ctx.now,
        created_by_id=ctx.actor.user_id, levels_approved=0, levels_needed=2,
    )  # fmt: skip
    ctx.session.add(application)
    ctx.session.flush()
    return application


def lock_own(key: int, ctx: Context) -> Application:
    """The company's own application, locked after its project. Errors: NotYours, Forbidden."""
    found = ctx.session.get(Application, key)
    if found is None:
        raise NotYours(f"Application {key}")
    if found.project_id is not None:
        engine.lock(ctx.session, Project, found.project_id)
    application = engine.lock(ctx.session, Application, key)
    if not APPLICATION.in_scope(application, ctx.actor):
        raise NotYours(f"Application {key}")
    if not ctx.actor.can(Permission.APPLICATION_FILE):
        raise Forbidden(Permission.APPLICATION_FILE.value)
    return application


def _only_account(project: Project, ctx: Context) -> ContractorAccount | None:
    accounts = project_accounts(ctx.session, project)
    return accounts[0] if len({account.contractor_id for account in accounts}) == 1 else None


def _proposed(project: Project, ctx: Context) -> list[Line]:
    """A payee line for each contractor: its items' budgets, less their part of what the fund can't pay (fen)."""
    budgets: dict[Contractor, int] = {}
    for item in project.items:
        budgets[item.contractor] = budgets.get(item.contractor, 0) + item.budget
    accounts = {account.contractor_id: account for account in reversed(project_accounts(ctx.session, project))}
    amounts = apportion(merged_totals(ctx.session, project).fund, list(budgets.values()))
    lines = []
    for contractor, amount in zip(budgets, amounts, strict=True):
        account = accounts.get(contractor.id)
        texts = (account.account_name, account.bank_name, account.account_no) if account else (contractor.name, "", "")
        lines.append(Line(*texts, amount))
    return [line for line in lines if line.amount][:MAX_LINES]


def _put_lines(application: Application, lines: list[Line], ctx: Context, *, complete: bool = True) -> None:
    if len(lines) > MAX_LINES:
        raise Refusal(say("收款账户不能超过 %(count)s 个", count=MAX_LINES), field="lines")
    before = [f"{row.account_name} {row.account_no} {row.amount}" for row in application.transfers]
    faults: dict[str, Sentence] = {}
    for place, line in enumerate(lines):
        faults |= {f"lines-{place}-{field}": sentence for field, sentence in _faults(line, application, ctx, complete)}
    if faults:
        raise FaultyLines(faults)
    checked = [_transfer(place, line, application, ctx) for place, line in enumerate(lines)]
    application.transfers.clear()
    ctx.session.flush()  # the old lines free their numbers first
    application.transfers.extend(checked)
    application.amount = sum(row.amount for row in checked)
    ctx.session.flush()
    after = [f"{row.account_name} {row.account_no} {row.amount}" for row in checked]
    if before != after:
        audit.record(
            ctx.session, ctx.actor, "payees", application, now=ctx.now, summary=f"{application}：收款账户与金额",
            changes={"lines": [before, after]},
        )  # fmt: skip


def _faults(line: Line, application: Application, ctx: Context, complete: bool) -> Iterator[tuple[str, Sentence]]:
    """What is wrong with a line, by field; of one that needn't be complete yet only what can't be kept."""
    for field, (longest, label) in _TEXTS.items():
        text = getattr(line, field).strip()
        if complete and not text:
            yield field, say("请填写%(label)s", label=label)
        if len(text) > longest:
            yield field, say("不能超过 %(count)s 个字", count=longest)
        elif complete and text and field == "account_no" and (wrong := wrong_account_number(text)):
            yield field, wrong
    if line.wrong or line.amount <= 0:
        yield "amount", line.wrong or say("金额必须大于零")
    name = line.account_name.strip()
    if not complete or not name or line.foreign_reason.strip():
        return
    if contractor_named(ctx.session, application.project, name) is None:
        yield "foreign_reason", say("“%(name)s”不是本项目的施工单位，请核对；确需拨付的请写明原因", name=name)


def wrong_account_number(text: str) -> Sentence | None:
    """What is wrong with a payee's account number; None when nothing is."""
    try:
        parse_account_number(text)
    except Refusal as refusal:
        return refusal.sentence
    return None


def _transfer(place: int, line: Line, application: Application, ctx: Context) -> Transfer:
    contractor = contractor_named(ctx.session, application.project, line.account_name)
    return Transfer(
        project_id=application.project_id, escrow_account_id=application.project.area.escrow_account_id,
        line=place + 1, state=TransferState.PENDING, version=1, contractor=contractor,
        account_name=line.account_name.strip(), bank_name=line.bank_name.strip(), account_no=line.account_no.strip(),
        amount=line.amount, refunded=0, foreign_reason="" if contractor else line.foreign_reason.strip(),
        refusal_reason="", end_reason="",
    )  # fmt: skip
