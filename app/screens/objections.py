"""异议: the list, one objection with its answer, and the clerk's form for one that came as a letter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request, url_for
from flask_babel import lazy_gettext
from wtforms import BooleanField, StringField, TextAreaField

from app import audit, clock
from app.domain.enums import ObjectionState
from app.domain.errors import NotYours, Refusal, say
from app.extensions import db
from app.models import Objection
from app.permissions import Permission
from app.queries import objections as queries
from app.screens.asked import asked_member, asked_number, asked_words
from app.screens.exporting import Listing, export_list
from app.screens.fields import ChineseForm, at_most, required
from app.screens.notices import own_notice
from app.screens.paging import page_of
from app.screens.request import Screen, actor, context, expose, requires, submit_once
from app.screens.votes import version_of_form
from app.spreadsheets.objections import write_objections
from app.transaction import unit_of_work
from app.workflows import engine
from app.workflows.objections import actions
from app.workflows.objections.flow import OBJECTION
from app.workflows.objections.rules import holding

NOUN = "异议"


class RecordForm(ChineseForm):
    """登记异议 from a letter."""

    name = StringField(lazy_gettext("姓名"), [required("请填写姓名"), at_most(40)])
    phone = StringField(lazy_gettext("联系电话"), [required("请填写联系电话"), at_most(30)])
    house = StringField(lazy_gettext("房屋"), [at_most(100)])
    papers_seen = BooleanField(lazy_gettext("已核对身份证件和房屋权属，是该房屋的业主"))
    content = TextAreaField(
        lazy_gettext("异议内容和理由"), [required("请填写异议内容和理由"), at_most(2000)], id="why"
    )  # the page's main part has the id that its name would give it


class Objections(Screen):
    """异议."""

    route_base = "/objections"
    default_view = "list"

    @expose("/")
    @requires(Permission.OBJECTION_VIEW)
    def list(self):
        """Open ones first; a company sees those to its own projects."""
        page, session, chosen = page_of(), db.session(), chosen_of_address()
        rows, page.total = queries.page_of_objections(session, chosen, limit=page.size, offset=page.offset)
        return self.page("objections/list.html", rows=rows, page=page, chosen=chosen, states=ObjectionState)

    @expose("/export.xlsx")
    @requires(Permission.OBJECTION_VIEW)
    def export(self):
        """The list as filtered, as Excel."""
        session, chosen = db.session(), chosen_of_address()

        def rows(most: int):
            return queries.page_of_objections(session, chosen, limit=most, offset=0)[0]

        def count(_most: int) -> int:
            return queries.page_of_objections(session, chosen, limit=0, offset=0)[1]

        return export_list(Listing(NOUN, Objection.__tablename__, count, rows, write_objections))

    @expose("/<int:key>/")
    @requires(Permission.OBJECTION_VIEW)
    def show(self, key: int):
        """What is objected, by whom (masked), and the forms that answer, close and verify."""
        return self._show(own_objection(key))

    def _show(self, objection: Objection, *, refusal: Refusal | None = None, revealed: bool = False):
        ctx = context()
        offers = {offer.transition.name: offer for offer in engine.available(OBJECTION, objection, ctx)}
        held = holding(objection.project, ctx).get(objection.number) if objection.is_verified else None
        return self.page(
            "objections/show.html", objection=objection, offers=offers, refusal=refusal, revealed=revealed, held=held,
            typed=request.form, may_reveal=actor().can(Permission.PERSONAL_DATA),
        )  # fmt: skip

    @expose("/<int:key>/answer", methods=["POST"])
    @requires(Permission.OBJECTION_ANSWER)
    def answer(self, key: int):
        """答复 in writing."""
        return self._act(key, actions.answer_objection, say("已答复"), text=request.form.get("text", ""))

    @expose("/<int:key>/close", methods=["POST"])
    @requires(Permission.OBJECTION_CLOSE)
    def close(self, key: int):
        """关闭, with a reason."""
        return self._act(key, actions.close_objection, say("异议已关闭"), text=request.form.get("text", ""))

    @expose("/<int:key>/verify", methods=["POST"])
    @requires(Permission.OBJECTION_RECORD)
    def verify(self, key: int):
        """核对业主身份 from papers seen at the window."""
        return self._act(
            key, actions.verify_objection, say("业主身份已核对"), house=request.form.get("house", "")[:100]
        )

    def _act(self, key: int, do: Callable[..., Any], said, **typed: str):
        objection = own_objection(key)

        def act(_session):
            return do(objection, context(), version=version_of_form(), **typed)

        def refused(refusal: Refusal):
            return self._show(own_objection(key), refusal=refusal)

        return submit_once(act, answer=url_for("Objections.show", key=key), refused=refused, said=said)

    @expose("/<int:key>/reveal", methods=["POST"])
    @requires(Permission.PERSONAL_DATA)
    def reveal(self, key: int):
        """Name and phone in full on one click; the click is an audit event."""
        objection = own_objection(key)
        with unit_of_work() as work:
            summary = f"异议 {objection.number}：姓名、联系电话"
            audit.record(work, actor(), "reveal", objection, now=clock.now(), summary=summary)
        return self._show(own_objection(key), revealed=True)

    @expose("/notice/<int:key>", methods=["GET", "POST"])
    @requires(Permission.OBJECTION_RECORD)
    def record(self, key: int):
        """登记异议: a letter that came to the window."""
        notice, form = own_notice(key), RecordForm()
        if request.method == "GET":
            return self.page("objections/record.html", notice=notice, form=form, refusal=None)
        if not form.validate_on_submit():
            return self.page("objections/record.html", 422, notice=notice, form=form, refusal=None)
        typed = actions.Typed(**{name: value or "" for name, value in form.data.items() if name != "csrf_token"})

        def refused(refusal: Refusal):
            shown = None if form.add_refusal(refusal) else refusal
            return self.page("objections/record.html", notice=own_notice(key), form=form, refusal=shown)

        return submit_once(
            lambda _session: actions.record_objection(notice, typed, context()),
            answer=lambda objection: url_for("Objections.show", key=objection.id), refused=refused,
            said=say("异议已登记，已通知发布单位"),
        )  # fmt: skip


def chosen_of_address() -> queries.ObjectionFilter:
    """State, words and project of the list's address."""
    return queries.ObjectionFilter(asked_words(), asked_member("state", ObjectionState), asked_number("project"))


def own_objection(key: int) -> Objection:
    """The objection, or 404 when its project is none of the actor's."""
    objection = queries.with_all_it_names(db.session(), key)
    if objection is None or not OBJECTION.in_scope(objection, actor()):
        raise NotYours(f"Objection {key}")
    return objection
