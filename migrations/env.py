"""Alembic's environment: runs inside the application (`python run.py init`, `flask db …`)."""

from __future__ import annotations

from alembic import context
from flask import current_app

database = current_app.extensions["migrate"].db


def include_object(item, name, kind, reflected, compare_to) -> bool:
    """Everything in the database is ours."""
    return True


def run_online() -> None:
    """Migrate on one connection, in one transaction."""
    options = current_app.extensions["migrate"].configure_args
    with database.engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=database.metadata, include_object=include_object,
            **options,
        )  # fmt: skip
        with context.begin_transaction():
            context.run_migrations()


run_online()
