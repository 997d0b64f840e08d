"""The day an area passes: contracts, projects, applications, files, limits, messages; whole or not at all, once."""

from __future__ import annotations

import json
from datetime import date, datetime
from functools import partial
from threading import Event
from time import sleep

import pytest
from sqlalchemy import func, select, update

from app import tenancy
from app.domain.enums import ApplicationState, NoticeKind, OrganisationKind, ProjectKind, ProjectState, VoteState
from app.domain.errors import Refusal
from app.extensions import db
from app.ledger import checks
from app.models import (
    Application,
    Area,
    Attachment,
    AuditEvent,
    Contractor,
    House,
    HouseAccount,
    Message,
    Notice,
    Organisation,
    Owner,
    Project,
    ServiceContract,
    Vote,
)
from app.permissions import SYSTEM
from app.transaction import unit_of_work
from app.workflows.applications import filing
from app.workflows.area_change import effect, passing
from app.workflows.engine import Context
from app.workflows.payouts.rules import counted
from app.workflows.projects import actions, items
from app.workflows.projects.contractors import register_query
from tests.factories import people
from tests.support.threads import together

NEW, OLD = "鸿雁物业服务有限公司", "安居物业服务有限公司"
TODAY, TOMORROW = date(2026, 3, 2), date(2026, 3, 3)


def reads(changes, who: str, model) -> int:
    """How many rows of a class that person sees today."""
    session = changes.session
    tenancy.enter(session, changes.repairs.context(who).actor)
    found = session.scalar(select(func.count()).select_from(model))
    tenancy.enter(session, SYSTEM)
    return found


def test_one_contract_ends_the_day_before_and_the_other_starts(changes, city):
    application = changes.approved(city.area, ends_on=date(2029, 3, 1))
    assert application.state is ApplicationState.APPROVED
    assert changes.contracts(city.area) == [
        (OLD, date(2020, 1, 1), date(2026, 3, 1), datetime(2026, 3, 2, 9, 0)),
        (NEW, TODAY, date(2029, 3, 1), None),
    ]
    change = changes.change(application)
    assert (change.effective_on, change.effected_at) == (TODAY, datetime(2026, 3, 2, 9, 0))


def test_contract_that_began_earlier_takes_hold_on_the_day_of_approval(changes, city):
    changes.approved(city.area, starts_on=date(2026, 1, 1))
    assert [row[1:3] for row in changes.contracts(city.area)] == [
        (date(2020, 1, 1), date(2026, 3, 1)), (TODAY, None),
    ]  # fmt: skip


def test_contract_of_the_future_waits_for_its_day(changes, city):
    application = changes.approved(city.area, starts_on=date(2026, 3, 12))
    assert changes.change(application).effective_on == date(2026, 3, 12)
    changes.repairs.pass_days(9)
    assert changes.job(application) is False  # 11 March
    assert len(changes.contracts(city.area)) == 1
    changes.repairs.pass_days(1)
    assert changes.job(application) is True  # 12 March
    assert [row[:3] for row in changes.contracts(city.area)] == [
        (OLD, date(2020, 1, 1), date(2026, 3, 11)), (NEW, date(2026, 3, 12), None),
    ]  # fmt: skip
    assert changes.job(application) is False
    assert len(changes.contracts(city.area)) == 2
    assert checks.verify(changes.session) == []


def test_houses_owners_and_balances_pass_with_the_area(changes, city):
    before = {who: [reads(changes, who, model) for model in (Area, House, Owner, HouseAccount)] for who in
              ("org_admin", "other_admin")}  # fmt: skip
    changes.approved(city.area)
    after = {who: [reads(changes, who, model) for model in (Area, House, Owner, HouseAccount)] for who in before}
    assert before == {"org_admin": [1, 12, 10, 12], "other_admin": [1, 12, 10, 12]}
    assert after == {"org_admin": [0, 0, 0, 0], "other_admin": [2, 24, 20, 24]}


@pytest.fixture
def projects(changes):
    """A closed one, one whose payout is approved, one that votes, one that only has begun."""
    repairs = changes.repairs
    a, b = repairs.houses([500_000, 500_000])
    closed = repairs.running([{a: 10_000}], [6_000, 4_000])
    repairs.paid_out(closed, 1, 6_000)
    repairs.accept_works(closed, 10_000)
    repairs.published(closed, NoticeKind.ACCEPTANCE)
    repairs.paid_out(closed, 2, 4_000)
    running = repairs.running([{a: 20_000, b: 20_000}], [20_000, 20_000])
    repairs.paid_out(running, 1, 20_000)
    repairs.accept_works(running, 40_000)
    repairs.published(running, NoticeKind.ACCEPTANCE)
    repairs.approved_payout(running, 2, 15_000)
    voting = repairs.project([{b: 5_000}], [3_000, 2_000])
    repairs.voted(voting)
    repairs.published(voting)
    draft = repairs.project([{b: 5_000}], [3_000, 2_000])
    return closed, running, voting, draft


def test_unfinished_projects_pass_with_all_that_hangs_on_them(changes, city, projects):
    closed, running, voting, _draft = projects
    assert changes.repairs.fresh(closed).state is ProjectState.CLOSED
    application = changes.approved(city.area)
    new = application.organisation_id
    fresh = changes.repairs.fresh
    assert [fresh(project).organisation_id == new for project in projects] == [False, True, True, True]
    rows = changes.session.execute(
        select(Application.number, Application.state, Application.organisation_id == new)
        .where(Application.project_id == running.id).order_by(Application.id)
    )  # fmt: skip
    assert [(state, moved) for _number, state, moved in rows] == [
        (ApplicationState.APPROVED, False),  # the initiation is done: it keeps the name of who filed it
        (ApplicationState.SETTLED, False),
        (ApplicationState.APPROVED, True),
    ]
    tenancy.enter(changes.session, changes.repairs.context("other_admin").actor)
    assert changes.session.scalar(select(func.count(Application.id)).where(Application.project_id == running.id)) == 3
    assert counted(changes.session, running.id) == 35_000
    assert changes.session.scalars(select(Vote.state).where(Vote.project_id == voting.id)).all() == [VoteState.PASSED]
    assert changes.session.scalar(select(func.count(Notice.id)).where(Notice.project_id == voting.id)) == 1
    assert changes.session.scalar(select(Project.id).where(Project.id == closed.id)) is None
    organisations = {row.organisation.name for row in changes.session.scalars(select(Application))}
    assert organisations == {OLD, NEW}
    assert None not in [review.actor for row in changes.session.scalars(select(Application)) for review in row.reviews]
    tenancy.enter(changes.session, SYSTEM)
    files = changes.session.execute(select(Attachment.subject_id, Attachment.organisation_id)).all()
    mine = {key for key, organisation in files if organisation == new}
    assert len(mine) == 4  # three applications of `running` and the area change itself


def test_old_company_has_nothing_left_but_the_record(changes, city, projects):
    changes.approved(city.area)
    for model in (Project, Vote, Notice, House, Application):
        assert reads(changes, "org_admin", model) == 0
    tenancy.enter(changes.session, changes.repairs.context("org_admin").actor)
    kept = changes.handovers()
    assert [(row.number, row.organisation_id) for row in kept] == [
        (project.number, city.company.id) for project in projects
    ]
    told = json.loads(kept[1].content)
    assert told["basics"]["state"] == "实施中"
    assert told["basics"]["company"] == OLD
    assert (told["sums"]["budget"], told["sums"]["paid"], told["sums"]["asked"]) == (40_000, 20_000, 35_000)
    assert told["ledger"] == {"interest": 0, "principal": 20_000, "held": 20_000, "entries": 1}
    assert [(row["kind"], row["state"], row["amount"]) for row in told["applications"]] == [
        ("维修资金拨付", "已通过", 15_000), ("维修资金拨付", "已划转", 20_000), ("维修项目立项", "已通过", 40_000),
    ]  # fmt: skip
    assert told["transfers"][0]["account"].startswith("****")
    assert "李维" not in kept[1].content  # the contact person
    assert "13800000001" not in kept[1].content
    tenancy.enter(changes.session, changes.repairs.context("other_admin").actor)
    assert changes.handovers() == []


def test_record_does_not_change_with_the_project(changes, city, projects):
    changes.approved(city.area)
    running = projects[1]
    before = [row.content for row in changes.handovers()]
    payout = changes.session.scalars(
        select(Application).where(Application.project_id == running.id).order_by(Application.id.desc())
    ).first()
    changes.repairs.pay(payout)
    assert [row.content for row in changes.handovers()] == before


def test_contractors_of_the_old_register_are_read_but_not_chosen(changes, city, projects):
    draft = projects[3]
    changes.approved(city.area)
    ctx = changes.repairs.context("other_admin")
    tenancy.enter(changes.session, ctx.actor)
    project = changes.session.get(Project, draft.id)
    assert project.items[0].contractor.name == "云溪电梯工程有限公司"
    assert [account.account_no for account in project.items[0].contractor.accounts] == [city.account.account_no]
    assert city.contractor.id not in [row.id for row in changes.session.execute(register_query(ctx))]
    item, kept = project.items[0].id, project.items[0].contractor_id
    tenancy.enter(changes.session, SYSTEM)
    changes.do("other_admin", lambda ctx: items.save_items(
        draft.id, [items.ItemEdit(item, content="改由新企业继续", contractor_id=kept)], ctx))  # fmt: skip
    own = changes.session.scalar(
        select(Contractor.id).where(Contractor.organisation_id == changes.repairs.cast.organisations.other_company.id)
    )
    changes.do("other_admin", lambda ctx: items.save_items(
        draft.id, [items.ItemEdit(item, contractor_id=own)], ctx))  # fmt: skip
    with pytest.raises(Refusal) as caught:
        changes.do("other_admin", lambda ctx: items.save_items(
            draft.id, [items.ItemEdit(item, contractor_id=kept)], ctx))  # fmt: skip
    assert str(caught.value.sentence) == "没有这个施工单位，请从列表中选择"


def test_new_company_goes_on_with_the_payout(changes, city, projects):
    running = projects[1]
    changes.approved(city.area)
    phase = changes.repairs.fresh(running).phases[1].id
    application = changes.do("other_admin", lambda ctx: filing.open_payout(running.id, phase, ctx))
    assert [(line.account_no, line.amount) for line in changes.repairs.lines(application)] == [
        (city.account.account_no, 5_000)
    ]
    changes.repairs.attach_all(application)
    changes.act("other_admin", application, "submit")
    assert changes.repairs.fresh(application).state is ApplicationState.SUBMITTED


def test_failure_in_the_middle_leaves_nothing(changes, city, projects, monkeypatch):
    application = changes.in_review(city.area)
    real, calls = passing.pass_on, []

    def breaks(project, *rest):
        calls.append(project.number)
        if len(calls) == 2:
            raise RuntimeError("out of paper")
        return real(project, *rest)

    monkeypatch.setattr(passing, "pass_on", breaks)
    with pytest.raises(RuntimeError):
        changes.act("supervisor", application, "approve_final")
    changes.session.rollback()
    assert changes.repairs.fresh(application).state is ApplicationState.IN_REVIEW
    assert changes.change(application).effective_on is None
    assert len(changes.contracts(city.area)) == 1
    assert changes.handovers() == []
    assert {changes.repairs.fresh(project).organisation_id for project in projects} == {city.company.id}


def test_two_areas_of_one_application_pass_together(changes, city, third):
    changes.approved(city.area, city.other.area, who=third)
    assert [row[0] for row in changes.contracts(city.area)] == [OLD, "第三物业服务有限公司"]
    assert [row[0] for row in changes.contracts(city.other.area)] == [NEW, "第三物业服务有限公司"]


def test_area_without_a_company(changes, city):
    with unit_of_work() as session:
        contract = session.get(ServiceContract, city.contract.id)
        contract.ends_on = date(2026, 2, 28)
    application = changes.approved(city.area)
    assert [row[:3] for row in changes.contracts(city.area)] == [
        (OLD, date(2020, 1, 1), date(2026, 2, 28)), (NEW, TODAY, None),
    ]  # fmt: skip
    assert changes.change(application).effected_at is not None


def test_a_committees_link_is_not_ended(changes, city, session):
    committee = people.add_organisation(session, OrganisationKind.OWNERS_COMMITTEE, "安居苑业主委员会")
    session.add(ServiceContract(organisation=committee, area=city.area, starts_on=date(2021, 1, 1)))
    session.commit()
    changes.approved(city.area)
    assert [(row[0], row[3] is None) for row in changes.contracts(city.area)] == [
        (OLD, False), ("安居苑业主委员会", True), (NEW, True),
    ]  # fmt: skip


def test_next_contract_of_another_company_is_ended_only_where_both_would_run(changes, city, session):
    third = people.add_organisation(session, OrganisationKind.PROPERTY_COMPANY, "第三物业服务有限公司")
    for first in (date(2026, 12, 1), date(2027, 3, 2)):
        session.add(ServiceContract(organisation=third, area=city.area, starts_on=first))
    session.commit()
    changes.approved(city.area, ends_on=date(2027, 3, 1))
    assert [(row[1], row[2], row[3] is None) for row in changes.contracts(city.area)] == [
        (date(2020, 1, 1), date(2026, 3, 1), False),
        (date(2026, 12, 1), date(2026, 12, 1), False),
        (date(2027, 3, 2), None, True),
        (TODAY, date(2027, 3, 1), True),
    ]


def test_limits_of_the_old_companys_agents_are_lifted(changes, city, session):
    second = Area(name="安居二苑", district=city.area.district, escrow_account=city.escrow)
    session.add(second)
    session.add(ServiceContract(organisation=city.company, area=second, starts_on=date(2020, 1, 1)))
    changes.repairs.cast.agent.areas = [city.area, second]
    lone = people.add_user(session, "lone_agent", "独区代办", ("ProjectAgent",), city.company)
    lone.areas = [city.area]
    session.commit()
    changes.approved(city.area)
    agent, lone = changes.repairs.fresh(changes.repairs.cast.agent), changes.repairs.fresh(lone)
    assert [area.name for area in agent.areas] == ["安居二苑"]
    assert changes.repairs.context(lone).actor.area_ids == frozenset()  # never all areas of its company
    assert changes.repairs.context("agent").actor.area_ids == {second.id}
    assert "代办人员“独区代办”原负责的“安居苑”已移交，请在机构用户管理中为其重新指定物业区域" in (
        changes.repairs.messages()["org_admin"]
    )


def test_both_sides_are_told_what_passed(changes, city, projects):
    with unit_of_work() as session:
        session.query(Message).delete()
    changes.approved(city.area)
    told = changes.repairs.messages()
    numbers = "、".join(project.number for project in projects[1:])
    payout = "BF2026000004"
    assert told["other_admin"] == [
        f"自 2026-03-18 起由贵单位服务“安居苑”。接收未办结项目：{numbers}；未办结业务单：{payout}",
        "变更物业区域物业服务企业 BG2026000001 已审核通过",
    ]
    assert told["org_admin"] == [
        f"自 2026-03-18 起“安居苑”改由“{NEW}”服务。移交未办结项目：{numbers}；未办结业务单：{payout}。"
        "移交时的情况见“历史项目”"
    ]
    assert told["agent"] == told["org_admin"]


def test_it_is_written_into_the_audit_trail(changes, city, projects):
    changes.approved(city.area)
    actions = changes.session.scalars(
        select(AuditEvent.action).where(AuditEvent.action.in_(("end_contract", "hand_over", "area_change")))
        .order_by(AuditEvent.id)
    ).all()  # fmt: skip
    assert actions == ["end_contract", "hand_over", "hand_over", "hand_over", "area_change"]


def test_a_stopped_company_gets_nothing_from_the_job(changes, city):
    application = changes.approved(city.area, starts_on=date(2026, 3, 12))
    with unit_of_work() as session:
        session.merge(changes.repairs.cast.organisations.other_company).active = False
    changes.repairs.pass_days(10)
    with pytest.raises(Refusal):
        changes.job(application)
    assert len(changes.contracts(city.area)) == 1


def test_what_was_handed_over_comes_back(changes, city, projects):
    """B hands the area back to A: A has its unfinished projects again, B reads how it left them."""
    changes.approved(city.area)
    changes.repairs.pass_days(30)
    changes.approved(city.area, who="org_admin")
    assert {changes.repairs.fresh(project).organisation_id for project in projects} == {city.company.id}
    assert [row.organisation_id == city.company.id for row in changes.handovers()] == [True] * 4 + [False] * 3


def test_project_that_came_back_and_closed_is_kept_as_it_ended(changes, city, third, projects):
    """A → B → A, closed by A, → C: A reads how it ended, beside how it was when it left A first."""
    changes.approved(city.area)
    changes.repairs.pass_days(1)
    changes.approved(city.area, who="org_admin")
    changes.repairs.pass_days(1)
    draft = projects[3]
    ended = {"state": ProjectState.CANCELLED, "state_since": changes.repairs.now}
    with unit_of_work() as session:  # by whatever act
        session.execute(update(Project.__table__).where(Project.__table__.c.id == draft.id).values(**ended))
    changes.repairs.pass_days(1)
    changes.approved(city.area, who=third)
    kept = [json.loads(row.content) for row in changes.handovers() if row.project_id == draft.id]
    assert [(told["basics"]["company"], told["basics"]["state"]) for told in kept] == [
        (OLD, "编制中"), (NEW, "编制中"), (OLD, "已撤销"),
    ]  # fmt: skip


def test_who_left_long_ago_is_told_nothing_again(changes, city, third, projects):
    """A's closed project stays its past: when B hands over to C, A hears nothing and keeps one record of it."""
    changes.approved(city.area)
    before = changes.repairs.messages()["org_admin"]
    changes.repairs.pass_days(30)
    changes.approved(city.area, who=third)
    assert changes.repairs.messages()["org_admin"] == before
    assert [row.organisation_id for row in changes.handovers() if row.project_id == projects[0].id] == [city.company.id]
    assert [row.organisation_id == city.company.id for row in changes.handovers()] == [True] * 4 + [False] * 3


def test_listed_numbers_end_with_their_count():
    assert effect._listed([]) == "无"
    assert effect._listed(["A"] * 8) == "、".join("A" * 8)
    assert effect._listed(["A"] * 9) == "、".join("A" * 8) + " 等 9 个"


@pytest.mark.parametrize("first", ["the effect", "the new project"])
def test_project_made_in_the_very_moment_never_stays_with_the_old_company(app, changes, city, cast, first):
    """Two sessions: whoever comes second waits for the other and then decides on what the other has left."""
    application = changes.approved(city.area, starts_on=TOMORROW)
    key, area_id, agent = application.id, city.area.id, changes.repairs.context("agent").actor
    changes.session.rollback()
    holds, told, moment = Event(), [], datetime(2026, 3, 3, 0, 10)

    def pass_on(session) -> None:
        effect.take_hold_if_due(key, Context(session, SYSTEM, moment))

    def make(session) -> None:
        tenancy.enter(session, agent)
        actions.create_project(ProjectKind.NORMAL, area_id, {"name": "外墙"}, Context(session, agent, moment))

    def run(do, is_first: bool) -> None:
        with app.app_context():
            try:
                if not is_first:
                    holds.wait(30)
                with unit_of_work() as session:
                    do(session)
                    session.flush()
                    holds.set()
                    sleep(0.3 if is_first else 0)  # the other one is at its lock by now
            except Refusal as refusal:
                told.append(str(refusal.sentence))
            finally:
                db.session.remove()

    acts = {"the effect": pass_on, "the new project": make}
    together([partial(run, do, name == first) for name, do in acts.items()])
    changes.session.rollback()
    owners = select(Organisation.name).join(Project, Project.organisation_id == Organisation.id)
    assert (changes.session.scalars(owners).all(), told) == {
        "the effect": ([], ["贵公司目前没有“安居苑”的有效服务合同"]), "the new project": ([NEW], []),
    }[first]  # fmt: skip
