"""基础数据: houses and owners. Place, label and sort key are filled here; the chain of owners is kept."""

from __future__ import annotations

from flask import request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms import StringField
from wtforms.validators import Optional

from app import clock
from app.domain.enums import AreaGround, HouseChangeKind, HouseUse, SaleState
from app.domain.errors import N_, Refusal, say
from app.domain.money import MAX_HOUSE_FEN
from app.extensions import db
from app.models import Area, Building, House, Owner, Ownership, Unit
from app.permissions import Permission
from app.screens import personal, searching
from app.screens.base import Table
from app.screens.choosing import RowField
from app.screens.fields import ChineseForm, DayField, EnumField, SquareMetresField, YuanField, at_most, required
from app.screens.filters import day, label, square_metres, yuan
from app.screens.house_changes import history_sections
from app.screens.placing import changed, houses_section, keep_ownership
from app.screens.request import actor
from app.screens.sections import section
from app.workflows.engine import touch
from app.workflows.houses.naming import name_house, refuse_taken_room
from app.workflows.houses.rules import has_money, refuse_rewrite
from app.workflows.roster.owners import identity_hash

LISTED = 30
ACTS = (
    (HouseChangeKind.SPLIT, "fa-scissors"), (HouseChangeKind.MERGE, "fa-object-group"),
    (HouseChangeKind.SALE, "fa-right-left"),
)  # fmt: skip


class HouseForm(ChineseForm):
    area_id = RowField(_("物业区域"), kind="area")
    building_id = RowField(_("楼幢"), kind="building")
    unit_id = RowField(_("单元"), kind="unit", required=False, description=_("没有单元的可留空"))
    floor = StringField(_("楼层"), [at_most(16)])
    room = StringField(_("房号"), [required("请填写房号"), at_most(64)])
    floor_area = SquareMetresField(_("建筑面积（m²）"), description=_("以不动产权证书为准，最多两位小数"))
    area_ground = EnumField(_("面积依据"), kind=AreaGround)
    use = EnumField(_("用途"), kind=HouseUse)
    sale_state = EnumField(_("销售状态"), kind=SaleState)
    owner_id = RowField(_("业主"), kind="owner", required=False, description=_("共有的填第一产权人；未售的留空"))
    first_deposit = YuanField(_("首期交存额（元）"), required=False, limits={"maximum": MAX_HOUSE_FEN})
    deposited_on = DayField(_("首期交存日期"), [Optional()])


class Houses(Table):
    """房屋."""

    model, noun, route_base = House, N_("房屋"), "/houses"
    read_right, edit_right, form = Permission.PREMISES_VIEW, Permission.PREMISES_EDIT, HouseForm
    fixed = ("area_id", "building_id")
    list_columns = ["label", "area", "owner", "use", "sale_state", "floor_area", "first_deposit"]
    show_columns = [
        "label", "area", "building", "unit", "floor", "room", "floor_area", "area_ground", "use", "sale_state", "owner",
        "first_deposit", "deposited_on", "ended_on",
    ]  # fmt: skip
    show_template = "houses/show.html"
    label_columns = {"ended": N_("已注销"), "ended_on": N_("注销日期")}
    formatters_columns = {"floor_area": square_metres, "first_deposit": yuan, "deposited_on": day, "ended_on": day}
    total_columns = ("floor_area", "first_deposit")
    searches = {
        "area": searching.Related(House.area, name=Area.name),
        "building": searching.Related(House.building, name=Building.name),
        "room": searching.Text(House.room, indexed=House.label),
        "owner": searching.Related(House.owner, name=Owner.name, indexed=Owner.name),
        "use": searching.Choice(House.use, kind=HouseUse),
        "sale_state": searching.Choice(House.sale_state, kind=SaleState),
        "floor_area": searching.Metres(House.floor_area),
        "ended": searching.YesNo(House.ended_on.is_not(None)),
    }
    order_by = {
        "label": House.sort_key, "area": House.area_id, "use": House.use, "floor_area": House.floor_area,
        "first_deposit": House.first_deposit,
    }  # fmt: skip
    first_order, leaves_out_few = ("label", False), True
    eager, eager_row = (House.area, House.owner), (House.building, (House.unit, Unit.building))
    hint = N_("逐套添加，或在“房屋清册导入”中一次导入整个区域。")

    def _ordered(self, query, page):
        if page.sort == "label":  # rooms of one area stay together
            query = page.sorted(query, House.area_id)
        return super()._ordered(query, page)

    def prepare(self, work, row: House, form, *, is_new: bool) -> None:
        building = work.get(Building, row.building_id)
        unit = work.get(Unit, row.unit_id) if row.unit_id else None
        if unit is not None and unit.building_id != building.id:
            raise Refusal(say("所选单元不在该楼幢"), field="unit_id")
        row.first_deposit = row.first_deposit or 0
        if row.sale_state is SaleState.UNSOLD and row.owner_id:
            raise Refusal(say("未售的房屋不能有业主"), field="owner_id")
        if not is_new:
            refuse_rewrite(work, row, changed(row))
        name_house(row, building, unit)
        refuse_taken_room(work, row, building, unit)
        if not is_new and changed(row):
            touch(row)
        if is_new or "owner_id" in changed(row):
            keep_ownership(work, row, clock.today())

    def check_delete(self, work, row: House) -> None:
        """Its ownerships go with it; accounts, shares and entries keep it."""
        for ownership in work.scalars(select(Ownership).where(Ownership.house_id == row.id)):
            work.delete(ownership)
        work.flush()

    def query(self):
        """Living houses, unless the search asks for those that have ended."""
        query = select(House)
        return query if request.args.get("_flt_0_ended") else query.where(House.ended_on.is_(None))

    def new_form(self, row: House | None = None):
        form = super().new_form(row)
        if (form.owner_id.render_kw or {}).get("disabled"):
            form.owner_id.description = _("业主变更请办理过户，更正共有人请用“共有人”")
        return form

    def fixed_of(self, row: House) -> tuple[str, ...]:
        """Once there is money or a share on it, another owner is a sale and no correction."""
        return (*self.fixed, "owner_id", "sale_state") if has_money(db.session(), row.id) else self.fixed

    def acts_of(self, row: House) -> list[tuple[str, str, str]]:
        """(label, icon, address) of what the clerk can do with the house."""
        acts = []
        if row.ended_on is None and actor().can(Permission.HOUSE_CHANGE):
            for kind, icon in ACTS:
                address = url_for("HouseActs.form", key=row.id, kind=kind.value)
                acts.append((label(kind), icon, address))
        if row.ended_on is None and row.sale_state is SaleState.SOLD and actor().can(Permission.OWNER_EDIT):
            acts.append((gettext("共有人"), "fa-users", url_for("HouseActs.owners", key=row.id)))
        return acts

    def sections(self, row: House) -> list[dict]:
        found = []
        if actor().can(Permission.OWNER_VIEW):
            order = (Ownership.until.is_not(None), Ownership.since.desc(), Ownership.position, Ownership.id)
            query = select(Ownership).options(joinedload(Ownership.owner)).where(Ownership.house_id == row.id)
            found = list(db.session.scalars(query.order_by(*order).limit(LISTED)))
        lines = [
            ([str(o.owner), o.position, day(o.since), day(o.until)], url_for("Owners.show", pk=o.owner_id))
            for o in found
        ]
        account = [(_("分户账"), url_for("Accounts.show", key=row.id))] if actor().can(Permission.ACCOUNT_VIEW) else []
        head = (_("业主"), _("次序"), _("自"), _("至"))
        return [section(_("产权记录"), head, lines, numbers=(1,), acts=account), *history_sections(row)]


class OwnerForm(ChineseForm):
    area_id = RowField(_("物业区域"), kind="area")
    name = StringField(_("姓名或单位名称"), [required("请填写姓名"), at_most(200)])
    identity_number = personal.identity_number(_("证件号码"))
    phone = personal.phone(_("联系电话"))


class Owners(Table):
    """业主, one row a person and area; identity number and phone are shown masked."""

    model, noun, route_base = Owner, N_("业主"), "/owners"
    read_right, edit_right, form, fixed = Permission.OWNER_VIEW, Permission.OWNER_EDIT, OwnerForm, ("area_id",)
    list_columns = show_columns = ["name", "area", "identity_number", "phone"]
    label_columns = {"name": N_("姓名")}
    searches = {
        "area": searching.Related(Owner.area, name=Area.name),
        "name": searching.Text(Owner.name, indexed=Owner.name),
    }
    order_by = {"name": Owner.name, "area": Owner.area_id}
    first_order = ("area", False)
    eager = (Owner.area,)
    hint = N_("业主随房屋清册一起导入，也可逐个添加。")

    def prepare(self, work, row: Owner, form, *, is_new: bool) -> None:
        if row.identity_number:
            row.identity_hash = identity_hash(row.identity_number)

    def sections(self, row: Owner) -> list[dict]:
        return [houses_section(House.owner_id == row.id)]
