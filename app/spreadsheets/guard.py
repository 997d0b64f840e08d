"""Looks into an uploaded workbook before any parser does (`documents.md`, reading).

Every part is inflated once with its bytes counted (headers lie), so neither a zip bomb nor a document type definition
reaches a parser. Also finds what the fast reader does not tell: formulas, error cells, hidden sheets, far cells.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError, fromstring

from app.domain.errors import Refusal, say

MAX_PACKED = 10 * 1024 * 1024
MAX_UNPACKED = 80 * 1024 * 1024
MAX_RATIO = 100
RATIO_APPLIES_FROM = 1024 * 1024
MAX_PARTS = 200
MAX_COLUMNS = 64
MAX_INDEX = 1024 * 1024
CHUNK = 1 << 16

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FORBIDDEN = re.compile(r"vbaProject|externalLinks/|embeddings/|activeX/|ctrlProps/|\.(zip|exe|dll|js|vbs)$", re.I)
_FORMULA = re.compile(rb"<c\b([^>]*)>\s*<f[\s/>]")
_ERROR = re.compile(rb'<c\b([^>]*\bt="e"[^>]*)>')
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_NESTED_ROW = re.compile(rb"<row\b[^>/]*>\s*<row\b")
# How Excel, WPS and LibreOffice write a cell. A parser reads others too (single quotes, a prefix, a ">" in a value, its
# place told twice or not at all): those would pass the patterns below unseen, so they are refused.
_MORE = rb'(?: (?:s|t|cm|vm|ph)="[^"<>&]*")*'
_CELL = rb"<c" + _MORE + rb' r="'
_STRANGE_CELL = re.compile(
    rb"<[^\s<>/:]*:c[\s/>]|<c(?=[\s/>])(?!" + _CELL[2:] + rb'[A-Z]{1,3}[1-9][0-9]{0,6}"' + _MORE + rb"\s*/?>)"
)
_FAR_COLUMN = re.compile(_CELL + rb"(?:[A-Z]{3}|[C-Z][A-Z]|B[M-Z])[0-9]")  # beyond BL, the 64th

NOT_XLSX = say("文件不是有效的 Excel（xlsx）文件，请用 Excel 或 WPS 另存为 xlsx 后再上传")


@dataclass
class Workbook:
    """A workbook that passed: its bytes; the first sheet's formula and error cells as (row, column), from 1."""

    data: bytes
    formulas: set[tuple[int, int]] = field(default_factory=set)
    errors: set[tuple[int, int]] = field(default_factory=set)
    sheet_count: int = 1


def check_workbook(data: bytes, *, max_rows: int) -> Workbook:
    """Refuse whatever is no plain xlsx within the limits; else the workbook. `max_rows` does not count the head."""
    _check_container(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = _inflate(archive)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        if isinstance(error, Refusal):
            raise
        raise Refusal(NOT_XLSX) from error
    _check_parts(parts)
    first, count = _first_sheet(parts)
    return _check_sheet(Workbook(data, sheet_count=count), first, max_rows)


def column_number(letters: str) -> int:
    """A → 1, Z → 26, AA → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _check_container(data: bytes) -> None:
    if not data:
        raise Refusal(say("文件是空的，请重新选择"))
    if len(data) > MAX_PACKED:
        raise Refusal(say("文件超过 %(limit)s MB，请分批导入", limit=MAX_PACKED // 1024 // 1024))
    if data.startswith(_OLE):
        raise Refusal(say("文件带有密码或是旧版 xls 格式，请去掉密码并另存为 xlsx 后再上传"))
    if not data.startswith(b"PK\x03\x04"):
        raise Refusal(NOT_XLSX)


def _inflate(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """All parts, inflated within the limits."""
    members = archive.infolist()
    names = {member.filename.replace("\\", "/").lower() for member in members}  # parsers take them for the same
    if len(members) > MAX_PARTS or len(names) != len(members):
        raise Refusal(say("文件内部结构异常（部件过多或重复），不能导入"))
    parts: dict[str, bytes] = {}
    total = 0
    for member in members:
        _check_member(member)
        parts[member.filename] = _inflate_member(archive, member, MAX_UNPACKED - total)
        total += len(parts[member.filename])
    return parts


def _check_member(member: zipfile.ZipInfo) -> None:
    name = member.filename
    is_link = (member.external_attr >> 16) & 0o170000 == 0o120000
    if is_link or name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name:
        raise Refusal(say("文件内部结构异常（路径越界），不能导入"))
    if _FORBIDDEN.search(name):
        raise Refusal(say("文件带有宏、外部链接或嵌入对象，不能导入，请另存为普通 xlsx"))
    if member.flag_bits & 0x1:
        raise Refusal(say("文件带有密码，请去掉密码后再上传"))


def _inflate_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: int) -> bytes:
    """One part, counted while it is inflated: what its header says is not believed."""
    allowed = min(budget, max(RATIO_APPLIES_FROM, member.compress_size * MAX_RATIO))
    content = io.BytesIO()  # grows in place: a list of chunks would take the room twice
    with archive.open(member) as stream:
        while chunk := stream.read(CHUNK):
            if content.tell() + len(chunk) > allowed:
                raise Refusal(say("文件解压后过大，不能导入"))
            content.write(chunk)
    return content.getvalue()


def _check_parts(parts: dict[str, bytes]) -> None:
    types = parts.get("[Content_Types].xml", b"")
    if "xl/workbook.xml" not in parts or b"spreadsheetml" not in types:
        raise Refusal(NOT_XLSX)
    if b"macroEnabled" in types:
        raise Refusal(say("文件带有宏、外部链接或嵌入对象，不能导入，请另存为普通 xlsx"))
    for name, content in parts.items():
        if not name.endswith((".xml", ".rels")):
            continue
        if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in content[:4096]:
            raise Refusal(NOT_XLSX)
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise Refusal(say("文件含有外部实体定义，不能导入"))


def _first_sheet(parts: dict[str, bytes]) -> tuple[bytes, int]:
    """The bytes of the first sheet in the workbook's order, and how many sheets there are."""
    sheets = _elements(parts, "xl/workbook.xml", "sheet")
    if not sheets:
        raise Refusal(NOT_XLSX)
    if sheets[0].get("state") in ("hidden", "veryHidden"):
        raise Refusal(say("第一张工作表被隐藏，无法核对，请取消隐藏后再上传"))
    wanted = [value for key, value in sheets[0].items() if key.endswith("}id")]
    relations = _elements(parts, "xl/_rels/workbook.xml.rels", "Relationship")
    targets = [row.get("Target", "").lstrip("/") for row in relations if [row.get("Id")] == wanted]
    if len(targets) != 1:
        raise Refusal(NOT_XLSX)
    name = targets[0] if targets[0].startswith("xl/") else f"xl/{targets[0]}"
    if name not in parts or not name.endswith(".xml"):
        raise Refusal(NOT_XLSX)
    return parts[name], len(sheets)


def _elements(parts: dict[str, bytes], name: str, tag: str) -> list[Element]:
    """All elements of that name in one of the small parts that say where the others are, whatever their prefix."""
    content = parts.get(name, b"")
    try:
        root = fromstring(content if len(content) <= MAX_INDEX else b"")  # no part has a DTD: `_check_parts`
    except ParseError as error:
        raise Refusal(NOT_XLSX) from error
    return [element for element in root.iter() if element.tag.rpartition("}")[2] == tag]


def _check_sheet(workbook: Workbook, sheet: bytes, max_rows: int) -> Workbook:
    if _NESTED_ROW.search(sheet) or (b"</sheetData>" not in sheet and b"<sheetData/>" not in sheet):
        raise Refusal(NOT_XLSX)
    _refuse_far_cells(sheet, max_rows)
    workbook.formulas = _places(_FORMULA, sheet) if b"<f" in sheet else set()
    workbook.errors = _places(_ERROR, sheet) if b't="e"' in sheet else set()
    return workbook


def _refuse_far_cells(sheet: bytes, max_rows: int) -> None:
    """The fast reader takes room for every cell up to the farthest, so none may be far or hidden from this look."""
    if _STRANGE_CELL.search(sheet):
        raise Refusal(NOT_XLSX)
    if _FAR_COLUMN.search(sheet):
        raise Refusal(say("工作表超过 %(limit)s 列，请删除多余的列", limit=MAX_COLUMNS))
    last = max_rows + 1
    low_rows = re.compile(_CELL + rb"[A-Z]+([0-9]{%d,})" % len(str(last)))  # all others have fewer digits
    if any(int(row) > last for row in low_rows.findall(sheet)):
        raise Refusal(say("数据超过 %(limit)s 行，请分批导入", limit=max_rows))


def _places(pattern: re.Pattern, sheet: bytes) -> set[tuple[int, int]]:
    found = (_REFERENCE.search(attributes) for attributes in pattern.findall(sheet))
    return {(int(place[2]), column_number(place[1].decode())) for place in found if place}
