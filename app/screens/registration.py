"""机构注册 (manual 1.1), without sign-in: the kind, the form, its files and areas, the captcha, 注册成功."""

from __future__ import annotations

import io

from flask import abort, current_app, jsonify, request, send_file, url_for
from flask_babel import gettext
from itsdangerous import BadData, URLSafeTimedSerializer

from app import clock, tenancy
from app.documents.archive import print_paper
from app.documents.registry import PAPERS
from app.documents.render import file_name
from app.domain.errors import Refusal, say
from app.extensions import db, limiter
from app.models import Organisation, Submission
from app.permissions import PUBLIC, SYSTEM, Actor, Permission
from app.queries import notices
from app.queries import registration as queries
from app.screens import registration_form as forms
from app.screens.asked import asked_number, asked_words
from app.screens.paging import page_of
from app.screens.registration_desk import Desk, flooded
from app.screens.request import PublicScreen, expose, requires, submission_key, submit_once
from app.transaction import unit_of_work
from app.workflows.attachments.content import read_limited
from app.workflows.attachments.rules import registration_requirements
from app.workflows.engine import Context
from app.workflows.registration import attempts, captcha, drafts
from app.workflows.registration.actions import register
from app.workflows.registration.kinds import AGREEMENT, BY_SLUG, KINDS, Kind
from app.workflows.users.actions import name_key

READS = "120 per minute; 1500 per hour"
WRITES = "60 per minute"
DONE_SECONDS = 24 * 3600


class Registration(PublicScreen):
    """机构注册."""

    route_base = "/public/register"

    @expose("/")
    @requires(Permission.PUBLIC)
    @limiter.limit(READS)
    def index(self):
        """Which kind, and what will be needed."""
        return self.page(
            "registration/choose.html", kinds=KINDS.values(), requirements=registration_requirements(db.session())
        )

    @expose("/agreement")
    @requires(Permission.PUBLIC)
    @limiter.limit(READS)
    def agreement(self):
        """机构注册协议."""
        return self.page("registration/agreement.html", version=AGREEMENT)

    @expose("/<any(company, committee):slug>/", methods=["GET", "POST"])
    @requires(Permission.PUBLIC)
    @limiter.limit(READS, methods=["GET"])
    @limiter.limit(WRITES, methods=["POST"])
    def form(self, slug: str):
        """The form; drawn again with everything typed and every file chosen until it is right."""
        kind, desk = BY_SLUG[slug], Desk()
        if request.method == "GET":
            return self._draw(kind, desk, forms.form_of(kind), forms.Areas())
        act = request.form.get("do", "submit")
        if act != "submit":
            return self._go_on(kind, desk, act)
        if attempts.is_flood(attempts.SUBMIT, desk.count(attempts.SUBMIT)):
            return flooded()
        return self._submit(kind, desk)

    def _go_on(self, kind: Kind, desk: Desk, act: str):
        """Search, another captcha, a file taken back: without script these are buttons of the form."""
        form, areas, faults = forms.form_of(kind), forms.posted_areas(), desk.take_files()
        if act == "search" or act.startswith("page-"):
            areas.page = max(1, int(act[5:])) if act[5:].isascii() and act[5:].isdigit() and len(act) < 12 else 1
            forms.look_for(areas)
        if act == "captcha":
            desk.renew_captcha()
        if act.startswith("drop-") and act[5:].isascii() and act[5:].isdigit():
            desk.drop(int(act[5:]))
        desk.take_password(form)
        return self._draw(kind, desk, form, areas, faults)

    def _submit(self, kind: Kind, desk: Desk):
        form, areas = forms.form_of(kind), forms.posted_areas()
        if db.session.get(Submission, submission_key()) is None:  # else it is repeated and gets the first answer
            refused_files = desk.take_files()
            faults = desk.missing(areas, kind) | refused_files | desk.take_password(form)
            if not forms.is_valid(form, kind, areas, faults):
                return self._draw(kind, desk, form, areas, faults, status=422)

        def do(work):
            desk.enter()
            draft = desk.draft(work)
            desk.check_captcha(draft, form.captcha.data or "")
            ctx = Context(work, Actor(None, PUBLIC.name, PUBLIC.roles, address=desk.address), desk.now)
            return register(forms.typed_of(kind, form, areas, draft.password), draft, ctx, address=desk.address)

        def refused(refusal: Refusal):
            desk.enter()
            desk.renew_captcha()
            told = {} if form.add_refusal(refusal) or not refusal.field else {refusal.field: refusal.sentence}
            return self._draw(kind, desk, form, areas, told, status=422, refusal=None if refusal.field else refusal)

        return submit_once(do, answer=success_page, refused=refused)

    def _draw(self, kind: Kind, desk: Desk, form, areas, faults=None, *, status: int = 200, refusal=None):
        work = db.session()
        if desk.needs_captcha() and request.method == "POST" and not desk.captcha_is_asked():
            desk.renew_captcha()
        draft = drafts.find(work, desk.token)
        kept = bool(draft and draft.password and draft.username == name_key(form.username.data or ""))
        return self.page(
            "registration/form.html", status, kind=kind, others=[row for row in KINDS.values() if row is not kind],
            form=form, areas=areas, faults=faults or {}, refusal=refusal, agreement=AGREEMENT, password_kept=kept,
            requirements=registration_requirements(work), files=files_by_requirement(drafts.held(work, draft)),
            districts=notices.districts(work), needs_captcha=desk.needs_captcha(),
            captcha_asked=desk.captcha_is_asked(), moment=int(desk.now.timestamp()),
            incomplete=status == 422 and refusal is None,
        )  # fmt: skip

    @expose("/areas")
    @requires(Permission.PUBLIC)
    @limiter.limit(READS)
    def areas(self):
        """Areas by name, for the form's script: names and districts, nothing else."""
        page = page_of()
        found, total = queries.find_areas(
            db.session(), asked_words(), district_id=asked_number("district"), limit=forms.FOUND,
            offset=(page.number - 1) * forms.FOUND,
        )  # fmt: skip
        rows = [{"id": area.id, "name": area.name, "district": area.district} for area in found]
        return jsonify(areas=rows, total=total, page=page.number, pages=max(1, -(-total // forms.FOUND)))

    @expose("/files", methods=["POST"])
    @requires(Permission.PUBLIC)
    @limiter.limit(WRITES)
    def hold(self):
        """A file chosen: kept for this visitor until the form is submitted."""
        desk = Desk()
        if attempts.is_flood(attempts.UPLOAD, desk.count(attempts.UPLOAD)):
            return flooded()
        requirement, added = request.form.get("requirement_id", ""), []

        def do(work):
            desk.enter()
            draft = desk.draft(work)
            key = int(requirement) if requirement.isascii() and requirement.isdigit() and len(requirement) < 19 else 0
            for upload in request.files.getlist("file"):
                if upload.filename:
                    added.append(
                        drafts.hold(work, draft, key, upload.filename, read_limited(upload.stream), desk.now)
                    )
            if not added:
                raise Refusal(say("请选择文件"), field="file")

        submit_once(do, answer=url_for("Registration.index"))
        return jsonify(files=[told_file(row) for row in added])

    @expose("/files/<int:key>/drop", methods=["POST"])
    @requires(Permission.PUBLIC)
    @limiter.limit(WRITES)
    def drop(self, key: int):
        """A file taken back; others' files don't exist."""
        desk = Desk()

        def do(work):
            desk.enter()
            drafts.drop(work, drafts.find(work, desk.token), key)

        submit_once(do, answer=url_for("Registration.index"))
        return jsonify(deleted=key)

    @expose("/captcha", methods=["POST"])
    @requires(Permission.PUBLIC)
    @limiter.limit(WRITES)
    def another(self):
        """换一张."""
        desk = Desk()
        submit_once(lambda _work: desk.renew_captcha(), answer=url_for("Registration.index"))
        return jsonify(address=url_for("Registration.picture", at=int(desk.now.timestamp() * 1000)))

    @expose("/captcha.png")
    @requires(Permission.PUBLIC)
    @limiter.limit(READS)
    def picture(self):
        """What is asked of this visitor now; nothing when nothing is."""
        answer = Desk().asked() or abort(404)
        return send_file(io.BytesIO(captcha.draw(answer)), mimetype="image/png", max_age=0)

    @expose("/done/<token>")
    @requires(Permission.PUBLIC)
    @limiter.limit(READS)
    def done(self, token: str):
        """注册成功, with the way to the sign-in and the form to print."""
        organisation = registered(token)
        kind = KINDS[organisation.kind]
        return self.page(
            "registration/done.html", organisation=organisation, kind=kind, token=token,
            papers=[gettext(kind.paper_name(row.name)) for row in registration_requirements(db.session())],
            wishes=queries.wish_lines(db.session(), organisation, clock.today()),
        )  # fmt: skip

    @expose("/done/<token>/form.pdf")
    @requires(Permission.PUBLIC)
    @limiter.limit(READS)
    def paper(self, token: str):
        """The registration form, for who has just registered."""
        organisation, paper = registered(token), PAPERS["registration_form"]
        ctx = Context(db.session(), PUBLIC, clock.now())
        name = file_name(paper, organisation)
        pdf = print_paper(paper, organisation, ctx, unit_of_work)
        answer = send_file(io.BytesIO(pdf), mimetype="application/pdf", download_name=name, max_age=0)
        answer.headers["Cache-Control"] = "no-store"
        return answer


def signer() -> URLSafeTimedSerializer:
    """Signs the address of the success page: nobody else's registration can be guessed."""
    return URLSafeTimedSerializer(current_app.secret_key, salt="registered")


def success_page(organisation: Organisation) -> str:
    """Where the submission leads, also a repeated one."""
    return url_for("Registration.done", token=signer().dumps(organisation.id))


def registered(token: str) -> Organisation:
    """The organisation of a success page; 404 for what was not signed here, or a day ago."""
    try:
        key = signer().loads(token, max_age=DONE_SECONDS)
    except BadData:
        abort(404)
    tenancy.enter(db.session(), SYSTEM)
    return db.session.get(Organisation, key) or abort(404)


def files_by_requirement(files) -> dict[int | None, list]:
    """The held files as the form lists them."""
    found: dict[int | None, list] = {}
    for row in files:
        found.setdefault(row.requirement_id, []).append(row)
    return found


def told_file(row) -> dict:
    """A held file as the script draws it."""
    return {
        "id": row.id, "name": row.file_name, "size": row.size, "remove": url_for("Registration.drop", key=row.id),
        "label": gettext("删除 %(name)s", name=row.file_name),
    }  # fmt: skip
