"""The archive: one tar, the database in it, then every stored file, last the manifest with everybody's SHA-256.

The database is dumped before the files are read: a file is written before its row is committed and outlives its row by
a day, so every row of the dump finds its file.
"""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path

from sqlalchemy import Engine

from app.backup import databases
from app.backup.manifest import Manifest, Unusable, sha256
from app.workflows.attachments.storage import Store

DATABASE, MANIFEST, FILES = "database", "manifest.json", "files/"
PREFIX, ENDING = "fund-", ".tar.gz"
QUICKLY = 1  # gzip's level: the database shrinks to a fifth, stored files are packed already


@dataclass
class Opened:
    """An archive whose members have been unpacked beside it and found to be what the manifest says."""

    manifest: Manifest
    database: Path
    files: dict[str, Path]


def make(engine: Engine, store: Store, target: Path, now: datetime) -> Manifest:
    """Write the archive whole or not at all; only its owner may read it, as it holds everybody's data."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".part")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
            dumped = Path(folder) / DATABASE
            manifest = databases.dump(engine, dumped, now.isoformat(timespec="seconds"))
            with _writer(partial) as archive:
                _add(archive, manifest, DATABASE, dumped)
                for name, path in _fetched(store, Path(folder)):
                    _add(archive, manifest, FILES + name, path)
                _add_bytes(archive, MANIFEST, manifest.as_json())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return manifest


@contextmanager
def opened(source: Path) -> Iterator[Opened]:
    """Unpack and prove the archive; Unusable names the member that is missing, added or changed."""
    with tempfile.TemporaryDirectory(dir=source.parent, prefix=".restore-") as folder:
        unpacked = _unpack(source, Path(folder))
        if MANIFEST not in unpacked:
            raise Unusable("备份文件不完整：没有说明（manifest.json）")
        manifest = Manifest.from_json(unpacked.pop(MANIFEST).read_bytes())
        _prove(manifest, unpacked)
        files = {name.removeprefix(FILES): path for name, path in unpacked.items() if name.startswith(FILES)}
        yield Opened(manifest, unpacked[DATABASE], files)


def default_name(now: datetime) -> str:
    return f"{PREFIX}{now:%Y%m%d-%H%M%S}{ENDING}"


def keep_newest(folder: Path, count: int) -> list[str]:
    """Remove the oldest archives of ours but for `count`; the names of the removed."""
    archives = sorted(folder.glob(f"{PREFIX}*{ENDING}"))
    removed = archives[: max(len(archives) - count, 0)]
    for path in removed:
        path.unlink()
    return [path.name for path in removed]


@contextmanager
def _writer(path: Path) -> Iterator[tarfile.TarFile]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=QUICKLY) as archive:
            yield archive
        file.flush()
        os.fsync(file.fileno())


def _fetched(store: Store, folder: Path) -> Iterator[tuple[str, Path]]:
    """Each stored file in turn, as a file here; one that is swept away meanwhile has no row any more."""
    place = folder / "file"
    for name in sorted(store.names(older_than_seconds=0)):
        try:
            place.write_bytes(store.read(name))
        except FileNotFoundError:
            continue
        yield name, place


def _add(archive: tarfile.TarFile, manifest: Manifest, name: str, path: Path) -> None:
    manifest.members[name] = sha256(path)
    archive.add(path, arcname=name, recursive=False)


def _add_bytes(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    archive.addfile(member, BytesIO(data))


def _unpack(source: Path, folder: Path) -> dict[str, Path]:
    """Plain files only, under names of our own: what an archive calls its members decides no place on the disk."""
    unpacked = {}
    try:
        with tarfile.open(source, "r:gz") as archive:
            for number, member in enumerate(archive):
                if not member.isfile() or member.name in unpacked:
                    raise Unusable(f"备份文件里有不该有的内容：{member.name}")
                unpacked[member.name] = path = folder / str(number)
                with path.open("wb") as file:
                    shutil.copyfileobj(archive.extractfile(member), file)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise Unusable(f"备份文件读不出来：{error}") from error
    return unpacked


def _prove(manifest: Manifest, unpacked: dict[str, Path]) -> None:
    missing = sorted(manifest.members.keys() - unpacked.keys())
    added = sorted(unpacked.keys() - manifest.members.keys())
    changed = [name for name, path in unpacked.items() if manifest.members.get(name, "") not in ("", sha256(path))]
    faults = [f"缺少 {name}" for name in missing] + [f"多出 {name}" for name in added]
    faults += [f"{name} 已被改动" for name in changed]
    if faults or DATABASE not in unpacked:
        raise Unusable("备份文件与其说明不符：" + "；".join(faults[:5] or ["没有数据库"]))
