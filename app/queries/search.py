"""The global search: projects, applications, notices, houses, enterprises; the session's guard keeps it scoped."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from app.models import Application, Area, Contractor, House, Notice, Organisation, Owner, Project
from app.permissions import Actor, Permission
from app.queries.contractors import own_register

LIMIT = 10


def escaped(text: str) -> str:
    """The text as a LIKE pattern that stands anywhere; % and _ are themselves. Use with escape="/"."""
    return "%" + text.replace("/", "//").replace("%", "/%").replace("_", "/_") + "%"


def search(session: Session, actor: Actor, text: str) -> dict[str, list]:
    """Up to ten rows a kind, only of kinds that the actor may open."""
    like = escaped(text)
    queries = {
        "projects": (Permission.PROJECT_VIEW, _matching(Project, like, Project.number, Project.name)),
        "applications": (
            Permission.APPLICATION_VIEW,
            _matching(Application, like, Application.number).where(Application.number.is_not(None)),
        ),
        "notices": (
            Permission.NOTICE_VIEW,
            select(Notice).join(Project, Notice.project_id == Project.id).order_by(Notice.id.desc())
            .where(or_(Notice.number.ilike(like, escape="/"), Project.name.ilike(like, escape="/"))),
        ),
        "houses": (Permission.PREMISES_VIEW, _houses(text)),
        "areas": (Permission.PREMISES_VIEW, _matching(Area, like, Area.name)),
        "organisations": (
            Permission.ORGANISATION_VIEW, _matching(Organisation, like, Organisation.name, Organisation.credit_code),
        ),
        "contractors": (
            Permission.CONTRACTOR_VIEW,
            _matching(Contractor, like, Contractor.name, Contractor.credit_code).where(own_register(actor)),
        ),
    }  # fmt: skip
    return {
        name: list(session.scalars(query.limit(LIMIT)).unique())
        for name, (permission, query) in queries.items()
        if actor.can(permission)
    }


def _matching(model: type, like: str, *columns):
    return select(model).where(or_(*(column.ilike(like, escape="/") for column in columns))).order_by(model.id.desc())


def _houses(text: str):
    """Every word must stand in the house's label, its area's name or its owner's name: "锦绣 3号楼 702"."""
    query = (
        select(House).join(House.area).join(House.owner, isouter=True).options(joinedload(House.area))
        .where(House.ended_on.is_(None)).order_by(House.sort_key)
    )  # fmt: skip
    for word in text.split():
        like = escaped(word)
        query = query.where(
            or_(
                House.label.ilike(like, escape="/"),
                Area.name.ilike(like, escape="/"),
                Owner.name.ilike(like, escape="/"),
            )
        )
    return query
