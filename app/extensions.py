"""Extensions, made here and bound in create_app()."""

from __future__ import annotations

from flask import current_app
from flask_appbuilder import AppBuilder, Model
from flask_appbuilder.models.sqla.base import SQLA
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from werkzeug.local import LocalProxy

db = SQLA(metadata=Model.metadata)
migrate = Migrate()
csrf = CSRFProtect()
limiter = Limiter(key_func=get_remote_address)
# An AppBuilder keeps its application's views, so each application has its own.
appbuilder = LocalProxy(lambda: current_app.appbuilder)


class Builder(AppBuilder):
    """FAB without what we replace: its sign-in, language-by-GET, swagger and menu API (fences 3, 6, 8)."""

    def _add_admin_views(self) -> None:
        self._indexview = self.add_view_no_menu(self.indexview)


def new_appbuilder() -> Builder:
    """A fresh builder for one application."""
    return Builder()
