"""提出异议 on the public page of a notice, without sign-in, and the receipt on which the answer is read later.

Whether house, name and number matched is told to nobody here: the form tells nothing that could be tried out.
"""

from __future__ import annotations

from flask import abort, current_app, request, url_for
from flask_babel import lazy_gettext
from itsdangerous import BadData, URLSafeSerializer
from wtforms import StringField, TextAreaField

from app import clock, tenancy
from app.domain.enums import NoticeState
from app.domain.errors import Refusal
from app.extensions import db, limiter
from app.models import Notice, Objection
from app.permissions import PUBLIC, SYSTEM, Actor, Permission
from app.screens.fields import ChineseForm, at_most, required
from app.screens.request import PublicScreen, expose, load, requires, submit_once
from app.workflows.engine import Context
from app.workflows.objections import actions

READS = "120 per minute; 1500 per hour"
# Wrong words count too; one address may be a whole office.
WRITES = "20 per hour; 60 per day"


class ObjectionForm(ChineseForm):
    """Who objects, why; an owner also says of which house, with the end of the identity number."""

    name = StringField(lazy_gettext("姓名"), [required("请填写姓名"), at_most(40)])
    phone = StringField(lazy_gettext("联系电话"), [required("请填写联系电话"), at_most(30)])
    content = TextAreaField(
        lazy_gettext("异议内容和理由"), [required("请填写异议内容和理由"), at_most(2000)], id="why"
    )  # the page's main part has the id that its name would give it
    house = StringField(lazy_gettext("房屋（业主填写）"), [at_most(100)])
    last_six = StringField(lazy_gettext("身份证件号码后六位（业主填写）"), [at_most(6)])


class PublicObjections(PublicScreen):
    """异议, for everybody."""

    route_base = "/public/objections"

    @expose("/notice/<int:key>", methods=["GET", "POST"])
    @requires(Permission.PUBLIC)
    @limiter.limit(READS, methods=["GET"])
    @limiter.limit(WRITES, methods=["POST"])
    def file(self, key: int):
        """The form of a notice that runs."""
        notice, form = load(Notice, key), ObjectionForm()
        if notice.state is NoticeState.WITHDRAWN:
            abort(410)
        if request.method == "GET":
            return self._form(notice, form)
        if not form.validate_on_submit():
            return self._form(notice, form, status=422)
        typed = actions.Typed(**{name: value or "" for name, value in form.data.items() if name != "csrf_token"})

        def do(work):
            tenancy.enter(work, SYSTEM)  # a stranger has no rows of their own
            stranger = Actor(None, PUBLIC.name, PUBLIC.roles, address=request.remote_addr or "")
            return actions.file_objection(work.get(Notice, key), typed, Context(work, stranger, clock.now()))

        def refused(refusal: Refusal):
            tenancy.enter(db.session(), PUBLIC)
            shown = None if form.add_refusal(refusal) else refusal
            return self._form(load(Notice, key), form, refusal=shown)

        return submit_once(do, answer=receipt_address, refused=refused)

    def _form(self, notice: Notice, form: ObjectionForm, *, refusal: Refusal | None = None, status: int = 200):
        runs = notice.state is NoticeState.PUBLISHED and notice.closes_on >= clock.today()
        return self.page("objections/file.html", status, notice=notice, form=form, runs=runs, refusal=refusal)

    @expose("/receipt/<token>")
    @requires(Permission.PUBLIC)
    @limiter.limit(READS)
    def receipt(self, token: str):
        """The objection's number, and its answer once there is one; no name, no phone."""
        try:
            key = signer().loads(token)
        except BadData:
            abort(404)
        tenancy.enter(db.session(), SYSTEM)
        objection = db.session.get(Objection, key) or abort(404)
        return self.page("objections/receipt.html", objection=objection)


def signer() -> URLSafeSerializer:
    """Signs the receipt's address: nobody else's objection can be guessed."""
    return URLSafeSerializer(current_app.secret_key, salt="objection")


def receipt_address(objection: Objection) -> str:
    """Where the objector reads the answer; a repeated submission leads there too."""
    return url_for("PublicObjections.receipt", token=signer().dumps(objection.id))
