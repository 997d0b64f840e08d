"""收益分摊: preview house by house, then post it; the list of what was spread."""

from __future__ import annotations

from flask import request, url_for

from app.domain.errors import Refusal, say
from app.domain.money import parse_yuan
from app.extensions import db
from app.models import Distribution
from app.permissions import Permission
from app.queries import revenue as queries
from app.screens.paging import page_of
from app.screens.projects_frame import drawn_version
from app.screens.request import Screen, context, expose, load, requires, submit_once
from app.screens.revenue import load_notice
from app.screens.ticked import posted_yuan
from app.workflows.revenue import distributing
from app.workflows.revenue.flow import act


class RevenueSpread(Screen):
    """收益分摊 of one payment."""

    route_base = "/revenue-spread"

    @expose("/<int:key>/", methods=["GET", "POST"])
    @requires(Permission.REVENUE_DISTRIBUTE)
    def index(self, key: int):
        """The whole of what is left, or the amount asked for, house by house before it is posted."""
        notice = load_notice(key)
        if request.method == "GET":
            return self._preview(notice)

        def do(_session):
            return act(key, "distribute", context(amount=posted_yuan()), version=drawn_version())

        return submit_once(
            do, answer=url_for("Revenue.show", key=key), said=say("收益已分摊到分户账"),
            refused=lambda refusal: self._preview(load_notice(key), refusal),
        )  # fmt: skip

    def _preview(self, notice, refusal: Refusal | None = None):
        asked = request.form.get("amount") or request.args.get("amount")
        parts, page = [], page_of()
        try:
            amount = posted_yuan() if request.form.get("amount") else _asked_yuan(asked, notice.left)
            parts = distributing.preview(notice, amount, context())
        except Refusal as wrong:
            refusal, amount = refusal or wrong, 0
        page.total = len(parts)
        return self.page(
            "revenue/spread.html", notice=notice, amount=amount, asked=asked, refusal=refusal, page=page,
            parts=parts[page.offset : page.offset + page.size], count=len(parts),
            floor_area=sum(part.floor_area for part in parts),
        )  # fmt: skip

    @expose("/list/<int:key>")
    @requires(Permission.ACCOUNT_VIEW)
    def lines(self, key: int):
        """收益分摊清册 of one distribution."""
        done = load(Distribution, key)
        load_notice(done.notice_id)
        lines, page = queries.lines(db.session(), key), page_of()
        page.total = len(lines)
        return self.page(
            "revenue/lines.html", done=done, notice=done.notice, page=page,
            lines=lines[page.offset : page.offset + page.size], floor_area=sum(line[2] for line in lines),
        )  # fmt: skip


def _asked_yuan(text: str | None, left: int) -> int:
    """The amount of the address in fen; nothing asked is all that is left."""
    if not text:
        return left
    try:
        return parse_yuan(text)
    except Refusal as refusal:
        raise Refusal(refusal.sentence, field="amount") from refusal
