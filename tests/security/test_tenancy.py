"""One organisation sees nothing of another, whatever way the session is asked."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import delete, func, insert, inspect, select, update
from sqlalchemy.orm import aliased, joinedload, selectinload

from app import models, tenancy
from app.domain.errors import NotYours
from app.models import (
    Area,
    Contractor,
    Equipment,
    House,
    ItemShare,
    Organisation,
    Owner,
    PlatformUser,
    Project,
    Transfer,
)
from app.permissions import PUBLIC, SYSTEM
from app.tenancy import RULES
from tests.factories.city import CANARY
from tests.factories.people import actor

pytestmark = pytest.mark.isolation
TODAY = date(2026, 3, 2)
# Seen by every company: names of public bodies and of the department's people.
COMMON = {Organisation, PlatformUser}
# No company reads these through the ORM at all.
# Accounts of a whole escrow account, and what is booked on them.
OF_NO_AREA = {
    models.PoolAccount: lambda keys: {(1,), (2,)},
    models.Posting: lambda keys: {key for key in keys if key[1] == 1},
}
NOBODYS = {
    models.LoginFailure, models.AuditEvent, models.AttachmentCheck, models.Attempt, models.RegistrationDraft,
}  # fmt: skip


def enter(session, who):
    """The session as that user of the cast (or PUBLIC, SYSTEM); nothing loaded before counts."""
    session.flush()
    session.expunge_all()
    tenancy.enter(session, SYSTEM)
    if isinstance(who, str):
        user = session.scalars(select(PlatformUser).where(PlatformUser.username == who)).one()
        who = actor(session, user, TODAY)
        session.expunge_all()
    tenancy.enter(session, who)


def orm_keys(session, model) -> set:
    return {inspect(row).identity for row in session.scalars(select(model)).unique()}


def texts_of(session, model) -> str:
    """Everything that the actor may read of a class, as one text."""
    columns = [attribute.key for attribute in inspect(model).column_attrs]
    return "\n".join(str(getattr(row, key)) for row in session.scalars(select(model)).unique() for key in columns)


@pytest.mark.parametrize("model", RULES, ids=lambda model: model.__name__)
def test_company_reads_its_own_rows_only(session, cast, businesses, model):
    users = ("agent", "other_agent")
    seen = []
    for user in users:
        enter(session, user)
        seen.append(orm_keys(session, model))
        if user is users[0]:
            assert CANARY not in texts_of(session, model)
    enter(session, SYSTEM)
    everything = orm_keys(session, model)
    if model in NOBODYS:
        assert seen == [set(), set()]
        return
    assert seen[0] and seen[1], "the test has no row of this class"
    if model not in COMMON:
        assert not seen[0] & seen[1]
        assert seen[0] | seen[1] == everything - OF_NO_AREA.get(model, lambda keys: set())(everything)


@pytest.mark.parametrize("name", ["clerk", "reviewer", "supervisor", "finance", "auditor"])
def test_department_reads_every_house(session, cast, city, name):
    enter(session, name)
    assert session.scalar(select(func.count()).select_from(House)) == 24


def test_every_class_with_an_area_an_organisation_or_a_project_has_a_rule():
    known_as_common = {models.NumberSequence}
    for mapper in models.House.registry.mappers:
        columns = set(mapper.columns.keys())
        if columns & {"area_id", "organisation_id", "project_id", "house_id", "application_id"}:
            assert mapper.class_ in RULES or mapper.class_ in known_as_common, mapper.class_


def test_foreign_number_is_nobody(session, cast, businesses):
    numbers = {model: row.id for model, row in (
        (Project, businesses.other.project), (models.Application, businesses.other.application),
        (Transfer, businesses.other.transfer), (models.Vote, businesses.other.vote),
        (models.Notice, businesses.other.notice), (models.Attachment, businesses.other.attachment),
        (models.Job, businesses.other.job),
    )}  # fmt: skip
    enter(session, "agent")
    assert {model.__name__: session.get(model, number) for model, number in numbers.items()} == {
        model.__name__: None for model in numbers
    }


def test_counts_joins_aliases_and_subqueries_are_guarded(session, cast, city):
    enter(session, "agent")
    other = aliased(House)
    assert session.scalar(select(func.count(House.id))) == 12
    assert session.scalar(select(func.count()).select_from(other)) == 12
    assert session.scalar(select(func.sum(House.floor_area)).join(House.area)) == 103_561
    assert session.scalar(select(func.count()).where(Owner.id.in_(select(House.owner_id)))) == 10
    assert session.query(House).filter(House.label.like("%")).count() == 12
    assert session.scalar(select(func.count()).select_from(Area).join(Equipment, Equipment.area_id == Area.id)) == 4


def test_relationships_are_guarded_however_they_are_loaded(session, cast, businesses):
    transfer_id = businesses.own.transfer.id
    session.execute(update(models.Transfer.__table__).values(contractor_id=businesses.other.transfer.contractor_id))
    enter(session, "agent")
    assert session.get(Transfer, transfer_id).contractor is None
    for load in (joinedload, selectinload):
        session.expunge_all()
        row = session.scalars(select(Transfer).options(load(Transfer.contractor))).one()
        assert (row.id, row.contractor) == (transfer_id, None)


def test_update_and_delete_reach_own_rows_only(session, cast, city):
    enter(session, "agent")
    assert session.execute(update(Equipment).values(maker="某厂")).rowcount == 4
    assert session.execute(delete(Equipment).where(Equipment.name.like("%门卫%"))).rowcount == 1
    session.commit()
    enter(session, SYSTEM)
    rows = session.execute(
        select(Equipment.area_id, func.count(), func.max(Equipment.maker)).group_by(Equipment.area_id)
    )
    assert sorted(tuple(row)[1:] for row in rows) == [(3, "某厂"), (4, "")]


def test_writing_onto_foreign_rows_is_refused(session, cast, businesses, city):
    own, other = businesses.own, businesses.other
    house, area = city.other.houses[0].id, city.other.area.id
    own_project, published_at = own.project.id, own.notice.published_at
    item, contractor, company = own.item.id, city.other.contractor.id, city.other.company.id
    own_company, own_area, category = city.company.id, city.area.id, city.categories[1].id
    project = other.project.id
    enter(session, "agent")

    def refused(row):
        session.add(row)
        with pytest.raises(NotYours):
            session.flush()
        session.rollback()

    refused(Equipment(area_id=area, category_id=category, name="x"))
    refused(Contractor(organisation_id=company, name="x"))
    refused(models.PayoutPhase(project_id=project, sequence=9, amount=1))
    refused(ItemShare(item_id=item, house_id=house, project_id=own_project, sort_key="", floor_area=1))
    refused(models.Attachment(
        subject="x", subject_id=1, organisation_id=own_company, area_id=area, file_name="x", stored_name="x",
        media_type="x", size=1, sha256="x", uploaded_at=published_at,
    ))  # fmt: skip
    changed = session.get(models.ProjectItem, item)
    changed.contractor_id = contractor
    refused(changed)
    session.add(Equipment(area_id=own_area, category_id=category, name="eigenes"))
    session.flush()


def test_bulk_insert_onto_foreign_rows_is_refused(session, cast, city):
    area, category = city.other.area.id, city.categories[1].id
    enter(session, "agent")
    with pytest.raises(NotYours):
        session.execute(insert(Equipment), [{"area_id": area, "category_id": category, "name": "x"}])


def test_row_loaded_before_the_guard_can_not_be_changed(session, cast, city):
    session.commit()
    foreign = session.get(House, city.other.houses[0].id)
    tenancy.enter(session, actor(session, cast.agent, TODAY))
    foreign.room = "999"
    with pytest.raises(NotYours):
        session.flush()


def test_agent_limited_to_areas_sees_no_other_area_of_the_company(session, cast, city):
    cast.agent.areas = [city.area]
    session.add(models.ServiceContract(organisation=city.company, area=city.other.area, starts_on=date(2020, 1, 1)))
    enter(session, "agent")
    assert session.scalar(select(func.count()).select_from(House)) == 12
    enter(session, "org_admin")
    assert session.scalar(select(func.count()).select_from(House)) == 24


def test_area_is_gone_when_the_contract_has_ended(session, cast, city):
    city.contract.ends_on = date(2026, 3, 1)
    enter(session, "agent")
    assert session.scalars(select(Area)).all() == []


def test_bank_reads_what_its_own_escrow_accounts_pay(session, cast, businesses, city):
    own, escrow, house = businesses.own.transfer.id, city.escrow.id, {row.id for row in city.houses}
    enter(session, "bank")
    assert orm_keys(session, Transfer) == {(own,)}
    assert orm_keys(session, models.EscrowAccount) == {(escrow,)}
    assert orm_keys(session, models.HouseAccount) == {(key,) for key in house}
    for model in (Owner, models.Ownership, models.Vote, models.Ballot, models.Attachment, models.Review):
        assert orm_keys(session, model) == set()
    for model in RULES:
        assert CANARY not in texts_of(session, model)


def test_public_reads_notices_and_nothing_of_people(session, businesses):
    enter(session, PUBLIC)
    assert len(orm_keys(session, models.Notice)) == 2
    readable = {model.__name__ for model in RULES if orm_keys(session, model)}
    assert readable == {"Notice", "NoticeRow", "Area", "Project", "Organisation"}


def test_without_an_actor_the_session_sees_everything(session, city):
    assert session.scalar(select(func.count()).select_from(House)) == 24


def test_unguarded_look_ends_with_its_block(session, cast, city):
    enter(session, "agent")
    with tenancy.unguarded(session):
        assert session.scalar(select(func.count()).select_from(House)) == 24
    assert session.scalar(select(func.count()).select_from(House)) == 12


@pytest.mark.parametrize("name", ["agent", "bank"])
def test_users_of_a_stopped_organisation_see_no_business(session, cast, businesses, name):
    """停用后其用户不能办理业务: at the next request, without waiting for their sessions to end."""
    enter(session, name)
    assert session.scalars(select(Project)).all() and session.scalars(select(Transfer)).all()
    enter(session, SYSTEM)
    user = session.scalars(select(PlatformUser).where(PlatformUser.username == name)).one()
    session.get(Organisation, user.organisation_id).active = False
    enter(session, name)
    for model in (Area, House, Project, Transfer):
        assert session.scalars(select(model)).all() == [], model
