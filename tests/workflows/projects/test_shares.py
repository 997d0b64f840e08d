"""Sharing range and shares of an item, with figures worked out by hand (areas 0.01 m², amounts fen)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.domain.enums import HouseUse, ShareMethod
from app.domain.errors import Conflict, NotYours, Refusal
from app.models import House, ItemShare
from app.workflows.projects import items, shares, sharing
from app.workflows.projects.shares import CellEdit
from app.workflows.projects.sharing import Houses

pytestmark = pytest.mark.workflow


def stored(desk, item) -> dict[str, int]:
    """{label: amount} in the order of the houses."""
    rows = desk.session.execute(
        select(House.label, ItemShare.amount)
        .join(House, House.id == ItemShare.house_id)
        .where(ItemShare.item_id == item.id)
        .order_by(ItemShare.sort_key)
    )
    return dict(rows.all())


def test_range_starts_from_the_units_houses(desk, city):
    project = desk.draft(city.equipment[0])  # 1幢1单元's lift
    assert list(stored(desk, project.items[0])) == ["1幢1单元101", "1幢1单元102", "1幢1单元201"]


def test_range_starts_from_the_buildings_houses_without_parking(desk, city):
    project = desk.draft(city.equipment[2])  # 2幢's roof: four flats and a shop, no parking space
    assert list(stored(desk, project.items[0])) == [
        "2幢S1", "2幢1单元101", "2幢1单元102", "2幢1单元201", "2幢1单元202",
    ]  # fmt: skip


def test_range_of_the_areas_equipment_is_the_whole_area(desk, city):
    project = desk.draft(city.equipment[3])
    assert len(stored(desk, project.items[0])) == 11


def test_parking_bears_where_the_areas_setting_says_so(desk, city):
    desk.set(city.area, parking_bears=True)
    project = desk.draft(city.equipment[3])
    assert len(stored(desk, project.items[0])) == 12


def test_budget_is_split_by_area_with_largest_remainder(desk, city):
    """1,000.00 over 89.46 / 89.46 / 120.50 (29942): quotas 29877.76, 29877.76, 40244.47; the two cents go to the
    largest remainders, which are equal and come first."""
    project = desk.draft(city.equipment[0], budget=100_000)
    item = project.items[0]
    assert desk.act(shares.split_budget, project, item.id) == 3
    assert stored(desk, item) == {"1幢1单元101": 29878, "1幢1单元102": 29878, "1幢1单元201": 40244}
    assert (desk.fresh(item).shares_stale, item.share_method) == (False, ShareMethod.BY_AREA)


def test_split_without_budget_is_refused(desk, city):
    project = desk.draft(city.equipment[0])
    with pytest.raises(Refusal) as refusal:
        desk.act(shares.split_budget, project, project.items[0].id)
    assert str(refusal.value.sentence) == "请先填写“1号电梯”的预算金额"


def test_changed_budget_asks_for_new_shares(desk, city):
    project = desk.draft(city.equipment[0], budget=100_000)
    item = project.items[0]
    desk.act(shares.split_budget, project, item.id)
    desk.act(items.save_items, project, [items.ItemEdit(item.id, budget=100_001)])
    assert desk.fresh(item).shares_stale is True


def test_removed_house_asks_for_new_shares_and_takes_its_share_along(desk, city):
    project = desk.draft(city.equipment[0], budget=100_000)
    item = project.items[0]
    desk.act(shares.split_budget, project, item.id)
    assert desk.act(sharing.remove_houses, project, item.id, Houses(ids=(city.houses[0].id,))) == 1
    assert stored(desk, item) == {"1幢1单元102": 29878, "1幢1单元201": 40244}
    assert desk.fresh(item).shares_stale is True


def test_houses_are_added_by_building_and_by_filter(desk, city):
    project = desk.draft(city.equipment[0])
    item = project.items[0]
    assert (
        desk.act(sharing.add_houses, project, item.id, Houses(building_id=city.buildings[0].id, everything=True)) == 3
    )
    assert desk.act(sharing.add_houses, project, item.id, Houses(search="周八", everything=True)) == 1
    shop = Houses(use=HouseUse.NON_RESIDENTIAL, everything=True)
    assert desk.act(sharing.add_houses, project, item.id, shop) == 1
    assert len(stored(desk, item)) == 8


def test_parking_space_is_not_added(desk, city):
    project = desk.draft(city.equipment[0])
    parking = next(house for house in city.houses if house.use is HouseUse.PARKING)
    with pytest.raises(Refusal) as refusal:
        desk.act(sharing.add_houses, project, project.items[0].id, Houses(ids=(parking.id,)))
    assert str(refusal.value.sentence) == "所选房屋已在分摊范围内，或属于不参与分摊的车位、物管用房"


def test_house_of_another_area_does_not_exist(desk, city):
    project = desk.draft(city.equipment[0])
    with pytest.raises(NotYours):
        desk.act(sharing.add_houses, project, project.items[0].id, Houses(ids=(city.other.houses[0].id,)))


def test_range_goes_back_to_the_location(desk, city):
    project = desk.draft(city.equipment[0])
    item = project.items[0]
    desk.act(sharing.remove_houses, project, item.id, Houses(everything=True))
    assert desk.act(sharing.reset_range, project, item.id) == 3


def test_typed_cells_are_stored_and_wait_for_merging(desk, city):
    project = desk.draft(city.equipment[0], budget=100_000)
    item = project.items[0]
    desk.act(shares.split_budget, project, item.id)
    cells = [CellEdit(city.houses[0].id, 29878, 30000), CellEdit(city.houses[1].id, 29878, 29878)]
    assert desk.act(shares.save_cells, project, item.id, cells) == 1
    assert stored(desk, item) == {"1幢1单元101": 30000, "1幢1单元102": 29878, "1幢1单元201": 40244}
    fresh = desk.fresh(item)
    assert (fresh.share_method, fresh.shares_stale, fresh.budget) == (ShareMethod.IMPORTED, True, 100_000)
    assert desk.act(shares.merge_shares, project, item.id) == 100_122
    fresh = desk.fresh(item)
    assert (fresh.budget, fresh.shares_stale) == (100_122, False)


def test_imported_amounts_set_the_budget_by_merging(desk, city):
    project = desk.draft(city.equipment[0])
    item = project.items[0]
    amounts = {house.id: amount for house, amount in zip(city.houses[:3], (10_000, 20_050, 0), strict=True)}
    desk.act(shares.import_shares, project, item.id, amounts)
    assert desk.act(shares.merge_shares, project, item.id) == 30_050


def test_import_is_refused_when_the_range_has_changed_since(desk, city):
    project = desk.draft(city.equipment[0])
    amounts = {house.id: 100 for house in city.houses[:2]}
    with pytest.raises(Refusal) as refusal:
        desk.act(shares.import_shares, project, project.items[0].id, amounts)
    assert str(refusal.value.sentence) == "分摊范围在核对之后已改变，请重新导出、填写后再导入"


def test_merging_nothing_is_refused(desk, city):
    project = desk.draft(city.equipment[0])
    with pytest.raises(Refusal) as refusal:
        desk.act(shares.merge_shares, project, project.items[0].id)
    assert str(refusal.value.sentence) == "“1号电梯”的分摊金额合计为零，请先填写或导入分摊金额"


def test_cell_that_somebody_else_changed_is_named_with_both_amounts(desk, city):
    project = desk.draft(city.equipment[0], budget=100_000)
    item, house = project.items[0], city.houses[0]
    desk.act(shares.split_budget, project, item.id)
    drawn = desk.fresh(project).version
    desk.act(shares.save_cells, project, item.id, [CellEdit(house.id, 29878, 31000)])
    with pytest.raises(Conflict) as conflict:
        desk.act(shares.save_cells, project, item.id, [CellEdit(house.id, 29878, 32000)], version=drawn)
    (clash,) = conflict.value.clashes
    assert (clash.row, clash.drawn, clash.theirs, clash.mine) == ("1幢1单元101", "298.78", "310.00", "320.00")
    assert stored(desk, item)["1幢1单元101"] == 31000


def test_cells_of_other_houses_may_be_saved_side_by_side(desk, city):
    project = desk.draft(city.equipment[0], budget=100_000)
    item = project.items[0]
    desk.act(shares.split_budget, project, item.id)
    drawn = desk.fresh(project).version
    desk.act(shares.save_cells, project, item.id, [CellEdit(city.houses[0].id, 29878, 31000)])
    desk.act(shares.save_cells, project, item.id, [CellEdit(city.houses[1].id, 29878, 28000)], version=drawn)
    assert stored(desk, item) == {"1幢1单元101": 31000, "1幢1单元102": 28000, "1幢1单元201": 40244}


def test_cell_of_a_house_outside_of_the_range_does_not_exist(desk, city):
    project = desk.draft(city.equipment[0])
    with pytest.raises(NotYours):
        desk.act(shares.save_cells, project, project.items[0].id, [CellEdit(city.houses[5].id, 0, 100)])
