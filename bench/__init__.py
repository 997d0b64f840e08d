"""`python run.py bench NAME`: our speed as a ratio against a named yardstick, measured in the same run.

A bench is a module here, named like the bench with `_` for `-`, with a docstring that says what is measured and

    def cases(options) -> Iterator[Case]

which prepares, yields a Case (the framework measures it when yielded), and cleans up after its last one. Yardsticks are
installed by requirements-bench.txt, never by the product's; `python run.py bench list` names all benches.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys

from bench.framework import Case, Result, head, measure, row

__all__ = ["Case", "Result", "add_arguments", "bench_names", "run_bench"]

_PARTS = {
    "framework",
    "workshop",
    "hordak",
    "bare_appbuilder",
    "django_admin",
    "metropolis",
    "large",
}  # modules that are no bench


def bench_names() -> list[str]:
    """Every bench there is."""
    return sorted(found.name.replace("_", "-") for found in pkgutil.iter_modules(__path__) if found.name not in _PARTS)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python run.py bench`."""
    parser.add_argument("names", nargs="+", metavar="NAME", help="; ".join(["all", "list", *bench_names()]))
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument("--rounds", type=int, default=5, help="rounds in turn, medians are compared (5)")
    parser.add_argument(
        "--database", choices=("both", "sqlite", "postgresql"), default="both", help="where it matters (both)"
    )
    parser.add_argument("--houses", type=int, default=0, help="pages: houses of the city (1000000)")
    parser.add_argument("--full", action="store_true", help="city scale where it takes long")


def run_bench(options: argparse.Namespace) -> int:
    """Run the benches asked for; 1 when a target is missed, 2 when there is no such bench."""
    if options.names == ["list"]:
        print("\n".join(bench_names()))
        return 0
    names = bench_names() if options.names == ["all"] else options.names
    if unknown := set(names) - set(bench_names()):
        print(f"没有这项性能测试：{'、'.join(sorted(unknown))}", file=sys.stderr)
        return 2
    if not options.json:
        print(head())
    missed = 0
    for name in names:
        for case in importlib.import_module(f"bench.{name.replace('-', '_')}").cases(options):
            result = measure(name, case, options.rounds)
            print(json.dumps(result.as_dict(), ensure_ascii=False) if options.json else row(result), flush=True)
            missed += not result.ok
    return 1 if missed else 0
