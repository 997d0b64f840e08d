"""`init`: migrations, roles and base rows, once, whoever else starts at the same time."""

from __future__ import annotations

import contextlib
from pathlib import Path

from sqlalchemy import text

from app import create_app


def arguments(parser) -> None:
    """No options."""


def run(options) -> int:
    app = create_app()
    with app.app_context():
        prepare(app)
    print("数据库已就绪：" + app.config["SQLALCHEMY_DATABASE_URI"].split("@")[-1])
    return 0


def prepare(app) -> None:
    """Bring the database up to date and put in what every city needs. Safe to repeat and to run twice at once."""
    from flask_migrate import upgrade

    from app.extensions import db
    from app.setup import put_base_rows
    from app.transaction import unit_of_work

    with _lock(app, db.engine):
        upgrade()
        with unit_of_work() as session:
            put_base_rows(session)


@contextlib.contextmanager
def _lock(app, engine):
    """One at a time: an advisory lock on PostgreSQL, a locked file beside the SQLite database."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(727001)"))
            connection.commit()
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(727001)"))
                connection.commit()
        return
    import fcntl

    database = engine.url.database or ""
    if database in {"", ":memory:"}:
        yield
        return
    with Path(database).with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
