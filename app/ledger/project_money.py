"""What the workflows ask of a project's money (`money.md` 2), by one name; each part says more.

b budget share, f what the fund pays, u limit, p paid: always 0 ≤ p ≤ u ≤ b, and held = u − p from final approval until
the project ends. All amounts are fen. Callers have locked the project's row (the workflow engine does).
"""

from app.ledger.holds import (
    Shortage,
    drop_fund,
    fix_fund,
    fund_total,
    hold_fund,
    limit_total,
    net_paid,
    refuse_shortages,
    release,
    shortages,
)
from app.ledger.payments import pay_transfer, refund_transfer
from app.ledger.project_houses import INTEREST_FIRST, PRINCIPAL_FIRST
from app.ledger.settlement import (
    SettledHouse,
    SettlementPreview,
    put_settlement,
    settle_ahead,
    settlement_preview,
    undo_settlement,
)

__all__ = [
    "INTEREST_FIRST", "PRINCIPAL_FIRST", "SettledHouse", "SettlementPreview", "Shortage", "drop_fund", "fix_fund",
    "fund_total", "hold_fund", "limit_total", "net_paid", "pay_transfer", "put_settlement", "refund_transfer",
    "refuse_shortages", "release", "settle_ahead", "settlement_preview", "shortages", "undo_settlement",
]  # fmt: skip
