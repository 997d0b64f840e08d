"""Fields that choose a row of another table, and the address that finds the choices by what is typed.

Large tables are never poured into a form: the field asks `/choices/<kind>` and gets at most twenty rows, all of them
within what the person may see (the session is guarded); the row posted back is loaded through the same guard.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import abort, jsonify, request, url_for
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy import or_, select
from wtforms import Field
from wtforms.validators import ValidationError
from wtforms.widgets import html_params

from app.domain.enums import OrganisationKind
from app.extensions import db
from app.models import (
    Area,
    Building,
    Contractor,
    District,
    EquipmentCategory,
    EscrowAccount,
    House,
    Organisation,
    Owner,
    Unit,
)
from app.permissions import Permission
from app.queries.containing import containing
from app.queries.contractors import own_register
from app.screens.request import Screen, actor, expose, requires

FOUND = 20
INDEXED = {House.label, Owner.name}
LISTED = 300  # a short table's rows all stand in the select


@dataclass(frozen=True)
class Choices:
    """How rows of one kind are found: by which columns, in which order, and narrowed by which other choice."""

    model: type
    permission: Permission
    columns: tuple[Any, ...]
    order: Any
    narrow: dict[str, Any] = field(default_factory=dict)
    where: Callable[[], Any] | None = None
    short: bool = False

    def query(self):
        query = select(self.model).order_by(self.order, self.model.id)
        return query if self.where is None else query.where(self.where())


KINDS: dict[str, Choices] = {
    "district": Choices(District, Permission.PREMISES_VIEW, (District.name,), District.code, short=True),
    "area": Choices(Area, Permission.PREMISES_VIEW, (Area.name,), Area.name),
    "building": Choices(
        Building, Permission.PREMISES_VIEW, (Building.name,), Building.sort_key, {"area_id": Building.area_id}
    ),
    "unit": Choices(Unit, Permission.PREMISES_VIEW, (Unit.name,), Unit.sort_key, {"building_id": Unit.building_id}),
    "house": Choices(
        House, Permission.PREMISES_VIEW, (House.label,), House.sort_key,
        {"area_id": House.area_id, "building_id": House.building_id}, where=lambda: House.ended_on.is_(None),
    ),
    "owner": Choices(Owner, Permission.OWNER_VIEW, (Owner.name,), Owner.name, {"area_id": Owner.area_id}),
    "category": Choices(
        EquipmentCategory, Permission.EQUIPMENT_VIEW, (EquipmentCategory.name,), EquipmentCategory.position, short=True
    ),
    "organisation": Choices(
        Organisation, Permission.ORGANISATION_VIEW, (Organisation.name, Organisation.credit_code), Organisation.name
    ),
    "server": Choices(  # whoever may serve an area
        Organisation, Permission.ORGANISATION_VIEW, (Organisation.name, Organisation.credit_code), Organisation.name,
        where=lambda: Organisation.kind.in_((OrganisationKind.PROPERTY_COMPANY, OrganisationKind.OWNERS_COMMITTEE)),
    ),
    "bank": Choices(
        Organisation, Permission.ESCROW_EDIT, (Organisation.name,), Organisation.name, short=True,
        where=lambda: Organisation.kind == OrganisationKind.BANK,
    ),
    "escrow_account": Choices(
        EscrowAccount, Permission.ESCROW_VIEW, (EscrowAccount.bank_name, EscrowAccount.account_no),
        EscrowAccount.account_no, short=True,
    ),
    "contractor": Choices(
        Contractor, Permission.CONTRACTOR_VIEW, (Contractor.name,), Contractor.name,
        where=lambda: own_register(actor()),
    ),
}  # fmt: skip


def _indexed(column: Any) -> Any:
    """The column itself where its pairs of letters are indexed (migration 0005)."""
    return column if column in INDEXED else None


def find(choices: Choices, text: str, narrowed: dict[str, int], limit: int = FOUND) -> list[Any]:
    """Rows whose columns hold the text, within the narrowing choices."""
    query = choices.query()
    if text:
        query = query.where(or_(*(containing(column, text, indexed=_indexed(column)) for column in choices.columns)))
    for name, value in narrowed.items():
        query = query.where(choices.narrow[name] == value)
    return list(db.session.scalars(query.limit(limit)).unique())


class ChoiceScreen(Screen):
    """The answers to what is typed in a choosing field."""

    route_base = "/choices"

    @expose("/<kind>")
    @requires(Permission.HOME)
    def index(self, kind: str):
        choices = KINDS.get(kind)
        if choices is None:
            abort(404)
        if not actor().can(choices.permission):
            abort(403)
        narrowed = {name: _number(request.args[name]) for name in choices.narrow if request.args.get(name)}
        rows = find(choices, request.args.get("q", "").strip()[:60], narrowed)
        return jsonify(results=[{"id": row.id, "text": str(row)} for row in rows])


class RowField(Field):
    """A row of another table; `data` is its key, `row` the row itself once the form is validated."""

    def __init__(self, label=None, validators=None, *, kind: str, required: bool = True, **kwargs):
        super().__init__(label, validators, **kwargs)
        self.kind, self.choices, self.row = kind, KINDS[kind], None
        self.flags.required = required

    def process_formdata(self, valuelist) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if text:
            if not text.isascii() or not text.isdigit() or len(text) > 18:
                raise ValueError(gettext("请从列表中选择"))
            self.data = int(text)

    def pre_validate(self, form) -> None:
        if self.data is None:
            if self.flags.required and not self.errors:
                raise ValidationError(gettext("请选择%(name)s", name=self.label.text))
            return
        query = self.choices.query().where(self.choices.model.id == self.data)
        for name, column in self.choices.narrow.items():
            if name in form and form[name].data is not None:
                query = query.where(column == form[name].data)
        self.row = db.session.scalar(query)
        if self.row is None:
            raise ValidationError(gettext("请从列表中选择"))

    def options(self) -> list[Any]:
        """All rows of a short table; of a long one only the row chosen."""
        if self.choices.short:
            return find(self.choices, "", {}, LISTED)
        chosen = db.session.get(self.choices.model, self.data) if isinstance(self.data, int) else None
        return [chosen] if chosen is not None else []

    def widget(self, _field, **kwargs) -> Markup:
        attributes = {"id": self.id, "name": self.name, **kwargs}
        if self.flags.required:
            attributes["required"] = True
        if not self.choices.short:
            attributes["class"] = f"{kwargs.get('class', '')} choose-row".strip()
            attributes["data-choices"] = url_for("ChoiceScreen.index", kind=self.kind)
            attributes["data-narrow"] = " ".join(self.choices.narrow)
            attributes["data-placeholder"] = gettext("输入几个字查找")
        options = [Markup('<option value="">{}</option>').format(gettext("请选择") if self.choices.short else "")]
        for row in self.options():
            chosen = Markup(" selected") if row.id == self.data else ""
            options.append(Markup('<option value="{}"{}>{}</option>').format(row.id, chosen, row))
        return Markup("<select {}>{}</select>").format(Markup(html_params(**attributes)), Markup("").join(options))


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        abort(400)
    return int(text)
