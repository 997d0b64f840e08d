"""Logging: one line an event to standard error, personal data and secrets blotted out."""

from __future__ import annotations

import logging
import re

from flask import Flask

IDENTITY = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}(?:18|19|20)\d\d[01]\d[0-3]\d{4}[0-9Xx](?![0-9A-Za-z])", re.ASCII)
PHONE = re.compile(r"(?<![0-9A-Za-z])1[3-9][0-9]{9}(?![0-9A-Za-z])")
SECRET = re.compile(r"(?i)\b(password|token|secret|csrf_token|form_key)(['\"]?\s*[=:]\s*)(['\"]?)[^\s,;&'\")]+")


def blot(text: str) -> str:
    """The text without identity numbers, mobile numbers and values of secrets."""
    text = IDENTITY.sub("<证件号>", text)
    text = PHONE.sub("<电话>", text)
    return SECRET.sub(r"\1\2\3<隐去>", text)


class BlottingFormatter(logging.Formatter):
    """Formats as usual, traceback included, then blots."""

    def format(self, record: logging.LogRecord) -> str:
        return blot(super().format(record))


def configure(app: Flask) -> None:
    """Give the root logger our handler once; under test the runner's own handlers stay."""
    root = logging.getLogger()
    if app.testing or any(getattr(handler, "of_the_fund", False) for handler in root.handlers):
        return
    handler = logging.StreamHandler()
    handler.setFormatter(BlottingFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    handler.of_the_fund = True
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for noisy in ("flask_appbuilder", "alembic", "fontTools", "xhtml2pdf", "apscheduler"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
