"""`verify-audit`: the audit chain; with --heads also against the hashes written down before."""

from __future__ import annotations

from pathlib import Path

from app import create_app


def arguments(parser) -> None:
    parser.add_argument("--heads", type=Path, metavar="文件", help="再与以前记下的链末散列（chain-heads.csv）核对")


def run(options) -> int:
    from app.audit import verify
    from app.backup.heads import contradictions
    from app.extensions import db

    with create_app().app_context():
        faults = [str(fault) for fault in verify(db.session())]
        faults += contradictions(db.session(), options.heads) if options.heads else []
    print("\n".join(faults) if faults else "审计记录核对无误")
    return 1 if faults else 0
