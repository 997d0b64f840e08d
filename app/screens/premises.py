"""基础数据: districts, areas, buildings, units, houses, owners. The department edits; a company reads its own."""

from __future__ import annotations

from flask import url_for
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from wtforms import BooleanField, StringField
from wtforms.validators import Optional, Regexp

from app.domain.enums import BuildingKind
from app.domain.errors import N_, Refusal, say
from app.domain.natural import natural_key
from app.extensions import db
from app.ledger.accounts import rebind_area
from app.models import Area, Building, District, House, PoolAccount, Unit
from app.permissions import Permission
from app.screens import searching
from app.screens.base import Table
from app.screens.choosing import RowField
from app.screens.fields import ChineseForm, DayField, EnumField, at_most, required
from app.screens.filters import day, label
from app.screens.placing import changed, houses_section, relabel
from app.screens.request import actor
from app.screens.sections import section

LISTED = 200


class DistrictForm(ChineseForm):
    code = StringField(
        _("代码"), [required("请填写代码"), Regexp(r"[0-9]{6}([0-9]{3})?\Z", message=_("代码应为 6 位或 9 位数字"))],
        description=_("行政区划代码，如 999001"),
    )  # fmt: skip
    name = StringField(_("名称"), [required("请填写名称"), at_most(200)])


class Districts(Table):
    """区县."""

    model, noun, route_base = District, N_("区县"), "/districts"
    read_right, edit_right, form = Permission.PREMISES_VIEW, Permission.PREMISES_EDIT, DistrictForm
    list_columns = show_columns = ["name", "code"]
    searches = {"name": searching.Text(District.name)}
    order_by = {"name": District.name, "code": District.code}
    first_order = ("code", False)


class AreaForm(ChineseForm):
    district_id = RowField(_("区县"), kind="district")
    name = StringField(_("名称"), [required("请填写名称"), at_most(200)])
    address = StringField(_("地址"), [at_most(300)])
    developer_name = StringField(_("开发建设单位"), [at_most(200)])
    escrow_account_id = RowField(_("专户"), kind="escrow_account", description=_("区域内全部分户账的资金存放于此专户"))
    parking_bears = BooleanField(_("车位、物管用房"), description=_("参与维修费用分摊"))


class Areas(Table):
    """物业区域; for a company 我的物业区域."""

    model, noun, route_base = Area, N_("物业区域"), "/areas"
    read_right, edit_right, form = Permission.PREMISES_VIEW, Permission.PREMISES_EDIT, AreaForm
    list_columns = ["name", "district", "address", "developer_name"]
    show_columns = ["name", "district", "address", "developer_name", "escrow_account", "parking_bears"]
    searches = {
        "name": searching.Text(Area.name),
        "district": searching.Related(Area.district, name=District.name),
        "address": searching.Text(Area.address),
        "developer_name": searching.Text(Area.developer_name),
    }
    order_by = {"name": Area.name, "district": Area.district_id}
    first_order = ("name", False)
    eager = (Area.district, Area.escrow_account)
    hint = N_("添加物业区域后，再录入楼幢、单元和房屋，或导入房屋清册。")

    def prepare(self, work, row: Area, form, *, is_new: bool) -> None:
        if not is_new and "escrow_account_id" in changed(row):
            rebind_area(work, row, row.escrow_account_id)

    def check_delete(self, work, row: Area) -> None:
        """Its revenue account knows it by number only."""
        pools = work.scalar(select(func.count()).where(PoolAccount.area_id == row.id))
        if pools:
            told = say("不能删除物业区域“%(name)s”：还有 %(count)s 个收益户", name=row.name, count=pools)
            raise Refusal(told)

    def sections(self, row: Area) -> list[dict]:
        query = select(Building).where(Building.area_id == row.id).order_by(Building.sort_key, Building.id)
        living = (House.area_id == row.id, House.ended_on.is_(None))
        counts = select(House.building_id, func.count()).where(*living).group_by(House.building_id)
        houses = dict(db.session.execute(counts).all())
        lines = [
            ([b.name, label(b.kind), day(b.completed_on), houses.get(b.id, 0)], url_for("Buildings.show", pk=b.id))
            for b in db.session.scalars(query.limit(LISTED))
        ]
        head = (_("楼幢"), _("类别"), _("竣工验收日期"), _("房屋（套）"))
        acts = []
        if actor().can(Permission.ROSTER_IMPORT):
            acts = [(_("房屋清册导入、导出"), url_for("Roster.list", area=row.id))]
        return [section(_("楼幢"), head, lines, numbers=(3,), acts=acts)]


class BuildingForm(ChineseForm):
    area_id = RowField(_("物业区域"), kind="area")
    name = StringField(_("楼幢"), [required("请填写楼幢"), at_most(64)], description=_("如 3号楼"))
    kind = EnumField(_("类别"), kind=BuildingKind)
    completed_on = DayField(_("竣工验收日期"), [Optional()], description=_("设施设备的保修期自此起算"))


class Buildings(Table):
    """楼幢."""

    model, noun, route_base = Building, N_("楼幢"), "/buildings"
    read_right, edit_right, form, fixed = Permission.PREMISES_VIEW, Permission.PREMISES_EDIT, BuildingForm, ("area_id",)
    list_columns = show_columns = ["name", "area", "kind", "completed_on"]
    label_columns = {"name": N_("楼幢")}
    formatters_columns = {"completed_on": day}
    searches = {
        "area": searching.Related(Building.area, name=Area.name),
        "name": searching.Text(Building.name),
        "kind": searching.Choice(Building.kind, kind=BuildingKind),
        "completed_on": searching.Day(Building.completed_on),
    }
    order_by = {"name": Building.sort_key, "area": Building.area_id, "completed_on": Building.completed_on}
    first_order = ("area", False)
    eager = (Building.area,)

    def prepare(self, work, row: Building, form, *, is_new: bool) -> None:
        row.sort_key = natural_key(row.name)
        if not is_new and "name" in changed(row):
            relabel(work, row, House.building_id == row.id)

    def sections(self, row: Building) -> list[dict]:
        return [houses_section(House.building_id == row.id)]


class UnitForm(ChineseForm):
    area_id = RowField(_("物业区域"), kind="area")
    building_id = RowField(_("楼幢"), kind="building")
    name = StringField(_("单元"), [required("请填写单元"), at_most(64)], description=_("如 1单元"))


class Units(Table):
    """单元."""

    model, noun, route_base = Unit, N_("单元"), "/units"
    read_right, edit_right, form = Permission.PREMISES_VIEW, Permission.PREMISES_EDIT, UnitForm
    fixed = ("area_id", "building_id")
    list_columns = show_columns = ["name", "building", "area_name"]
    label_columns = {"name": N_("单元"), "area_name": N_("物业区域")}
    searches = {
        "area_name": searching.Text(select(Area.name).where(Area.id == Unit.area_id).scalar_subquery()),
        "building": searching.Related(Unit.building, name=Building.name),
        "name": searching.Text(Unit.name),
    }
    order_by = {"name": Unit.sort_key, "building": Unit.building_id}
    first_order = ("building", False)
    eager = ((Unit.building, Building.area),)

    def cell(self, row: Unit, name: str):
        return str(row.building.area) if name == "area_name" else super().cell(row, name)

    def prepare(self, work, row: Unit, form, *, is_new: bool) -> None:
        row.sort_key = natural_key(row.name)
        if not is_new and "name" in changed(row):
            relabel(work, work.get(Building, row.building_id), House.unit_id == row.id)

    def sections(self, row: Unit) -> list[dict]:
        return [houses_section(House.unit_id == row.id)]
