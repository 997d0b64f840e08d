"""A list that goes out, is filled in and comes back: which cells are open, what is text, and the figures unchanged."""

from __future__ import annotations

import io

from openpyxl import load_workbook

from app.queries.projects import ShareRow
from app.spreadsheets.columns import Column, text
from app.spreadsheets.shares import read_shares, write_shares
from app.spreadsheets.writer import write_form

ROWS = [ShareRow(7, "1幢1单元101", "=HYPERLINK(1)", 8946, 500, 123450), ShareRow(9, "1幢1单元102", "王五", 5000, 0, 0)]


def test_only_the_amount_of_a_share_is_open():
    sheet = load_workbook(io.BytesIO(write_shares(ROWS, title="分摊清册"))).active
    assert sheet.protection.sheet is True
    assert [cell.protection.locked for cell in sheet[2]] == [True, True, True, True, False]
    assert [cell.value for cell in sheet[2]] == ["7", "1幢1单元101", "=HYPERLINK(1)", 89.46, 1234.5]
    assert sheet["C2"].data_type == "s"
    assert (sheet["E2"].number_format, sheet.freeze_panes, sheet.title) == ("#,##0.00", "A2", "分摊清册")


def test_shares_come_back_as_they_went_out():
    found = read_shares(write_shares(ROWS, title="分摊清册"), {7: "1幢1单元101", 9: "1幢1单元102"})
    assert (found.amounts, found.faults) == ({7: 1_234_50, 9: 0}, [])


def test_choices_are_a_drop_down_and_empty_cells_stay_open():
    columns = (
        Column("房屋编号", "key", text(), locked=True), Column("意见", "answer", text(), choices=("同意", "反对")),
    )  # fmt: skip
    sheet = load_workbook(io.BytesIO(write_form(columns, [("1", None)], title="表决结果"))).active
    (rule,) = sheet.data_validations.dataValidation
    assert (rule.formula1, str(rule.sqref)) == ('"同意,反对"', "B2:B1001")
    assert (sheet["B2"].value, sheet["B2"].protection.locked) == (None, False)
