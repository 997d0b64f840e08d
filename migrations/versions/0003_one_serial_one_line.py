"""one serial of the bank, one payee line"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
NAME, GIVEN = "uq_transfers_bank_serial", sa.text("bank_serial <> ''")


def upgrade() -> None:
    op.create_index(
        NAME, "transfers", ["escrow_account_id", "bank_serial"], unique=True, sqlite_where=GIVEN, postgresql_where=GIVEN
    )


def downgrade() -> None:
    op.drop_index(NAME, table_name="transfers")
