"""Files kept beside a form that was refused, so that nothing chosen is lost; the form takes its file when it is saved.

A staged file is its uploader's alone, has passed all checks of content, and is forgotten after a day.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app import audit
from app.domain.errors import Refusal, say
from app.models import Attachment
from app.workflows.attachments import scanner
from app.workflows.attachments.content import SHOWN, check_file
from app.workflows.attachments.storage import store
from app.workflows.engine import Context

SUBJECT = "staged"
KEPT = timedelta(days=1)


def stage_scan(file_name: str, data: bytes, ctx: Context) -> Attachment:
    """Check a scan (pdf or picture) by its content and keep it for the form's next try; in a unit of work.

    Refusal at `file`: what `check_file()` refuses, and files that the review page can't show.
    """
    checked = check_file(file_name, data)
    if checked.media_type not in SHOWN:
        raise Refusal(say("扫描件须为 pdf、jpg 或 png 文件"), field="file")
    scanner.scan(data)
    attachment = Attachment(
        subject=SUBJECT, subject_id=ctx.actor.user_id, organisation_id=ctx.actor.organisation_id,
        file_name=checked.file_name, stored_name=store().put(checked.data), media_type=checked.media_type,
        size=len(checked.data), sha256=hashlib.sha256(checked.data).hexdigest(), uploaded_at=ctx.now,
        uploaded_by_id=ctx.actor.user_id,
    )  # fmt: skip
    ctx.session.add(attachment)
    ctx.session.flush()
    return attachment


def find(key: int, ctx: Context) -> Attachment | None:
    """The actor's own staged file; None for everybody else's, and for one that a form has taken."""
    return ctx.session.scalar(
        select(Attachment).where(
            Attachment.id == key,
            Attachment.subject == SUBJECT,
            Attachment.subject_id == ctx.actor.user_id,
            Attachment.uploaded_by_id == ctx.actor.user_id,
        )
    )


def take(key: int, subject: str, subject_id: int, ctx: Context) -> Attachment:
    """The file belongs to the stored row from now on. Refusal at `file` when it is not there any more."""
    attachment = find(key, ctx)
    if attachment is None:
        raise Refusal(say("上传的文件已失效，请重新选择"), field="file")
    attachment.subject, attachment.subject_id = subject, subject_id
    audit.record(
        ctx.session, ctx.actor, "attach", attachment, now=ctx.now, summary=f"上传 {attachment.file_name}",
        changes={"subject": ["", f"{subject} {subject_id}"], "sha256": ["", attachment.sha256]},
    )  # fmt: skip
    return attachment


def forget_old(session: Session, now: datetime) -> None:
    """The daily job: forms that were given up."""
    session.execute(delete(Attachment).where(Attachment.subject == SUBJECT, Attachment.uploaded_at < now - KEPT))
