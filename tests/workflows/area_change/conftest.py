"""安居苑 of 安居物业, 鸿雁物业 that wants it, and a third company that wants it too."""

from __future__ import annotations

import pytest

from app.domain.enums import OrganisationKind
from app.models import PlatformUser
from app.transaction import unit_of_work
from tests.factories import people
from tests.factories.areas import Changes


@pytest.fixture
def changes(repairs) -> Changes:
    return Changes(repairs)


@pytest.fixture
def third(changes) -> PlatformUser:
    """The administrator of 第三物业, which serves no area yet."""
    with unit_of_work() as session:
        company = people.add_organisation(session, OrganisationKind.PROPERTY_COMPANY, "第三物业服务有限公司")
        return people.add_user(session, "third_admin", "第三管理员", ("OrgAdmin",), company)
