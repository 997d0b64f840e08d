"""The ledger's tests run on bare tables, on the database that TEST_DATABASE names."""

from __future__ import annotations

import os
from importlib import import_module

import pytest
from cryptography.fernet import Fernet
from flask_appbuilder import Model
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

import app.models
from app.database import prepare_engine
from app.entities.base import FieldCipher
from tests.ledger.desk import Desk, open_desk

POSTGRESQL = os.environ.get("TEST_DATABASE") == "postgresql"


@pytest.fixture(scope="session")
def bare_engine(request, tmp_path_factory):
    """An engine with empty tables; each test rolls back what it did."""
    assert app.models
    FieldCipher.configure(Fernet.generate_key().decode())
    if POSTGRESQL:
        url = request.getfixturevalue("postgres_server").create_database("ledger")
    else:
        url = f"sqlite:///{tmp_path_factory.mktemp('ledger')}/ledger.sqlite"
    engine = create_engine(url)
    prepare_engine(engine)
    if POSTGRESQL:  # an index stands on it; the migration makes it, and there are no migrations here
        with engine.begin() as connection:
            connection.exec_driver_sql(import_module("migrations.versions.0005_found_among_a_million").PAIRS)
    Model.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(bare_engine):
    with Session(bare_engine) as session:
        session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
        if not POSTGRESQL:  # a tampering test before has switched them off for the connection, which no rollback undoes
            session.execute(text("PRAGMA ignore_check_constraints = OFF"))
        yield session
        session.rollback()


@pytest.fixture
def desk(session) -> Desk:
    return open_desk(session)
