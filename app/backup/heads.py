"""The last hash of each chain, written down every day outside of the database, and held against it later.

The chains tell what was changed by somebody who does not rewrite them whole; who owns the database could. A head that
was copied elsewhere in time shows that too.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import audit
from app.ledger import chain
from app.models import AuditEvent, ChainHead, JournalEntry

NAME = "chain-heads.csv"
CHAINS = {chain.CHAIN: (JournalEntry, "凭证"), audit.CHAIN: (AuditEvent, "审计记录")}


def write_down(session: Session, file: Path, now: datetime) -> dict[str, tuple[int, str]]:
    """Add a line for each chain (moment, chain, number, hash) to the file, on disk; {chain: (number, hash)}."""
    found = session.execute(select(ChainHead.name, ChainHead.last_id, ChainHead.hash).order_by(ChainHead.name)).all()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows((now.isoformat(timespec="seconds"), *head) for head in found)
        opened.flush()
        os.fsync(opened.fileno())
    return {head.name: (head.last_id, head.hash) for head in found}


def contradictions(session: Session, file: Path) -> Iterator[str]:
    """One sentence for each line written down that the chains of today do not confirm; ValueError for no such file."""
    with file.open(encoding="utf-8", newline="") as opened:
        for line in csv.reader(opened):
            if len(line) != 4 or line[1] not in CHAINS or not line[2].isdigit():
                raise ValueError(f"这一行不是链末记录：{','.join(line)}")
            moment, name, number, noted = line
            model, noun = CHAINS[name]
            stands = session.scalar(select(model.hash).where(model.id == int(number))) if int(number) else noted
            if stands is None:
                yield f"{moment} 记下的{noun} {number} 已不存在"
            elif stands != noted:
                yield f"{moment} 记下的{noun} {number} 的散列与现在的不同，其前的记录被改写过"
