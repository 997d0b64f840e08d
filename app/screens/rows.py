"""Rows of generated screens: key, lock, what changed, twins and orphans. Called inside a unit of work."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, object_mapper

from app.domain.enums import Labelled
from app.domain.errors import NotYours, Refusal, say
from app.domain.identifiers import mask_account_number, mask_identity_number, mask_phone
from app.domain.money import format_yuan
from app.entities.base import Encrypted
from app.queries.hanging import hanging_on, twins_of
from app.screens import labels

FEN = {"first_deposit", "principal", "interest", "held", "amount", "budget", "registered_capital"}
METRES = {"floor_area"}
SILENT = {"id", "sort_key", "identity_hash", "version"}  # follow from other columns


def key_of(row: Any) -> Any:
    """The row's primary key (all generated tables have one column)."""
    return object_mapper(row).primary_key_from_instance(row)[0]


def locked(work: Session, model: type, key: Any) -> Any:
    """The row, locked and fresh; NotYours when there is none in scope."""
    row = work.get(model, key, with_for_update={"of": model}, populate_existing=True)
    if row is None:
        raise NotYours(f"{model.__name__} {key}")
    return row


def fingerprint(row: Any) -> str:
    """Changes with every column: a form drawn from an older row is stale."""
    mapper = object_mapper(row)
    values = [str(getattr(row, column.key)) for column in mapper.column_attrs]
    return hashlib.sha256(json.dumps(values, ensure_ascii=False).encode()).hexdigest()[:32]


def masked(name: str, value: str | None) -> str:
    """Personal data as everybody may see it."""
    if not value:
        return "—"
    if "identity" in name:
        return mask_identity_number(value)
    return mask_account_number(value) if "account" in name else mask_phone(value)


def snapshot(row: Any) -> dict[str, str | None]:
    """The row's columns as the audit trail writes them: Chinese labels, yuan, personal data masked."""
    mapper = object_mapper(row)
    relations = {pair[0].key: relation.key for relation in mapper.relationships for pair in relation.local_remote_pairs}
    found: dict[str, str | None] = {}
    for column in mapper.columns:
        if column.key in SILENT:
            continue
        value = getattr(row, column.key)
        if isinstance(column.type, Encrypted):
            found[column.key] = masked(column.key, value)
        elif column.key in relations and value is not None:
            found[column.key] = f"{getattr(row, relations[column.key]) or ''}（{value}）"
        else:
            found[column.key] = written(column.key, value)
    return found


def written(name: str, value: Any) -> str | None:
    """A value in words, always Chinese: the audit trail has one language."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Labelled):
        return value.label
    if name in FEN or name in METRES:
        return format_yuan(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, date) else str(value)


def changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """{column: [old, new]} of what differs."""
    names = [*before, *(name for name in after if name not in before)]
    return {name: [before.get(name), after.get(name)] for name in names if before.get(name) != after.get(name)}


def refuse_twins(work: Session, row: Any, label_of: Callable[[str], str]) -> None:
    """Refuse a second row where the table allows one, before the database does, with the field's name."""
    for names in twins_of(work, row):
        asked = "、".join(dict.fromkeys(label_of(name) for name in names))
        raise Refusal(say("%(names)s已有相同的记录，不能重复", names=asked), field=names[-1])


def refuse_orphans(work: Session, row: Any, noun: str) -> None:
    """Refuse to delete a row that others point to, and say what hangs on it."""
    hanging = hanging_on(work, row)
    if not hanging:
        return
    named = [(gettext(labels.TABLES.get(name, name)), count) for name, count in hanging]
    what = "、".join(gettext("%(count)s 条%(noun)s", count=f"{count:,}", noun=table) for table, count in named)
    raise Refusal(say("不能删除%(noun)s“%(row)s”：还有%(what)s与它关联", noun=noun, row=str(row), what=what))


def flush(work: Session) -> None:
    """Send the change to the database; what it still refuses is a twin or an orphan that came in between."""
    try:
        work.flush()
    except IntegrityError as error:
        raise Refusal(say("与已有数据冲突，没有保存：记录重复，或所选的数据刚被删除")) from error
