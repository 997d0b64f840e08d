"""Two people at the same moment: the project's row lock lets one through, the other reads what the first one did."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import select

from app.domain.errors import Refusal
from app.extensions import db
from app.ledger import checks
from app.models import HouseAccount, JournalEntry, PlatformUser, Vote
from app.transaction import unit_of_work
from app.workflows.applications.flow import act as act_on_application
from app.workflows.engine import Context
from app.workflows.payouts import rules
from app.workflows.payouts.flow import act as act_on_line
from app.workflows.payouts.flow import lock_together
from app.workflows.votes.actions import void_vote
from tests.factories import people
from tests.support.threads import together

pytestmark = [pytest.mark.money, pytest.mark.workflow]


@pytest.fixture
def project(repairs):
    a, b = repairs.houses([100_000, 100_000])
    return repairs.running([{a: 50_000, b: 50_000}], [60_000, 40_000])


def at_once(app, repairs, *presses) -> list[str]:
    """Run (user id, what) in threads of their own; what each was told, sorted."""
    repairs.session.rollback()
    told, now = [], repairs.now

    def press(user_id: int, what) -> None:
        with app.app_context():
            try:
                with unit_of_work() as session:
                    actor = people.actor(session, session.get(PlatformUser, user_id), now.date())
                    what(lambda **data: Context(session, actor, now, data))
                told.append("done")
            except Refusal as refusal:
                told.append(str(refusal.sentence))
            finally:
                db.session.remove()

    together([partial(press, *arguments) for arguments in presses])
    assert checks.verify(repairs.session) == []
    return sorted(told)


def test_two_applications_for_the_same_rest_of_a_phase(app, repairs, project):
    drafts = [repairs.open_payout(project, 1, 40_000) for _ in range(2)]
    for draft in drafts:
        repairs.attach_all(draft)
    keys, agent = [draft.id for draft in drafts], repairs.cast.agent.id
    told = at_once(
        app, repairs, *[(agent, lambda ctx, key=key: act_on_application(key, "submit", ctx())) for key in keys]
    )
    assert told == sorted(["done", "第 1 期计划 ¥600.00，已申请 ¥400.00，本次 ¥400.00，超出 ¥200.00"])
    assert rules.counted(repairs.session, project.id) == 40_000


def test_two_confirmations_of_one_line(app, repairs, project):
    line = repairs.lines(repairs.approved_payout(project, 1, 30_000))[0]
    repairs.move("finance", line, "prepare")
    key, bank, day = line.id, repairs.cast.bank.id, repairs.now.date()

    def confirm(ctx):
        act_on_line(key, "confirm", ctx(bank_serial="SN1", booked_on=day))

    assert at_once(app, repairs, (bank, confirm), (bank, confirm)) == sorted(["done", "已被他人处理，请刷新后再看"])
    posted = repairs.session.scalars(select(JournalEntry.amount).where(JournalEntry.business_key.like("payout:%")))
    assert posted.all() == [30_000]
    assert repairs.paid(project) == [15_000, 15_000]


def test_the_bank_confirms_two_lines_of_one_project_at_once(app, repairs, project):
    lines = repairs.lines(repairs.approved_payout(project, 1, 30_000, 20_001))
    for line in lines:
        repairs.move("finance", line, "prepare")
    keys, bank, day = [line.id for line in lines], repairs.cast.bank.id, repairs.now.date()
    told = at_once(
        app, repairs,
        *[(bank, lambda ctx, key=key: act_on_line(key, "confirm", ctx(bank_serial=f"SN{key}", booked_on=day)))
          for key in keys],
    )  # fmt: skip
    assert told == ["done", "done"]
    assert sum(repairs.paid(project)) == 50_001
    assert repairs.fresh(lines[0]).application.state.value == "settled"


def test_one_serial_of_the_bank_for_lines_of_two_projects(app, repairs, project):
    """Neither sees the other's serial yet; the database's own rule decides, and says it in a sentence."""
    c, d = repairs.houses([100_000, 100_000])
    other = repairs.running([{c: 50_000, d: 50_000}], [60_000, 40_000])
    lines = [repairs.lines(repairs.approved_payout(where, 1, 10_000))[0] for where in (project, other)]
    for line in lines:
        repairs.move("finance", line, "prepare")
    keys, bank, day = [line.id for line in lines], repairs.cast.bank.id, repairs.now.date()

    def confirm(key):
        return bank, lambda ctx: act_on_line(key, "confirm", ctx(bank_serial="SN7", booked_on=day))

    told = at_once(app, repairs, *map(confirm, keys))
    assert told == sorted(["done", "银行流水号 SN7 已用于另一笔划转，请核对"])
    assert sorted((sum(repairs.paid(project)), sum(repairs.paid(other)))) == [0, 10_000]


def test_two_bulk_confirmations_across_projects_do_not_wait_for_each_other(app, repairs, project):
    """The first person's ticks are of projects 1 and 2, the second's of 2 and 1, in the order of their lines' keys."""
    c, d = repairs.houses([100_000, 100_000])
    other = repairs.running([{c: 50_000, d: 50_000}], [60_000, 40_000])
    lines = []
    for where, amount in ((project, 10_000), (other, 10_001), (other, 10_002), (project, 10_003)):
        lines += repairs.lines(repairs.approved_payout(where, 1, amount))
    for line in lines:
        repairs.move("finance", line, "prepare")
    keys, bank, day = [line.id for line in lines], repairs.cast.bank.id, repairs.now.date()

    def confirm(picked):
        def press(ctx):
            lock_together(picked, ctx())
            for key in picked:
                act_on_line(key, "confirm", ctx(bank_serial=f"SN{key}", booked_on=day))

        return press

    assert at_once(app, repairs, (bank, confirm(keys[:2])), (bank, confirm(keys[2:]))) == ["done", "done"]
    assert (sum(repairs.paid(project)), sum(repairs.paid(other))) == (20_003, 20_003)


def test_two_payouts_over_the_same_houses_at_once(app, repairs):
    """Two projects hold money of the same two houses; both lines are confirmed in the same moment, over and over."""
    a, b = repairs.houses([100_000, 60_000])
    first = repairs.running([{a: 40_000, b: 20_000}], [40_000, 20_000])
    second = repairs.running([{b: 30_001, a: 10_000}], [30_000, 10_001])
    lines = []
    for amounts in zip((7_001, 5_003, 1, 12_000), (4_999, 8_000, 3, 9_001), strict=True):
        for project, amount in zip((first, second), amounts, strict=True):
            lines += repairs.lines(repairs.approved_payout(project, 1, amount))
    for line in lines:
        repairs.move("finance", line, "prepare")
    bank, day = repairs.cast.bank.id, repairs.now.date()

    def confirm(key):
        return bank, lambda ctx: act_on_line(key, "confirm", ctx(bank_serial=f"SN{key}", booked_on=day))

    assert at_once(app, repairs, *[confirm(line.id) for line in lines]) == ["done"] * 8
    assert (sum(repairs.paid(first)), sum(repairs.paid(second))) == (24_005, 22_003)
    accounts = repairs.session.scalars(select(HouseAccount).where(HouseAccount.house_id.in_((a.id, b.id)))).all()
    assert sum(account.balance for account in accounts) == 160_000 - 24_005 - 22_003
    assert sum(account.held for account in accounts) == 100_001 - 24_005 - 22_003


def test_vote_is_voided_while_the_initiation_that_rests_on_it_is_submitted(app, repairs):
    (house,) = repairs.houses([50_000])
    draft = repairs.open_initiation(repairs.ready([{house: 40_000}], [30_000, 10_000]))
    repairs.attach_all(draft)
    vote = repairs.session.scalars(select(Vote).where(Vote.project_id == draft.project_id)).one()
    key, number, agent = draft.id, vote.number, repairs.cast.agent.id

    def submit(ctx):
        act_on_application(key, "submit", ctx())

    def void(ctx):
        context = ctx()
        void_vote(context.session.scalars(select(Vote).where(Vote.number == number)).one(), context, reason="有误")

    told = at_once(app, repairs, (agent, submit), (agent, void))
    assert [text == "done" for text in told].count(True) == 1, told
    state = repairs.fresh(draft).state.value
    assert (repairs.fresh(vote).state.value == "passed") == (state == "submitted")


def test_two_projects_for_the_last_money_of_a_house(app, repairs):
    """Both were submitted while the balance sufficed for either; only the first final approval gets it."""
    (house,) = repairs.houses([50_000])
    drafts = []
    for _ in range(2):
        project = repairs.ready([{house: 40_000}], [30_000, 10_000])
        drafts.append(repairs.open_initiation(project))
    for draft in drafts:
        repairs.accept(repairs.submit(draft))
        repairs.act("reviewer", draft, "approve_first", opinion="同意")
    keys, supervisor = [draft.id for draft in drafts], repairs.cast.supervisor.id

    def approve(key):
        return supervisor, lambda ctx: act_on_application(key, "approve_final", ctx(opinion="同意"))

    told = at_once(app, repairs, *map(approve, keys))
    # The guard sees it, or, when both have passed the guard at once, the ledger under its lock.
    guard = "1 户可用余额已不足，共差 300.00 元（11幢001 差 300.00 元），须退回企业重新确认"
    assert told in (sorted(["done", guard]), sorted(["done", "1 户可用余额不足，共缺 300.00"]))
    account = repairs.session.scalars(select(HouseAccount).where(HouseAccount.house_id == house.id)).one()
    assert (account.balance, account.held) == (50_000, 40_000)
