"""What the register's pages read from the address and from forms: area, place, category, filters, the typed row."""

from __future__ import annotations

import re
from typing import Any

from flask import abort, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import Field, StringField
from wtforms.validators import Optional

from app import clock
from app.domain.enums import WarrantyState
from app.domain.errors import NotYours
from app.queries.equipment import Chosen
from app.screens.asked import asked_member, asked_number, asked_words
from app.screens.choosing import RowField
from app.screens.fields import ChineseForm, DayField, at_most, required
from app.screens.request import actor
from app.workflows.equipment.register import LONGEST, Values

KEPT = (
    "area", "building", "unit", "category", "search", "below", "use", "warranty", "page", "size", "sort", "order",
)  # fmt: skip
USES = {"": False, "in_use": False, "retired": True, "all": None}
PLACE = re.compile(r"a|[bu][1-9][0-9]{0,17}")
Place = tuple[int | None, int | None]  # building, unit; both None: the area itself


def chosen_in_address(area_id: int | None = None) -> Chosen:
    """What the address narrows the list to. An actor of one area need not name it. 400 for nonsense."""
    use = request.args.get("use", "")
    if use not in USES:
        abort(400)
    return Chosen(
        area_id or asked_number("area") or only_area(), asked_number("building"), asked_number("unit"),
        asked_number("category"), asked_words(), request.args.get("below", "1") == "1", USES[use],
        asked_member("warranty", WarrantyState), clock.today(),
    )  # fmt: skip


def only_area() -> int | None:
    """The area of somebody who has just one."""
    areas = actor().area_ids
    return next(iter(areas)) if areas is not None and len(areas) == 1 else None


def kept(**changes: Any) -> dict[str, Any]:
    """The list's filters of this address, with some of them changed (None: left out)."""
    found = {name: request.args[name] for name in KEPT if request.args.get(name)} | changes
    return {name: value for name, value in found.items() if value is not None}


def place_of(text: str) -> Place:
    """a, b3 or u7 as a form posts it → (building, unit). NotYours for anything else."""
    if not PLACE.fullmatch(text):
        raise NotYours(text[:40])
    key = int(text[1:] or 0)
    return (key, None) if text[0] == "b" else (None, key) if text[0] == "u" else (None, None)


def place_in_address(chosen: Chosen) -> str:
    """Where a new piece stands unless another place is chosen: what the tree shows."""
    return f"u{chosen.unit_id}" if chosen.unit_id else f"b{chosen.building_id}" if chosen.building_id else "a"


def posted_key(name: str) -> int | None:
    """A row's number of the form; None when there is none, 400 for what is no number."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        abort(400)
    return int(text)


def posted_version(text: str) -> int:
    """The version that a row was drawn with; 400 without one."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        abort(400)
    return int(text)


def posted_picks() -> dict[int, int]:
    """{key: version} of the ticked rows, posted as `7:2`; 400 for anything else."""
    found = {}
    for text in request.form.getlist("pick")[:1000]:
        key, _colon, version = text.partition(":")
        if not (key.isascii() and key.isdigit() and len(key) <= 18):
            abort(400)
        found[int(key)] = posted_version(version)
    return found


def labels_in_address() -> dict[str, Any]:
    """What the label sheet is narrowed to: the list's filters, or single pieces (`pick=7&pick=9`)."""
    picked = request.args.getlist("pick")[:1000]
    if not all(text.isascii() and text.isdigit() and len(text) <= 18 for text in picked):
        abort(400)
    return {"chosen": chosen_in_address(), "picked": [int(text) for text in picked]}


class PlaceField(Field):
    """安装位置; `data` is (building, unit)."""

    def process_formdata(self, valuelist) -> None:
        self.data = (None, None)
        try:
            self.data = place_of(valuelist[0].strip() if valuelist else "")
        except NotYours as error:
            raise ValueError(gettext("请从列表中选择")) from error

    @property
    def text(self) -> str:
        """As it was posted, or as the row says it."""
        return str(self.raw_data[0]) if self.raw_data else self.data if isinstance(self.data, str) else "a"


class RowForm(ChineseForm):
    """One row of the list while it is typed."""

    place = PlaceField(_("位置"))
    category_id = RowField(_("设备类型"), kind="category")
    name = StringField(_("名称"), [required("请填写设备名称"), at_most(LONGEST["name"])])
    model = StringField(_("型号"), [at_most(LONGEST["model"])])
    maker = StringField(_("厂家"), [at_most(LONGEST["maker"])])
    installed_on = DayField(_("安装日期"), [Optional()])
    warranty_until = DayField(_("保修截止"), [Optional()])

    def values(self) -> Values:
        """As the register takes them."""
        building, unit = self.place.data
        return Values(
            self.name.data or "", self.category_id.data, building, unit, self.model.data or "", self.maker.data or "",
            self.installed_on.data, self.warranty_until.data,
        )  # fmt: skip
