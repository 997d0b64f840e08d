"""What may be uploaded, told by its bytes and not by its name: pdf, jpg, png, xlsx, zip, 20 MB each (`quality.md`)."""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import dataclass

from app.domain.errors import Refusal, say
from app.workflows.attachments import archives, pdf, pictures

MAX_SIZE = 20 * 1024 * 1024
MAX_NAME = 200
NOT_LISTED = say("只能上传 pdf、jpg、png、xlsx、zip 文件")


@dataclass(frozen=True)
class Kind:
    """A type of file: its media type, first bytes, and the check that gives back what is stored."""

    media_type: str
    magic: bytes
    check: object
    shown: bool = False  # pdf and pictures are shown inside the review page


KINDS: dict[str, Kind] = {
    "pdf": Kind("application/pdf", b"%PDF-", pdf.check_pdf, shown=True),
    "jpg": Kind("image/jpeg", b"\xff\xd8\xff", pictures.reencode_jpeg, shown=True),
    "png": Kind("image/png", b"\x89PNG\r\n\x1a\n", pictures.reencode_png, shown=True),
    "xlsx": Kind(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04", archives.check_xlsx
    ),
    "zip": Kind("application/zip", b"PK\x03\x04", archives.check_zip),
}
EXTENSIONS = {**{name: name for name in KINDS}, "jpeg": "jpg"}
SHOWN = frozenset(kind.media_type for kind in KINDS.values() if kind.shown)
# Controls, bidi overrides, zero width: a name that reads otherwise than it is.
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


@dataclass(frozen=True)
class Checked:
    """A file that passed: its cleaned name, media type, and the bytes to store (pictures drawn anew)."""

    file_name: str
    media_type: str
    data: bytes


def check_file(file_name: str, data: bytes) -> Checked:
    """Judge one upload. Refusal with field `file`, in Chinese, saying what is wrong and what to do."""
    name = clean_name(file_name)
    kind = KINDS[extension_of(name)]
    if not data:
        raise Refusal(say("文件是空的，请重新选择"), field="file")
    if len(data) > MAX_SIZE:
        raise Refusal(say("文件超过 %(limit)s MB，请压缩或分开上传", limit=MAX_SIZE >> 20), field="file")
    if not data.startswith(kind.magic):
        raise Refusal(say("文件内容与扩展名 %(extension)s 不符", extension=extension_of(name)), field="file")
    return Checked(name, kind.media_type, kind.check(data))


def extension_of(name: str) -> str:
    """The kind that the last extension names. Refusal when it is none of the list."""
    kind = EXTENSIONS.get(name.rpartition(".")[2].lower()) if "." in name else None
    if kind is None:
        raise Refusal(NOT_LISTED, field="file")
    return kind


def clean_name(file_name: str) -> str:
    """The name as text to show: no folders, nothing invisible, at most 200 characters with its extension kept."""
    name = unicodedata.normalize("NFC", _INVISIBLE.sub("", file_name or ""))
    name = re.split(r"[/\\]", name)[-1].strip()
    stem, dot, extension = name.rpartition(".")
    if not dot:
        return name[:MAX_NAME]
    return f"{(stem or '未命名')[: MAX_NAME - len(extension[:10]) - 1]}.{extension[:10]}"


def read_limited(stream: io.BufferedIOBase) -> bytes:
    """At most one byte more than the limit, so that a huge upload is not read whole."""
    return stream.read(MAX_SIZE + 1)
