"""记录: a project's whole story: who did what and when, what it changed, papers kept, money moved; newest first.

SOURCES is the table of what belongs to a project: a new business of projects is a row, with the table of its rows and
how its page is reached. Core statements, outside of the tenancy guard: the project is the scope, and `reader` decides
what an organisation may not see. Amounts are fen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, Select, String, and_, case, cast, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from app.domain.enums import EntryKind, OrganisationKind
from app.domain.errors import N_
from app.models import (
    Acceptance,
    Application,
    ArchivedPaper,
    Attachment,
    AuditEvent,
    JournalEntry,
    Notice,
    Objection,
    Organisation,
    PlatformUser,
    Project,
    Refund,
    Review,
    Transfer,
    Vote,
)
from app.permissions import Actor
from app.queries.gather import gather

EVENTS, ENTRIES, KEPT = AuditEvent.__table__, JournalEntry.__table__, ArchivedPaper.__table__
PAPERS, MONEY = "papers", "money"
INNER = ("print", "reveal")  # who looked at what is the matter of whoever did
PORTION, MOST = 500, 200_000


@dataclass(frozen=True)
class Source:
    """A kind of event: its key in the address, its name, the table whose rows belong to a project by `project_id`.

    `page`: the endpoint of a row's own page, "" where it has none.
    """

    key: str
    label: str
    model: type
    page: str = ""

    @property
    def table(self) -> Any:
        return self.model.__table__

    def ids(self, project_id: int) -> Select:
        """Keys of the project's rows."""
        column = self.table.c.id if self.model is Project else self.table.c.project_id
        return select(self.table.c.id).where(column == project_id)


SOURCES: tuple[Source, ...] = (
    Source("project", N_("编制与状态"), Project),
    Source("votes", N_("表决"), Vote, page="Votes.show"),
    Source("notices", N_("公示"), Notice, page="Notices.show"),
    Source("applications", N_("业务单与审核"), Application, page="Applications.show"),
    Source("transfers", N_("划转"), Transfer, page="Transfers.show"),
    Source("acceptances", N_("验收"), Acceptance),
    Source("refunds", N_("清退"), Refund, page="Refunds.show"),
    Source("objections", N_("异议"), Objection, page="Objections.show"),
)
FILES = "attachments"  # of all of them
OTHERS = {FILES: N_("附件"), MONEY: N_("资金"), PAPERS: N_("文书")}
KINDS: dict[str, str] = {**{source.key: source.label for source in SOURCES}, **OTHERS}
OF_TABLE: dict[str, Source] = {source.table.name: source for source in SOURCES}


@dataclass(frozen=True)
class Whose:
    """The organisation of who acted."""

    id: int
    name: str
    kind: OrganisationKind


@dataclass(frozen=True)
class Story:
    """One line: what happened to which row. Of an event: action, summary and changes as the audit trail has them;
    of an entry: its kind and amount; of a kept paper: the paper's key. `subject_id` leads to the row's page."""

    at: datetime
    kind: str
    who: str
    organisation: Whose | None  # None for the system
    action: str = ""
    subject: str = ""
    subject_id: int = 0
    summary: str = ""
    changes: str = ""
    opinion: str = ""
    entry: EntryKind | None = None
    amount: int | None = None
    paper: str = ""
    kept_id: int = 0


@dataclass(frozen=True)
class Asked:
    """Whose story, for whom, and {paper: its subject's model} of the kept papers that the reader may print."""

    project_id: int
    reader: Actor
    papers: Mapping[str, type]


def counts_query(asked: Asked) -> Select:
    """(kind, lines), those without any left out."""
    lines = _lines(asked).subquery().c
    return select(lines.kind, func.count()).group_by(lines.kind)


def stories(session: Session, asked: Asked, *, kind: str = "", limit: int = 50, offset: int = 0) -> list[Story]:
    """One page of the story, newest first: two statements, whatever is on it."""
    lines = _lines(asked).subquery().c
    query = select(lines.source, lines.key, lines.kind).order_by(lines.at.desc(), lines.source, lines.key.desc())
    if kind:
        query = query.where(lines.kind == kind)
    chosen = session.execute(query.limit(limit).offset(offset)).all()
    keys = {source: [row.key for row in chosen if row.source == source] for source in ("event", "entry", "kept")}
    found = gather(session, **_details(asked, keys)) if chosen else {}
    told = {source: {row.id: row for row in found[source]} for source in keys} if chosen else {}
    opinions = {(str(row.application_id), row.at, row.act): row.opinion for row in found.get("opinions", ())}
    return [_TOLD[row.source](told[row.source][row.key], row.kind, opinions) for row in chosen]


def whole_story(session: Session, asked: Asked, *, kind: str = "") -> Iterator[Story]:
    """All lines, newest first, read in portions."""
    for start in range(0, MOST, PORTION):
        rows = stories(session, asked, kind=kind, limit=PORTION, offset=start)
        yield from rows
        if len(rows) < PORTION:
            return


def _lines(asked: Asked) -> CompoundSelect:
    """(at, kind, where it is told, its key) of everything."""
    key = asked.project_id
    return union_all(*(_events(source, asked) for source in SOURCES), _files(key), _entries(key), *_kept(asked))


def _events(source: Source, asked: Asked) -> Select:
    """Audit events of the source's rows. What an organisation's reader must not see: who else printed what."""
    reader = asked.reader
    keys = select(cast(source.ids(asked.project_id).subquery().c.id, String))
    of_rows = (EVENTS.c.subject == source.table.name) & EVENTS.c.subject_id.in_(keys)
    kind = case((EVENTS.c.action == "print", PAPERS), else_=source.key)
    query = select(EVENTS.c.at, kind.label("kind"), literal("event").label("source"), EVENTS.c.id.label("key"))
    if reader.is_tenant:
        own = EVENTS.c.organisation_id == (reader.organisation_id or 0)
        of_rows = and_(of_rows, or_(EVENTS.c.action.not_in(INNER), own))
    return query.where(of_rows)


def _files(project_id: int) -> Select:
    """Files added to the project and to what belongs to it."""
    files = Attachment.__table__
    owned = or_(
        *((files.c.subject == source.table.name) & files.c.subject_id.in_(source.ids(project_id)) for source in SOURCES)
    )
    keys = select(cast(files.c.id, String)).where(owned)
    return select(EVENTS.c.at, literal(FILES), literal("event"), EVENTS.c.id).where(
        EVENTS.c.subject == files.name, EVENTS.c.subject_id.in_(keys)
    )


def _entries(project_id: int) -> Select:
    return select(ENTRIES.c.created_at, literal(MONEY), literal("entry"), ENTRIES.c.id).where(
        ENTRIES.c.project_id == project_id
    )


def _kept(asked: Asked) -> Iterator[Select]:
    """Papers as they were printed, for each source that has such."""
    for source in SOURCES:
        papers = [paper for paper, model in asked.papers.items() if model is source.model]
        if papers:
            yield select(KEPT.c.printed_at, literal(PAPERS), literal("kept"), KEPT.c.id).where(
                KEPT.c.paper.in_(papers), KEPT.c.subject_id.in_(source.ids(asked.project_id))
            )


def _details(asked: Asked, keys: dict[str, list[int]]) -> dict[str, Select]:
    """The rows behind the lines, with the names of who did it; the opinions of the project's reviews."""
    organisations, users, reviews = Organisation.__table__, PlatformUser.__table__, Review.__table__
    applications = Application.__table__
    of = (
        organisations.c.id.label("organisation_id"), organisations.c.name.label("organisation"),
        organisations.c.kind.label("organisation_kind"),
    )  # fmt: skip
    person = func.coalesce(users.c.first_name + users.c.last_name, "").label("person")
    E, J, K = EVENTS.c, ENTRIES.c, KEPT.c

    def by_user(query: Select, column: Any) -> Select:
        return query.outerjoin(users, users.c.id == column).outerjoin(
            organisations, organisations.c.id == users.c.organisation_id
        )

    return {
        "event": select(E.id, E.at, E.actor_name, *of, E.action, E.subject, E.subject_id, E.summary, E.changes)
        .outerjoin(organisations, organisations.c.id == E.organisation_id).where(E.id.in_(keys["event"])),
        "entry": by_user(select(J.id, J.created_at, J.kind, J.amount, J.summary, person, *of), J.actor_id)
        .where(J.id.in_(keys["entry"])),
        "kept": by_user(select(K.id, K.printed_at, K.paper, K.subject_id, person, *of), K.printed_by_id)
        .where(K.id.in_(keys["kept"])),
        "opinions": select(reviews.c.application_id, reviews.c.at, reviews.c.act, reviews.c.opinion)
        .join(applications, applications.c.id == reviews.c.application_id)
        .where(applications.c.project_id == asked.project_id, reviews.c.opinion != ""),
    }  # fmt: skip


def _organisation(row: Any) -> Whose | None:
    if row.organisation_id is None:
        return None
    return Whose(row.organisation_id, row.organisation, OrganisationKind(row.organisation_kind))


REVIEWED = {"approve_first": "approve", "approve_final": "approve", "resubmit": "submit"}  # act of the flow → review


def _of_event(row: Any, kind: str, opinions: dict) -> Story:
    opinion = ""
    if row.subject == Application.__tablename__:
        opinion = opinions.get((row.subject_id, row.at, REVIEWED.get(row.action, row.action)), "")
    return Story(
        row.at, kind, row.actor_name, _organisation(row), action=row.action, subject=row.subject,
        subject_id=int(row.subject_id), summary=row.summary, changes=row.changes, opinion=opinion,
    )  # fmt: skip


def _of_entry(row: Any, kind: str, _opinions: dict) -> Story:
    return Story(
        row.created_at, kind, row.person, _organisation(row), summary=row.summary, entry=EntryKind(row.kind),
        amount=row.amount,
    )  # fmt: skip


def _of_kept(row: Any, kind: str, _opinions: dict) -> Story:
    of = _organisation(row)
    return Story(row.printed_at, kind, row.person, of, paper=row.paper, kept_id=row.id, subject_id=row.subject_id)


_TOLD: dict[str, Callable[..., Story]] = {"event": _of_event, "entry": _of_entry, "kept": _of_kept}
