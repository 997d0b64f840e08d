"""Sign-in, lock-out and passwords (`access.md`). Nothing here knows of the web."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from app import audit
from app.domain.errors import Refusal, say
from app.domain.passwords import check_password
from app.models import LoginFailure, PlatformUser, SignInSession
from app.permissions import Actor

FAILURES, WINDOW, LOCK = 5, timedelta(minutes=15), timedelta(minutes=15)


@dataclass(frozen=True)
class Answer:
    """What a sign-in came to: the user, or why not (`left` tries before the lock; 0 is locked)."""

    user: PlatformUser | None
    left: int = FAILURES

    @property
    def is_locked(self) -> bool:
        return self.user is None and self.left == 0


def password_is_right(session: Session, username: str, password: str, method: str) -> PlatformUser | None:
    """The active user with this name and password. One hash is computed in every case, so time tells nothing."""
    user = session.scalar(select(PlatformUser).where(func.lower(PlatformUser.username) == name_key(username)))
    known = user is not None and bool(user.password)
    right = check_password_hash(user.password if known else _nobody(method), password[:200])
    return user if known and right and user.active else None


def settle_sign_in(
    session: Session, username: str, found: PlatformUser | None, *, now: datetime, address: str
) -> Answer:
    """Decide the sign-in in the unit of work: a locked name stays out even with the right password.

    Names are counted whether or not they exist. Tries during a lock neither count nor prolong it.
    """
    name = name_key(username)
    _one_at_a_time(session, name)
    failures = _failures(session, name, now)
    if is_locked(failures, now):
        return Answer(None, 0)
    if found is None:
        return _fail(session, name, failures, now=now, address=address)
    user = session.get(PlatformUser, found.id, populate_existing=True)
    session.execute(delete(LoginFailure.__table__).where(LoginFailure.username == name))
    user.last_login, user.login_count = now, (user.login_count or 0) + 1
    audit.record(session, actor_for(user, address), "sign_in", user, now=now, summary="登录")
    return Answer(user)


def _fail(session: Session, name: str, failures: list[datetime], *, now: datetime, address: str) -> Answer:
    session.add(LoginFailure(username=name, at=now, address=address))
    nobody = Actor(user_id=None, name="", address=address)
    audit.record(session, nobody, "sign_in_failed", "ab_user", "", now=now, summary=f"登录失败：{name[:60]}")
    recent = [at for at in [now, *failures] if now - at <= WINDOW]
    left = max(0, FAILURES - len(recent))
    if left == 0:
        audit.record(session, nobody, "sign_in_locked", "ab_user", "", now=now, summary=f"登录名已锁定：{name[:60]}")
    return Answer(None, left)


def is_locked(failures: list[datetime], now: datetime) -> bool:
    """Newest first: five within fifteen minutes, the last of them less than fifteen minutes ago."""
    if len(failures) < FAILURES:
        return False
    return failures[0] - failures[FAILURES - 1] <= WINDOW and now - failures[0] < LOCK


def locked_names(session: Session, now: datetime) -> set[str]:
    """Names that are locked at this moment, for the security administrator's list."""
    rows = session.execute(
        select(LoginFailure.username, LoginFailure.at)
        .where(LoginFailure.at > now - LOCK - WINDOW)
        .order_by(LoginFailure.at.desc())
    )
    times: dict[str, list[datetime]] = {}
    for name, at in rows:
        times.setdefault(name, []).append(at)
    return {name for name, failures in times.items() if is_locked(failures, now)}


def change_own_password(
    session: Session, actor: Actor, old: str, new: str, *, method: str, now: datetime
) -> PlatformUser:
    """Set a new password; every session of the user ends. Refusal when the old one is wrong or the new one too weak."""
    user = session.get(PlatformUser, actor.user_id, with_for_update={"of": PlatformUser}, populate_existing=True)
    if not check_password_hash(user.password or "", old[:200]):
        raise Refusal(say("原密码不正确"), field="old")
    if old == new:
        raise Refusal(say("新密码不能与原密码相同"), field="password")
    check_password(new, user.username)
    put_password(session, user, new, method=method, must_change=False)
    audit.record(session, actor, "password_changed", user, now=now, summary="修改密码")
    return user


def put_password(session: Session, user: PlatformUser, password: str, *, method: str, must_change: bool) -> None:
    """Store the hash and end the user's sessions."""
    user.password = generate_password_hash(password, method=method)
    user.must_change_password = must_change
    end_sessions(session, user)


def end_sessions(session: Session, user: PlatformUser) -> None:
    """All sign-ins of the user are over, also one that is being stored at this moment (the epoch)."""
    user.session_epoch = (user.session_epoch or 0) + 1
    session.execute(delete(SignInSession.__table__).where(SignInSession.user_id == user.id))


def name_key(username: str) -> str:
    """Login names count without case and outer blanks."""
    return username.strip().lower()[:128]


def actor_for(user: PlatformUser, address: str) -> Actor:
    """The user as author of an audit event."""
    return Actor(user_id=user.id, name=user.first_name, organisation_id=user.organisation_id, address=address)


def _failures(session: Session, name: str, now: datetime) -> list[datetime]:
    query = (
        select(LoginFailure.at)
        .where(LoginFailure.username == name, LoginFailure.at > now - LOCK - WINDOW)
        .order_by(LoginFailure.at.desc())
        .limit(FAILURES)
    )
    return list(session.scalars(query))


def _one_at_a_time(session: Session, name: str) -> None:
    """Guesses at one name queue up, so that a hundred at once count as a hundred. (SQLite has one writer anyway.)"""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"sign-in:{name}"})


@lru_cache
def _nobody(method: str) -> str:
    """A hash that no password matches in practice, as costly as the real ones."""
    return generate_password_hash("nobody-" * 4, method=method)
