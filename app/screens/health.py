"""GET /healthz: is the platform up, does the database answer."""

from __future__ import annotations

from flask import Blueprint, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db

health = Blueprint("health", __name__)


@health.get("/healthz")
def healthz():
    """200 with the database's state, 503 while it does not answer. Says nothing that an outsider could use."""
    try:
        with db.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return jsonify(status="unavailable", database="unavailable"), 503
    return jsonify(status="ok", database="ok", engine=db.engine.dialect.name)
