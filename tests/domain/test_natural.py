"""Natural order as plain strings."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.natural import MAX_KEY, house_sort_key, house_sorter, natural_key


@pytest.mark.parametrize(
    "ordered",
    [
        ["1号楼", "2号楼", "10号楼", "11号楼", "101号楼"],
        ["一号楼", "二号楼", "九号楼", "十号楼", "十一号楼", "二十号楼", "二十一号楼", "一百零三号楼"],
        ["第一期", "第二期", "第十期"],
        ["负三层", "-2", "负一层", "1", "二层", "10层", "３０层"],
        ["地下2层", "地下一层", "1层"],
        ["1-101", "1-201", "1-1001", "2-101", "10-101"],
        ["A1栋", "A2栋", "A10栋", "B1栋"],
        ["1栋", "2栋", "10栋", "商铺", "地下车库"],
        ["101", "101A", "101B", "102"],
        ["一〇一", "一〇二", "一一〇"],
        [None, "-1", "0", "1", "99999999999", "100000000000"],
    ],
)
def test_natural_key_orders_names_as_people_do(ordered):
    shuffled = random.Random(1).sample(ordered, len(ordered))
    assert sorted(shuffled, key=natural_key) == ordered


def test_natural_key_of_the_same_number_written_differently_is_the_same():
    assert {natural_key(text) for text in ("2", "02", "２", "二", " 2 ", 2)} == {"5012"}


def test_natural_key_is_readable():
    assert natural_key("10号楼") == "50210号楼"
    assert natural_key("") == natural_key(None) == ""


HOUSES = [
    ("1栋", "1单元", "-2", "-201"),
    ("1栋", "1单元", "B1", "-101"),
    ("1栋", "1单元", "-1", "-102"),
    ("1栋", "1单元", 1, "101"),
    ("1栋", "1单元", 2, "201"),
    ("1栋", "1单元", 10, 1001),
    ("1栋", "2单元", 1, "101"),
    ("1栋", "10单元", 1, "101"),
    ("2栋", None, 1, "101"),
    ("2栋", "1单元", 1, "101"),
    ("10栋", "1单元", 1, "101"),
    ("商铺", None, 1, "1"),
    ("地下车库", None, -1, "12"),
]


def test_house_sort_key_orders_a_small_city():
    assert sorted(random.Random(2).sample(HOUSES, len(HOUSES)), key=lambda house: house_sort_key(*house)) == HOUSES


def test_house_sorter_gives_the_same_keys():
    sort_key = house_sorter()
    assert [sort_key(*map(str, house)) for house in HOUSES] == [house_sort_key(*map(str, house)) for house in HOUSES]


def test_house_sort_key_in_binary_order_of_utf8_is_the_same_order():
    keys = [house_sort_key(*house) for house in HOUSES]
    assert sorted(keys, key=str.encode) == sorted(keys) == keys


TEXTS = st.one_of(
    st.none(), st.integers(), st.text(max_size=300), st.from_regex(r"(负|-|地下)?[0-9一二十]{0,5}[号楼]?")
)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_house_sort_key_of_anything_is_bounded_and_printable(building, unit, floor, room):
    key = house_sort_key(building, unit, floor, room)
    assert len(key) <= MAX_KEY
    assert key.count(" ") == 3
    assert key.isprintable()


@given(TEXTS)
def test_natural_key_of_anything_is_bounded_and_printable(text):
    key = natural_key(text)
    assert len(key) <= MAX_KEY
    assert key.isprintable()


@given(st.integers(-(10**30), 10**30), st.integers(-(10**30), 10**30))
def test_natural_key_orders_all_whole_numbers(first, second):
    assert (natural_key(first) < natural_key(second)) == (first < second)
    assert (natural_key(f"{first}层") < natural_key(f"{second}层")) == (first < second)


@given(st.integers(1, 99))
def test_natural_key_reads_chinese_numerals(number):
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    text = (digits[tens] if tens > 1 else "") + ("十" if tens else "") + (digits[ones] if ones else "")
    assert natural_key(f"{text}单元") == natural_key(f"{number}单元")
    assert natural_key(f"负{text}层") == natural_key(f"-{number}层")


@given(st.lists(st.tuples(*[st.integers(1, 120)] * 4), unique=True))
def test_house_sort_key_orders_by_building_unit_floor_room(houses):
    ordered = sorted(houses, key=lambda h: house_sort_key(f"{h[0]}栋", f"{h[1]}单元", h[2], f"{h[3]}室"))
    assert ordered == sorted(houses)
