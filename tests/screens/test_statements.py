"""No page of a list and no tab of the workbench takes more than eight SQL statements, however much stands on it."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import event, select

from app.domain.enums import BuildingKind
from app.extensions import db
from app.models import (
    Application,
    Area,
    AreaChangeArea,
    AreaWish,
    Attachment,
    Building,
    House,
    HouseChange,
    Objection,
    Organisation,
    Owner,
    Unit,
)
from app.screens.projects_tabs import TABS
from app.transaction import unit_of_work

MOST = 8
KEY = re.compile(r"/projects/(\d+)/")


@pytest.fixture
def statements(app):
    """`statements(client, address)` → how many the second visit takes: session, user and menu count too."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    with app.app_context():
        engine = db.engine

    def ask(client, address: str) -> int:
        client.get(address)
        seen.clear()
        assert client.get(address).status_code == 200, address
        return len(seen)

    event.listen(engine, "before_cursor_execute", note)
    yield ask
    event.remove(engine, "before_cursor_execute", note)


def lists_of(app, client) -> list[str]:
    """Every page of the menu that this person sees, and the start page."""
    shown = client.get("/").text
    menu = shown[shown.index("<nav") :]
    pages = {address for address in re.findall(r'href="(/[a-z_/-]*(?:\?[a-z=]*)?)"', menu) if "?clear" not in address}
    with app.test_request_context():
        rules = [str(rule) for rule in app.url_map.iter_rules() if "GET" in rule.methods]
    return sorted(address for address in pages if address.split("?")[0] in rules and "static" not in address)


def more_of_everything(session, city) -> None:
    """A second helping of what the lists show."""
    with unit_of_work() as work:
        area = work.get(Area, city.area.id)
        for number in range(3):
            building = Building(area_id=area.id, name=f"{number}号楼", kind=BuildingKind.TOWER, sort_key=f"z{number}")
            owner = Owner(area_id=area.id, name=f"业主{number}")
            company = Organisation(kind="property_company", name=f"公司{number}", address="", created_at=area_moment())
            work.add_all([building, owner, company])
            work.flush()
            unit = Unit(area_id=area.id, building_id=building.id, name="1单元", sort_key="1")
            work.add(unit)
            work.flush()
            work.add(
                House(
                    area_id=area.id, building_id=building.id, unit_id=unit.id, room="101", label=f"{number}号楼101",
                    sort_key=f"z{number}", floor_area=8000, area_ground="registered", use="residential",
                    sale_state="sold", owner_id=owner.id,
                )
            )  # fmt: skip
    session.expire_all()


def area_moment():
    from datetime import datetime

    return datetime(2026, 1, 5, 9)


@pytest.mark.parametrize(
    "user",
    ["org_admin", "agent", "clerk", "reviewer", "supervisor", "finance", "bank", "auditor", "security", "system"],
)
def test_list_takes_as_many_statements_for_more_rows(app, session, city, businesses, signed_in, statements, user):
    client = signed_in(user)
    pages = lists_of(app, client)
    assert len(pages) >= 2, pages
    before = {address: statements(client, address) for address in pages}
    more_of_everything(session, city)
    after = {address: statements(client, address) for address in pages}
    assert {address: count for address, count in after.items() if count > MOST} == {}
    assert after == before


@pytest.mark.parametrize("user", ["agent", "clerk", "supervisor"])
def test_tab_takes_few_statements(session, businesses, signed_in, statements, user):
    client, key = signed_in(user), businesses.own.project.id
    counted = {tab: statements(client, f"/projects/{key}/{tab}") for tab in TABS}
    assert {tab: count for tab, count in counted.items() if count > MOST} == {}


def more_around_one_matter(session, city) -> None:
    """A second and a third area of the area change, of the registration, and another file of each."""
    with unit_of_work() as work:
        application = work.scalars(select(Application).where(Application.number == f"BG2026{city.area.id:06d}")).one()
        for number in range(2):
            area = Area(district_id=city.district.id, escrow_account_id=city.escrow.id, name=f"区{number}", address="")
            work.add(area)
            work.flush()
            work.add(AreaChangeArea(application_id=application.id, area_id=area.id))
            work.add(AreaWish(organisation_id=city.company.id, area_id=area.id))
            for subject, key in (("applications", application.id), ("organisations", city.company.id)):
                work.add(Attachment(
                    subject=subject, subject_id=key, organisation_id=city.company.id, file_name="扫描件.pdf", size=1,
                    stored_name=f"{area.id:030d}{subject[:2]}", media_type="application/pdf", sha256="0" * 64,
                    uploaded_at=area_moment(),
                ))  # fmt: skip
    session.expire_all()


@pytest.mark.parametrize("user", ["org_admin", "clerk", "supervisor"])
def test_page_of_one_matter_takes_as_many_statements_for_more_rows(
    session, city, businesses, signed_in, statements, user
):
    """An area change, a registration, a house and what is done with it: the page of one row is a page too."""
    change = session.scalar(select(Application.id).where(Application.number == f"BG2026{city.area.id:06d}"))
    house, client = city.houses[0], signed_in(user)
    house_change = session.scalar(select(HouseChange.id).where(HouseChange.area_id == city.area.id))
    pages = [
        f"/applications/{change}/", f"/houses/show/{house.id}", f"/units/show/{house.unit_id}",
        f"/buildings/show/{house.building_id}", f"/house-changes/show/{house_change}",
    ]  # fmt: skip
    pages += {
        "org_admin": [f"/area-change/{change}/", "/area-change/", "/registration/own"],
        "clerk": [
            f"/registrations/{city.company.id}/", f"/organisations/show/{city.company.id}", f"/houses/edit/{house.id}",
            *(f"/house-acts/{house.id}/{act}" for act in ("split", "merge", "sale", "owners")),
        ],
    }.get(user, [f"/registrations/{city.company.id}/"])  # fmt: skip
    before = {address: statements(client, address) for address in pages}
    more_around_one_matter(session, city)
    more_of_everything(session, city)
    after = {address: statements(client, address) for address in pages}
    assert {address: count for address, count in after.items() if count > MOST} == {}
    assert after == before


@pytest.mark.parametrize("user", ["agent", "clerk", "supervisor"])
def test_page_of_a_vote_a_notice_or_an_objection_takes_few_statements(session, businesses, signed_in, statements, user):
    client, own = signed_in(user), businesses.own
    objection = session.scalars(select(Objection.id).where(Objection.project_id == own.project.id)).one()
    pages = [f"/votes/{own.vote.id}/", f"/notices/{own.notice.id}/", f"/objections/{objection}/"]
    if user == "agent":
        pages += [f"/votes/{own.vote.id}/entry", f"/applications/new/initiation/{own.project.id}"]
    counted = {address: statements(client, address) for address in pages}
    assert {address: count for address, count in counted.items() if count > MOST} == {}
