"""A database into a file and back, by its own tools: SQLite's online backup, PostgreSQL's pg_dump and pg_restore.

What is dumped is one moment, whatever is written meanwhile; what is loaded is loaded whole or not at all.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, inspect, text

from app.backup.manifest import Manifest, Unusable, describe

USUAL_PLACES = "/usr/lib/postgresql/*/bin"


def dump(engine: Engine, target: Path, made_at: str) -> Manifest:
    """Write the database into `target`; the manifest tells what was in it at that very moment."""
    if engine.dialect.name == "sqlite":
        return _dump_sqlite(engine, target, made_at)
    with _one_moment(engine) as (connection, snapshot):
        _run(engine, "pg_dump", "--format=custom", "--compress=0", f"--snapshot={snapshot}", f"--file={target}")
        return describe(connection, made_at)


def load(engine: Engine, source: Path) -> None:
    """Fill the empty database from a file that `dump` made on the same kind of database."""
    if engine.dialect.name == "sqlite":
        _load_sqlite(engine, source)
    else:
        _run(engine, "pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges",
             f"--dbname={engine.url.database}", str(source))  # fmt: skip


def is_empty(engine: Engine) -> bool:
    """No table at all: nothing can be lost by loading."""
    return not inspect(engine).get_table_names()


def _dump_sqlite(engine: Engine, target: Path, made_at: str) -> Manifest:
    """The copy is opened once more as the database it will be, so what is described is what was copied."""
    with closing(sqlite3.connect(engine.url.database)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    beside = create_engine(f"sqlite:///{target}")
    try:
        with beside.connect() as connection:
            return describe(connection, made_at)
    finally:
        beside.dispose()


def _load_sqlite(engine: Engine, source: Path) -> None:
    place = Path(engine.url.database)
    engine.dispose()
    for ending in ("", "-wal", "-shm"):
        place.with_name(place.name + ending).unlink(missing_ok=True)
    draft = place.with_name(place.name + ".part")
    shutil.copyfile(source, draft)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(place)


@contextmanager
def _one_moment(engine: Engine) -> Iterator[tuple[Connection, str]]:
    """A read-only transaction whose view of the database pg_dump shares."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        yield connection, connection.scalar(text("SELECT pg_export_snapshot()"))


def _run(engine: Engine, program: str, *arguments: str) -> None:
    """The database's address goes by the environment: arguments can be read by everybody on the machine."""
    _, address = engine.dialect.create_connect_args(engine.url)
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    told = {names[key]: str(value) for key, value in address.items() if key in names}
    done = subprocess.run(
        [_program(program), *arguments], env={**os.environ, **told}, stdin=subprocess.DEVNULL, capture_output=True
    )
    if done.returncode:
        raise Unusable(f"{program} 未能完成：{done.stderr.decode(errors='replace').strip()[-800:]}")


def _program(name: str) -> str:
    """Where the program is: POSTGRES_BIN, PATH, Debian's own place, newest first."""
    newest_first = sorted(Path("/").glob(USUAL_PLACES[1:]), key=_version, reverse=True)
    places = [os.environ.get("POSTGRES_BIN", ""), os.environ.get("PATH", ""), *map(str, newest_first)]
    if found := shutil.which(name, path=os.pathsep.join(filter(None, places))):
        return found
    raise Unusable(f"没有找到 {name}：请安装 PostgreSQL 客户端程序，或用环境变量 POSTGRES_BIN 指明其目录")


def _version(place: Path) -> int:
    return int(place.parent.name) if place.parent.name.isdigit() else 0
