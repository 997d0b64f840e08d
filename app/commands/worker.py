"""`worker`: the job runner in a process of its own."""

from __future__ import annotations

from app import create_app
from app.commands.memory import settle_memory


def arguments(parser) -> None:
    """No options."""


def run(options) -> int:
    from app.jobs.runner import run_worker

    app = create_app()
    settle_memory()
    run_worker(app)
    return 0
