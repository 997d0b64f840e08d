"""The audit trail: append-only, chained by hash (`access.md`).

`record()` only queues; `unit_of_work()` writes the queue last, just before it commits. So the chain's row lock is
always the last one taken, and acts that also post to the ledger cannot deadlock on it.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.models import AuditEvent, ChainHead
from app.permissions import Actor

CHAIN = "audit"
COLUMNS = (
    "id", "at", "actor_id", "actor_name", "organisation_id", "address", "action", "subject", "subject_id", "summary",
    "changes",
)  # fmt: skip


def record(
    session: Session,
    actor: Actor,
    action: str,
    subject: object | str = "",
    subject_id: object = "",
    *,
    now: datetime,
    summary: str = "",
    changes: dict[str, list[Any]] | None = None,
) -> None:
    """Queue one event. `subject` is a row (its table and key are taken) or a table; `changes`: {field: [old, new]}."""
    if not isinstance(subject, str):
        subject, subject_id = subject.__tablename__, subject_id or getattr(subject, "id", "")
    session.info.setdefault("audit_queue", []).append(
        {
            "at": now,
            "actor_id": actor.user_id,
            "actor_name": actor.name,
            "organisation_id": actor.organisation_id,
            "address": actor.address,
            "action": action,
            "subject": subject,
            "subject_id": str(subject_id),
            "summary": summary[:400],
            "changes": json.dumps(changes, ensure_ascii=False, default=str, sort_keys=True) if changes else "",
        }
    )


def write_queue(session: Session) -> None:
    """Chain and store what was queued; called by `unit_of_work()` right before the commit, and by nobody else."""
    queue = session.info.pop("audit_queue", [])
    if not queue:
        return
    session.flush()
    head = session.execute(
        select(ChainHead.last_id, ChainHead.hash).where(ChainHead.name == CHAIN).with_for_update()
    ).one()
    last_id, previous = head.last_id, head.hash
    for event in queue:
        last_id += 1
        event.update(id=last_id, previous_hash=previous)
        event["hash"] = previous = event_hash(event, previous)
    session.execute(insert(AuditEvent), queue)
    session.execute(update(ChainHead).where(ChainHead.name == CHAIN).values(last_id=last_id, hash=previous))


def drop_queue(session: Session) -> None:
    """Forget what was queued: the act was rolled back."""
    session.info.pop("audit_queue", None)


def event_hash(event: dict[str, Any], previous: str) -> str:
    """SHA-256 over the hash before it and the event's columns in their fixed order."""
    values = [event[column] for column in COLUMNS]
    values[1] = event["at"].isoformat(timespec="microseconds")
    text = json.dumps([previous, *values], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def verify(session: Session) -> list[str]:
    """Walk the whole chain; one Chinese sentence for each row that was changed, removed, added or moved."""
    faults: list[str] = []
    expected_id, previous = 0, "0" * 64
    rows = session.execute(select(AuditEvent.__table__).order_by(AuditEvent.id).execution_options(yield_per=2000))
    for row in rows.mappings():
        expected_id += 1
        if row["id"] != expected_id:
            faults.append(f"审计记录 {expected_id} 缺失或编号被改动（其后为 {row['id']}）")
            expected_id = row["id"]
        if row["previous_hash"] != previous:
            faults.append(f"审计记录 {row['id']} 与前一条记录的散列不衔接")
        if row["hash"] != event_hash(dict(row), row["previous_hash"]):
            faults.append(f"审计记录 {row['id']} 的内容与散列不符")
        previous = row["hash"]
    head = session.execute(select(ChainHead.last_id, ChainHead.hash).where(ChainHead.name == CHAIN)).first()
    last_id, last_hash = head or (0, "0" * 64)
    if last_id != expected_id:
        faults.append(f"审计链末端应为第 {last_id} 条，实为第 {expected_id} 条")
    elif last_hash != previous:
        faults.append(f"审计链末端第 {last_id} 条的散列与链首记录不符")
    return faults
