"""变更物业区域物业服务企业 moves as every 业务单 does, but only administrators of the new company file it."""

from __future__ import annotations

import pytest

from app.domain.enums import ApplicationState as S
from app.domain.errors import Conflict, Forbidden, NotYours, Refusal
from app.transaction import unit_of_work
from app.workflows.applications.flow import APPLICATION
from tests.factories import people
from tests.workflows.applications.test_table import ACTS, CARRIED, ROWS, WHO

pytestmark = pytest.mark.workflow

FILER = {"OrgAdmin of the new company"}
# No money moves here, so that no line of it can ever carry it to 已划转; no project stands behind it to be cancelled.
MAY = {**WHO, "submit": FILER, "resubmit": FILER, "withdraw": FILER, "settle": set(), "end_with_project": set()}
GOES = {row for row in ROWS if row[1] not in CARRIED} - {("approved", "settle", "settled")}
PEOPLE = {
    "other_admin": "OrgAdmin of the new company",
    "other_agent": "ProjectAgent of the new company",
    "org_admin": "OrgAdmin of the old company",
    "agent": "ProjectAgent of the old company",
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
STEPS = {
    "submitted": (),
    "in_review": (("clerk", "accept"),),
    "returned": (("clerk", "return"),),
    "rejected": (("reviewer", "reject"),),
    "withdrawn": (("other_admin", "withdraw"),),
    "approved": (("clerk", "accept"), ("reviewer", "approve_first"), ("supervisor", "approve_final")),
}


def brought_to(changes, area, state: str):
    """An application for the area in that state, by the real acts."""
    if state == "draft":
        application = changes.draft(area)
        changes.repairs.attach_all(application)
        return application
    application = changes.submitted(area)
    for who, name in STEPS[state]:
        changes.act(who, application, name, opinion="原因")
    return application


@pytest.mark.parametrize("state", ["draft", *STEPS])
def test_state_by_act_by_role(changes, city, state):
    """Whoever may not is refused, whatever is not in the table is refused, and nothing has moved."""
    application = brought_to(changes, city.area, state)
    expected = {(state, name, role) for source, name, _ in ROWS if source == state for role in MAY[name]}
    left = set()
    for name in ACTS:
        for who, role in PEOPLE.items():
            target = APPLICATION.find(name, S(state)).target.value
            if (state, name, target) in ROWS and role in MAY[name]:
                left.add((state, name, role))
                continue
            with pytest.raises((Forbidden, NotYours, Conflict, Refusal)):
                changes.act(who, application, name, opinion="原因")
            changes.session.rollback()
    assert left == expected
    assert changes.repairs.fresh(application).state is S(state)
    took_hold = state == "approved"
    assert len(changes.contracts(city.area)) == (2 if took_hold else 1)


@pytest.mark.parametrize(("source", "name", "target"), sorted(GOES))
def test_every_row_of_the_table_goes(changes, city, source, name, target):
    """By the first of those who may."""
    application = brought_to(changes, city.area, source)
    if name == "approve_final":
        changes.act("reviewer", application, "approve_first")
    who = {
        "submit": "other_admin", "resubmit": "other_admin", "withdraw": "other_admin", "accept": "clerk",
        "undo_accept": "clerk", "return": "second_reviewer", "reject": "second_reviewer",
        "approve_first": "second_reviewer", "approve_final": "second_supervisor",
    }[name]  # fmt: skip
    changes.act(who, application, name, opinion="原因")
    assert changes.repairs.fresh(application).state is S(target)


def test_another_company_finds_nothing(changes, city, third):
    application = changes.submitted(city.area)
    for who in (third, "org_admin"):
        with pytest.raises(NotYours):
            changes.act(who, application, "withdraw")


def test_nobody_approves_both_levels_nor_what_they_accepted(changes, city):
    with unit_of_work() as session:
        both = people.add_user(
            session,
            "many_hats",
            "多职",
            ("Clerk", "Reviewer", "Supervisor"),
            changes.repairs.cast.organisations.department,
        )
    application = changes.submitted(city.area)
    changes.act(both, application, "accept")
    for name in ("approve_first", "approve_final"):
        with pytest.raises((Forbidden, Refusal)):
            changes.act(both, application, name)
    changes.act("reviewer", application, "approve_first")
    with pytest.raises((Forbidden, Refusal)):
        changes.act(both, application, "approve_final")
    assert changes.repairs.fresh(application).state is S.IN_REVIEW
