"""A website with a seeded fault: an act is committed before its audit events are, with a pause in between."""

from __future__ import annotations

import sys
import time

import run
from app import audit

_write = audit.write_queue


def write_late(session) -> None:
    session.commit()
    time.sleep(0.3)
    _write(session)


if __name__ == "__main__":
    audit.write_queue = write_late
    sys.exit(run.main())
