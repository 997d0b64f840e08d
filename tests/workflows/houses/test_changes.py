"""Split, merge and sale of houses by the clerk: houses, money, owners, records; what each refuses."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import select

from app.domain.enums import EntryKind, HouseUse, SaleState
from app.domain.errors import Conflict, Forbidden, Refusal
from app.models import AuditEvent, House, HouseSuccession, JournalEntry, Owner, Ownership
from app.transaction import unit_of_work
from app.workflows.houses import actions
from app.workflows.houses.owners import CoOwner, Person, save_co_owners
from app.workflows.houses.plans import Part, Plan
from tests.workflows.houses.conftest import MERGE, SALE, SPLIT, TODAY, Register, split_plan


def refusal(what) -> tuple[str, str | None]:
    with pytest.raises(Refusal) as refused:
        what()
    return str(refused.value), refused.value.field


def test_split_makes_new_houses_with_money_deposit_and_owners(register: Register, city):
    """1幢1单元101: 89.46 m², first deposit 10,000.00, principal 12,000.00, interest 123.45, of 张一.

    46.00 : 43.46. Principal 12000 × 46 ÷ 89.46 = 6170.3554…, × 43.46 = 5829.6445…: 6,170.36 and 5,829.64.
    Interest 63.4775…, 59.9724…: down 63.47 and 59.97, the fen left over to .75…: 63.48 and 59.97.
    Deposit 5141.9629…, 4858.0371…: 5,141.96 and 4,858.04.
    """
    old = city.houses[0]
    first, second = register.split(old, ("101", 4600), ("101A", 4346))
    assert [house.label for house in (first, second)] == ["1幢1单元101", "1幢1单元101A"]
    assert register.money(old, first, second) == [(0, 0), (6170_36, 63_48), (5829_64, 59_97)]
    assert [house.first_deposit for house in (first, second)] == [5141_96, 4858_04]
    assert [(house.floor_area, house.use, house.sale_state) for house in (first, second)] == [
        (4600, HouseUse.RESIDENTIAL, SaleState.SOLD), (4346, HouseUse.RESIDENTIAL, SaleState.SOLD),
    ]  # fmt: skip
    assert register.session.get(House, old.id).ended_on == TODAY
    assert register.owned(old) == [("张一", 1, date(2021, 5, 1), TODAY)]
    assert register.owned(first) == register.owned(second) == [("张一", 1, TODAY, None)]


def test_split_is_recorded_with_entry_successions_and_event(register: Register, city, cast):
    old = city.houses[0]
    change = register.change(SPLIT, old, split_plan(old, ("101", 4600), ("101A", 4346)))
    entry = register.session.get_one(JournalEntry, change.entry_id)
    assert (entry.kind, entry.business_key, entry.amount) == (EntryKind.SPLIT, f"split:{change.id}", 12123_45)
    assert (change.area_id, change.user_id, change.takes_effect_on) == (city.area.id, cast.clerk.id, TODAY)
    rows = register.session.scalars(select(HouseSuccession).order_by(HouseSuccession.after_id))
    assert [(row.before_id, row.floor_area) for row in rows] == [(old.id, 4600), (old.id, 4346)]
    event = register.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.action, event.summary) == ("house_split", "分户：1幢1单元101")


def test_part_with_owners_of_its_own(register: Register, city):
    old = city.houses[2]
    persons = (Person("钱新", None, "13800138000"), Person("孙新"))
    plan = split_plan(old, ("201", 6000), ("201A", 6050), owners=persons)
    first, second = register.after(register.change(SPLIT, old, plan))
    assert register.owned(first) == [("钱新", 1, TODAY, None), ("孙新", 2, TODAY, None)]
    assert register.owned(second) == [("李三", 1, TODAY, None)]
    assert first.owner.name == "钱新"


def test_merge_adds_area_deposit_money_and_owners(register: Register, city):
    """1幢2单元101 (李四, 9,000.00) and 102 (王五, 1,500.00 + 0.50), 99.33 m² each."""
    a, b = city.houses[3], city.houses[4]
    whole = register.merge(a, b, room="101")
    assert (whole.label, whole.floor_area, whole.first_deposit) == ("1幢2单元101", 19866, 20000_00)
    assert register.money(a, b, whole) == [(0, 0), (0, 0), (10500_00, 50)]
    assert register.owned(whole) == [("李四", 1, TODAY, None), ("王五", 2, TODAY, None)]


def test_merge_across_units_stands_in_the_unit_chosen(register: Register, city):
    whole = register.merge(city.houses[0], city.houses[3], room="101")
    assert (whole.label, whole.unit_id) == ("1幢1单元101", city.houses[0].unit_id)


def test_number_of_an_ended_house_may_be_used_again(register: Register, city):
    old = city.houses[0]
    again, other = register.split(old, ("101", 4600), ("101A", 4346))
    assert (again.label, again.id != old.id) == (old.label, True)
    third, _fourth = register.split(again, ("101", 2300), ("101B", 2300))
    assert third.label == old.label
    query = select(House.ended_on).where(House.label == old.label).order_by(House.id)
    assert register.session.scalars(query).all() == [TODAY, TODAY, None]
    assert other.ended_on is None


def test_sale_keeps_the_money_and_records_both_owners(register: Register, city):
    house = city.houses[0]
    entries = register.session.query(JournalEntry).count()
    change = register.sell(house, "何新", "吕新", day=date(2026, 2, 27))
    assert register.owned(house) == [
        ("张一", 1, date(2021, 5, 1), date(2026, 2, 27)),
        ("何新", 1, date(2026, 2, 27), None),
        ("吕新", 2, date(2026, 2, 27), None),
    ]
    assert register.money(house) == [(12000_00, 123_45)]
    assert (change.entry_id, register.session.query(JournalEntry).count()) == (None, entries)
    assert register.session.get(House, house.id).owner.name == "何新"
    begun = register.session.scalars(select(Ownership.change_id).where(Ownership.house_id == house.id))
    assert set(begun) == {None, change.id}


def test_sale_of_an_unsold_house_makes_it_sold(register: Register, city):
    house = city.houses[9]
    register.sell(house, "何新")
    assert (register.session.get(House, house.id).sale_state, house.owner.name) == (SaleState.SOLD, "何新")


def test_buyer_known_by_the_identity_number_is_the_same_row(register: Register, city):
    known = city.houses[1].owner
    number = known.identity_number
    plan = Plan(TODAY, "买卖", owners=(Person(known.name, number, "13900139000"),))
    register.change(SALE, city.houses[3], plan)
    assert register.session.get(House, city.houses[3].id).owner_id == known.id
    assert register.session.get(Owner, known.id).phone == "13900139000"


def test_identity_number_under_another_name_is_refused_at_its_row(register: Register, city):
    number = city.houses[1].owner.identity_number
    plan = Plan(TODAY, "买卖", owners=(Person("何新"), Person("别人", number, place=1)))
    assert refusal(lambda: register.change(SALE, city.houses[3], plan)) == (
        "该证件号码已登记为“张二”，请核对姓名或证件号码", "owner-1",
    )  # fmt: skip


REFUSED_SPLITS = {
    "one part": ((("101", 8946),), "请分为 2 至 50 户", "room-0"),
    "areas short": (
        (("101", 4600), ("101A", 4345)),
        "各户建筑面积合计 89.45 m²，须等于原面积 89.46 m²，相差 0.01 m²", "floor_area-1",
    ),
    "areas over": (
        (("101", 4600), ("101A", 4347)),
        "各户建筑面积合计 89.47 m²，须等于原面积 89.46 m²，相差 0.01 m²", "floor_area-1",
    ),
    "same room": ((("101", 4600), ("101", 4346)), "房号与第 1 户相同", "room-1"),
    "taken room": ((("101", 4600), ("102", 4346)), "1幢1单元已有房号 102，同一单元内房号不能重复", "room-1"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED_SPLITS)
def test_split_is_refused_at_the_field(register: Register, city, case):
    parts, sentence, field = REFUSED_SPLITS[case]
    assert refusal(lambda: register.split(city.houses[0], *parts)) == (sentence, field)
    assert register.session.get(House, city.houses[0].id).ended_on is None


DAYS = {
    date(2026, 3, 3): "生效日期不能晚于今天",
    date(2021, 4, 30): "生效日期不能早于 2021-05-01：该日是上次变更或现业主取得产权之日",
    None: "请填写生效日期",
}


@pytest.mark.parametrize("day", DAYS)
def test_day_to_come_or_before_the_last_change_is_refused(register: Register, city, day):
    assert refusal(lambda: register.sell(city.houses[0], "何新", day=day)) == (DAYS[day], "takes_effect_on")


def test_second_sale_before_the_first_is_refused(register: Register, city):
    register.sell(city.houses[0], "何新", day=date(2026, 2, 1))
    told, _field = refusal(lambda: register.sell(city.houses[0], "吕新", day=date(2026, 1, 31)))
    assert told == "生效日期不能早于 2026-02-01：该日是上次变更或现业主取得产权之日"


def test_reason_and_new_owner_are_needed(register: Register, city):
    house = city.houses[0]
    owner = (Person("何新"),)
    told = refusal(lambda: register.change(SALE, house, Plan(TODAY, " ", owners=owner)))
    assert told == ("请填写原因或依据", "reason")
    assert refusal(lambda: register.change(SALE, house, Plan(TODAY, "买卖"))) == ("请填写新业主", "owner-0")
    same = (Person("张一", house.owner.identity_number),)
    told = refusal(lambda: register.change(SALE, house, Plan(TODAY, "买卖", owners=same)))
    assert told == ("新业主与现业主相同", "owner-0")


def test_merge_of_other_buildings_unsold_houses_or_one_house_is_refused(register: Register, city):
    one, other_building, unsold, sold = (city.houses[place] for place in (0, 6, 9, 8))
    assert refusal(lambda: register.merge(one, other_building)) == ("只能合并同一楼幢的房屋", "others")
    assert refusal(lambda: register.merge(sold, unsold)) == ("已售与未售的房屋不能合户，请先办理过户", "others")
    assert refusal(lambda: register.merge(one)) == ("请选择 2 至 50 套房屋合户", "others")


def test_unsold_house_is_split_without_owners(register: Register, city):
    old = city.houses[9]
    plan = split_plan(old, ("202", 5000), ("202A", 5101), owners=(Person("何新"),))
    told = refusal(lambda: register.change(SPLIT, old, plan))
    assert told == ("未售的房屋没有业主；已售出的请办理过户", "owner-0")
    parts = register.split(old, ("202", 5000), ("202A", 5101))
    assert [(house.sale_state, house.owner_id) for house in parts] == [(SaleState.UNSOLD, None)] * 2


def test_ended_house_changes_no_more(register: Register, city):
    old = city.houses[0]
    register.split(old, ("101", 4600), ("101A", 4346))
    sentence = "1幢1单元101 已于 2026-03-02 注销，不能再变更"
    assert refusal(lambda: register.split(old, ("101B", 4600), ("101C", 4346))) == (sentence, None)
    assert refusal(lambda: register.sell(old, "何新")) == (sentence, None)


def test_only_the_clerk_changes_houses(register: Register, city):
    for who in ("agent", "reviewer", "supervisor", "finance", "auditor"):
        with pytest.raises(Forbidden):
            register.sell(city.houses[0], "何新", who=who)


def test_figures_that_moved_since_the_preview_are_not_done(register: Register, city):
    told, _field = refusal(lambda: register.split(city.houses[0], ("101", 4600), ("101A", 4346), seen="old"))
    assert told == "内容或余额与预览时不同，请核对新的预览后再确认"


def test_page_drawn_before_another_change_is_a_conflict(register: Register, city):
    house = city.houses[0]
    register.sell(house, "何新")
    with pytest.raises(Conflict) as refused:
        register.sell(house, "吕新", version=1)
    assert str(refused.value) == "已被他人处理，请刷新后再看"


def test_co_owners_are_added_ordered_and_taken_out(register: Register, city):
    house = city.houses[0]
    first = house.owner_id

    def save(*rows):
        return register.repairs.do("clerk", lambda ctx: save_co_owners(house.id, rows, ctx, version=None))

    save(CoOwner(person=Person("赵新")), CoOwner(owner_id=first))
    assert register.owned(house) == [("张一", 2, date(2021, 5, 1), None), ("赵新", 1, TODAY, None)]
    assert register.session.get(House, house.id).owner.name == "赵新"
    save(CoOwner(owner_id=first))
    assert register.owned(house) == [("张一", 1, date(2021, 5, 1), None), ("赵新", 1, TODAY, TODAY)]
    told = refusal(lambda: save(CoOwner(person=Person("别人"))))
    assert told == ("业主全部更换的，请办理过户", "owner-0")
    assert refusal(save) == ("已售的房屋至少有一位业主", "owner-0")


def test_lineage_runs_through_splits_and_merges(register: Register, city):
    old = city.houses[0]
    a, b = register.split(old, ("101", 4600), ("101A", 4346))
    whole = register.merge(a, b, room="101")
    assert register.money(old, a, b, whole) == [(0, 0), (0, 0), (0, 0), (12000_00, 123_45)]
    assert (whole.floor_area, whole.first_deposit) == (old.floor_area, old.first_deposit)


def test_preview_changes_nothing(register: Register, city):
    house = city.houses[0]
    with unit_of_work() as session:
        plan = split_plan(house, ("101", 4600), ("101A", 4346))
        shown = actions.preview(SPLIT, house.id, plan, register.repairs.context("clerk"))
        assert [(row.label, row.principal, row.interest, row.owners) for row in shown.after] == [
            ("1幢1单元101", 6170_36, 63_48, "张一"), ("1幢1单元101A", 5829_64, 59_97, "张一"),
        ]  # fmt: skip
        assert (shown.total("principal"), shown.total("floor_area")) == (12000_00, 8946)
        assert not session.dirty
        assert not session.new
    assert register.session.query(House).count() == 24


def test_merge_preview_names_all_owners(register: Register, city):
    a, b = city.houses[3], city.houses[4]
    plan = Plan(TODAY, "打通", parts=(Part(a.unit_id, "1", "101", 0, a.use),), others=(b.id,))
    with unit_of_work():
        shown = actions.preview(MERGE, a.id, plan, register.repairs.context("clerk"))
    assert [(row.label, row.floor_area, row.balance, row.owners) for row in shown.after] == [
        ("1幢2单元101", 19866, 10500_50, "李四、王五")
    ]
    assert register.repairs.now == datetime(2026, 3, 2, 9, 0)
