"""What tests of the project workbench share: JSON as its scripts post it, and the items of a project."""

from __future__ import annotations

import os

from sqlalchemy import select

from app.models import ProjectItem
from tests.support.sessions import token_of


def send(client, address: str, body: dict, *, page: str = "/projects/"):
    """Post JSON with the token and a one-time key of its own."""
    headers = {"X-CSRFToken": token_of(client, page, follow_redirects=True)}
    return client.post(address, json={"form_key": os.urandom(12).hex(), **body}, headers=headers)


def text_of(answer) -> str:
    return answer.get_data(as_text=True)


def items_of(session, project) -> list[ProjectItem]:
    """As they stand in the database now."""
    session.rollback()
    query = select(ProjectItem).where(ProjectItem.project_id == project.id).order_by(ProjectItem.position)
    return list(session.scalars(query))
