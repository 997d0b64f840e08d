"""设备分类: the generated screens of the category tree. The register itself is `equipment_list.py`."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import aliased
from wtforms import IntegerField, StringField
from wtforms.validators import NumberRange, Optional

from app.domain.errors import N_, Refusal, say
from app.models import EquipmentCategory
from app.permissions import Permission
from app.screens import searching
from app.screens.base import Table
from app.screens.choosing import RowField
from app.screens.fields import ChineseForm, at_most, required

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

    def _ordered(self, query, page):
        if page.sort == "position":  # what belongs together stands together, the upper one first
            above, own = aliased(EquipmentCategory), EquipmentCategory
            place = func.coalesce(above.position, own.position)
            key = func.coalesce(own.parent_id, own.id)
            query = query.outerjoin(above, above.id == own.parent_id)
            query = query.order_by(place.desc() if page.descending else place, key, own.parent_id.is_not(None))
        return super()._ordered(query, page)

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
