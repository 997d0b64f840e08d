"""Write migrations/versions/0001_every_table.py anew from the models (until a release has landed, then never again)."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import sqlalchemy as sa  # noqa: E402

import config  # noqa: E402
from app import create_app  # noqa: E402
from app.entities.base import Encrypted  # noqa: E402
from app.extensions import db  # noqa: E402

VERSIONS = ROOT / "migrations" / "versions"
TARGET = VERSIONS / "0001_every_table.py"


class Scratch(config.Testing):
    """An empty database to compare with."""


def render_item(kind, item, context):
    """Encrypted columns are plain text to the database."""
    if kind == "type" and isinstance(item, Encrypted):
        return "sa.Text()"
    return False


def main() -> None:
    """Generate, then add the triggers that Alembic does not see."""
    from flask_migrate import revision

    for old in VERSIONS.glob("0001_*.py"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        Scratch.SQLALCHEMY_DATABASE_URI = f"sqlite:///{folder}/scratch.sqlite3"
        Scratch.DATA_DIR = folder
        app = create_app(Scratch())
        app.extensions["migrate"].configure_args.update(render_item=render_item, render_as_batch=False)
        with app.app_context():
            revision(message="every table", autogenerate=True, rev_id="0001")
    _add_triggers()
    print(TARGET.relative_to(ROOT))


def _add_triggers() -> None:
    lines = []
    for line in TARGET.read_text().splitlines():
        if line.startswith(("# ###", "    # ###")):
            continue
        if line.startswith("def downgrade"):
            while lines and not lines[-1].strip():
                lines.pop()
            lines += [*_expression_indexes(), "    append_only.create()", "", ""]
        lines.append(line)
        if line.startswith("def downgrade"):
            lines.append("    append_only.drop()")
        if line == "from alembic import op":
            lines += ["", "from migrations import append_only"]
    TARGET.write_text("\n".join(lines).rstrip() + "\n")


def _expression_indexes() -> list[str]:
    """Alembic passes over indexes on expressions when it looks at SQLite."""
    lines = []
    for table in db.metadata.sorted_tables:
        for index in sorted(table.indexes, key=lambda index: index.name):
            if all(isinstance(part, sa.Column) for part in index.expressions):
                continue
            parts = [repr(p.name) if isinstance(p, sa.Column) else f"sa.text({str(p)!r})" for p in index.expressions]
            lines.append(
                f"    op.create_index({index.name!r}, {table.name!r}, [{', '.join(parts)}], unique={index.unique})"
            )
    return lines


if __name__ == "__main__":
    main()
