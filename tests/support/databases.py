"""A fresh database for every test, fast: migrated once a run, filled twice (bare, with the city), then put back.

SQLite: template files, copied. PostgreSQL: one database a process; what a test left is deleted and the rows of the
template (kept in a schema of their own) are put in again, with triggers and foreign keys out of the way.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import text

BARE, CITY = "bare", "city"


class SqliteStore:
    """Template files in `folder`; the live database beside them."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.url = f"sqlite:///{folder / 'live.sqlite3'}"

    def keep(self, engine, name: str) -> None:
        """The live database becomes a template."""
        with engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
        engine.dispose()
        shutil.copyfile(self.folder / "live.sqlite3", self.folder / f"{name}.sqlite3")

    def restore(self, engine, name: str) -> None:
        """The template becomes the live database."""
        engine.dispose()
        for ending in ("-wal", "-shm"):
            (self.folder / f"live.sqlite3{ending}").unlink(missing_ok=True)
        shutil.copyfile(self.folder / f"{name}.sqlite3", self.folder / "live.sqlite3")


class PostgresStore:
    """Templates are schemas with a copy of every table that holds rows."""

    def __init__(self, url: str, tables: list[str]):
        self.url, self.tables = url, tables
        self.kept: dict[str, list[str]] = {}
        self.sequences: dict[str, list[tuple[str, int | None]]] = {}

    def keep(self, engine, name: str) -> None:
        with engine.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {name}_rows"))
            filled = [
                table for table in self.tables if connection.scalar(text(f"SELECT EXISTS (SELECT 1 FROM {table})"))
            ]
            for table in filled:
                connection.execute(text(f"CREATE TABLE {name}_rows.{table} AS SELECT * FROM {table}"))
            self.kept[name] = filled
            self.sequences[name] = self._sequences(connection)

    def restore(self, engine, name: str) -> None:
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            dirty = " UNION ALL ".join(
                f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in self.tables
            )
            statements = [f"DELETE FROM {table}" for table in connection.scalars(text(dirty)).all()]
            statements += [f"INSERT INTO {table} SELECT * FROM {name}_rows.{table}" for table in self.kept[name]]
            for sequence, last in self.sequences[name]:
                statements.append(f"SELECT setval('{sequence}', {last or 1}, {'true' if last else 'false'})")
            connection.exec_driver_sql(";".join(statements))

    @staticmethod
    def _sequences(connection) -> list[tuple[str, int | None]]:
        query = text("SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'")
        return [(row.sequencename, row.last_value) for row in connection.execute(query)]
