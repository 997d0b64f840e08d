"""`start`: one worker from nothing to an application that can answer, in a process of its own; against a bare
Flask-AppBuilder with the same number of views, likewise."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from bench.framework import Case

_COUNT = (
    "from app import create_app; app = create_app();"
    "print(len(app.appbuilder.baseviews if hasattr(app, 'appbuilder') else app.extensions['appbuilder'].baseviews))"
)


def cases(options) -> Iterator[Case]:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "DATA_DIR": folder, "PYTHONPATH": os.getcwd(), "PYTHONWARNINGS": "ignore"}
        _run(["run.py", "init"], environment)
        views = int(_run(["-c", _COUNT], environment))
        bare = ["-m", "bench.bare_appbuilder", str(views), f"{folder}/bare.sqlite"]
        assert int(_run(bare, environment)) == views
        yield Case(
            size=f"{views} views",
            ours=lambda: _run(["-c", _COUNT], environment),
            yardstick="bare Flask-AppBuilder, as many views",
            theirs=lambda: _run(bare, environment),
            target=1.5,
            peak=lambda: resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
        )


def _run(arguments: list[str], environment: dict[str, str]) -> str:
    answer = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise RuntimeError(answer.stderr[-2000:])
    return answer.stdout.splitlines()[-1]
