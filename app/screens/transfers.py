"""资金划转: finance prepares and ends, the bank confirms or refuses, the company corrects, a reviewer rechecks."""

from __future__ import annotations

from flask import request, url_for
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms import StringField

from app import clock
from app.domain.enums import TransferState
from app.domain.errors import NotYours, Refusal, say
from app.extensions import db
from app.models import Application, Transfer
from app.permissions import Permission
from app.queries import refunds
from app.queries import transfers as queries
from app.screens.asked import asked_member, asked_words
from app.screens.fields import ChineseForm, at_most, required
from app.screens.paging import page_of
from app.screens.projects_frame import drawn_version
from app.screens.request import Screen, actor, context, expose, requires, submit_once
from app.screens.ticked import act_on_ticked, booked_day, posted_yuan
from app.workflows import engine
from app.workflows.payouts.flow import TRANSFER, act, lock_together
from app.workflows.refunds.actions import book_return
from app.workflows.refunds.rules import project_takes_money_back, refundable

STATES = (
    TransferState.PENDING,
    TransferState.PREPARED,
    TransferState.REFUSED,
    TransferState.CORRECTED,
    TransferState.PAID,
    TransferState.ENDED,
)
# Which state a person sees first: what waits for them.
FIRST = (
    (Permission.TRANSFER_CONFIRM, TransferState.PREPARED),
    (Permission.TRANSFER_PREPARE, TransferState.PENDING),
    (Permission.TRANSFER_RECHECK, TransferState.CORRECTED),
    (Permission.TRANSFER_CORRECT, TransferState.REFUSED),
)


class CorrectionForm(ChineseForm):
    """Name, bank and account of a refused line, and why another than a contractor; nothing else."""

    account_name = StringField(_("户名"), [required("请填写户名"), at_most(200)])
    bank_name = StringField(_("开户行"), [required("请填写开户行"), at_most(200)])
    account_no = StringField(_("账号"), [required("请填写账号"), at_most(64)])
    foreign_reason = StringField(_("说明"), [at_most(400)], description=_("户名不是本项目施工单位的，请写明原因"))


class Transfers(Screen):
    """资金划转."""

    route_base = "/transfers"
    default_view = "list"

    @expose("/")
    @requires(Permission.TRANSFER_VIEW)
    def list(self):
        """Lines by state; a bank's are those of its own escrow accounts."""
        return self._list()

    def _list(self, *, refusal: Refusal | None = None):
        state = asked_member("state", TransferState) or _first_state()
        page = page_of()
        rows, page.total, amount = queries.transfers(
            db.session(), actor(), states=(state,), search=asked_words(), limit=page.size, offset=page.offset
        )
        ctx = context()
        offers = {row.id: {o.transition.name: o for o in engine.available(TRANSFER, row, ctx)} for row in rows}
        return self.page(
            "transfers/bank.html" if actor().is_bank else "transfers/list.html", rows=rows, page=page, amount=amount,
            state=state, states=STATES, counts=queries.counts_by_state(db.session(), actor()), offers=offers,
            search=asked_words(), today=clock.today(), refusal=refusal, typed=request.form,
            waiting=queries.count_waiting(db.session(), actor()),
        )  # fmt: skip

    @expose("/<int:key>/")
    @requires(Permission.TRANSFER_VIEW)
    def show(self, key: int):
        """One line with what this person may do with it."""
        return self._show(load_transfer(key))

    def _show(self, transfer: Transfer, *, form: CorrectionForm | None = None, refusal: Refusal | None = None,
              refused_act: str = ""):  # fmt: skip
        offers = {offer.transition.name: offer for offer in engine.available(TRANSFER, transfer, context())}
        status = 422 if (form is not None and form.errors) else 200
        return self.page(
            "transfers/show.html", status=status, transfer=transfer, offers=offers, refusal=refusal,
            form=form or CorrectionForm(formdata=None, obj=transfer), today=clock.today(),
            before=queries.before_correction(db.session(), transfer),
            refunds=refunds.of_transfer(db.session(), transfer.id), back=_may_come_back(transfer),
            reason=request.form.get("reason", "")[:400], typed=request.form, refused_act=refused_act,
        )  # fmt: skip

    @expose("/prepare", methods=["POST"])
    @requires(Permission.TRANSFER_PREPARE)
    def prepare(self):
        """办理划转 of the ticked lines: all of them, or none."""
        return self._together("prepare", say("已送银行确认"))

    @expose("/confirm", methods=["POST"])
    @requires(Permission.TRANSFER_CONFIRM)
    def confirm(self):
        """确认已划转 of the ticked lines, each with its own serial number, on one booked day: all, or none."""
        return self._together("confirm", say("已确认划转并入账"))

    def _together(self, name: str, said):
        return act_on_ticked(
            Transfer, name, act, lock_together, lambda line: line.account_name, answer=url_for("Transfers.list"),
            said=said, draw=lambda refusal: self._list(refusal=refusal),
            draw_alone=lambda key, refusal: self._show(load_transfer(key), refusal=refusal),
        )  # fmt: skip

    @expose("/<int:key>/refuse", methods=["POST"])
    @requires(Permission.TRANSFER_CONFIRM)
    def refuse(self, key: int):
        return self._act(key, "refuse", say("已退回，企业将更正收款账户"))

    @expose("/<int:key>/end", methods=["POST"])
    @requires(Permission.TRANSFER_PREPARE)
    def end(self, key: int):
        return self._act(key, "end", say("已终止，该笔金额可重新申请"))

    @expose("/<int:key>/recheck", methods=["POST"])
    @requires(Permission.TRANSFER_RECHECK)
    def recheck(self, key: int):
        return self._act(key, "recheck", say("复核通过，转财务重新办理"))

    @expose("/<int:key>/decline", methods=["POST"])
    @requires(Permission.TRANSFER_RECHECK)
    def decline(self, key: int):
        return self._act(key, "decline", say("已退回企业重新更正"))

    @expose("/<int:key>/correct", methods=["POST"])
    @requires(Permission.TRANSFER_CORRECT)
    def correct(self, key: int):
        """更正收款账户 of a line that the bank refused."""
        transfer, form = load_transfer(key), CorrectionForm()
        if not form.validate_on_submit():
            return self._show(transfer, form=form)
        data = {name: form[name].data for name in ("account_name", "bank_name", "account_no", "foreign_reason")}

        def refused(refusal: Refusal):
            shown = form.add_refusal(refusal)
            return self._show(load_transfer(key), form=form, refusal=None if shown else refusal)

        return submit_once(
            lambda _session: act(key, "correct", context(**data), version=drawn_version()),
            answer=url_for("Transfers.show", key=key), said=say("已更正，等待复核"), refused=refused,
        )  # fmt: skip

    @expose("/<int:key>/return", methods=["POST"])
    @requires(Permission.REFUND_BOOK)
    def book_return(self, key: int):
        """退汇入账: the payee's bank has sent a paid line back, whole or in part."""
        load_transfer(key)
        data = {"bank_serial": request.form.get("bank_serial", ""), "booked_on": booked_day()}

        def do(_session):
            return book_return(key, posted_yuan(), context(**data), version=drawn_version())

        def refused(refusal: Refusal):
            return self._show(load_transfer(key), refusal=refusal, refused_act="return")

        return submit_once(
            do, answer=url_for("Transfers.show", key=key), said=say("退汇已入账，款项已退回各分户账"), refused=refused
        )

    def _act(self, key: int, name: str, said):
        load_transfer(key)
        data = {"reason": request.form.get("reason", "")[:400]}

        def refused(refusal: Refusal):
            return self._show(load_transfer(key), refusal=refusal, refused_act=name)

        return submit_once(
            lambda _session: act(key, name, context(**data), version=drawn_version()),
            answer=url_for("Transfers.show", key=key), said=said, refused=refused,
        )  # fmt: skip


def load_transfer(key: int) -> Transfer:
    """The line with its application and project, or 404 when it is none of the actor's."""
    transfer = db.session.scalar(
        select(Transfer)
        .where(Transfer.id == key)
        .options(
            joinedload(Transfer.application).joinedload(Application.organisation),
            joinedload(Transfer.application).joinedload(Application.phase),
            joinedload(Transfer.project),
            joinedload(Transfer.escrow_account),
        )
    )
    if transfer is None or not TRANSFER.in_scope(transfer, actor()):
        raise NotYours(f"Transfer {key}")
    return transfer


def _may_come_back(transfer: Transfer) -> int:
    """What of the line whoever looks may book as 退汇, fen; 0 for those without the right."""
    ctx = context()
    if not ctx.actor.can(Permission.REFUND_BOOK) or project_takes_money_back(transfer.project, ctx):
        return 0
    return refundable(ctx.session, transfer)


def _first_state() -> TransferState:
    return next((state for permission, state in FIRST if actor().can(permission)), TransferState.PENDING)
