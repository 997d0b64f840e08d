"""`demo`: a made-up city, by a seeded generator."""

from __future__ import annotations

from app import create_app
from app.commands.init import prepare


def arguments(parser) -> None:
    parser.add_argument("--city", action="store_true", help="一百万户，供性能测试（PostgreSQL）")


def run(options) -> int:
    from app.demo import load

    app = create_app()
    if app.config["APP_ENV"] == "production":
        print("生产环境（APP_ENV=production）不载入演示数据。")
        return 1
    with app.app_context():
        prepare(app)
        return load(app, "city" if options.city else "demo") or 0
