"""`verify-ledger`: every rule of the ledger over the whole database."""

from __future__ import annotations

from app import create_app


def arguments(parser) -> None:
    """No options."""


def run(options) -> int:
    from app.extensions import db
    from app.ledger.checks import verify

    with create_app().app_context():
        faults = [str(fault) for fault in verify(db.session())]
    print("\n".join(faults) if faults else "资金台账核对无误")
    return 1 if faults else 0
