"""我的业务单, and the page of one application with its acts (受理, 审核, 退回, 撤回 …)."""

from __future__ import annotations

from flask import request, url_for

from app import clock
from app.domain.enums import ApplicationKind, ApplicationState
from app.domain.errors import say
from app.extensions import db
from app.models import Application
from app.permissions import Permission
from app.queries import application_page, my_matters
from app.screens import applications_parts as parts
from app.screens.asked import asked_area, asked_member, asked_number, asked_words
from app.screens.organisation_parts import fields_of, label_of
from app.screens.paging import page_of
from app.screens.projects_frame import drawn_version
from app.screens.request import Screen, actor, context, drawing, expose, requires
from app.workflows.applications import findings
from app.workflows.applications.flow import act
from app.workflows.area_change import findings as area_change
from app.workflows.organisations.profile import FIELDS
from app.workflows.payouts import rules as payouts
from app.workflows.plan_change.plans import differences

# Which button stands in the panel on the right, first that is open.
PANEL = ("accept", "approve_first", "approve_final", "undo_accept")


class Applications(Screen):
    """业务单."""

    route_base = "/applications"
    default_view = "list"

    @expose("/")
    @requires(Permission.APPLICATION_VIEW)
    def list(self):
        """我的业务单 of a company, newest first; the department finds its own in the inbox."""
        page, session = page_of(), db.session()
        state = _asked("state", ApplicationState, my_matters.FINISHED)
        kind = _asked("kind", ApplicationKind, my_matters.CHANGE)
        matters = my_matters.my_matters(
            session, actor(), state=state, search=asked_words(), kind=kind,
            area_id=asked_number("area"), limit=page.size, offset=page.offset,
            names={name: label_of(name) for name in (*FIELDS, "licence")},
        )  # fmt: skip
        rows, page.total = matters.rows, matters.total
        applications = [row for row in rows if isinstance(row, Application)]
        return self.page(
            "applications/list.html", rows=rows, page=page, state=state, kind=kind, counts=matters.counts,
            kinds=parts.KINDS, area=asked_area(), area_id=asked_number("area"),
            search=asked_words(), title_of=parts.titles_of(applications), address_of=parts.address_of,
            fields_of=fields_of, finished=my_matters.FINISHED, change=my_matters.CHANGE,
        )  # fmt: skip

    @expose("/<int:key>/")
    @requires(Permission.APPLICATION_VIEW)
    def show(self, key: int):
        """The application: facts, attachments with their viewer, history, and what this person may do with it."""
        application, ctx = parts.load_application(key), drawing()
        around = application_page.around(ctx.session, actor(), application)
        facts = _facts(application, ctx)
        offers = parts.offers_of(application)
        open_acts = [name for name in PANEL if name in offers and offers[name].is_open]
        closed = [offers[name] for name in _waiting(application) if name in offers]
        rows = parts.attachment_rows(application)
        main = open_acts[0] if open_acts else ""
        return self.page(
            "applications/show.html", application=application, offers=offers, main=main, closed=closed, rows=rows,
            files=parts.shown_files(rows), checked=around.checked, received=around.received,
            title=parts.title_of(application, {key: [area.name for area in facts.get("areas", ())]}),
            findings=findings.findings(application, ctx) if _decides(offers) else [],
            consequence=findings.consequence(application, main, ctx), facts=facts,
            papers=parts.papers_of(application), editable=parts.EDITABLE,
            form_address=parts.form_address(application),
            waited=around.calendar.waited(application.waiting_since, clock.today()), following=around.following,
            opinion=request.args.get("opinion", "")[:1000], wanting="wanting" in request.args,
            unregistered=_unregistered(application, ctx),
        )  # fmt: skip

    @expose("/<int:key>/accept", methods=["POST"])
    @requires(Permission.APPLICATION_ACCEPT)
    def accept(self, key: int):
        """受理, with the ticks of the papers handed in."""
        papers = {}
        for name in request.form:
            if name.startswith("paper-") and name[6:].isascii() and name[6:].isdigit():
                copies = request.form.get(f"copies-{name[6:]}", "1")
                papers[int(name[6:])] = int(copies) if copies.isascii() and copies.isdigit() and len(copies) < 4 else 0
        return self._act(key, "accept", say("已受理，请打印受理回执"), papers=papers)

    @expose("/<int:key>/undo-accept", methods=["POST"])
    @requires(Permission.APPLICATION_ACCEPT)
    def undo_accept(self, key: int):
        return self._act(key, "undo_accept", say("已撤销受理"))

    @expose("/<int:key>/approve-first", methods=["POST"])
    @requires(Permission.REVIEW_FIRST)
    def approve_first(self, key: int):
        return self._act(key, "approve_first", say("初审已通过，转复审"))

    @expose("/<int:key>/approve-final", methods=["POST"])
    @requires(Permission.REVIEW_SECOND)
    def approve_final(self, key: int):
        return self._act(key, "approve_final", say("已审核通过"))

    @expose("/<int:key>/return", methods=["POST"])
    @requires(Permission.APPLICATION_RETURN)
    def give_back(self, key: int):
        return self._act(key, "return", say("已退回补正"))

    @expose("/<int:key>/reject", methods=["POST"])
    @requires(Permission.APPLICATION_REJECT)
    def reject(self, key: int):
        return self._act(key, "reject", say("已记为不予通过"))

    @expose("/<int:key>/withdraw", methods=["POST"])
    @requires(Permission.APPLICATION_FILE)
    def withdraw(self, key: int):
        return self._act(key, "withdraw", say("已撤回"))

    def _act(self, key: int, name: str, said, **data):
        """One act of the table; the form carries opinion and version."""
        application = parts.load_application(key)
        data["opinion"] = request.form.get("opinion", "")[:1000]
        return parts.act_once(
            application,
            lambda _session: act(key, name, context(**data), version=drawn_version()),
            answer=url_for("Applications.show", key=key),
            said=said,
        )


def _asked(name: str, vocabulary: type, own_word: str):
    """A member of the applications' vocabulary, or the word that stands for changes of information."""
    return own_word if request.args.get(name) == own_word else asked_member(name, vocabulary)


def _waiting(application: Application) -> tuple[str, ...]:
    """The acts whose reasons are worth reading: 初审 that is done, or that this matter never has, waits for nothing."""
    first = () if application.levels_approved or application.levels_needed == 1 else ("approve_first",)
    return ("accept", *first, "approve_final")


def _decides(offers: dict) -> bool:
    return any(name in offers for name in ("accept", "approve_first", "approve_final"))


def _unregistered(application, ctx) -> set[int]:
    return findings.unregistered(application, ctx) if application.kind.pays and application.transfers else set()


def _facts(application, ctx) -> dict:
    """Figures of the project and, for a payout, of its phase (fen); of an area change, its areas."""
    if application.kind is ApplicationKind.AREA_CHANGE:
        return area_change.facts(application, ctx)
    if application.kind is ApplicationKind.PLAN_CHANGE:
        return {"change": application.plan_change, "differences": differences(application.plan_change)}
    project = application.project
    facts = parts.project_facts(application, ctx)
    if application.phase is not None:
        session, phase = ctx.session, application.phase
        facts |= {
            "before": payouts.counted(session, project.id, phase_id=phase.id, without=application.id),
            "left": payouts.left_of_phase(session, phase, without=application.id),
            "all": payouts.counted(session, project.id),
            "limit": payouts.totals(session, project.id)[1],
        }
    return facts
