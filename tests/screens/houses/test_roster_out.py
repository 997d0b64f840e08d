"""The house roster comes out in the columns it goes in with, and goes in again as the same houses and sums."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select
from stdnum.iso7064 import mod_11_2

from app.domain.enums import SaleState
from app.models import Area, AuditEvent, House, OpeningBatch, Owner, Ownership
from app.spreadsheets.roster import columns, read_roster, summarise
from app.transaction import unit_of_work
from app.workflows.roster.owners import identity_hash
from app.workflows.roster.store import store_roster
from tests.conftest import post
from tests.factories import premises
from tests.factories.repairs import Repairs

TODAY = date(2026, 3, 2)


@pytest.fixture
def sheet(signed_in, city):
    """The roster of the area as it comes out, read as an import reads it."""

    def export(**more):
        answer = post(signed_in("clerk"), "/roster/export", {"area": city.area.id, **more})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return read_roster(answer.get_data(), today=TODAY)

    return export


@pytest.fixture
def shared(session, city) -> House:
    """1幢1单元102 has a second owner; the shop belongs to an enterprise; 201 is ended; all numbers are valid."""
    with unit_of_work() as work:
        house = work.get(House, city.houses[1].id)
        second = premises.add_owner(work, city.area, "王共")
        work.add(Ownership(house_id=house.id, owner_id=second.id, position=2, since=date(2022, 1, 1)))
        shop = work.get(Owner, city.houses[10].owner_id)
        for owner in work.scalars(select(Owner).where(Owner.area_id == city.area.id).order_by(Owner.id)):
            body = f"11010519800101{owner.id:03d}"
            owner.identity_number = body + mod_11_2.calc_check_digit(body)
            owner.identity_hash = identity_hash(owner.identity_number)
        shop.identity_number = "91350100M000100Y43"
        shop.identity_hash, shop.phone = identity_hash(shop.identity_number), "057188880001"
        work.get(House, city.houses[2].id).ended_on = TODAY
    return house


def test_roster_out_and_in_again_gives_the_same_counts_and_sums(session, cast, city, shared, sheet):
    out = sheet(personal="1")
    assert out.faults == []
    summary = summarise(out)
    assert (summary.rows, summary.unsold, summary.floor_area) == (11, 1, 103_561 - 12050)
    assert (summary.principal, summary.interest) == (10_550_000 - 1_500_000, 90_296 - 20_001)
    with unit_of_work() as work:
        empty = premises.add_area(work, city.district, city.escrow, "新苑")
    with unit_of_work():
        area = session.get(Area, empty.id)
        store_roster(area, out, Repairs(session, city, cast).context("clerk"), file_name="安居苑.xlsx")
    session.rollback()
    batch = session.scalars(select(OpeningBatch).where(OpeningBatch.area_id == empty.id)).one()
    assert (batch.house_count, batch.principal_total, batch.interest_total) == (11, 9_050_000, 70_295)
    living = select(House.label).where(House.ended_on.is_(None)).order_by(House.sort_key)
    labels = [session.scalars(living.where(House.area_id == key)).all() for key in (city.area.id, empty.id)]
    assert labels[0] == labels[1]
    owned = (
        select(Owner.name, House.label).join(Ownership, Ownership.owner_id == Owner.id)
        .join(House, House.id == Ownership.house_id).where(House.ended_on.is_(None))
        .order_by(House.sort_key, Owner.name)
    )  # fmt: skip
    owners = [session.execute(owned.where(House.area_id == key)).all() for key in (city.area.id, empty.id)]
    assert len(owners[0]) == 11
    assert owners[0] == owners[1]


def test_without_personal_data_numbers_and_phones_stay_inside(session, sheet, shared):
    rows = [values for _, values in sheet().rows]
    assert {(row["identity_number"], row["phone"]) for row in rows} == {(None, None)}
    assert [row["owner"] for row in rows][:2] == ["张一", "张二、王共"]
    session.rollback()
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.action, event.summary) == ("export_roster", "导出房屋清册 安居苑：11 户")


def test_personal_data_is_in_the_trail(session, sheet, shared):
    rows = {values["room"] + values["building"]: values for _, values in sheet(personal="1").rows}
    assert rows["S12幢"]["identity_number"] == "91350100M000100Y43"
    session.rollback()
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event.summary == "导出房屋清册 安居苑：11 户，含证件号码和电话"


def test_only_the_clerk_exports_a_roster(signed_in, city):
    for who in ("agent", "org_admin", "reviewer", "finance", "auditor"):
        assert post(signed_in(who), "/roster/export", {"area": city.area.id}).status_code == 403


def test_area_is_needed(signed_in, city):
    answer = post(signed_in("clerk"), "/roster/export", {})
    assert answer.status_code == 422
    assert "请选择物业区域" in answer.get_data(as_text=True)


def test_columns_are_those_of_the_template():
    assert [column.header for column in columns()] == [
        "楼幢", "单元", "房号", "层", "建筑面积", "面积依据", "用途", "销售状态", "业主姓名", "证件号码", "电话",
        "首期交存额", "交存日期", "期初本金", "期初利息",
    ]  # fmt: skip
    assert SaleState.SOLD.label == "已售"


def test_empty_area_gives_an_empty_sheet(session, signed_in, city):
    with unit_of_work() as work:
        empty = premises.add_area(work, city.district, city.escrow, "新苑")
    answer = post(signed_in("clerk"), "/roster/export", {"area": empty.id})
    assert answer.status_code == 200
    assert session.scalar(select(func.count()).where(House.area_id == empty.id)) == 0
