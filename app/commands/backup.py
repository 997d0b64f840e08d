"""`backup`: database and files into one archive, while the platform works."""

from __future__ import annotations

from pathlib import Path

from app import clock, create_app


def arguments(parser) -> None:
    parser.add_argument("--to", type=Path, metavar="文件", help="写到这里；不指明时写入 BACKUP_DIR，文件名为当时的时间")


def run(options) -> int:
    from app.backup import archive, shelf
    from app.backup.manifest import Unusable
    from app.extensions import db
    from app.workflows.attachments.storage import store

    app = create_app()
    now = clock.now()
    target = options.to or shelf.place_for(now)
    if target.exists():
        print(f"{target} 已存在，不覆盖：请换个文件名")
        return 1
    try:
        with app.app_context():
            manifest = archive.make(db.engine, store(), target, now)
    except Unusable as error:
        print(error)
        return 1
    rows, files = sum(manifest.rows.values()), len(manifest.members) - 1
    print(f"已备份到 {target}：{rows:,} 行，{files:,} 个文件，{target.stat().st_size:,} 字节")
    return 0
