"""物业服务企业注册登记表, and its like for an owners' committee."""

from __future__ import annotations

from typing import Any

from app.documents import wording as w
from app.models import Organisation
from app.queries import papers as paper_queries
from app.queries import registration as queries
from app.workflows.attachments.rules import registration_requirements
from app.workflows.engine import Context
from app.workflows.registration.kinds import KINDS


def registers(organisation: Organisation) -> bool:
    """Is it of a kind that registers at all?"""
    return organisation.kind in KINDS


def registration_form(organisation: Organisation, ctx: Context) -> dict[str, Any]:
    """What was registered, as it stands now; areas wished for, documents, places for seal and window."""
    kind, session = KINDS[organisation.kind], ctx.session
    capital = organisation.registered_capital
    return {
        "heading": kind.paper,
        "number": registration_number(organisation),
        "is_company": kind.is_company,
        "labels": {"name": kind.name, "person": kind.legal_representative, "address": kind.address},
        "name": organisation.name,
        "credit_code": organisation.credit_code or "",
        "kind": organisation.kind.label,
        "legal_representative": organisation.legal_representative,
        "address": organisation.address,
        "founded": w.day(organisation.founded_on),
        "capital": f"{w.yuan(capital)} 元" if capital is not None else "",
        "qualification": organisation.qualification,
        "contact": organisation.contact,
        "phone": organisation.phone or "",
        "email": organisation.email,
        "registered_on": w.day(organisation.registered_at or organisation.created_at),
        "areas": _areas(organisation, ctx),
        "documents": _documents(organisation, ctx),
        "department": paper_queries.department_name(session),
        "agreement": organisation.agreement_version,
        "confirmed_on": w.day(organisation.confirmed_at),
    }


def registration_number(organisation: Organisation) -> str:
    """What stands on the paper and in its code: JG, year, number of the organisation."""
    return f"JG{(organisation.registered_at or organisation.created_at).year}{organisation.id:06d}"


def _areas(organisation: Organisation, ctx: Context) -> list[dict[str, str]]:
    return [
        {
            "place": str(place),
            "district": line.district,
            "name": line.name,
            "note": "手工填写" if line.is_typed else "",
        }
        for place, line in enumerate(queries.wish_lines(ctx.session, organisation, ctx.today), start=1)
    ]


def _documents(organisation: Organisation, ctx: Context) -> list[dict[str, str]]:
    """The check list in the kind's own words."""
    kind, files = KINDS[organisation.kind], {}
    for file in queries.files_of(ctx.session, organisation.id):
        files[file.requirement_id] = files.get(file.requirement_id, 0) + 1
    return [
        {
            "name": kind.paper_name(row.name),
            "required": "必需" if row.required else "如有",
            "copies": str(row.copies),
            "files": str(files.get(row.id, 0)),
        }
        for row in registration_requirements(ctx.session)
    ]
