"""Money that leaves for a payee and money that comes back from one (`money.md` 2, Payout and Refund), in fen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.apportion import draw_down, give_back
from app.domain.enums import AccountKind, EntryKind, ProjectState
from app.domain.errors import Refusal, say
from app.domain.money import format_yuan
from app.ledger import chain, journal
from app.ledger.accounts import pool
from app.ledger.balances import Funds
from app.ledger.premises import Money, pass_on
from app.ledger.project_houses import INTEREST_FIRST, house_lines, lock_houses, move_drawn, split_draws, split_returns
from app.models import JournalEntry, Project, Transfer
from app.permissions import Actor


def pay_transfer(
    session: Session,
    transfer: Transfer,
    *,
    booked_on: date,
    now: datetime,
    actor: Actor,
    draw_order: str = INTEREST_FIRST,
) -> JournalEntry:
    """Post one payee line that the bank has confirmed: draw_down(P, u − p) over the houses, out of what is held.

    Errors: Conflict when the line is posted already; Refusal when the houses together owe less, the project holds no
    money, its accounts belong to another escrow account, or `post_entry` refuses.
    """
    chain.lock_head(session)
    journal.refuse_repetition(session, key := f"payout:{transfer.application_id}:{transfer.line}")
    rows, funds = lock_houses(session, transfer.project_id)
    _check_escrow(funds, transfer.escrow_account_id)
    parts = draw_down(transfer.amount, [row.fund_limit - row.paid for row in rows])
    if any(part > row.held for row, part in zip(rows, parts, strict=True)):
        raise Refusal(say("项目资金未锁定，不能拨付"))
    split = split_draws(rows, parts, funds, draw_order)
    lines = house_lines(rows, split)
    lines.append(journal.pooled(pool(session, AccountKind.BANK, transfer.escrow_account_id), -transfer.amount))
    entry = journal.post_entry(
        session, EntryKind.PAYOUT, key, lines, booked_on=booked_on, now=now, actor=actor,
        project_id=transfer.project_id, summary=f"{transfer.account_name} {transfer.account_no}",
        holds={row.house_id: -part for row, part in zip(rows, parts, strict=True)},
    )  # fmt: skip
    moved = [(r.house_id, i, p, -part) for r, (i, p), part in zip(rows, split, parts, strict=True) if part]
    move_drawn(session, transfer.project_id, moved)
    transfer.entry_id = entry.id
    return entry


def refund_transfer(
    session: Session,
    transfer: Transfer,
    amount: int,
    *,
    refund_key: str,
    booked_on: date,
    now: datetime,
    actor: Actor,
) -> JournalEntry:
    """Post money that came back (清退, 退汇) to the very accounts it came from; held again while the project runs.

    Over the houses by give_back(R, p), inside a house by what was drawn net from interest and from principal; what
    comes back to a house that was split or merged since passes on to its successors in an entry of its own.
    Errors: Refusal when the line has not been paid or `amount` fen is more than the line less its other refunds;
    Conflict when `refund_key` is posted already.
    """
    chain.lock_head(session)
    journal.refuse_repetition(session, key := f"refund:{refund_key}")
    _check_refund(transfer, amount)
    rows, funds = lock_houses(session, transfer.project_id)
    _check_escrow(funds, transfer.escrow_account_id)
    parts = give_back(amount, [row.paid for row in rows])
    split = split_returns(rows, parts)
    runs = session.scalar(select(Project.state).where(Project.id == transfer.project_id)) is ProjectState.RUNNING
    holds = [part if runs else 0 for part in parts]
    lines = [journal.pooled(pool(session, AccountKind.BANK, transfer.escrow_account_id), amount)]
    lines += house_lines(rows, split)
    entry = journal.post_entry(
        session, EntryKind.REFUND, key, lines, booked_on=booked_on, now=now, actor=actor,
        project_id=transfer.project_id, summary=f"{transfer.account_name} {transfer.account_no}",
        holds={row.house_id: hold for row, hold in zip(rows, holds, strict=True) if hold},
    )  # fmt: skip
    move_drawn(
        session, transfer.project_id, [(r.house_id, i, p, h) for r, (i, p), h in zip(rows, split, holds, strict=True)]
    )
    transfer.refunded += amount
    gains = {row.house_id: Money(-principal, -interest) for row, (interest, principal) in zip(rows, split, strict=True)}
    pass_on(session, entry, gains, booked_on=booked_on, now=now, actor=actor)
    return entry


def _check_escrow(funds: Mapping[int, Funds], escrow_account_id: int) -> None:
    if any(fund.escrow_account_id != escrow_account_id for fund in funds.values()):
        raise Refusal(say("划转所选专户与房屋分户账所属专户不一致"))


def _check_refund(transfer: Transfer, amount: int) -> None:
    left = transfer.amount - transfer.refunded if transfer.entry_id else 0
    if not 0 < amount <= left:
        sentence = say("清退金额 %(amount)s 须大于零且不超过该笔可清退金额 %(left)s",
                       amount=format_yuan(amount), left=format_yuan(left))  # fmt: skip
        raise Refusal(sentence, field="amount")
