"""Votes as pages, guards and papers read them: the latest of a project, its rows, its count. Areas are 0.01 m²."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, defer, joinedload

from app.domain import voting
from app.domain.enums import Answer, VoteRule, VoteState
from app.models import Attachment, Ballot, Building, House, Vote
from app.queries.gather import gather


def latest_vote(session: Session, project_id: int, *states: VoteState) -> Vote | None:
    """The project's newest vote, of these states when any are given."""
    query = select(Vote).where(Vote.project_id == project_id)
    if states:
        query = query.where(Vote.state.in_(states))
    return session.scalar(query.order_by(Vote.id.desc()).limit(1))


def votes_of(session: Session, project_id: int) -> list[Vote]:
    """All votes of a project, newest first."""
    return list(session.scalars(select(Vote).where(Vote.project_id == project_id).order_by(Vote.id.desc())))


@dataclass(frozen=True)
class Count:
    """A vote counted, beside it what the page also shows: houses by answer, heads without an identity number."""

    result: voting.Result
    houses: dict[str, int]
    unproven: int

    @property
    def total_houses(self) -> int:
        return sum(self.houses.values())


def count(session: Session, vote: Vote) -> Count:
    """Count the ballots as they stand, exact, under the rule that was fixed when the vote was opened."""
    return counts(session, [vote])[vote.id]


def counts(session: Session, votes: Sequence[Any]) -> dict[int, Count]:
    """{vote id: its count} for several votes (rows with id and rule), by one statement."""
    rows = session.execute(
        select(Ballot.vote_id, Ballot.house_id, Ballot.floor_area, Ballot.head, Ballot.answer, Ballot.head_unproven)
        .where(Ballot.vote_id.in_([vote.id for vote in votes]))
        .order_by(Ballot.vote_id, Ballot.sort_key, Ballot.house_id)
    )
    of_vote = {key: list(group) for key, group in groupby(rows, key=lambda row: row.vote_id)}
    return {vote.id: _count(vote.rule, of_vote.get(vote.id, [])) for vote in votes}


def _count(rule: VoteRule, rows: list[Any]) -> Count:
    houses = {answer.value: 0 for answer in Answer}
    for row in rows:
        houses[row.answer.value] += 1
    ballots = [voting.Ballot(row.house_id, row.floor_area, row.head, row.answer.value) for row in rows]
    return Count(voting.count_votes(ballots, rule.value), houses, sum(row.head_unproven for row in rows))


@dataclass(frozen=True)
class Rows:
    """One page of a vote's houses."""

    rows: list[Ballot]
    total: int
    page: int
    size: int


def page_of_ballots(
    session: Session,
    vote: Vote,
    *,
    page: int = 1,
    size: int = 50,
    search: str = "",
    building_id: int | None = None,
    unanswered: bool = False,
) -> Rows:
    """Houses of the vote in the order of the sheet; searched by house or owner, by building, or unanswered."""
    query = _filtered(select(Ballot), vote, search=search, building_id=building_id, unanswered=unanswered)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    page = max(1, min(page, -(-total // size) or 1))
    rows = session.scalars(
        query.options(defer(Ballot.code))
        .order_by(Ballot.sort_key, Ballot.house_id)
        .limit(size)
        .offset((page - 1) * size)
    )
    return Rows(list(rows), total, page, size)


def all_ballots(session: Session, vote: Vote) -> list[Ballot]:
    """Every house of the vote in the order of the sheet, without the one-time codes."""
    query = select(Ballot).where(Ballot.vote_id == vote.id).options(defer(Ballot.code))
    return list(session.scalars(query.order_by(Ballot.sort_key, Ballot.house_id)))


def unanswered_ballots(session: Session, vote: Vote) -> list[Ballot]:
    """The houses that have not voted, in the order of the sheet, without the one-time codes."""
    query = select(Ballot).where(Ballot.vote_id == vote.id, Ballot.answer == Answer.NONE).options(defer(Ballot.code))
    return list(session.scalars(query.order_by(Ballot.sort_key, Ballot.house_id)))


def ballots_with_buildings(session: Session, vote: Vote) -> Iterator[tuple[Ballot, int]]:
    """Every ballot (without its code) beside the id of its house's building, in the order of the sheet."""
    query = (
        select(Ballot, House.building_id)
        .join(House, House.id == Ballot.house_id)
        .where(Ballot.vote_id == vote.id)
        .options(defer(Ballot.code))
        .order_by(Ballot.sort_key, Ballot.house_id)
    )
    for row in session.execute(query):
        yield row.Ballot, row.building_id


PAGE = "votes.page"  # no form field can be called this


@dataclass
class VoteFacts:
    """What one page of a vote has to know: it stands in the page's context, and guards ask it, not the database.

    `buildings` (id, name) for the filter; `scans` of the signed sheet; `filed`: the initiation that rests on it.
    """

    count: Count
    buildings: list[Any]
    scans: list[Any]
    filed: str | None


def vote_with_project(session: Session, key: int) -> Vote | None:
    """The vote, with its project's row."""
    return session.scalar(select(Vote).where(Vote.id == key).options(joinedload(Vote.project)))


def vote_facts(session: Session, vote: Vote, filed: Select) -> VoteFacts:
    """By two statements; `filed` asks for the number of the initiation that holds the vote."""
    used = select(House.building_id).join(Ballot, Ballot.house_id == House.id).where(Ballot.vote_id == vote.id)
    F = Attachment
    found = gather(
        session, buildings=select(Building.id, Building.name).where(Building.id.in_(used)).order_by(
            Building.sort_key, Building.id
        ), scans=select(F.id, F.file_name, F.size).where(F.subject == Vote.__tablename__, F.subject_id == vote.id)
        .order_by(F.id), filed=filed,
    )  # fmt: skip
    number = found["filed"][0][0] if found["filed"] else None
    return VoteFacts(count(session, vote), found["buildings"], found["scans"], number)


def _filtered(query, vote: Vote, *, search: str, building_id: int | None, unanswered: bool):
    query = query.where(Ballot.vote_id == vote.id)
    if search.strip():
        query = query.where(
            or_(
                Ballot.house_label.contains(search.strip(), autoescape=True),
                Ballot.owner_name.contains(search.strip(), autoescape=True),
            )
        )
    if building_id:
        query = query.where(Ballot.house_id.in_(select(House.id).where(House.building_id == building_id)))
    if unanswered:
        query = query.where(Ballot.answer == Answer.NONE)
    return query
