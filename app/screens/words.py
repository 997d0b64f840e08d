"""Texts in the reader's language, quickly: a page has hundreds, and Flask-Babel looks its catalogue up for each."""

from __future__ import annotations

from flask import Flask, g, has_app_context
from flask_babel import Domain
from markupsafe import Markup


class Words(Domain):
    """Flask-Babel's texts, with the catalogue of the request's language found once a request."""

    def get_translations(self):
        if not has_app_context():
            return super().get_translations()
        if "catalogue" not in g:
            g.catalogue = super().get_translations()
        return g.catalogue


def register(app: Flask) -> None:
    """Put Words in the place of Flask-Babel's; `_("…")` in a template is one call instead of four."""
    words = app.extensions["babel"].instance.domain_instance = Words()

    def text(message: str, /, **values) -> Markup:
        """The text with its values, which are escaped; %% is % as everywhere."""
        found = Markup(words.get_translations().gettext(message))
        return found % values if values or "%" in found else found

    app.jinja_env.globals.update(_=text, gettext=text)
