"""The registration's form as posted: fields, areas ticked and typed, the search among areas; nothing typed is lost."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, PasswordField, StringField
from wtforms.validators import DataRequired

from app import clock
from app.domain import identifiers
from app.domain.errors import N_, Refusal, Sentence, say
from app.domain.passwords import check_password
from app.extensions import db
from app.queries import registration as queries
from app.queries.registration import NamedArea
from app.screens import personal
from app.screens.fields import ChineseForm, YuanField, at_most, translated_later
from app.screens.request import translated
from app.workflows.registration.actions import MAX_AREAS, Typed
from app.workflows.registration.kinds import AGREEMENT, Kind

FOUND = 10  # areas on one page of the search
MAX_NAME = 60


def tidy(text: str | None) -> str:
    """Without blanks at the ends and doubled ones inside."""
    return " ".join((text or "").split())


def filled(message: str) -> DataRequired:
    """Something is left when the blanks have gone."""
    return DataRequired(translated_later(message))


def parse_identity(text: str) -> str:
    """The agent's own identity number; its date of birth lies before today."""
    return identifiers.parse_identity_number(text, today=clock.today())


class RegistrationForm(ChineseForm):
    name = StringField("", [filled(N_("请填写名称")), at_most(200)], filters=[tidy])
    credit_code = personal.credit_code(_("统一社会信用代码"))
    legal_representative = StringField("", [filled(N_("请填写姓名")), at_most(64)], filters=[tidy])
    address = StringField("", [filled(N_("请填写地址")), at_most(300)], filters=[tidy])
    founded_on = personal.founded_on(_("成立日期"))
    registered_capital = YuanField(_("注册资本（元）"), required=False)
    qualification = StringField(_("资质等级"), [at_most(64)], filters=[tidy])
    contact = StringField(_("联系人"), [filled(N_("请填写联系人")), at_most(64)], filters=[tidy])
    phone = personal.ParsedField(
        _("联系手机"), parse=identifiers.parse_mobile, required=True, description=_("用于接收办理通知，不公开。")
    )
    email = personal.email(_("电子邮箱"))
    agent_name = StringField(_("经办人姓名"), [filled(N_("请填写经办人姓名")), at_most(64)], filters=[tidy])
    agent_identity = personal.ParsedField(
        _("经办人身份证号码"), parse=parse_identity, required=True, description=_("加密保存，只用于核对身份。")
    )
    username = StringField(
        _("登录名"), [filled(N_("请填写登录名")), at_most(64)], filters=[tidy],
        description=_("3 至 64 位英文字母、数字、点、横线或下划线。"),
    )  # fmt: skip
    password = PasswordField(
        _("密码"), [at_most(128)], description=_("至少 10 位，含大写、小写、数字、符号中的三类，不含登录名。")
    )
    again = PasswordField(_("再输一次密码"), [at_most(128)])
    agree = BooleanField(_("我已阅读并同意《机构注册协议》，保证所填内容与所附材料真实有效。"))
    captcha = StringField(_("验证码"), [at_most(20)])


def form_of(kind: Kind) -> RegistrationForm:
    """The form with the kind's own words and without the fields that it has not."""
    form = RegistrationForm()
    form.name.label.text = gettext(kind.name)
    form.legal_representative.label.text = gettext(kind.legal_representative)
    form.address.label.text = gettext(kind.address)
    form.credit_code.flags.required = kind.is_company
    if not kind.is_company:
        form.credit_code.description = gettext("没有统一社会信用代码的可留空。")
        del form.registered_capital, form.qualification
    return form


@dataclass
class Areas:
    """The areas chosen so far and what the search shows."""

    chosen: list[NamedArea] = field(default_factory=list)
    typed: list[tuple[int, str]] = field(default_factory=list)  # (district, name)
    half_typed: tuple[str, str] = ("", "")  # a name without its district, as it stands in the fields
    search: str = ""
    district: int | None = None
    page: int = 1
    found: list[NamedArea] = field(default_factory=list)
    total: int = 0

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // FOUND))

    @property
    def keys(self) -> set[int]:
        return {area.id for area in self.chosen}


def posted_areas() -> Areas:
    """What the form carries; numbers that are none fall away."""
    numbers = tuple(_number(text) or 0 for text in request.form.getlist("area")[: MAX_AREAS * 2])
    areas = Areas(chosen=queries.named_areas(db.session(), numbers))
    for text in request.form.getlist("typed")[: MAX_AREAS * 2]:
        district, _colon, name = text.partition(":")
        _add_typed(areas, district, name)
    district, name = request.form.get("typed_district", ""), tidy(request.form.get("typed_name"))[:MAX_NAME]
    if name and not _add_typed(areas, district, name):
        areas.half_typed = (district, name)
    areas.search = tidy(request.form.get("search"))[:MAX_NAME]
    areas.district = _number(request.form.get("district", ""))
    areas.page = max(1, _number(request.form.get("page", "")) or 1)
    return areas


def look_for(areas: Areas) -> None:
    """Put the page of areas that the search asks for into it."""
    areas.found, areas.total = queries.find_areas(
        db.session(), areas.search, district_id=areas.district, limit=FOUND, offset=(areas.page - 1) * FOUND
    )


def password_fault(form: RegistrationForm) -> tuple[str, Sentence] | None:
    """(field, what is wrong with the password typed); None when it may be used."""
    if form.password.data != form.again.data:
        return "again", say("两次输入的密码不一致")
    try:
        check_password(form.password.data or "", form.username.data or "")
    except Refusal as refusal:
        return "password", refusal.sentence
    return None


def is_valid(form: RegistrationForm, kind: Kind, areas: Areas, faults: dict[str, Sentence]) -> bool:
    """Every field is right, the agreement accepted in its present version; faults stand at their fields, these too."""
    form.validate()
    if kind.is_company and not form.credit_code.data and not form.credit_code.errors:
        faults = {**faults, "credit_code": say("请填写统一社会信用代码")}
    if not form.agree.data:
        faults = {**faults, "agree": say("请先阅读并同意机构注册协议")}
    elif request.form.get("agreement") != AGREEMENT:
        faults = {**faults, "agree": say("机构注册协议已更新，请重新阅读后再提交")}
    for name, sentence in faults.items():
        if name in form:
            form[name].errors = [*form[name].errors, translated(sentence)]
    return not form.errors and not faults and not areas.half_typed[1]


def typed_of(kind: Kind, form: RegistrationForm, areas: Areas, password_hash: str) -> Typed:
    """What is stored; whatever else was posted is not looked at."""
    return Typed(
        kind=kind.kind, name=form.name.data, credit_code=form.credit_code.data or None,
        legal_representative=form.legal_representative.data, address=form.address.data,
        founded_on=form.founded_on.data,
        registered_capital=form.registered_capital.data if kind.is_company else None,
        qualification=(form.qualification.data or "") if kind.is_company else "",
        contact=form.contact.data, phone=form.phone.data, email=form.email.data or "",
        agent_name=form.agent_name.data, agent_identity=form.agent_identity.data, username=form.username.data,
        password_hash=password_hash, area_ids=tuple(area.id for area in areas.chosen),
        typed_areas=tuple(areas.typed),
    )  # fmt: skip


def _add_typed(areas: Areas, district: str, name: str) -> bool:
    key, name = _number(district), tidy(name)[:MAX_NAME]
    if not key or not name:
        return False
    if (key, name) not in areas.typed:
        areas.typed.append((key, name))
    return True


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
