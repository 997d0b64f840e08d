"""Where Flask-Limiter counts: in the table `rate_counts`, so that all processes count together.

One row for each limit and address, named by a keyed hash: the table tells nobody who has visited. While the table can't
be written soon (SQLite under a long act, the database away), a process counts by itself instead of letting people wait.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from limits.storage import MemoryStorage, Storage
from sqlalchemy import case, delete, or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app import clock
from app.entities.base import FieldCipher
from app.extensions import db
from app.models import RateCount
from app.transaction import brief_transaction

TABLE = RateCount.__table__
FASTER = timedelta(seconds=60)


class DatabaseCounters(Storage):
    """`RATELIMIT_STORAGE_URI = "database://"`: fixed windows, each counted by one statement."""

    STORAGE_SCHEME = ["database"]

    def __init__(self, uri: str | None = None, **options):
        super().__init__(uri, **options)
        self.beside = MemoryStorage()

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return (DBAPIError, PoolTimeout)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` more in the window of `expiry` seconds; the count so far."""
        try:
            with brief_transaction() as connection:
                return connection.scalar(_counted(name_of(key), clock.now(), timedelta(seconds=expiry), amount))
        except self.base_exceptions:
            return self.beside.incr(key, expiry, amount)

    def get(self, key: str) -> int:
        query = select(TABLE.c.count).where(TABLE.c.key == name_of(key), TABLE.c.ends_at > clock.now())
        with db.engine.connect() as connection:
            return connection.scalar(query) or 0

    def get_expiry(self, key: str) -> float:
        with db.engine.connect() as connection:
            ends_at = connection.scalar(select(TABLE.c.ends_at).where(TABLE.c.key == name_of(key)))
        return (ends_at or clock.now()).replace(tzinfo=clock.CITY).timestamp()

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        with brief_transaction() as connection:
            return connection.execute(delete(TABLE)).rowcount

    def clear(self, key: str) -> None:
        with brief_transaction() as connection:
            connection.execute(delete(TABLE).where(TABLE.c.key == name_of(key)))


def name_of(key: str) -> str:
    """What the table keeps instead of limit and address."""
    return hmac.new(FieldCipher.hash_key, key.encode(), hashlib.sha256).hexdigest()


def _counted(name: str, now: datetime, window: timedelta, amount: int):
    """Insert or count in one statement, so that two processes at once count as two; a window that is over starts anew.

    So does one that ends much later than a new one would: the clock was put back. (A little later is another process
    that read the clock after us and was faster.)
    """
    if db.engine.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert
    first = insert(TABLE).values(key=name, count=amount, ends_at=now + window)
    over = or_(TABLE.c.ends_at <= now, TABLE.c.ends_at > now + window + FASTER)
    again = {
        "count": case((over, amount), else_=TABLE.c.count + amount),
        "ends_at": case((over, now + window), else_=TABLE.c.ends_at),
    }
    return first.on_conflict_do_update(index_elements=[TABLE.c.key], set_=again).returning(TABLE.c.count)
