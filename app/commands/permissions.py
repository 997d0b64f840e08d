"""`permissions`: the access table as CSV on standard output."""

from __future__ import annotations

import csv
import sys

from app import create_app


def arguments(parser) -> None:
    """No options."""


def run(options) -> int:
    from app.screens.access import access_rows

    app = create_app()
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("route", "method", "role", "decision"))
    writer.writerows(access_rows(app))
    return 0
