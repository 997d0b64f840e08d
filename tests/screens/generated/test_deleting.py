"""What something hangs on is not deleted, and the sentence says what hangs on it, with counts, in Chinese."""

from __future__ import annotations

import pytest
from flask_appbuilder import Model
from sqlalchemy import func, select

import app.views
from app.models import (
    Area,
    Building,
    Contractor,
    District,
    EquipmentCategory,
    EscrowAccount,
    HouseAccount,
    Owner,
    RequiredAttachment,
    ServiceContract,
    Unit,
)
from app.screens import labels
from app.screens.base import Table
from app.transaction import unit_of_work
from tests.conftest import post
from tests.factories import premises
from tests.screens.generated.forms import edit, errors, text_of


def tables() -> list[type[Table]]:
    """Every generated screen that deletes."""
    found, waiting = [], [Table]
    while waiting:
        screen = waiting.pop()
        waiting += screen.__subclasses__()
        if "delete" in (getattr(screen, "include_route_methods", None) or ()):
            found.append(screen)
    return sorted(found, key=lambda screen: screen.__name__)


def test_whatever_may_hang_on_a_row_has_a_chinese_name():
    assert app.views.MENU
    nameless = set()
    for screen in tables():
        for other in Model.metadata.sorted_tables:
            if any(key.column.table is screen.model.__table__ for key in other.foreign_keys):
                nameless |= {other.name} - labels.TABLES.keys()
    assert nameless == set()


REFUSED = {
    "districts": (District, "/districts", "clerk", "不能删除区县“城中区”：还有2 条物业区域与它关联"),
    "areas": (
        Area, "/areas", "clerk",
        "不能删除物业区域“安居苑”：还有2 条楼幢、4 条设施设备、12 条分户账、12 条房屋、1 条期初余额批次、10 条业主、"
        "1 条物业服务合同、3 条单元与它关联",
    ),
    "buildings": (Building, "/buildings", "clerk", "不能删除楼幢“1幢”：还有2 条设施设备、6 条房屋、2 条单元与它关联"),
    "units": (Unit, "/units", "clerk", "不能删除单元“1幢1单元”：还有1 条设施设备、3 条房屋与它关联"),
    "owners": (Owner, "/owners", "clerk", "不能删除业主“张一”：还有2 条房屋、2 条产权记录与它关联"),
    "categories": (
        EquipmentCategory, "/equipment-categories", "clerk", "不能删除设备分类“电梯”：还有1 条设备分类与它关联",
    ),
    "escrow": (
        EscrowAccount, "/escrow-accounts", "finance",
        "不能删除专户“云溪银行城中支行 33010100000001”：还有1 条物业区域、12 条分户账、1 条专户科目与它关联",
    ),
    "contractors": (
        Contractor, "/contractors", "agent", "不能删除施工单位“云溪电梯工程有限公司”：还有1 条收款账户与它关联",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_row_with_others_hanging_on_it_stays(signed_in, session, city, name):
    model, base, who, sentence = REFUSED[name]
    row = session.scalars(select(model).order_by(model.id)).first()
    answer = post(signed_in(who), f"{base}/delete/{row.id}")
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    session.rollback()
    assert session.get(model, row.id) is not None


def test_house_with_money_or_projects_stays_with_its_ownerships(signed_in, session, businesses, city):
    house = city.houses[0]
    answer = post(signed_in("clerk"), f"/houses/delete/{house.id}")
    told = "1 条表决票、1 条业主自筹收款、1 条收益分摊清册、1 条分户账、1 条分摊明细、1 条公示清册、1 条异议、"
    told += "1 条期初余额明细、2 条分录、1 条项目分户、1 条受益范围"
    assert f"不能删除房屋“1幢1单元101”：还有{told}与它关联" in text_of(answer)
    session.rollback()
    assert session.get(Owner, house.owner_id) is not None


def test_contract_on_which_projects_rest_stays(signed_in, session, businesses, city):
    answer = post(signed_in("clerk"), f"/service-contracts/delete/{city.contract.id}")
    told = "不能删除这份合同：该机构在该区域还有1 条维修项目、1 条业务单；合同终止的请填写终止日期"
    assert told in text_of(answer)
    session.rollback()
    assert session.get(ServiceContract, city.contract.id) is not None


def test_required_attachment_that_was_handed_in_stays(signed_in, session, businesses, city):
    row = session.scalars(select(RequiredAttachment).where(RequiredAttachment.name == f"要件{city.area.id}")).one()
    answer = post(signed_in("clerk"), f"/requirements/delete/{row.id}")
    assert f"不能删除要件清单“{row.name}”：还有1 条机构收件记录、1 条收件记录与它关联" in text_of(answer)


def test_area_with_a_revenue_account_stays(signed_in, session, businesses, city):
    answer = post(signed_in("clerk"), f"/areas/delete/{city.area.id}")
    assert "不能删除物业区域“安居苑”：还有 1 个收益户" in text_of(answer)


def test_escrow_account_of_an_area_without_money_is_changed_with_its_empty_accounts(signed_in, session, city):
    with unit_of_work() as work:
        area = premises.add_area(work, city.district, city.escrow, "新苑")
        building = Building(area=area, name="1幢", sort_key="1")
        work.add(building)
        work.flush()
        house = premises.add_house(work, building, None, "101", 5000)
        work.add(HouseAccount(house_id=house.id, area_id=area.id, escrow_account_id=city.escrow.id))
    other = city.other.escrow.id
    data = {"district_id": area.district_id, "name": area.name, "escrow_account_id": other}
    assert errors(edit(signed_in("clerk"), f"/areas/edit/{area.id}", data)) == {}
    session.rollback()
    assert session.scalar(select(HouseAccount.escrow_account_id).where(HouseAccount.area_id == area.id)) == other
    assert session.scalar(select(func.count()).where(HouseAccount.escrow_account_id == other)) == 13
