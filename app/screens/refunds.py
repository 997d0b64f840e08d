"""项目清退: the project's dialog 资金清退, the notice's page, and the bank's 清退确认 one by one or several at once."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from app import clock
from app.domain.enums import ProjectState, RefundReason, RefundState
from app.domain.errors import N_, NotYours, Refusal, say
from app.extensions import db
from app.models import Project, Refund
from app.permissions import Permission
from app.queries import refunds as queries
from app.screens.asked import asked_day, asked_member, asked_words
from app.screens.exporting import Listing, export_list
from app.screens.paging import page_of
from app.screens.projects_frame import drawn_version, load_project, save_tab, whole_number, workbench
from app.screens.projects_tabs import fill_act
from app.screens.request import Screen, actor, context, expose, requires, submit_once
from app.screens.ticked import act_on_ticked, posted_yuan
from app.spreadsheets.refunds import write_refunds
from app.workflows import engine
from app.workflows.projects.menu import why_closed
from app.workflows.refunds import actions
from app.workflows.refunds.flow import REFUND, act, in_scope, lock_together

PAYS_BACK = (ProjectState.RUNNING, ProjectState.CLOSED)


class Refunds(Screen):
    """清退."""

    route_base = "/refunds"
    default_view = "list"

    @expose("/")
    @requires(Permission.REFUND_VIEW)
    def list(self):
        """Notices by state; a bank's are those of its own escrow accounts."""
        return self._list()

    def _list(self, refusal: Refusal | None = None):
        session, chosen, page = db.session(), _filter(), page_of()
        around = queries.overview(session, actor(), chosen)
        page.total = around.counts[chosen.state]
        rows = queries.refunds(session, actor(), chosen, limit=page.size, offset=page.offset)
        ctx = context()
        offers = {row.id: {o.transition.name: o for o in engine.available(REFUND, row, ctx)} for row in rows}
        return self.page(
            "refunds/list.html", rows=rows, page=page, chosen=chosen, around=around, states=RefundState, offers=offers,
            today=ctx.today, refusal=refusal, typed=request.form, given=_given(),
        )  # fmt: skip

    @expose("/export.xlsx")
    @requires(Permission.REFUND_VIEW)
    def export(self):
        """The list as filtered, as Excel."""
        session, chosen = db.session(), _filter()
        return export_list(
            Listing(
                N_("清退"), Refund.__tablename__, write=write_refunds,
                count=lambda _most: queries.overview(session, actor(), chosen).counts[chosen.state],
                rows=lambda most: queries.all_refunds(session, actor(), chosen, limit=most),
            )
        )  # fmt: skip

    @expose("/project/<int:key>")
    @requires(Permission.REFUND_FILE)
    def dialog(self, key: int):
        """资金清退: the project's paid lines with what of each may still come back."""
        return self._dialog(load_project(key))

    def _dialog(self, project: Project, *, status: int = 200, refusal: Refusal | None = None):
        lines, filed = queries.of_project(db.session(), project.id)
        at = request.form.get("transfer_id", "")
        is_open = any(line.left > 0 for line in lines) and project.state in PAYS_BACK
        return workbench(
            self, project, "applications", status=status, template="refunds/dialog.html", paid_lines=lines, filed=filed,
            reasons=actions.REASONS, typed=request.form, at=at, fault=refusal, today=clock.today(),
            closed=None if is_open else why_closed(project, "file_refund", context()),
        )  # fmt: skip

    @expose("/project/<int:key>", methods=["POST"])
    @requires(Permission.REFUND_FILE)
    def file(self, key: int):
        """打印通知单: files the notice, once, and opens its page with the button 打印."""
        load_project(key)

        def do(_session):
            reason = request.form.get("reason", "")
            return actions.file_refund(
                key, whole_number(request.form.get("transfer_id", "")), posted_yuan(),
                RefundReason(reason) if reason in {row.value for row in actions.REASONS} else None,
                request.form.get("reason_text", ""), context(), version=drawn_version(),
            )  # fmt: skip

        return save_tab(
            self, do, answer=lambda refund: url_for("Refunds.show", key=refund.id),
            said=say("清退通知单已开出，请打印后到专户银行办理"),
            draw=lambda refusal, status: self._dialog(load_project(key), status=status, refusal=refusal),
        )  # fmt: skip

    @expose("/<int:key>/")
    @requires(Permission.REFUND_VIEW)
    def show(self, key: int):
        """One notice: what comes back to where, its paper, and what this person may do with it."""
        return self._show(load_refund(key))

    def _show(self, refund: Refund, *, refusal: Refusal | None = None, refused_act: str = ""):
        offers = {offer.transition.name: offer for offer in engine.available(REFUND, refund, context())}
        return self.page(
            "refunds/show.html", refund=refund, offers=offers, refusal=refusal, refused_act=refused_act,
            typed=request.form, today=clock.today(),
        )  # fmt: skip

    @expose("/confirm", methods=["POST"])
    @requires(Permission.REFUND_CONFIRM)
    def confirm(self):
        """确认已退回 of the ticked notices, each with its own serial number, on one booked day: all, or none."""
        return act_on_ticked(
            Refund, "confirm", act, lock_together, lambda refund: refund.transfer.account_name,
            answer=url_for("Refunds.list"), said=say("已确认退回并入账"), draw=self._list,
            draw_alone=lambda key, refusal: self._show(load_refund(key), refusal=refusal, refused_act="confirm"),
        )  # fmt: skip

    @expose("/<int:key>/void", methods=["POST"])
    @requires(Permission.REFUND_FILE)
    def void(self, key: int):
        """作废 by the company, with a reason."""
        load_refund(key)

        def do(_session):
            return act(key, "void", context(reason=request.form.get("reason", "")), version=drawn_version())

        def refused(refusal: Refusal):
            return self._show(load_refund(key), refusal=refusal, refused_act="void")

        return submit_once(do, answer=url_for("Refunds.show", key=key), said=say("清退通知单已作废"), refused=refused)


def load_refund(key: int) -> Refund:
    """The refund, or 404 when it is none of the actor's."""
    refund = queries.refund(db.session(), key)
    if refund is None or not in_scope(refund, actor()):
        raise NotYours(f"Refund {key}")
    return refund


def _filter() -> queries.RefundFilter:
    state = asked_member("state", RefundState) or RefundState.ISSUED
    return queries.RefundFilter(state, asked_words(), asked_day("since"), asked_day("until"))


def _given() -> dict[str, Any]:
    """The filters of the address, for the chips and the export."""
    return {name: request.args[name] for name in ("search", "since", "until") if request.args.get(name)}


fill_act("file_refund", lambda project, ctx: url_for("Refunds.dialog", key=project.id))
