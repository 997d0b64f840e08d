"""项目验收: completion date, members, opinion, settlement per item; and the workbench's tabs 验收 and 业务单与拨付."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_babel import lazy_gettext
from wtforms import TextAreaField

from app.domain.enums import ProjectState, TransferState
from app.domain.errors import Conflict, Refusal, say
from app.domain.money import format_yuan, parse_yuan
from app.extensions import db
from app.ledger import project_money
from app.models import Acceptance, Project
from app.permissions import Permission
from app.queries import transfers
from app.queries.inbox import of_project
from app.queries.project_page import PAGE
from app.screens import applications_parts as parts
from app.screens.fields import ChineseForm, DayField, at_most, required
from app.screens.projects_frame import load_project, posted_version, tab_address
from app.screens.projects_tabs import fill_act, fill_tab
from app.screens.request import Screen, context, expose, requires, submit_once, translated
from app.workflows import engine
from app.workflows.acceptance import rules
from app.workflows.acceptance.actions import submit_acceptance
from app.workflows.acceptance.ahead import accepted_ahead, outdated
from app.workflows.engine import Context
from app.workflows.projects.flow import PROJECT
from app.workflows.projects.kinds import KINDS
from app.workflows.projects.menu import why_closed


class AcceptanceForm(ChineseForm):
    """What the acceptance says beside its settlements."""

    completed_on = DayField(lazy_gettext("竣工日期"), [required("请填写竣工日期")])
    members = TextAreaField(lazy_gettext("验收人员"), [required("请填写验收人员"), at_most(500)])
    opinion = TextAreaField(lazy_gettext("验收意见"), [required("请填写验收意见"), at_most(2000)])


class Acceptances(Screen):
    """项目验收."""

    route_base = "/acceptance"
    menu_screen = "Projects"

    @expose("/project/<int:key>", methods=["GET", "POST"])
    @requires(Permission.ACCEPTANCE_FILE)
    def edit(self, key: int):
        """填写验收信息，提交结算; may be done again until its notice is published."""
        project = load_project(key)
        acceptance = rules.current(db.session(), project)
        if acceptance is not None and acceptance.in_force_at is not None:
            acceptance = None
        if request.method == "GET":
            return self._form(
                project, acceptance, AcceptanceForm(formdata=None, obj=acceptance), _stored(project, acceptance)
            )
        return self._submit(project, acceptance)

    def _submit(self, project: Project, acceptance: Acceptance | None):
        form, typed, errors = AcceptanceForm(), {}, {}
        settled: dict[int, int] = {}
        for item in project.items:
            name = f"settled-{item.id}"
            typed[item.id] = request.form.get(name, "").strip()[:40]
            try:
                settled[item.id] = parse_yuan(typed[item.id])
            except Refusal as refusal:
                errors[name] = translated(refusal.sentence)
        if not form.validate_on_submit() or errors:
            return self._form(project, acceptance, form, typed, errors=errors, status=422)
        data = {name: form[name].data for name in ("completed_on", "members", "opinion")}
        version = posted_version() or 0  # 0: drawn while there was none

        def do(_session):
            try:
                return submit_acceptance(project.id, context(settled=settled, **data), version=version)
            except Conflict as conflict:
                raise Stale(conflict) from conflict

        def refused(refusal: Refusal):
            found = dict(errors)
            known = form.add_refusal(refusal)
            if (refusal.field or "").startswith("settled-"):
                found[refusal.field], known = translated(refusal.sentence), True
            fresh = load_project(project.id)
            status = 409 if isinstance(refusal, Stale) else 422
            return self._form(
                fresh, rules.current(db.session(), fresh), form, typed, errors=found, status=status,
                refusal=None if known else refusal,
            )  # fmt: skip

        return submit_once(
            do, answer=tab_address(project, "acceptance"), said=say("验收已提交，请发布项目验收公示"), refused=refused
        )

    def _form(self, project: Project, acceptance, form, typed, *, errors=None, status=200, refusal=None):
        ctx = context()
        row = PROJECT.find("submit_acceptance", project.state)
        return self.page(
            "acceptance/edit.html", status=status, project=project, acceptance=acceptance, form=form, typed=typed,
            errors=errors or {}, refusal=refusal, reason=engine.reason_against(PROJECT, row, project, ctx),
            at_budget=KINDS[project.kind].pays_at_once,
        )  # fmt: skip


class Stale(Refusal):
    """Somebody filed it again meanwhile: drawn again with what was typed."""

    def __init__(self, conflict: Conflict):
        super().__init__(conflict.sentence, field=conflict.field, details=conflict.details)


def _stored(project: Project, acceptance: Acceptance | None) -> dict[int, str]:
    settled = acceptance.settlements if acceptance else {}
    if KINDS[project.kind].pays_at_once:
        settled = {item.id: item.budget for item in project.items}
    return {item.id: format_yuan(settled[item.id]) if item.id in settled else "" for item in project.items}


def acceptance_tab(project: Project, ctx: Context) -> dict[str, Any]:
    """验收: what was filed, what it settles, and what it will do or did."""
    acceptance, facts, preview = rules.current(ctx.session, project), ctx.data[PAGE], None
    if acceptance is not None and project.fund_fixed and acceptance.in_force_at is None:
        preview = project_money.settlement_preview(ctx.session, project, acceptance.settlements)
    return {
        "acceptance": acceptance,
        "preview": preview,
        "outdated": accepted_ahead(project, ctx) if outdated(project, ctx) else None,
        "limit": facts.limit,
        "paid": facts.progress.paid,
        "obstacle": rules.limit_covers(preview.limit_total, sum(facts.counted.values()), facts.progress.paid)
        if preview
        else None,
        "file": why_closed(project, "submit_acceptance", ctx),
        "may_file": ctx.actor.can(Permission.ACCEPTANCE_FILE),
    }


def applications_tab(project: Project, ctx: Context) -> dict[str, Any]:
    """业务单与拨付: every application, the plan's phases with what is left, every payee line."""
    facts = ctx.data[PAGE]
    counted = sum(facts.counted.values())
    paid: dict[int | None, int] = {}
    for line in facts.lines:
        if line.state is TransferState.PAID:
            paid[line.phase_id] = paid.get(line.phase_id, 0) + line.amount - line.refunded
    phases = [
        (phase, asked, paid.get(phase.id, 0), max(0, min(phase.amount - asked, facts.limit - counted)))
        for phase in project.phases
        for asked in (facts.counted.get(phase.id, 0),)
    ]
    return {
        "applications": of_project(ctx.session, project),
        "kind": KINDS[project.kind],
        "lines": transfers.of_project(ctx.session, project),
        "phases": phases if project.fund_fixed else [],
        "title_of": parts.title_of,
        "address_of": parts.address_of,
        "limit": facts.limit,
        "counted": counted,
        "paid": facts.progress.paid,
        "runs": project.state is ProjectState.RUNNING,
    }


fill_act("submit_acceptance", lambda project, ctx: url_for("Acceptances.edit", key=project.id))
fill_tab("acceptance", "acceptance/tab.html", acceptance_tab)
fill_tab("applications", "applications/tab.html", applications_tab)
