"""What a long-lived process tells the garbage collector once the application stands."""

from __future__ import annotations

import gc


def settle_memory() -> None:
    """Modules, views and mappings are never walked again, and a posting of 40,000 lines is not walked dozens of times.

    A payout over 20,000 houses took half as long again without this; cycles are still collected, only less often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
