"""设施设备 in and out by Excel: preview with every faulty cell, all or nothing, what is exported comes back."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from app.models import Attachment, AuditEvent, Building, Equipment, EquipmentCategory
from app.transaction import unit_of_work
from tests.conftest import post
from tests.spreadsheets.test_equipment import sheet_of

MAKER = Path(__file__).parents[2] / "support" / "make_attack_files.py"
LIFT = {"位置": "1幢1单元", "分类": "曳引机"}


def text(answer) -> str:
    return answer.get_data(as_text=True)


def upload(client, area_id: int, data: bytes, name: str = "设施设备.xlsx"):
    form = {"area": str(area_id), "file": (io.BytesIO(data), name)}
    return post(client, "/equipment/import/", form, content_type="multipart/form-data")


def store(client, address: str, **changes):
    """Confirm what the preview shows."""
    page = text(client.get(address))
    seal = page.split('name="seal" value="')[1].split('"')[0] if 'name="seal"' in page else ""
    return post(client, f"{address}/store", {"seal": seal, **changes})


def pieces(session, area_id: int) -> list[Equipment]:
    session.rollback()
    return list(session.scalars(select(Equipment).where(Equipment.area_id == area_id).order_by(Equipment.id)))


def changed_by_hand(data: bytes, cells: dict[str, object], *more: dict) -> bytes:
    """The exported list with cells changed ({"D2": …}) and rows added, as a person would."""
    book = load_workbook(io.BytesIO(data))
    sheet = book.active
    for place, value in cells.items():
        sheet[place] = value
    heads = [cell.value for cell in sheet[1]]
    for row in more:
        sheet.append([row.get(head) for head in heads])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


# --- in ----------------------------------------------------------------------------------------


def test_new_pieces_are_previewed_and_stored_with_their_history(agent, city, session):
    data = sheet_of(LIFT, {**LIFT, "位置": "小区", "分类": "屋面/防水层", "名称": "岗亭屋面", "安装日期": None})
    answer = upload(agent, city.area.id, data)
    page = text(agent.get(answer.location))
    assert "没有发现错误，尚未保存" in page
    assert "<dt>新增</dt><dd>2 件</dd>" in page
    assert len(pieces(session, city.area.id)) == 4
    assert store(agent, answer.location).location == f"/equipment/?area={city.area.id}"
    lift, roof = pieces(session, city.area.id)[4:]
    assert (lift.name, lift.unit_id, lift.installed_on, lift.model) == (
        "1号客梯", city.units[0].id, date(2016, 7, 17), "GeN2",
    )  # fmt: skip
    assert (lift.warranty_until, roof.warranty_until) == (date(2018, 7, 17), None)
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == "import_equipment")).all()
    assert [(event.subject, event.subject_id) for event in events] == [
        ("equipment", str(lift.id)), ("equipment", str(roof.id)), ("areas", str(city.area.id)),
    ]  # fmt: skip


def test_every_faulty_cell_is_named_and_nothing_is_stored(agent, city, session):
    data = sheet_of(LIFT, {**LIFT, "位置": "9幢", "名称": "乙"}, {**LIFT, "分类": "x", "安装日期": "2030-01-01"})
    address = upload(agent, city.area.id, data).location
    page = text(agent.get(address))
    assert "共 3 处错误，未导入任何数据" in page
    assert page.count('class="is-faulty"') == 3
    refused = store(agent, address)
    assert refused.status_code == 422
    assert "清册有 3 处错误，未导入任何数据" in text(refused)
    assert len(pieces(session, city.area.id)) == 4


def test_same_list_stored_twice_adds_once(agent, city, session):
    address = upload(agent, city.area.id, sheet_of(LIFT)).location
    assert store(agent, address).status_code == 302
    assert "已有同名同型号的设施设备" in text(store(agent, address))
    assert len(pieces(session, city.area.id)) == 5


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "请选择要导入的 Excel 文件"),
        (b"PK\x03\x04x", "文件不是有效的 Excel（xlsx）文件"),
        (sheet_of(LIFT, without="名称"), "第 1 行应为表头，缺少列：名称"),
        (sheet_of(), "文件里没有数据行"),
    ],
)
def test_file_that_is_no_list_is_refused_and_not_kept(agent, city, session, data, sentence):
    answer = upload(agent, city.area.id, data, "清册.xlsx" if data else "")
    assert answer.status_code == 422
    assert sentence in text(answer)
    session.rollback()
    assert session.scalar(select(func.count(Attachment.id))) == 0


def test_list_for_a_foreign_area_is_not_taken(agent, city):
    assert upload(agent, city.other.area.id, sheet_of(LIFT)).status_code == 404
    assert upload(agent, 0, sheet_of(LIFT)).status_code == 422


def test_uploaded_list_is_its_persons_own(agent, signed_in, city):
    address = upload(agent, city.area.id, sheet_of(LIFT)).location
    for username in ("other_agent", "org_admin", "clerk"):
        assert signed_in(username).get(address).status_code == 404
        assert post(signed_in(username), f"{address}/store").status_code == 404


def test_number_of_a_foreign_piece_is_a_fault(agent, city):
    address = upload(agent, city.area.id, sheet_of({**LIFT, "设备编号": city.other.equipment[0].id})).location
    assert "不是本区域的设施设备" in text(agent.get(address))


# --- out and in again --------------------------------------------------------------------------


def exported(client, city, query: str = "") -> bytes:
    return client.get(f"/equipment/export?area={city.area.id}{query}").data


def test_exported_list_comes_back_unchanged(agent, city, session):
    page = text(agent.get(upload(agent, city.area.id, exported(agent, city)).location))
    # the warranty of three stood empty: their buildings were completed on 2010-06-30, the categories' years are two
    assert "<dt>新增</dt><dd>0 件</dd>" in page
    assert "<dt>修改</dt><dd>3 件</dd>" in page
    assert "<dt>没有变化</dt><dd>1 件</dd>" in page
    assert "保修截止日期：— → 2012-06-30" in page


def test_export_says_what_is_filtered(agent, city):
    book = load_workbook(io.BytesIO(exported(agent, city, f"&building={city.buildings[1].id}")))
    rows = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert rows == [
        ["设备编号", "位置", "分类", "名称", "型号", "厂家", "安装日期", "保修截止", "保修状态", "使用状态"],
        [str(city.equipment[2].id), "2幢", "屋面 / 防水层", "2幢屋面", "", "", None, None, "未知", "在用"],
    ]


def test_changed_export_edits_moves_and_adds(agent, city, session):
    data = changed_by_hand(
        exported(agent, city), {"B2": "2幢", "D2": "岗亭屋面", "H2": "2030-01-01"}, {**LIFT, "名称": "3号电梯"}
    )
    address = upload(agent, city.area.id, data).location
    assert "位置：小区 → 2幢" in text(agent.get(address)).replace('<span class="phrase">', "")
    assert store(agent, address).status_code == 302
    roof, new = pieces(session, city.area.id)[3:]
    assert (roof.name, roof.building_id, roof.warranty_until) == ("岗亭屋面", city.buildings[1].id, date(2030, 1, 1))
    assert (roof.version, new.name) == (2, "3号电梯")


def test_column_that_is_missing_leaves_a_known_piece_as_it_is(agent, city, session):
    with unit_of_work():
        city.equipment[3].maker = "旧厂"
    row = {
        "设备编号": city.equipment[3].id,
        "位置": "小区",
        "分类": "防水层",
        "名称": "新名",
        "型号": "SBS",
        "安装日期": None,
    }
    address = upload(agent, city.area.id, sheet_of(row, without="厂家")).location
    store(agent, address)
    roof = pieces(session, city.area.id)[3]
    assert (roof.name, roof.model, roof.maker) == ("新名", "SBS", "旧厂")


def test_preview_that_no_longer_holds_stores_nothing(agent, city, session):
    address = upload(agent, city.area.id, changed_by_hand(exported(agent, city), {"D2": "岗亭屋面"})).location
    page = text(agent.get(address))
    with unit_of_work():
        city.equipment[3].maker, city.equipment[3].version = "别人改的", 2
    seal = page.split('name="seal" value="')[1].split('"')[0]
    answer = post(agent, f"{address}/store", {"seal": seal})
    assert answer.status_code == 409
    assert "核对之后设施设备有变动" in text(answer)
    assert pieces(session, city.area.id)[3].name == "门卫室屋面"


def test_retired_piece_in_the_list_may_stay_but_not_change(agent, city, session):
    key = city.equipment[3].id
    post(agent, f"/equipment/{key}/retire", {"version": 1, "retired_on": "2026-01-05", "reason": "报废"})
    data = exported(agent, city, "&use=retired")
    assert "没有发现错误" in text(agent.get(upload(agent, city.area.id, data).location))
    changed = changed_by_hand(data, {"D2": "改名"})
    assert "已停用，不能修改；请先恢复使用" in text(agent.get(upload(agent, city.area.id, changed).location))


def test_list_of_ten_thousand_is_stored_in_seconds(agent, city, session):
    rows = [[None, "1幢1单元", "曳引机", f"感应器{n}", "", "", None, None] for n in range(10_000)]
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (["设备编号", "位置", "分类", "名称", "型号", "厂家", "安装日期", "保修截止"], *rows):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    started = time.monotonic()
    address = upload(agent, city.area.id, stream.getvalue()).location
    assert store(agent, address).status_code == 302
    assert time.monotonic() - started < 60
    assert len(pieces(session, city.area.id)) == 10_004


# --- hostile files -----------------------------------------------------------------------------

# The tool's columns under our headers; amounts, days and phones stay columns that the list does not know.
COLUMNS = "小区名称,位置,分类,型号,名称,证件号码,联系电话,建筑面积,应缴金额,缴款日期"
# What the tool finds wrong in columns that are not ours.
NOT_OURS = {"xlsx_shape/missing_column.xlsx", "xlsx_shape/duplicate_column.xlsx"}


@pytest.mark.slow
def test_hostile_files_store_nothing_and_say_why(agent, city, session, tmp_path):
    with unit_of_work() as work:
        work.add(EquipmentCategory(name="1单元", position=9))
        work.add_all(Building(area_id=city.area.id, name=f"{n}栋", sort_key=f"{n:03}") for n in range(3, 27))
    command = [sys.executable, str(MAKER), "--out", str(tmp_path), "--rows", "21000", "--bomb-mb", "100"]
    subprocess.run([*command, "--columns", COLUMNS], check=True, capture_output=True, timeout=240)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    wrong = {}
    for entry in manifest:
        name = entry["file"]
        if entry.get("only_if"):  # a virus scanner's business
            continue
        started = time.monotonic()
        answer = upload(agent, city.area.id, (tmp_path / name).read_bytes(), Path(name).name)
        found = "accept" if answer.status_code == 302 else "reject" if answer.status_code == 422 else answer.status_code
        expected = "accept" if name.endswith(".xlsx") and entry["expect"] in ("accept", "rows") else "reject"
        if time.monotonic() - started > entry["max_seconds"]:
            found = "slow"
        if found != expected and name not in NOT_OURS:
            wrong[name] = found
    assert wrong == {}
    assert len(manifest) == 117
    assert len(pieces(session, city.area.id)) == 4
