"""The application's clock: the city's time, shifted by `CLOCK` days in the demo and in journeys."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

CITY = ZoneInfo("Asia/Shanghai")
_shift = timedelta()


def set_shift(days: int) -> None:
    """Move the clock by whole days; create_app() calls it once from the configuration."""
    global _shift
    _shift = timedelta(days=days)


def now() -> datetime:
    """The city's time, naive, to the microsecond."""
    return datetime.now(CITY).replace(tzinfo=None) + _shift


def today() -> date:
    """The city's date."""
    return now().date()
