"""`papers --out DIR`: every paper of the registry from the demo data."""

from __future__ import annotations

from app import create_app


def arguments(parser) -> None:
    parser.add_argument("--out", required=True, help="存放目录")


def run(options) -> int:
    from app.documents.export import export_papers

    app = create_app()
    with app.app_context():
        return export_papers(options.out) or 0
