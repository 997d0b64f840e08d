"""What an archive says of itself: whose it is, what is in it, and what must be found again after it was put back."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from app.entities.base import FieldCipher

FORMAT = 1


class Unusable(Exception):
    """The archive, or the place it shall go to, is not what it must be; the sentence says what and what to do."""


@dataclass
class Manifest:
    """`rows` by table, `heads` of the hash chains (number and hash), `members` of the archive with their SHA-256."""

    made_at: str
    database: str  # "sqlite" or "postgresql"
    revision: str
    field_key: str
    rows: dict[str, int]
    heads: dict[str, list]
    members: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def as_json(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Manifest:
        """Unusable when another program or another version of this one has written it."""
        try:
            values = json.loads(data)
            manifest = cls(**values)
        except (ValueError, TypeError) as error:
            raise Unusable("这不是本平台的备份文件，或其说明已损坏") from error
        if manifest.format != FORMAT:
            raise Unusable(f"备份文件的格式为 {manifest.format}，本版本只认 {FORMAT}：请用写它的版本恢复")
        return manifest


def describe(connection: Connection, made_at: str) -> Manifest:
    """What the database holds, as this connection sees it."""
    rows = {
        name: connection.scalar(text(f'SELECT count(*) FROM "{name}"'))
        for name in sorted(inspect(connection).get_table_names())
    }
    heads = connection.execute(text("SELECT name, last_id, hash FROM chain_heads ORDER BY name"))
    return Manifest(
        made_at=made_at,
        database=connection.dialect.name,
        revision=connection.scalar(text("SELECT version_num FROM alembic_version")) or "",
        field_key=key_mark(),
        rows=rows,
        heads={head.name: [head.last_id, head.hash] for head in heads},
    )


def key_mark() -> str:
    """Tells whether FIELD_KEY is the same again, and nothing of the key."""
    return hmac.new(FieldCipher.hash_key, b"backup", hashlib.sha256).hexdigest()[:32]


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
