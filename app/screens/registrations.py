"""机构注册待核: the clerk ticks papers, decides wishes, confirms or declines; an organisation reads its own."""

from __future__ import annotations

from flask import abort, request, url_for

from app import clock
from app.domain.enums import OrganisationKind, WishState
from app.domain.errors import N_, NotYours, Refusal, say
from app.extensions import db
from app.models import AreaWish, Organisation
from app.permissions import Permission, Standing
from app.queries import inbox
from app.queries import registration as queries
from app.screens.asked import asked_member, asked_words
from app.screens.paging import page_of
from app.screens.projects_frame import drawn_version, whole_number
from app.screens.request import Screen, actor, context, expose, load, requires, submit_once
from app.workflows import engine
from app.workflows.attachments.content import SHOWN
from app.workflows.attachments.rules import registration_requirements
from app.workflows.registration import confirmation
from app.workflows.registration.flow import WISH
from app.workflows.registration.kinds import KINDS

BOXES = {queries.WAITING: N_("待核"), queries.DONE: N_("已办")}
ACTS = {"grant": "grant_wish", "decline": "decline_wish"}


class Registrations(Screen):
    """机构注册待核."""

    route_base = "/registrations"
    default_view = "list"

    @expose("/")
    @requires(Permission.ORGANISATION_VIEW)
    def list(self):
        """What waits, oldest first; or what has been decided, newest first."""
        session, page, box = db.session(), page_of(), request.args.get("box", queries.WAITING)
        if box not in BOXES:
            abort(400)
        kind = asked_member("kind", OrganisationKind)
        rows, page.total = queries.registrations(
            session, box, search=asked_words(), kind=kind, limit=page.size, offset=page.offset
        )
        calendar, today = inbox.calendar(session), clock.today()
        return self.page(
            "registration/list.html", rows=rows, page=page, box=box, boxes=BOXES, counts=queries.box_counts(session),
            search=asked_words(), kind=kind, kinds=KINDS, since=queries.registered_since,
            waited={row.id: calendar.waited(queries.registered_since(row), today) for row in rows},
        )  # fmt: skip

    @expose("/<int:key>/")
    @requires(Permission.ORGANISATION_VIEW)
    def show(self, key: int):
        """Data, wishes, files in the viewer, papers to tick, and the decision."""
        return self._draw(key)

    def _draw(self, key: int, refusal: Refusal | None = None, wish_id: int = 0):
        organisation, session = registering(key), db.session()
        found = queries.registration_of(session, organisation, clock.today())
        asked = registration_requirements(session)
        other = [file for place, rows in found.files.items() if place not in {row.id for row in asked} for file in rows]
        may_decide = actor().can(Permission.REGISTRATION_CONFIRM) and organisation.active
        return self.page(
            "registration/show.html", 422 if refusal else 200, organisation=organisation, found=found, asked=asked,
            other=other, kind=KINDS[organisation.kind], refusal=refusal, wish_id=wish_id, may_decide=may_decide,
            files=[file for rows in found.files.values() for file in rows if file.media_type in SHOWN],
            ticked=posted_papers() if refusal and not wish_id else None, reason=request.form.get("reason", "")[:400],
            confirmed_by=found.confirmed_by, waiting=WishState.WAITING,
            may_check=False, generated=True,
        )  # fmt: skip

    @expose("/<int:key>/papers", methods=["POST"])
    @requires(Permission.REGISTRATION_CONFIRM)
    def papers(self, key: int):
        """保存核收情况."""
        said = say("核收情况已保存")
        return self._act(
            key, lambda ctx, version: confirmation.take_papers(key, posted_papers(), ctx, version), said
        )

    @expose("/<int:key>/confirm", methods=["POST"])
    @requires(Permission.REGISTRATION_CONFIRM)
    def confirm(self, key: int):
        """确认注册资料."""
        return self._act(
            key, lambda ctx, version: confirmation.confirm(key, posted_papers(), ctx, version), say("注册资料已确认")
        )

    @expose("/<int:key>/decline", methods=["POST"])
    @requires(Permission.REGISTRATION_CONFIRM)
    def decline(self, key: int):
        """不予登记."""
        reason, said = request.form.get("reason", ""), say("已记为不予登记，该机构已停用")
        return self._act(key, lambda ctx, version: confirmation.decline(key, reason, ctx, version), said)

    def _act(self, key: int, do, said):
        registering(key)
        version = drawn_version()
        return submit_once(
            lambda _work: do(context(), version), answer=url_for("Registrations.show", key=key), said=said,
            refused=lambda refusal: self._draw(key, refusal),
        )  # fmt: skip

    @expose("/wishes/<int:key>/<any(grant, decline):act>", methods=["POST"])
    @requires(Permission.REGISTRATION_CONFIRM)
    def wish(self, key: int, act: str):
        """采纳 (a typed one with the area that is meant) or 不予采纳 with a reason."""
        wish = load(AreaWish, key)
        organisation_id, version = wish.organisation_id, drawn_version()
        typed = request.form.get("area_id", "")
        data = {"reason": request.form.get("reason", ""), "area_id": whole_number(typed) if typed else None}
        return submit_once(
            lambda _work: engine.apply(WISH, key, ACTS[act], context(**data), version=version),
            answer=url_for("Registrations.show", key=organisation_id) + "#wishes",
            said=say("已采纳") if act == "grant" else say("已记为不予采纳"),
            refused=lambda refusal: self._draw(organisation_id, refusal, key),
        )


class OwnRegistration(Screen):
    """注册资料: what the organisation registered, and how far the window has come with it."""

    route_base = "/registration"
    default_view = "own"

    @expose("/own")
    @requires(Permission.HOME)
    def own(self):
        who, session = actor(), db.session()
        if not who.is_tenant or not who.organisation_id:
            abort(404)
        organisation = registering(who.organisation_id)
        files = {}
        for file in queries.files_of(session, organisation.id):
            files.setdefault(file.requirement_id, []).append(file)
        may_see = who.can(Permission.ORG_PROFILE)
        return self.page(
            "registration/own.html", organisation=organisation, kind=KINDS[organisation.kind],
            wishes=queries.wish_lines(session, organisation, clock.today()), asked=registration_requirements(session),
            papers=queries.papers_of(session, organisation.id), files=files if may_see else {}, may_see=may_see,
            may_add=may_see and organisation.active and not organisation.papers_confirmed,
            is_stopped=Standing.STOPPED in who.standings,
        )  # fmt: skip


def registering(key: int) -> Organisation:
    """An organisation of a kind that registers; others don't exist here."""
    organisation = load(Organisation, key)
    if organisation.kind not in KINDS:
        raise NotYours(f"Organisation {key}")
    return organisation


def posted_papers() -> dict[int, int]:
    """{requirement: copies} of what is ticked; copies that are no number are none."""
    papers = {}
    for name in request.form:
        number = name.removeprefix("paper-")
        if name.startswith("paper-") and number.isascii() and number.isdigit() and len(number) <= 18:
            copies = request.form.get(f"copies-{number}", "1")
            papers[int(number)] = int(copies) if copies.isascii() and copies.isdigit() and len(copies) < 4 else 0
    return papers
