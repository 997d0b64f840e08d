"""变更物业区域物业服务企业申请单 (`documents.md`): the areas as they stood on the day of submission."""

from __future__ import annotations

from typing import Any

from app.documents import wording as w
from app.documents.contexts_applications import documents_of, opinions_of
from app.models import Application, AreaChange
from app.queries import area_change as queries
from app.queries.papers import department_name
from app.workflows.engine import Context


def area_change_application(application: Application, ctx: Context) -> dict[str, Any]:
    """Number, new company, areas with their former companies, contract, agent, documents, opinions."""
    change = ctx.session.get(AreaChange, application.id)
    areas = queries.areas_of(ctx.session, application, ctx.today)
    company = application.organisation
    return {
        "number": application.number,
        "company": company.name,
        "credit_code": company.credit_code or "",
        "submitted_on": w.day(application.submitted_at),
        "filed_by": application.filed_by.first_name if application.filed_by else "",
        "phone": (application.filed_by.phone if application.filed_by else "") or company.phone or "",
        "contract": _period(change),
        "effective": w.day(change.effective_on),
        "areas": [_area(place, area) for place, area in enumerate(areas, start=1)],
        "count": str(len(areas)),
        "buildings": w.count(sum(area.buildings for area in areas)),
        "houses": w.count(sum(area.houses for area in areas)),
        "floor_area": w.area(sum(area.floor_area for area in areas)),
        "remark": application.remark,
        "documents": documents_of(application, ctx),
        "opinions": opinions_of(application),
        "department": department_name(ctx.session),
    }


def _period(change: AreaChange) -> str:
    return w.span(change.starts_on, change.ends_on) if change.ends_on else f"{w.day(change.starts_on)} 起，无固定期限"


def _area(place: int, area: queries.ChangedArea) -> dict[str, str]:
    return {
        "place": str(place),
        "district": area.district,
        "name": area.name,
        "buildings": w.count(area.buildings),
        "houses": w.count(area.houses),
        "floor_area": w.area(area.floor_area),
        "former": area.former_name or "无",
    }
