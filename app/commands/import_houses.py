"""`import-houses FILE --area N`: the house roster, checked and stored as on the screen."""

from __future__ import annotations

import sys
from pathlib import Path

from app import clock, create_app
from app.domain.errors import Refusal
from app.domain.money import format_area, format_yuan
from app.extensions import db
from app.models import Area
from app.permissions import SYSTEM
from app.spreadsheets.roster import Summary, read_roster, summarise
from app.transaction import unit_of_work
from app.workflows.engine import Context
from app.workflows.roster.store import existing_houses, store_roster


def arguments(parser) -> None:
    parser.add_argument("file", help="房屋清册（.xlsx）")
    parser.add_argument("--area", type=int, required=True, help="物业区域编号")


def run(options) -> int:
    with create_app().app_context():
        return import_houses(options.file, options.area)


def import_houses(file: str, area_id: int) -> int:
    """Check and store; prints what was found. Exit code 1 when anything is wrong, and nothing is stored then."""
    path = Path(file)
    area = db.session().get(Area, area_id)
    if not path.is_file() or area is None:
        print(f"找不到文件：{file}" if area else f"没有编号为 {area_id} 的物业区域", file=sys.stderr)
        return 1
    try:
        sheet = read_roster(path, today=clock.today(), existing=existing_houses(db.session(), area_id))
        for fault in sheet.faults:
            print(f"第 {fault.row} 行，{fault.column}：{fault.sentence}（{fault.value or '空'}）", file=sys.stderr)
        if sheet.faults:
            print(f"共 {len(sheet.faults)} 处错误，未导入任何数据", file=sys.stderr)
            return 1
        with unit_of_work() as session:
            area = session.get_one(Area, area_id)
            store_roster(area, sheet, Context(session, SYSTEM, clock.now()), file_name=path.name)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    _print_summary(str(area), summarise(sheet))
    return 0


def _print_summary(area: str, summary: Summary) -> None:
    uses = "、".join(f"{label} {count}" for label, count in summary.by_use.items())
    print(f"已导入 {area}：{summary.rows} 户（{uses}；未售 {summary.unsold}）")
    print(f"建筑面积 {format_area(summary.floor_area)} m²，首期交存额 {format_yuan(summary.first_deposit)} 元")
    print(f"期初本金 {format_yuan(summary.principal)} 元、利息 {format_yuan(summary.interest)} 元，待财务确认后入账")
