"""Rows without which the platform does not run: roles, heads of the two chains, lists of required attachments."""

from __future__ import annotations

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import ChainHead
from app.permissions import ROLES
from app.workflows.defaults import ensure_required_attachments

CHAINS = ("audit", "ledger")


def put_base_rows(session: Session) -> None:
    """Add what is missing; leave alone what is there."""
    roles = set(session.scalars(select(Role.name)))
    session.add_all(Role(name=name) for name in ROLES if name not in roles)
    chains = set(session.scalars(select(ChainHead.name)))
    session.add_all(ChainHead(name=name) for name in CHAINS if name not in chains)
    ensure_required_attachments(session)
