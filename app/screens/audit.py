"""审计日志: who did what to what, when, from where, old → new. Read only; the auditor's."""

from __future__ import annotations

import json
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import Enum, inspect

from app import models
from app.domain.enums import Labelled
from app.domain.errors import N_
from app.models import AuditEvent
from app.permissions import Permission
from app.screens import labels, searching
from app.screens.base import Table
from app.screens.filters import moment
from app.screens.sections import section


def changes_of(row: AuditEvent) -> dict[str, tuple[Any, Any]]:
    """{column: (old, new)}; what is not written so is left out."""
    found = json.loads(row.changes) if row.changes else {}
    return {name: tuple(pair) for name, pair in found.items() if isinstance(pair, list) and len(pair) == 2}


def table_label(name: str) -> str:
    return gettext(labels.TABLES[name]) if name in labels.TABLES else gettext("其他")


def action_label(name: str) -> str:
    return gettext(labels.ACTIONS[name]) if name in labels.ACTIONS else gettext("其他操作")


def column_label(name: str) -> str:
    return gettext(labels.COLUMNS[name]) if name in labels.COLUMNS else gettext("其他")


def in_words(table: str, name: str, value: Any) -> str:
    """A recorded value as people read it: an enum's stored value by its label."""
    if value is None or value == "":
        return "—"
    kind = enum_of_column(table, name)
    if kind is not None and value in {member.value for member in kind}:
        return gettext(kind(value).label)
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    return str(value)


def enum_of_column(table: str, name: str) -> type[Labelled] | None:
    """The vocabulary of a table's column, if it has one."""
    for model in vars(models).values():
        if getattr(model, "__tablename__", "") != table:
            continue
        column = inspect(model).columns.get(name)
        kind = (
            getattr(column.type, "enum_class", None) if column is not None and isinstance(column.type, Enum) else None
        )
        return kind if kind is not None and issubclass(kind, Labelled) else None
    return None


class AuditTrail(Table):
    """审计日志."""

    model, noun, route_base = AuditEvent, N_("审计日志"), "/audit"
    read_right = Permission.AUDIT_VIEW
    list_columns = ["at", "actor_name", "address", "action", "subject", "summary"]
    show_columns = [
        "id",
        "at",
        "actor_name",
        "address",
        "action",
        "subject",
        "subject_id",
        "summary",
        "previous_hash",
        "hash",
    ]
    label_columns = {"address": N_("来源地址"), "previous_hash": N_("前一条散列"), "hash": N_("本条散列")}
    formatters_columns = {"at": moment, "subject": table_label, "action": action_label}
    searches = {
        "at": searching.MomentDay(AuditEvent.at),
        "actor_name": searching.Text(AuditEvent.actor_name),
        "subject": searching.Named(AuditEvent.subject, choices=tuple(labels.TABLES.items())),
        "subject_id": searching.Text(AuditEvent.subject_id, (searching.EQUALS,)),
        "action": searching.Named(AuditEvent.action, choices=tuple(labels.ACTIONS.items())),
        "summary": searching.Text(AuditEvent.summary),
        "address": searching.Text(AuditEvent.address),
    }
    order_by = {"at": AuditEvent.id, "actor_name": AuditEvent.actor_name, "subject": AuditEvent.subject}
    first_order = ("at", True)

    def title_of(self, row: AuditEvent) -> str:
        return gettext("审计记录 %(number)s", number=row.id)

    def sections(self, row: AuditEvent) -> list[dict]:
        lines = [
            ([column_label(name), in_words(row.subject, name, old), in_words(row.subject, name, new)], "")
            for name, (old, new) in changes_of(row).items()
        ]
        return [section(_("变更内容"), (_("项目"), _("原值"), _("新值")), lines, empty=_("没有变更内容"))]
