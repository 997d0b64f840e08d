"""`papers --out DIR`: every paper of the registry from the demo data."""

from __future__ import annotations

from pathlib import Path

from app import clock, create_app, tenancy
from app.extensions import db
from app.permissions import SYSTEM
from app.workflows.engine import Context


def arguments(parser) -> None:
    parser.add_argument("--out", required=True, help="存放目录")


def run(options) -> int:
    from app.documents.export import export_papers

    app = create_app()
    missing = 0
    with app.app_context():
        session = db.session()
        tenancy.enter(session, SYSTEM)
        for paper, path in export_papers(Path(options.out), Context(session, SYSTEM, clock.now())):
            if path is None:
                missing += 1
                print(f"{paper.title}：没有可以打印的记录，请先载入演示数据（python run.py demo）")
            else:
                print(f"{paper.title}：{path}")
    return 1 if missing else 0
