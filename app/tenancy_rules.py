"""Whose a row is: for every class that belongs to somebody, who of a company, a bank and the public sees it.

The table RULES; `tenancy.py` enforces it. Conditions stand on tables: classes would be guarded anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select

from app import models
from app.domain.enums import OrganisationKind
from app.permissions import Actor

COMPANY, BANK, OUTSIDER = 0, 1, 2  # places in a row of RULES


class Scope:
    """What belongs to an actor, as conditions and subqueries on tables (classes would be guarded anew)."""

    def __init__(self, actor: Actor):
        self.actor = actor
        self.column = column_of(actor)
        self.areas = tuple(sorted(actor.area_ids or ()))
        self.escrows = tuple(sorted(actor.escrow_ids or ()))
        self.organisation_id = actor.organisation_id

    def projects(self) -> Select:
        """Ids of projects: a company's own in its areas, a bank's by its transfers, the public's by their notices."""
        table, transfers, notices = _table("Project"), _table("Transfer"), _table("Notice")
        if self.column == COMPANY:
            return select(table.c.id).where(self.own(table), table.c.area_id.in_(self.areas))
        if self.column == BANK:
            return select(transfers.c.project_id).where(transfers.c.escrow_account_id.in_(self.escrows))
        return select(notices.c.project_id)

    def applications(self) -> Select:
        """Ids of the applications: a project's follow the project, others are their filer's; a bank's by its transfers.

        So whoever takes over a project reads its whole course, and who handed it over reads the hand-over (`Handover`).
        """
        table, transfers = _table("Application"), _table("Transfer")
        if self.column == BANK:
            return select(transfers.c.application_id).where(transfers.c.escrow_account_id.in_(self.escrows))
        in_areas = or_(table.c.area_id.is_(None), table.c.area_id.in_(self.areas))
        filed = and_(table.c.project_id.is_(None), self.own(table), in_areas)
        return select(table.c.id).where(or_(filed, table.c.project_id.in_(self.projects())))

    def contractors(self) -> Select:
        """Ids of contractors: the own register, and those that an earlier company named in a project taken over."""
        table, items = _table("Contractor"), _table("ProjectItem")
        named = select(items.c.contractor_id).where(items.c.project_id.in_(self.projects()))
        return select(table.c.id).where(or_(self.own(table), table.c.id.in_(named)))

    def revenue_notices(self) -> Select:
        """Ids of 收益交款: what the own organisation filed, and what is about its areas (they pass with the area)."""
        table = _table("RevenueNotice")
        return select(table.c.id).where(or_(self.own(table), table.c.area_id.in_(self.areas)))

    def of_projects(self, name: str) -> Select:
        """Ids of rows of a table with `project_id`."""
        table = _table(name)
        return select(table.c.id).where(table.c.project_id.in_(self.projects()))

    def of_areas(self, name: str) -> Select:
        """Ids of rows of a table with `area_id`."""
        table = _table(name)
        return select(table.c.id).where(table.c.area_id.in_(self.areas))

    def own(self, table: Any) -> ColumnElement[bool]:
        """The row names the actor's organisation."""
        return table.c.organisation_id == self.organisation_id


Rule = Callable[[Scope, Any], ColumnElement[bool]]


def _nothing(scope: Scope, t: Any) -> ColumnElement[bool]:
    return false()


def _by_area(scope: Scope, t: Any) -> ColumnElement[bool]:
    return t.area_id.in_(scope.areas)


def _area_itself(scope: Scope, t: Any) -> ColumnElement[bool]:
    return t.id.in_(scope.areas)


def _by_organisation(scope: Scope, t: Any) -> ColumnElement[bool]:
    return t.organisation_id == scope.organisation_id


def _by_project(scope: Scope, t: Any) -> ColumnElement[bool]:
    return t.project_id.in_(scope.projects())


def _by_application(scope: Scope, t: Any) -> ColumnElement[bool]:
    return t.application_id.in_(scope.applications())


def _by_escrow(scope: Scope, t: Any) -> ColumnElement[bool]:
    return t.escrow_account_id.in_(scope.escrows)


def _own_message(scope: Scope, t: Any) -> ColumnElement[bool]:
    return t.user_id == scope.actor.user_id


def _one_of(ids: Callable[[Scope], Select], column: str = "id") -> Rule:
    return lambda scope, t: getattr(t, column).in_(ids(scope))


def _everybody(scope: Scope, t: Any) -> ColumnElement[bool]:
    return t.id == t.id


def _organisation_of_company(scope: Scope, t: Any) -> ColumnElement[bool]:
    """Its own, the public bodies whose names stand on its papers, and who filed for a project before it did."""
    public = t.kind.in_((OrganisationKind.DEPARTMENT, OrganisationKind.BANK))
    table = _table("Application")
    before = select(table.c.organisation_id).where(table.c.project_id.in_(scope.projects()))
    return or_(t.id == scope.organisation_id, public, t.id.in_(before))


def _organisation_of_bank(scope: Scope, t: Any) -> ColumnElement[bool]:
    projects = _table("Project")
    companies = select(projects.c.organisation_id).where(projects.c.id.in_(scope.projects()))
    notices = _table("RevenueNotice")
    payers = select(notices.c.organisation_id).where(notices.c.escrow_account_id.in_(scope.escrows))
    seen = or_(t.id.in_(companies), t.id.in_(payers))
    return or_(t.id == scope.organisation_id, t.kind == OrganisationKind.DEPARTMENT, seen)


def _organisation_of_notice(scope: Scope, t: Any) -> ColumnElement[bool]:
    projects = _table("Project")
    return t.id.in_(select(projects.c.organisation_id).where(projects.c.id.in_(scope.projects())))


def _colleague(scope: Scope, t: Any) -> ColumnElement[bool]:
    """Users of the own organisation, those of the department, and who else stands in the history of its reviews."""
    organisations, reviews = _table("Organisation"), _table("Review")
    departments = select(organisations.c.id).where(organisations.c.kind == OrganisationKind.DEPARTMENT)
    acted = select(reviews.c.actor_id).where(reviews.c.application_id.in_(scope.applications()))
    return or_(t.organisation_id == scope.organisation_id, t.organisation_id.in_(departments), t.id.in_(acted))


def _escrow_of_areas(scope: Scope, t: Any) -> ColumnElement[bool]:
    areas = _table("Area")
    return t.id.in_(select(areas.c.escrow_account_id).where(areas.c.id.in_(scope.areas)))


def _escrow_itself(scope: Scope, t: Any) -> ColumnElement[bool]:
    return t.id.in_(scope.escrows)


def _posting_of_houses(scope: Scope, t: Any) -> ColumnElement[bool]:
    return t.house_id.in_(scope.of_areas("House"))


def _entry_of_houses(scope: Scope, t: Any) -> ColumnElement[bool]:
    postings, houses = _table("Posting"), _table("House")
    joined = postings.join(houses, houses.c.id == postings.c.house_id)
    mine = exists().select_from(joined).where(postings.c.entry_id == t.id, houses.c.area_id.in_(scope.areas))
    return or_(t.project_id.in_(scope.projects()), mine)


def _entry_of_escrow(scope: Scope, t: Any) -> ColumnElement[bool]:
    """Those of its projects, and what moved an account of its own escrow accounts (收益交款)."""
    postings, pools = _table("Posting"), _table("PoolAccount")
    joined = postings.join(pools, pools.c.id == postings.c.pool_account_id)
    mine = exists().select_from(joined).where(
        postings.c.entry_id == t.id, pools.c.escrow_account_id.in_(scope.escrows)
    )
    return or_(t.project_id.in_(scope.projects()), mine)


def _contractor_of_transfers(scope: Scope, t: Any) -> ColumnElement[bool]:
    transfers = _table("Transfer")
    return t.id.in_(select(transfers.c.contractor_id).where(transfers.c.escrow_account_id.in_(scope.escrows)))


def _area_of_notices(scope: Scope, t: Any) -> ColumnElement[bool]:
    return t.id.in_(select(_table("Notice").c.area_id))


# class: (a company or committee, a bank, the public and whoever has no role)
RULES: dict[type, tuple[Rule, Rule, Rule]] = {
    # organisations and their people
    models.Organisation: (_organisation_of_company, _organisation_of_bank, _organisation_of_notice),
    models.PlatformUser: (_colleague, _colleague, _nothing),
    models.ServiceContract: (_by_organisation, _nothing, _nothing),
    models.AreaWish: (_by_organisation, _nothing, _nothing),
    models.OrganisationChange: (_by_organisation, _nothing, _nothing),
    models.OrganisationPaper: (_by_organisation, _nothing, _nothing),
    models.Attempt: (_nothing, _nothing, _nothing),
    models.RegistrationDraft: (_nothing, _nothing, _nothing),
    models.Contractor: (_one_of(Scope.contractors), _contractor_of_transfers, _nothing),
    models.ContractorAccount: (_one_of(Scope.contractors, "contractor_id"), _nothing, _nothing),
    models.LoginFailure: (_nothing, _nothing, _nothing),
    # premises
    models.Area: (_area_itself, _area_itself, _area_of_notices),
    models.Building: (_by_area, _by_area, _nothing),
    models.Unit: (_by_area, _by_area, _nothing),
    models.House: (_by_area, _by_area, _nothing),
    models.Owner: (_by_area, _nothing, _nothing),
    models.Ownership: (_one_of(lambda s: s.of_areas("House"), "house_id"), _nothing, _nothing),
    models.HouseChange: (_by_area, _nothing, _nothing),
    models.HouseSuccession: (_one_of(lambda s: s.of_areas("HouseChange"), "change_id"), _nothing, _nothing),
    models.Equipment: (_by_area, _nothing, _nothing),
    # money
    models.EscrowAccount: (_escrow_of_areas, _escrow_itself, _nothing),
    models.HouseAccount: (_by_area, _by_escrow, _nothing),
    models.PoolAccount: (_by_area, _by_escrow, _nothing),
    models.JournalEntry: (_entry_of_houses, _entry_of_escrow, _nothing),
    models.Posting: (_posting_of_houses, _posting_of_houses, _nothing),
    models.OpeningBatch: (_by_area, _nothing, _nothing),
    models.OpeningLine: (_one_of(lambda s: s.of_areas("OpeningBatch"), "batch_id"), _nothing, _nothing),
    models.RevenueNotice: (_one_of(Scope.revenue_notices), _by_escrow, _nothing),
    models.RevenueRange: (_one_of(Scope.revenue_notices, "notice_id"), _nothing, _nothing),
    models.Distribution: (_by_area, _nothing, _nothing),
    models.DistributionLine: (_one_of(lambda s: s.of_areas("Distribution"), "distribution_id"), _nothing, _nothing),
    # projects
    models.Project: (_one_of(Scope.projects), _one_of(Scope.projects), _one_of(Scope.projects)),
    models.ProjectItem: (_by_project, _by_project, _nothing),
    models.ItemShare: (_by_project, _by_project, _nothing),
    models.ProjectHouse: (_by_project, _by_project, _nothing),
    models.CollectedShare: (_by_project, _by_project, _nothing),
    models.PayoutPhase: (_by_project, _by_project, _nothing),
    models.Vote: (_by_project, _nothing, _nothing),
    models.Ballot: (_one_of(lambda s: s.of_projects("Vote"), "vote_id"), _nothing, _nothing),
    models.Notice: (_by_project, _nothing, _everybody),
    models.NoticeRow: (
        _one_of(lambda s: s.of_projects("Notice"), "notice_id"), _nothing,
        _one_of(lambda s: select(_table("Notice").c.id), "notice_id"),
    ),
    models.Objection: (_by_project, _nothing, _nothing),
    models.Acceptance: (_by_project, _by_project, _nothing),
    models.AcceptanceItem: (
        _one_of(lambda s: s.of_projects("Acceptance"), "acceptance_id"),
        _one_of(lambda s: s.of_projects("Acceptance"), "acceptance_id"),
        _nothing,
    ),
    # applications
    models.Application: (_one_of(Scope.applications), _one_of(Scope.applications), _nothing),
    models.AreaChange: (_by_application, _nothing, _nothing),
    models.AreaChangeArea: (_by_application, _nothing, _nothing),
    models.PlanChange: (_by_application, _nothing, _nothing),
    models.PlanChangeItem: (_by_application, _nothing, _nothing),
    models.PlanChangePhase: (_by_application, _nothing, _nothing),
    models.Handover: (_by_organisation, _nothing, _nothing),
    models.Review: (_by_application, _nothing, _nothing),
    models.Transfer: (_by_application, _by_escrow, _nothing),
    models.Refund: (_by_project, _by_escrow, _nothing),
    models.ReceivedPaper: (_by_application, _nothing, _nothing),
    models.Attachment: (_by_organisation, _nothing, _nothing),
    models.AttachmentCheck: (_nothing, _nothing, _nothing),
    # records
    models.AuditEvent: (_nothing, _nothing, _nothing),
    models.Job: (_by_organisation, _by_organisation, _nothing),
    models.Message: (_own_message, _own_message, _nothing),
}  # fmt: skip


# Rows that stay their filer's and are acted on by whoever serves the area now: unpaid notices pass with it.
PASSING: frozenset[type] = frozenset({models.RevenueNotice})


def column_of(actor: Actor) -> int:
    """The place in a row of RULES that holds for this actor."""
    if actor.is_tenant:
        return COMPANY
    return BANK if actor.is_bank else OUTSIDER


def _table(name: str) -> Any:
    return getattr(models, name).__table__
