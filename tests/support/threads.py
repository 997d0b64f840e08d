"""Real threads: everything starts at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence


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
