"""The worked example of money.md 2, by the real acts of every person: what an accountant would work out by hand."""

from __future__ import annotations

import pytest

from app.domain.enums import ApplicationState, NoticeKind, ProjectState, TransferState
from app.ledger import project_money

pytestmark = [pytest.mark.money, pytest.mark.workflow]


def test_worked_example_ends_with_the_project_closed(repairs):
    a, b, c = repairs.houses([10_000, 4_000, 50_000])  # 100, 40 and 500 yuan
    project = repairs.running([{a: 10_000, b: 10_000, c: 10_000}], [14_400, 9_600])
    assert repairs.column(project, "fund") == [10_000, 4_000, 10_000]
    assert repairs.column(project, "held") == [10_000, 4_000, 10_000]

    repairs.paid_out(project, 1, 14_400)  # 60 % of Σf
    assert repairs.paid(project) == [6_000, 2_400, 6_000]
    assert repairs.column(project, "held") == [4_000, 1_600, 4_000]

    repairs.accept_works(project, 27_000)
    repairs.published(project, NoticeKind.ACCEPTANCE)
    assert repairs.column(project, "settled") == [9_000, 9_000, 9_000]
    assert repairs.column(project, "fund_limit") == [9_000, 4_000, 9_000]
    assert repairs.column(project, "held") == [3_000, 1_600, 3_000]

    last = repairs.paid_out(project, 2, 7_600)
    assert repairs.paid(project) == [9_000, 4_000, 9_000]
    assert repairs.column(project, "held") == [0, 0, 0]
    assert repairs.fresh(last).state is ApplicationState.SETTLED
    assert [line.state for line in repairs.lines(last)] == [TransferState.PAID]
    assert repairs.fresh(project).state is ProjectState.CLOSED  # by itself: Σp = Σu and nothing is open
    assert project_money.net_paid(repairs.session, project) == 22_000
