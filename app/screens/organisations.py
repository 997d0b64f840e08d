"""机构、物业服务合同 (the department), 施工单位 and its accounts (each company's own register)."""

from __future__ import annotations

from flask import abort, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, inspect, or_, select
from sqlalchemy.orm import joinedload
from wtforms import BooleanField, StringField
from wtforms.validators import Optional

from app import clock
from app.domain.enums import OrganisationKind
from app.domain.errors import N_, Refusal, say
from app.extensions import db
from app.models import (
    Application,
    Area,
    Contractor,
    ContractorAccount,
    Organisation,
    PlatformUser,
    Project,
    ServiceContract,
)
from app.permissions import Permission
from app.queries import registration
from app.queries.contractors import own_register
from app.queries.organisation_changes import history
from app.screens import personal, searching
from app.screens.base import Table
from app.screens.choosing import RowField
from app.screens.fields import ChineseForm, DayField, EnumField, YuanField, at_most, required
from app.screens.filters import day, label, moment, yuan
from app.screens.organisation_parts import lines_of
from app.screens.request import actor
from app.screens.sections import section
from app.workflows.engine import touch
from app.workflows.registration.kinds import KINDS

LISTED = 100


def confirmed(value: bool) -> str:
    """资料待核 stands out in the list until a clerk has confirmed the papers."""
    return gettext("已确认") if value else gettext("资料待核")


class OrganisationForm(ChineseForm):
    kind = EnumField(_("类别"), kind=OrganisationKind)
    name = StringField(_("名称"), [required("请填写名称"), at_most(200)])
    credit_code = personal.credit_code(_("统一社会信用代码"))
    address = StringField(_("地址"), [at_most(300)])
    legal_representative = StringField(_("法定代表人"), [at_most(64)])
    contact = StringField(_("联系人"), [at_most(64)])
    phone = personal.phone(_("联系电话"))
    email = personal.email(_("电子邮箱"))
    founded_on = personal.founded_on(_("成立日期"))
    registered_capital = YuanField(_("注册资本（元）"), required=False)
    qualification = StringField(_("资质等级"), [at_most(64)])
    papers_confirmed = BooleanField(_("资料已确认"), description=_("纸质资料已核对，可以办理业务"))
    active = BooleanField(_("启用"), default=True, description=_("停用后其用户不能办理业务"))


class Organisations(Table):
    """机构."""

    model, noun, route_base = Organisation, N_("机构"), "/organisations"
    read_right, edit_right, form = Permission.ORGANISATION_VIEW, Permission.ORGANISATION_EDIT, OrganisationForm
    fixed = ("kind",)
    list_columns = ["name", "kind", "credit_code", "contact", "phone", "papers_confirmed", "active"]
    show_columns = [
        "name", "kind", "credit_code", "licence_unverified", "address", "legal_representative", "contact", "phone",
        "email", "founded_on", "registered_capital", "qualification", "papers_confirmed", "active", "created_at",
    ]  # fmt: skip
    formatters_columns = {"created_at": moment, "registered_capital": yuan, "papers_confirmed": confirmed}
    searches = {
        "name": searching.Text(Organisation.name),
        "kind": searching.Choice(Organisation.kind, kind=OrganisationKind),
        "credit_code": searching.Text(Organisation.credit_code),
        "papers_confirmed": searching.YesNo(Organisation.papers_confirmed),
        "licence_unverified": searching.YesNo(Organisation.licence_unverified),
        "active": searching.YesNo(Organisation.active),
    }
    order_by = {"name": Organisation.name, "kind": Organisation.kind}
    first_order = ("name", False)

    def prepare(self, work, row: Organisation, form, *, is_new: bool) -> None:
        row.email = row.email or ""
        if is_new:
            row.created_at = clock.now()
        else:
            touch(row)  # its own page of 信息变更 is stale now
        note_confirmation(row)

    def sections(self, row: Organisation) -> list[dict]:
        query = (
            select(ServiceContract).where(ServiceContract.organisation_id == row.id)
            .options(joinedload(ServiceContract.area))
            .order_by(ServiceContract.starts_on.desc(), ServiceContract.id).limit(LISTED)
        )  # fmt: skip
        lines = [
            (
                [str(c.area), day(c.starts_on), day(c.ends_on), moment(c.ended_at)],
                url_for("ServiceContracts.show", pk=c.id),
            )
            for c in db.session.scalars(query)
        ]
        users = select(func.count()).select_from(PlatformUser).where(PlatformUser.organisation_id == row.id)
        title = _("物业服务合同（用户 %(count)s 人）", count=db.session.scalar(users) or 0)
        return [
            section(title, (_("物业区域"), _("起始日期"), _("终止日期"), _("实际终止时间")), lines),
            *_registration_of(row),
            _changes_of(row),
        ]


def note_confirmation(row: Organisation) -> None:
    """Who ticked 资料已确认 here; one that registered by itself is confirmed on its registration's own page."""
    if not inspect(row).attrs.papers_confirmed.history.has_changes() or not row.papers_confirmed:
        return
    if row.registered_at is not None:
        raise Refusal(say("该机构自行注册，请在“机构注册待核”中核收要件并确认"), field="papers_confirmed")
    row.confirmed_at, row.confirmed_by_id = clock.now(), actor().user_id


def _registration_of(row: Organisation) -> list[dict]:
    """机构注册: the areas wished for, with the way to papers and files."""
    if row.kind not in KINDS:
        return []
    lines = [
        ([wish.name, wish.district, gettext(wish.state.label), wish.reason], "")
        for wish in registration.wish_lines(db.session(), row, clock.today())
    ]
    acts = [(_("注册资料与要件"), url_for("Registrations.show", key=row.id))]
    head = (_("意向物业区域"), _("区县"), _("状态"), _("说明"))
    return [section(_("机构注册"), head, lines, acts=acts, empty=_("没有意向物业区域。"))]


def _changes_of(row: Organisation) -> dict:
    """信息变更: what the organisation was and became."""
    lines = []
    for change in history(db.session(), row.id):
        told = "；".join(f"{name}：{old} → {new}" for name, old, new in lines_of(change))
        cells = [moment(change.at), str(change.user), told, label(change.check)]
        lines.append((cells, url_for("OrganisationChanges.show", key=change.id)))
    head = (_("时间"), _("经办人"), _("变更内容"), _("证照核对"))
    return section(_("信息变更"), head, lines, empty=_("还没有变更过信息。"))


class ServiceContractForm(ChineseForm):
    organisation_id = RowField(_("机构"), kind="server")
    area_id = RowField(_("物业区域"), kind="area")
    starts_on = DayField(_("起始日期"), [required("请填写起始日期")])
    ends_on = DayField(_("终止日期"), [Optional()], description=_("无固定期限的可留空"))


class ServiceContracts(Table):
    """物业服务合同: who serves an area from when to when. Ended ones stay, as projects rest on them."""

    model, noun, route_base = ServiceContract, N_("物业服务合同"), "/service-contracts"
    read_right, edit_right, form = Permission.ORGANISATION_VIEW, Permission.ORGANISATION_EDIT, ServiceContractForm
    fixed = ("organisation_id", "area_id")
    list_columns = show_columns = ["organisation", "area", "starts_on", "ends_on", "ended_at"]
    formatters_columns = {"starts_on": day, "ends_on": day, "ended_at": moment}
    searches = {
        "organisation": searching.Related(ServiceContract.organisation, name=Organisation.name),
        "area": searching.Related(ServiceContract.area, name=Area.name),
        "ends_on": searching.Day(ServiceContract.ends_on),
    }
    order_by = {
        "organisation": ServiceContract.organisation_id, "area": ServiceContract.area_id,
        "starts_on": ServiceContract.starts_on, "ends_on": ServiceContract.ends_on,
    }  # fmt: skip
    first_order = ("starts_on", True)
    eager = (ServiceContract.organisation, ServiceContract.area)

    def prepare(self, work, row: ServiceContract, form, *, is_new: bool) -> None:
        if row.ends_on and row.ends_on < row.starts_on:
            raise Refusal(say("终止日期不能早于起始日期"), field="ends_on")
        server = work.get(Organisation, row.organisation_id)
        if server.kind is OrganisationKind.PROPERTY_COMPANY and (other := overlapping(work, row)):
            told = say(
                "该区域同期已由“%(name)s”服务，一个区域同一时间只能有一家物业服务企业", name=str(other.organisation)
            )
            raise Refusal(told, field="area_id" if is_new else "ends_on")


    def check_delete(self, work, row: ServiceContract) -> None:
        """Projects and applications rest on it though they name the organisation and the area only."""
        counts = []
        for model, noun in ((Project, N_("维修项目")), (Application, N_("业务单"))):
            mine = (model.organisation_id == row.organisation_id, model.area_id == row.area_id)
            if count := work.scalar(select(func.count()).where(*mine)):
                counts.append(gettext("%(count)s 条%(noun)s", count=count, noun=gettext(noun)))
        if row.application_id:
            counts.append(gettext("变更申请"))
        if counts:
            told = say("不能删除这份合同：该机构在该区域还有%(what)s；合同终止的请填写终止日期", what="、".join(counts))
            raise Refusal(told)


def overlapping(work, row: ServiceContract) -> ServiceContract | None:
    """Another property company's contract for the same area at the same time."""
    query = (
        select(ServiceContract).join(ServiceContract.organisation)
        .where(
            ServiceContract.area_id == row.area_id, ServiceContract.id != (row.id or 0),
            Organisation.kind == OrganisationKind.PROPERTY_COMPANY, ServiceContract.ended_at.is_(None),
            or_(ServiceContract.ends_on.is_(None), ServiceContract.ends_on >= row.starts_on),
        )
        .order_by(ServiceContract.id)
    )  # fmt: skip
    if row.ends_on:
        query = query.where(ServiceContract.starts_on <= row.ends_on)
    return work.scalars(query).first()


class ContractorForm(ChineseForm):
    name = StringField(_("名称"), [required("请填写名称"), at_most(200)])
    credit_code = personal.credit_code(_("统一社会信用代码"))
    contact = StringField(_("联系人"), [at_most(64)])
    phone = personal.phone(_("联系电话"))
    active = BooleanField(_("启用"), default=True, description=_("停用后新项目不能选用"))


class Contractors(Table):
    """施工单位: in the register of one company, never shown to another."""

    model, noun, route_base = Contractor, N_("施工单位"), "/contractors"
    read_right, edit_right, form = Permission.CONTRACTOR_VIEW, Permission.CONTRACTOR_EDIT, ContractorForm
    list_columns = ["name", "credit_code", "contact", "phone", "organisation", "active"]
    show_columns = ["name", "credit_code", "contact", "phone", "organisation", "active"]
    label_columns = {"organisation": N_("登记企业")}
    searches = {
        "name": searching.Text(Contractor.name),
        "credit_code": searching.Text(Contractor.credit_code),
        "organisation": searching.Related(Contractor.organisation, name=Organisation.name),
        "active": searching.YesNo(Contractor.active),
    }
    order_by = {"name": Contractor.name, "organisation": Contractor.organisation_id}
    first_order = ("name", False)
    eager = (Contractor.organisation,)
    hint = N_("先登记施工单位和它的收款账户，编制项目预算和拨付计划时选用。")

    def query(self):
        return super().query().where(own_register(actor()))

    def row_of(self, pk: str) -> Contractor:
        row = super().row_of(pk)
        return row if in_register(row) else abort(404)

    def prepare(self, work, row: Contractor, form, *, is_new: bool) -> None:
        if is_new:
            row.organisation_id = actor().organisation_id

    def sections(self, row: Contractor) -> list[dict]:
        lines = [
            ([a.account_name, a.bank_name, a.account_no], url_for("ContractorAccounts.show", pk=a.id))
            for a in row.accounts
        ]
        acts = []
        if actor().can(Permission.CONTRACTOR_EDIT):
            acts.append((_("添加收款账户"), url_for("ContractorAccounts.add", contractor_id=row.id)))
        head = (_("户名"), _("开户行"), _("账号"))
        return [section(_("收款账户"), head, lines, acts=acts, empty=_("还没有收款账户，拨付前须添加。"))]


def in_register(row: Contractor) -> bool:
    """A contractor read only because a project taken over names it has no page."""
    return not actor().is_tenant or row.organisation_id == actor().organisation_id


class ContractorAccountForm(ChineseForm):
    contractor_id = RowField(_("施工单位"), kind="contractor")
    account_name = StringField(_("户名"), [required("请填写户名"), at_most(200)])
    bank_name = StringField(_("开户行"), [required("请填写开户行"), at_most(200)])
    account_no = personal.account_number(_("账号"))


class ContractorAccounts(Table):
    """收款账户 of contractors."""

    model, noun, route_base, menu_screen = ContractorAccount, N_("收款账户"), "/contractor-accounts", "Contractors"
    read_right, edit_right, form = Permission.CONTRACTOR_VIEW, Permission.CONTRACTOR_EDIT, ContractorAccountForm
    fixed = ("contractor_id",)
    list_columns = show_columns = ["account_name", "contractor", "bank_name", "account_no"]
    searches = {
        "contractor": searching.Related(ContractorAccount.contractor, name=Contractor.name),
        "account_name": searching.Text(ContractorAccount.account_name),
        "account_no": searching.Text(ContractorAccount.account_no),
    }
    order_by = {"account_name": ContractorAccount.account_name, "contractor": ContractorAccount.contractor_id}
    first_order = ("contractor", False)
    eager = (ContractorAccount.contractor,)

    def query(self):
        return super().query().where(ContractorAccount.contractor.has(own_register(actor())))

    def row_of(self, pk: str) -> ContractorAccount:
        row = super().row_of(pk)
        return row if in_register(row.contractor) else abort(404)
