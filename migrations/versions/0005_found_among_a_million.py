"""found among a million houses: pairs of letters are indexed, and lists turn pages by their order

PostgreSQL: a trigram index finds nothing of two Chinese letters and needs an extension, so names are indexed by their
pairs of letters. The function uses pg_catalog only, so that a restored dump can build the index. SQLite reads the table.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
PAIRS = """CREATE OR REPLACE FUNCTION fund_pairs(words text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT array_agg(DISTINCT pg_catalog.substr(pg_catalog.lower(words), place, 2))
FROM pg_catalog.generate_series(1, greatest(pg_catalog.length(words) - 1, 1)) AS place
$$"""
NAMES = (("ix_houses_label_pairs", "houses", "label"), ("ix_owners_name_pairs", "owners", "name"))


def upgrade() -> None:
    op.create_index("ix_applications_waiting", "applications", ["state", "waiting_since", "id"])
    op.create_index("ix_reviews_actor", "reviews", ["actor_id", "at"])
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(PAIRS)
    for name, table, column in NAMES:
        op.create_index(name, table, [sa.text(f"fund_pairs({column})")], postgresql_using="gin")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for name, table, _ in NAMES:
            op.drop_index(name, table_name=table)
        op.execute("DROP FUNCTION fund_pairs(text)")
    op.drop_index("ix_reviews_actor", table_name="reviews")
    op.drop_index("ix_applications_waiting", table_name="applications")
