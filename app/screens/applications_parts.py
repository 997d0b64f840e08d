"""What the pages of an application share: finding it, its offers, its attachments by requirement, its papers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.documents.registry import PAPERS, paper_url
from app.domain.enums import ApplicationKind, ApplicationState, NoticeKind
from app.domain.errors import NotYours, Refusal
from app.extensions import db
from app.models import Application, Attachment, RequiredAttachment, Review
from app.queries.area_change import names_of
from app.queries.notices import standing_notice
from app.queries.project_page import latest_acceptance
from app.queries.projects import merged_totals
from app.screens.request import actor, context, drawing, submit_once, translated
from app.workflows import engine
from app.workflows.applications.flow import APPLICATION
from app.workflows.attachments.actions import add_attachment
from app.workflows.attachments.content import SHOWN, read_limited
from app.workflows.attachments.rules import files_of, needed
from app.workflows.engine import Context

EDITABLE = (ApplicationState.DRAFT, ApplicationState.RETURNED)
OWN_FORMS = (ApplicationKind.AREA_CHANGE, ApplicationKind.PLAN_CHANGE)  # written on pages of their own
NAMED = 3  # areas in a title
KINDS = tuple(ApplicationKind)  # to filter by


@dataclass
class Row:
    """One line of the table 要件: the requirement (none for other files), its files."""

    requirement: RequiredAttachment | None
    files: list[Attachment] = field(default_factory=list)


def load_application(key: int) -> Application:
    """The application with what its page shows, or 404 when it is none of the actor's."""
    people = (joinedload(Application.filed_by), joinedload(Application.reviews).joinedload(Review.actor))
    named = (
        Application.organisation, Application.area, Application.phase, Application.project, Application.area_change,
        Application.notice,
    )  # fmt: skip
    query = select(Application).where(Application.id == key).options(*map(joinedload, named))
    query = query.options(*(person.lazyload("*") for person in people))
    application = db.session().scalars(query).unique().one_or_none()
    if application is None or not APPLICATION.in_scope(application, actor()):
        raise NotYours(f"Application {key}")
    return application


def offers_of(application: Application) -> dict[str, engine.Offer]:
    """The acts that this person has the right to, each open or with its reason."""
    return {offer.transition.name: offer for offer in engine.available(APPLICATION, application, drawing())}


def attachment_rows(application: Application) -> list[Row]:
    """The list of required attachments with their files; files of no (or no longer a) requirement at the end."""
    rows, other = {row.id: Row(row) for row in needed(application, drawing())}, Row(None)
    for file in files_of(application, drawing()):
        rows.get(file.requirement_id, other).files.append(file)
    return [*rows.values(), *([other] if other.files else [])]


def store_files(application: Application) -> None:
    """Keep the files that the form brought along (`file-<requirement>`, 0 for others); inside the form's act."""
    for name, files in request.files.lists():
        requirement = name.removeprefix("file-")
        if not name.startswith("file-") or not requirement.isdigit():
            continue
        for upload in files:
            if upload.filename:
                add_attachment(
                    "applications", application.id, upload.filename, read_limited(upload.stream), context(),
                    requirement_id=int(requirement) or None,
                )  # fmt: skip


def shown_files(rows: list[Row]) -> list[Attachment]:
    """Those that the page can show inside: pdf and pictures, in the table's order."""
    return [file for row in rows for file in row.files if file.media_type in SHOWN]


def titles_of(applications: Iterable[Application]) -> Callable[[Application], str]:
    """`title_of` for a list: the names of all areas by one statement."""
    changes = [row.id for row in applications if row.kind is ApplicationKind.AREA_CHANGE]
    names = names_of(db.session(), changes) if changes else {}
    return lambda application: title_of(application, names)


def title_of(application: Application, names: dict[int, list[str]] | None = None) -> str:
    """立项申请：项目 · 资金拨付：项目 第 1 期 · 变更物业服务企业：区域."""
    if application.kind is ApplicationKind.AREA_CHANGE:
        known = names_of(db.session(), [application.id]) if names is None else names
        areas = known.get(application.id, [])
        shown = "、".join(areas[:NAMED]) + (gettext(" 等 %(count)s 个区域", count=len(areas)) if areas[NAMED:] else "")
        return gettext("变更物业服务企业：%(areas)s", areas=shown or gettext("尚未选择区域"))
    name = application.project.name if application.project else str(application.area or "")
    if application.kind is ApplicationKind.PAYOUT:
        return gettext("资金拨付：%(name)s 第 %(phase)s 期", name=name, phase=application.phase.sequence)
    if application.kind is ApplicationKind.INITIATION:
        return gettext("立项申请：%(name)s", name=name)
    if application.kind is ApplicationKind.INITIATION_WITH_PAYOUT:
        return gettext("立项并拨付：%(name)s", name=name)
    return f"{gettext(application.kind.label)}：{name}"


def address_of(application: Application) -> str:
    """Where its page is: the form while its company writes it, else the page that shows it."""
    if application.state in EDITABLE and actor().is_tenant:
        return form_address(application)
    return url_for("Applications.show", key=application.id)


def form_address(application: Application) -> str:
    """Where its company writes it."""
    if application.kind is ApplicationKind.AREA_CHANGE:
        return url_for("AreaChanges.edit", key=application.id)
    if application.kind is ApplicationKind.PLAN_CHANGE:
        return url_for("PlanChanges.edit", key=application.id)
    return url_for("ApplicationDrafts.edit", key=application.id)


def project_facts(application: Application, ctx: Context) -> dict[str, Any]:
    """What every application of a project shows: the project, its sums, and what was accepted before its initiation."""
    session, project = ctx.session, application.project
    facts = {"project": project, "totals": merged_totals(session, project)}
    if application.kind.initiates and application.kind.pays:
        notice = standing_notice(session, project.id, NoticeKind.ACCEPTANCE)
        facts |= {"acceptance": latest_acceptance(ctx, project.id), "acceptance_notice": notice}
    return facts


def papers_of(application: Application) -> list[tuple[str, str]]:
    """(label, address) of the papers that may be printed now."""
    wanted = []
    if application.kind.initiates:
        wanted.append(("initiation_application", gettext("立项申请单")))
    if application.kind.pays:
        wanted.append(("payout_application", gettext("资金拨付申请单")))
    if application.kind is ApplicationKind.AREA_CHANGE:
        wanted.append(("area_change_application", gettext("申请单")))
    if application.kind is ApplicationKind.PLAN_CHANGE:
        wanted.append(("plan_change_application", gettext("申请单")))
    if application.number is None:
        return []
    if application.accepted_at is not None:
        wanted = [*wanted, ("window_receipt", gettext("受理回执"))]
    open_now = [(key, label) for key, label in wanted if PAPERS[key].reason_against(application) is None]
    return [(label, paper_url(key, application.id)) for key, label in open_now]


def act_once(application: Application, do: Any, *, answer: Any, said: Any = None):
    """One act from the page of an application; a refusal is told on that page, with what was typed kept there."""

    def refused(refusal: Refusal):
        typed, at_field = request.form.get("opinion", "")[:1000], refusal.field == "opinion"
        for sentence in () if at_field else (refusal.sentence, *refusal.details):
            flash(translated(sentence), "danger")
        address = url_for("Applications.show", key=application.id, opinion=typed or None, wanting=at_field or None)
        return redirect(address + ("#opinion" if at_field else ""))

    return submit_once(do, answer=answer, said=said, refused=refused)
