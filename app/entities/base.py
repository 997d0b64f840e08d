"""Column types that all tables share: fen, 0.01 m², enums by value, encrypted text, binary-sorted text."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from cryptography.fernet import Fernet
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
    """Holds the key of encrypted columns; create_app() sets it once from `FIELD_KEY`."""

    _fernet: Fernet | None = None
    hash_key: bytes = b""

    @classmethod
    def configure(cls, key: str) -> None:
        cls._fernet = Fernet(key.encode())
        cls.hash_key = key.encode()

    @classmethod
    def fernet(cls) -> Fernet:
        if cls._fernet is None:
            raise RuntimeError("FieldCipher.configure() has not been called")
        return cls._fernet


class Encrypted(types.TypeDecorator):
    """Personal data at rest: Fernet text in the database, plain text in Python; empty stays empty."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return FieldCipher.fernet().encrypt(value.encode()).decode() if value else value

    def process_result_value(self, value, dialect):
        return FieldCipher.fernet().decrypt(value.encode()).decode() if value else value
