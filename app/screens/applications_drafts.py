"""项目立项 and 资金拨付: question or phase first, then the form that is saved, given attachments and submitted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext

from app.domain.enums import ApplicationState
from app.domain.errors import Conflict, NotYours, Refusal, Sentence, say
from app.domain.money import format_yuan, parse_yuan
from app.extensions import db
from app.models import Application, PayoutPhase, Project, Submission
from app.permissions import Permission
from app.screens import applications_parts as parts
from app.screens.projects_frame import drawn_version, load_project, page_context, whole_number
from app.screens.projects_tabs import fill_act
from app.screens.request import Screen, context, drawing, expose, requires, submission_key, submit_once, translated
from app.transaction import forget_changes
from app.workflows import engine
from app.workflows.applications import filing
from app.workflows.applications.actions import received_copies
from app.workflows.applications.filing import Line
from app.workflows.applications.flow import act
from app.workflows.initiation.rules import unfinished_initiation
from app.workflows.notices.changes import before_initiation
from app.workflows.payouts import rules as payouts
from app.workflows.projects.flow import PROJECT

TEXTS = ("account_name", "bank_name", "account_no", "amount", "foreign_reason")


@dataclass
class Payees:
    """The payee lines as typed, and what is wrong with them by field name (`lines-0-amount`)."""

    lines: list[dict[str, str]] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, application: Application, left: int = 0) -> Payees:
        """As they are stored; where there is none, one line with what the phase has left (fen)."""
        lines = [
            {**{name: getattr(row, name) for name in TEXTS}, "amount": format_yuan(row.amount)}
            for row in application.transfers
        ]
        return cls(lines or [{**dict.fromkeys(TEXTS, ""), "amount": format_yuan(left)}])

    @classmethod
    def posted(cls) -> Payees:
        """As they were typed; wholly empty lines are dropped."""
        rows = []
        for place in range(filing.MAX_LINES):
            if f"lines-{place}-amount" not in request.form:
                break
            rows.append({name: request.form.get(f"lines-{place}-{name}", "").strip()[:400] for name in TEXTS})
        return cls([row for row in rows if any(row.values())])

    def read(self) -> list[Line]:
        """The lines with their amounts in fen; a wrong one is told together with all else that is wrong."""
        found = []
        for row in self.lines:
            amount, wrong = 0, None
            try:
                amount = parse_yuan(row["amount"], allow_zero=False)
            except Refusal as refusal:
                wrong = refusal.sentence
            found.append(Line(**{**row, "amount": amount}, wrong=wrong))
        return found


class ApplicationDrafts(Screen):
    """The company's side of an application."""

    route_base = "/applications"
    menu_screen = "Applications"

    @expose("/new/initiation/<int:key>", methods=["GET", "POST"])
    @requires(Permission.APPLICATION_FILE)
    def new_initiation(self, key: int):
        """The manual's question before 项目立项: 确定 publishes anew, 取消 goes on."""
        project = load_project(key)
        if request.method == "POST":
            return submit_once(
                lambda _session: filing.open_initiation(key, context()),
                answer=lambda application: url_for("ApplicationDrafts.edit", key=application.id),
                refused=lambda refusal: self._question(project, refusal),
            )
        return self._question(project)

    def _question(self, project: Project, refusal: Refusal | None = None):
        ctx = page_context(project)
        reason = engine.reason_against(PROJECT, PROJECT.find("file_initiation", project.state), project, ctx)
        return self.page(
            "applications/new_initiation.html", project=project, prompt=before_initiation(project, ctx), reason=reason,
            going_on=unfinished_initiation(ctx.session, project), refusal=refusal,
        )  # fmt: skip

    @expose("/new/payout/<int:key>", methods=["GET", "POST"])
    @requires(Permission.APPLICATION_FILE)
    def new_payout(self, key: int):
        """资金拨付: which phase."""
        project = load_project(key)
        if request.method == "POST":
            phase = whole_number(request.form.get("phase_id", "") or "0")
            return submit_once(
                lambda _session: filing.open_payout(key, phase, context()),
                answer=lambda application: url_for("ApplicationDrafts.edit", key=application.id),
                refused=lambda refusal: self._phases(project, refusal),
            )
        return self._phases(project)

    def _phases(self, project: Project, refusal: Refusal | None = None):
        ctx = context()
        reason = engine.reason_against(PROJECT, PROJECT.find("file_payout", project.state), project, ctx)
        rows = [
            {
                "phase": phase,
                "counted": payouts.counted(ctx.session, project.id, phase_id=phase.id),
                "left": payouts.left_of_phase(ctx.session, phase),
                "closed": _phase_closed(project, phase, ctx),
            }
            for phase in project.phases
        ]
        return self.page(
            "applications/new_payout.html", project=project, rows=rows, reason=reason, refusal=refusal,
            budget=payouts.totals(ctx.session, project.id)[0], limit=payouts.totals(ctx.session, project.id)[1],
        )  # fmt: skip

    @expose("/<int:key>/edit", methods=["GET", "POST"])
    @requires(Permission.APPLICATION_FILE)
    def edit(self, key: int):
        """The form: payees, remark, attachments; 保存, or 保存并提交."""
        application = parts.load_application(key)
        if application.kind in parts.OWN_FORMS:
            return redirect(parts.address_of(application))
        if application.state not in parts.EDITABLE:
            if request.method == "POST" and db.session.get(Submission, submission_key()) is None:
                what = gettext(application.state.label)
                flash(gettext("业务单现为“%(what)s”，不能再修改；刚才填写的内容没有保存", what=what), "error")
            return redirect(url_for("Applications.show", key=key))
        if request.method == "GET":
            return self._form(application, Payees.of(application, _left(application)), application.remark)
        return self._save(application)

    def _save(self, application: Application):
        payees, remark = Payees.posted(), request.form.get("remark", "")[:2000]
        if request.form.get("do") == "add":
            payees.lines.append(dict.fromkeys(TEXTS, ""))
            return self._form(application, payees, remark)
        submits = request.form.get("do") == "submit"

        def do(_session):
            try:
                return _store(application, payees, remark, submits=submits)
            except Conflict as conflict:
                raise Stale(conflict) from conflict

        def refused(refusal: Refusal):
            return self._form(application, payees, remark, refusal)

        answer = url_for("Applications.show" if submits else "ApplicationDrafts.edit", key=application.id)
        said = say("已提交，请打印申请单并连同纸质要件送交受理窗口") if submits else say("已保存")
        return submit_once(do, answer=answer, said=said, refused=refused)

    @expose("/<int:key>/discard", methods=["POST"])
    @requires(Permission.APPLICATION_FILE)
    def discard(self, key: int):
        """A draft that was never submitted is thrown away."""
        application = parts.load_application(key)
        if application.project_id is None:
            raise NotYours(f"Application {key}")
        answer = url_for("Projects.show", key=application.project_id)
        return parts.act_once(
            application,
            lambda _session: filing.discard_draft(key, context(), version=drawn_version()),
            answer=answer,
            said=say("草稿已删除"),
        )

    def _form(self, application: Application, payees: Payees, remark: str, refusal: Refusal | None = None):
        if refusal is not None:
            forget_changes()
            application = parts.load_application(application.id)
            if (refusal.field or "").startswith("lines-"):
                payees.errors[refusal.field] = translated(refusal.sentence)
            if isinstance(refusal, filing.FaultyLines):
                payees.errors = {name: translated(sentence) for name, sentence in refusal.faults.items()}
        rows, ctx = parts.attachment_rows(application), drawing()
        name = "submit" if application.state is ApplicationState.DRAFT else "resubmit"
        return self.page(
            "applications/edit.html", status=409 if isinstance(refusal, Stale) else 200, application=application,
            payees=payees, remark=remark, refusal=refusal, rows=rows,
            received=received_copies(ctx.session, application), title=parts.title_of(application),
            offer=parts.offers_of(application).get(name), facts=_facts(application, ctx),
            accounts=filing.project_accounts(ctx.session, application.project),
            contractors=_contractor_names(application.project), withdraw=parts.offers_of(application).get("withdraw"),
        )  # fmt: skip


class Stale(Refusal):
    """The page was drawn before somebody else's save: drawn again with what was typed."""

    def __init__(self, conflict: Conflict):
        super().__init__(conflict.sentence, field=conflict.field, details=conflict.details)


def _store(application: Application, payees: Payees, remark: str, *, submits: bool) -> Application:
    """Save, add the files chosen, submit: one act, all of it or nothing."""
    lines = payees.read() if application.kind.pays else None
    saved = filing.save_application(
        application.id, context(), version=drawn_version(), remark=remark, lines=lines, complete=submits
    )
    parts.store_files(saved)
    if submits:
        db.session.flush()
        name = "submit" if saved.state is ApplicationState.DRAFT else "resubmit"
        return act(saved.id, name, context())
    return saved


def _facts(application: Application, ctx: Any) -> dict[str, Any]:
    session, project = ctx.session, application.project
    facts = parts.project_facts(application, ctx)
    if application.phase is not None:
        facts |= {
            "before": payouts.counted(session, project.id, phase_id=application.phase_id, without=application.id),
            "left": payouts.left_of_phase(session, application.phase, without=application.id),
            "all": payouts.counted(session, project.id, without=application.id),
            "limit": payouts.totals(session, project.id)[1],
            "budget": payouts.totals(session, project.id)[0],
        }
    return facts


def _phase_closed(project: Project, phase: PayoutPhase, ctx: Any) -> Sentence | None:
    """Why not a fen can be applied for in this phase now."""
    if payouts.left_of_phase(ctx.session, phase) <= 0:
        return say("第 %(sequence)s 期已全部申请", sequence=phase.sequence)
    return payouts.check_payout(project, phase, 1, ctx)


def _left(application: Application) -> int:
    if application.kind.initiates or application.phase is None:
        return 0
    return payouts.left_of_phase(db.session(), application.phase, without=application.id)


def _contractor_names(project: Project) -> list[str]:
    names = {item.contractor.name for item in project.items if item.contractor}
    return sorted(names | {account.account_name for account in filing.project_accounts(db.session(), project)})


fill_act("file_initiation", lambda project, ctx: url_for("ApplicationDrafts.new_initiation", key=project.id))
fill_act("file_payout", lambda project, ctx: url_for("ApplicationDrafts.new_payout", key=project.id))
