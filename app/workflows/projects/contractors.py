"""施工单位 in the company's own register, as the workbench adds one on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select

from app import audit
from app.domain.errors import Forbidden, Refusal, say
from app.domain.identifiers import parse_account_number, parse_credit_code
from app.models import Contractor, ContractorAccount
from app.permissions import Permission
from app.workflows.engine import Context


def register_query(ctx: Context, organisation_id: int | None = None) -> Select:
    """(id, name, active) of the company's contractors; never another company's.

    `organisation_id` is for the department's view.
    """
    owner = (
        organisation_id if ctx.actor.organisation_id is None or ctx.actor.is_department else ctx.actor.organisation_id
    )
    columns = (Contractor.id, Contractor.name, Contractor.active)
    return select(*columns).where(Contractor.organisation_id == owner).order_by(Contractor.name, Contractor.id)


def add_contractor(values: Mapping[str, Any], ctx: Context) -> Contractor:
    """Name, credit code and one account (户名, 开户行, 账号; the account may come later). Returns the new row."""
    if not ctx.actor.can(Permission.CONTRACTOR_EDIT) or ctx.actor.organisation_id is None:
        raise Forbidden(Permission.CONTRACTOR_EDIT.value)
    name = _text(values, "name", 200)
    if not name:
        raise Refusal(say("请填写施工单位名称"), field="name")
    same = select(Contractor.id).where(Contractor.organisation_id == ctx.actor.organisation_id, Contractor.name == name)
    if ctx.session.scalar(same):
        raise Refusal(say("施工单位“%(name)s”已在名册中", name=name), field="name")
    contractor = Contractor(
        organisation_id=ctx.actor.organisation_id,
        name=name,
        contact="",
        credit_code=_read(values, "credit_code", parse_credit_code),
    )
    account = _account(values, name)
    if account:
        contractor.accounts.append(account)
    ctx.session.add(contractor)
    ctx.session.flush()
    audit.record(ctx.session, ctx.actor, "add_contractor", contractor, now=ctx.now, summary=f"添加施工单位 {name}")
    return contractor


def _account(values: Mapping[str, Any], name: str) -> ContractorAccount | None:
    bank, number = _text(values, "bank_name", 200), _read(values, "account_no", parse_account_number)
    if not bank and not number:
        return None
    if not bank:
        raise Refusal(say("请填写开户行"), field="bank_name")
    if not number:
        raise Refusal(say("请填写银行账号"), field="account_no")
    return ContractorAccount(account_name=_text(values, "account_name", 200) or name, bank_name=bank, account_no=number)


def _text(values: Mapping[str, Any], name: str, limit: int) -> str:
    text = " ".join(str(values.get(name) or "").split())
    if len(text) > limit:
        raise Refusal(say("不能超过 %(limit)s 个字", limit=limit), field=name)
    return text


def _read(values: Mapping[str, Any], name: str, parse) -> str | None:
    """An empty field is none; a wrong one is refused at its field."""
    text = str(values.get(name) or "").strip()
    if not text:
        return None
    try:
        return parse(text)
    except Refusal as refusal:
        raise Refusal(refusal.sentence, field=name) from refusal
