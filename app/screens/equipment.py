"""设备分类 and 设施设备. The tree screen of manual 1.6.1 comes with issue 3; here are its lists and forms."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from wtforms import BooleanField, IntegerField, StringField
from wtforms.validators import NumberRange, Optional

from app.domain.errors import N_, Refusal, say
from app.models import Area, Building, Equipment, EquipmentCategory
from app.permissions import Permission
from app.screens import searching
from app.screens.base import Table
from app.screens.choosing import RowField
from app.screens.fields import ChineseForm, DayField, at_most, required
from app.screens.filters import day

DEEPEST = 5


class CategoryForm(ChineseForm):
    parent_id = RowField(_("上级分类"), kind="category", required=False)
    name = StringField(_("名称"), [required("请填写名称"), at_most(64)])
    position = IntegerField(_("顺序"), [Optional(), NumberRange(0, 9999, _("请填写 0 至 9999 的整数"))], default=0)
    warranty_years = IntegerField(
        _("默认保修年限（年）"),
        [required("请填写保修年限"), NumberRange(0, 50, _("请填写 0 至 50 的整数"))],
        default=2,
        description=_("自楼幢竣工验收之日起算，如屋面防水 5 年、电气管线 2 年"),
    )


class EquipmentCategories(Table):
    """设备分类."""

    model, noun, route_base = EquipmentCategory, N_("设备分类"), "/equipment-categories"
    read_right, edit_right, form = Permission.EQUIPMENT_VIEW, Permission.CATEGORY_EDIT, CategoryForm
    list_columns = show_columns = ["name", "parent", "position", "warranty_years"]
    searches = {"name": searching.Text(EquipmentCategory.name)}
    order_by = {"name": EquipmentCategory.name, "position": EquipmentCategory.position}
    first_order = ("position", False)
    eager = (EquipmentCategory.parent,)

    def prepare(self, work, row: EquipmentCategory, form, *, is_new: bool) -> None:
        row.position = row.position or 0
        above, depth = row.parent_id, 1
        while above is not None:
            if above == row.id:
                raise Refusal(say("上级分类不能是它自己或它的下级"), field="parent_id")
            depth += 1
            if depth > DEEPEST:
                raise Refusal(say("分类最多 %(count)s 级", count=DEEPEST), field="parent_id")
            above = work.scalar(select(EquipmentCategory.parent_id).where(EquipmentCategory.id == above))


class EquipmentForm(ChineseForm):
    area_id = RowField(_("物业区域"), kind="area")
    building_id = RowField(_("楼幢"), kind="building", required=False, description=_("小区公用的可留空"))
    unit_id = RowField(_("单元"), kind="unit", required=False, description=_("整幢公用的可留空"))
    category_id = RowField(_("设备分类"), kind="category")
    name = StringField(_("名称"), [required("请填写名称"), at_most(200)])
    model = StringField(_("型号"), [at_most(100)])
    maker = StringField(_("生产厂家"), [at_most(200)])
    installed_on = DayField(_("安装日期"), [Optional()])
    warranty_until = DayField(_("保修截止日期"), [Optional()], description=_("留空时按分类的默认保修年限推算"))
    retired = BooleanField(_("已停用"), description=_("停用后新项目不能选用"))


class EquipmentList(Table):
    """设施设备."""

    model, noun, route_base = Equipment, N_("设施设备"), "/equipment"
    read_right, edit_right, form, fixed = (
        Permission.EQUIPMENT_VIEW,
        Permission.EQUIPMENT_EDIT,
        EquipmentForm,
        ("area_id",),
    )
    list_columns = ["name", "category", "area", "location", "model", "installed_on", "warranty_until", "retired"]
    show_columns = [
        "name", "category", "area", "building", "unit", "model", "maker", "installed_on", "warranty_until", "retired",
    ]  # fmt: skip
    formatters_columns = {"installed_on": day, "warranty_until": day}
    searches = {
        "area": searching.Related(Equipment.area, name=Area.name),
        "building": searching.Related(Equipment.building, name=Building.name),
        "category": searching.Related(Equipment.category, name=EquipmentCategory.name),
        "name": searching.Text(Equipment.name),
        "warranty_until": searching.Day(Equipment.warranty_until),
        "retired": searching.YesNo(Equipment.retired),
    }
    order_by = {
        "name": Equipment.name, "category": Equipment.category_id, "area": Equipment.area_id,
        "installed_on": Equipment.installed_on, "warranty_until": Equipment.warranty_until,
    }  # fmt: skip
    first_order = ("area", False)
    eager = (Equipment.area, Equipment.category, Equipment.building, Equipment.unit)
    hint = N_("登记小区、楼幢或单元的设施设备，编制维修项目时从中选择。")

    def prepare(self, work, row: Equipment, form, *, is_new: bool) -> None:
        if row.unit_id and not row.building_id:
            raise Refusal(say("选了单元也须选楼幢"), field="building_id")
        if row.installed_on and row.warranty_until and row.warranty_until < row.installed_on:
            raise Refusal(say("保修截止日期不能早于安装日期"), field="warranty_until")
