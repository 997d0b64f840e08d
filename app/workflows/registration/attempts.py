"""How often somebody who is not signed in has tried: counted in the database, by a keyed hash of the address."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from app.entities.base import FieldCipher
from app.models import Attempt
from app.transaction import write_beside

SUBMIT, UPLOAD = "register", "register_upload"
WINDOW = timedelta(hours=1)
FREE_TRIES = 3
"""Submissions within the window that need no captcha: a typing mistake or two are everybody's."""
MOST = {SUBMIT: 30, UPLOAD: 60}
"""More than that within the window is a flood (429). One address may be a whole office."""
KEPT = timedelta(days=1)


def count_try(session: Session, what: str, address: str, now: datetime) -> int:
    """Count one more and give how many there were within the window, this one included.

    Stored beside the act, so that a refused one counts as well; many at once count as many.
    """
    who = name_of(address)
    write_beside(insert(Attempt).values(what=what, who=who, at=now))
    return tries(session, what, address, now)


def tries(session: Session, what: str, address: str, now: datetime) -> int:
    """How many within the window."""
    table = Attempt.__table__
    query = select(func.count()).where(table.c.what == what, table.c.who == name_of(address))
    return session.scalar(query.where(table.c.at > now - WINDOW)) or 0


def is_flood(what: str, count: int) -> bool:
    """Too many to be answered."""
    return count > MOST[what]


def needs_captcha(submissions: int) -> bool:
    """After repeated tries a person has to show that they are one."""
    return submissions > FREE_TRIES


def forget_old(session: Session, now: datetime) -> None:
    """The daily job: what no window counts any more."""
    session.execute(delete(Attempt).where(Attempt.at < now - KEPT))


def name_of(address: str) -> str:
    """What the table keeps of an address; IPv6 by its network, of which one person has a whole one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        network = address
    else:
        network = str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)
    return hmac.new(FieldCipher.hash_key, f"attempt:{network}".encode(), hashlib.sha256).hexdigest()
