"""`bench NAME`: speed against a named yardstick."""

from __future__ import annotations


def arguments(parser) -> None:
    from bench import add_arguments

    add_arguments(parser)


def run(options) -> int:
    from bench import run_bench

    return run_bench(options)
