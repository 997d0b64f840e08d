"""Who may file, for what, and when: each rule just inside and just outside; every state × act × role."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.domain.enums import ApplicationState, OrganisationKind
from app.domain.errors import Conflict, Forbidden, NotYours, Refusal
from app.models import Application, AreaChangeArea
from app.transaction import unit_of_work
from app.workflows.applications import kinds
from app.workflows.area_change import filing, rules
from app.workflows.area_change.filing import Asked
from tests.factories import people

TODAY = date(2026, 3, 2)


def refused(do) -> tuple[str | None, str]:
    with pytest.raises(Refusal) as caught:
        do()
    return caught.value.field, str(caught.value.sentence)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "field"),
    [
        (TODAY - timedelta(days=1825), None, None),
        (TODAY - timedelta(days=1826), None, "starts_on"),
        (TODAY + timedelta(days=365), None, None),
        (TODAY + timedelta(days=366), None, "starts_on"),
        (TODAY, TODAY, None),
        (TODAY + timedelta(days=1), TODAY, "ends_on"),
        (TODAY - timedelta(days=30), TODAY, None),
        (TODAY - timedelta(days=30), TODAY - timedelta(days=1), "ends_on"),
        (TODAY, TODAY + timedelta(days=7320), None),
        (TODAY, TODAY + timedelta(days=7321), "ends_on"),
        (None, None, None),
    ],
)
def test_period_of_the_contract(starts_on, ends_on, field):
    wrong = rules.wrong_dates(starts_on, ends_on, TODAY)
    assert (wrong[0] if wrong else None) == field


def test_the_own_area_is_refused(changes, city):
    assert refused(lambda: changes.draft(city.area, who="org_admin")) == (
        "areas", "“安居苑”已由本企业服务，无须变更",
    )  # fmt: skip


def test_the_same_area_twice_is_refused(changes, city):
    application = changes.draft(city.area)
    again = Asked(TODAY, None, "", (city.area.id,))
    assert refused(lambda: changes.do("other_admin", lambda ctx: filing.save_change(application.id, again, ctx))) == (
        "areas", "“安居苑”已在本申请中",
    )  # fmt: skip
    assert len(changes.session.scalars(select(AreaChangeArea)).all()) == 1


def test_an_area_that_is_none_is_nobodys(changes):
    asked = Asked(TODAY, None, "", (999,))
    with pytest.raises(NotYours):
        changes.do("other_admin", lambda ctx: filing.save_change(filing.open_draft(ctx).id, asked, ctx))


def test_submission_asks_for_areas_dates_and_papers(changes, city):
    application = changes.do("other_admin", filing.open_draft)
    texts = []
    for asked in (Asked(), Asked(add=(city.area.id,)), Asked(starts_on=TODAY)):
        changes.do("other_admin", lambda ctx, asked=asked: filing.save_change(application.id, asked, ctx))
        ctx = changes.repairs.context("other_admin")
        texts.append(str(rules.may_be_submitted(changes.repairs.fresh(application), ctx) or ""))
    assert texts == ["请添加物业区域", "请填写合同起始日期", ""]
    assert refused(lambda: changes.act("other_admin", application, "submit")) == (
        None, "缺少要件：物业服务合同、选聘决议",
    )  # fmt: skip


@pytest.fixture
def third(session):
    """The administrator of a third company."""
    company = people.add_organisation(session, OrganisationKind.PROPERTY_COMPANY, "第三物业服务有限公司")
    admin = people.add_user(session, "third_admin", "第三管理员", ("OrgAdmin",), company)
    session.commit()
    return admin


SECOND = "“安居苑”已有未办结的变更申请 BG2026000001"


@pytest.mark.parametrize("act", [None, "accept", "return"])
def test_second_open_application_is_refused_with_the_number_of_the_first(changes, city, third, act):
    early = changes.draft(city.area, who=third)  # a draft stands in nobody's way, and is refused at its submission
    first = changes.submitted(city.area)
    if act:
        changes.act("clerk", first, act, opinion="合同缺页")
    changes.repairs.attach_all(early)
    assert refused(lambda: changes.draft(city.area, who=third)) == ("areas", SECOND)
    assert refused(lambda: changes.act(third, early, "submit")) == (None, SECOND)
    assert changes.repairs.fresh(early).number is None


def test_application_that_waits_for_its_day_is_open_too(changes, city, third):
    changes.approved(city.area, starts_on=TODAY + timedelta(days=5))
    assert refused(lambda: changes.draft(city.area, who=third)) == ("areas", SECOND)


@pytest.mark.parametrize(("who", "act"), [("other_admin", "withdraw"), ("reviewer", "reject")])
def test_after_the_first_has_ended_another_may_be_filed(changes, city, third, who, act):
    changes.act(who, changes.submitted(city.area), act, opinion="不符合")
    assert changes.submitted(city.area, who=third).number == "BG2026000002"


def test_approval_looks_once_more(changes, city, third):
    """Two that both waited (as a restored copy might have them): the one approved second is refused."""
    second = changes.in_review(city.area, who=third)
    with unit_of_work() as session:  # put away while the other goes through
        session.execute(Application.__table__.update().where(Application.id == second.id).values(state="draft"))
    changes.approved(city.area, starts_on=TODAY + timedelta(days=5))
    with unit_of_work() as session:
        session.execute(Application.__table__.update().where(Application.id == second.id).values(state="in_review"))
    assert refused(lambda: changes.act("supervisor", second, "approve_final")) == (
        None, "“安居苑”已有未办结的变更申请 BG2026000002",
    )  # fmt: skip


def test_approval_waits_for_the_papers_of_the_registration(changes, city):
    application = changes.in_review(city.area)
    with unit_of_work() as session:
        session.merge(changes.repairs.cast.organisations.other_company).papers_confirmed = False
    assert refused(lambda: changes.act("supervisor", application, "approve_final")) == (
        None, "“鸿雁物业服务有限公司”的注册资料尚未经窗口确认",
    )  # fmt: skip


def test_contract_that_ended_while_it_waited_is_not_approved(changes, city):
    application = changes.in_review(city.area, ends_on=TODAY)
    changes.repairs.pass_days(1)
    assert refused(lambda: changes.act("supervisor", application, "approve_final")) == (
        None, "合同已于 2026-03-02 到期",
    )  # fmt: skip


def test_size_and_company_are_those_of_the_day_of_submission(changes, city):
    application = changes.submitted(city.area)
    row = changes.session.scalars(select(AreaChangeArea).where(AreaChangeArea.application_id == application.id)).one()
    assert (row.buildings, row.houses, row.floor_area, row.former_name) == (2, 12, 103_561, "安居物业服务有限公司")


def test_unconfirmed_company_may_file(changes, city):
    with unit_of_work() as session:
        session.merge(changes.repairs.cast.organisations.other_company).papers_confirmed = False
    assert changes.submitted(city.area).number == "BG2026000001"


def test_committee_agents_and_the_department_may_not_file(changes, city, session):
    committee = people.add_organisation(session, OrganisationKind.OWNERS_COMMITTEE, "鸿雁苑业主委员会")
    member = people.add_user(session, "committee", "业委会", ("OrgAdmin",), committee)
    session.commit()
    for who in (member, "other_agent", "revenue", "clerk", "supervisor", "bank", "auditor"):
        with pytest.raises(Forbidden):
            changes.do(who, filing.open_draft)


def test_stale_page_and_foreign_draft(changes, city):
    application = changes.draft(city.area)
    with pytest.raises(Conflict):
        changes.do("other_admin", lambda ctx: filing.save_change(application.id, Asked(TODAY), ctx, version=1))
    with pytest.raises(NotYours):
        changes.do("org_admin", lambda ctx: filing.save_change(application.id, Asked(TODAY), ctx))


def test_discarded_draft_leaves_nothing(changes, city):
    application = changes.draft(city.area)
    changes.do("other_admin", lambda ctx: filing.discard_draft(application.id, ctx))
    assert changes.session.scalars(select(AreaChangeArea)).all() == []
    assert changes.session.get(Application, application.id) is None


# --- state × act × role --------------------------------------------------------------------------------------

OPEN = {
    "draft": {("other_admin", "submit")},
    "submitted": {
        ("other_admin", "withdraw"), ("clerk", "accept"), ("clerk", "return"), ("second_reviewer", "return"),
        ("second_supervisor", "return"), ("second_reviewer", "reject"), ("second_supervisor", "reject"),
    },
    "returned": {("other_admin", "resubmit"), ("other_admin", "withdraw")},
    "in_review": {
        ("clerk", "undo_accept"), ("clerk", "return"), ("second_reviewer", "return"), ("second_supervisor", "return"),
        ("second_reviewer", "reject"), ("second_supervisor", "reject"), ("second_reviewer", "approve_first"),
    },
    "approved": set(),
    "rejected": set(),
    "withdrawn": set(),
}  # fmt: skip
PEOPLE = (
    "other_admin", "other_agent", "org_admin", "agent", "revenue", "clerk", "second_reviewer", "second_supervisor",
    "finance", "bank", "auditor", "security", "system",
)  # fmt: skip
ACTS = (
    "submit", "resubmit", "withdraw", "accept", "undo_accept", "return", "reject", "approve_first", "approve_final",
)  # fmt: skip


def brought_to(changes, city, state: str) -> Application:
    application = changes.draft(city.area, starts_on=TODAY + timedelta(days=9))
    changes.repairs.attach_all(application)
    steps = {
        "draft": (), "submitted": ("submit",), "returned": ("submit", "return"), "in_review": ("submit", "accept"),
        "approved": ("submit", "accept", "approve_first", "approve_final"), "rejected": ("submit", "reject"),
        "withdrawn": ("submit", "withdraw"),
    }  # fmt: skip
    hands = {"submit": "other_admin", "withdraw": "other_admin", "accept": "clerk", "return": "clerk",
             "approve_first": "reviewer", "approve_final": "supervisor", "reject": "reviewer"}  # fmt: skip
    for step in steps[state]:
        changes.act(hands[step], application, step, opinion="说明")
    return changes.repairs.fresh(application)


@pytest.mark.parametrize("state", OPEN)
def test_state_act_role(changes, city, state):
    """Whatever is not in the table is refused, whoever presses it; what is, is tried and taken back."""
    from app.workflows.applications.flow import act

    application = brought_to(changes, city, state)
    found = set()
    for who in PEOPLE:
        for name in ACTS:
            session, ctx = changes.session, changes.repairs.context(who, opinion="说明")
            try:
                act(application.id, name, ctx)
                found.add((who, name))
            except (Refusal, Conflict, Forbidden, NotYours):
                pass
            finally:
                session.info.pop("audit_queue", None)
                session.rollback()
    assert found == OPEN[state]
    assert changes.repairs.fresh(application).state is ApplicationState(state)


def test_the_kind_has_its_rules_and_effects():
    from app.domain.enums import ApplicationKind
    from app.workflows.area_change import actions

    row = kinds.KINDS[ApplicationKind.AREA_CHANGE]
    assert (row.ready, row.submit, row.give_up, row.approvable, row.approve) == (
        (rules.may_be_submitted,), (actions.note_areas,), (), (rules.may_take_hold,), (actions.fix_day,),
    )  # fmt: skip
