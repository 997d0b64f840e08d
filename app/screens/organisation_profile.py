"""信息变更 (manual 1.2.1): the organisation's administrator changes its information; its history stands below."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import StringField
from wtforms.validators import Optional

from app import audit, clock
from app.domain.enums import OrganisationKind
from app.domain.errors import Refusal, say
from app.extensions import db
from app.models import Attachment, Organisation
from app.permissions import Permission
from app.queries import organisation_changes as queries
from app.screens import personal
from app.screens.fields import ChineseForm, DayField, YuanField, at_most, required
from app.screens.organisation_parts import chosen_file, lines_of
from app.screens.projects_frame import drawn_version
from app.screens.request import Screen, actor, context, expose, load, requires, submit_once
from app.transaction import unit_of_work
from app.workflows.organisations import profile

ACCEPTED = ".pdf,.jpg,.jpeg,.png"


def tidy(text: str | None) -> str:
    """Without blanks at the ends and doubled ones inside."""
    return " ".join((text or "").split())


class ProfileForm(ChineseForm):
    name = StringField(_("名称"), [required("请填写名称"), at_most(200)], filters=[tidy])
    credit_code = personal.credit_code(_("统一社会信用代码"))
    legal_representative = StringField(_("法定代表人"), [at_most(64)], filters=[tidy])
    founded_on = DayField(_("成立日期"), [Optional()])
    registered_capital = YuanField(_("注册资本（元）"), required=False)
    qualification = StringField(_("资质等级"), [at_most(64)], filters=[tidy])
    address = StringField(_("地址"), [required("请填写地址"), at_most(300)], filters=[tidy])
    contact = StringField(_("联系人"), [required("请填写联系人"), at_most(64)], filters=[tidy])
    phone = personal.phone(_("联系电话"))
    email = personal.email(_("电子邮箱"))
    file = FileField(_("证照扫描件"))


class OrganisationProfile(Screen):
    """信息变更."""

    route_base = "/organisation/profile"

    @expose("/", methods=["GET", "POST"])
    @requires(Permission.ORG_PROFILE)
    def index(self):
        organisation = self._own()
        form = form_of(organisation)
        if request.method == "GET":
            return self._draw(organisation, form)
        version, is_valid, scan = drawn_version(), form.validate(), chosen_file(form)
        if not is_valid or form.file.errors:
            return self._draw(self._own(), form, scan=scan, status=422)
        scan_id = scan.id if scan else None

        def do(_work):
            return profile.change_profile(context(), values_of(form), licence_id=scan_id, version=version)

        def refused(refusal: Refusal):
            placed = form.add_refusal(refusal)
            return self._draw(self._own(), form, scan=_kept(scan_id), refusal=None if placed else refusal, status=422)

        said = say("已保存，信息变更即时生效")
        return submit_once(do, answer=url_for("OrganisationProfile.index"), said=said, refused=refused)

    @expose("/reveal", methods=["POST"])
    @requires(Permission.ORG_PROFILE)
    def reveal(self):
        """The full telephone number on one click; the click is an audit event."""
        organisation = self._own()
        with unit_of_work() as work:
            audit.record(
                work, actor(), "reveal", organisation, now=clock.now(), summary=f"机构 {organisation}：联系电话",
            )  # fmt: skip
        organisation = self._own()
        return self._draw(organisation, form_of(organisation), revealed=True)

    def _own(self) -> Organisation:
        return load(Organisation, actor().organisation_id)

    def _draw(
        self, organisation: Organisation, form: ProfileForm, *, scan: Attachment | None = None,
        refusal: Refusal | None = None, revealed: bool = False, status: int = 200,
    ):  # fmt: skip
        session = db.session()
        changes = queries.history(session, organisation.id)
        newest = queries.last_to_check(session, organisation.id) if organisation.licence_unverified else None
        return self.page(
            "organisations/profile.html", status, organisation=organisation, form=form, scan=scan, refusal=refusal,
            revealed=revealed, version=request.form.get("version") if status == 422 else organisation.version,
            changes=[(change, lines_of(change)) for change in changes], accepted=ACCEPTED,
            sent_back=newest.return_reason if newest else "",
            scans=queries.licences(session, [change.id for change in changes]),
        )  # fmt: skip


def form_of(organisation: Organisation) -> ProfileForm:
    """The form with the fields of the organisation's kind."""
    form = ProfileForm(obj=organisation)
    if organisation.kind is OrganisationKind.PROPERTY_COMPANY:
        form.credit_code.flags.required = True  # the mark; the workflow refuses
        form.file.label.text = gettext("营业执照扫描件")
    else:
        for name in profile.COMPANY_ONLY:
            del form[name]
        form.legal_representative.label.text = gettext("负责人")
        form.file.label.text = gettext("备案证明扫描件")
    form.phone.flags.required = not organisation.phone
    return form


def values_of(form: ProfileForm) -> dict[str, Any]:
    """What the workflow compares and stores."""
    values = {name: form[name].data for name in profile.FIELDS if name in form}
    return values | {"email": form.email.data or ""}


def _kept(key: int | None) -> Attachment | None:
    return db.session().get(Attachment, key) if key else None
