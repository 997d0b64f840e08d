"""`init`: migrations, roles and base rows, once, whoever else starts at the same time."""

from __future__ import annotations

import contextlib
from pathlib import Path

from sqlalchemy import text

from app import create_app


def arguments(parser) -> None:
    parser.add_argument("--first-user", metavar="用户名", help="库中还没有用户时，建立首个安全管理员并显示其初始密码")


def run(options) -> int:
    app = create_app()
    with app.app_context():
        prepare(app)
        if options.first_user:
            _add_first_user(app, options.first_user)
    print("数据库已就绪：" + app.config["SQLALCHEMY_DATABASE_URI"].split("@")[-1])
    return 0


def _add_first_user(app, username: str) -> None:
    """Somebody must be able to sign in to an empty platform; from then on users are made on the screen."""
    from app import clock
    from app.transaction import unit_of_work
    from app.workflows.users.administration import first_password, system_start

    password, method = first_password(), app.config["FAB_PASSWORD_HASH_METHOD"]
    with unit_of_work() as session:
        made = system_start(session, username=username, password=password, method=method, now=clock.now())
    print(f"首个用户 {username}，初始密码 {password}（首次登录须修改）" if made else "库中已有用户，未新建。")


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
