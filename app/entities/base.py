"""Column types that all tables share: fen, 0.01 m², enums by value, encrypted text, binary-sorted text."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode, urlsafe_b64decode
from datetime import datetime
from typing import Annotated

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import BigInteger, DateTime, Enum, Integer, String, Text, types
from sqlalchemy.orm import mapped_column

BigId = BigInteger().with_variant(Integer, "sqlite")
# Sort keys must order the same on both databases: byte order, whatever the locale.
BinaryText = String(160).with_variant(String(160, collation="C"), "postgresql")

Key = Annotated[int, mapped_column(BigId, primary_key=True, autoincrement=True)]
Fen = Annotated[int, mapped_column(BigInteger, nullable=False)]  # 分, 0.01 yuan
Area = Annotated[int, mapped_column(BigInteger, nullable=False)]  # 0.01 m²
Moment = Annotated[datetime, mapped_column(DateTime, nullable=False)]  # the city's time (Asia/Shanghai), naive
Short = Annotated[str, mapped_column(String(64), nullable=False)]
Name = Annotated[str, mapped_column(String(200), nullable=False)]
LongText = Annotated[str, mapped_column(Text, nullable=False, default="")]


def enum_of(kind: type) -> Enum:
    """An enum stored by its value, with a CHECK constraint that repeats the list."""
    name = "ck_" + "".join("_" + c.lower() if c.isupper() else c for c in kind.__name__).lstrip("_")
    return Enum(
        kind,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=True,
        length=32,
        name=name,
    )


class FieldCipher:
    """Seals personal data; create_app() sets the keys once from `FIELD_KEY`.

    AES-256-GCM under a key of its own, derived by HKDF: "g1:" and the base64 of nonce, ciphertext and tag. Random
    nonces of 96 bits are good for 2**32 values under one key (NIST SP 800-38D). Values of earlier versions are Fernet
    tokens and stay readable; Fernet takes ten times as long for a value, which was half of a roster's import.
    """

    MARK = "g1:"
    NONCE = 12  # bytes
    _ciphers: tuple[AESGCM, Fernet] | None = None
    hash_key: bytes = b""

    @classmethod
    def configure(cls, key: str) -> None:
        derived = HKDF(SHA256(), length=32, salt=None, info=b"encrypted columns, AES-256-GCM")
        cls._ciphers = AESGCM(derived.derive(urlsafe_b64decode(key))), Fernet(key.encode())
        cls.hash_key = key.encode()

    @classmethod
    def seal(cls, text: str) -> str:
        """The text as it is stored."""
        nonce = os.urandom(cls.NONCE)
        return cls.MARK + b64encode(nonce + cls._configured()[0].encrypt(nonce, text.encode(), None)).decode()

    @classmethod
    def unseal(cls, stored: str) -> str:
        """The text again. InvalidTag (InvalidToken) when it was changed or sealed with another key."""
        if not stored.startswith(cls.MARK):
            return cls.fernet().decrypt(stored.encode()).decode()
        data = b64decode(stored[len(cls.MARK) :])
        return cls._configured()[0].decrypt(data[: cls.NONCE], data[cls.NONCE :], None).decode()

    @classmethod
    def fernet(cls) -> Fernet:
        """For what expires: a Fernet token knows when it was made."""
        return cls._configured()[1]

    @classmethod
    def _configured(cls) -> tuple[AESGCM, Fernet]:
        if cls._ciphers is None:
            raise RuntimeError("FieldCipher.configure() has not been called")
        return cls._ciphers


class Encrypted(types.TypeDecorator):
    """Personal data at rest: sealed in the database, plain text in Python; empty stays empty."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return FieldCipher.seal(value) if value else value

    def process_result_value(self, value, dialect):
        return FieldCipher.unseal(value) if value else value
