"""What tests of the project workbench share: JSON as its scripts post it, and the items of a project."""

from __future__ import annotations

import os
import re
from typing import Any

from sqlalchemy import select

from app.models import Project, ProjectItem
from app.transaction import unit_of_work
from tests.conftest import post as post_form
from tests.support.sessions import token_of


def send(client, address: str, body: dict, *, page: str = "/projects/"):
    """Post JSON with the token and a one-time key of its own."""
    headers = {"X-CSRFToken": token_of(client, page, follow_redirects=True)}
    body = {"form_key": os.urandom(12).hex(), **drawn_now(address), **body}
    return client.post(address, json=body, headers=headers)


def post(client, address: str, values: dict[str, Any] | None = None, **options):
    """Post a form of the workbench, drawn a moment ago."""
    return post_form(client, address, {**drawn_now(address), **(values or {})}, **options)


def drawn_now(address: str) -> dict[str, int]:
    """The version that a page of this project has at this moment."""
    key = re.match(r"/projects/(\d+)/", address)
    if key is None:
        return {}
    with unit_of_work() as session:
        version = session.scalar(select(Project.version).where(Project.id == int(key.group(1))))
    return {} if version is None else {"version": version}


def text_of(answer) -> str:
    return answer.get_data(as_text=True)


def items_of(session, project) -> list[ProjectItem]:
    """As they stand in the database now."""
    session.rollback()
    query = select(ProjectItem).where(ProjectItem.project_id == project.id).order_by(ProjectItem.position)
    return list(session.scalars(query))
