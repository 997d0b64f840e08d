"""The two real-shaped rosters: one messy but right, one with 25 faults."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from app.domain.enums import AreaGround, HouseUse, SaleState
from app.domain.errors import Refusal
from app.domain.money import format_yuan
from app.spreadsheets.roster import columns, read_roster, summarise
from app.spreadsheets.writer import write_form

DATA = Path(__file__).resolve().parent.parent / "data"
TODAY = date(2026, 11, 23)
LOST_DIGITS = "证件号码被存为数字，末尾数位已丢失，请把单元格设为文本后重新填写"
GOOD = {
    "楼幢": "1栋", "单元": "1单元", "房号": "101", "层": "1", "建筑面积": 89.46, "面积依据": "登记",
    "用途": "住宅", "销售状态": "已售", "业主姓名": "陈永康", "证件号码": "", "电话": "", "首期交存额": 5546.52,
    "交存日期": "2016-07-17", "期初本金": 2330.07, "期初利息": 1021.9,
}  # fmt: skip


def roster_of(*rows: dict) -> bytes:
    """A roster as a clerk types it: GOOD with the given cells changed, one dictionary a row."""
    from io import BytesIO

    from openpyxl import Workbook

    book = Workbook()
    book.active.append(list(GOOD))
    for row in rows:
        book.active.append([{**GOOD, **row}[header] for header in GOOD])
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def faults_of(*rows: dict, **options) -> list[tuple[int, str, str]]:
    sheet = read_roster(roster_of(*rows), today=TODAY, **options)
    return [(fault.row, fault.column, str(fault.sentence)) for fault in sheet.faults]


def test_roster_messy_but_right_imports_whole():
    wanted = json.loads((DATA / "roster-yunhu.json").read_text())
    sheet = read_roster(DATA / "roster-yunhu.xlsx", today=TODAY)
    summary = summarise(sheet)
    assert sheet.faults == []
    assert summary.rows == wanted["rows"]
    assert summary.by_use == wanted["houses_by_use"]
    assert summary.unsold == wanted["unsold"]
    assert format_yuan(summary.floor_area).replace(",", "") == wanted["floor_area_total"]
    assert format_yuan(summary.principal).replace(",", "") == wanted["opening_principal_total"]
    assert format_yuan(summary.interest).replace(",", "") == wanted["opening_interest_total"]
    assert format_yuan(summary.first_deposit).replace(",", "") == wanted["first_deposit_total"]


def test_roster_faulty_names_every_fault_and_nothing_else():
    wanted = json.loads((DATA / "roster-yunhu-faulty.json").read_text())
    sheet = read_roster(DATA / "roster-yunhu-faulty.xlsx", today=TODAY)
    assert [(f.row, f.column) for f in sheet.faults] == [(fault["row"], fault["column"]) for fault in wanted]


@pytest.mark.parametrize(
    ("cells", "column", "sentence"),
    [
        ({"建筑面积": None}, "建筑面积", "未填写"),
        ({"建筑面积": 0}, "建筑面积", "面积必须大于零"),
        ({"建筑面积": 89.463}, "建筑面积", "面积最多两位小数：89.463"),
        ({"用途": "别墅"}, "用途", "应为 住宅、非住宅、车位、物管用房 之一：别墅"),
        ({"证件号码": 440702197001011234}, "证件号码", LOST_DIGITS),
        ({"交存日期": "2012-02-30"}, "交存日期", "没有这一天：2012-02-30"),
        ({"交存日期": "2026-11-24"}, "交存日期", "日期不能晚于今天：2026-11-24"),
        ({"期初本金": "=1+1"}, "期初本金", "是公式，请改为填写数值"),
        ({"期初本金": -1}, "期初本金", "金额不能为负数"),
        ({"期初利息": 1.005}, "期初利息", "金额最多两位小数：1.005"),
        ({"期初本金": 100_000_000}, "期初本金", "金额不能超过 99,999,999.99"),
        ({"业主姓名": ""}, "业主姓名", "已售房屋须填写业主姓名"),
        ({"业主姓名": "张\u202e三"}, "业主姓名", "含有不可见字符或控制字符"),
    ],
)
def test_roster_cell_faulty_is_named(cells, column, sentence):
    assert faults_of({}, {"房号": "102", **cells}) == [(3, column, sentence)]


def test_roster_house_twice_is_named_whatever_the_building_is_called():
    assert faults_of({}, {"楼幢": "1幢", "房号": " 101 "}) == [(3, "房号", "与第 2 行是同一套房屋")]


def test_roster_house_already_there_is_refused():
    assert faults_of({}, existing={("1", "1单元", "101")}) == [(2, "房号", "系统中已有这套房屋，不能重复导入")]


def test_roster_unsold_house_and_service_room_need_no_owner():
    rows = ({"销售状态": "未售", "业主姓名": ""}, {"房号": "物管", "用途": "物管用房", "业主姓名": "", "销售状态": ""})
    assert faults_of(*rows) == []


def test_roster_without_a_required_column_names_it():
    with pytest.raises(Refusal) as caught:
        read_roster(write_form(columns()[:4], [("1栋", "", "101", "1")], title="x"), today=TODAY)
    assert str(caught.value) == "第 1 行应为表头，缺少列：建筑面积"


def test_roster_without_its_optional_columns_has_their_defaults():
    from io import BytesIO

    from openpyxl import Workbook

    book, stream = Workbook(), BytesIO()
    book.active.append(["房号", "楼幢", "建筑面积", "业主姓名"])
    book.active.append(["101", "1栋", 89.46, "陈永康"])
    book.save(stream)
    sheet = read_roster(stream.getvalue(), today=TODAY)
    assert sheet.faults == []
    assert sheet.rows == [
        (2, {
            "room": "101", "building": "1栋", "floor_area": 8946, "owner": "陈永康", "unit": "", "floor": "",
            "area_ground": AreaGround.REGISTERED, "use": HouseUse.RESIDENTIAL, "sale_state": SaleState.SOLD,
            "identity_number": None, "phone": None, "first_deposit": 0, "deposited_on": None, "principal": 0,
            "interest": 0,
        }),
    ]  # fmt: skip
