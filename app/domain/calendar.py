"""Days: a notice's days, working days, months. No clock here: today is always an argument.

All arguments are plain `datetime.date`; a datetime is refused, as its day depends on a time zone.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection
from datetime import date, datetime, timedelta

from app.domain.errors import Refusal, say

_NO_DAYS: frozenset[date] = frozenset()


def earliest_closing(published: date, days: int) -> date:
    """The closing date of a notice published on `published` that stands for `days` calendar days.

    The day of publishing is not counted: published on 1 May for 7 days, it closes on 8 May, at 24:00.
    Source: Civil Code 201; workflows.md 5.3 (2). ValueError when `days` is below 1.
    """
    _check(published)
    if days < 1:
        raise ValueError(f"a notice stands for at least one day, not {days}")
    return published + timedelta(days=days)


def notice_days(published: date, closing: date) -> int:
    """How many calendar days a notice stands: the day of publishing not counted, the closing date counted."""
    _check(published, closing)
    return (closing - published).days


def check_closing(published: date, closing: date, minimum: int) -> None:
    """Refuse a closing date that gives the notice fewer than `minimum` days (policy, `law.md` 6)."""
    earliest = earliest_closing(published, minimum)
    _check(closing)
    if closing < earliest:
        raise Refusal(
            say(
                "公示不得少于 %(days)s 天（发布当日不计），截止日期最早为 %(date)s",
                days=minimum,
                date=earliest.isoformat(),
            )
        )


def is_notice_over(closing: date, today: date) -> bool:
    """A notice is over at 24:00 of its closing date, so from the day after."""
    _check(closing, today)
    return today > closing


def is_workday(day: date, *, holidays: Collection[date] = _NO_DAYS, workdays: Collection[date] = _NO_DAYS) -> bool:
    """Monday to Friday unless a holiday; a Saturday or Sunday in `workdays` (调休上班) is worked.

    Both are kept by the department; a day that stands in both is worked, as the exception was entered later.
    """
    _check(day)
    if day in workdays:
        return True
    return day.weekday() < 5 and day not in holidays


def add_workdays(
    start: date, count: int, *, holidays: Collection[date] = _NO_DAYS, workdays: Collection[date] = _NO_DAYS
) -> date:
    """The `count`-th working day after `start` (the day itself not counted); count 0 gives `start`.

    ValueError when count is negative or the calendar has no working day within a year.
    """
    _check(start)
    if count < 0:
        raise ValueError(f"count must not be negative: {count}")
    day, idle = start, 0
    while count:
        day += timedelta(days=1)
        if is_workday(day, holidays=holidays, workdays=workdays):
            count, idle = count - 1, 0
        else:
            idle += 1
            if idle > 366:
                raise ValueError("no working day within a year: the calendar of holidays is wrong")
    return day


def workdays_between(
    start: date, end: date, *, holidays: Collection[date] = _NO_DAYS, workdays: Collection[date] = _NO_DAYS
) -> int:
    """Working days after `start` up to and including `end`; 0 when `end` is not after `start`. Days waiting."""
    _check(start, end)
    days = (start + timedelta(days=number) for number in range(1, (end - start).days + 1))
    return sum(is_workday(day, holidays=holidays, workdays=workdays) for day in days)


def month_start(day: date) -> date:
    """The first day of the month."""
    _check(day)
    return day.replace(day=1)


def month_end(day: date) -> date:
    """The last day of the month; 29 February in a leap year."""
    _check(day)
    return day.replace(day=monthrange(day.year, day.month)[1])


def add_months(day: date, months: int) -> date:
    """The same day `months` later (or earlier, when negative); the month's last day where it has no such day."""
    _check(day)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def months_between(first: date, last: date) -> list[date]:
    """The first days of all months from that of `first` to that of `last`, both included; empty when reversed."""
    _check(first, last)
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [add_months(month_start(first), number) for number in range(count)]


def month_name(day: date) -> str:
    """The month as it keys reports and closed months: "2026-01"."""
    _check(day)
    return f"{day.year:04d}-{day.month:02d}"


def _check(*days: date) -> None:
    for day in days:
        if not isinstance(day, date) or isinstance(day, datetime):
            raise ValueError(f"not a plain date: {day!r}")
