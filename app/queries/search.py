"""The global search: projects, applications, notices, houses, enterprises; the session's guard keeps it scoped."""

from __future__ import annotations

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload

from app.models import Application, Area, Contractor, House, Notice, Organisation, Owner, Project
from app.permissions import Actor, Permission
from app.queries.containing import containing, escaped
from app.queries.contractors import own_register
from app.queries.gather import gather

LIMIT = 10
MOST_KEYS = 500  # of areas and owners of a name; of more the database makes its own list


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
    }  # fmt: skip
    found = {
        name: list(session.scalars(query.limit(LIMIT)).unique())
        for name, (permission, query) in queries.items()
        if actor.can(permission)
    }
    words = text.split()[:MOST_WORDS] if actor.can(Permission.PREMISES_VIEW) else []
    rows = gather(session, **_short_lists(actor, like), **_keys(words))
    if words:
        found["houses"] = list(session.scalars(_houses(words, rows).limit(LIMIT)).unique())
    return found | {name: rows[name] for name in ("areas", "organisations", "contractors") if name in rows}


MOST_WORDS = 5


def _matching(model: type, like: str, *columns):
    return select(model).where(or_(*(column.ilike(like, escape="/") for column in columns))).order_by(model.id.desc())


def _short_lists(actor: Actor, like: str) -> dict[str, Select]:
    """Rows of the small tables: their key, what is shown of them, and what stands beside it."""
    lists = {
        "areas": (Permission.PREMISES_VIEW, Area, _matching(Area, like, Area.name), Area.address),
        "organisations": (
            Permission.ORGANISATION_VIEW, Organisation,
            _matching(Organisation, like, Organisation.name, Organisation.credit_code), Organisation.kind,
        ),
        "contractors": (
            Permission.CONTRACTOR_VIEW, Contractor,
            _matching(Contractor, like, Contractor.name, Contractor.credit_code).where(own_register(actor)),
            Contractor.credit_code,
        ),
    }  # fmt: skip
    return {
        name: query.with_only_columns(model.id, model.name.label("shown"), beside).limit(LIMIT)
        for name, (permission, model, query, beside) in lists.items()
        if actor.can(permission)
    }


def _keys(words: list[str]) -> dict[str, Select]:
    """The areas and the owners whose names hold each word."""
    asked = {}
    for place, word in enumerate(words):
        asked[f"areas_{place}"] = _areas(word).limit(MOST_KEYS + 1)
        asked[f"owners_{place}"] = _owners(word).limit(MOST_KEYS + 1)
    return asked


def _areas(word: str) -> Select:
    return select(Area.id).where(containing(Area.name, word))


def _owners(word: str) -> Select:
    return select(Owner.id).where(containing(Owner.name, word, indexed=Owner.name))


def _houses(words: list[str], rows: dict[str, list]) -> Select:
    """Every word must stand in the house's label, its area's name or its owner's name: "锦绣 3号楼 702"."""
    query = select(House).where(House.ended_on.is_(None)).options(joinedload(House.area))
    query = query.order_by(House.area_id, House.sort_key, House.id)
    for place, word in enumerate(words):
        areas, owners = ([row[0] for row in rows[f"{kind}_{place}"]] for kind in ("areas", "owners"))
        places = [containing(House.label, word, indexed=House.label)]
        if areas:
            places.append(House.area_id.in_(areas if len(areas) <= MOST_KEYS else _areas(word)))
        if owners:
            places.append(House.owner_id.in_(owners if len(owners) <= MOST_KEYS else _owners(word)))
        query = query.where(or_(*places))
    return query
