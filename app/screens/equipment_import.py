"""设施设备 from Excel: template, upload, every faulty cell named, confirmation."""

from __future__ import annotations

import io

from flask import request, send_file, url_for

from app.domain.errors import Conflict, Refusal, say
from app.extensions import db
from app.models import Area
from app.permissions import Permission
from app.screens.asked import asked_number
from app.screens.audit import column_label
from app.screens.equipment_asked import posted_key
from app.screens.equipment_list import StaleRow
from app.screens.request import Screen, context, expose, load, requires, submit_once
from app.spreadsheets.equipment import write_empty
from app.spreadsheets.guard import MAX_PACKED
from app.workflows.equipment import uploads
from app.workflows.equipment.uploads import XLSX

SHOWN_FAULTS, SHOWN_CHANGES = 500, 50


class EquipmentImport(Screen):
    """导入设施设备 into an area."""

    route_base = "/equipment/import"
    menu_screen = "EquipmentList"

    @expose("/template.xlsx")
    @requires(Permission.EQUIPMENT_EDIT)
    def template(self):
        """An empty list to fill in."""
        return send_file(
            io.BytesIO(write_empty()), mimetype=XLSX, as_attachment=True, download_name="设施设备模板.xlsx"
        )

    @expose("/", methods=["GET", "POST"])
    @requires(Permission.EQUIPMENT_EDIT)
    def index(self):
        """Choose the area and the file."""
        if request.method == "GET":
            return self._form()
        file = request.files.get("file")
        data = file.stream.read(MAX_PACKED + 1) if file else b""

        def do(_session):
            if not file or not file.filename:
                raise Refusal(say("请选择要导入的 Excel 文件"), field="file")
            attachment = uploads.keep_upload(_chosen_area(), file.filename, data, context())
            return url_for("EquipmentImport.preview", key=attachment.id)

        return submit_once(do, answer=str, refused=self._form)

    def _form(self, refusal: Refusal | None = None):
        area_id = asked_number("area") or posted_key("area")
        area = db.session().get(Area, area_id) if area_id else None
        return self.page("equipment/upload.html", area=area, refusal=refusal)

    @expose("/<int:key>")
    @requires(Permission.EQUIPMENT_EDIT)
    def preview(self, key: int):
        """Every faulty cell, or what would be added and changed."""
        return self._preview(key)

    def _preview(self, key: int, refusal: Refusal | None = None):
        attachment, area = uploads.upload(key, context())
        plan = uploads.judge(attachment, area, context())
        return self.page(
            "equipment/preview.html", upload=attachment, area=area, plan=plan, refusal=refusal,
            faults=plan.sheet.faults[:SHOWN_FAULTS], changed=plan.changed[:SHOWN_CHANGES], column_label=column_label,
            status=409 if isinstance(refusal, StaleRow) else 200,
        )  # fmt: skip

    @expose("/<int:key>/store", methods=["POST"])
    @requires(Permission.EQUIPMENT_EDIT)
    def store(self, key: int):
        """Store what was previewed, all or nothing."""

        def do(_session):
            attachment, area = uploads.upload(key, context())
            try:
                return uploads.confirm(attachment, area, request.form.get("seal", ""), context()), area.id
            except Conflict as conflict:
                raise StaleRow(conflict) from conflict

        return submit_once(
            do, answer=lambda done: url_for("EquipmentList.list", area=done[1]), said=say("设施设备已导入"),
            refused=lambda refusal: self._preview(key, refusal),
        )  # fmt: skip


def _chosen_area() -> Area:
    key = posted_key("area")
    if not key:
        raise Refusal(say("请选择物业区域"), field="area")
    return load(Area, key)
