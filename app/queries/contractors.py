"""The register of 施工单位 as a condition: what may be chosen, listed and edited."""

from __future__ import annotations

from sqlalchemy import ColumnElement, true

from app.models import Contractor
from app.permissions import Actor


def own_register(actor: Actor) -> ColumnElement[bool]:
    """A company also reads contractors of projects that it took over (`tenancy.py`), but its register is its own."""
    return Contractor.organisation_id == actor.organisation_id if actor.is_tenant else true()
