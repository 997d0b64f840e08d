"""Owners of a roster: one row a person and area, found again by the keyed hash of the identity number."""

from __future__ import annotations

import hashlib
import hmac

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bulk import insert_rows, take_keys
from app.entities.base import Encrypted, FieldCipher
from app.models import Owner

Person = tuple[str, str | None, str | None]  # name, identity number, phone


def identity_hash(number: str) -> str:
    """HMAC-SHA-256 of the identity number under the field key: finds the same person without storing the number."""
    return hmac.new(FieldCipher.hash_key, number.upper().encode(), hashlib.sha256).hexdigest()


def store_owners(session: Session, area_id: int, persons: list[Person]) -> list[int]:
    """The owner id of each person, in order. The same identity number is one owner; without one each is its own."""
    hashes = [identity_hash(number) if number else None for _, number, _ in persons]
    known = dict(
        session.execute(
            select(Owner.identity_hash, Owner.id).where(Owner.area_id == area_id, Owner.identity_hash.is_not(None))
        ).all()
    )
    rows, places = [], []
    for place, ((name, number, phone), hashed) in enumerate(zip(persons, hashes, strict=True)):
        if hashed in known:
            continue
        if hashed:
            known[hashed] = None  # given below
        rows.append((area_id, name, _sealed(number), hashed, _sealed(phone)))
        places.append(place)
    new_ids = _insert(session, rows)
    ids: list[int | None] = [None] * len(persons)
    for place, owner_id in zip(places, new_ids, strict=True):
        ids[place] = owner_id
        if hashes[place]:
            known[hashes[place]] = owner_id
    return [owner_id if owner_id is not None else known[hashes[place]] for place, owner_id in enumerate(ids)]


_COLUMNS = ("id", "area_id", "name", "identity_number", "identity_hash", "phone")
_ENCRYPTED = Encrypted()


def _sealed(value: str | None) -> str | None:
    """As the column stores it."""
    return _ENCRYPTED.process_bind_param(value, None)


def _insert(session: Session, rows: list[tuple]) -> list[int]:
    session.flush()
    keys = take_keys(session, Owner.__table__, len(rows))
    insert_rows(session, Owner.__table__, _COLUMNS, [(key, *row) for key, row in zip(keys, rows, strict=True)])
    return keys
