"""What has happened to a piece of equipment: 维修记录 (guarded), and the history of one that is loaded in scope."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.enums import OrganisationKind, ProjectState
from app.models import Acceptance, AuditEvent, Contractor, Equipment, Organisation, Project, ProjectItem
from app.permissions import Actor


@dataclass(frozen=True)
class Repair:
    """One line of 维修记录; fen. `settled` is empty until an acceptance is in force."""

    project_id: int
    number: str
    name: str
    state: ProjectState
    content: str
    contractor: str
    budget: int
    settled: int | None
    starts: date | None
    ends: date | None
    accepted: date | None


@dataclass(frozen=True)
class Event:
    """One line of a piece's history. `who` is empty for a person of another company."""

    at: datetime
    who: str
    action: str
    changes: dict[str, list[Any]]


def repairs(session: Session, equipment_id: int) -> list[Repair]:
    """维修记录, the newest project first: what the session may see of it."""
    accepted = (
        select(func.max(Acceptance.completed_on))
        .where(Acceptance.project_id == Project.id, Acceptance.in_force_at.is_not(None))
        .correlate(Project)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Project.id, Project.number, Project.name, Project.state, ProjectItem.content,
            func.coalesce(Contractor.name, ""), ProjectItem.budget, ProjectItem.settled, Project.planned_start,
            Project.planned_end, accepted,
        )
        .join(Project, Project.id == ProjectItem.project_id)
        .outerjoin(Contractor, Contractor.id == ProjectItem.contractor_id)
        .where(ProjectItem.equipment_id == equipment_id)
        .order_by(Project.id.desc())
    )  # fmt: skip
    return [Repair(*row) for row in rows]


def history(session: Session, piece: Equipment, actor: Actor, *, limit: int) -> list[Event]:
    """What has been done with it, newest first. Names are told of the own organisation and of the department."""
    events, organisations = AuditEvent.__table__, Organisation.__table__
    rows = session.execute(
        select(
            events.c.at, events.c.actor_name, events.c.organisation_id, events.c.action, events.c.changes,
            organisations.c.kind,
        )
        .outerjoin(organisations, organisations.c.id == events.c.organisation_id)
        .where(events.c.subject == Equipment.__tablename__, events.c.subject_id == str(piece.id))
        .order_by(events.c.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [
        Event(
            row.at,
            row.actor_name if _may_be_named(actor, row.organisation_id, row.kind) else "",
            row.action,
            json.loads(row.changes) if row.changes else {},
        )
        for row in rows
    ]


def _may_be_named(actor: Actor, organisation_id: int | None, kind: OrganisationKind | None) -> bool:
    if not actor.is_tenant or organisation_id is None:
        return True
    return organisation_id == actor.organisation_id or kind is OrganisationKind.DEPARTMENT
