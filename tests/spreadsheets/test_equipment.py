"""设施设备 as a list: places and categories by name, numbers, twins, every faulty cell."""

from __future__ import annotations

import io
from datetime import date

import pytest
from openpyxl import Workbook, load_workbook

from app.domain.errors import Refusal
from app.spreadsheets.equipment import Known, columns, read_list, write_empty

TODAY = date(2026, 11, 23)
GOOD = {"设备编号": None, "位置": "1栋1单元", "分类": "曳引电梯", "名称": "1号客梯", "型号": "GeN2", "厂家": "奥德电梯"}
GOOD |= {"安装日期": "2016-07-17", "保修截止": None}


def sheet_of(*rows: dict, without: str = "") -> bytes:
    """A list as a person types it: GOOD with the given cells changed, one dictionary a row."""
    book = Workbook()
    heads = [head for head in GOOD if head != without]
    book.active.append(heads)
    for row in rows:
        book.active.append([{**GOOD, **row}[head] for head in heads])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def known() -> Known:
    found = Known(keys={7, 8}, twins={((1, 10), 3, "旧梯", "A")})
    for name, place in (("小区", (None, None)), ("1栋", (1, None)), ("1栋1单元", (1, 10)), ("12号楼", (2, None))):
        found.add_place(name, place)
    for path, key in (("电梯", 2), ("电梯 / 曳引电梯", 3), ("安防 / 其他", 4), ("道路 / 其他", 5)):
        found.add_kind(path, key)
    return found


def faults_of(*rows: dict) -> list[tuple[int, str, str]]:
    sheet = read_list(sheet_of(*rows), known(), TODAY)
    assert [number for number, _ in sheet.rows if number in {fault.row for fault in sheet.faults}] == []
    return [(fault.row, fault.column, str(fault.sentence)) for fault in sheet.faults]


def test_good_row_names_place_and_category():
    ((number, values),) = read_list(sheet_of({}), known(), TODAY).rows
    assert (number, values["place"], values["kind"], values["key"]) == (2, (1, 10), 3, None)
    assert (values["installed_on"], values["warranty_until"]) == (date(2016, 7, 17), None)


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("小区", (None, None)), ("1幢", (1, None)), (" 1 栋 1 单元 ", (1, 10)), ("1号楼/1单元", (1, 10)),
        ("12栋", (2, None)),
    ],
)  # fmt: skip
def test_places_as_people_write_them(typed, place):
    assert read_list(sheet_of({"位置": typed}), known(), TODAY).rows[0][1]["place"] == place


def test_category_by_its_name_or_with_what_stands_above():
    rows = read_list(
        sheet_of({"分类": "电梯"}, {"分类": "电梯/曳引电梯"}, {"分类": "道路 / 其他"}), known(), TODAY
    ).rows
    assert [values["kind"] for _, values in rows] == [2, 3, 5]


@pytest.mark.parametrize(
    ("cells", "column", "sentence"),
    [
        ({"位置": None}, "位置", "未填写"),
        ({"位置": "9栋"}, "位置", "本区域没有这个位置"),
        ({"分类": "水泵"}, "分类", "没有这个分类"),
        ({"分类": "其他"}, "分类", "有多个同名的，请写全名"),
        ({"名称": " "}, "名称", "未填写"),
        ({"名称": "梯" * 201}, "名称", "不能超过 200 个字"),
        ({"型号": "x" * 101}, "型号", "不能超过 100 个字"),
        ({"名称": "甲\u202e乙"}, "名称", "含有不可见字符或控制字符"),
        ({"安装日期": "2026-11-24"}, "安装日期", "日期不能晚于今天：2026-11-24"),
        ({"安装日期": "2016-02-30"}, "安装日期", "没有这一天：2016-02-30"),
        ({"安装日期": "=TODAY()"}, "安装日期", "是公式，请改为填写数值"),
        ({"名称": "乙", "保修截止": "2016-07-16"}, "保修截止", "保修截止日期不能早于安装日期"),
        ({"设备编号": "十七"}, "设备编号", "不是有效的设备编号：十七"),
        ({"设备编号": "9"}, "设备编号", "不是本区域的设施设备"),
        ({"名称": "旧梯", "型号": "A"}, "名称",
         "该位置、分类下已有同名同型号的设施设备；修改已有的请填设备编号"),
        ({}, "名称", "与第 2 行重复"),
    ],
)  # fmt: skip
def test_faulty_cell_is_named(cells, column, sentence):
    assert faults_of({}, cells) == [(3, column, sentence)]


def test_all_faults_of_a_row_are_named():
    assert [fault[:2] for fault in faults_of({"位置": "9栋", "分类": "x", "设备编号": 9})] == [
        (2, "设备编号"), (2, "位置"), (2, "分类"),
    ]  # fmt: skip


def test_number_that_stands_twice_is_named():
    assert faults_of({"设备编号": 7}, {"设备编号": "7", "名称": "乙"}) == [(3, "设备编号", "与第 2 行重复")]


def test_known_piece_may_bear_the_name_of_another():
    assert faults_of({"设备编号": 7, "名称": "旧梯", "型号": "A"}) == []


def test_missing_column_is_named():
    with pytest.raises(Refusal, match="第 1 行应为表头，缺少列：分类"):
        read_list(sheet_of({}, without="分类"), known(), TODAY)


def test_template_has_the_columns_and_explains_them():
    book = load_workbook(io.BytesIO(write_empty()))
    assert [cell.value for cell in book.worksheets[0][1]] == [column.header for column in columns()]
    told = [[cell.value for cell in row] for row in book.worksheets[1].iter_rows()]
    assert ["保修截止", "可空", "可留空，按分类的默认保修年限推算"] in [row[:3] for row in told]
