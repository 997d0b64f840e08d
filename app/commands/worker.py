"""`worker`: the job runner in a process of its own."""

from __future__ import annotations

import gc

from app import create_app


def arguments(parser) -> None:
    """No options."""


def run(options) -> int:
    from app.jobs.runner import run_worker

    app = create_app()
    gc.freeze()  # as in serve
    run_worker(app)
    return 0
