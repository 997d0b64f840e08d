"""待办: applications by what they wait for, whoever looks (`workflows.md` 7). Read only.

`hands(actor)` says in SQL what the actor's roles may do next, four eyes included; lists are ordered oldest first.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.domain.calendar import is_workday, workdays_between
from app.domain.enums import ApplicationKind, ApplicationState, ReviewAct
from app.models import Application, Area, AreaChangeArea, Holiday, Organisation, Project, Review
from app.permissions import Actor, Permission
from app.queries.gather import gather

AREAS, ROWS = Area.__table__, AreaChangeArea.__table__
OPEN = (ApplicationState.SUBMITTED, ApplicationState.IN_REVIEW)
BOXES = MINE, ALL_OPEN, DONE = "mine", "open", "done"


@dataclass(frozen=True)
class Calendar:
    """The department's working days."""

    holidays: Collection[date]
    workdays: Collection[date]

    def waited(self, since: datetime | None, today: date) -> int:
        """Working days since; today's matters have waited 0."""
        if since is None:
            return 0
        return workdays_between(since.date(), today, holidays=self.holidays, workdays=self.workdays)

    def late_before(self, today: date, limit: int) -> datetime:
        """What waits since before this moment has waited more than `limit` working days."""
        day, left = today, limit
        while left >= 0:
            if is_workday(day, holidays=self.holidays, workdays=self.workdays):
                left -= 1
            day -= timedelta(days=1)
        return datetime(day.year, day.month, day.day) + timedelta(days=1)


@dataclass(frozen=True)
class Tiles:
    """The figures on top: what waits for me, how many of them too long, and what I did since Monday."""

    waiting: int
    amount: int
    late: int
    oldest: datetime | None
    approved: int
    returned: int


def calendar(session: Session) -> Calendar:
    """The department's calendar, whole: some dozen rows a year."""
    rows = session.execute(select(Holiday.day, Holiday.works)).all()
    return Calendar({row.day for row in rows if not row.works}, {row.day for row in rows if row.works})


def hands(actor: Actor):
    """What waits for this actor, as a condition on applications."""
    A = Application
    one_level_left = A.levels_approved == A.levels_needed - 1
    choices = []
    if actor.can(Permission.APPLICATION_ACCEPT):
        choices.append(A.state == ApplicationState.SUBMITTED)
    if actor.can(Permission.REVIEW_FIRST):
        first = A.levels_approved < A.levels_needed - 1
        choices.append(and_(A.state == ApplicationState.IN_REVIEW, first, ~_touched_by(actor, 1)))
    if actor.can(Permission.REVIEW_SECOND):
        choices.append(
            and_(A.state == ApplicationState.IN_REVIEW, one_level_left, ~_touched_by(actor, A.levels_needed))
        )
    return or_(*choices) if choices else false()


def count_mine(actor: Actor) -> Select:
    """The number beside the menu's 待办."""
    return select(func.count(Application.id)).where(hands(actor))


def count_returned(actor: Actor) -> Select:
    """The number beside a company's 我的业务单: what it has to put right."""
    return _own(select(func.count(Application.id)).where(Application.state == ApplicationState.RETURNED), actor)


def inbox(
    session: Session, actor: Actor, *, box: str, search: str, kind: ApplicationKind | None, area_id: int | None,
    limit: int, offset: int,
) -> list[Application]:  # fmt: skip
    """One page of a box (mine, open, done); what waits longest comes first."""
    query = _filtered(_box(select(Application), actor, box), search, kind, area_id)
    order = (Application.ended_at.desc(), Application.id.desc()) if box == DONE else (
        Application.waiting_since, Application.id)  # fmt: skip
    return list(session.scalars(_with_names(query).order_by(*order).limit(limit).offset(offset)))


def inbox_size(session: Session, actor: Actor, *, box: str, search: str, kind, area_id: int | None, most: int) -> int:
    """How many a box has; counting stops at `most`."""
    query = _filtered(_box(select(Application.id), actor, box), search, kind, area_id).limit(most)
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def own_applications(
    actor: Actor, *, state: ApplicationState | None, search: str, kind: ApplicationKind | None, area_id: int | None
) -> Select:
    """Those of 我的业务单, as filtered; unordered."""
    query = _filtered(_own(select(Application), actor), search, kind, area_id)
    return query if state is None else query.where(Application.state == state)


def by_ids(session: Session, ids: Collection[int]) -> dict[int, Application]:
    """{id: application} with the names that a list shows."""
    query = _with_names(select(Application).where(Application.id.in_(ids)))
    return {row.id: row for row in session.scalars(query)}


def own_states(actor: Actor) -> Select:
    """(state, how many) for the chips of 我的业务单."""
    return _own(select(Application.state, func.count(Application.id).label("count")).group_by(Application.state), actor)


@dataclass(frozen=True)
class Desk:
    """What stands around the rows of a box."""

    total: int
    tiles: Tiles
    counts: dict[str, int]
    lines: int


def desk(
    session: Session, actor: Actor, *, box: str, search: str, kind: ApplicationKind | None, area_id: int | None,
    late_before: datetime, week: datetime, lines: Select,
) -> Desk:  # fmt: skip
    """By one statement: rows in the box as filtered, tiles (amounts in fen), boxes, and what `lines` counts."""
    wanted = _filtered(_box(select(Application.id), actor, box), search, kind, area_id)
    late = func.count(Application.id).filter(Application.waiting_since < late_before)
    acts = select(Review.act, func.count()).where(Review.actor_id == actor.user_id, Review.at >= week)
    found = gather(
        session, total=select(func.count()).select_from(wanted.subquery()),
        mine=select(
            func.count(Application.id), func.coalesce(func.sum(Application.amount), 0), late,
            func.min(Application.waiting_since),
        ).where(hands(actor)),
        acts=acts.group_by(Review.act), boxes=select(*_box_columns(actor)), lines=lines,
    )  # fmt: skip
    done = dict(found["acts"])
    approved = done.get(ReviewAct.APPROVE, 0) + done.get(ReviewAct.ACCEPT, 0)
    returned = done.get(ReviewAct.RETURN, 0) + done.get(ReviewAct.REJECT, 0)
    counts = dict(zip(BOXES, found["boxes"][0], strict=True))
    return Desk(
        found["total"][0][0], Tiles(*found["mine"][0], approved, returned), counts, found["lines"][0][0]
    )


def box_counts(session: Session, actor: Actor) -> dict[str, int]:
    """How many stand in each box, in one statement."""
    return dict(zip(BOXES, session.execute(select(*_box_columns(actor))).one(), strict=True))


def _box_columns(actor: Actor) -> list[Any]:
    ids = [_box(select(Application.id), actor, box).subquery() for box in BOXES]
    return [select(func.count()).select_from(rows).scalar_subquery().label(f"n{n}") for n, rows in enumerate(ids)]


def last_acts(session: Session, applications: Collection[Application]) -> dict[int, Review]:
    """{application id: its latest review}, with the actor loaded."""
    ids = [application.id for application in applications]
    latest = (
        select(func.max(Review.id)).where(Review.application_id.in_(ids)).group_by(Review.application_id)
    ).scalar_subquery()
    rows = session.scalars(select(Review).where(Review.id.in_(latest)).options(joinedload(Review.actor)))
    return {row.application_id: row for row in rows}


def _touched_by(actor: Actor, level):
    """Four eyes: the actor filed or accepted it, or approved another level than this one, in whatever round."""
    other = aliased(Review)
    before = or_(
        other.act.in_((ReviewAct.SUBMIT, ReviewAct.ACCEPT)), and_(other.act == ReviewAct.APPROVE, other.level != level)
    )
    return exists().where(other.application_id == Application.id, other.actor_id == actor.user_id, before)


def _box(query: Select, actor: Actor, box: str) -> Select:
    if box == MINE:
        return query.where(hands(actor))
    if box == ALL_OPEN:
        return query.where(Application.state.in_(OPEN))
    mine = aliased(Review)
    acts = [act for act in ReviewAct if act is not ReviewAct.SUBMIT]
    done = exists().where(mine.application_id == Application.id, mine.actor_id == actor.user_id, mine.act.in_(acts))
    return query.where(done)


def _own(query: Select, actor: Actor) -> Select:
    query = query.where(Application.organisation_id == actor.organisation_id)
    if not actor.can(Permission.AREA_CHANGE_FILE):
        query = query.where(Application.kind != ApplicationKind.AREA_CHANGE)
    if actor.area_ids is not None:
        query = query.where(or_(Application.area_id.is_(None), Application.area_id.in_(actor.area_ids)))
    return query


def _filtered(query: Select, search: str, kind: ApplicationKind | None, area_id: int | None) -> Select:
    if kind is not None:
        query = query.where(Application.kind == kind)
    if area_id is not None:
        query = query.where(or_(Application.area_id == area_id, _asks_for(ROWS.c.area_id == area_id)))
    for word in search.split()[:4]:
        query = query.where(
            or_(
                Application.number.contains(word, autoescape=True),
                Application.project.has(
                    or_(Project.name.contains(word, autoescape=True), Project.number.contains(word, autoescape=True))
                ),
                Application.organisation.has(Organisation.name.contains(word, autoescape=True)),
                _asks_for(AREAS.c.name.contains(word, autoescape=True)),
            )
        )
    return query


def _asks_for(condition):
    """An area change whose areas meet the condition; beside the guard, as they are not its company's own yet."""
    rows = ROWS.join(AREAS, AREAS.c.id == ROWS.c.area_id)
    return Application.id.in_(select(ROWS.c.application_id).select_from(rows).where(condition))


def _with_names(query: Select) -> Select:
    return query.options(
        joinedload(Application.organisation), joinedload(Application.area), joinedload(Application.project),
        joinedload(Application.phase),
    )  # fmt: skip


def of_project(session: Session, project: Project) -> list[Application]:
    """All applications of a project, newest first."""
    return list(
        session.scalars(
            select(Application)
            .where(Application.project_id == project.id)
            .options(joinedload(Application.phase))
            .order_by(Application.id.desc())
        )
    )
