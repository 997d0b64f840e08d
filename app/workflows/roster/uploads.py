"""An uploaded roster waits as a file until it is confirmed; it is judged anew each time it is looked at."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from app.domain.errors import NotYours, Refusal, say
from app.models import Area, Attachment, OpeningBatch
from app.spreadsheets.guard import NOT_XLSX, check_workbook
from app.spreadsheets.reader import Sheet
from app.spreadsheets.roster import MAX_ROWS, read_roster
from app.workflows.attachments import scanner
from app.workflows.attachments.content import clean_name
from app.workflows.attachments.storage import store
from app.workflows.engine import Context
from app.workflows.roster.store import existing_houses, store_roster

SUBJECT = "rosters"
IN_BACKGROUND_FROM = 256 * 1024  # bytes; about 2,000 rows


def keep_upload(area: Area, file_name: str, data: bytes, ctx: Context) -> Attachment:
    """Keep the file of a roster for its preview. Refusal when it is no plain xlsx within the limits, or (a small one,
    which is read at once) no roster."""
    if not file_name.lower().endswith(".xlsx"):
        raise Refusal(NOT_XLSX, field="file")
    if len(data) < IN_BACKGROUND_FROM:
        _read(data, area.id, ctx)
    else:
        check_workbook(data, max_rows=MAX_ROWS)
    scanner.scan(data)
    attachment = Attachment(
        subject=SUBJECT,
        subject_id=area.id,
        area_id=area.id,
        file_name=clean_name(file_name),
        stored_name=store().put(data),
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        uploaded_at=ctx.now,
        uploaded_by_id=ctx.actor.user_id,
    )
    ctx.session.add(attachment)
    ctx.session.flush()
    return attachment


def upload(attachment_id: int, ctx: Context) -> Attachment:
    """The uploaded roster's row. NotYours when there is none."""
    attachment = ctx.session.get(Attachment, attachment_id)
    if attachment is None or attachment.subject != SUBJECT:
        raise NotYours(f"roster {attachment_id}")
    return attachment


def judge(attachment: Attachment, ctx: Context, *, progress: Callable[[int, int], None] | None = None) -> Sheet:
    """Read the kept file against the area's houses as they are now."""
    return _read(store().read(attachment.stored_name), attachment.subject_id, ctx, progress)


def _read(data: bytes, area_id: int, ctx: Context, progress: Callable[[int, int], None] | None = None) -> Sheet:
    existing = existing_houses(ctx.session, area_id)
    return read_roster(data, today=ctx.today, existing=existing, progress=progress)


def confirm(attachment: Attachment, sheet: Sheet, ctx: Context) -> OpeningBatch:
    """Store what was judged, all or nothing. Refusal when there is any fault."""
    if sheet.faults:
        raise Refusal(say("清册有 %(count)s 处错误，未导入任何数据", count=len(sheet.faults)))
    area = ctx.session.get_one(Area, attachment.subject_id)
    return store_roster(area, sheet, ctx, file_name=attachment.file_name)
