"""`verify-audit`: walk the audit chain."""

from __future__ import annotations

from app import create_app


def arguments(parser) -> None:
    """No options."""


def run(options) -> int:
    from app.audit import verify
    from app.extensions import db

    with create_app().app_context():
        faults = verify(db.session())
    print("\n".join(faults) if faults else "审计记录核对无误")
    return 1 if faults else 0
