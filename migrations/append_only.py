"""Triggers that keep the books: rows of these tables are never changed, removed or replaced, by whatever program.

SQLite fires BEFORE DELETE for INSERT OR REPLACE only with `recursive_triggers` on, which our connections set but a
foreign one need not; so an insert onto an existing key is refused as well.

Beside them, on PostgreSQL: tables of which a payout changes thousands of rows at once leave half of each page free, so
that a changed row stays on its page and no index is touched (three times faster).
"""

from __future__ import annotations

from alembic import op

KEYS = {"journal_entries": ("id",), "postings": ("entry_id", "line"), "audit_events": ("id",), "reviews": ("id",)}
ROOMY = ("house_accounts", "project_houses")
MESSAGE = "{table} is append-only"

POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def create() -> None:
    """Put the triggers on every table of KEYS."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRES_FUNCTION)
        for table in ROOMY:
            op.execute(f"ALTER TABLE {table} SET (fillfactor = 50)")
        for table in KEYS:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
        return
    for table, keys in KEYS.items():
        same = " AND ".join(f"{key} = NEW.{key}" for key in keys)
        refuse = f"BEGIN SELECT RAISE(ABORT, '{MESSAGE.format(table=table)}'); END"
        op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}")
        op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}")
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) {refuse}"
        )


def drop() -> None:
    """Take them off again."""
    if op.get_bind().dialect.name == "postgresql":
        for table in KEYS:
            op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
            op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
        op.execute("DROP FUNCTION refuse_change()")
        return
    for table in KEYS:
        for name in ("no_update", "no_delete", "no_replace"):
            op.execute(f"DROP TRIGGER {table}_{name}")
