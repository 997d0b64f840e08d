"""What stands around one application on its page: papers handed in, own ticks, working days, what comes next."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Application, Attachment, AttachmentCheck, Holiday, ReceivedPaper
from app.permissions import Actor
from app.queries.gather import gather
from app.queries.inbox import Calendar, hands


@dataclass(frozen=True)
class Around:
    """`received`: {requirement: paper copies}; `checked`: files that the reader ticked; `following`: 下一件."""

    received: dict[int, int]
    checked: set[int]
    calendar: Calendar
    following: int | None


def around(session: Session, actor: Actor, application: Application) -> Around:
    """By one statement."""
    of_it = (Attachment.subject == Application.__tablename__) & (Attachment.subject_id == application.id)
    questions = {
        "received": select(ReceivedPaper.requirement_id, ReceivedPaper.copies).where(
            ReceivedPaper.application_id == application.id
        ),
        "checked": select(AttachmentCheck.attachment_id)
        .join(Attachment, Attachment.id == AttachmentCheck.attachment_id)
        .where(AttachmentCheck.user_id == actor.user_id, of_it),
        "days": select(Holiday.day, Holiday.works),
    }
    if actor.is_department:
        others = select(Application.id).where(hands(actor), Application.id != application.id)
        questions["following"] = others.order_by(Application.waiting_since, Application.id).limit(1)
    found = gather(session, **questions)
    days = found["days"]
    calendar = Calendar({row.day for row in days if not row.works}, {row.day for row in days if row.works})
    following = found.get("following")
    return Around(
        dict(found["received"]), {row.attachment_id for row in found["checked"]}, calendar,
        following[0].id if following else None,
    )  # fmt: skip
