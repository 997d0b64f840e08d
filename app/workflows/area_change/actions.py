"""What an area change adds to an application's submission and final approval."""

from __future__ import annotations

from sqlalchemy import select

from app import tenancy
from app.domain.errors import Refusal
from app.models import Application, AreaChangeArea
from app.queries import area_change as queries
from app.workflows.area_change import effect, rules
from app.workflows.engine import Context


def note_areas(application: Application, ctx: Context) -> None:
    """With the areas locked, so that of two companies one is first: their sizes and companies of this day are kept.

    Error: Refusal when another application was submitted for one of them while this one waited for the lock.
    """
    ids = rules.area_ids(application, ctx)
    queries.lock_areas(ctx.session, ids)
    if reason := rules.may_be_submitted(application, ctx):
        raise Refusal(reason)
    sizes = queries.sizes(ctx.session, ids)
    companies = queries.companies(ctx.session, ids, ctx.today)
    with tenancy.unguarded(ctx.session):  # rows about areas and companies that the applicant can't look up
        for row in ctx.session.scalars(_rows(application)):
            size = sizes[row.area_id]
            row.buildings, row.houses, row.floor_area = size.buildings, size.houses, size.floor_area
            row.former_organisation_id, row.former_name = companies.get(row.area_id, (None, ""))
        ctx.session.flush()


def fix_day(application: Application, ctx: Context) -> None:
    """It takes hold at the later of today and the contract's first day: now, or by the daily job (`workflows.md` 3)."""
    queries.lock_areas(ctx.session, rules.area_ids(application, ctx))
    if reason := rules.may_take_hold(application, ctx):
        raise Refusal(reason)
    change = rules.change_of(application, ctx)
    change.effective_on = max(ctx.today, change.starts_on)
    if change.effective_on <= ctx.today:
        effect.take_hold(application, change, ctx)
    else:
        effect.announce(application, change, ctx)


def _rows(application: Application):
    return select(AreaChangeArea).where(AreaChangeArea.application_id == application.id).order_by(AreaChangeArea.id)
