"""历史项目: the projects of a former area, read only, as they stood when the area passed to another company."""

from __future__ import annotations

import json

from app.extensions import db
from app.models import Handover
from app.permissions import Permission
from app.queries import handovers as queries
from app.screens.asked import asked_number, asked_words
from app.screens.paging import page_of
from app.screens.request import Screen, expose, load, requires


class Handovers(Screen):
    """历史项目."""

    route_base = "/handovers"
    default_view = "list"

    @expose("/")
    @requires(Permission.HANDOVER_VIEW)
    def list(self):
        page, area, application = page_of(), asked_number("area"), asked_number("application")
        rows, page.total = queries.handovers(
            db.session(), area_id=area, application_id=application, words=asked_words(),
            limit=page.size, offset=page.offset,
        )  # fmt: skip
        return self.page(
            "handovers/list.html", rows=rows, page=page, search=asked_words(), area=area, application=application
        )

    @expose("/<int:key>/")
    @requires(Permission.HANDOVER_VIEW)
    def show(self, key: int):
        row = load(Handover, key)
        return self.page("handovers/show.html", row=row, told=json.loads(row.content))
