"""The ledger's "always true" rules (`money.md` 3, 1–6), checked against the database; `python run.py verify-ledger`.

Rules 2 to 5 are rows of RULES: a query that finds what breaks the rule, and the sentence that names it. Rules 1 and 6
walk the chain entry by entry. Everything is computed by the database and streamed; nothing is changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import TextClause, select, text
from sqlalchemy.orm import Session

from app.bulk import is_postgresql
from app.domain.enums import AccountKind, EntryKind
from app.domain.money import format_yuan
from app.ledger import chain
from app.ledger.rules import RULES
from app.models import ChainHead, JournalEntry

_LINE = "concat_ws(':', line, kind, coalesce(house_id, 0), coalesce(pool_account_id, 0), amount)"
_SQLITE_LINE = "printf('%d:%s:%d:%d:%d', line, kind, house_id, pool_account_id, amount)"  # %d writes 0 for nothing
_SUMS = "entry_id, count(*) AS lines, sum(amount) AS total, sum(CASE WHEN amount > 0 THEN amount ELSE 0 END) AS debit"
_POSTGRESQL_DIGESTS = f"""
    SELECT {_SUMS},
        encode(sha256(convert_to(
            string_agg({_LINE}, E'\\n' ORDER BY line), 'UTF8')), 'hex') AS digest
    FROM postings GROUP BY entry_id"""
# Lines come in the order of the primary key, by which they are grouped; sorting them first would cost as much again.
# Should SQLite ever choose another way, the digest differs and the entry is looked at alone (`_in_order`).
_SQLITE_DIGESTS = f"""
    SELECT {_SUMS}, group_concat({_SQLITE_LINE}, char(10)) AS text
    FROM postings GROUP BY entry_id"""
_SQLITE_LINES = f"SELECT {_SQLITE_LINE} FROM postings WHERE entry_id = :entry_id ORDER BY line"
_WALK = """
    SELECT e.*, p.lines, p.total, p.debit, p.{digest} AS digest
    FROM journal_entries e LEFT JOIN ({digests}) p ON p.entry_id = e.id ORDER BY e.id"""


def verify(session: Session) -> list[str]:
    """One Chinese sentence for each entry, account, house or project that breaks a rule; empty when all is well."""
    return [*_walk_chain(session), *(sentence for rule in RULES for sentence in _broken(session, *rule))]


def _broken(session: Session, sentence: str, query: str) -> Iterator[str]:
    """The sentence for each row the query finds; columns that end in _fen are shown in yuan, kinds by their label."""
    for row in session.execute(text(query).execution_options(yield_per=2000)).mappings():
        yield sentence % {name: _shown(name, value) for name, value in row.items()}


def _shown(name: str, value: Any) -> Any:
    if name.endswith("_fen"):
        return format_yuan(int(value or 0))
    if name == "account_kind":
        return AccountKind(value).label
    if name == "entry_kind":
        return _kind_label(value)
    return value


def _walk_chain(session: Session) -> Iterator[str]:
    """Rules 1 and 6: every entry balances, says what it said, and follows the one before it."""
    expected, previous = 0, chain.GENESIS
    for entry in _entries(session):
        expected += 1
        if entry["id"] != expected:
            yield f"凭证 {expected} 缺失或编号被改动（其后为 {entry['id']}）"
            expected = entry["id"]
        name = f"凭证 {entry['id']}（{_kind_label(entry['kind'])} {entry['business_key']}）"
        yield from (f"{name}{fault}" for fault in _entry_faults(entry, previous))
        previous = entry["hash"]
    head = session.execute(select(ChainHead.last_id, ChainHead.hash).where(ChainHead.name == chain.CHAIN)).first()
    last_id, last_hash = head or (0, chain.GENESIS)
    if last_id != expected:
        yield f"凭证链末端应为第 {last_id} 号，实为第 {expected} 号"
    elif last_hash != previous:
        yield f"凭证链末端第 {last_id} 号的散列与链首记录不符"


def _entries(session: Session) -> Iterator[dict[str, Any]]:
    """Every entry in order with count, sum, debit and digest of its postings, digested by the database if it can."""
    if is_postgresql(session.connection()):
        query = _WALK.format(digests=_POSTGRESQL_DIGESTS, digest="digest")
    else:
        query = _WALK.format(digests=_SQLITE_DIGESTS, digest="text")
    columns = _typed_columns()
    for row in session.execute(text(query).columns(**columns).execution_options(yield_per=500)).mappings():
        entry = dict(row)
        if not is_postgresql(session.connection()) and entry["digest"] is not None:
            entry["digest"] = hashlib.sha256(entry["digest"].encode()).hexdigest()
            if entry["hash"] != chain.entry_hash(entry, entry["previous_hash"], entry["digest"]):
                entry["digest"] = chain.postings_digest(session.scalars(_in_order(entry["id"])))
        yield entry


def _in_order(entry_id: int) -> TextClause:
    """The lines of one entry's postings on SQLite, in their order for certain."""
    return text(_SQLITE_LINES).bindparams(entry_id=entry_id)


def _typed_columns() -> dict[str, Any]:
    """Days and moments come as such, which SQLite's plain text answer would not."""
    table = JournalEntry.__table__
    return {name: table.c[name].type for name in ("booked_on", "created_at")}


def _entry_faults(entry: dict[str, Any], previous: str) -> Iterator[str]:
    if entry["previous_hash"] != previous:
        yield "与前一凭证的散列不衔接"
    if entry["lines"] is None:
        yield "没有分录"
    else:
        if entry["total"]:
            yield f"借贷不平，差额 {format_yuan(int(entry['total']))}"
        if entry["lines"] != entry["posting_count"]:
            yield f"应有分录 {entry['posting_count']} 条，实有 {entry['lines']} 条"
        if entry["debit"] != entry["amount"]:
            yield f"金额为 {format_yuan(entry['amount'])}，分录借方合计为 {format_yuan(int(entry['debit']))}"
    if entry["hash"] != chain.entry_hash(entry, entry["previous_hash"], entry["digest"] or ""):
        yield "的内容或分录与散列不符"


def _kind_label(kind: str) -> str:
    return EntryKind(kind).label if kind in set(EntryKind) else kind
