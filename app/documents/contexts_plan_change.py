"""拨付计划变更申请单: every line of the plan beside what stood there on the day of submission."""

from __future__ import annotations

from typing import Any

from app.documents import wording as w
from app.documents.contexts_applications import documents_of, opinions_of
from app.domain.money import format_yuan
from app.models import Application
from app.queries.papers import department_name
from app.queries.projects import merged_totals
from app.workflows.engine import Context
from app.workflows.plan_change import plans


def plan_change_application(application: Application, ctx: Context) -> dict[str, Any]:
    """Number, project, reason, what changes, the sum that stays, documents, opinions."""
    project, change = application.project, application.plan_change
    fund = merged_totals(ctx.session, project).fund
    return {
        "number": application.number,
        "company": application.organisation.name,
        "area": application.area.name,
        "submitted_on": w.day(application.submitted_at),
        "filed_by": application.filed_by.first_name if application.filed_by else "",
        "contact": project.contact,
        "phone": project.phone or "",
        "project": str(project),
        "reason": change.reason,
        "rows": [_row(place, row) for place, row in enumerate(plans.differences(change), start=1)],
        "planned": format_yuan(sum(phase.amount for phase in change.phases)),
        "fund": w.both(fund),
        "remark": application.remark,
        "documents": documents_of(application, ctx),
        "opinions": opinions_of(application),
        "department": department_name(ctx.session),
    }


def _row(place: int, row: plans.Difference) -> dict[str, str]:
    return {
        "place": str(place),
        "what": str(row.what),
        "before": row.before,
        "after": row.after if row.is_change else "不变",
    }
