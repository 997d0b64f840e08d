"""A PDF that a clerk opens: whole, of a sane size, without scripts and without programs to start."""

from __future__ import annotations

import io
import logging
import re
from typing import TYPE_CHECKING

from app.domain.errors import Refusal, say

if TYPE_CHECKING:  # loaded with the first PDF: it would be a tenth of a worker's start
    from pypdf import PdfReader
    from pypdf.generic import PdfObject

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it tells the log about every fault of a hostile file
MAX_PAGES = 5000
MAX_TAIL = 8192
BROKEN = say("PDF 文件不完整或已损坏，请重新扫描或另存后再上传")
ACTIVE = say("PDF 含有脚本或启动程序的动作，请打印成普通 PDF 后再上传")
_ACTIVE = re.compile(rb"/(?:JavaScript|Launch)(?![A-Za-z])")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")


def check_pdf(data: bytes) -> bytes:
    """The bytes again, when they pass. Page contents are never inflated: a bomb inside them stays asleep."""
    end = data.rfind(b"%%EOF")
    if end < 0 or len(data) - end > MAX_TAIL:
        raise Refusal(BROKEN, field="file")
    _refuse_active(data)
    try:
        from pypdf import PdfReader

        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refusal(say("PDF 带有密码，请去掉密码后再上传"), field="file")
        _refuse_active_streams(reader)
        _check_pages(reader)
    except Refusal:
        raise
    except Exception as error:  # a parser of hostile bytes fails in every way there is
        raise Refusal(BROKEN, field="file") from error
    return data


def _refuse_active(data: bytes) -> None:
    if _ACTIVE.search(data) or _ACTIVE.search(_unescaped_names(data)):
        raise Refusal(ACTIVE, field="file")


def _unescaped_names(data: bytes) -> bytes:
    """`/L#61unch` is `/Launch`."""
    return _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), data) if b"#" in data else b""


def _refuse_active_streams(reader: PdfReader) -> None:
    """Objects may hide inside compressed object streams; pypdf bounds what it inflates."""
    from pypdf.generic import IndirectObject

    for number in {place[0] for place in reader.xref_objStm.values()}:
        stream = reader.get_object(IndirectObject(number, 0, reader))
        _refuse_active(stream.get_data())


def _check_pages(reader: PdfReader) -> None:
    """Walk the page tree without building pages: no loop, at least one page, no more than the limit."""
    seen: set[int] = set()
    queue: list[PdfObject] = [reader.root_object.raw_get("/Pages")]
    pages = 0
    while queue:
        reference = queue.pop()
        node = reference.get_object()
        kids = node.get("/Kids") if hasattr(node, "get") else None
        if kids is None:
            pages += 1
            _limit(pages)
            continue
        key = getattr(reference, "idnum", id(node))
        if key in seen:
            raise Refusal(BROKEN, field="file")
        seen.add(key)
        kids = kids.get_object()
        _limit(len(kids))
        queue.extend(kids)
    if not pages:
        raise Refusal(BROKEN, field="file")


def _limit(pages: int) -> None:
    if pages > MAX_PAGES:
        raise Refusal(say("PDF 超过 %(limit)s 页，请分开上传", limit=MAX_PAGES), field="file")
