"""政策参数, 要件清单, 工作日历: the department's own rules."""

from __future__ import annotations

from datetime import date

from flask import abort, url_for
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from wtforms import BooleanField, IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import NumberRange, Optional

from app import audit, clock
from app.domain.enums import AttachmentCondition, Business
from app.domain.errors import N_, Refusal, say
from app.extensions import db
from app.models import Holiday, PlatformUser, PolicyValue, RequiredAttachment
from app.permissions import Permission
from app.screens import searching
from app.screens.base import Table
from app.screens.fields import ChineseForm, DayField, EnumField, YuanField, at_most, required
from app.screens.filters import day, yuan
from app.screens.request import Screen, actor, expose, requires, submit_once
from app.workflows.policy import POLICIES, Policy, value, values

CHOICES = {
    "normal,simple": N_("正常、简单拨付（紧急除外）"),
    "all": N_("所有类别"),
    "none": N_("不等待"),
    "no": N_("不等待"),
    "yes": N_("等待"),
    "1": N_("一级（复审）"),
    "2": N_("两级（初审、复审）"),
    "two_thirds": N_("双三分之二"),
    "civil_code_use": N_("民法典第278条（使用）"),
    "civil_code_raise": N_("民法典第278条（筹集）"),
    "interest_first": N_("先用利息及收益，再用本金"),
    "principal_first": N_("先用本金，再用利息及收益"),
    "confirmed": N_("资料确认后"),
    "at_once": N_("注册后即可"),
}
FEN = "分"
PAST = 50


def shown(policy: Policy, text: str) -> str:
    """A value as people read it: choices by label, fen as yuan, numbers with their unit."""
    if policy.kind == "choice":
        return str(_(CHOICES.get(text, text)))
    if policy.unit == FEN:
        return f"{yuan(int(text))} {_('元')}"
    return f"{text} {_(policy.unit)}".strip() if policy.unit else text


class Policies(Screen):
    """政策参数: the value in force, those to come, and what was before. Rows are added, never changed."""

    route_base = "/policies"

    @expose("/")
    @requires(Permission.POLICY_VIEW)
    def index(self):
        today = clock.today()
        held = values(db.session(), tuple(POLICIES), today)
        rows = [(name, policy, held[name]) for name, policy in POLICIES.items()]
        query = select(PolicyValue, PlatformUser.first_name).outerjoin(
            PlatformUser.__table__, PlatformUser.id == PolicyValue.changed_by_id
        )
        past = db.session.execute(
            query.order_by(PolicyValue.valid_from.desc(), PolicyValue.id.desc()).limit(PAST)
        ).all()
        since = self._in_force_since(today)
        return self.page(
            "policies/index.html", rows=rows, past=past, shown=shown, policies=POLICIES, since=since, today=today,
            may_edit=actor().can(Permission.POLICY_EDIT),
        )  # fmt: skip

    @staticmethod
    def _in_force_since(today: date) -> dict[str, date]:
        query = select(PolicyValue.name, PolicyValue.valid_from).where(PolicyValue.valid_from <= today)
        return dict(db.session.execute(query.order_by(PolicyValue.valid_from)).all())

    @expose("/<name>", methods=["GET", "POST"])
    @requires(Permission.POLICY_EDIT)
    def change(self, name: str):
        policy = POLICIES.get(name) or abort(404)
        form = form_of(policy)(data={"value": typed(policy, value(db.session(), name, clock.today()))})

        def draw(refusal=None):
            status = 422 if refusal or form.errors else 200
            return self.page("policies/change.html", status, form=form, policy=policy, name=name, refusal=refusal)

        def refused(refusal: Refusal):
            return draw(None if form.add_refusal(refusal) else refusal)

        if not form.validate_on_submit():
            return draw()
        return submit_once(
            lambda work: store(work, name, str(form.value.data), form.valid_from.data),
            answer=url_for("Policies.index"), said=say("已保存"), refused=refused,
        )  # fmt: skip


def typed(policy: Policy, text: str):
    """The stored text as the form's field takes it."""
    return text if policy.kind == "choice" else int(text)


def choice_of(text: str) -> SelectChoice:
    return SelectChoice(text, _(CHOICES.get(text, text)))


def form_of(policy: Policy) -> type[ChineseForm]:
    """A form whose value field reads what this policy allows."""

    class PolicyForm(ChineseForm):
        if policy.kind == "choice":
            value = SelectField(_("新值"), choices=[choice_of(text) for text in policy.choices])
        elif policy.unit == FEN:
            value = YuanField(_("新值（元）"))
        else:
            limit = 100 if policy.unit == "%" else 3650
            value = IntegerField(
                _("新值（%(unit)s）", unit=_(policy.unit)),
                [required("请填写新值"), NumberRange(0, limit, _("请填写 0 至 %(limit)s 的整数", limit=limit))],
            )
        valid_from = DayField(
            _("生效日期"), [required("请填写生效日期")], description=_("不早于今天；已办理的业务不受影响")
        )

    return PolicyForm


def store(work, name: str, text: str, valid_from: date) -> None:
    """Add the dated row; a day that is past or already has a row is refused."""
    if valid_from < clock.today():
        raise Refusal(say("生效日期不能早于今天"), field="valid_from")
    if work.scalar(select(PolicyValue.id).where(PolicyValue.name == name, PolicyValue.valid_from == valid_from)):
        raise Refusal(say("该日期已有一个新值，请另选生效日期"), field="valid_from")
    policy, before = POLICIES[name], value(work, name, valid_from)
    row = PolicyValue(
        name=name, value=text, valid_from=valid_from, changed_at=clock.now(), changed_by_id=actor().user_id
    )
    work.add(row)
    work.flush()
    audit.record(
        work, actor(), "change_policy", row, now=clock.now(),
        summary=f"政策参数“{policy.label}”自 {day(valid_from)} 起为 {shown(policy, text)}",
        changes={"value": [shown(policy, before), shown(policy, text)], "valid_from": [None, day(valid_from)]},
    )  # fmt: skip


class RequirementForm(ChineseForm):
    business = EnumField(_("业务"), kind=Business)
    name = StringField(_("名称"), [required("请填写名称"), at_most(64)])
    condition = EnumField(_("适用条件"), kind=AttachmentCondition)
    required = BooleanField(_("必备"), default=True, description=_("缺少时不能提交"))
    copies = IntegerField(_("纸质份数"), [Optional(), NumberRange(0, 20, _("请填写 0 至 20 的整数"))], default=1)
    position = IntegerField(_("顺序"), [Optional(), NumberRange(0, 9999, _("请填写 0 至 9999 的整数"))], default=0)
    active = BooleanField(_("启用"), default=True)


class Requirements(Table):
    """要件清单."""

    model, noun, route_base = RequiredAttachment, N_("要件清单"), "/requirements"
    read_right, edit_right, form = Permission.REQUIREMENT_EDIT, Permission.REQUIREMENT_EDIT, RequirementForm
    list_columns = show_columns = ["name", "business", "condition", "required", "copies", "position", "active"]
    searches = {
        "business": searching.Choice(RequiredAttachment.business, kind=Business),
        "name": searching.Text(RequiredAttachment.name),
        "active": searching.YesNo(RequiredAttachment.active),
    }
    order_by = {
        "business": RequiredAttachment.business,
        "name": RequiredAttachment.name,
        "position": RequiredAttachment.position,
    }
    first_order = ("business", False)

    def _ordered(self, query, page):
        if page.sort == "business":  # a business's list stands as its forms print it
            column = RequiredAttachment.business
            query = query.order_by(column.desc() if page.descending else column.asc(), RequiredAttachment.position)
        return super()._ordered(query, page)

    def prepare(self, work, row: RequiredAttachment, form, *, is_new: bool) -> None:
        row.copies, row.position = row.copies or 0, row.position or 0


class HolidayForm(ChineseForm):
    day = DayField(_("日期"), [required("请填写日期")])
    works = BooleanField(_("调休上班"), description=_("周末调为上班；不勾选表示工作日放假"))
    note = StringField(_("备注"), [at_most(200)], description=_("如 春节放假"))


class Holidays(Table):
    """工作日历: weekdays off and weekend days worked; all other days follow the week."""

    model, noun, route_base = Holiday, N_("工作日历"), "/holidays"
    read_right, edit_right, form, fixed = Permission.CALENDAR_EDIT, Permission.CALENDAR_EDIT, HolidayForm, ("day",)
    key_type = staticmethod(date.fromisoformat)
    list_columns = show_columns = ["day", "works", "note"]
    searches = {"day": searching.Day(Holiday.day), "works": searching.YesNo(Holiday.works)}
    order_by = {"day": Holiday.day}
    first_order = ("day", True)
    hint = N_("按国务院办公厅公布的放假安排，录入工作日放假和周末调休上班的日期。")

    def prepare(self, work, row: Holiday, form, *, is_new: bool) -> None:
        row.note = row.note or ""
        weekend = row.day.weekday() >= 5
        if weekend != bool(row.works):
            told = say("周末本就休息，如调休上班请勾选") if weekend else say("工作日本就上班，放假请不要勾选")
            raise Refusal(told, field="works")
