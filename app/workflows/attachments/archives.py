"""Zips and workbooks as attachments: inflated once with their bytes counted, nothing that leaves its folder or runs."""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from app.domain.errors import Refusal, Sentence, say

MAX_MEMBERS = 1000
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 100
RATIO_FROM = 1024 * 1024
CHUNK = 1 << 16
HEAD = 4096
INSIDE_ZIP = {
    "pdf": b"%PDF-",
    "jpg": b"\xff\xd8\xff",
    "jpeg": b"\xff\xd8\xff",
    "png": b"\x89PNG",
    "xlsx": b"PK\x03\x04",
    "docx": b"PK\x03\x04",
}
_ACTIVE_PART = re.compile(r"vbaProject|externalLinks/|embeddings/|activeX/|ctrlProps/|\.(zip|exe|dll|js|vbs)$", re.I)
BROKEN = say("压缩文件不完整或已损坏，请重新打包后再上传")
ODD = say("压缩文件内部结构异常，不能上传")
NOT_XLSX = say("文件不是有效的 Excel（xlsx）文件，请用 Excel 或 WPS 另存为 xlsx 后再上传")
ACTIVE = say("Excel 文件带有宏、外部链接或嵌入对象，请另存为普通 xlsx 后再上传")


def check_zip(data: bytes) -> bytes:
    """A zip of scans: every member is of the list of file types, by name and by its first bytes."""
    members = _members(data, _check_inside_zip)
    if not members:
        raise Refusal(say("压缩文件是空的"), field="file")
    return data


def check_xlsx(data: bytes) -> bytes:
    """A plain workbook: no macro, external link, embedding or document type definition."""
    names = _members(data, _check_part)
    if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
        raise Refusal(NOT_XLSX, field="file")
    return data


def _check_inside_zip(name: str, head: bytes, _size: int) -> None:
    extension = name.rpartition(".")[2].lower()
    if not head.startswith(INSIDE_ZIP.get(extension, b"\x00never")):
        raise Refusal(say("压缩文件中的“%(name)s”不是 pdf、jpg、png、xlsx、docx 文件", name=name[-60:]), field="file")


def _check_part(name: str, head: bytes, _size: int) -> None:
    if _ACTIVE_PART.search(name):
        raise Refusal(ACTIVE, field="file")
    if name == "[Content_Types].xml" and (b"macroEnabled" in head or b"spreadsheetml" not in head):
        raise Refusal(ACTIVE if b"macroEnabled" in head else NOT_XLSX, field="file")
    if name.endswith((".xml", ".rels")):
        if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in head:
            raise Refusal(NOT_XLSX, field="file")
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
            raise Refusal(say("Excel 文件含有外部实体定义，不能上传"), field="file")


def _members(data: bytes, check) -> set[str]:
    """The names of all members, each inflated within the limits and looked at."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _walk(archive, check)
    except Refusal:
        raise
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, zlib.error) as error:
        raise Refusal(BROKEN, field="file") from error


def _walk(archive: zipfile.ZipFile, check) -> set[str]:
    infos = archive.infolist()
    names = {info.filename for info in infos}
    if len(infos) > MAX_MEMBERS or len(names) != len(infos):
        raise Refusal(ODD, field="file")
    total = 0
    for info in infos:
        _check_place(info)
        head, size = _inflate(archive, info, MAX_UNPACKED - total)
        total += size
        if not info.is_dir():
            check(info.filename, head, size)
    return names


def _check_place(info: zipfile.ZipInfo) -> None:
    name = info.filename.replace("\\", "/")
    is_link = (info.external_attr >> 16) & 0o170000 == 0o120000
    if is_link or name.startswith("/") or ".." in name.split("/") or ":" in name:
        raise Refusal(ODD, field="file")
    if info.flag_bits & 0x1:
        raise Refusal(say("压缩文件带有密码，请去掉密码后再上传"), field="file")


def _inflate(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: int) -> tuple[bytes, int]:
    """First bytes and size of one member; what its header says of its size is not believed."""
    allowed = min(budget, max(RATIO_FROM, info.compress_size * MAX_RATIO))
    head, size = b"", 0
    with archive.open(info) as stream:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > allowed:
                raise Refusal(_too_big(), field="file")
            if len(head) < HEAD:
                head = (head + chunk)[:HEAD]
    return head, size


def _too_big() -> Sentence:
    return say("压缩文件解压后过大，不能上传")
