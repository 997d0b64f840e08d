"""What the look into a workbook must not overlook: a parser that takes room for a far cell would end the process."""

from __future__ import annotations

import io
import zipfile

import pytest
import xlsxwriter

from app.domain.errors import Refusal
from app.spreadsheets.columns import Column, text
from app.spreadsheets.guard import NOT_XLSX, check_workbook
from app.spreadsheets.reader import read_sheet

SHEET, BOOK, RELATIONS = "xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
COLUMNS = (Column("名称", "name", text(), required=True), Column("备注", "remark", text(), default=""))


def book(*rows: list, **options) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, **options}) as made:
        sheet = made.add_worksheet()
        for number, row in enumerate([["名称", "备注"], *rows]):
            sheet.write_row(number, 0, row)
    return stream.getvalue()


def changed(data: bytes, part: str, old: str, new: str, **more: bytes) -> bytes:
    """The workbook with one of its parts changed, and further parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(out, "w") as made:
        for name in archive.namelist():
            content = archive.read(name)
            made.writestr(name, content.replace(old.encode(), new.encode(), 1) if name == part else content)
        for name, content in more.items():
            made.writestr(name, content)
    return out.getvalue()


def with_row(row: str) -> bytes:
    return changed(book(["甲", ""]), SHEET, "</sheetData>", row + "</sheetData>")


def refusal_of(data: bytes, max_rows: int = 1000) -> str:
    with pytest.raises(Refusal) as refused:
        check_workbook(data, max_rows=max_rows)
    return str(refused.value.sentence)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ('<row r="3"><c r="BM3"><v>1</v></c></row>', "工作表超过 64 列，请删除多余的列"),
        ('<row r="3"><c s="1" r="XFD3" t="n"/></row>', "工作表超过 64 列，请删除多余的列"),
        ('<row r="1002"><c r="A1002"><v>1</v></c></row>', "数据超过 1000 行，请分批导入"),
        ('<row r="9999999"><c r="A9999999"><v>1</v></c></row>', "数据超过 1000 行，请分批导入"),
        ("<row r='2000'><c r='ZZ2000'><v>1</v></c></row>", str(NOT_XLSX)),
        ('<row r="2000"><c r = "ZZ2000"><v>1</v></c></row>', str(NOT_XLSX)),
        ('<row r="2000"><c r="zz2000"><v>1</v></c></row>', str(NOT_XLSX)),
        ('<row r="2000"><c r="A02000"><v>1</v></c></row>', str(NOT_XLSX)),
        ('<row r="2000"><c a=">" r="ZZ2000"><v>1</v></c></row>', str(NOT_XLSX)),
        ('<row r="2000"><c r="A1" r="ZZ2000"><v>1</v></c></row>', str(NOT_XLSX)),
        ('<row r="2000"><c x:r="A1" r="ZZ2000"><v>1</v></c></row>', str(NOT_XLSX)),
        ('<x:row r="2000"><x:c r="ZZ2000"><x:v>1</x:v></x:c></x:row>', str(NOT_XLSX)),
        ('<row r="2000"><!-- <c r="A1"> --><c a="-->" r="ZZ2000"><v>1</v></c></row>', str(NOT_XLSX)),
        ('<row r="2000"><c><v>1</v></c></row>', str(NOT_XLSX)),
        ("<row>" + "<c><v>1</v></c>" * 100 + "</row>", str(NOT_XLSX)),
    ],
)
def test_far_cell_is_found_however_it_is_written(row, sentence):
    assert refusal_of(with_row(row)) == sentence


@pytest.mark.parametrize("row", ['<row r="1001"><c r="BL1001" s="1" t="n"><v>1</v></c></row>', '<row r="9999"/>'])
def test_last_cell_within_the_limits_passes(row):
    assert check_workbook(with_row(row), max_rows=1000).sheet_count == 1


def test_sheet_that_is_read_is_the_one_that_was_looked_at():
    good, evil = book(["甲", ""]), b'<worksheet><sheetData><row r="1"><c r="XFD1048576"/></row></sheetData></worksheet>'
    second = {"xl/worksheets/evil.xml": evil}
    hidden = changed(good, BOOK, "<sheets>", '<sheets><!-- --><sheet name="x" sheetId="9" r:id="rId99"/>', **second)
    assert refusal_of(hidden) == str(NOT_XLSX)
    twice = '<Relationship Id="rId1" Type="x" Target="worksheets/evil.xml"/></Relationships>'
    assert refusal_of(changed(good, RELATIONS, "</Relationships>", twice, **second)) == str(NOT_XLSX)
    other_case = changed(good, SHEET, "", "", **{"xl/worksheets/SHEET1.xml": evil})
    assert refusal_of(other_case) == "文件内部结构异常（部件过多或重复），不能导入"
    broken = changed(good, BOOK, "</workbook>", "")
    assert refusal_of(broken) == str(NOT_XLSX)


def test_merged_cells_without_end_are_refused():
    merged = '</sheetData><mergeCells count="1"><mergeCell ref="A2:XFD1048576"/></mergeCells>'
    with pytest.raises(Refusal, match="合并单元格过多"):
        read_sheet(changed(book(["甲", ""]), SHEET, "</sheetData>", merged), COLUMNS)


def test_equal_cells_of_other_types_are_not_taken_for_each_other():
    sheet = read_sheet(book([1, ""], [True, ""], ["1", ""], [1.5, ""]), COLUMNS)
    assert sheet.rows == [
        (2, {"name": "1", "remark": ""}), (4, {"name": "1", "remark": ""}), (5, {"name": "1.5", "remark": ""}),
    ]  # fmt: skip
    assert [(fault.row, fault.column, str(fault.sentence)) for fault in sheet.faults] == [(3, "名称", "应为文字")]


def test_table_that_begins_further_right_is_read_and_one_that_begins_lower_is_not():
    def placed(row: int, column: int) -> bytes:
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream) as made:
            sheet = made.add_worksheet()
            sheet.write_row(row, column, ["名称", "备注"])
            sheet.write_row(row + 2, column, ["甲", "乙"])
        return stream.getvalue()

    assert read_sheet(placed(0, 2), COLUMNS).rows == [(3, {"name": "甲", "remark": "乙"})]
    with pytest.raises(Refusal, match="第 1 行应为表头，缺少列：名称"):
        read_sheet(placed(1, 0), COLUMNS)
