"""分户账对账单 of one house: every entry of the period with both balances after it, and a code to check it by."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date

from app.documents import wording as w
from app.documents.list_paper import ListColumn, ListPaper, ListRow
from app.domain.errors import NotYours
from app.entities.base import FieldCipher
from app.models import House
from app.queries import accounts
from app.queries.papers import department_name
from app.workflows.engine import Context

SLIP = (
    ListColumn("日期", 23),
    ListColumn("类别", 17),
    ListColumn("摘要", 38),
    ListColumn("本金增减", 23, "right"),
    ListColumn("利息增减", 21, "right"),
    ListColumn("本金余额", 23, "right"),
    ListColumn("利息余额", 21, "right"),
    ListColumn("余额", 23, "right"),
)


def account_slip(house: House, ctx: Context) -> list[ListPaper]:
    """`ctx.data` may hold `since` and `until` (dates); without them everything from the first entry to today."""
    session, scope = ctx.session, ctx.actor.area_ids
    account = accounts.account_of(session, house.id, area_ids=scope)
    if account is None:
        raise NotYours(f"HouseAccount {house.id}")
    since, until = ctx.data.get("since"), ctx.data.get("until") or ctx.today
    entries = accounts.account_entries(session, house.id, area_ids=scope, since=since, until=until)
    first = since or (entries[0].booked_on if entries else until)
    principal, interest = accounts.balance_at(session, house.id, until, area_ids=scope)
    rows = [
        ListRow(
            (
                entry.booked_on.isoformat(), entry.kind.label, _summary(entry), _signed(entry.principal),
                _signed(entry.interest), w.yuan(entry.principal_after), w.yuan(entry.interest_after),
                w.yuan(entry.balance),
            )
        )
        for entry in entries
    ]  # fmt: skip
    moved = (sum(entry.principal for entry in entries), sum(entry.interest for entry in entries))
    end = (w.yuan(principal), w.yuan(interest), w.yuan(principal + interest))
    rows.append(ListRow(("", "合计", f"{len(entries)} 笔", *map(_signed, moved), *end), "sum"))
    code = verification_code(house.id, first, until, principal, interest, entries[-1].entry_id if entries else 0)
    return [
        ListPaper(
            title="分户账对账单",
            columns=SLIP,
            rows=rows,
            facts=(
                f"物业区域：{account.area}　　房屋：{house.label}　　业主：{account.owner or '（未售）'}",
                f"楼幢：{account.building}　　单元：{account.unit or '—'}　　房号：{account.room}　　"
                f"建筑面积：{w.area(account.floor_area)} 平方米　　用途：{house.use.label}",
                f"期间：{w.span(first, until)}　　金额单位：元",
            ),
            notes=(
                f"截至 {w.day(until)} 余额 {w.both(principal + interest)}。",
                f"打印时已被维修项目锁定 ¥{w.yuan(account.held)}。",
                f"验证码：{code}",
            ),
            seals=(f"{department_name(session)}（盖章）",),
            printed_at=w.moment(ctx.now),
        )
    ]


def verification_code(house_id: int, since: date, until: date, principal: int, interest: int, last_entry: int) -> str:
    """Twelve signs that only this platform can work out of the slip's own figures: a changed slip shows."""
    text = f"slip:{house_id}:{since}:{until}:{principal}:{interest}:{last_entry}"
    digest = hmac.new(FieldCipher.hash_key, text.encode(), hashlib.sha256).hexdigest().upper()
    return "-".join(digest[start : start + 4] for start in (0, 4, 8))


def _summary(entry: accounts.AccountEntry) -> str:
    return entry.project_number or entry.kind.label


def _signed(fen: int) -> str:
    return f"+{w.yuan(fen)}" if fen > 0 else w.yuan(fen)
