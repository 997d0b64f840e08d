"""A company's agent and a draft made through the screens."""

from __future__ import annotations

import re

import pytest

from app.models import Project
from tests.conftest import post
from tests.support.workbench import send


@pytest.fixture
def agent(signed_in):
    return signed_in("agent")


@pytest.fixture
def project(agent, city, session) -> Project:
    """A draft with the lift of 1幢1单元 and the roof of 2幢."""
    answer = post(agent, "/projects/new/normal", {"area_id": city.area.id, "name": "电梯与屋面维修"})
    key = int(re.search(r"/projects/(\d+)/items", answer.location).group(1))
    lift, roof = city.equipment[0].id, city.equipment[2].id
    send(agent, f"/projects/{key}/items/add", {"equipment": [lift, roof]})
    session.rollback()
    return session.get(Project, key)
