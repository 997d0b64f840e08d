"""The application's factory: config → extensions → models → permissions → screens → error pages."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import config as settings
from app import clock, database, extensions, logs
from app.entities.base import FieldCipher


def create_app(config: settings.Config | None = None) -> Flask:
    """Build the application; without `config` the environment says (SettingsError when it is wrong)."""
    config = config or settings.load()
    app = Flask("app")
    app.config.from_object(config)
    app.config["FAB_ROLES"] = _roles()
    engine_options = dict(app.config["SQLALCHEMY_ENGINE_OPTIONS"], hide_parameters=True)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options
    logs.configure(app)
    clock.set_shift(app.config["CLOCK"])
    FieldCipher.configure(app.config["FIELD_KEY"])
    _configure_files(app)
    if app.config["BEHIND_PROXY"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)
    _bind_extensions(app)
    _register_screens(app)
    return app


def _configure_files(app: Flask) -> None:
    from app.backup import shelf
    from app.documents import site
    from app.workflows.attachments import scanner, storage

    site.configure(app.config["SITE_URL"])
    storage.configure(storage.FolderStore(Path(app.config["DATA_DIR"]) / "files"))
    shelf.configure(Path(app.config["BACKUP_DIR"]), app.config["BACKUP_KEEP"])
    scanner.configure(app.config.get("CLAMD", ""))


def _roles() -> dict:
    from app.security import fab_roles

    return fab_roles()


def _bind_extensions(app: Flask) -> None:
    from app import models, tenancy  # noqa: F401 - every table must be known before the migrations and FAB look
    from app.screens import limits  # noqa: F401 - it makes "database://" known to the limiter
    from app.screens.session import DatabaseSessions

    extensions.db.init_app(app)
    extensions.migrate.init_app(app, extensions.db, directory=str(settings.ROOT / "migrations"), render_as_batch=True)
    extensions.csrf.init_app(app)
    extensions.limiter.init_app(app)
    app.session_interface = DatabaseSessions()
    with app.app_context():
        database.prepare_engine(extensions.db.engine)


def _register_screens(app: Flask) -> None:
    from app.screens import errors, filters, headers, health, papers, shell, sign_in, words
    from app.screens.request import KeyConverter, enter_request
    from app.screens.typed_text import SeenRequest
    from app.views import register_views

    app.request_class = SeenRequest
    app.url_map.converters["int"] = KeyConverter
    app.register_blueprint(health.health)
    filters.register(app)
    papers.register(app)
    shell.register(app)
    headers.register(app)
    with app.app_context():
        builder = extensions.new_appbuilder()
        builder.init_app(app, extensions.db.session)
        app.extensions["babel"].locale_selector = sign_in.locale_of_request
        words.register(app)
        app.before_request(sign_in.check_session)
        app.before_request(enter_request)
        app.before_request(sign_in.force_password_change)
        for screen in (sign_in.SignIn, sign_in.Account):
            builder.add_view_no_menu(screen)
        register_views(app)
    errors.register_errors(app)
