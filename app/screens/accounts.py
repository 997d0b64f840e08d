"""分户账查询: the list of household accounts, and one account with its entries and running balance."""

from __future__ import annotations

from datetime import date

from flask import abort, request, send_file
from flask_babel import gettext

from app import audit, clock
from app.domain.errors import N_, Refusal
from app.domain.money import parse_yuan
from app.extensions import db
from app.models import Area, Building, House, HouseAccount
from app.permissions import Permission
from app.queries import accounts as queries
from app.screens.exporting import Listing, export_list, workbook_file
from app.screens.paging import MOST_COUNTED, page_of, remembered
from app.screens.request import Screen, actor, expose, load, requires
from app.spreadsheets.columns import Column, text
from app.spreadsheets.writer import stream_rows
from app.transaction import unit_of_work
from app.workflows import policy

ANY = text(400)
LIST_COLUMNS = (
    Column("物业区域", "area", ANY, width=20), Column("房屋", "label", ANY, width=22), Column("业主", "owner", ANY),
    Column("建筑面积（m²）", "floor_area", ANY, number="area"),
    Column("首期交存额（元）", "first_deposit", ANY, number="yuan"),
    Column("本金（元）", "principal", ANY, number="yuan"),
    Column("利息及收益（元）", "interest", ANY, number="yuan"), Column("余额（元）", "balance", ANY, number="yuan"),
    Column("冻结（元）", "held", ANY, number="yuan"), Column("可用余额（元）", "available", ANY, number="yuan"),
)  # fmt: skip
ENTRY_COLUMNS = (
    Column("日期", "booked_on", ANY, number="day"), Column("业务", "kind", ANY), Column("凭证号", "number", ANY),
    Column("摘要", "summary", ANY, width=40), Column("本金（元）", "principal", ANY, number="yuan"),
    Column("利息及收益（元）", "interest", ANY, number="yuan"), Column("余额（元）", "balance", ANY, number="yuan"),
)  # fmt: skip


class Accounts(Screen):
    """分户账."""

    route_base = "/accounts"
    default_view = "list"

    @expose("/")
    @requires(Permission.ACCOUNT_VIEW)
    def list(self):
        if answer := remembered():
            return answer
        chosen, faults = filter_of_request()
        scope = actor().area_ids
        every = "sums" in request.args
        most = None if every else MOST_COUNTED + 1
        totals = queries.account_totals(db.session(), chosen, area_ids=scope, most=most)
        page = page_of(totals.houses)
        rows = queries.account_rows(
            db.session(), chosen, area_ids=scope, limit=page.size, offset=page.offset, from_end=page.from_end
        )
        return self.page(
            "accounts/list.html", rows=page.rows_of(list(rows)), totals=totals, summed=page.exact or every,
            page=page, chosen=chosen, faults=faults,
            area=_named(Area, chosen.area_id), building=_named(Building, chosen.building_id),
            percent_of_first=policy.number(db.session(), "renewal_threshold_percent", clock.today()),
        )  # fmt: skip

    @expose("/export")
    @requires(Permission.ACCOUNT_VIEW)
    def export(self):
        (chosen, _faults), scope = filter_of_request(), actor().area_ids
        return export_list(
            Listing(
                N_("分户账"), HouseAccount.__tablename__,
                count=lambda most: queries.account_totals(db.session(), chosen, area_ids=scope, most=most).houses,
                rows=lambda most: queries.account_rows(db.session(), chosen, area_ids=scope, limit=most, streamed=True),
                write=lambda to, rows: stream_rows(to, LIST_COLUMNS, _cells(rows, LIST_COLUMNS), title="分户账"),
            )
        )  # fmt: skip

    @expose("/<int:key>")
    @requires(Permission.ACCOUNT_VIEW)
    def show(self, key: int):
        house, account = self._account(key)
        since, until = _day("since"), _day("until")
        scope = actor().area_ids
        period = {"area_ids": scope, "since": since, "until": until}
        entries = queries.account_entries(db.session(), house.id, newest_first=True, **period)
        page = page_of(len(entries))
        return self.page(
            "accounts/show.html", house=house, account=account, page=page, since=since, until=until,
            entries=entries[page.offset : page.offset + page.size], count=len(entries),
            came_in=sum(max(entry.change, 0) for entry in entries),
            went_out=sum(max(-entry.change, 0) for entry in entries),
            closing=entries[0].balance if entries else None,
            holds=queries.holds_on(db.session(), house.id, area_ids=scope),
            threshold=policy.number(db.session(), "renewal_threshold_percent", clock.today()),
            may_open_entries=actor().can(Permission.LEDGER_VIEW),
        )  # fmt: skip

    @expose("/<int:key>/export")
    @requires(Permission.ACCOUNT_VIEW)
    def export_entries(self, key: int):
        house, _account = self._account(key)
        period = {"area_ids": actor().area_ids, "since": _day("since"), "until": _day("until")}
        entries = queries.account_entries(db.session(), house.id, **period)
        answer, count = workbook(ENTRY_COLUMNS, entries, gettext("分户账") + house.label)
        with unit_of_work() as work:
            summary = f"导出分户账 {house.label}：{count} 笔"
            audit.record(work, actor(), "export", house, now=clock.now(), summary=summary)
        return answer

    @staticmethod
    def _account(key: int):
        house = load(House, key) if 0 < key < 2**63 else abort(404)
        account = queries.account_of(db.session(), house.id, area_ids=actor().area_ids)
        return house, account or abort(404)


def filter_of_request() -> tuple[queries.AccountFilter, list[str]]:
    """The list's filter as the address asks for it, and the names of amounts that can't be read."""
    given, faults = request.args, []
    bounds = {}
    for name, label in (("low", gettext("余额下限")), ("high", gettext("余额上限"))):
        try:
            bounds[name] = parse_yuan(given[name]) if given.get(name) else None
        except Refusal:
            faults.append(label)
    percent = None
    if given.get("renewal"):
        percent = policy.number(db.session(), "renewal_threshold_percent", clock.today())
    chosen = queries.AccountFilter(
        area_id=_key("area_id"), building_id=_key("building_id"), room=given.get("room", "").strip()[:40],
        owner=given.get("owner", "").strip()[:40], renewal_percent=percent,
        ended=bool(given.get("ended")), **bounds,
    )  # fmt: skip
    return chosen, faults


def workbook(columns: tuple[Column, ...], rows, title: str):
    """(the answer with the file, number of rows)."""
    stream = workbook_file()
    count = stream_rows(stream, columns, _cells(rows, columns), title=title)
    stream.seek(0)
    return send_file(stream, as_attachment=True, download_name=f"{title}_{clock.today():%Y%m%d}.xlsx"), count


def _cells(rows, columns: tuple[Column, ...]):
    return ([_cell(row, column.field) for column in columns] for row in rows)


def _cell(row, name: str):
    return f"{row.entry_id:08d}" if name == "number" else getattr(row, name)


def _named(model: type, key: int | None):
    return db.session.get(model, key) if key else None


def _key(name: str) -> int | None:
    text_given = request.args.get(name, "")
    if not text_given:
        return None
    if not text_given.isascii() or not text_given.isdigit() or len(text_given) > 18:
        abort(400)
    return int(text_given)


def _day(name: str) -> date | None:
    text_given = request.args.get(name, "").strip()
    try:
        return date.fromisoformat(text_given) if text_given else None
    except ValueError:
        abort(400)
