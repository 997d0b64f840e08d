"""An archive becomes the platform again, on an empty machine, and is proven: rows, chains, ledger, audit, files."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import audit
from app.backup import archive, databases
from app.backup.manifest import Manifest, Unusable, describe, key_mark
from app.ledger import checks
from app.workflows.attachments.storage import Store


def restore(engine: Engine, store: Store, source: Path) -> Manifest:
    """Put database and files back; nothing is touched before the archive and the place are found right.

    Errors: Unusable for a database or a store that is not empty, another kind of database, another FIELD_KEY, a broken
    archive. A restore that was cut off left no database (it is loaded whole), and can be run again.
    """
    if not databases.is_empty(engine):
        raise Unusable("目标数据库里已有数据：只能恢复到空的数据库，请另建一个，或先把它移走")
    with archive.opened(source) as opened:
        _check_place(engine, opened.manifest)
        for name, path in opened.files.items():
            store.put_back(name, path.read_bytes())
        databases.load(engine, opened.database)
        return opened.manifest


def differences(session: Session, manifest: Manifest) -> list[str]:
    """What is not as the manifest says; to be asked before the tables are brought to this version."""
    found = describe(session.connection(), manifest.made_at)
    sentences = [
        f"表 {name} 备份时有 {manifest.rows.get(name)} 行，恢复后有 {found.rows.get(name)} 行"
        for name in sorted(manifest.rows.keys() | found.rows.keys())
        if manifest.rows.get(name) != found.rows.get(name)
    ]
    return sentences if manifest.heads == found.heads else [*sentences, "散列链末端与备份时不同"]


def proofs(session: Session) -> list[str]:
    """Whatever is wrong with the ledger and the audit chain; to be asked when the tables are of this version."""
    return [*checks.verify(session), *audit.verify(session)]


def _check_place(engine: Engine, manifest: Manifest) -> None:
    if manifest.database != engine.dialect.name:
        raise Unusable(f"备份来自 {manifest.database}，目标是 {engine.dialect.name}：请用同一种数据库恢复")
    if manifest.field_key != key_mark():
        raise Unusable("FIELD_KEY 与备份时不同：用它解不开证件号码和电话，请先设成原来的值")
