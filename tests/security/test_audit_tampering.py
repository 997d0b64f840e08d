"""Audit events changed, removed, added or moved behind the platform's back are named by verify-audit."""

from __future__ import annotations

from datetime import datetime

import pytest

from app import audit
from app.models import AuditEvent, ChainHead
from app.permissions import Actor
from tests.ledger.desk import tamper

pytestmark = pytest.mark.money
NOW = datetime(2026, 3, 2, 9, 0)


@pytest.fixture
def trail(session):
    """Three events, not committed."""
    who = Actor(user_id=7, name="苏玉兰", organisation_id=1, address="10.0.0.7")
    for number in (1, 2, 3):
        audit.record(
            session,
            who,
            "confirm",
            "transfers",
            number,
            now=NOW,
            summary=f"第 {number} 笔",
            changes={"state": ["a", "b"]},
        )
    audit.write_queue(session)
    assert audit.verify(session) == []
    yield session
    session.rollback()


def faults(session, *statements: str) -> list[str]:
    for statement in statements:
        tamper(session, statement)
    session.expire_all()
    return audit.verify(session)


def test_every_column_is_under_the_hash(trail):
    given = {"at": "'2026-01-01 00:00:00.000000'", "actor_id": "8", "organisation_id": "2"}
    names = {column.name for column in AuditEvent.__table__.columns} - {"id", "previous_hash", "hash"}
    assert names == set(audit.COLUMNS) - {"id"}
    for name in sorted(names):
        savepoint = trail.begin_nested()
        found = faults(
            trail, f"UPDATE audit_events SET {name} = {given.get(name, chr(39) + 'x' + chr(39))} WHERE id = 2"
        )
        assert found == ["审计记录 2 的内容与散列不符"], name
        savepoint.rollback()


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        (["DELETE FROM audit_events WHERE id = 2"], "审计记录 2 缺失或编号被改动（其后为 3）"),
        (["DELETE FROM audit_events WHERE id = 3"], "审计链末端应为第 3 条，实为第 2 条"),
        (["DELETE FROM audit_events"], "审计链末端应为第 3 条，实为第 0 条"),
        (["UPDATE audit_events SET hash = previous_hash WHERE id = 3"], "审计记录 3 的内容与散列不符"),
        (["UPDATE audit_events SET previous_hash = hash WHERE id = 2"], "审计记录 2 与前一条记录的散列不衔接"),
        (
            [f"UPDATE audit_events SET id = {new} WHERE id = {old}" for old, new in ((2, 99), (3, 2), (99, 3))],
            "审计记录 2 与前一条记录的散列不衔接",
        ),
        (["UPDATE chain_heads SET hash = 'x' WHERE name = 'audit'"], "审计链末端第 3 条的散列与链首记录不符"),
        (["DELETE FROM chain_heads WHERE name = 'audit'"], "审计链末端应为第 0 条，实为第 3 条"),
    ],
)
def test_removed_moved_and_rehashed_events_are_named(trail, statements, sentence):
    assert sentence in faults(trail, *statements)


def test_an_event_added_with_a_proper_hash_is_named_while_the_head_stands(trail):
    head = trail.get(ChainHead, "audit").hash
    event = dict.fromkeys(audit.COLUMNS, "") | {"id": 4, "at": NOW, "actor_id": 7, "organisation_id": 1}
    tamper(trail, "SELECT 1")
    trail.add(AuditEvent(**event, previous_hash=head, hash=audit.event_hash(event, head)))
    trail.flush()
    assert audit.verify(trail) == ["审计链末端应为第 3 条，实为第 4 条"]
