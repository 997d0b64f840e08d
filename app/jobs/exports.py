"""Long lists as Excel in the background. The lists belong to the screens, which give their writer at the start."""

from __future__ import annotations

from flask import current_app

from app.jobs.run import Run


def write(run: Run, address: str, locale: str) -> None:
    """Write the list of that address as the person who asked sees it; the file is the job's result."""
    current_app.extensions["list_exporter"](run, address, locale)
