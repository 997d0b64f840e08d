"""The snapshot that a vote rests on: one ballot a house with a share, its head, its one-time code."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.domain import voting
from app.domain.enums import SaleState
from app.models import Area, Ballot, House, ItemShare, Owner, Project, Vote

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 O 1 I L: read off paper, typed on a phone
CODE_LENGTH = 8


def snapshot(session: Session, vote: Vote, project: Project) -> int:
    """Write the ballots: every house whose shares sum above 0, in the order of the lists; returns how many."""
    developer = session.scalar(select(Area.developer_name).where(Area.id == project.area_id)) or ""
    codes = _codes()
    ballots = [_ballot(vote.id, row, developer, next(codes)) for row in session.execute(_houses(project))]
    if ballots:
        session.execute(insert(Ballot), ballots)
    return len(ballots)


def _houses(project: Project):
    """Houses with the sum of their shares (fen); floor areas (0.01 m²) are those of the day."""
    shares = (
        select(ItemShare.house_id, func.sum(ItemShare.amount).label("share"))
        .where(ItemShare.project_id == project.id)
        .group_by(ItemShare.house_id)
        .having(func.sum(ItemShare.amount) > 0)
        .subquery()
    )
    return (
        select(
            House.id, House.label, House.sort_key, House.floor_area, House.sale_state, House.owner_id,
            Owner.name, Owner.identity_hash, shares.c.share,
        )
        .join(shares, shares.c.house_id == House.id)
        .outerjoin(Owner, Owner.id == House.owner_id)
        .order_by(House.sort_key, House.id)
    )  # fmt: skip


def _ballot(vote_id: int, row: Any, developer: str, code: str) -> dict[str, Any]:
    unsold = row.sale_state == SaleState.UNSOLD
    key, value = voting.head_key(row.id, unsold=unsold, identity=row.identity_hash)
    return {
        "vote_id": vote_id,
        "house_id": row.id,
        "sort_key": row.sort_key,
        "house_label": row.label,
        "owner_id": None if unsold else row.owner_id,
        "owner_name": developer if unsold else row.name or "",
        "head": key if key == "developer" else f"{key}:{value}",
        "head_unproven": key == "house",
        "floor_area": row.floor_area,
        "share": int(row.share),
        "code": code,
    }


def _codes():
    """Codes that no other house of the vote has."""
    given: set[str] = set()
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        if code not in given:
            given.add(code)
            yield code
