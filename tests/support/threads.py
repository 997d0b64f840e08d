"""Real threads: acts that all start at the same moment, and a server beside the test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress


def together(acts: Sequence[Callable[[], object]], seconds: float = 120) -> None:
    """Run each act in a thread of its own; what one raises is raised here, and so is one that does not end."""
    gate, faults = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        try:
            gate.wait(30)
            act()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=[act], daemon=True) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds)
    if faults:
        raise faults[0]
    assert not any(thread.is_alive() for thread in threads), "a thread did not end"


@contextmanager
def running(server) -> Iterator[int]:
    """A waitress server at work in a thread; gives its port, and closes it at the end."""

    def serve() -> None:
        with suppress(OSError):  # closing takes the sockets away under its feet
            server.run()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(server.effective_port)
    finally:
        server.close()
        thread.join(10)
