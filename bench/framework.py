"""How a bench is measured: ours and the yardstick in turn, several rounds, medians; the peak memory of ours."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_HEAD = ("bench", "size", "ours s", "yardstick", "yardstick s", "ratio", "target", "peak MB", "ok")
_WIDTHS = (12, 26, 9, 40, 11, 7, 7, 8, 4)


@dataclass(frozen=True)
class Case:
    """One line of the table. `ours` and `theirs` do the same work; each may give back its own seconds (a float), else
    the call is timed. `before` runs untimed before each call; `check` once after the first round (raises when wrong).
    """

    size: str
    ours: Callable[[], Any]
    yardstick: str
    theirs: Callable[[], Any]
    target: float
    before: Callable[[], Any] | None = None
    check: Callable[[], Any] | None = None
    rounds: int | None = None
    peak: Callable[[], float] | None = None  # where ours runs in a process of its own


@dataclass(frozen=True)
class Result:
    bench: str
    size: str
    ours_s: float
    yardstick: str
    yardstick_s: float
    ratio: float
    target: float
    peak_mb: float
    ok: bool

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def measure(bench: str, case: Case, rounds: int) -> Result:
    """Run a case; medians of the rounds, the yardstick first in every other one."""
    ours, theirs, peak = [], [], 0.0
    for number in range(case.rounds or rounds):
        for mine in (True, False) if number % 2 == 0 else (False, True):
            if case.before:
                case.before()
            _reset_peak()
            (ours if mine else theirs).append(_seconds(case.ours if mine else case.theirs))
            if mine:
                peak = max(peak, case.peak() if case.peak else _peak_mb())
                if case.check and len(ours) == 1:
                    case.check()
    ours_s, theirs_s = statistics.median(ours), statistics.median(theirs)
    ratio = ours_s / theirs_s
    return Result(
        bench, case.size, round(ours_s, 4), case.yardstick, round(theirs_s, 4), round(ratio, 2), case.target,
        round(peak, 1), ratio <= case.target,
    )  # fmt: skip


def head() -> str:
    """The table's head."""
    return _line(_HEAD)


def row(result: Result) -> str:
    """A result as a line of the table."""
    return _line(
        (
            result.bench, result.size, f"{result.ours_s:.4f}", result.yardstick, f"{result.yardstick_s:.4f}",
            f"{result.ratio:.2f}", f"{result.target:g}", f"{result.peak_mb:.0f}", "yes" if result.ok else "NO",
        )
    )  # fmt: skip


def _line(values: tuple[str, ...]) -> str:
    cells = (value + " " * max(width - _shown(value), 0) for value, width in zip(values, _WIDTHS, strict=True))
    return "  ".join(cells).rstrip()


def _shown(text: str) -> int:
    """Columns on the terminal: a Chinese character takes two."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


def _seconds(call: Callable[[], Any]) -> float:
    gc.collect()
    start = time.perf_counter()
    answer = call()
    passed = time.perf_counter() - start
    return answer if isinstance(answer, float) else passed


def _reset_peak() -> None:
    """Linux forgets the peak when asked, and the C library gives back what the yardstick's round has freed; elsewhere
    the peak is the process's own, from its start."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")


def _peak_mb() -> float:
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / 1024 if sys.platform == "linux" else peak / 1024 / 1024
