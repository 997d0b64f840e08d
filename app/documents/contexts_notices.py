"""立项公告, 验收公告 and 撤销公告 as published: the words of `workflows/notices/text.py`, finished for the print."""

from __future__ import annotations

from typing import Any

from app.documents import wording as w
from app.models import Notice
from app.queries.notices import content_of
from app.workflows.engine import Context
from app.workflows.notices import text as notice_text


def notice(notice: Notice, ctx: Context) -> dict[str, Any]:
    """Every kind; the form only draws what the text has."""
    said = content_of(notice)
    text = notice_text.text_of(said)
    return {
        "number": notice.number,
        "heading": said["title"],
        "final": notice_text.is_final(said),
        "heads": notice_text.WORKS_HEADS,
        "greeting": str(text.greeting),
        "opening": str(text.opening),
        "sections": [_section(section) for section in text.sections],
        "company": said["organisation"],
        "published_on": w.day(said["published_on"]),
    }


def _section(section: notice_text.Section) -> dict[str, Any]:
    works = section.works
    rows = [{name: str(cell) for name, cell in row.items()} for row in works.rows] if works else []
    return {
        "heading": f"{section.numeral}{section.heading}",
        "lines": [str(line) for line in section.lines],
        "works": works and {
            "rows": rows, "total": str(works.total), "budget": works.budget, "settled": works.settled,
        },
    }  # fmt: skip
