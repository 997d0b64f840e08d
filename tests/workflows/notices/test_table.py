"""The table of 公示 as a person would write it down, and every state × act × role against it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.enums import NoticeState as S
from app.domain.errors import Conflict, Forbidden, NotYours, Refusal
from app.models import AuditEvent, Notice
from app.permissions import ROLES, SYSTEM, Permission
from app.transaction import unit_of_work
from app.workflows import engine
from app.workflows.engine import Context
from app.workflows.notices import actions
from app.workflows.notices.flow import NOTICE

pytestmark = pytest.mark.workflow
ROWS = {
    ("published", "end", "ended"),
    ("published", "supersede", "superseded"),
    ("ended", "supersede", "superseded"),
    ("published", "withdraw", "withdrawn"),
    ("ended", "withdraw", "withdrawn"),
    ("published", "take_back", "withdrawn"),
    ("ended", "take_back", "withdrawn"),
}
WHO = {
    "end": {"org_admin", "agent"}, "supersede": {"org_admin", "agent"}, "withdraw": {"supervisor"},
    "take_back": {"org_admin", "agent"},
}  # fmt: skip
PEOPLE = (
    "org_admin", "agent", "revenue", "other_agent", "clerk", "reviewer", "supervisor", "finance", "bank", "auditor",
    "security", "system",
)  # fmt: skip


def test_the_table_is_this():
    found = {(source.value, row.name, row.target.value) for row in NOTICE.transitions for source in row.sources}
    assert found == ROWS


def test_only_the_supervisor_withdraws():
    assert {role for role, rights in ROLES.items() if Permission.NOTICE_WITHDRAW in rights} == {"Supervisor"}


def brought_to(repairs, state: str) -> Notice:
    project = repairs.project([dict.fromkeys(repairs.houses([10_000]), 3000)], [1500, 1500])
    repairs.voted(project)
    notice = repairs.published(project)
    if state == "ended":
        with unit_of_work() as session:
            actions.end_notices(Context(session, SYSTEM, repairs.now + timedelta(days=8)))
    if state == "superseded":
        repairs.published(project)
    if state == "withdrawn":
        repairs.do("supervisor", lambda ctx: actions.withdraw_notice(notice, ctx, reason="清册有误"))
    return repairs.fresh(notice)


@pytest.mark.parametrize("state", ["published", "ended", "superseded", "withdrawn"])
def test_state_by_act_by_role(repairs, state):
    """What is not in the table, and whoever it is not for, is refused; nothing has moved."""
    notice = brought_to(repairs, state)
    for name, allowed in WHO.items():
        opened = allowed if any((state, name) == row[:2] for row in ROWS) else set()
        for who in (who for who in PEOPLE if who not in opened):
            with pytest.raises((Forbidden, NotYours, Conflict, Refusal)):
                repairs.do(who, lambda ctx, act=name: engine.apply(NOTICE, notice.id, act, replace(ctx, data={})))
    assert repairs.fresh(notice).state == S(state)


def test_nobody_ends_a_notice_before_its_day(repairs):
    notice = brought_to(repairs, "published")
    with pytest.raises(Refusal) as refused:
        repairs.do("agent", lambda ctx: engine.apply(NOTICE, notice.id, "end", ctx))
    assert str(refused.value) == "公示 GS2026000001 至 2026-03-09 24 时止"


def test_every_act_leaves_an_audit_event(repairs):
    notice = brought_to(repairs, "ended")
    repairs.do("supervisor", lambda ctx: actions.withdraw_notice(notice, ctx, reason="清册有误"))
    query = repairs.session.query(AuditEvent.action).filter_by(subject="notices").order_by(AuditEvent.id)
    assert [row.action for row in query] == ["publish", "end", "withdraw"]
