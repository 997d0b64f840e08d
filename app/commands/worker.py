"""`worker`: the job runner in a process of its own."""

from __future__ import annotations

from app import create_app


def arguments(parser) -> None:
    """No options."""


def run(options) -> int:
    from app.jobs.runner import run_worker

    run_worker(create_app())
    return 0
