"""分户, 合户, 过户 and 共有人 of one house: typed, previewed with figures, then done once."""

from __future__ import annotations

from flask import request, url_for
from sqlalchemy import select

from app import clock
from app.domain.enums import HouseChangeKind, HouseUse, SaleState
from app.domain.errors import Refusal, say
from app.domain.money import format_area
from app.extensions import db
from app.ledger.premises import money_of
from app.models import House, Unit
from app.permissions import Permission
from app.screens.house_typed import OWNER, Typed, co_owners_of, plan_of, rows_of, typed_change
from app.screens.request import Screen, context, expose, load, requires, submit_once
from app.screens.rows import masked
from app.workflows.houses import actions, owners
from app.workflows.houses.plans import Preview

BLANK_ROWS = 2


class HouseActs(Screen):
    """The forms of a house that changes."""

    route_base, menu_screen = "/house-acts", "Houses"

    @expose("/<int:key>/<any(split,merge,sale):kind>")
    @requires(Permission.HOUSE_CHANGE)
    def form(self, key: int, kind: str):
        """The empty form: two parts, or the room of the house itself, or one new owner; today."""
        house, chosen = load(House, key), HouseChangeKind(kind)
        typed = Typed(_first_rows(house, chosen), clock.today().isoformat())
        return self._draw(house, chosen, typed)

    @expose("/<int:key>/<any(split,merge,sale):kind>", methods=["POST"])
    @requires(Permission.HOUSE_CHANGE)
    def change(self, key: int, kind: str):
        """预览 draws the figures; 确认 does what they showed."""
        house, chosen = load(House, key), HouseChangeKind(kind)
        typed = typed_change(chosen, request.form)
        plan = plan_of(chosen, typed)
        if typed.faults:
            return self._draw(house, chosen, typed, status=422)
        if request.form.get("step") != "confirm":
            return self._preview(house, chosen, typed)
        version, seen = request.form.get("version", type=int), request.form.get("seen", "")

        def do(_session):
            return actions.change_houses(chosen, key, plan, context(), version=version, seen=seen)

        return submit_once(
            do,
            answer=lambda change: url_for("HouseChanges.show", pk=change.id),
            said=say("%(kind)s已办理", kind=chosen.label),
            refused=lambda refusal: self._preview(load(House, key), chosen, typed, refusal),
        )

    def _preview(self, house: House, kind: HouseChangeKind, typed: Typed, refusal: Refusal | None = None):
        """The form with the figures; with the sentence where they can't be worked out."""
        shown = None
        try:
            shown = actions.preview(kind, house.id, plan_of(kind, typed), context())
        except Refusal as found:
            refusal = found
        if refusal is not None and typed.add(refusal):
            refusal = None
        status = 422 if refusal or typed.faults else 200
        return self._draw(house, kind, typed, shown=shown, refusal=refusal, status=status)

    def _draw(
        self, house: House, kind: HouseChangeKind, typed: Typed, *, shown: Preview | None = None,
        refusal: Refusal | None = None, status: int = 200,
    ):  # fmt: skip
        session = db.session()
        units = select(Unit).where(Unit.building_id == house.building_id).order_by(Unit.sort_key, Unit.id)
        return self.page(
            "houses/change.html", status, house=house, kind=kind, typed=typed, shown=shown, refusal=refusal,
            units=session.scalars(units).all(), uses=list(HouseUse), money=money_of(session, [house.id])[house.id],
            present=owners.present_owners(session, house.id), unsold=house.sale_state is SaleState.UNSOLD,
            joining=session.scalars(select(House).where(House.id.in_(typed.others)).order_by(House.sort_key)).all(),
            today=clock.today(), address=url_for("HouseActs.change", key=house.id, kind=kind.value),
        )  # fmt: skip

    @expose("/<int:key>/owners")
    @requires(Permission.OWNER_EDIT)
    def owners(self, key: int):
        """共有人: who owns today, the first-named first."""
        house = load(House, key)
        return self._draw_owners(house, Typed(_owner_rows(house)))

    @expose("/<int:key>/owners", methods=["POST"])
    @requires(Permission.OWNER_EDIT)
    def save_owners(self, key: int):
        """Put the record of co-owners right."""
        house = load(House, key)
        typed = Typed(rows_of(request.form, OWNER))
        rows = co_owners_of(typed)
        if typed.faults:
            return self._draw_owners(house, typed, status=422)
        version = request.form.get("version", type=int)

        def refused(refusal: Refusal):
            placed = typed.add(refusal)
            return self._draw_owners(load(House, key), typed, None if placed else refusal, status=422)

        return submit_once(
            lambda _session: owners.save_co_owners(key, rows, context(), version=version),
            answer=url_for("Houses.show", pk=key), said=say("共有人已保存"), refused=refused,
        )  # fmt: skip

    def _draw_owners(self, house: House, typed: Typed, refusal: Refusal | None = None, status: int = 200):
        known = {str(owner.id): owner for owner in owners.present_owners(db.session(), house.id)}
        return self.page(
            "houses/owners.html", status, house=house, typed=typed, known=known, refusal=refusal, masked=masked
        )


def _first_rows(house: House, kind: HouseChangeKind) -> list[dict[str, str]]:
    if kind is HouseChangeKind.SALE:
        return [dict.fromkeys(OWNER, "")]
    like = {
        "unit_id": str(house.unit_id or ""), "floor": house.floor, "room": "", "floor_area": "", "use": house.use.value,
        "owner": "", "identity_number": "", "phone": "",
    }  # fmt: skip
    if kind is HouseChangeKind.MERGE:
        return [{**like, "room": house.room, "floor_area": format_area(house.floor_area)}]
    return [{**like, "room": f"{house.room}-{place}"} for place in range(1, BLANK_ROWS + 1)]


def _owner_rows(house: House) -> list[dict[str, str]]:
    return [
        {"owner_id": str(owner.id), "owner": owner.name, "identity_number": "", "phone": ""}
        for owner in owners.present_owners(db.session(), house.id)
    ]
