"""The committed diagrams are the drawn ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.workflows import diagrams

ROOT = Path(__file__).resolve().parents[2]


def test_diagrams_in_the_docs_are_those_of_the_tables():
    page = (ROOT / "docs" / "workflows.md").read_text(encoding="utf-8")
    assert page[page.index("## 维修项目") :] == diagrams.page(), "run tools/draw_workflows.py"


@pytest.mark.parametrize(("title", "flow"), diagrams.FLOWS, ids=[title for title, _ in diagrams.FLOWS])
def test_every_state_is_reachable_and_every_end_is_final(title, flow):
    reached, found = {flow.initial}, True
    while found:
        steps = {row.target for row in flow.transitions if set(row.sources) & reached} - reached
        reached |= steps
        found = bool(steps)
    assert set(type(flow.initial)) - reached == set()
    leaving = {source for row in flow.transitions for source in row.sources if row.target != source}
    assert leaving & flow.terminal == set()
