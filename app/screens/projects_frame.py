"""The workbench's frame: heading, 操作 menu, step bar, summary strip and tabs around whatever tab is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import abort, jsonify, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from app.domain.enums import ProjectState
from app.domain.errors import Conflict, NotYours, Refusal, Sentence
from app.extensions import db
from app.models import Equipment, EquipmentCategory, Project, ProjectItem, Unit
from app.permissions import Permission
from app.queries.overdue import OPEN
from app.queries.project_page import PAGE, page_facts
from app.queries.project_progress import Progress
from app.screens.errors import wants_json
from app.screens.projects_tabs import ACTS, TABS, Tab
from app.screens.request import Screen, actor, context, new_form_key, submit_once, translated
from app.workflows.cancellation.rules import not_being_cancelled
from app.workflows.engine import Context, Offer
from app.workflows.projects.clashes import Clash
from app.workflows.projects.editing import VoteAtStake
from app.workflows.projects.flow import in_scope
from app.workflows.projects.menu import offers
from app.workflows.projects.overdue import Late, late, may_be_late, terms_of
from app.workflows.projects.rules import missing, missing_by_tab
from app.workflows.projects.steps import step_bar


@dataclass(frozen=True)
class MenuRow:
    """One row of the 操作 menu as drawn: open with its address, or closed with its reason."""

    label: str
    icon: str
    address: str
    reason: Sentence | None


def load_project(key: int) -> Project:
    """The project with its items and phases, or 404: one that is not the actor's own does not exist."""
    query = (
        select(Project)
        .where(Project.id == key)
        .options(
            joinedload(Project.items)
            .joinedload(ProjectItem.equipment)
            .options(
                joinedload(Equipment.building),
                joinedload(Equipment.unit).joinedload(Unit.building),
                joinedload(Equipment.category).joinedload(EquipmentCategory.parent),
            ),
            joinedload(Project.items).joinedload(ProjectItem.contractor),
            joinedload(Project.phases),
            joinedload(Project.area),
        )
    )
    project = db.session().scalars(query).unique().one_or_none()
    if project is None or not in_scope(project, actor()):
        abort(404)
    return project


def page_context(project: Project) -> Context:
    """The context of a page about this project: its guards and texts ask the page's facts, not the database."""
    ctx = context()
    facts = ctx.data[PAGE] = page_facts(ctx.session, project)
    facts.missing = missing(project, ctx) if project.state is ProjectState.DRAFT else []
    return ctx


def workbench(screen: Screen, project: Project, key: str, *, status: int = 200, template: str = "", **values: Any):
    """Draw one tab inside the frame; `values` go over those of the tab's own function (what was typed, the refusal)."""
    tab = TABS.get(key)
    if tab is None or not tab.template:
        abort(404)
    ctx = context()
    facts = ctx.data[PAGE] = page_facts(ctx.session, project)
    lacking = missing_by_tab(project, ctx) if project.state is ProjectState.DRAFT else []
    facts.missing = [sentence for _, sentence in lacking]
    found = offers(project, ctx)
    frame = {
        "project": project,
        "tab": tab,
        "tabs": [row for row in TABS.values() if row.template],
        "tab_address": lambda row: tab_address(project, row),
        "lacking": lacking,
        "lacking_tabs": {group for group, _ in lacking},
        "totals": facts.totals,
        "related": facts.related,
        "progress": facts.progress,
        "refunded": sum(line.refunded for line in facts.lines),
        "announced": not_being_cancelled(project, ctx) if project.state in OPEN else None,
        "late": _late(project, facts.progress, ctx),
        "steps": step_bar(project, facts.progress, is_complete=not lacking),
        "menu": _menu(project, found, ctx),
        "can_edit": "save" in found and found["save"].is_open and actor().can(Permission.PROJECT_EDIT),
        "may_copy": actor().can(Permission.PROJECT_EDIT) and actor().organisation_id == project.organisation_id,
        "frozen": found["save"].reason if "save" in found else None,
        "refusal": None,
    }
    own = tab.values(project, ctx) if tab.values else {}
    return screen.page(template or tab.template, status=status, **{**frame, **own, **values})


def tab_address(project: Project, tab: Tab | str, **more: Any) -> str:
    """The address of a tab of this project."""
    return url_for("Projects.show", key=project.id, tab=tab if isinstance(tab, str) else tab.key, **more)


def save_tab(
    screen: Screen, do: Callable[[Any], Any], *, answer: str | Callable[[Any], str], said: Any = None,
    draw: Callable[[Refusal, int], Any] | None = None,
):  # fmt: skip
    """One save of a tab, once. A script gets JSON: {address} or {error, field, details, void_vote}.

    A stale page (Conflict) is drawn anew like any refusal: nothing typed is lost. A vote at stake is asked about.
    """

    def once(session):
        try:
            return do(session)
        except Conflict as conflict:
            raise StalePage(conflict) from conflict

    response = submit_once(once, answer=answer, said=said, refused=lambda refusal: _refused(screen, refusal, draw))
    if wants_json() and isinstance(response, Response) and response.status_code in (301, 302, 303):
        return jsonify(address=response.location)
    return response


class StalePage(Refusal):
    """A Conflict of a tab's save: its page is drawn again (409) instead of the error page."""

    def __init__(self, conflict: Conflict):
        self.clashes = getattr(conflict, "clashes", ())
        self.version = getattr(conflict, "version", None)
        super().__init__(conflict.sentence, field=conflict.field, details=conflict.details)


def _refused(screen: Screen, refusal: Refusal, draw: Callable[[Refusal, int], Any] | None):
    status = 409 if isinstance(refusal, StalePage) else 422
    if wants_json():
        body = {
            "error": translated(refusal.sentence),
            "field": refusal.field,
            "details": [translated(detail) for detail in refusal.details],
            "form_key": new_form_key(),
        }
        if isinstance(refusal, VoteAtStake):
            body["void_vote"] = refusal.vote_number
        if isinstance(refusal, StalePage):
            body |= {"version": refusal.version, "clashes": [_told(clash) for clash in refusal.clashes]}
        if cells := getattr(refusal, "cells", None):
            body["cells"] = {field: translated(sentence) for field, sentence in cells}
        response = jsonify(body)
        response.status_code = status
        return response
    if isinstance(refusal, VoteAtStake):
        return ask_about_vote(screen, refusal)
    if draw is None:
        raise refusal
    return draw(refusal, status)


def _told(clash: Clash) -> dict[str, Any]:
    """A clash as the page's script shows it."""
    texts = {name: getattr(clash, name) for name in ("row", "drawn", "theirs", "mine", "input", "now", "who")}
    return {**texts, "label": translated(clash.label), "at": clash.at.strftime("%m-%d %H:%M") if clash.at else ""}


def ask_about_vote(screen: Screen, refusal: VoteAtStake):
    """The question before a vote falls: the same form again, with the vote's number as the answer."""
    again = [(name, value) for name, value in request.form.items(multi=True) if name not in OWN_FIELDS]
    return screen.page(
        "projects/void_vote.html", status=422, refusal=refusal, again=again, address=request.full_path.rstrip("?"),
        back=request.referrer if (request.referrer or "").startswith(request.host_url) else url_for("Projects.list"),
    )  # fmt: skip


OWN_FIELDS = ("csrf_token", "form_key", "void_vote")


def drawn_version() -> int:
    """As `posted_version()`, for acts that decide: 400 without one, as nobody decides on what they have not seen."""
    version = posted_version()
    return abort(400) if version is None else version


def posted_version() -> int | None:
    """The version that the page was drawn with; 400 when it is no number."""
    body = request.get_json(silent=True) if request.is_json else request.form
    text = str((body or {}).get("version", "")) if hasattr(body, "get") else ""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        abort(400)
    return int(text)


def posted_json() -> dict[str, Any]:
    """The posted JSON object; 400 when it is none."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        abort(400)
    return body


def whole_number(value: Any) -> int:
    """A key from JSON or a form; NotYours when it can't be one (a guessed or broken number finds nothing)."""
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise NotYours(text[:40])
    return int(text)


def _late(project: Project, progress: Progress, ctx: Context) -> Late | None:
    """Why it is overdue; the policy is asked only where it matters."""
    return late(project, progress, terms_of(ctx)) if may_be_late(project, progress, ctx.today) else None


def _menu(project: Project, found: dict[str, Offer], ctx) -> list[tuple[str, list[MenuRow]]]:
    """The acts under their headings; an act without an address belongs to a business that is not built yet."""
    groups: dict[str, list[MenuRow]] = {}
    for act in ACTS.values():
        offer = found.get(act.name)
        if offer is None or act.address is None:
            continue
        shortcut = act.shortcut(project, ctx) if act.shortcut else None
        address = shortcut or (act.address(project, ctx) if offer.is_open else "") or ""
        reason = None if shortcut else offer.reason
        groups.setdefault(act.heading, []).append(MenuRow(act.label, offer.transition.icon, address, reason))
    return list(groups.items())
