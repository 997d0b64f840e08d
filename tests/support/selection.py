"""Which tests run on PostgreSQL too: those that stand in these places, and any that carries the marker itself."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent

# First part of the path below tests/ (a folder or a file) → marker; see [tool.pytest.ini_options] in pyproject.toml.
PLACES = {
    "ledger": "money",
    "workflows": "workflow",
    "tenancy": "isolation",
    "isolation": "isolation",
    "security": "isolation",
    "test_tenancy.py": "isolation",
    "journeys": "journey",
}
# What is decided before the database is asked: headers, sockets, who may do what in which state; and troubles on the
# way of the normal project, whose journey runs on both. A test among them that carries a marker itself runs on both.
ONCE = {
    "test_headers.py", "test_slow_clients.py", "test_table.py", "test_matrix.py", "test_diagrams.py",
    "test_troubles.py",
}  # fmt: skip


def pytest_collection_modifyitems(items) -> None:
    for item in items:
        marker = PLACES.get(item.path.relative_to(TESTS).parts[0]) if item.path.is_relative_to(TESTS) else None
        if marker and item.path.name not in ONCE:
            item.add_marker(marker)
    # The longest stories first: begun last they would run alone at the end, with one core idle.
    items.sort(key=lambda item: "journeys" not in item.path.parts)
