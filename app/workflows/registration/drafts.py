"""The holding place of a registration that is being filled in: files chosen so far, the password's hash, the captcha.

A visitor has no account, so the draft is found by a random number in the visitor's cookie (the table keeps its hash).
What is not submitted goes with the daily job.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.domain.errors import NotYours, Refusal, say
from app.models import Attachment, RegistrationDraft
from app.workflows.attachments import scanner
from app.workflows.attachments.content import check_file
from app.workflows.attachments.rules import registration_requirements
from app.workflows.attachments.storage import store
from app.workflows.registration import captcha

SUBJECT = "registration_drafts"
MAX_FILES = 20
MAX_BYTES = 60 * 1024 * 1024
MAX_HELD = 4 * 1024 * 1024 * 1024
"""All drafts together: strangers must not fill the disk."""
KEPT = timedelta(hours=24)
CAPTCHA_LASTS = timedelta(minutes=10)


def find(session: Session, token: str) -> RegistrationDraft | None:
    """The draft of this visitor, if there is one."""
    if not token:
        return None
    return session.scalar(_named(token))


def open_draft(session: Session, token: str, now: datetime) -> RegistrationDraft:
    """The draft of this visitor, locked; made where there is none."""
    draft = session.scalar(_named(token).with_for_update(), execution_options={"populate_existing": True})
    if draft is None:
        draft = RegistrationDraft(token_hash=_hash(token), at=now)
        session.add(draft)
        session.flush()
    return draft


def new_token() -> str:
    """The number for the visitor's cookie."""
    return secrets.token_urlsafe(24)


def hold(
    session: Session, draft: RegistrationDraft, requirement_id: int, file_name: str, data: bytes, now: datetime
) -> Attachment:
    """Check an upload by its content and keep it with the draft. Refusal at `file-<requirement>`."""
    field = f"file-{requirement_id}"
    if requirement_id not in {row.id for row in registration_requirements(session)}:
        raise Refusal(say("请从列表中选择要件"))
    try:
        checked = check_file(file_name, data)
        scanner.scan(data)
        _check_room(session, draft, len(checked.data))
    except Refusal as refusal:
        raise Refusal(refusal.sentence, field=field) from refusal
    attachment = Attachment(
        subject=SUBJECT, subject_id=draft.id, requirement_id=requirement_id, file_name=checked.file_name,
        stored_name=store().put(checked.data), media_type=checked.media_type, size=len(checked.data),
        sha256=hashlib.sha256(checked.data).hexdigest(), uploaded_at=now,
    )  # fmt: skip
    session.add(attachment)
    session.flush()
    return attachment


def held(session: Session, draft: RegistrationDraft | None) -> list[Attachment]:
    """The files chosen so far, in the order of upload."""
    if draft is None:
        return []
    return list(session.scalars(_of(draft).order_by(Attachment.id)))


def drop(session: Session, draft: RegistrationDraft | None, attachment_id: int) -> None:
    """Take one file back. NotYours when it is none of this draft's."""
    found = None if draft is None else session.scalar(_of(draft).where(Attachment.id == attachment_id))
    if found is None:
        raise NotYours(f"Attachment {attachment_id}")
    session.delete(found)


def renew_captcha(draft: RegistrationDraft, now: datetime) -> None:
    """Ask anew; what was asked before counts no more."""
    draft.captcha, draft.captcha_until = captcha.new_answer(), now + CAPTCHA_LASTS


def asked(draft: RegistrationDraft | None, now: datetime) -> str | None:
    """The answer that this visitor owes; None when nothing is asked, or too long ago."""
    if draft is None or not draft.captcha or draft.captcha_until is None or draft.captcha_until < now:
        return None
    return draft.captcha


def forget_old(session: Session, now: datetime) -> int:
    """The daily job: drafts that were not submitted within a day, with their files; gives how many drafts."""
    old = select(RegistrationDraft.id).where(RegistrationDraft.at < now - KEPT)
    session.execute(delete(Attachment).where(Attachment.subject == SUBJECT, Attachment.subject_id.in_(old)))
    return session.execute(delete(RegistrationDraft).where(RegistrationDraft.at < now - KEPT)).rowcount


def _check_room(session: Session, draft: RegistrationDraft, size: int) -> None:
    mine = _of(draft).subquery()
    count, total = session.execute(select(func.count(), func.coalesce(func.sum(mine.c.size), 0))).one()
    if count >= MAX_FILES:
        raise Refusal(say("附件不能超过 %(limit)s 个，请合并后上传", limit=MAX_FILES))
    if int(total) + size > MAX_BYTES:
        raise Refusal(say("全部文件合计不能超过 %(limit)s MB，请压缩后再上传", limit=MAX_BYTES >> 20))
    everything = session.scalar(select(func.sum(Attachment.size)).where(Attachment.subject == SUBJECT)) or 0
    if int(everything) + size > MAX_HELD:
        raise Refusal(say("现在注册的人太多，暂不能上传文件，请稍后再试"))


def _of(draft: RegistrationDraft):
    return select(Attachment).where(Attachment.subject == SUBJECT, Attachment.subject_id == draft.id)


def _named(token: str):
    return select(RegistrationDraft).where(RegistrationDraft.token_hash == _hash(token))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
