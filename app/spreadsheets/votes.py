"""表决结果 as a list: exported with the houses of the vote, filled in Excel, read back (`documents.md`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from app.domain.enums import Answer
from app.domain.errors import say
from app.models import Ballot
from app.spreadsheets import columns as read
from app.spreadsheets.columns import Column
from app.spreadsheets.reader import Sheet, read_sheet
from app.spreadsheets.writer import stream_rows, write_form

LABELS = tuple(answer.label for answer in Answer)
KEY = "房屋编号"
OPINION = "意见"
COLUMNS = (
    Column(KEY, "house_id", read.text(20), required=True, locked=True, help="不能改动，导入时按此列对应房屋", width=12),
    Column("房屋", "house", read.text(200), locked=True, width=26),
    Column("业主", "owner", read.text(200), locked=True, width=14),
    Column("建筑面积（m²）", "floor_area", lambda cell: cell, locked=True, number="area", width=16),
    Column(
        OPINION, "answer", read.choice(Answer), choices=LABELS, width=12,
        help="同意、反对、弃权或未投票；空白的房屋保持原样",
    ),
)  # fmt: skip


def write_answers(ballots: Iterable[Ballot]) -> bytes:
    """The vote's houses with their answers so far, as a form that comes back."""
    rows = (
        (
            str(ballot.house_id),
            ballot.house_label,
            ballot.owner_name,
            ballot.floor_area,
            ballot.answer if ballot.source else None,
        )
        for ballot in ballots
    )
    return write_form(COLUMNS, rows, title="表决结果")


MISSING = (
    Column("序号", "place", read.text(), width=8),
    Column("房屋", "house", read.text(), width=26),
    Column("业主", "owner", read.text(), width=16),
    Column("建筑面积（m²）", "floor_area", read.text(), number="area", width=16),
    Column("分摊金额（元）", "share", read.text(), number="yuan", width=16),
)


def write_missing(stream: BinaryIO, ballots: Iterable[Ballot]) -> int:
    """The households that have not voted; returns how many."""
    houses = enumerate(ballots, start=1)
    rows = ((place, row.house_label, row.owner_name, row.floor_area, row.share) for place, row in houses)
    return stream_rows(stream, MISSING, rows, title="未投票户")


def read_answers(data: bytes, houses: dict[int, str]) -> tuple[dict[int, Answer], Sheet]:
    """{house id: answer} of a filled list, and the sheet with every faulty cell; `houses` {id: label} are the vote's.

    Named: a house that is none of the vote's, one that stands twice, an answer that is none. Houses that are left
    out or blank keep their answer. Refusal when the file as a whole can't be read.
    """
    sheet = read_sheet(data, COLUMNS, max_rows=50_000)
    answers: dict[int, Answer] = {}
    seen: dict[int, int] = {}
    for number, row in sheet.rows:
        text = row["house_id"]
        house = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
        if house not in houses:
            sheet.fault(number, KEY, text, say("不是本次表决的房屋"))
        elif house in seen:
            sheet.fault(number, KEY, text, say("与第 %(row)s 行重复", row=seen[house]))
        else:
            seen[house] = number
            if row["answer"]:
                answers[house] = row["answer"]
    sheet.sort_faults()
    return answers, sheet
