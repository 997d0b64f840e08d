"""Notice days, working days, months."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.calendar import (
    add_months,
    add_workdays,
    check_closing,
    earliest_closing,
    is_notice_over,
    is_workday,
    month_end,
    month_name,
    month_start,
    months_between,
    notice_days,
    workdays_between,
)
from app.domain.errors import Refusal

DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))

# Labour Day 2026: 1 to 5 May off, Saturday 9 May worked.
HOLIDAYS = frozenset(date(2026, 5, day) for day in range(1, 6))
WORKDAYS = frozenset({date(2026, 5, 9)})


def test_earliest_closing_does_not_count_the_day_of_publishing():
    assert earliest_closing(date(2026, 5, 1), 7) == date(2026, 5, 8)


def test_earliest_closing_over_a_leap_day():
    assert earliest_closing(date(2028, 2, 25), 7) == date(2028, 3, 3)
    assert earliest_closing(date(2027, 2, 25), 7) == date(2027, 3, 4)


def test_earliest_closing_over_the_years_end():
    assert earliest_closing(date(2026, 12, 28), 7) == date(2027, 1, 4)


def test_notice_is_over_the_day_after_its_closing_date():
    closing = date(2026, 5, 8)
    assert [is_notice_over(closing, date(2026, 5, day)) for day in (7, 8, 9)] == [False, False, True]


def test_check_closing_one_day_short_is_refused():
    check_closing(date(2026, 5, 1), date(2026, 5, 8), 7)
    with pytest.raises(Refusal) as error:
        check_closing(date(2026, 5, 1), date(2026, 5, 7), 7)
    assert str(error.value) == "公示不得少于 7 天（发布当日不计），截止日期最早为 2026-05-08"


@given(DAYS, st.integers(1, 400))
def test_notice_days_are_those_asked_for(published, days):
    assert notice_days(published, earliest_closing(published, days)) == days


@pytest.mark.parametrize("days", [0, -1])
def test_earliest_closing_without_days_is_an_error(days):
    with pytest.raises(ValueError):
        earliest_closing(date(2026, 5, 1), days)


def test_datetime_in_place_of_a_date_is_an_error():
    with pytest.raises(ValueError):
        earliest_closing(datetime(2026, 5, 1, 8, 0), 7)


def test_is_workday_holidays_and_worked_weekend():
    worked = [is_workday(date(2026, 5, day), holidays=HOLIDAYS, workdays=WORKDAYS) for day in range(1, 11)]
    assert worked == [False] * 5 + [True, True, True, True, False]


def test_is_workday_in_both_sets_is_worked():
    assert is_workday(date(2026, 5, 1), holidays=HOLIDAYS, workdays=HOLIDAYS)


def test_add_workdays_over_a_holiday():
    # From Thursday 30 April: 6, 7, 8 and (worked Saturday) 9 May, then Monday 11.
    days = [add_workdays(date(2026, 4, 30), count, holidays=HOLIDAYS, workdays=WORKDAYS) for count in (0, 1, 4, 5)]
    assert days == [date(2026, 4, 30), date(2026, 5, 6), date(2026, 5, 9), date(2026, 5, 11)]


def test_add_workdays_without_any_working_day_is_an_error():
    year = frozenset(date.fromordinal(date(2026, 1, 1).toordinal() + number) for number in range(800))
    with pytest.raises(ValueError):
        add_workdays(date(2026, 1, 1), 1, holidays=year)


def test_add_workdays_backwards_is_an_error():
    with pytest.raises(ValueError):
        add_workdays(date(2026, 1, 1), -1)


def test_workdays_between_counts_the_last_day_and_not_the_first():
    assert workdays_between(date(2026, 4, 30), date(2026, 5, 11), holidays=HOLIDAYS, workdays=WORKDAYS) == 5
    assert workdays_between(date(2026, 5, 11), date(2026, 4, 30)) == 0


@given(DAYS, st.integers(0, 60), st.frozensets(DAYS, max_size=5), st.frozensets(DAYS, max_size=5))
def test_workdays_between_undoes_add_workdays(start, count, holidays, workdays):
    end = add_workdays(start, count, holidays=holidays, workdays=workdays)
    assert workdays_between(start, end, holidays=holidays, workdays=workdays) == count


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 7, 10), 60, date(2031, 7, 10)),
    ],
)
def test_add_months_keeps_the_day_or_takes_the_last(day, months, expected):
    assert add_months(day, months) == expected


@given(DAYS)
def test_month_start_and_end_hold_the_day(day):
    assert month_start(day) <= day <= month_end(day)
    assert date.fromordinal(month_end(day).toordinal() + 1) == add_months(month_start(day), 1)


def test_months_between_over_the_years_end():
    months = months_between(date(2026, 11, 30), date(2027, 1, 1))
    assert [month_name(month) for month in months] == ["2026-11", "2026-12", "2027-01"]
    assert months_between(date(2027, 1, 1), date(2026, 12, 31)) == []
