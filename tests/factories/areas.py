"""Changes of the company of an area by the real acts, each as its person with the session's guard on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from app import tenancy
from app.ledger import checks
from app.models import Application, AreaChange, Handover, PlatformUser, ServiceContract
from app.permissions import SYSTEM
from app.transaction import unit_of_work
from app.workflows.applications.flow import act
from app.workflows.area_change import effect, filing
from app.workflows.area_change.filing import Asked
from app.workflows.engine import Context
from tests.factories.repairs import Repairs

NEW_COMPANY = "other_admin"  # 鸿雁物业 takes over 安居苑 from 安居物业


@dataclass
class Changes:
    """`repairs` has the clock, the city and the projects; the methods here file and decide area changes."""

    repairs: Repairs

    @property
    def session(self):
        return self.repairs.session

    @property
    def today(self) -> date:
        return self.repairs.now.date()

    def do(self, who: str | PlatformUser, what, **data: Any) -> Any:
        """One act of that person, who sees no more than the guard lets them; the ledger stays whole."""
        with unit_of_work() as session:
            self.repairs.session = session
            ctx = self.repairs.context(who, **data)
            tenancy.enter(session, ctx.actor)
            try:
                result = what(ctx)
            finally:
                tenancy.enter(session, SYSTEM)
        assert checks.verify(self.session) == []
        self.session.rollback()
        return result

    def draft(
        self, *areas, who: str | PlatformUser = NEW_COMPANY, starts_on: date | None = None, ends_on: date | None = None
    ) -> Application:
        """A draft for these areas, the contract from today for as long as is said."""
        asked = Asked(starts_on or self.today, ends_on, "", tuple(area.id for area in areas))
        return self.do(who, lambda ctx: filing.save_change(filing.open_draft(ctx).id, asked, ctx))

    def submitted(self, *areas, who: str | PlatformUser = NEW_COMPANY, **period) -> Application:
        application = self.draft(*areas, who=who, **period)
        self.repairs.attach_all(application)
        self.act(who, application, "submit")
        return self.repairs.fresh(application)

    def in_review(self, *areas, **options) -> Application:
        """After the window and the first review."""
        application = self.submitted(*areas, **options)
        self.act("clerk", application, "accept")
        self.act("reviewer", application, "approve_first")
        return self.repairs.fresh(application)

    def approved(self, *areas, **options) -> Application:
        application = self.in_review(*areas, **options)
        self.act("supervisor", application, "approve_final")
        return self.repairs.fresh(application)

    def act(self, who: str | PlatformUser, application: Application, name: str, **data: Any) -> Application:
        return self.do(who, lambda ctx: act(application.id, name, ctx), **data)

    def job(self, application: Application) -> bool:
        """The daily job's act on one application."""
        with unit_of_work() as session:
            return effect.take_hold_if_due(application.id, Context(session, SYSTEM, self.repairs.now))

    def change(self, application: Application) -> AreaChange:
        return self.session.get(AreaChange, application.id, populate_existing=True)

    def contracts(self, area) -> list[tuple]:
        """(company, from, to, ended at) of the area, oldest first."""
        rows = self.session.scalars(
            select(ServiceContract).where(ServiceContract.area_id == area.id).order_by(ServiceContract.id)
        )
        return [(row.organisation.name, row.starts_on, row.ends_on, row.ended_at) for row in rows]

    def handovers(self) -> list[Handover]:
        return list(self.session.scalars(select(Handover).order_by(Handover.id)))
