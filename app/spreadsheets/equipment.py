"""设施设备 as a list: exported with 设备编号, changed in Excel, read back; rows without a number are new."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO

from app.domain.errors import Refusal, Sentence, say
from app.models import Equipment
from app.spreadsheets.columns import Column, cell_text, day, text
from app.spreadsheets.reader import Sheet, read_sheet
from app.spreadsheets.writer import stream_rows, write_template

MAX_ROWS = 20_000
KEY, PLACE, KIND, WARRANTY = "设备编号", "位置", "分类", "保修截止"
WHOLE_AREA = ("小区", "小区公用", "全区")
Place = tuple[int | None, int | None]  # building, unit; both None: the area itself


@dataclass
class Known:
    """What the area's list may name: places and categories by their plain names, pieces by number.

    Its three readers give the keys of what a cell names, or say why it names nothing.
    """

    places: dict[str, set[Place]] = field(default_factory=dict)
    kinds: dict[str, set[int]] = field(default_factory=dict)
    keys: Collection[int] = ()
    twins: Collection[tuple] = ()  # of the pieces in use: place, category, name, model

    def add_place(self, name: str, place: Place) -> None:
        self.places.setdefault(plain_place(name), set()).add(place)

    def add_kind(self, path: str, key: int) -> None:
        """Found by its own name, and with one or more of those above it."""
        names = path.split(" / ")
        for start in range(len(names)):
            self.kinds.setdefault(_plain("".join(names[start:])), set()).add(key)

    def place(self, value: Any) -> Place:
        found = self.places.get(plain_place(text(200)(value)), set())
        return _the_one(found, say("本区域没有这个位置"))

    def kind(self, value: Any) -> int:
        found = self.kinds.get(_plain(text(200)(value)), set())
        return _the_one(found, say("没有这个分类"))

    def key(self, value: Any) -> int:
        shown = cell_text(value)
        if not (shown.isascii() and shown.isdigit() and len(shown) <= 18):
            raise Refusal(say("不是有效的设备编号：%(value)s", value=shown[:20]))
        if int(shown) not in self.keys:
            raise Refusal(say("不是本区域的设施设备"))
        return int(shown)


def _the_one(found: set, otherwise: Sentence) -> Any:
    if len(found) > 1:
        raise Refusal(say("有多个同名的，请写全名"))
    if not found:
        raise Refusal(otherwise)
    return next(iter(found))


def columns(today: date | None = None, known: Known | None = None) -> tuple[Column, ...]:
    """What an import reads against what is `known`; an installation after `today` is refused."""
    known = known or Known()
    return (
        Column(KEY, "key", known.key, help="新增的设备留空；修改已有设备时保留导出的编号", width=12),
        Column(PLACE, "place", known.place, required=True, width=18, help="小区公用的填“小区”，其余如：1栋、1栋1单元"),
        Column(KIND, "kind", known.kind, required=True, width=18, help="分类名称，如：曳引电梯；同名的写全名"),
        Column("名称", "name", text(200), required=True, width=22, help="如：1号客梯；同位置、分类的不能重名"),
        Column("型号", "model", text(100), default="", width=18, help="可留空"),
        Column("厂家", "maker", text(200), default="", width=22, help="可留空"),
        Column("安装日期", "installed_on", day(today), number="day", width=12, help="如：2016-07-17，可留空"),
        Column(WARRANTY, "warranty_until", day(), number="day", width=12, help="可留空，按分类的默认保修年限推算"),
    )


STATES = (Column("保修状态", "warranty", text(), width=12), Column("使用状态", "use", text(), width=12))
AREA = Column("物业区域", "area", text(), width=20)


def write_list(stream: BinaryIO, pieces: Iterable[Equipment], today: date, *, with_area: bool) -> int:
    """The list as it is filtered, with 设备编号; gives the number of rows. Columns at the end are not read back."""
    more = (AREA,) if with_area else ()

    def row(piece: Equipment) -> tuple:
        known = (
            piece.id, place_name(piece), str(piece.category), piece.name, piece.model, piece.maker, piece.installed_on,
            piece.warranty_until, piece.warranty_on(today), "已停用" if piece.retired else "在用",
        )  # fmt: skip
        return (*known, piece.area.name) if with_area else known

    return stream_rows(stream, (*columns(), *STATES, *more), map(row, pieces), title="设施设备")


def write_empty() -> bytes:
    """The template to fill in, with an explanation of each column."""
    example = ("", "1栋1单元", "曳引电梯", "1号客梯", "OTIS GeN2", "奥的斯机电电梯有限公司", "2016-07-17", "")
    return write_template(columns(), title="设施设备", examples=[example])


def place_name(piece: Equipment) -> str:
    """小区, 1栋 or 1栋1单元, as the import reads it."""
    return f"{piece.building or ''}{piece.unit.name if piece.unit else ''}" or WHOLE_AREA[0]


def read_list(data: bytes, known: Known, today: date) -> Sheet:
    """Read and judge a list: each good row gets `place` (building, unit) and `kind` (category).

    Faults: every faulty cell, a place or category that isn't there or could be several, a number that is none of the
    area's or stands twice, a new piece that is there already, a warranty that ends before the installation.
    """
    sheet = read_sheet(data, columns(today, known), max_rows=MAX_ROWS)
    rows, good = sheet.rows, []
    keys: dict[int, int] = {}
    twins: dict[tuple, int] = {}
    for number, values in rows:
        key = values.get("key")
        faults = [*_days(values), *(_alone(values, known, twins) if key is None else _once(key, keys))]
        for column, shown, sentence in faults:
            sheet.fault(number, column, shown, sentence)
        if not faults:
            good.append((number, values))
        if key is None:
            twins.setdefault(_twin(values), number)
        else:
            keys.setdefault(key, number)
    sheet.rows = good
    sheet.sort_faults()
    return sheet


def _once(key: int, seen: dict[int, int]):
    if key in seen:
        yield KEY, key, say("与第 %(row)s 行重复", row=seen[key])


def _days(values: dict[str, Any]):
    installed, until = values.get("installed_on"), values.get("warranty_until")
    if installed and until and until < installed:
        yield WARRANTY, until.isoformat(), say("保修截止日期不能早于安装日期")


def _alone(values: dict[str, Any], known: Known, seen: dict[tuple, int]):
    twin = _twin(values)
    if twin in known.twins:
        yield "名称", values["name"], say("该位置、分类下已有同名同型号的设施设备；修改已有的请填设备编号")
    elif twin in seen:
        yield "名称", values["name"], say("与第 %(row)s 行重复", row=seen[twin])


def _twin(values: dict[str, Any]) -> tuple:
    return (values["place"], values["kind"], values["name"], values.get("model") or "")


def plain_place(name: str) -> str:
    """A place's name for comparing: 3幢 2单元, 3栋2单元 and 3号楼/2单元 are the same."""
    return re.sub(r"幢|座|号楼", "栋", _plain(name))


def _plain(name: str) -> str:
    return re.sub(r"[\s/／]+", "", name).lower()
