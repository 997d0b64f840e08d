"""A stranger who registers: the draft in the cookie, the address counted, the captcha owed, files and password held."""

from __future__ import annotations

from flask import current_app, request, session
from werkzeug.security import generate_password_hash

from app import clock, tenancy
from app.domain.errors import Refusal, say
from app.extensions import db
from app.permissions import SYSTEM
from app.screens import errors
from app.screens import registration_form as forms
from app.screens.request import translated
from app.transaction import unit_of_work
from app.workflows.attachments.content import read_limited
from app.workflows.registration import attempts, captcha, drafts
from app.workflows.registration.actions import missing_papers
from app.workflows.registration.kinds import Kind
from app.workflows.users.actions import name_key

TOKEN = "registration"  # where the visitor's session keeps the number of the draft
FLOODED = say("从这里提交的次数过多，请一小时后再试，或携带材料到受理窗口办理。")


class Desk:
    """One visitor at one moment: the draft in the cookie, the address counted, the captcha owed.

    Reads and writes as the platform itself, as sign-in does: a stranger has no rows of their own.
    """

    def __init__(self):
        self.now, self.address = clock.now(), request.remote_addr or ""
        if TOKEN not in session:
            session[TOKEN] = drafts.new_token()
        self.token = session[TOKEN]
        self.enter()

    def enter(self) -> None:
        tenancy.enter(db.session(), SYSTEM)

    def draft(self, work):
        """This visitor's draft, locked: of two submissions at once one finds it gone."""
        return drafts.open_draft(work, self.token, self.now)

    def count(self, what: str) -> int:
        return attempts.count_try(db.session(), what, self.address, self.now)

    def needs_captcha(self) -> bool:
        """Will the next submission need one?"""
        return attempts.needs_captcha(attempts.tries(db.session(), attempts.SUBMIT, self.address, self.now) + 1)

    def asked(self) -> str | None:
        return drafts.asked(drafts.find(db.session(), self.token), self.now)

    def captcha_is_asked(self) -> bool:
        return self.asked() is not None

    def renew_captcha(self) -> None:
        with unit_of_work() as work:
            drafts.renew_captcha(self.draft(work), self.now)

    def check_captcha(self, draft, typed: str) -> None:
        """Of this submission; whatever comes of it, the picture is used up."""
        count = attempts.tries(db.session(), attempts.SUBMIT, self.address, self.now)
        if attempts.needs_captcha(count) and not captcha.is_right(drafts.asked(draft, self.now), typed):
            raise Refusal(say("验证码不正确或已失效，请按新图重新输入"), field="captcha")

    def take_files(self) -> dict:
        """Hold the files that came with the form (without script); {field: sentence} of what was refused."""
        faults = {}
        for name, uploads in request.files.lists():
            number = name.removeprefix("file-")
            if not name.startswith("file-") or not number.isdigit() or len(number) > 18:
                continue
            for upload in uploads:
                if upload.filename:
                    self._hold(int(number), upload, name, faults)
        return faults

    def _hold(self, requirement: int, upload, name: str, faults: dict) -> None:
        if attempts.is_flood(attempts.UPLOAD, self.count(attempts.UPLOAD)):
            faults[name] = FLOODED
            return
        try:
            with unit_of_work() as work:
                data = read_limited(upload.stream)
                upload.stream.seek(0)  # the form's fingerprint reads it once more
                drafts.hold(work, self.draft(work), requirement, upload.filename, data, self.now)
        except Refusal as refusal:
            faults[name] = refusal.sentence

    def drop(self, key: int) -> None:
        with unit_of_work() as work:
            drafts.drop(work, drafts.find(work, self.token), key)

    def missing(self, areas: forms.Areas, kind: Kind) -> dict:
        """{field: sentence} for areas and files that were not chosen, so that all that lacks is told at once."""
        faults = {}
        if not areas.chosen and not areas.typed and not areas.half_typed[1]:
            faults["areas"] = say("请选择或填写要管理的物业区域")
        for row in missing_papers(db.session(), drafts.find(db.session(), self.token)):
            faults[f"file-{row.id}"] = say("请上传“%(name)s”", name=translated(kind.paper_name(row.name)))
        return faults

    def take_password(self, form) -> dict:
        """Keep the hash of a right password with the draft, so that it needn't be typed twice; {field: sentence}."""
        name = name_key(form.username.data or "")
        if form.password.data or form.again.data:
            if fault := forms.password_fault(form):
                return dict([fault])
            hashed = generate_password_hash(form.password.data, current_app.config["FAB_PASSWORD_HASH_METHOD"])
            with unit_of_work() as work:
                draft = self.draft(work)
                draft.username, draft.password = name[:64], hashed
            return {}
        draft = drafts.find(db.session(), self.token)
        kept = draft and draft.password and draft.username == name
        return {} if kept else {"password": say("请填写密码")}


def flooded():
    """429, in Chinese, with the way that remains."""
    body, status = errors.answer(429, translated(FLOODED))
    return body, status, {"Retry-After": "3600"}
