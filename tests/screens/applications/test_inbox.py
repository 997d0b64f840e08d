"""待办: what waits for whom, oldest first, in working days; a page takes the same statements whatever its length."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import event, func, select

from app import clock
from app.domain.enums import ApplicationKind
from app.extensions import db
from app.models import Holiday, Transfer
from app.queries import inbox, my_matters
from app.queries.inbox import Calendar
from app.transaction import unit_of_work
from tests.factories import people
from tests.factories.repairs import Repairs

pytestmark = pytest.mark.workflow


@pytest.fixture
def repairs(session, city, cast) -> Repairs:
    return Repairs(session, city, cast)


@pytest.fixture
def project(repairs):
    a, b = repairs.houses([1_000_000, 1_000_000])
    return repairs.running([{a: 500_000, b: 500_000}], [600_000, 400_000])


def waiting(repairs, who: str, box: str = inbox.MINE, **changes) -> list[str]:
    values = {"box": box, "search": "", "kind": None, "area_id": None, **changes}
    actor, moment = repairs.context(who).actor, datetime(2026, 1, 1)
    rows = inbox.inbox(repairs.session, actor, limit=50, offset=0, **values)
    lines = select(func.count(Transfer.id))
    desk = inbox.desk(repairs.session, actor, late_before=moment, week=moment, lines=lines, **values)
    assert desk.total == len(rows)
    return [row.number for row in rows]


def test_each_step_waits_for_its_own_people(repairs, project):
    first = repairs.submit(repairs.open_payout(project, 1, 100))
    repairs.pass_days(1)
    second = repairs.submit(repairs.open_payout(project, 1, 200))
    a, b = repairs.fresh(first).number, repairs.fresh(second).number
    assert waiting(repairs, "clerk") == [a, b]  # the oldest first
    assert waiting(repairs, "reviewer") == waiting(repairs, "supervisor") == waiting(repairs, "finance") == []
    repairs.pass_days(1)
    repairs.accept(first)
    assert waiting(repairs, "clerk") == [b]
    assert waiting(repairs, "reviewer") == waiting(repairs, "second_reviewer") == [a]
    repairs.act("reviewer", first, "approve_first")
    assert waiting(repairs, "second_reviewer") == []
    assert waiting(repairs, "supervisor") == [a]
    assert waiting(repairs, "supervisor", inbox.ALL_OPEN) == [b, a]  # a has waited since the first review only
    counted = inbox.count_mine(repairs.context("supervisor").actor)
    assert repairs.session.scalar(counted) == 1
    assert a in waiting(repairs, "reviewer", inbox.DONE)
    assert inbox.box_counts(repairs.session, repairs.context("clerk").actor) == {"mine": 1, "open": 2, "done": 2}


def test_the_second_round_waits_for_whoever_may_review_it(repairs, project):
    with unit_of_work() as session:
        department = repairs.cast.organisations.department
        both = people.add_user(session, "both", "兼岗", ("Reviewer", "Supervisor"), department)
    application = repairs.submit(repairs.open_payout(project, 1, 100))
    repairs.accept(application)
    repairs.act(both, application, "approve_first")
    assert waiting(repairs, both) == []  # the second level is not for the same person
    repairs.act("supervisor", application, "return", opinion="补正")
    repairs.submit(application)
    repairs.accept(application)
    number = repairs.fresh(application).number
    assert waiting(repairs, both) == waiting(repairs, "reviewer") == [number]  # the first level may be
    repairs.act("reviewer", application, "approve_first")
    assert waiting(repairs, both) == []
    assert waiting(repairs, "supervisor") == [number]


def test_search_by_number_project_and_company(repairs, project):
    number = repairs.fresh(repairs.submit(repairs.open_payout(project, 1, 100))).number
    for word in (number, number[-3:], project.name, "安居物业", f"{number} 安居"):
        assert waiting(repairs, "clerk", search=word) == [number]
    for word in ("%", "_", "没有", "' OR 1=1 --"):
        assert waiting(repairs, "clerk", search=word) == []
    assert waiting(repairs, "clerk", kind=ApplicationKind.INITIATION) == []


def test_a_companys_own_list_holds_nothing_of_another(repairs, project):
    repairs.submit(repairs.open_payout(project, 1, 100))
    values = {"state": None, "search": "", "kind": None, "area_id": None, "limit": 50, "offset": 0}
    own, other = (
        my_matters.my_matters(repairs.session, repairs.context(who).actor, **values) for who in ("agent", "other_agent")
    )
    assert (own.total, len(own.rows)) == (2, 2)
    assert (other.total, other.rows, other.counts) == (0, [], {})


def test_days_waiting_are_working_days():
    friday, monday = datetime(2026, 3, 6, 17), date(2026, 3, 9)
    plain = Calendar(frozenset(), frozenset())
    assert [plain.waited(friday, day) for day in (date(2026, 3, 6), date(2026, 3, 8), monday)] == [0, 0, 1]
    assert Calendar({monday}, frozenset()).waited(friday, date(2026, 3, 10)) == 1
    assert Calendar(frozenset(), {date(2026, 3, 7)}).waited(friday, monday) == 2


@pytest.mark.parametrize("day", [date(2026, 3, 6), date(2026, 3, 8), date(2026, 3, 9), date(2026, 3, 13)])
def test_late_is_what_has_waited_more_than_the_limit(day):
    calendar = Calendar({date(2026, 3, 4)}, frozenset())
    border = calendar.late_before(day, 2)
    for back in range(15):
        since = datetime(day.year, day.month, day.day, 12) - timedelta(days=back)
        assert (since < border) == (calendar.waited(since, day) > 2), since


def test_the_calendar_is_read_from_its_table(repairs):
    with unit_of_work() as session:
        session.add_all(
            [Holiday(day=date(2026, 5, 1), note="劳动节"), Holiday(day=date(2026, 5, 9), works=True, note="")]
        )
    found = inbox.calendar(repairs.session)
    assert (found.holidays, found.workdays) == ({date(2026, 5, 1)}, {date(2026, 5, 9)})


def test_a_longer_page_takes_no_more_statements(repairs, project, signed_in):
    clerk = signed_in("clerk")
    clerk.get("/inbox/")

    def statements() -> int:
        seen = []

        def count(*_arguments):
            seen.append(1)

        event.listen(db.engine, "before_cursor_execute", count)
        try:
            assert clerk.get("/inbox/").status_code == 200
        finally:
            event.remove(db.engine, "before_cursor_execute", count)
        return len(seen)

    repairs.submit(repairs.open_payout(project, 1, 100))
    one = statements()
    for amount in range(101, 107):
        repairs.submit(repairs.open_payout(project, 1, amount))
    assert statements() == one


def test_overdue_ones_are_marked(repairs, signed_in):
    repairs.now = clock.now() - timedelta(days=40)
    a, b = repairs.houses([1_000_000, 1_000_000])
    project = repairs.running([{a: 500_000, b: 500_000}], [600_000, 400_000])
    repairs.submit(repairs.open_payout(project, 1, 100))
    assert "超期" in signed_in("clerk").get("/inbox/").get_data(as_text=True)
