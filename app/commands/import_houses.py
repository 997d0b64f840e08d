"""`import-houses FILE --area N`: the house roster from the command line."""

from __future__ import annotations

from app import create_app


def arguments(parser) -> None:
    parser.add_argument("file", help="房屋清册（.xlsx）")
    parser.add_argument("--area", type=int, required=True, help="物业区域编号")


def run(options) -> int:
    from app.workflows.roster.command import import_houses

    app = create_app()
    with app.app_context():
        return import_houses(options.file, options.area)
