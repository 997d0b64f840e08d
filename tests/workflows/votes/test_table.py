"""The table of 业主表决 as a person would write it down, every state × act × role against it, and two at once."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from app.domain.enums import Answer
from app.domain.enums import VoteState as S
from app.domain.errors import Conflict, Forbidden, NotYours, Refusal
from app.extensions import db
from app.models import AuditEvent, Vote
from app.permissions import ROLES
from app.transaction import unit_of_work
from app.workflows import engine
from app.workflows.votes import actions
from app.workflows.votes.flow import VOTE

pytestmark = pytest.mark.workflow
ROWS = {
    ("open", "enter", "open"),
    ("open", "pass", "passed"),
    ("open", "fail", "failed"),
    ("open", "void", "void"),
    ("passed", "void", "void"),
    ("failed", "void", "void"),
}
ACTS = sorted({name for _, name, _ in ROWS})
COMPANY = {"org_admin", "agent"}
OTHERS = (
    "revenue",
    "other_agent",
    "clerk",
    "reviewer",
    "supervisor",
    "finance",
    "bank",
    "auditor",
    "security",
    "system",
)


def test_the_table_is_this():
    found = {(source.value, row.name, row.target.value) for row in VOTE.transitions for source in row.sources}
    assert found == ROWS


def test_votes_are_the_companys():
    may = {role for role, rights in ROLES.items() for row in VOTE.transitions if row.permission in rights}
    assert may == {"OrgAdmin", "ProjectAgent"}


def brought_to(repairs, state: str) -> Vote:
    project = repairs.project([dict.fromkeys(repairs.houses([10_000]), 3000)], [1500, 1500])
    vote = repairs.do("agent", lambda ctx: actions.open_vote(project, ctx))
    if state == "passed":
        house = repairs.session.query(actions.Ballot).filter_by(vote_id=vote.id).one().house_id
        repairs.do("agent", lambda ctx: actions.enter_answers(vote, ctx, {house: Answer.AGREE}))
    if state in ("passed", "failed"):
        repairs.do("agent", lambda ctx: actions.close_vote(vote, ctx))
    if state == "void":
        repairs.do("agent", lambda ctx: actions.void_vote(vote, ctx, reason="重来"))
    return repairs.fresh(vote)


def press(repairs, who: str, vote: Vote, name: str) -> None:
    repairs.do(who, lambda ctx: engine.apply(VOTE, vote.id, name, replace(ctx, data={"reason": "重来"})))


@pytest.mark.parametrize("state", ["open", "passed", "failed", "void"])
def test_state_by_act_by_role(repairs, state):
    """What is not in the table, and whoever it is not for, is refused; nothing has moved."""
    vote = brought_to(repairs, state)
    opened = {name for source, name, _ in ROWS if source == state}
    for name in ACTS:
        for who in (*OTHERS, *(COMPANY if name not in opened else ())):
            with pytest.raises((Forbidden, NotYours, Conflict)):
                press(repairs, who, vote, name)
    assert repairs.fresh(vote).state.value == state


def test_open_vote_passes_or_fails_as_the_count_says(repairs):
    vote = brought_to(repairs, "open")
    with pytest.raises(Refusal) as refused:
        press(repairs, "agent", vote, "pass")
    assert str(refused.value) == "尚未通过业主表决：同意面积还差 66.67 m²，同意人数还差 1 人"
    house = repairs.session.query(actions.Ballot).one().house_id
    repairs.do("agent", lambda ctx: actions.enter_answers(vote, ctx, {house: Answer.AGREE}))
    with pytest.raises(Refusal) as refused:
        press(repairs, "agent", vote, "fail")
    assert str(refused.value) == "表决已达到规定比例，不能按未通过结束"


def test_two_who_end_at_once_get_one_success_and_one_conflict(app, repairs):
    vote = brought_to(repairs, "open")
    key, version = vote.id, vote.version
    contexts = {name: repairs.context(name) for name in ("agent", "org_admin")}
    repairs.session.rollback()
    gate, outcomes = threading.Barrier(2), []

    def end(name: str) -> None:
        with app.app_context():
            try:
                gate.wait(10)
                with unit_of_work() as session:
                    ctx = replace(contexts[name], session=session)
                    actions.close_vote(session.get(Vote, key), ctx, version=version)
                outcomes.append("success")
            except Conflict as conflict:
                outcomes.append(str(conflict.sentence))
            finally:
                db.session.remove()

    threads = [threading.Thread(target=end, args=(name,)) for name in contexts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == sorted(["success", "已被他人处理，请刷新后再看"])
    assert repairs.fresh(vote).state == S.FAILED


def test_every_act_leaves_an_audit_event(repairs):
    vote = brought_to(repairs, "passed")
    repairs.do("agent", lambda ctx: actions.void_vote(vote, ctx, reason="重来"))
    query = repairs.session.query(AuditEvent.action).filter_by(subject="votes").order_by(AuditEvent.id)
    assert [row.action for row in query] == ["open_vote", "enter", "enter_answers", "pass", "void"]
