"""专户 (finance) and 凭证: what stands in the ledger, read only."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from wtforms import BooleanField, StringField

from app.domain.enums import EntryKind
from app.domain.errors import N_, Refusal, say
from app.extensions import db
from app.models import Area, EscrowAccount, House, JournalEntry, Organisation, PoolAccount, Posting, Project
from app.permissions import Permission
from app.screens import personal, searching
from app.screens.base import Table
from app.screens.choosing import RowField
from app.screens.fields import ChineseForm, at_most, required
from app.screens.filters import day, label, moment, thousands, yuan
from app.screens.placing import changed
from app.screens.request import actor
from app.screens.sections import section

LISTED = 200


class EscrowAccountForm(ChineseForm):
    bank_id = RowField(_("专户银行"), kind="bank")
    name = StringField(_("户名"), [required("请填写户名"), at_most(200)])
    bank_name = StringField(_("开户行"), [required("请填写开户行"), at_most(200)])
    account_no = personal.account_number(_("账号"))
    active = BooleanField(_("启用"), default=True, description=_("停用后新的物业区域不能选用"))


class EscrowAccounts(Table):
    """专户."""

    model, noun, route_base = EscrowAccount, N_("专户"), "/escrow-accounts"
    read_right, edit_right, form = Permission.ESCROW_VIEW, Permission.ESCROW_EDIT, EscrowAccountForm
    list_columns = show_columns = ["name", "bank", "bank_name", "account_no", "active"]
    label_columns = {"name": N_("户名")}
    searches = {
        "name": searching.Text(EscrowAccount.name),
        "bank": searching.Related(EscrowAccount.bank, name=Organisation.name),
        "account_no": searching.Text(EscrowAccount.account_no),
        "active": searching.YesNo(EscrowAccount.active),
    }
    order_by = {
        "name": EscrowAccount.name,
        "bank_name": EscrowAccount.bank_name,
        "account_no": EscrowAccount.account_no,
    }
    first_order = ("account_no", False)
    eager = (EscrowAccount.bank,)

    def prepare(self, work, row: EscrowAccount, form, *, is_new: bool) -> None:
        if not is_new and changed(row) & {"account_no", "bank_id"} and self._has_money(work, row):
            raise Refusal(say("该专户已有账目，账号和银行不能更改；换专户须办理转移"), field="account_no")

    @staticmethod
    def _has_money(work, row: EscrowAccount) -> bool:
        return bool(work.scalar(select(PoolAccount.id).where(PoolAccount.escrow_account_id == row.id).limit(1)))

    def sections(self, row: EscrowAccount) -> list[dict]:
        found = []
        if actor().can(Permission.PREMISES_VIEW):
            areas = db.session.scalars(
                select(Area).where(Area.escrow_account_id == row.id).order_by(Area.name).limit(LISTED)
            )
            lines = [([area.name, str(area.district)], url_for("Areas.show", pk=area.id)) for area in areas]
            found.append(section(_("存放于此专户的物业区域"), (_("物业区域"), _("区县")), lines))
        if actor().can(Permission.LEDGER_VIEW):
            pools = db.session.scalars(
                select(PoolAccount).where(PoolAccount.escrow_account_id == row.id).order_by(PoolAccount.id)
            )
            lines = [([label(pool.kind), yuan(pool.balance)], "") for pool in pools]
            found.append(section(_("专户科目"), (_("科目"), _("余额（元）")), lines, numbers=(1,)))
        return found


class JournalEntries(Table):
    """凭证: entries and postings of the ledger."""

    model, noun, route_base = JournalEntry, N_("凭证"), "/journal-entries"
    read_right = Permission.LEDGER_VIEW
    list_columns = ["number", "booked_on", "kind", "summary", "posting_count", "amount"]
    show_columns = ["number", "booked_on", "kind", "summary", "amount", "posting_count", "created_at", "hash"]
    label_columns = {"number": N_("凭证号"), "kind": N_("业务"), "posting_count": N_("分录数"), "hash": N_("凭证散列")}
    formatters_columns = {"booked_on": day, "amount": yuan, "posting_count": thousands, "created_at": moment}
    total_columns = ("amount",)
    searches = {
        "number": searching.Number(JournalEntry.id),
        "booked_on": searching.Day(JournalEntry.booked_on),
        "kind": searching.Choice(JournalEntry.kind, kind=EntryKind),
        "summary": searching.Text(JournalEntry.summary),
        "amount": searching.Yuan(JournalEntry.amount),
    }
    order_by = {"number": JournalEntry.id, "booked_on": JournalEntry.booked_on, "amount": JournalEntry.amount}
    first_order = ("number", True)

    def title_of(self, row: JournalEntry) -> str:
        return gettext("凭证 %(number)s", number=entry_number(row))

    def cell(self, row: JournalEntry, name: str):
        return entry_number(row) if name == "number" else super().cell(row, name)

    def sections(self, row: JournalEntry) -> list[dict]:
        query = (
            select(Posting, House, PoolAccount)
            .outerjoin(House, House.id == Posting.house_id)
            .outerjoin(PoolAccount, PoolAccount.id == Posting.pool_account_id)
            .where(Posting.entry_id == row.id).order_by(Posting.line).limit(LISTED)
        )  # fmt: skip
        lines = []
        for posting, house, pool in db.session.execute(query):
            debit, credit = (yuan(posting.amount), "") if posting.amount > 0 else ("", yuan(-posting.amount))
            owner = str(house) if house else str(pool.escrow_account) if pool else "—"
            address = url_for("Accounts.show", key=house.id) if house else ""
            lines.append(([label(posting.kind), owner, debit, credit], address))
        head = (_("科目"), _("户"), _("借方（元）"), _("贷方（元）"))
        title = _("分录") if row.posting_count <= LISTED else _("分录（前 %(count)s 条）", count=LISTED)
        found = [section(title, head, lines, numbers=(2, 3), total=row.posting_count)]
        if row.project_id and (project := db.session.get(Project, row.project_id)):
            found.append(section(_("维修项目"), (_("编号"), _("名称")), [([project.number, project.name], "")]))
        return found


def entry_number(row: JournalEntry) -> str:
    """凭证号 as it is printed: the chain's gapless number."""
    return f"{row.id:08d}"
