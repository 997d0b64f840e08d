"""Two people at the same moment: the project's row lock lets one through, the other reads what the first one did."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from app.domain.errors import Refusal
from app.extensions import db
from app.ledger import checks
from app.models import JournalEntry, PlatformUser
from app.transaction import unit_of_work
from app.workflows.applications.flow import act as act_on_application
from app.workflows.engine import Context
from app.workflows.payouts import rules
from app.workflows.payouts.flow import act as act_on_line
from app.workflows.payouts.flow import lock_together
from tests.factories import people

pytestmark = [pytest.mark.money, pytest.mark.workflow]


@pytest.fixture
def project(repairs):
    a, b = repairs.houses([100_000, 100_000])
    return repairs.running([{a: 50_000, b: 50_000}], [60_000, 40_000])


def at_once(app, repairs, *presses) -> list[str]:
    """Run (user id, what) in threads of their own; what each was told, sorted."""
    repairs.session.rollback()
    gate, told, now = threading.Barrier(len(presses)), [], repairs.now

    def press(user_id: int, what) -> None:
        with app.app_context():
            try:
                gate.wait(10)
                with unit_of_work() as session:
                    actor = people.actor(session, session.get(PlatformUser, user_id), now.date())
                    what(lambda **data: Context(session, actor, now, data))
                told.append("done")
            except Refusal as refusal:
                told.append(str(refusal.sentence))
            finally:
                db.session.remove()

    threads = [threading.Thread(target=press, args=press_arguments) for press_arguments in presses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
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
