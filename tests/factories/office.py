"""Organisations that manage themselves: each act as its person, in a unit of work, with the session's guard on."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from pypdf import PdfWriter
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import tenancy
from app.domain.enums import OrganisationKind
from app.models import AuditEvent, Organisation, OrganisationChange, PlatformUser
from app.permissions import SYSTEM
from app.transaction import unit_of_work
from app.workflows.attachments import staged
from app.workflows.engine import Context
from app.workflows.organisations import profile
from tests.factories import people

NOW = datetime(2026, 3, 2, 9, 30)
CODE, OTHER_CODE = "91330100MA2AAAAA1E", "91330100MA2BBBBB2R"
IDENTITY, MOBILE = "330101199003070012", "13800138000"


@dataclass
class Office:
    """The test's session and cast, and what they do with their own organisation."""

    session: Session
    cast: SimpleNamespace
    now: datetime = NOW

    def do(self, who: str, what, **data: Any) -> Any:
        """One act of that person, who sees no more than the guard lets them."""
        with unit_of_work() as session:
            actor = people.actor(session, self.user(who), self.now.date())
            tenancy.enter(session, actor)
            try:
                result = what(Context(session, actor, self.now, data))
            finally:
                tenancy.enter(session, SYSTEM)
        self.session.rollback()
        return result

    def user(self, name: str) -> PlatformUser:
        return self.session.scalars(select(PlatformUser).where(PlatformUser.username == name)).one()

    def own(self, who: str = "org_admin") -> Organisation:
        self.session.rollback()
        return self.user(who).organisation

    def committee(self) -> Organisation:
        """A new owners' committee with its administrator `committee_admin`."""
        with unit_of_work() as session:
            made = people.add_organisation(session, OrganisationKind.OWNERS_COMMITTEE, "安居苑业主委员会")
            people.add_user(session, "committee_admin", "业主", ("OrgAdmin",), made)
        return made

    # --- 信息变更 ---

    def values(self, who: str = "org_admin", **changes: Any) -> dict[str, Any]:
        """The form as it stands, with these changes."""
        own = self.own(who)
        return {**{name: getattr(own, name) for name in profile.FIELDS}, "phone": None, **changes}

    def change(self, who: str = "org_admin", *, scan: bool = False, **changes: Any) -> OrganisationChange:
        """Save the form with these changes."""
        values, version = self.values(who, **changes), self.own(who).version

        def act(ctx: Context) -> OrganisationChange:
            file = staged.stage_scan("执照.pdf", pdf(), ctx).id if scan else None
            return profile.change_profile(ctx, values, licence_id=file, version=version)

        return self.do(who, act)

    def events(self, action: str) -> list[tuple[str, dict[str, list]]]:
        """(summary, changes) of the audit events of that name."""
        self.session.rollback()
        query = select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)
        return [(event.summary, json.loads(event.changes or "{}")) for event in self.session.scalars(query)]


def pdf() -> bytes:
    """A page."""
    writer, stream = PdfWriter(), io.BytesIO()
    writer.add_blank_page(width=100, height=100)
    writer.write(stream)
    return stream.getvalue()


def add_office(session: Session, cast: SimpleNamespace) -> Office:
    """Both companies with all that the form asks for."""
    with unit_of_work() as work:
        for key, code in (("company", CODE), ("other_company", OTHER_CODE)):
            own = work.get(Organisation, getattr(cast.organisations, key).id)
            own.credit_code, own.address, own.contact, own.phone = code, "和平路 1 号", "王安", "13900000001"
    return Office(session, cast)
