"""Lists as Excel workbooks: short ones at once, long ones by a job whose page gives the file.

A screen describes its list (`Listing`) and answers with `export_list()`. The job asks the very same address anew, as
the person who wants it, so that filters, rights and columns stand in one place.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from flask import abort, current_app, g, render_template, request, send_file, url_for
from flask_babel import force_locale, get_locale, gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from app import audit, clock
from app.domain.enums import JobState
from app.domain.errors import N_, Forbidden, Refusal, say
from app.jobs import queue
from app.jobs.run import Run
from app.models import Job, Message, PlatformUser
from app.screens.filters import NOTHING, day, square_metres, thousands, yuan
from app.screens.request import actor, new_form_key
from app.spreadsheets.columns import Column, text
from app.spreadsheets.writer import stream_rows
from app.transaction import unit_of_work

KINDS = {yuan: "yuan", square_metres: "area", day: "day"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
IN_MEMORY = 4 * 1024 * 1024
AT_ONCE = 10_000  # rows; a longer list would hold a thread of the server for too long
MOST = 200_000  # rows of one workbook; whoever wants more narrows the list
STEP = 1000  # rows between two looks at the progress bar
JOB = "export_list"


@dataclass(frozen=True)
class Listing:
    """A list to export. `rows(most)` reads while it is written, `count(most)` may stop counting there."""

    noun: str  # 房屋: titles, the file's name and the audit are made from it
    table: str  # what the audit event is about
    count: Callable[[int], int]
    rows: Callable[[int], Iterable[Any]]
    write: Callable[[BinaryIO, Iterable[Any]], int]
    told: str = ""  # what the list is narrowed to, for the audit
    action: str = "export"

    @property
    def file_name(self) -> str:
        return f"{gettext(self.noun)}_{clock.today():%Y%m%d}.xlsx"


def export_list(listing: Listing):
    """The answer of an export's address: the file, or the page from which a long one is begun."""
    if (run := g.get("exporting")) is not None:
        return _export_for(run, listing)
    count = listing.count(MOST + 1)
    if count > AT_ONCE:
        return _ask(listing, count)
    stream = workbook_file()
    written = listing.write(stream, listing.rows(AT_ONCE))
    stream.seek(0)
    with unit_of_work() as work:  # short: the reading above takes no lock
        _record(work, listing, written)
    return send_file(stream, mimetype=XLSX, as_attachment=True, download_name=listing.file_name, max_age=0)


def workbook_file() -> BinaryIO:
    """An empty file to write a workbook into: in memory while it is small, gone when it has been sent."""
    return tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)


def table_writer(view: Any) -> Callable[[BinaryIO, Iterable[Any]], int]:
    """Writes a generated list: its columns, amounts as numbers, personal data masked."""
    formatters = view.formatters_columns or {}
    columns = [
        Column(view.label_of(name), name, text(), number=KINDS.get(formatters.get(name), ""), width=18)
        for name in view.list_columns
    ]
    return lambda stream, found: stream_rows(
        stream, columns, (_cells(view, row, columns) for row in found), title=view.noun
    )


def _cells(view: Any, row: Any, columns: list[Column]) -> list[Any]:
    """Amounts, areas and days by value, everything else as the screen says it; nothing stays an empty cell."""
    shown = (getattr(row, c.field) if c.number else view.cell(row, c.field) for c in columns)
    return [None if value == NOTHING else value for value in shown]


# --- in the background -------------------------------------------------------------------------------------


def start(session: Session, address: str) -> Job:
    """Queue the export of that address; the one that this person already waits for is not begun again.

    400 for an address that is no export; Forbidden.
    """
    _check(address)
    arguments = {"address": address, "locale": str(get_locale() or "zh")}
    asked = Job.arguments == json.dumps(arguments, ensure_ascii=False)
    waiting = select(Job).where(
        Job.name == JOB, Job.created_by_id == actor().user_id, asked,
        Job.state.in_((JobState.QUEUED, JobState.RUNNING)), Job.cancel_asked.is_(False),
    )  # fmt: skip
    known = session.scalar(waiting.limit(1))
    return known or queue.enqueue(session, JOB, arguments, actor=actor(), now=clock.now())


def in_background(run: Run, address: str, locale: str) -> None:
    """What the job does: asks the address as the person who began it; `export_list()` finds the run."""
    with current_app.test_request_context(address), force_locale(locale):
        g._login_user = run.session.get(PlatformUser, run.actor.user_id)
        g.actor, g.exporting = run.actor, run
        try:
            current_app.dispatch_request()
            if "file" not in run.outcome:  # an export that belongs to one project: it is short and comes at once
                raise Refusal(say("这份清册请直接导出"))
        except (Forbidden, HTTPException) as error:
            raise Refusal(say("无权导出，或条件无效")) from error
        finally:
            for name in ("_login_user", "actor", "exporting"):
                g.pop(name, None)


def _check(address: str) -> None:
    path, _mark, _query = address.partition("?")
    try:
        endpoint, _values = current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        abort(400)
    permission = getattr(current_app.view_functions[endpoint], "_permission", None)
    if not endpoint.endswith(".export") or permission is None or len(address) > 2000:
        abort(400)
    if not actor().can(permission):
        raise Forbidden(permission.value)


def _export_for(run: Run, listing: Listing):
    total = listing.count(MOST)
    with workbook_file() as stream:
        written = listing.write(stream, _watched(listing.rows(MOST), run, total))
        stream.seek(0)
        run.keep_file(listing.file_name, XLSX, stream.read())
    told = say("“%(name)s”已备好，请在一天内下载", name=listing.file_name)
    with unit_of_work() as work:
        _record(work, listing, written)
        work.add(Message(user_id=run.actor.user_id, at=run.now, text=str(told)[:400], link=f"/jobs/{run.job_id}"))
    run.result(rows=written)
    return ""


def _watched(rows: Iterable[Any], run: Run, total: int) -> Iterator[Any]:
    for done, row in enumerate(rows):
        if done % STEP == 0:
            run.progress(done, total, N_("正在写入文件"))
        yield row


def _ask(listing: Listing, count: int):
    return render_template(
        "jobs/export.html", appbuilder=current_app.appbuilder, actor=actor(), form_key=new_form_key(),
        noun=gettext(listing.noun), count=count, most=MOST, shown=thousands(min(count, MOST)),
        address=request.full_path.rstrip("?"),
        back=url_for(f"{request.blueprint}.list", **request.args.to_dict(flat=False)),
    )  # fmt: skip


def _record(work: Session, listing: Listing, written: int) -> None:
    summary = f"导出{listing.noun} {written} 行" + (f"（{listing.told}）" if listing.told else "")
    audit.record(work, actor(), listing.action, listing.table, now=clock.now(), summary=summary)
