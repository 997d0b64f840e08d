"""Where the nightly archives stand, and how many of them are kept; create_app() says it once."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.backup import archive, heads
from app.workflows.attachments.storage import store

_folder, _count = Path("."), 0


def configure(folder: Path, count: int) -> None:
    """`count` archives are kept; 0 keeps all."""
    global _folder, _count
    _folder, _count = folder, count


def place_for(now: datetime) -> Path:
    """The file that a backup of this moment is written to."""
    return _folder / archive.default_name(now)


def write_heads(session: Session, now: datetime) -> dict[str, tuple[int, str]]:
    """Write the chains' last hashes down beside the archives."""
    return heads.write_down(session, _folder / heads.NAME, now)


def save(engine: Engine, now: datetime) -> tuple[str, list[str]]:
    """Make the archive, then remove the oldest that are too many; its name and theirs."""
    target = place_for(now)
    archive.make(engine, store(), target, now)
    return target.name, archive.keep_newest(_folder, _count) if _count else []
