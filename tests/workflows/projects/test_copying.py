"""复制: what the new draft has, what is left out and named, when a reason is asked; the old project stays as it was."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.domain.errors import Forbidden, NotYours, Refusal
from app.models import House, ItemShare, Notice, Project, Vote
from app.transaction import unit_of_work
from app.workflows.projects.copying import copy_project, findings
from app.workflows.projects.shares import CellEdit, save_cells
from tests.factories.repairs import YUAN, Repairs

pytestmark = pytest.mark.workflow
WHY = "设备老化，须再次维修"


@pytest.fixture
def repairs(session, city, cast) -> Repairs:
    return Repairs(session, city, cast)


@pytest.fixture
def source(repairs) -> Project:
    """Two items over three houses, running, 60 yuan paid."""
    first, second, third = repairs.houses([500 * YUAN] * 3)
    items = [{first: 100 * YUAN, second: 100 * YUAN}, {third: 90 * YUAN}]
    project = repairs.running(items, [60 * YUAN, 230 * YUAN])
    repairs.paid_out(project, 1, 60 * YUAN)
    return repairs.fresh(project)


def copied(repairs: Repairs, source: Project, name: str = "再修电梯", who: str = "agent", reason: str = WHY) -> Project:
    with unit_of_work() as session:  # without the ledger's check: houses end here by a stroke of the pen
        repairs.session = session
        new = copy_project(source.id, name, repairs.context(who), reason=reason)
    return repairs.fresh(new)


def shares(repairs: Repairs, project: Project) -> list[list[int]]:
    """The amounts of each item in the order of the houses."""
    query = select(ItemShare.item_id, ItemShare.amount).where(ItemShare.project_id == project.id)
    rows = repairs.session.execute(query.order_by(ItemShare.sort_key, ItemShare.house_id)).all()
    return [[amount for item, amount in rows if item == row.id] for row in project.items]


def change(repairs: Repairs, row, **values) -> None:
    with unit_of_work() as session:
        found = session.get(type(row), row.id)
        for name, value in values.items():
            setattr(found, name, value)


def test_copy_is_a_draft_with_items_shares_and_plan_and_nothing_else(repairs, source):
    new = copied(repairs, source)
    assert (new.number, new.state.value, new.name, new.reason) == ("WX2026000001", "draft", "再修电梯", "曳引机异响")
    assert (new.planned_start, new.fund_fixed, new.contact, new.phone) == (None, False, "李维", "13800000001")
    assert [(row.content, row.budget, row.contractor_id) for row in new.items] == [
        (row.content, row.budget, row.contractor_id) for row in source.items
    ]
    assert shares(repairs, new) == [[100 * YUAN, 100 * YUAN], [90 * YUAN]]
    assert [(row.condition, row.amount) for row in new.phases] == [("条件 1", 60 * YUAN), ("条件 2", 230 * YUAN)]
    for model in (Vote, Notice):
        assert repairs.session.scalars(select(model).where(model.project_id == new.id)).all() == []
    assert repairs.fresh(source).state.value == "running"
    assert sum(repairs.paid(source)) == 60 * YUAN


def test_equipment_in_an_unfinished_project_asks_for_a_reason(repairs, source):
    with pytest.raises(Refusal) as refusal:
        copied(repairs, source, reason=" ")
    assert (str(refusal.value.sentence), refusal.value.field) == ("请填写仍要维修的理由", "reason")
    number = source.number
    names = [row.equipment.name for row in source.items]
    assert [str(detail) for detail in refusal.value.details] == [
        f"“{name}”已在未办结的项目 {number} 中" for name in names
    ]
    assert {row.warning_reason for row in copied(repairs, source).items} == {WHY}


def test_what_is_no_longer_in_use_is_left_out_and_named(repairs, source):
    change(repairs, source.items[1].equipment, retired=True)
    change(repairs, source.items[0].contractor, active=False)
    house = repairs.session.scalars(
        select(House).join(ItemShare).where(ItemShare.item_id == source.items[0].id).order_by(House.id)
    ).first()
    change(repairs, house, ended_on=date(2026, 3, 1))
    source = repairs.fresh(source)
    found = findings(source, repairs.context("agent"))
    assert [str(sentence) for sentence in found.left_out] == [
        f"已停用的设施设备：{source.items[1].equipment.name}",
        f"已不在施工单位名册中的施工单位：{source.items[0].contractor.name}",
        f"已分户、合户的房屋 1 户：{house.label}",
    ]
    new = copied(repairs, source)
    assert [(row.position, row.contractor_id) for row in new.items] == [(1, None)]
    assert shares(repairs, new) == [[200 * YUAN]]  # the budget, split anew over the house that is left
    assert new.items[0].shares_stale is False


def test_typed_shares_are_kept_and_wait_when_a_house_is_gone(repairs, source):
    draft = copied(repairs, source)
    houses = list(repairs.session.scalars(select(ItemShare.house_id).where(ItemShare.item_id == draft.items[0].id)))
    edits = [CellEdit(houses[0], 100 * YUAN, 150 * YUAN), CellEdit(houses[1], 100 * YUAN, 50 * YUAN)]
    repairs.do("agent", lambda ctx: save_cells(draft.id, draft.items[0].id, edits, ctx))
    again = copied(repairs, repairs.fresh(draft))
    assert sorted(shares(repairs, again)[0]) == [50 * YUAN, 150 * YUAN]
    assert again.items[0].shares_stale is False
    change(repairs, repairs.session.get(House, houses[0]), ended_on=date(2026, 3, 1))
    last = copied(repairs, repairs.fresh(draft))
    assert shares(repairs, last)[0] == [50 * YUAN]
    assert last.items[0].shares_stale is True


def test_others_copy_nothing(repairs, source):
    with pytest.raises(NotYours):
        copied(repairs, source, who="other_agent")
    with pytest.raises(Forbidden):
        copied(repairs, source, who="clerk")


def test_nameless_copy_is_refused(repairs, source, session):
    with pytest.raises(Refusal, match="请填写项目名称"):
        copied(repairs, source, name=" ")
    session.rollback()
    assert len(session.scalars(select(Project)).all()) == 1
