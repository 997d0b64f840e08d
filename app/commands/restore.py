"""`restore`: an archive of `backup` becomes the platform again, in an empty database, and is proven."""

from __future__ import annotations

from pathlib import Path

from app import create_app


def arguments(parser) -> None:
    parser.add_argument("archive", type=Path, metavar="备份文件", help="python run.py backup 写出的文件")


def run(options) -> int:
    from app.backup import restore
    from app.backup.manifest import Unusable
    from app.commands.init import prepare
    from app.extensions import db
    from app.workflows.attachments.storage import store

    if not options.archive.is_file():
        print(f"没有这个文件：{options.archive}")
        return 1
    app = create_app()
    with app.app_context():
        try:
            manifest = restore.restore(db.engine, store(), options.archive)
        except Unusable as error:
            print(error)
            return 1
        faults = restore.differences(db.session(), manifest)
        db.session.remove()
        if not faults:
            prepare(app)  # an archive of an earlier version is brought up to this one
            faults = restore.proofs(db.session())
    if faults:
        print("\n".join([*faults, "恢复后的数据与备份时不一致，请勿使用"]))
        return 1
    rows, files = sum(manifest.rows.values()), len(manifest.members) - 1
    print(f"已恢复 {manifest.made_at} 的备份：{rows:,} 行，{files:,} 个文件，台账和审计核对无误")
    return 0
