"""What was typed about houses and owners: read row by row, every fault at its field, everything kept for redrawing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from app.domain.enums import HouseChangeKind, HouseUse
from app.domain.errors import Refusal, Sentence, say
from app.domain.identifiers import parse_owner_identity, parse_phone
from app.domain.money import parse_area
from app.workflows.houses.owners import CoOwner, Person
from app.workflows.houses.plans import Part, Plan

PART = ("unit_id", "floor", "room", "floor_area", "use", "owner", "identity_number", "phone")
OWNER = ("owner_id", "owner", "identity_number", "phone")
MOST_ROWS = 60
EARLIEST = date(1949, 10, 1)
LIMITS = {"floor": 16, "room": 64, "owner": 200}
_CO_OWNERS = re.compile(r"\s*[、，,；;]\s*")
_BAD = re.compile("[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


@dataclass
class Typed:
    """The form's rows and single values as typed, and the sentence at each faulty field (`room-1` is of row 1)."""

    rows: list[dict[str, str]] = field(default_factory=list)
    takes_effect_on: str = ""
    reason: str = ""
    others: list[int] = field(default_factory=list)
    faults: dict[str, Sentence] = field(default_factory=dict)

    def read(self, name: str, read: Callable[[], Any]) -> Any:
        """What `read` gives; None and a fault at the field when it refuses."""
        try:
            return read()
        except Refusal as refusal:
            self.faults[name] = refusal.sentence
            return None

    def add(self, refusal: Refusal) -> bool:
        """Put a refusal at its field; False when there is none."""
        if refusal.field is None:
            return False
        self.faults[refusal.field] = refusal.sentence
        return True


def rows_of(form: MultiDict, names: tuple[str, ...]) -> list[dict[str, str]]:
    """The form's repeated fields as rows; a row with nothing typed (but a preset choice) is left out."""
    columns = {name: form.getlist(name)[:MOST_ROWS] for name in names}
    count = max((len(values) for values in columns.values()), default=0)
    rows = [
        {name: values[place].strip() if place < len(values) else "" for name, values in columns.items()}
        for place in range(count)
    ]
    preset = {"unit_id", "floor", "use"}
    return [row for row in rows if any(value for name, value in row.items() if name not in preset)]


def typed_change(kind: HouseChangeKind, form: MultiDict) -> Typed:
    names = OWNER if kind is HouseChangeKind.SALE else PART
    keys = [int(text) for text in form.getlist("others") if text.isascii() and text.isdigit() and len(text) < 18]
    return Typed(
        rows_of(form, names), form.get("takes_effect_on", "").strip(), form.get("reason", "").strip(), keys[:MOST_ROWS]
    )


def plan_of(kind: HouseChangeKind, typed: Typed) -> Plan:
    """The plan; what can't be read stands in `typed.faults`."""
    day = typed.read("takes_effect_on", lambda: _day(typed.takes_effect_on))
    reason = typed.read("reason", lambda: _text(typed.reason, "reason", 400))
    if kind is HouseChangeKind.SALE:
        return Plan(day, reason or "", owners=tuple(_persons(typed)))
    measured = kind is HouseChangeKind.SPLIT
    parts = tuple(_part(row, place, typed, measured=measured) for place, row in enumerate(typed.rows))
    return Plan(day, reason or "", parts=parts, others=tuple(typed.others))


def co_owners_of(typed: Typed) -> list[CoOwner]:
    """共有人 rows: one who owns already is known by `owner_id`; the others are new persons."""
    persons = {person.place: person for person in _persons(typed)}
    return [
        CoOwner(owner_id=int(row["owner_id"])) if _is_key(row["owner_id"]) else CoOwner(person=persons.get(place))
        for place, row in enumerate(typed.rows)
    ]


def _persons(typed: Typed) -> list[Person]:
    found = []
    for place, row in enumerate(typed.rows):
        if _is_key(row["owner_id"]):
            continue
        name = typed.read(f"owner-{place}", lambda row=row: _name(row["owner"]))
        found.append(_person(name or "", row, place, typed))
    return found


def _part(row: dict[str, str], place: int, typed: Typed, *, measured: bool) -> Part:
    room = typed.read(f"room-{place}", lambda: _needed(_text(row["room"], "room"), say("请填写房号")))
    area = typed.read(f"floor_area-{place}", lambda: parse_area(row["floor_area"])) if measured else 0
    names = [name for name in _CO_OWNERS.split(row["owner"]) if name]
    persons = [typed.read(f"owner-{place}", lambda name=name: _name(name)) or "" for name in names]
    owners = [Person(name, place=place) for name in persons]
    if owners:
        owners[0] = _person(persons[0], row, place, typed)
    elif row["identity_number"] or row["phone"]:
        typed.faults[f"owner-{place}"] = say("请填写业主姓名，或清空证件号码和电话")
    return Part(
        unit_id=int(row["unit_id"]) if _is_key(row["unit_id"]) else None,
        floor=typed.read(f"floor-{place}", lambda: _text(row["floor"], "floor")) or "",
        room=room or "",
        floor_area=area or 0,
        use=typed.read(f"use-{place}", lambda: _use(row["use"])) or HouseUse.RESIDENTIAL,
        owners=tuple(owners),
    )


def _person(name: str, row: dict[str, str], place: int, typed: Typed) -> Person:
    identity = phone = None
    if row["identity_number"]:
        identity = typed.read(f"identity_number-{place}", lambda: parse_owner_identity(row["identity_number"]))
    if row["phone"]:
        phone = typed.read(f"phone-{place}", lambda: parse_phone(row["phone"]))
    return Person(name, identity, phone, place)


def _name(text: str) -> str:
    if "、" in text:
        raise Refusal(say("共有人请逐位填写"))
    return _needed(_text(text, "owner"), say("请填写姓名"))


def _needed(text: str, missing: Sentence) -> str:
    if not text:
        raise Refusal(missing)
    return text


def _text(text: str, name: str, limit: int | None = None) -> str:
    limit = limit or LIMITS[name]
    if _BAD.search(text.replace("\r\n", "").replace("\n", "") if name == "reason" else text):
        raise Refusal(say("含有不可见字符或控制字符"))
    if len(text) > limit:
        raise Refusal(say("不能超过 %(limit)s 个字", limit=limit))
    return text


def _use(text: str) -> HouseUse:
    try:
        return HouseUse(text)
    except ValueError:
        raise Refusal(say("请从列表中选择")) from None


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Refusal(say("日期无效，格式为 2026-01-31")) from None
    if day < EARLIEST:
        raise Refusal(say("日期过早：%(value)s", value=day.isoformat()))
    return day


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 18
