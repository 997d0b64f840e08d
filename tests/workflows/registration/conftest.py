"""A stranger, and the organisation that comes of one."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.models import Area, AreaWish, Organisation, PlatformUser, RequiredAttachment
from app.transaction import unit_of_work
from app.workflows.defaults import ensure_required_attachments
from tests.factories.strangers import COMPANY, Stranger


@pytest.fixture
def lists(session, city):
    """The department's lists of required attachments."""
    with unit_of_work() as work:
        ensure_required_attachments(work)
    session.rollback()


@pytest.fixture
def stranger(app, lists):
    """`stranger()` is somebody new at a browser of their own."""

    def come(page: str = COMPANY, address: str = "192.0.2.1") -> Stranger:
        return Stranger(app, page, address)

    return come


@pytest.fixture
def free_area(session, city):
    """An area that nobody serves."""
    with unit_of_work() as work:
        area = Area(district_id=city.district.id, escrow_account_id=city.escrow.id, name="望江新邨", address="")
        work.add(area)
        work.flush()
        key = area.id
    session.rollback()
    return session.get(Area, key)


@pytest.fixture
def registered(stranger, session, free_area):
    """`registered(area=…)` has registered 和润物业 and gives the organisation."""

    def make(**values) -> Organisation:
        somebody = stranger(values.pop("page", COMPANY), values.pop("address", "192.0.2.1"))
        somebody.upload_all()
        answer = somebody.submit(**{"area": str(free_area.id), **values})
        assert answer.status_code == 302, answer.get_data(as_text=True)
        return newest(session)

    return make


def newest(session) -> Organisation:
    session.rollback()
    return session.scalars(select(Organisation).order_by(Organisation.id.desc())).first()


def administrator(session, organisation: Organisation) -> PlatformUser:
    return session.scalars(select(PlatformUser).where(PlatformUser.organisation_id == organisation.id)).one()


def wishes(session, organisation: Organisation) -> list[AreaWish]:
    session.rollback()
    query = select(AreaWish).where(AreaWish.organisation_id == organisation.id).order_by(AreaWish.id)
    return list(session.scalars(query))


def asked(session) -> list[RequiredAttachment]:
    query = select(RequiredAttachment).where(RequiredAttachment.business == "registration")
    return list(session.scalars(query.order_by(RequiredAttachment.position)))


def version_of(session, row) -> str:
    session.rollback()
    return str(session.get(type(row), row.id).version)
