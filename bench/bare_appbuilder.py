"""The yardstick of `start`: Flask-AppBuilder with nothing of ours but as many views, over its own tables.

python -m bench.bare_appbuilder VIEWS SQLITE-FILE      prints how many views it has
"""

from __future__ import annotations

import sys

from flask import Flask
from flask_appbuilder import AppBuilder, Model, ModelView
from flask_appbuilder.models.sqla.base import SQLA
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import Column, Integer, String


def build(views: int, database: str) -> AppBuilder:
    """An application with so many views in all, generated ones added to what it brings itself."""
    app = Flask("bare")
    app.config.update(
        SECRET_KEY="bench", SQLALCHEMY_DATABASE_URI=f"sqlite:///{database}", FAB_UPDATE_PERMS=False, FAB_CREATE_DB=False
    )
    db = SQLA(metadata=Model.metadata)
    db.init_app(app)
    with app.app_context():
        builder = AppBuilder(app, db.session)
        for number in range(views - len(builder.baseviews)):
            columns = {"id": Column(Integer, primary_key=True), "name": Column(String(50))}
            table = type(f"Thing{number}", (Model,), {"__tablename__": f"things_{number}", **columns})
            view = type(
                f"Thing{number}View", (ModelView,), {"datamodel": SQLAInterface(table), "list_columns": ["name"]}
            )
            builder.add_view(view, f"Thing {number}", category="Things")
    return builder


if __name__ == "__main__":
    print(len(build(int(sys.argv[1]), sys.argv[2]).baseviews))
