"""待办: what waits for the user who looks, oldest first; all that is open; what the user did."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import abort, request

from app import clock
from app.domain.enums import ApplicationKind
from app.domain.errors import N_
from app.extensions import db
from app.models import Application
from app.permissions import Permission
from app.queries import inbox as queries
from app.queries import transfers
from app.screens import applications_parts as parts
from app.screens.asked import asked_area, asked_member, asked_number, asked_words
from app.screens.exporting import Listing, export_list
from app.screens.paging import page_of
from app.screens.request import Screen, actor, expose, requires
from app.spreadsheets.inbox import write_inbox
from app.workflows import policy

BOXES = {queries.MINE: N_("待我办理"), queries.ALL_OPEN: N_("全部在办"), queries.DONE: N_("我已办")}


class Inbox(Screen):
    """待办."""

    route_base = "/inbox"
    default_view = "list"

    @expose("/")
    @requires(Permission.APPLICATION_VIEW)
    def list(self):
        if not actor().is_department:
            abort(404)
        page, session, today = page_of(), db.session(), clock.today()
        calendar, limit = queries.calendar(session), policy.number(session, "review_days", today)
        monday = today - timedelta(days=today.weekday())
        desk = queries.desk(
            session, actor(), **self._asked(), late_before=calendar.late_before(today, limit),
            week=datetime(monday.year, monday.month, monday.day), lines=transfers.waiting(actor()),
        )  # fmt: skip
        page.total, tiles, rows = desk.total, desk.tiles, self._rows(page.size, page.offset)
        return self.page(
            "inbox/list.html", rows=rows, page=page, box=_box(), boxes=BOXES,
            counts=desk.counts, tiles=tiles, limit=limit,
            oldest=calendar.waited(tiles.oldest, today), title_of=parts.titles_of(rows),
            waited={row.id: calendar.waited(row.waiting_since, today) for row in rows},
            acts=queries.last_acts(session, rows), kind=asked_member("kind", ApplicationKind), search=asked_words(),
            kinds=parts.KINDS, area=asked_area(),
            area_id=asked_number("area"), lines=desk.lines,
        )  # fmt: skip

    @expose("/export.xlsx")
    @requires(Permission.APPLICATION_VIEW)
    def export(self):
        """The box as filtered, as Excel."""
        if not actor().is_department:
            abort(404)
        calendar, today = queries.calendar(db.session()), clock.today()
        return export_list(
            Listing(
                BOXES[_box()], Application.__tablename__,
                count=lambda most: queries.inbox_size(db.session(), actor(), **self._asked(), most=most),
                rows=lambda most: self._rows(most, 0),
                write=lambda stream, rows: write_inbox(stream, rows, calendar, today),
            )
        )  # fmt: skip

    def _rows(self, limit: int, offset: int):
        return queries.inbox(db.session(), actor(), **self._asked(), limit=limit, offset=offset)

    def _asked(self) -> dict[str, Any]:
        """Box and filters of the address."""
        kind, area = asked_member("kind", ApplicationKind), asked_number("area")
        return {"box": _box(), "search": asked_words(), "kind": kind, "area_id": area}


def _box() -> str:
    box = request.args.get("box", queries.MINE)
    if box not in BOXES:
        abort(400)
    return box
