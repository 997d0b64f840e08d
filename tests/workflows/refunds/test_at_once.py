"""Two people at the same moment, on the same line or the same notice: one is done, the other is told."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.domain.enums import RefundReason
from app.models import JournalEntry, Refund
from app.workflows.engine import apply
from app.workflows.projects.flow import PROJECT
from app.workflows.refunds import actions
from app.workflows.refunds.flow import act
from tests.workflows.cancellation.test_cancellation import announce
from tests.workflows.payouts.test_at_once import at_once

pytestmark = [pytest.mark.money, pytest.mark.workflow]


@pytest.fixture
def project(repairs):
    a, b = repairs.houses([100_000, 100_000])
    return repairs.running([{a: 50_000, b: 50_000}], [60_000, 40_000])


@pytest.fixture
def line(repairs, project):
    return repairs.lines(repairs.paid_out(project, 1, 30_000))[0]


def test_two_notices_for_the_same_rest_of_a_line(app, repairs, project, line):
    key, line_key, agent = project.id, line.id, repairs.cast.agent.id

    def file(ctx):
        actions.file_refund(key, line_key, 20_000, RefundReason.QUALITY, "", ctx())

    told = at_once(app, repairs, (agent, file), (agent, file))
    assert told == sorted(["done", "清退金额 ¥200.00 须大于零且不超过可清退金额 ¥100.00"])
    assert repairs.session.scalars(select(Refund.amount)).all() == [20_000]


def test_two_confirmations_of_one_notice(app, repairs, project, line):
    key, bank, day = repairs.refund(project, line, 10_000).id, repairs.cast.bank.id, repairs.now.date()

    def confirm(serial):
        return bank, lambda ctx: act(key, "confirm", ctx(bank_serial=serial, booked_on=day))

    told = at_once(app, repairs, confirm("IN1"), confirm("IN2"))
    assert told == sorted(["done", "已被他人处理，请刷新后再看"])
    posted = repairs.session.scalars(select(JournalEntry.amount).where(JournalEntry.business_key.like("refund:%")))
    assert posted.all() == [10_000]
    assert repairs.paid(project) == [10_000, 10_000]


def test_the_bank_confirms_while_the_company_voids(app, repairs, project, line):
    key, day = repairs.refund(project, line, 10_000).id, repairs.now.date()
    told = at_once(
        app, repairs,
        (repairs.cast.bank.id, lambda ctx: act(key, "confirm", ctx(bank_serial="IN1", booked_on=day))),
        (repairs.cast.agent.id, lambda ctx: act(key, "void", ctx(reason="不退了"))),
    )  # fmt: skip
    assert told == sorted(["done", "已被他人处理，请刷新后再看"])
    state = repairs.session.scalar(select(Refund.state).where(Refund.id == key)).value
    assert (state, sum(repairs.paid(project))) in (("paid", 20_000), ("voided", 30_000))


def test_two_press_cancel(app, repairs, project):
    announce(repairs, project)
    key, agent = project.id, repairs.cast.agent.id

    def cancel(ctx):
        apply(PROJECT, key, "cancel", ctx())

    assert at_once(app, repairs, (agent, cancel), (agent, cancel)) == sorted(["done", "已被他人处理，请刷新后再看"])
