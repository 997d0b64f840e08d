"""When a company may ask for areas: just inside and just outside of every rule, at adding, submission and approval."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest
from sqlalchemy import select

from app.domain.enums import ApplicationState, OrganisationKind
from app.domain.errors import Conflict, Forbidden, NotYours, Refusal
from app.extensions import db
from app.models import Application, Area, AreaChange, AreaChangeArea, Attachment, PlatformUser, ServiceContract
from app.transaction import unit_of_work
from app.workflows.applications.flow import act
from app.workflows.area_change import filing, rules
from app.workflows.area_change.filing import Asked
from app.workflows.engine import Context
from tests.factories import people
from tests.support.threads import together

pytestmark = pytest.mark.workflow
TODAY = date(2026, 3, 2)
TAKEN = "“安居苑”已有未办结的变更申请 BG2026000001"


def refusal_of(what) -> tuple[str, str | None]:
    """(sentence, field) with which it is refused."""
    with pytest.raises(Refusal) as caught:
        what()
    return str(caught.value.sentence), caught.value.field


def areas_of(changes, application) -> list[str]:
    query = select(Area.name).join(AreaChangeArea, AreaChangeArea.area_id == Area.id)
    query = query.where(AreaChangeArea.application_id == application.id).order_by(AreaChangeArea.id)
    return list(changes.session.scalars(query))


def save(changes, application, who="other_admin", *, version=None, **asked):
    """The form saved with these values and today as the contract's first day."""
    values = Asked(**{"starts_on": changes.today, **asked})
    return changes.do(who, lambda ctx: filing.save_change(application.id, values, ctx, version=version))


# --- two applications for one area ---------------------------------------------------------------


@pytest.mark.parametrize("state", ["submitted", "in_review", "returned", "approved for later"])
def test_area_of_an_open_application_is_not_added_to_a_second_one(changes, city, third, state):
    if state == "approved for later":
        changes.approved(city.area, starts_on=date(2026, 3, 3))
    else:
        first = changes.submitted(city.area)
        if state != "submitted":
            changes.act("clerk", first, {"in_review": "accept", "returned": "return"}[state], opinion="原因")
    assert refusal_of(lambda: changes.draft(city.area, who=third)) == (TAKEN, "areas")
    assert changes.session.scalars(select(Application.number)).all() == ["BG2026000001"]


@pytest.mark.parametrize("state", ["draft", "rejected", "withdrawn", "taken hold"])
def test_area_of_no_open_application_is_free(changes, city, third, state):
    if state == "draft":
        changes.draft(city.area)
    elif state == "taken hold":
        changes.approved(city.area)
    else:
        who, name = {"rejected": ("reviewer", "reject"), "withdrawn": ("other_admin", "withdraw")}[state]
        changes.act(who, changes.submitted(city.area), name, opinion="原因")
    second = changes.submitted(city.area, who=third)
    assert second.number == ("BG2026000001" if state == "draft" else "BG2026000002")


def test_second_of_two_drafts_is_refused_at_its_submission(changes, city, third):
    second = changes.draft(city.area, who=third)
    changes.repairs.attach_all(second)
    changes.submitted(city.area)
    assert refusal_of(lambda: changes.act(third, second, "submit")) == (TAKEN, None)
    assert changes.repairs.fresh(second).number is None


def test_second_of_two_is_refused_at_final_approval(changes, city, third):
    """However it came there: at the last moment the rule is asked again."""
    second = changes.in_review(city.other.area, who=third)
    first = changes.submitted(city.area)
    with unit_of_work() as session:
        row = session.scalars(select(AreaChangeArea).where(AreaChangeArea.application_id == second.id)).one()
        row.area_id = city.area.id
    assert first.number == "BG2026000002"
    assert refusal_of(lambda: changes.act("supervisor", second, "approve_final")) == (
        "“安居苑”已有未办结的变更申请 BG2026000002", None,
    )  # fmt: skip
    assert changes.repairs.fresh(second).state is ApplicationState.IN_REVIEW


def test_of_two_who_submit_at_once_one_is_refused_with_the_number_of_the_other(app, changes, city, third):
    drafts = {"other_admin": changes.draft(city.area), "third_admin": changes.draft(city.area, who=third)}
    for draft in drafts.values():
        changes.repairs.attach_all(draft)
    keys, told, now = {who: draft.id for who, draft in drafts.items()}, [], changes.repairs.now
    changes.session.rollback()

    def press(who: str, key: int) -> None:
        with app.app_context():
            try:
                with unit_of_work() as session:
                    user = session.scalars(select(PlatformUser).where(PlatformUser.username == who)).one()
                    act(key, "submit", Context(session, people.actor(session, user, now.date()), now))
                told.append("done")
            except Refusal as refusal:
                told.append(str(refusal.sentence))
            finally:
                db.session.remove()

    together([partial(press, who, key) for who, key in keys.items()])
    assert sorted(told) == ["done", TAKEN]
    states = [changes.repairs.fresh(draft).state.value for draft in drafts.values()]
    assert sorted(states) == ["draft", "submitted"]


# --- areas ---------------------------------------------------------------------------------------


def test_own_area_needs_no_change(changes, city):
    text = "“鸿雁苑”已由本企业服务，无须变更"
    assert refusal_of(lambda: changes.draft(city.other.area)) == (text, "areas")
    draft = changes.draft(city.area)
    changes.repairs.attach_all(draft)
    with unit_of_work() as session:  # became its own while the draft lay
        session.add(ServiceContract(
            organisation_id=draft.organisation_id, area_id=city.area.id, starts_on=date(2026, 3, 2),
        ))  # fmt: skip
    assert refusal_of(lambda: changes.act("other_admin", draft, "submit")) == ("“安居苑”已由本企业服务，无须变更", None)


def test_area_whose_own_contract_ended_yesterday_may_be_asked_for_again(changes, city):
    with unit_of_work() as session:
        session.get(ServiceContract, city.other.contract.id).ends_on = date(2026, 3, 1)
    assert areas_of(changes, changes.draft(city.other.area)) == ["鸿雁苑"]


def test_same_area_twice(changes, city):
    draft = changes.draft(city.area)
    text = ("“安居苑”已在本申请中", "areas")
    assert refusal_of(lambda: save(changes, draft, add=(city.area.id,))) == text
    both = save(changes, changes.draft(), add=(city.area.id, city.area.id))  # ticked twice in one post counts once
    assert areas_of(changes, both) == ["安居苑"]


def test_area_that_does_not_exist_and_one_that_is_not_in_it(changes, city):
    draft = changes.draft(city.area)
    with pytest.raises(NotYours):
        save(changes, draft, add=(999_999,))
    with pytest.raises(NotYours):
        save(changes, draft, remove=city.other.area.id)
    assert areas_of(changes, draft) == ["安居苑"]
    assert areas_of(changes, save(changes, draft, remove=city.area.id)) == []


def test_fifty_areas_and_not_one_more(changes, city):
    with unit_of_work() as session:
        rows = [
            Area(name=f"小区{number:02d}", district_id=city.area.district_id, escrow_account_id=city.escrow.id)
            for number in range(50)
        ]
        session.add_all(rows)
    draft = changes.draft(*rows)
    assert len(areas_of(changes, draft)) == 50
    assert refusal_of(lambda: save(changes, draft, add=(city.area.id,))) == ("一份申请最多 50 个物业区域", "areas")


def test_areas_are_kept_as_they_stood_on_the_day_of_submission(changes, city):
    application = changes.submitted(city.area)

    def kept():
        query = select(AreaChangeArea).where(AreaChangeArea.application_id == application.id)
        row = changes.session.scalars(query.execution_options(populate_existing=True)).one()
        return row.buildings, row.houses, row.floor_area, row.former_organisation_id, row.former_name

    assert kept() == (2, 12, 103_561, city.company.id, "安居物业服务有限公司")
    changes.repairs.houses([0, 0])
    assert kept() == (2, 12, 103_561, city.company.id, "安居物业服务有限公司")
    changes.act("clerk", application, "return", opinion="补正")
    changes.act("other_admin", application, "resubmit")
    assert kept() == (3, 14, 123_561, city.company.id, "安居物业服务有限公司")


# --- the contract's days -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "wrong"),
    [
        (None, None, None),
        (date(2021, 3, 3), None, None),  # five years of 365 days ago
        (date(2021, 3, 2), None, ("starts_on", "合同起始日期不能早于 2021-03-03")),
        (date(2027, 3, 2), None, None),
        (date(2027, 3, 3), None, ("starts_on", "合同起始日期不能晚于 2027-03-02")),
        (TODAY, TODAY, None),
        (date(2026, 3, 3), TODAY, ("ends_on", "合同终止日期不能早于起始日期")),
        (date(2026, 1, 1), date(2026, 3, 2), None),
        (date(2026, 1, 1), date(2026, 3, 1), ("ends_on", "合同已于 2026-03-01 到期")),
        (TODAY, date(2046, 3, 17), None),
        (TODAY, date(2046, 3, 18), ("ends_on", "合同期限不能超过 20 年")),
    ],
)
def test_days_of_the_contract(starts_on, ends_on, wrong):
    found = rules.wrong_dates(starts_on, ends_on, TODAY)
    assert (found and (found[0], str(found[1]))) == wrong


def test_wrong_day_is_refused_at_its_field_and_nothing_is_kept(changes, city):
    draft = changes.draft(city.area)
    later = date(2027, 3, 3)
    assert refusal_of(lambda: save(changes, draft, starts_on=later)) == (
        "合同起始日期不能晚于 2027-03-02", "starts_on",
    )  # fmt: skip
    assert changes.change(draft).starts_on == TODAY


def test_submission_needs_areas_a_first_day_and_the_scans(changes, city):
    empty = changes.draft()
    changes.repairs.attach_all(empty)
    assert refusal_of(lambda: changes.act("other_admin", empty, "submit"))[0] == "请添加物业区域"
    save(changes, empty, starts_on=None, add=(city.area.id,))
    assert refusal_of(lambda: changes.act("other_admin", empty, "submit"))[0] == "请填写合同起始日期"
    bare = changes.draft(city.area)
    assert refusal_of(lambda: changes.act("other_admin", bare, "submit"))[0].startswith("缺少要件：")


def test_contract_that_ends_while_it_is_reviewed(changes, city):
    """Its last day is still in time, the day after is not."""
    application = changes.in_review(city.area, ends_on=date(2026, 3, 4))
    changes.repairs.pass_days(3)
    assert refusal_of(lambda: changes.act("supervisor", application, "approve_final")) == (
        "合同已于 2026-03-04 到期",
        None,
    )
    changes.repairs.pass_days(-1)
    changes.act("supervisor", application, "approve_final")
    assert [row[1:3] for row in changes.contracts(city.area)] == [
        (date(2020, 1, 1), date(2026, 3, 3)), (date(2026, 3, 4), date(2026, 3, 4)),
    ]  # fmt: skip


# --- who -----------------------------------------------------------------------------------------


def test_owners_committee_may_not(changes, city):
    with unit_of_work() as session:
        committee = people.add_organisation(session, OrganisationKind.OWNERS_COMMITTEE, "安居苑业主委员会")
        member = people.add_user(session, "committee_admin", "业委会", ("OrgAdmin",), committee)
    with pytest.raises(Forbidden):
        changes.draft(city.area, who=member)


@pytest.mark.parametrize("who", ["other_agent", "revenue", "clerk", "supervisor", "system", "bank"])
def test_nobody_but_an_administrator_files(changes, city, who):
    with pytest.raises(Forbidden):
        changes.draft(city.area, who=who)
    application = changes.draft(city.area)
    with pytest.raises((Forbidden, NotYours)):
        save(changes, application, who)


def test_company_whose_papers_are_not_confirmed_files_but_waits_at_the_window(changes, city):
    company = changes.repairs.cast.organisations.other_company

    def confirm(confirmed: bool) -> None:
        with unit_of_work() as session:
            session.get(type(company), company.id).papers_confirmed = confirmed

    confirm(False)
    application = changes.submitted(city.area)
    assert application.number == "BG2026000001"
    assert refusal_of(lambda: changes.act("clerk", application, "accept"))[0] == (
        "申请单位的注册资料尚未核对，请先在“机构注册待核”中核收纸质要件并确认"
    )
    confirm(True)
    changes.act("clerk", application, "accept")
    changes.act("reviewer", application, "approve_first")
    confirm(False)
    assert refusal_of(lambda: changes.act("supervisor", application, "approve_final"))[0] == (
        "“鸿雁物业服务有限公司”的注册资料尚未经窗口确认"
    )


def test_stopped_company_neither_files_nor_gets_an_area(changes, city):
    application = changes.in_review(city.area)
    with unit_of_work() as session:
        company = changes.repairs.cast.organisations.other_company
        session.get(type(company), company.id).active = False
    assert refusal_of(lambda: changes.act("supervisor", application, "approve_final"))[0] == (
        "“鸿雁物业服务有限公司”已停用"
    )
    with pytest.raises(Forbidden):
        changes.draft(city.area)


# --- the draft -----------------------------------------------------------------------------------


def test_stale_page_is_told_so(changes, city):
    draft = changes.draft(city.area)
    version = changes.repairs.fresh(draft).version
    save(changes, draft, remark="甲", version=version)
    with pytest.raises(Conflict):
        save(changes, draft, remark="乙", version=version)
    assert changes.repairs.fresh(draft).remark == "甲"


def test_another_company_neither_saves_nor_throws_away(changes, city, third):
    draft = changes.draft(city.area)
    with pytest.raises(NotYours):
        save(changes, draft, third)
    with pytest.raises(NotYours):
        changes.do(third, lambda ctx: filing.discard_draft(draft.id, ctx))


def test_draft_is_thrown_away_with_its_areas_and_files(changes, city):
    draft = changes.draft(city.area)
    changes.repairs.attach_all(draft)
    changes.do("other_admin", lambda ctx: filing.discard_draft(draft.id, ctx))
    for model in (Application, AreaChange, AreaChangeArea, Attachment):
        assert changes.session.scalars(select(model)).all() == [], model


def test_what_was_submitted_is_neither_saved_nor_thrown_away(changes, city):
    application = changes.submitted(city.area)
    assert refusal_of(lambda: save(changes, application))[0] == "当前状态为“待受理”，不能修改"
    changes.act("clerk", application, "return", opinion="补正")
    assert refusal_of(lambda: changes.do("other_admin", lambda ctx: filing.discard_draft(application.id, ctx)))[0] == (
        "当前状态为“已退回”，不能删除"
    )
    save(changes, application, remark="已补正")
    changes.act("other_admin", application, "resubmit")
    assert changes.repairs.fresh(application).number == "BG2026000001"
