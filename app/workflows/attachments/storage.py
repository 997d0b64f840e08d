"""Where files lie: one small interface, a folder by default. Names are made up; nothing of the user's name is in them.

A file is written before its row is committed, and a deleted row leaves its file: `sweep()` removes files that no row
names, a day later. So neither a crash nor a rollback loses a file that somebody can still see.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Collection
from pathlib import Path
from typing import Protocol

_NAME = re.compile(r"[0-9a-f]{32}")


class Store(Protocol):
    """What a place for files can do; an S3-compatible one has the same five."""

    def put(self, data: bytes) -> str: ...

    def put_back(self, name: str, data: bytes) -> None: ...

    def read(self, name: str) -> bytes: ...

    def names(self, *, older_than_seconds: int) -> list[str]: ...

    def remove(self, name: str) -> None: ...


class FolderStore:
    """Files below one folder, spread over 256 by the first two letters."""

    def __init__(self, root: Path):
        self.root = Path(root)

    def put(self, data: bytes) -> str:
        """Write whole and to disk under a new name; gives the name."""
        name = secrets.token_hex(16)
        self.put_back(name, data)
        return name

    def put_back(self, name: str, data: bytes) -> None:
        """Write whole and to disk under that name, as when a backup is restored."""
        target = self._path(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".part")
        with open(partial, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)

    def read(self, name: str) -> bytes:
        """FileNotFoundError when it is gone."""
        return self._path(name).read_bytes()

    def names(self, *, older_than_seconds: int) -> list[str]:
        """Names of the files last written before that many seconds."""
        limit = time.time() - older_than_seconds
        files = self.root.glob("??/*")
        return [file.name for file in files if _NAME.fullmatch(file.name) and file.stat().st_mtime < limit]

    def remove(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"no stored name: {name!r}")
        return self.root / name[:2] / name


_store: Store | None = None


def configure(place: Store) -> None:
    """create_app() says once where files lie."""
    global _store
    _store = place


def store() -> Store:
    """The configured store."""
    if _store is None:
        raise RuntimeError("storage.configure() has not been called")
    return _store


def sweep(known: Collection[str], *, older_than_seconds: int = 86_400) -> int:
    """Remove files that no row names; gives how many."""
    lost = [name for name in store().names(older_than_seconds=older_than_seconds) if name not in known]
    for name in lost:
        store().remove(name)
    return len(lost)
