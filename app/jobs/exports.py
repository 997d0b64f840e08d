"""Long lists as Excel in the background. The lists belong to the screens, which give their writer at the start."""

from __future__ import annotations

from collections.abc import Callable

from app.jobs.run import Run

_writer: Callable[[Run, str, str], None] | None = None


def configure(writer: Callable[[Run, str, str], None]) -> None:
    """The screens say once how a list of an address is written."""
    global _writer
    _writer = writer


def write(run: Run, address: str, locale: str) -> None:
    """Write the list of that address as the person who asked sees it; the file is the job's result."""
    if _writer is None:
        raise RuntimeError("exports.configure() has not been called")
    _writer(run, address, locale)
