"""信息变更 (manual 1.2.1): an organisation's administrator changes its information; effective at once.

A new name or credit code needs a new scan of the licence and marks the organisation until a clerk has looked.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError

from app import audit
from app.domain.enums import OrganisationKind
from app.domain.errors import Refusal, say
from app.domain.identifiers import mask_phone
from app.domain.money import format_yuan
from app.models import Organisation, OrganisationChange
from app.queries.organisation_changes import credit_code_taken, last_licence
from app.workflows.attachments import staged
from app.workflows.engine import Context, lock, touch

SUBJECT = OrganisationChange.__tablename__  # what the licence's scan hangs on
FIELDS = (
    "name", "credit_code", "legal_representative", "founded_on", "registered_capital", "qualification", "address",
    "contact", "phone", "email",
)  # fmt: skip
COMPANY_ONLY = ("registered_capital", "qualification")
ON_THE_LICENCE = ("name", "credit_code")
NEEDED = {"name": say("请填写名称"), "address": say("请填写地址"), "contact": say("请填写联系人")}
TAKEN = say("该统一社会信用代码已登记在其他机构名下，不能重复；如确属本机构，请持证照原件到受理窗口办理")
LICENCE_NEEDED = say("名称或统一社会信用代码有变更，请上传新的证照扫描件")


def change_profile(ctx: Context, values: dict[str, Any], *, licence_id: int | None, version: int) -> OrganisationChange:
    """Store what differs of the own organisation, with its trace; in a unit of work.

    `values`: the fields of FIELDS that the form had (capital in fen); a phone of None stays as it is. `licence_id`: the
    staged scan. Errors: Conflict (stale page), Refusal at the field, Refusal when nothing differs.
    """
    organisation = own_organisation(ctx, version)
    changes = _changes(organisation, values)
    _check(ctx, organisation, values, changes)
    if not changes and licence_id is None:
        raise Refusal(say("没有任何改动，没有保存"))
    if licence_id is None and any(name in changes for name in ON_THE_LICENCE):
        raise Refusal(LICENCE_NEEDED, field="file")
    for name, (_old, new) in changes.items():
        setattr(organisation, name, new)
    if licence_id is not None:
        organisation.licence_unverified = True
    touch(organisation)
    _flush(ctx)
    return _record(ctx, organisation, changes, licence_id)


def own_organisation(ctx: Context, version: int | None = None) -> Organisation:
    """The actor's organisation, locked: all acts on itself and its users come one after the other.

    Errors: Conflict when its version is another, Refusal when the department has stopped it.
    """
    organisation = lock(ctx.session, Organisation, ctx.actor.organisation_id, version)
    if not organisation.active:
        raise Refusal(say("本机构已被停用，不能办理；如有疑问请联系受理窗口"))
    return organisation


def written(name: str, value: Any) -> str:
    """A value as the history and the audit trail keep it: yuan, ISO day, phones masked."""
    if value is None:
        return ""
    if name == "phone":
        return mask_phone(value)
    if name == "registered_capital":
        return format_yuan(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _changes(organisation: Organisation, values: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """{field: (old, new)} of what differs."""
    found = {}
    for name in FIELDS:
        if name not in values or (name == "phone" and values[name] is None):
            continue
        if name in COMPANY_ONLY and organisation.kind is not OrganisationKind.PROPERTY_COMPANY:
            continue
        old, new = getattr(organisation, name), values[name]
        if (old or None) != (new or None):
            found[name] = (old, new)
    return found


def _check(
    ctx: Context, organisation: Organisation, values: dict[str, Any], changes: dict[str, tuple[Any, Any]]
) -> None:
    for name, missing in NEEDED.items():
        if name in values and not values[name]:
            raise Refusal(missing, field=name)
    if organisation.kind is OrganisationKind.PROPERTY_COMPANY and not values.get("credit_code"):
        raise Refusal(say("请填写统一社会信用代码"), field="credit_code")
    if not organisation.phone and not values.get("phone"):
        raise Refusal(say("请填写联系电话"), field="phone")
    code = values.get("credit_code")
    if "credit_code" in changes and code and credit_code_taken(ctx.session, code, besides=organisation.id):
        raise Refusal(TAKEN, field="credit_code")
    founded = values.get("founded_on")
    if founded and founded > ctx.today:
        raise Refusal(say("成立日期不能晚于今天"), field="founded_on")


def _flush(ctx: Context) -> None:
    """Two organisations that take the same code at once: the table's own rule lets one through."""
    try:
        ctx.session.flush()
    except IntegrityError as error:
        raise Refusal(TAKEN, field="credit_code") from error


def _record(
    ctx: Context, organisation: Organisation, changes: dict[str, tuple[Any, Any]], licence_id: int | None
) -> OrganisationChange:
    """The row of the history, the licence's scan on it, and the audit event with the same old and new values."""
    told = {name: [written(name, old), written(name, new)] for name, (old, new) in changes.items()}
    change = OrganisationChange(
        organisation_id=organisation.id, at=ctx.now, user_id=ctx.actor.user_id, changes="{}",
        needs_check=licence_id is not None,
    )  # fmt: skip
    if licence_id is not None:
        before = last_licence(ctx.session, organisation.id)
        ctx.session.add(change)
        ctx.session.flush()
        scan = staged.take(licence_id, SUBJECT, change.id, ctx)
        told["licence"] = [before.file_name if before else "", scan.file_name]
    change.changes = json.dumps(told, ensure_ascii=False)
    ctx.session.add(change)
    ctx.session.flush()
    audit.record(
        ctx.session, ctx.actor, "profile_changed", organisation, now=ctx.now,
        summary=f"信息变更：{organisation.name}", changes=told,
    )  # fmt: skip
    return change
