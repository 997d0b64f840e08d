"""`python run.py import-houses FILE --area N`: what the screen does, from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.commands.import_houses import import_houses
from app.domain.enums import OpeningState
from app.models import Area, House, OpeningBatch
from app.transaction import unit_of_work

DATA = Path(__file__).resolve().parent / "data"


@pytest.fixture
def yunhu(city, session) -> int:
    """An area without houses; its id."""
    with unit_of_work() as act:
        area = Area(name="云湖花园", address="", district_id=city.district.id, escrow_account_id=city.escrow.id)
        act.add(area)
    return area.id


def houses(session, area_id: int) -> int:
    session.rollback()
    return session.scalar(select(func.count(House.id)).where(House.area_id == area_id))


def test_right_roster_is_stored_and_its_opening_waits_for_finance(yunhu, session, capsys):
    assert import_houses(str(DATA / "roster-yunhu.xlsx"), yunhu) == 0
    said = capsys.readouterr().out
    assert said.splitlines() == [
        "已导入 云湖花园：594 户（住宅 548、非住宅 5、车位 40、物管用房 1；未售 11）",
        "建筑面积 51,715.87 m²，首期交存额 5,180,614.71 元",
        "期初本金 2,589,703.11 元、利息 514,062.97 元，待财务确认后入账",
    ]
    assert houses(session, yunhu) == 594
    batch = session.scalars(select(OpeningBatch).where(OpeningBatch.area_id == yunhu)).one()
    assert (batch.state, batch.house_count) == (OpeningState.WAITING, 594)
    assert (batch.principal_total, batch.interest_total) == (258_970_311, 51_406_297)


def test_faulty_roster_names_its_25_faults_and_stores_nothing(yunhu, session, capsys):
    assert import_houses(str(DATA / "roster-yunhu-faulty.xlsx"), yunhu) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "第 5 行，建筑面积：面积不能为负数（-89.46）"
    assert said[-1] == "共 25 处错误，未导入任何数据"
    assert len(said) == 26
    assert houses(session, yunhu) == 0


def test_the_same_roster_twice_is_refused(yunhu, session, capsys):
    assert import_houses(str(DATA / "roster-yunhu.xlsx"), yunhu) == 0
    assert import_houses(str(DATA / "roster-yunhu.xlsx"), yunhu) == 1
    assert "共 594 处错误，未导入任何数据" in capsys.readouterr().err
    assert houses(session, yunhu) == 594


@pytest.mark.parametrize(
    ("file", "area", "said"),
    [
        ("nowhere.xlsx", 1, "找不到文件：nowhere.xlsx"),
        (str(DATA / "roster-yunhu.xlsx"), 999, "没有编号为 999 的物业区域"),
    ],
    ids=["file", "area"],
)
def test_what_is_not_there_is_said(city, session, capsys, file, area, said):
    assert import_houses(file, area) == 1
    assert capsys.readouterr().err.strip() == said
