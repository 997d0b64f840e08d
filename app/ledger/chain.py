"""The hash chain over the journal: each entry carries the hash of the one before it (`money.md` 3, rule 6).

An entry's hash is the SHA-256 of the previous hash, its own columns and the digest of its postings. A posting's line in
the digest is `line:kind:house:pool:amount` (an empty owner is 0), lines in order, joined by a line feed: plain enough
for PostgreSQL to compute by itself when the ledger is verified.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.bulk import is_postgresql
from app.models import ChainHead

CHAIN = "ledger"
GENESIS = "0" * 64
COLUMNS = (
    "id", "kind", "business_key", "booked_on", "created_at", "actor_id", "project_id", "reverses_id", "summary",
    "posting_count", "amount",
)  # fmt: skip


def lock_head(session: Session) -> tuple[int, str]:
    """Take the chain's row lock, which puts writers in order; gives the last entry's number and hash.

    To be taken before any house account is locked (lock order: subject, numbers, chain, accounts, audit).
    """
    session.flush()
    query = select(ChainHead.last_id, ChainHead.hash).where(ChainHead.name == CHAIN).with_for_update()
    head = session.execute(query).first()
    if head is None:
        _start(session)
        head = session.execute(query).one()
    return head.last_id, head.hash


def move_head(session: Session, last_id: int, last_hash: str) -> None:
    """The entry just written is the last one now."""
    session.execute(update(ChainHead).where(ChainHead.name == CHAIN).values(last_id=last_id, hash=last_hash))


def postings_digest(lines: Iterable[str]) -> str:
    """SHA-256 of the posting lines in their order."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def entry_hash(entry: Mapping[str, Any], previous: str, digest: str) -> str:
    """SHA-256 over the hash before it, the entry's columns in their fixed order, and its postings' digest."""
    values = [entry[column] for column in COLUMNS]
    values[1] = getattr(entry["kind"], "value", entry["kind"])
    values[3] = entry["booked_on"].isoformat()
    values[4] = entry["created_at"].isoformat(timespec="microseconds")
    text = json.dumps([previous, *values, digest], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _start(session: Session) -> None:
    """A database without its first row; two at once must not both insert it."""
    if is_postgresql(session.connection()):
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert
    session.execute(insert(ChainHead).values(name=CHAIN, last_id=0, hash=GENESIS).on_conflict_do_nothing())
