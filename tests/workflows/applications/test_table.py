"""The table of 业务单 as a person would write it down, and every state × act × role against it."""

from __future__ import annotations

import pytest

from app.domain.enums import ApplicationState as S
from app.domain.errors import Conflict, Forbidden, NotYours, Refusal
from app.permissions import ROLES, Permission
from app.workflows.applications.flow import APPLICATION

pytestmark = pytest.mark.workflow

ROWS = {
    ("draft", "submit", "submitted"),
    ("returned", "resubmit", "submitted"),
    ("submitted", "accept", "in_review"),
    ("in_review", "undo_accept", "submitted"),
    ("submitted", "return", "returned"),
    ("in_review", "return", "returned"),
    ("submitted", "reject", "rejected"),
    ("in_review", "reject", "rejected"),
    ("submitted", "withdraw", "withdrawn"),
    ("returned", "withdraw", "withdrawn"),
    ("in_review", "approve_first", "in_review"),
    ("in_review", "approve_final", "approved"),
    ("approved", "settle", "settled"),
    ("draft", "end_with_project", "withdrawn"),
    ("submitted", "end_with_project", "withdrawn"),
    ("in_review", "end_with_project", "withdrawn"),
    ("returned", "end_with_project", "withdrawn"),
    ("approved", "end_with_project", "withdrawn"),
}
CARRIED = {"end_with_project"}  # by 撤销 of the project: nobody presses it
WHO = {
    "submit": {"OrgAdmin", "ProjectAgent"},
    "resubmit": {"OrgAdmin", "ProjectAgent"},
    "withdraw": {"OrgAdmin", "ProjectAgent"},
    "accept": {"Clerk"},
    "undo_accept": {"Clerk"},
    "return": {"Clerk", "Reviewer", "Supervisor"},
    "reject": {"Reviewer", "Supervisor"},
    "approve_first": {"Reviewer"},
    "approve_final": {"Supervisor"},
    "settle": {"Bank"},
    "end_with_project": {"OrgAdmin", "ProjectAgent"},
}
PEOPLE = {
    "org_admin": "OrgAdmin",
    "agent": "ProjectAgent",
    "revenue": "RevenueAgent",
    "clerk": "Clerk",
    "second_reviewer": "Reviewer",
    "second_supervisor": "Supervisor",
    "finance": "Finance",
    "bank": "Bank",
    "auditor": "Auditor",
    "security": "SecurityAdmin",
    "system": "SystemAdmin",
}
ACTS = sorted({name for _, name, _ in ROWS})


def test_the_table_is_this():
    found = {(source.value, row.name, row.target.value) for row in APPLICATION.transitions for source in row.sources}
    assert found == ROWS


def test_every_state_can_be_reached_and_ends():
    reached = {"draft"} | {target for _, _, target in ROWS}
    assert reached == {state.value for state in S}
    assert {state.value for state in APPLICATION.terminal} == reached - {source for source, _, _ in ROWS}


def test_each_act_is_for_these_roles():
    found = {
        row.name: {role for role, rights in ROLES.items() if row.permission in rights}
        for row in APPLICATION.transitions
    }
    assert found == WHO


def brought_to(repairs, state: str):
    """An initiation in that state, by the real acts."""
    a, b = repairs.houses([100_000, 100_000])
    application = repairs.open_initiation(repairs.ready([{a: 10_000, b: 10_000}], [15_000, 5_000]))
    repairs.attach_all(application)
    if state == "draft":
        return application
    repairs.submit(application)
    steps = {
        "submitted": (),
        "in_review": (("clerk", "accept"),),
        "returned": (("clerk", "return"),),
        "rejected": (("reviewer", "reject"),),
        "withdrawn": (("agent", "withdraw"),),
        "approved": (("clerk", "accept"), ("reviewer", "approve_first"), ("supervisor", "approve_final")),
    }[state]
    for who, name in steps:
        repairs.act(who, application, name, opinion="原因")
    return application


@pytest.mark.parametrize("state", ["draft", "submitted", "in_review", "returned", "rejected", "withdrawn", "approved"])
def test_state_by_act_by_role(repairs, state):
    """Whoever may not is refused, whatever is not in the table is refused, and nothing has moved."""
    application = brought_to(repairs, state)
    allowed = []
    for name in ACTS:
        for who, role in PEOPLE.items():
            row = APPLICATION.find(name, S(state))
            opens = (state, name, row.target.value) in ROWS and role in WHO[name] and name not in CARRIED
            if opens:
                allowed.append((name, role))
                continue
            with pytest.raises((Forbidden, NotYours, Conflict, Refusal)):
                repairs.act(who, application, name, opinion="原因")
    assert repairs.fresh(application).state.value == state
    assert allowed == [
        (name, role)
        for name in ACTS
        for role in PEOPLE.values()
        if any(source == state and act == name for source, act, _ in ROWS) and role in WHO[name] and name not in CARRIED
    ]


@pytest.mark.parametrize("name", ["submit", "accept", "return", "reject", "withdraw", "approve_first", "approve_final"])
def test_another_company_finds_nothing(repairs, name):
    application = brought_to(repairs, "submitted")
    with pytest.raises(NotYours):
        repairs.act("other_agent", application, name, opinion="原因")


def test_nobody_is_given_a_right_beside_the_table():
    rights = {row.permission for row in APPLICATION.transitions}
    assert rights == {
        Permission.APPLICATION_FILE, Permission.APPLICATION_ACCEPT, Permission.APPLICATION_RETURN,
        Permission.APPLICATION_REJECT, Permission.REVIEW_FIRST, Permission.REVIEW_SECOND, Permission.TRANSFER_CONFIRM,
    }  # fmt: skip
