"""Worked examples: amounts in yuan, one column a house, as an accountant writes them on paper."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.domain.enums import EntryKind, ProjectState
from app.ledger.checks import verify
from app.ledger.project_money import (
    drop_fund,
    fix_fund,
    fund_total,
    limit_total,
    net_paid,
    settle_ahead,
    settlement_preview,
)
from app.models import ItemShare, JournalEntry, PoolAccount, Transfer
from tests.ledger.desk import Desk

pytestmark = pytest.mark.money


def yuan(*amounts: float) -> list[int]:
    return [round(amount * 100) for amount in amounts]


def shares(houses, *amounts: float):
    return list(zip(houses, yuan(*amounts), strict=True))


def test_money_md_2_example(desk: Desk):
    """b = 100/100/100, f = 100/40/100; 60 % paid; settled at 270; last payout 76; the owner of house 2 pays 50."""
    houses = desk.add_houses(yuan(500, 40, 500))
    project = desk.start(desk.project(shares(houses, 100, 100, 100)))
    assert desk.column(project, "budget") == yuan(100, 100, 100)
    assert desk.column(project, "fund") == yuan(100, 40, 100)
    assert fund_total(desk.session, project) == 240_00

    desk.pay(project, 144_00)  # 60 % of 240
    assert desk.paid(project) == yuan(60, 24, 60)
    assert desk.column(project, "held") == yuan(40, 16, 40)

    desk.settle(project, 270_00)
    assert desk.column(project, "settled") == yuan(90, 90, 90)
    assert desk.column(project, "fund_limit") == yuan(90, 40, 90)
    assert desk.column(project, "held") == yuan(30, 16, 30)
    assert limit_total(desk.session, project) == 220_00

    last = desk.pay(project, 76_00)
    assert desk.paid(project) == yuan(90, 40, 90)
    assert last.entry_id == 3
    assert desk.column(project, "held") == yuan(0, 0, 0)
    owner_pays = [
        settled - paid for settled, paid in zip(desk.column(project, "settled"), desk.paid(project), strict=True)
    ]
    assert owner_pays == yuan(0, 50, 0)

    desk.close(project)
    assert [principal for principal, _, _ in desk.accounts()] == yuan(410, 0, 410)
    assert verify(desk.session) == []


def test_settled_ahead_the_limit_is_right_from_the_start(desk: Desk):
    """The same example accepted before its initiation (as 简单拨付 is, at its budget): u = 90/40/90 once f is fixed."""
    houses = desk.add_houses(yuan(500, 40, 500))
    project = desk.project(shares(houses, 100, 100, 100))
    item = project.items[0].id
    settle_ahead(desk.session, project, {item: 270_00})
    fix_fund(desk.session, project)
    assert [desk.column(project, name) for name in ("fund", "settled", "fund_limit", "held")] == [
        yuan(100, 40, 100), yuan(90, 90, 90), yuan(90, 40, 90), yuan(0, 0, 0),
    ]  # fmt: skip
    drop_fund(desk.session, project)  # returned: nothing is settled any more
    assert set(desk.session.scalars(select(ItemShare.settled))) == {None}
    settle_ahead(desk.session, project, {item: 300_00})
    fix_fund(desk.session, project)
    assert desk.column(project, "fund_limit") == yuan(100, 40, 100)


def test_last_payout_of_the_example_is_30_16_30(desk: Desk):
    houses = desk.add_houses(yuan(500, 40, 500))
    project = desk.start(desk.project(shares(houses, 100, 100, 100)))
    desk.pay(project, 144_00)
    desk.settle(project, 270_00)
    before = desk.paid(project)
    desk.pay(project, 76_00)
    assert [after - was for after, was in zip(desk.paid(project), before, strict=True)] == yuan(30, 16, 30)


def test_settlement_adjustment_where_houses_paid_more_than_their_limit(desk: Desk):
    """Item 1 (houses 1, 2) settles at half of its 200, item 2 (house 3) at all of its 200. 320 of the 400 were paid:
    more than the 300 that are due, refused. After a refund of 60 the houses have paid 65, 65, 130; 1 and 2 owe only 50
    each, so 15 each go back to them and house 3 pays the 30."""
    houses = desk.add_houses(yuan(1000, 1000, 1000))
    project = desk.start(desk.project(shares(houses[:2], 100, 100), shares(houses[2:], 200)))
    desk.pay(project, 320_00)
    assert desk.paid(project) == yuan(80, 80, 160)
    with pytest.raises(ValueError, match=r"决算后应拨付 300.00，少于已拨付 320.00，须先清退 20.00"):
        desk.settle(project, 100_00, 200_00)

    refund(desk, project, 60_00)
    assert desk.paid(project) == yuan(65, 65, 130)
    entry = desk.settle(project, 100_00, 200_00)
    assert entry.kind is EntryKind.SETTLEMENT
    assert entry.amount == 30_00
    assert desk.column(project, "settled") == yuan(50, 50, 200)
    assert desk.paid(project) == yuan(50, 50, 160)
    assert desk.column(project, "held") == yuan(0, 0, 40)
    assert net_paid(desk.session, project) == 260_00
    assert [principal for principal, _, _ in desk.accounts()] == yuan(950, 950, 840)
    assert verify(desk.session) == []


def refund(desk: Desk, project, amount: int) -> JournalEntry:
    """Part of the project's first payee line comes back."""
    transfer = desk.session.scalars(select(Transfer).filter_by(project_id=project.id).order_by(Transfer.id)).first()
    return desk.refund(transfer, amount)


def test_draw_order_inside_a_house(desk: Desk):
    """Interest first: 30 of interest, then 20 of principal. The refund of 10 goes back 6 to 4, as they were drawn."""
    houses = desk.add_houses([(100_00, 30_00)])
    project = desk.start(desk.project(shares(houses, 50)))
    desk.pay(project, 50_00)
    assert desk.accounts() == [(80_00, 0, 0)]
    refund(desk, project, 10_00)
    assert desk.accounts() == [(84_00, 6_00, 10_00)]
    assert desk.column(project, "drawn_interest") == yuan(24)
    assert desk.column(project, "drawn_principal") == yuan(16)
    assert verify(desk.session) == []


def test_principal_first_where_policy_says_so(desk: Desk):
    houses = desk.add_houses([(20_00, 30_00)])
    project = desk.start(desk.project(shares(houses, 35)))
    desk.pay(project, 35_00, draw_order="principal_first")
    assert desk.accounts() == [(0, 15_00, 0)]


def test_refund_after_the_end_is_not_held(desk: Desk):
    houses = desk.add_houses(yuan(100, 100))
    project = desk.start(desk.project(shares(houses, 60, 60)))
    desk.pay(project, 100_00)
    desk.close(project)
    refund(desk, project, 30_00)
    assert desk.accounts() == [(65_00, 0, 0), (65_00, 0, 0)]
    assert verify(desk.session) == []


def test_refund_of_all_and_cancellation_restores_every_account(desk: Desk):
    houses = desk.add_houses([(100_00, 7_77), (33_33, 0), (200_00, 1_01)])
    before = desk.accounts()
    project = desk.start(desk.project(shares(houses, 50.01, 50.02, 49.97)))
    desk.pay(project, 99_99)
    refund(desk, project, 33_33)
    refund(desk, project, 66_66)
    assert desk.paid(project) == [0, 0, 0]
    desk.close(project, ProjectState.CANCELLED)
    assert desk.accounts() == before
    assert verify(desk.session) == []


def test_refund_above_the_line_is_refused(desk: Desk):
    houses = desk.add_houses(yuan(100))
    project = desk.start(desk.project(shares(houses, 60)))
    desk.pay(project, 60_00)
    refund(desk, project, 50_00)
    with pytest.raises(ValueError, match=r"清退金额 10.01 须大于零且不超过该笔可清退金额 10.00"):
        refund(desk, project, 10_01)


def test_two_contractors_share_a_phase_and_close_every_row(desk: Desk):
    """Three houses owe 33.33, 33.33, 33.34; payouts of 50.00, 0.01 and 49.99 take all, nobody a fen too much."""
    houses = desk.add_houses(yuan(100, 100, 100))
    project = desk.start(desk.project(shares(houses, 33.33, 33.33, 33.34)))
    for amount in (50_00, 1, 49_99):
        desk.pay(project, amount)
    assert desk.paid(project) == [33_33, 33_33, 33_34]
    with pytest.raises(ValueError, match=r"金额 0.01 超过尚可支付的合计 0.00"):
        desk.pay(project, 1)


def test_settlement_preview_changes_nothing(desk: Desk):
    houses = desk.add_houses(yuan(500, 40, 500))
    project = desk.start(desk.project(shares(houses, 100, 100, 100)))
    desk.pay(project, 144_00)
    preview = settlement_preview(desk.session, project, {project.items[0].id: 270_00})
    assert (preview.settled_total, preview.limit_total, preview.paid_total, preview.excess) == (
        270_00, 220_00, 144_00, 0,
    )  # fmt: skip
    assert desk.column(project, "settled") == [None, None, None]


def test_bank_account_follows_every_entry(desk: Desk):
    houses = desk.add_houses([(100_00, 5_00), (50_00, 0)])
    project = desk.start(desk.project(shares(houses, 10, 20)))
    desk.pay(project, 30_00)
    assert desk.session.query(PoolAccount.balance).scalar() == 125_00
