"""Owners of a house: named by the clerk, found again by the identity number, with a record from when to when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import audit
from app.domain.enums import HouseUse, SaleState
from app.domain.errors import Forbidden, NotYours, Refusal, say
from app.models import House, HouseChange, Owner, Ownership
from app.permissions import Permission
from app.workflows import engine
from app.workflows.engine import Context
from app.workflows.houses.rules import refuse_ended
from app.workflows.roster.owners import identity_hash, store_owners

MOST = 20


@dataclass(frozen=True)
class Person:
    """An owner as typed; `place` is the row of the form, for refusals."""

    name: str
    identity_number: str | None = None
    phone: str | None = None
    place: int = 0


@dataclass(frozen=True)
class CoOwner:
    """A row of 共有人: somebody who owns already (`owner_id`), or a new person."""

    owner_id: int | None = None
    person: Person | None = None


def present_owners(session: Session, house_id: int) -> list[Owner]:
    """The owners of today, the first-named first."""
    query = (
        select(Owner)
        .join(Ownership, Ownership.owner_id == Owner.id)
        .where(Ownership.house_id == house_id, Ownership.until.is_(None))
        .order_by(Ownership.position, Ownership.id)
    )
    return list(session.scalars(query))


def check_persons(session: Session, area_id: int, persons: Sequence[Person], field: str = "owner") -> None:
    """Refusal at the row: too many, somebody twice, or an identity number that stands under another name."""
    if len(persons) > MOST:
        raise Refusal(say("共有人最多 %(count)s 人", count=MOST), field=f"{field}-0")
    seen: set[tuple[str, str | None]] = set()
    for person in persons:
        key = ("", person.identity_number) if person.identity_number else (person.name, None)
        if key in seen:
            raise Refusal(say("%(name)s 重复", name=person.name), field=f"{field}-{person.place}")
        seen.add(key)
        known = _known(session, area_id, person)
        if known is not None and known.name != person.name:
            told = say("该证件号码已登记为“%(name)s”，请核对姓名或证件号码", name=known.name)
            raise Refusal(told, field=f"{field}-{person.place}")


def store_persons(session: Session, area_id: int, persons: Sequence[Person], field: str = "owner") -> list[int]:
    """Owner ids in order; somebody known by the identity number is the same row, with the phone typed now."""
    check_persons(session, area_id, persons, field)
    for person in persons:
        known = _known(session, area_id, person)
        if known is not None and person.phone:
            known.phone = person.phone
    session.flush()
    return store_owners(session, area_id, [(p.name, p.identity_number, p.phone) for p in persons])


def end_ownership(session: Session, house_id: int, day: date) -> None:
    """Today's owners own until that day."""
    for row in session.scalars(select(Ownership).where(Ownership.house_id == house_id, Ownership.until.is_(None))):
        row.until = day


def begin_ownership(session: Session, house: House, owner_ids: Sequence[int], day: date, change: HouseChange) -> None:
    """These own the house from that day on, in this order."""
    house.owner_id = owner_ids[0] if owner_ids else None
    for position, owner_id in enumerate(owner_ids, start=1):
        session.add(
            Ownership(house_id=house.id, owner_id=owner_id, position=position, since=day, change_id=change.id)
        )


def save_co_owners(key: int, rows: Sequence[CoOwner], ctx: Context, *, version: int | None = None) -> House:
    """共有人: put the record right: add, take out, order. A change of all owners is a sale (过户).

    Errors: NotYours, Forbidden, Conflict (stale page), Refusal with the row's field.
    """
    session = ctx.session
    house = engine.lock(session, House, key, version)
    if not ctx.actor.can(Permission.OWNER_EDIT):
        raise Forbidden(Permission.OWNER_EDIT.value)
    refuse_ended([house])
    if house.sale_state is SaleState.UNSOLD:
        raise Refusal(say("未售的房屋没有业主；已售出的请办理过户"))
    before = present_owners(session, key)
    after = _owner_ids(session, house, rows, {owner.id for owner in before})
    _refuse_all_new(house, [owner.id for owner in before], after)
    if after == [owner.id for owner in before]:
        return house
    _write(session, house, after, ctx.today)
    engine.touch(house)
    session.flush()
    names = ["、".join(owner.name for owner in found) for found in (before, present_owners(session, key))]
    audit.record(
        session, ctx.actor, "co_owners", house, now=ctx.now, summary=f"修改共有人：{house.label}",
        changes={"owner": names},
    )  # fmt: skip
    return house


def _owner_ids(session: Session, house: House, rows: Sequence[CoOwner], there: set[int]) -> list[int]:
    if stranger := next((row.owner_id for row in rows if row.owner_id and row.owner_id not in there), None):
        raise NotYours(f"Owner {stranger}")
    new = [row.person for row in rows if row.person]
    stored = iter(store_persons(session, house.area_id, new))
    ids = [row.owner_id or next(stored) for row in rows]
    if len(set(ids)) != len(ids):
        raise Refusal(say("同一业主不能列两次"), field="owner-0")
    if len(ids) > MOST:
        raise Refusal(say("共有人最多 %(count)s 人", count=MOST), field="owner-0")
    return ids


def _refuse_all_new(house: House, before: list[int], after: list[int]) -> None:
    if not after and house.use is not HouseUse.SERVICE_ROOM:
        raise Refusal(say("已售的房屋至少有一位业主"), field="owner-0")
    if before and not set(before) & set(after):
        raise Refusal(say("业主全部更换的，请办理过户"), field="owner-0")


def _write(session: Session, house: House, after: list[int], today: date) -> None:
    query = select(Ownership).where(Ownership.house_id == house.id, Ownership.until.is_(None))
    held = {row.owner_id: row for row in session.scalars(query)}
    for owner_id, row in held.items():
        if owner_id not in after:
            row.until = today
    for position, owner_id in enumerate(after, start=1):
        if owner_id in held:
            held[owner_id].position = position
        else:
            session.add(Ownership(house_id=house.id, owner_id=owner_id, position=position, since=today))
    house.owner_id = after[0] if after else None


def _known(session: Session, area_id: int, person: Person) -> Owner | None:
    if not person.identity_number:
        return None
    hashed = identity_hash(person.identity_number)
    return session.scalars(select(Owner).where(Owner.area_id == area_id, Owner.identity_hash == hashed)).first()
