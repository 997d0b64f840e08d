"""拨付计划变更: what may be changed, then the form that is saved, given files and submitted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import partial

from flask import redirect, request, url_for

from app.domain.enums import ApplicationKind, ApplicationState
from app.domain.errors import Conflict, NotYours, Refusal, Sentence, say
from app.domain.money import format_yuan, parse_yuan
from app.extensions import db
from app.models import Application, Project
from app.permissions import Permission
from app.queries.projects import merged_totals
from app.screens import applications_parts as parts
from app.screens.applications_drafts import Stale
from app.screens.projects_frame import drawn_version, load_project, whole_number
from app.screens.projects_posted import checked
from app.screens.projects_tabs import fill_act
from app.screens.request import Screen, context, expose, requires, submit_once, translated
from app.transaction import forget_changes
from app.workflows.applications.flow import act
from app.workflows.plan_change import filing
from app.workflows.plan_change.rules import frozen_phases, unfinished_plan_change
from app.workflows.projects.contractors import register_query
from app.workflows.projects.menu import why_closed
from app.workflows.projects.plan import MAX_PHASES, PhaseEdit

DAYS = ("planned_start", "planned_end")


@dataclass
class Typed:
    """The form as typed, and what is wrong with it by field; `phases` without those that are frozen."""

    reason: str = ""
    planned_start: str = ""
    planned_end: str = ""
    contractors: dict[int, int] = field(default_factory=dict)
    phases: dict[int, dict[str, str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, application: Application, frozen: dict[int, int]) -> Typed:
        """As it is stored."""
        change = application.plan_change
        days = {name: day.isoformat() if (day := getattr(change, name)) else "" for name in DAYS}
        contractors = {item.id: item.contractor_id or 0 for item in application.project.items}
        contractors |= {row.item_id: row.contractor_id for row in change.items}
        phases = {
            row.sequence: {"condition": row.condition, "amount": format_yuan(row.amount)}
            for row in change.phases
            if row.sequence not in frozen
        }
        return cls(change.reason, **days, contractors=contractors, phases=phases)

    @classmethod
    def posted(cls, project: Project, frozen: dict[int, int]) -> Typed:
        """As it was typed; 添加 and 删除 of a phase are done at once."""
        get = request.form.get
        contractors = {item.id: whole_number(get(f"contractor-{item.id}") or "0") for item in project.items}
        last, phases = max(frozen, default=0), {}
        for sequence in range(1, MAX_PHASES + 1):
            if f"condition-{sequence}" in request.form and sequence not in frozen:
                names = ("condition", "amount")
                phases[sequence] = {name: get(f"{name}-{sequence}", "").strip()[:400] for name in names}
        gone = get("do", "").removeprefix("remove-")
        if gone.isascii() and gone.isdigit() and int(gone) > last:
            phases.pop(int(gone), None)
        kept = {place: row for place, row in phases.items() if place < last}
        tail = [row for place, row in phases.items() if place > last]
        if get("do") == "add" and len(kept) + len(tail) + len(frozen) < MAX_PHASES:
            tail.append({"condition": "", "amount": ""})
        days = {name: get(name, "")[:10] for name in DAYS}
        phases = kept | dict(enumerate(tail, last + 1))
        return cls(get("reason", "")[:2000], **days, contractors=contractors, phases=phases)

    def read(self, project: Project, frozen: dict[int, int]) -> filing.Asked:
        """The form's values; Refusal at the first field that is wrong, all of them in `errors`."""
        faults: list[tuple[str, Sentence]] = []
        rows = {
            phase.sequence: PhaseEdit(phase.condition, phase.amount)
            for phase in project.phases
            if phase.sequence in frozen
        }
        for sequence, row in self.phases.items():
            text = row["amount"]
            amount = checked(lambda text=text: parse_yuan(text) if text else 0, f"amount-{sequence}", faults)
            rows[sequence] = PhaseEdit(row["condition"], amount or 0)
        days = {name: checked(lambda name=name: _day(getattr(self, name)), name, faults) for name in DAYS}
        if faults:
            self.errors = {name: translated(sentence) for name, sentence in faults}
            raise Refusal(faults[0][1], field=faults[0][0])
        contractors = {item: chosen for item, chosen in self.contractors.items() if chosen}
        return filing.Asked(self.reason, **days, contractors=contractors, phases=[rows[key] for key in sorted(rows)])


class PlanChanges(Screen):
    """The company's side of 拨付计划变更."""

    route_base = "/plan-changes"
    menu_screen = "Applications"

    @expose("/new/<int:key>", methods=["GET", "POST"])
    @requires(Permission.APPLICATION_FILE)
    def new(self, key: int):
        """What may be changed of this project, and why the rest may not."""
        project = load_project(key)
        if request.method == "POST":
            return submit_once(
                lambda _session: filing.open_plan_change(key, context()),
                answer=lambda application: url_for("PlanChanges.edit", key=application.id),
                refused=partial(self._new, key),
            )
        return self._new(project.id)

    def _new(self, key: int, refusal: Refusal | None = None):
        if refusal is not None:
            forget_changes()
        project, ctx = load_project(key), context()
        return self.page(
            "plan_change/new.html", project=project, frozen=frozen_phases(project, ctx), refusal=refusal,
            reason=why_closed(project, "change_plan", ctx), going_on=unfinished_plan_change(ctx.session, project),
        )  # fmt: skip

    @expose("/<int:key>/edit", methods=["GET", "POST"])
    @requires(Permission.APPLICATION_FILE)
    def edit(self, key: int):
        """The form: dates, contractors, phases, reason, files; 保存, or 保存并提交."""
        application = load_change(key)
        if application.state not in parts.EDITABLE:
            return redirect(url_for("Applications.show", key=key))
        frozen = frozen_phases(application.project, context())
        if request.method == "GET":
            return self._form(application, Typed.of(application, frozen))
        typed, wanted = Typed.posted(application.project, frozen), request.form.get("do", "save")
        if wanted not in ("save", "submit"):
            return self._form(application, typed)
        return self._save(application, typed, submits=wanted == "submit")

    def _save(self, application: Application, typed: Typed, *, submits: bool):
        def do(_session):
            try:
                return _store(application, typed, submits=submits)
            except Conflict as conflict:
                raise Stale(conflict) from conflict

        answer = url_for("Applications.show" if submits else "PlanChanges.edit", key=application.id)
        said = say("已提交，请打印申请单并连同纸质要件送交受理窗口") if submits else say("已保存")
        return submit_once(do, answer=answer, said=said, refused=partial(self._form, application, typed))

    def _form(self, application: Application, typed: Typed, refusal: Refusal | None = None):
        if refusal is not None:
            forget_changes()
            application = load_change(application.id)
            if refusal.field:
                typed.errors.setdefault(refusal.field, translated(refusal.sentence))
        ctx, project = context(), application.project
        frozen, offers = frozen_phases(project, ctx), parts.offers_of(application)
        rows = parts.attachment_rows(application)
        name = "submit" if application.state is ApplicationState.DRAFT else "resubmit"
        return self.page(
            "plan_change/edit.html", status=409 if isinstance(refusal, Stale) else 200, application=application,
            project=project, typed=typed, refusal=refusal, frozen=frozen, last_frozen=max(frozen, default=0),
            rows=rows if any(row.requirement is None for row in rows) else [*rows, parts.Row(None)],
            contractors=_contractors(project, ctx), fund=merged_totals(ctx.session, project).fund, most=MAX_PHASES,
            planned=_planned(typed, project, frozen), offer=offers.get(name), withdraw=offers.get("withdraw"),
        )  # fmt: skip


def load_change(key: int) -> Application:
    """An application of this kind, or 404."""
    application = parts.load_application(key)
    if application.kind is not ApplicationKind.PLAN_CHANGE:
        raise NotYours(f"Application {key}")
    return application


def _store(application: Application, typed: Typed, *, submits: bool) -> Application:
    """Save, keep the files chosen, submit: one act, all of it or nothing."""
    ctx = context()
    asked = typed.read(application.project, frozen_phases(application.project, ctx))
    saved = filing.save_plan_change(application.id, asked, ctx, version=drawn_version())
    parts.store_files(saved)
    if not submits:
        return saved
    db.session.flush()
    return act(saved.id, "submit" if saved.state is ApplicationState.DRAFT else "resubmit", context())


def _planned(typed: Typed, project: Project, frozen: dict[int, int]) -> int | None:
    """Fen of all phases as typed; None while one of them can't be read."""
    faults: list = []
    texts = [row["amount"] for row in typed.phases.values() if row["amount"]]
    amounts = [checked(lambda text=text: parse_yuan(text), "", faults) for text in texts]
    if faults:
        return None
    return sum(amounts) + sum(phase.amount for phase in project.phases if phase.sequence in frozen)


def _contractors(project: Project, ctx) -> list[tuple[int, str]]:
    """(id, name) of the company's own register; those that stand in the project stay to be chosen."""
    rows = ctx.session.execute(register_query(ctx, project.organisation_id)).all()
    named = {item.contractor_id: item.contractor.name for item in project.items if item.contractor}
    return list((named | {row.id: row.name for row in rows if row.active}).items())


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refusal(say("日期无效，格式为 2026-01-31")) from None


fill_act("change_plan", lambda project, ctx: url_for("PlanChanges.new", key=project.id))
