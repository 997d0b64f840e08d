"""机构信息变更: what organisations changed of themselves; a clerk looks at new names and credit codes."""

from __future__ import annotations

from flask import abort, request, url_for

from app.domain.errors import Refusal, say
from app.extensions import db
from app.models import OrganisationChange
from app.permissions import Permission
from app.queries import organisation_changes as queries
from app.screens.asked import asked_words
from app.screens.organisation_parts import fields_of, lines_of
from app.screens.paging import page_of
from app.screens.projects_frame import drawn_version
from app.screens.request import Screen, actor, context, expose, load, requires, submit_once
from app.workflows.organisations import checks

BOXES = ("waiting", "all")


class OrganisationChanges(Screen):
    """机构信息变更."""

    route_base = "/organisation-changes"
    default_view = "list"

    @expose("/")
    @requires(Permission.REGISTRATION_CONFIRM)
    def list(self):
        """What waits for a look, oldest first; or everything, newest first."""
        box = request.args.get("box", "waiting")
        if box not in BOXES:
            abort(400)
        page, session = page_of(), db.session()
        rows, page.total = queries.to_check(
            session, only_waiting=box == "waiting", search=asked_words(), limit=page.size, offset=page.offset
        )
        return self.page(
            "organisations/changes.html", rows=rows, page=page, box=box, search=asked_words(), fields_of=fields_of,
            waiting=session.scalar(queries.waiting(actor())),
        )  # fmt: skip

    @expose("/<int:key>/")
    @requires(Permission.APPLICATION_VIEW)
    def show(self, key: int):
        """Old and new, the scan, and the clerk's decision; its own organisation reads it too."""
        return self._draw(load(OrganisationChange, key))

    def _draw(self, change: OrganisationChange, refusal: Refusal | None = None):
        scan = queries.licences(db.session(), [change.id]).get(change.id)
        may_decide = actor().can(Permission.REGISTRATION_CONFIRM) and change.needs_check and change.checked_at is None
        return self.page(
            "organisations/change.html", 422 if refusal else 200, change=change, lines=lines_of(change), scan=scan,
            may_decide=may_decide, refusal=refusal, reason=request.form.get("reason", "")[:1000],
            organisation=change.organisation, fields=fields_of(change),
            may_list=actor().can(Permission.REGISTRATION_CONFIRM),
        )  # fmt: skip

    @expose("/<int:key>/confirm", methods=["POST"])
    @requires(Permission.REGISTRATION_CONFIRM)
    def confirm(self, key: int):
        """已核对."""
        version = drawn_version()
        return self._decide(key, lambda _work: checks.confirm_change(context(), key, version=version), say("已核对"))

    @expose("/<int:key>/return", methods=["POST"])
    @requires(Permission.REGISTRATION_CONFIRM)
    def give_back(self, key: int):
        """退回, with a reason."""
        version, reason = drawn_version(), request.form.get("reason", "")
        told = say("已退回，已通知该机构")
        return self._decide(key, lambda _work: checks.send_back_change(context(), key, reason, version=version), told)

    def _decide(self, key: int, do, said):
        load(OrganisationChange, key)
        return submit_once(
            do, answer=url_for("OrganisationChanges.show", key=key), said=said,
            refused=lambda refusal: self._draw(load(OrganisationChange, key), refusal),
        )  # fmt: skip
