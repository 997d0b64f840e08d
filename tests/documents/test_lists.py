"""Long lists: every row of every list paper is on paper, once, in order; cells and sentences fit."""

from __future__ import annotations

import io
import re
from datetime import date, datetime
from types import SimpleNamespace

import pytest
from pypdf import PdfReader
from sqlalchemy import delete, insert

from app.documents import contexts_accounts, contexts_lists, lists
from app.documents.contexts_lists import Line
from app.documents.fonts import HEI, SONG, width
from app.documents.linebreak import NO_LINE_START, break_lines
from app.documents.lists import ListColumn, ListPaper, ListRow, draw_list, draw_lists, fit, wrap
from app.documents.registry import PAPERS
from app.documents.render import render
from app.domain.enums import AreaGround, EntryKind, HouseUse
from app.models import Ballot, DistributionLine, House, ItemShare, NoticeRow, Project
from app.queries.accounts import AccountEntry
from app.transaction import unit_of_work
from tests.documents.conftest import pdf_text, printed

ROWS = 2000
NAMES = [f"K{number:04d}Z" for number in range(1, ROWS + 1)]
# An account has entries instead of houses, a sheet of labels equipment: both have tests of their own.
LISTS = [key for key, paper in PAPERS.items() if paper.rows and key not in ("account_slip", "equipment_labels")]


@pytest.fixture
def crowd(story):
    """Two thousand houses more in the vote, in both notices and in the draft; the story's own rows are taken out."""
    building = story.repairs.city.buildings[0]
    area = building.area_id
    with unit_of_work() as session:
        session.execute(insert(House), [
            {
                "area_id": area, "building_id": building.id, "room": name, "label": f"1幢{name}",
                "sort_key": f"z{name}", "floor_area": 10_000, "area_ground": AreaGround.REGISTERED,
                "use": HouseUse.RESIDENTIAL,
            }
            for name in NAMES
        ])  # fmt: skip
        query = House.__table__.select().where(House.__table__.c.sort_key.like("zK%")).order_by(House.sort_key)
        houses = session.execute(query).all()
        item = session.get(Project, story.draft.id).items[0]
        for model in (Ballot, NoticeRow, ItemShare, DistributionLine):
            session.execute(delete(model))
        session.execute(insert(Ballot), [
            {
                "vote_id": story.open_vote.id, "house_id": row.id, "sort_key": row.sort_key, "house_label": row.label,
                "owner_name": "张一", "head": f"owner:{row.id}", "floor_area": 10_000, "share": 100, "code": "ABCD1234",
            }
            for row in houses
        ])  # fmt: skip
        session.execute(insert(NoticeRow), [
            {
                "notice_id": notice.id, "position": place, "house_id": row.id, "building_name": "1幢",
                "house_label": row.label, "owner_name": "张一", "floor_area": 10_000, "budget": 100, "fund": 100,
                "settled": settled,
            }
            for notice, settled in ((story.notice, None), (story.acceptance, 90))
            for place, row in enumerate(houses, start=1)
        ])  # fmt: skip
        session.execute(insert(ItemShare), [
            {
                "item_id": item.id, "house_id": row.id, "project_id": item.project_id, "sort_key": row.sort_key,
                "floor_area": 10_000, "amount": 100,
            }
            for row in houses
        ])  # fmt: skip
        session.execute(insert(DistributionLine), [
            {
                "distribution_id": story.distribution.id, "house_id": row.id, "sort_key": row.sort_key,
                "floor_area": 10_000, "amount": 100,
            }
            for row in houses
        ])  # fmt: skip
    session.rollback()
    return story


@pytest.mark.slow
def test_every_list_paper_shows_each_of_two_thousand_rows_once_and_in_order(crowd):
    found = {}
    for key in LISTS:
        names = re.findall(r"K\d{4}Z", pdf_text(printed(crowd, key)))
        found[key] = names[:ROWS] == NAMES and len(names)
    strips = found.pop("voting_sheet")
    assert found == dict.fromkeys(found, ROWS)
    assert strips == 2 * ROWS  # a row in the sheet and a strip to tear off


@pytest.mark.slow
def test_account_slip_shows_each_of_two_thousand_entries(story, monkeypatch):
    entries = [
        AccountEntry(number, date(2026, 1, 1), EntryKind.PAYOUT, "", "", 1, name, -1, 0, 5000, 0)
        for number, name in enumerate(NAMES)
    ]
    monkeypatch.setattr(contexts_accounts.accounts, "account_entries", lambda *args, **values: entries)
    text = pdf_text(render(PAPERS["account_slip"], story.house, story.repairs.context("agent")))
    assert re.findall(r"K\d{4}Z", text) == NAMES


def paper(rows, **values) -> ListPaper:
    columns = (ListColumn("序号", 10, "center"), ListColumn("房屋", 40), ListColumn("金额", 30, "right"))
    return ListPaper("清册", columns, [ListRow(row) for row in rows], **values)


def pages_of(pdf: bytes) -> list[str]:
    return ["".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


def test_pages_are_counted_through_after_the_form_before_them():
    pages = pages_of(draw_lists([paper([("1", "甲", "1.00")]), paper([("2", "乙", "2.00")])], pages_before=2))
    assert [re.findall(r"第\d页/共\d页", page) for page in pages] == [["第3页/共4页"], ["第4页/共4页"]]


def test_every_further_page_repeats_head_title_and_number():
    pages = pages_of(draw_list(paper([(str(n), "甲", "1.00") for n in range(100)], number="GS2026000001")))
    assert len(pages) == 3
    assert all("序号房屋金额" in page and "GS2026000001" in page for page in pages)
    assert all("清册（续）" in page for page in pages[1:])


def test_sentences_above_the_table_go_on_to_the_next_page():
    pages = pages_of(draw_list(paper([("1", "甲", "1.00")], facts=("维修内容" * 2000,))))
    assert sum(page.count("修") for page in pages) == 2000
    assert "序号房屋金额" in pages[-1]


def test_empty_list_still_has_its_head():
    assert "序号房屋金额" in pages_of(draw_list(paper([])))[0]


@pytest.mark.parametrize(
    ("text", "lines"),
    [("张三", 1), ("云溪锦绣置业有限公司", 1), ("云溪锦绣房地产开发置业有限责任公司", 2), ("长" * 400, 2)],
)
def test_cell_is_made_smaller_then_two_lines_then_cut(text, lines):
    room = 90.0
    shown, size = fit(text, SONG, room)
    assert len(shown) == lines
    assert all(width(line, SONG, size) <= room + 0.1 for line in shown)
    assert "".join(shown) == text or shown[-1].endswith("…")


def test_figure_too_wide_for_its_column_is_drawn_smaller_and_whole():
    pages = pages_of(draw_list(paper([("1", "甲", "999,999,999,999,999,999,999.99")])))
    assert "999,999,999,999,999,999,999.99" in pages[0]


@pytest.mark.parametrize("font", [SONG, HEI])
def test_no_line_begins_with_a_closing_sign(font):
    text = "更换曳引机，更换钢丝绳；更换制动器（含控制柜）。合计：1,234.50元，（见《预算清册》）。" * 20
    for room in range(40, 200, 7):
        lines = wrap(text, font, 10, room)
        assert [line for line in lines if line[:1] in NO_LINE_START] == []
        assert [line for line in lines if line[-1:] in "（《"] == []
        assert "".join(lines) == text


def test_figures_and_numbers_stay_in_one_piece():
    lines = wrap("预算总额为人民币 1,234,567.00 元，编号 WX2026000001 已登记", SONG, 10, 90)
    assert any("1,234,567.00" in line for line in lines)
    assert any("WX2026000001" in line for line in lines)


def test_word_longer_than_the_line_is_cut():
    assert wrap("A" * 100, SONG, 10, 60) != ["A" * 100]
    assert "".join(wrap("A" * 100, SONG, 10, 60)) == "A" * 100


def test_forced_break_and_empty_text():
    assert break_lines("ab", [1, 1], lambda n: 10, lambda i: i == 0) == [(0, 1), (1, 2)]
    assert break_lines("", [], lambda n: 10) == [(0, 0)]
    assert wrap("甲\n\n乙", SONG, 10, 100) == ["甲", "", "乙"]


def test_closing_signs_in_a_row_never_loop():
    assert "".join(wrap("。" * 50, SONG, 10, 30)) == "。" * 50


def test_number_typed_by_a_person_is_marked_where_the_font_lacks_a_sign():
    pages = pages_of(draw_list(paper([("1", "𠮷", "1.00")], number="JX𠮷")))
    assert "编号：JX〓" in pages[0]
    assert "𠮷" not in pages[0]


def test_drawing_leaves_the_module_as_it_was():
    assert lists.fit("甲", SONG, 100) == (("甲",), lists.SIZE)


@pytest.mark.parametrize("final", [False, True])
def test_items_that_do_not_fit_as_columns_get_a_section_each(final):
    """Four items: the list itself without their columns, then one list an item, whose totals are the item's."""
    items = [
        SimpleNamespace(id=number, position=number, content="更换", equipment=SimpleNamespace(name=f"{number}号梯"))
        for number in range(1, 5)
    ]
    project = SimpleNamespace(items=items, organisation=SimpleNamespace(name="安居物业"))
    parts = {1: 100_00, 2: 200_00, 3: 300_00, 4: 400_00}
    settled = 1_000_00 if final else None
    lines = [
        Line(n, f"{n}幢", f"{n}幢101", "张一", 8946, parts, 1_000_00, 900_00, 900_00, 0, 900_00, settled, parts)
        for n in (1, 2)
    ]
    ctx = SimpleNamespace(now=datetime(2026, 3, 2, 9, 30))
    papers = contexts_lists._papers("清册", "GS2026000001", project, lines, (), ctx, final=final)
    assert [paper.title for paper in papers] == ["清册", *(f"清册 分项 {number}" for number in range(1, 5))]
    totals = [list(paper.rows)[-1].cells for paper in papers]
    assert totals[0][1:4] == ("合计", "2 户", "178.92")
    assert totals[0][-4:] == ("1,800.00", "0.00", "1,800.00", "200.00")
    place = 5 if final else 4
    assert [row[place] for row in totals[1:]] == ["200.00", "400.00", "600.00", "800.00"]


def test_shares_changed_since_the_notice_are_not_shown_beside_its_totals():
    item = SimpleNamespace(id=1, position=1, content="", equipment=SimpleNamespace(name="1号梯"))
    project = SimpleNamespace(items=[item], organisation=SimpleNamespace(name="安居物业"))
    line = Line(1, "1幢", "1幢101", "张一", 8946, {1: 77_00}, 100_00, 100_00, 100_00, 0, 100_00)
    ctx = SimpleNamespace(now=datetime(2026, 3, 2, 9, 30))
    papers = contexts_lists._papers("清册", "GS1", project, [line], (), ctx, final=False)
    assert len(papers) == 1
    assert [column.head for column in papers[0].columns][4] == "分摊合计"
    assert "已有改动" in papers[0].notes[1]
