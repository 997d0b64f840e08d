"""房屋清册导入 and 期初余额确认: upload, every faulty cell named, confirm; finance posts the opening balances."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any

from flask import abort, request, send_file, url_for

from app import audit, clock
from app.domain.errors import Refusal, Sentence, say
from app.domain.money import parse_yuan
from app.extensions import db
from app.jobs.queue import enqueue
from app.models import Area, OpeningBatch, PlatformUser
from app.permissions import Permission
from app.queries import roster as queries
from app.screens.exporting import workbook_file
from app.screens.request import Screen, actor, context, expose, load, requires, submit_once
from app.spreadsheets import roster as sheets
from app.spreadsheets.columns import Column
from app.spreadsheets.guard import MAX_PACKED
from app.spreadsheets.reader import Fault, Sheet
from app.spreadsheets.roster import Summary, summarise
from app.spreadsheets.writer import stream_rows, write_template
from app.transaction import unit_of_work
from app.workflows import engine
from app.workflows.roster import uploads
from app.workflows.roster.flow import OPENING

SHOWN_FAULTS = 500
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Preview:
    """What the preview page shows, whether it was judged at once or in the background."""

    faults: list[Fault]
    fault_count: int
    summary: Summary

    @classmethod
    def of_sheet(cls, sheet: Sheet) -> Preview:
        return cls(sheet.faults[:SHOWN_FAULTS], len(sheet.faults), summarise(sheet))

    @classmethod
    def of_job(cls, result: dict[str, Any]) -> Preview:
        faults = [
            Fault(row["row"], row["column"], row["value"], Sentence(row["template"], row["values"]))
            for row in result["faults"]
        ]
        return cls(faults, result["fault_count"], Summary(**result["summary"]))


class Roster(Screen):
    """The clerk imports a roster into an area."""

    route_base = "/roster"

    @expose("/")
    @requires(Permission.ROSTER_IMPORT)
    def list(self):
        return self._upload_page()

    def _upload_page(self, refusal: Refusal | None = None):
        session = db.session()
        chosen = request.values.get("area", type=int)
        return self.page(
            "roster/upload.html",
            areas=queries.areas_to_choose(session),
            chosen=chosen,
            batches=queries.recent_batches(session),
            refusal=refusal,
        )

    @expose("/template.xlsx")
    @requires(Permission.ROSTER_IMPORT)
    def template(self):
        """An empty roster to fill in."""
        example = ("1栋", "1单元", "101", "1", "89.46", "登记", "住宅", "已售", "陈永康", "", "")
        example += ("5546.52", "2012-02-04", "2330.07", "1021.90")
        data = write_template(sheets.columns(), title="房屋清册", examples=[example])
        return send_file(io.BytesIO(data), mimetype=XLSX, as_attachment=True, download_name="房屋清册模板.xlsx")

    @expose("/export", methods=["POST"])
    @requires(Permission.ROSTER_IMPORT)
    def export(self):
        """房屋清册 of an area, in the columns of the import; with personal data only where asked, and in the trail."""
        try:
            area = _chosen_area()
        except Refusal as refusal:
            return self._upload_page(refusal)[0], 422
        personal = request.form.get("personal") == "1" and actor().can(Permission.PERSONAL_DATA)
        columns = sheets.columns()
        stream = workbook_file()
        rows = queries.house_rows(db.session(), area.id, personal=personal)
        count = stream_rows(stream, columns, (_cells(row, columns) for row in rows), title="房屋清册")
        stream.seek(0)
        told = f"导出房屋清册 {area}：{count} 户" + ("，含证件号码和电话" if personal else "")
        with unit_of_work() as work:
            audit.record(work, actor(), "export_roster", area, now=clock.now(), summary=told)
        name = f"房屋清册_{area}_{clock.today():%Y%m%d}.xlsx"
        return send_file(stream, mimetype=XLSX, as_attachment=True, download_name=name)

    @expose("/upload", methods=["POST"])
    @requires(Permission.ROSTER_IMPORT)
    def upload(self):
        """Keep the file; small ones are judged on the next page, large ones in the background."""
        file = request.files.get("file")
        data = file.stream.read(MAX_PACKED + 1) if file else b""

        def do(_session):
            area = _chosen_area()
            if not file or not file.filename:
                raise Refusal(say("请选择要导入的 Excel 文件"), field="file")
            attachment = uploads.keep_upload(area, file.filename, data, context())
            if len(data) < uploads.IN_BACKGROUND_FROM:
                return url_for("Roster.preview", key=attachment.id)
            return _in_background("check_roster", attachment.id)

        return submit_once(do, answer=str, refused=self._upload_page)

    @expose("/<int:key>/preview")
    @requires(Permission.ROSTER_IMPORT)
    def preview(self, key: int):
        """Every faulty cell, or the counts and sums to confirm."""
        return self._preview_page(key)

    def _preview_page(self, key: int, refusal: Refusal | None = None):
        attachment = uploads.upload(key, context())
        if attachment.size < uploads.IN_BACKGROUND_FROM:
            try:
                preview = Preview.of_sheet(uploads.judge(attachment, context()))
            except Refusal as unreadable:  # no roster at all: back to where another file is chosen
                return _unread(self._upload_page(unreadable))
        else:
            job = queries.last_check(db.session(), key) or abort(404)
            preview = Preview.of_job(json.loads(job.result))
        area = load(Area, attachment.subject_id)
        return self.page("roster/preview.html", upload=attachment, area=area, preview=preview, refusal=refusal)

    @expose("/<int:key>/store", methods=["POST"])
    @requires(Permission.ROSTER_IMPORT)
    def store(self, key: int):
        """Store what was previewed, all or nothing; the opening balances then wait for finance."""

        def do(_session):
            ctx = context()
            attachment = uploads.upload(key, ctx)
            if attachment.size >= uploads.IN_BACKGROUND_FROM:
                return _in_background("store_roster", attachment.id)
            batch = uploads.confirm(attachment, uploads.judge(attachment, ctx), ctx)
            return url_for("Openings.show", key=batch.id)

        return submit_once(
            do, answer=str, said=say("房屋清册已提交导入"), refused=lambda refusal: self._preview_page(key, refusal)
        )


def _unread(drawn: tuple[str, int]) -> tuple[str, int]:
    return drawn[0], 422


class Openings(Screen):
    """期初余额确认: finance types count and total from the paper and posts, or sends the batch back."""

    route_base = "/roster/openings"

    @expose("/")
    @requires(Permission.ESCROW_VIEW)
    def list(self):
        return self.page(
            "roster/openings.html", batches=queries.recent_batches(db.session(), limit=200),
            blind=actor().can(Permission.OPENING_CONFIRM),
        )  # fmt: skip

    @expose("/<int:key>")
    @requires(Permission.ESCROW_VIEW)
    def show(self, key: int):
        return self._show(load(OpeningBatch, key))

    def _show(self, batch: OpeningBatch, refusal: Refusal | None = None):
        session = db.session()
        user_ids = (batch.created_by_id, batch.decided_by_id)
        people = {user_id: session.get(PlatformUser, user_id) for user_id in user_ids if user_id}
        offers = engine.available(OPENING, batch, context())
        return self.page(
            "roster/opening.html", batch=batch, people=people, offers=offers, refusal=refusal, typed=request.form,
            wrong=_wrong(refusal),
        )  # fmt: skip

    @expose("/<int:key>/<any(confirm, decline):name>", methods=["POST"])
    @requires(Permission.OPENING_CONFIRM)
    def decide(self, key: int, name: str):
        """确认入账 or 退回."""
        batch = load(OpeningBatch, key)

        def do(_session):
            data = {"reason": request.form.get("reason", "")} if name == "decline" else _typed_figures()
            return engine.apply(OPENING, key, name, context(**data), version=request.form.get("version", type=int))

        return submit_once(
            do,
            answer=url_for("Openings.show", key=key),
            said=say("期初余额已入账") if name == "confirm" else say("已退回"),
            refused=lambda refusal: self._show(batch, refusal),
        )


def _cells(row: dict[str, Any], columns: tuple[Column, ...]) -> list[Any]:
    """A house's cells; co-owners stand in one, as an import reads them."""
    values = {**row, "owner": sheets.CO_OWNERS.join(row["owners"])}
    return [values[column.field] or None if not column.number else values[column.field] for column in columns]


class FaultyFigures(Refusal):
    """What is wrong with the figures typed, by field."""

    def __init__(self, faults: dict[str, Sentence]):
        self.faults = faults
        super().__init__(next(iter(faults.values())), field=next(iter(faults)))


def _chosen_area() -> Area:
    area = db.session().get(Area, request.form.get("area", 0, type=int) or 0)
    if area is None:
        raise Refusal(say("请选择物业区域"), field="area")
    return area


def _wrong(refusal: Refusal | None) -> dict[str, Sentence]:
    """The sentences that stand at a field of 核对后入账 or 退回; the rest stands on top."""
    if refusal is None:
        return {}
    return getattr(refusal, "faults", {refusal.field: refusal.sentence} if refusal.field else {})


def _typed_figures() -> dict[str, int]:
    faults, count, total = {}, request.form.get("house_count", "").strip(), 0
    if not count:
        faults["house_count"] = say("请填写户数")
    elif not count.isdecimal():
        faults["house_count"] = say("户数应为整数")
    try:
        total = parse_yuan(request.form.get("total", ""))
    except Refusal as refusal:
        faults["total"] = refusal.sentence
    if faults:
        raise FaultyFigures(faults)
    return {"house_count": int(count[:9]), "total": total}


def _in_background(name: str, attachment_id: int) -> str:
    ctx = context()
    job = enqueue(ctx.session, name, {"attachment_id": attachment_id}, actor=actor(), now=ctx.now)
    return url_for("Jobs.show", key=job.id)
