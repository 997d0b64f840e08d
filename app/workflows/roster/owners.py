"""Owners of a roster: one row a person and area, found again by the keyed hash of the identity number."""

from __future__ import annotations

import hmac

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bulk import insert_rows, take_keys
from app.entities.base import FieldCipher
from app.models import Owner

Person = tuple[str, str | None, str | None]  # name, identity number, phone


def identity_hash(number: str) -> str:
    """HMAC-SHA-256 of the identity number under the field key: finds the same person without storing the number."""
    return hmac.digest(FieldCipher.hash_key, number.upper().encode(), "sha256").hex()


def store_owners(session: Session, area_id: int, persons: list[Person]) -> list[int]:
    """The owner id of each person, in order. The same identity number is one owner; without one each is its own."""
    hashes = [identity_hash(number) if number else None for _, number, _ in persons]
    known = dict(
        session.execute(
            select(Owner.identity_hash, Owner.id).where(Owner.area_id == area_id, Owner.identity_hash.is_not(None))
        ).all()
    )
    new = []
    for place, hashed in enumerate(hashes):
        if hashed not in known:
            new.append(place)
            if hashed:
                known[hashed] = None  # given below
    session.flush()
    ids = dict(zip(new, take_keys(session, Owner.__table__, len(new)), strict=True))
    insert_rows(
        session, Owner.__table__, _COLUMNS, (_row(ids[place], area_id, persons[place], hashes[place]) for place in new)
    )
    known.update((hashes[place], owner_id) for place, owner_id in ids.items() if hashes[place])
    return [ids[place] if place in ids else known[hashed] for place, hashed in enumerate(hashes)]


_COLUMNS = ("id", "area_id", "name", "identity_number", "identity_hash", "phone")


def _row(key: int, area_id: int, person: Person, hashed: str | None) -> tuple:
    """An owner's row as the driver takes it, in the order of _COLUMNS."""
    name, number, phone = person
    return key, area_id, name, _sealed(number), hashed, _sealed(phone)


def _sealed(text: str | None) -> str | None:
    return FieldCipher.seal(text) if text else text
