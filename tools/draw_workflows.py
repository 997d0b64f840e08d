"""Writes docs/workflows.md from the flow tables: `.venv/bin/python tools/draw_workflows.py`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

HEAD = """# Flows

Drawn from the tables in `app/workflows/*/flow.py` by `tools/draw_workflows.py`; a test fails when this page and the
tables differ. A state changes only through `engine.apply()` (or `engine.carry()` for a record that follows another):
lock the row → scope and permission → source state → four eyes → guards → effects → state → audit event, all in one
transaction. Acts of a project that keep its state (打印投票表决签字表, 发布公示, 项目立项, 资金拨付 …) are rows whose
target is their source: their guards give the reasons that the 操作 menu shows.

"""


def main() -> None:
    from app.workflows.diagrams import page

    (ROOT / "docs" / "workflows.md").write_text(HEAD + page(), encoding="utf-8")


if __name__ == "__main__":
    main()
