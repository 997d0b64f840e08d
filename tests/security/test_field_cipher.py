"""Encrypted columns: sealed with AES-256-GCM, values of earlier versions readable, nothing changed unnoticed."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.fernet import InvalidToken
from sqlalchemy import text

from app.entities.base import FieldCipher
from app.models import Owner
from app.transaction import unit_of_work

KEY, OTHER_KEY = b64encode(b"k" * 32).decode(), b64encode(b"o" * 32).decode()
NUMBER = "440702197001011234"


@pytest.fixture(autouse=True)
def key():
    FieldCipher.configure(KEY)


def test_sealed_value_is_unsealed_again_and_never_sealed_alike_twice():
    first, second = FieldCipher.seal(NUMBER), FieldCipher.seal(NUMBER)
    assert first != second
    assert NUMBER not in first
    assert [FieldCipher.unseal(sealed) for sealed in (first, second)] == [NUMBER, NUMBER]
    assert FieldCipher.unseal(FieldCipher.seal("王小明 𠮷")) == "王小明 𠮷"


def test_sealed_value_has_the_written_form():
    sealed = FieldCipher.seal(NUMBER)
    assert sealed[:3] == "g1:"
    assert len(b64decode(sealed[3:])) == 12 + 18 + 16  # nonce, text, tag


def test_value_of_an_earlier_version_stays_readable():
    assert FieldCipher.unseal(FieldCipher.fernet().encrypt(NUMBER.encode()).decode()) == NUMBER


def test_changed_value_is_noticed():
    sealed = bytearray(b64decode(FieldCipher.seal(NUMBER)[3:]))
    for place in (0, 12, 40):  # nonce, text, tag
        changed = bytes(byte ^ (number == place) for number, byte in enumerate(sealed))
        with pytest.raises(InvalidTag):
            FieldCipher.unseal("g1:" + b64encode(changed).decode())


def test_value_of_another_key_is_not_read():
    new, old = FieldCipher.seal(NUMBER), FieldCipher.fernet().encrypt(NUMBER.encode()).decode()
    FieldCipher.configure(OTHER_KEY)
    with pytest.raises(InvalidTag):
        FieldCipher.unseal(new)
    with pytest.raises(InvalidToken):
        FieldCipher.unseal(old)


def test_column_is_sealed_in_the_database_and_plain_in_the_row(city, session):
    area_id = city.area.id
    with unit_of_work() as work:
        work.add(Owner(area_id=area_id, name="甲", identity_number=NUMBER, phone=""))
    row = session.execute(text("SELECT id, identity_number, phone FROM owners WHERE name = '甲'")).one()
    assert row.identity_number.startswith("g1:")
    assert row.phone == ""
    assert session.get(Owner, row.id).identity_number == NUMBER
    earlier = FieldCipher.fernet().encrypt(NUMBER.encode()).decode()
    with unit_of_work() as work:
        work.execute(text("UPDATE owners SET identity_number = :old WHERE id = :id"), {"old": earlier, "id": row.id})
    session.expire_all()
    assert session.get(Owner, row.id).identity_number == NUMBER
