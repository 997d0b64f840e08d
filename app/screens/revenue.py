"""收益交款 (manual 1.4): the notice is filed and printed, the bank confirms, finance spreads or keeps it."""

from __future__ import annotations

from typing import Any

from flask import abort, request, url_for

from app import clock
from app.domain.enums import RevenueKind, RevenueState
from app.domain.errors import N_, NotYours, Refusal, say
from app.extensions import db
from app.models import Area, House, RevenueNotice
from app.permissions import Permission
from app.queries import revenue as queries
from app.screens.asked import asked_day, asked_member, asked_number, asked_words
from app.screens.exporting import Listing, export_list
from app.screens.paging import page_of
from app.screens.projects_frame import drawn_version, whole_number
from app.screens.request import Screen, actor, context, expose, load, requires, submit_once
from app.screens.ticked import act_on_ticked, posted_yuan
from app.spreadsheets.revenue import write_revenue
from app.workflows import engine
from app.workflows.revenue import actions
from app.workflows.revenue.benefit import Benefit
from app.workflows.revenue.flow import REVENUE, act, in_scope, lock_together


class Revenue(Screen):
    """收益交款."""

    route_base = "/revenue"
    default_view = "list"

    @expose("/")
    @requires(Permission.REVENUE_VIEW)
    def list(self):
        """Notices by state; a bank's are those of its own escrow accounts."""
        return self._list()

    def _list(self, refusal: Refusal | None = None):
        session, chosen, page = db.session(), _filter(), page_of()
        around = queries.overview(session, actor(), chosen)
        page.total = around.counts[chosen.state]
        rows = queries.notices(session, actor(), chosen, limit=page.size, offset=page.offset)
        ctx = context()
        offers = {row.id: {o.transition.name: o for o in engine.available(REVENUE, row, ctx)} for row in rows}
        return self.page(
            "revenue/list.html", rows=rows, page=page, chosen=chosen, around=around, states=RevenueState,
            offers=offers, today=ctx.today, refusal=refusal, typed=request.form, given=_given(),
            may_file=actor().can(Permission.REVENUE_FILE),
        )  # fmt: skip

    @expose("/export.xlsx")
    @requires(Permission.REVENUE_VIEW)
    def export(self):
        """The list as filtered, as Excel."""
        session, chosen = db.session(), _filter()
        return export_list(
            Listing(
                N_("收益交款"), RevenueNotice.__tablename__, write=write_revenue,
                count=lambda _most: queries.overview(session, actor(), chosen).counts[chosen.state],
                rows=lambda most: queries.all_notices(session, actor(), chosen, limit=most),
            )
        )  # fmt: skip

    @expose("/new", methods=["GET", "POST"])
    @requires(Permission.REVENUE_FILE)
    def new(self):
        """Area, 受益范围, amount, remark; 打印交款通知单 files the notice, once, and opens its page."""
        if request.method == "GET":
            return self._form()

        def do(_session):
            kind = request.form.get("kind", "")
            return actions.file_notice(
                whole_number(request.form.get("area", "")),
                RevenueKind(kind) if kind in {row.value for row in RevenueKind} else None,
                posted_yuan(), _benefit(), request.form.get("remark", ""), context(),
            )  # fmt: skip

        return submit_once(
            do, answer=lambda notice: url_for("Revenue.show", key=notice.id),
            said=say("收益交款通知书已开出，请打印后到银行交款"), refused=self._form,
        )  # fmt: skip

    def _form(self, refusal: Refusal | None = None):
        """The form as typed; with an area chosen, its buildings and units to tick."""
        key = whole_number(request.form["area"]) if request.form.get("area") else asked_number("area") or _only_area()
        area = load(Area, key) if key else None
        if area is not None and area.id not in (actor().area_ids or ()):
            abort(404)
        keys = [int(text) for text in request.form.getlist("houses") if text.isascii() and text.isdigit()]
        houses = [row for house in keys[:50] if (row := db.session.get(House, house))]
        return self.page(
            "revenue/new.html", area=area, kinds=RevenueKind, refusal=refusal, typed=request.form, houses=houses,
            places=queries.places_of_area(db.session(), area.id) if area else [],
        )  # fmt: skip

    @expose("/<int:key>/")
    @requires(Permission.REVENUE_VIEW)
    def show(self, key: int):
        """One notice: its paper, where the money is, and what this person may do with it."""
        return self._show(load_notice(key))

    def _show(self, notice: RevenueNotice, *, refusal: Refusal | None = None):
        offers = {offer.transition.name: offer for offer in engine.available(REVENUE, notice, context())}
        return self.page(
            "revenue/show.html", notice=notice, offers=offers, refusal=refusal, typed=request.form,
            today=clock.today(), spread=[] if actor().is_bank else queries.distributions(db.session(), notice.id),
        )  # fmt: skip

    @expose("/confirm", methods=["POST"])
    @requires(Permission.REVENUE_CONFIRM)
    def confirm(self):
        """确认已交款 of the ticked notices, each with its own serial number, on one booked day: all, or none."""
        return act_on_ticked(
            RevenueNotice, "confirm", act, lock_together, lambda notice: notice.organisation.name,
            answer=url_for("Revenue.list"), said=say("已确认交款并入账"), draw=self._list,
            draw_alone=lambda key, refusal: self._show(load_notice(key), refusal=refusal),
        )  # fmt: skip

    @expose("/<int:key>/void", methods=["POST"])
    @requires(Permission.REVENUE_FILE)
    def void(self, key: int):
        """作废, with a reason."""
        return self._act(key, "void", say("收益交款通知书已作废"))

    @expose("/<int:key>/keep", methods=["POST"])
    @requires(Permission.REVENUE_DISTRIBUTE)
    def keep(self, key: int):
        """留存收益户, by the owners' decision."""
        return self._act(key, "keep", say("已留存在收益户"))

    def _act(self, key: int, name: str, said):
        load_notice(key)
        return submit_once(
            lambda _session: act(key, name, context(reason=request.form.get("reason", "")), version=drawn_version()),
            answer=url_for("Revenue.show", key=key), said=said,
            refused=lambda refusal: self._show(load_notice(key), refusal=refusal),
        )  # fmt: skip


def load_notice(key: int) -> RevenueNotice:
    """The notice with its range, or 404 when it is none of the actor's."""
    notice = queries.notice_with_range(db.session(), key)
    if notice is None or not in_scope(notice, actor()):
        raise NotYours(f"RevenueNotice {key}")
    return notice


def _benefit() -> Benefit:
    """What was ticked: the whole area, or places of it. Refusal when a part was meant and none ticked."""
    if request.form.get("scope") == "area":
        return Benefit()
    buildings, units, houses = (
        tuple(whole_number(text) for text in request.form.getlist(name)) for name in ("buildings", "units", "houses")
    )
    chosen = Benefit(buildings, units, houses)
    if chosen.is_whole:
        raise Refusal(say("请选择受益范围"), field="benefit")
    return chosen


def _only_area() -> int | None:
    areas = actor().area_ids
    return next(iter(areas)) if areas is not None and len(areas) == 1 else None


def _filter() -> queries.RevenueFilter:
    first = RevenueState.PAID if actor().can(Permission.REVENUE_DISTRIBUTE) else RevenueState.ISSUED
    state = asked_member("state", RevenueState) or first
    return queries.RevenueFilter(state, asked_words(), asked_day("since"), asked_day("until"))


def _given() -> dict[str, Any]:
    """The filters of the address, for the chips and the export."""
    return {name: request.args[name] for name in ("search", "since", "until") if request.args.get(name)}
