"""记录: what has been done with a project and with its votes, notices, applications and acceptances, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String as Text
from sqlalchemy import and_, cast, or_, select
from sqlalchemy.orm import Session

from app.models import Acceptance, Application, AuditEvent, Notice, Project, Review, Transfer, Vote

EVENTS = AuditEvent.__table__
DEPENDENTS = (Vote, Notice, Application, Acceptance, Transfer)


@dataclass(frozen=True)
class Record:
    """One line of the timeline; `mark` is its css class."""

    at: datetime
    who: str
    what: str
    opinion: str
    mark: str


MARKS = {
    "return": "is-returned", "reject": "is-returned", "withdraw": "is-returned", "void": "is-returned",
    "fail": "is-returned", "reopen": "is-returned", "refuse": "is-returned", "approve": "is-good", "pass": "is-good",
    "start": "is-good", "pay": "is-good", "confirm": "is-good", "close": "is-good",
}  # fmt: skip


def records_of(session: Session, project: Project, *, limit: int) -> list[Record]:
    """From the audit trail, with the reviewers' opinions. A Core statement: the project is the scope."""
    about = [and_(EVENTS.c.subject == Project.__tablename__, EVENTS.c.subject_id == str(project.id))]
    for model in DEPENDENTS:
        table = model.__table__
        keys = select(cast(table.c.id, Text)).where(table.c.project_id == project.id)
        about.append(and_(EVENTS.c.subject == table.name, EVENTS.c.subject_id.in_(keys)))
    events = session.execute(select(EVENTS).where(or_(*about)).order_by(EVENTS.c.id.desc()).limit(limit)).all()
    opinions = _opinions(session, project)
    return [
        Record(
            event.at, event.actor_name, _without_own_name(event.summary or event.action, project),
            opinions.get((event.subject_id, event.at), "") if event.subject == Application.__tablename__ else "",
            MARKS.get(event.action, ""),
        )
        for event in events
    ]  # fmt: skip


def _without_own_name(summary: str, project: Project) -> str:
    """On the project's own page its number and name need not stand on every line."""
    return summary.removeprefix(f"{project}：").removeprefix(f"{project.number} ")


def last_acts(session: Session, project: Project, *, limit: int) -> list[tuple[datetime, str, str]]:
    """(at, who, what) of the newest acts on the project itself, newest first: what a stale page has missed."""
    about = and_(EVENTS.c.subject == Project.__tablename__, EVENTS.c.subject_id == str(project.id))
    columns = (EVENTS.c.at, EVENTS.c.actor_name, EVENTS.c.summary)
    return [
        tuple(row) for row in session.execute(select(*columns).where(about).order_by(EVENTS.c.id.desc()).limit(limit))
    ]


def _opinions(session: Session, project: Project) -> dict[tuple[str, datetime], str]:
    rows = session.execute(
        select(Review.application_id, Review.at, Review.opinion)
        .join(Application, Application.id == Review.application_id)
        .where(Application.project_id == project.id, Review.opinion != "")
    )
    return {(str(key), at): opinion for key, at, opinion in rows}
