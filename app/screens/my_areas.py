"""我的物业区域 of a company or committee; for the department the contracts that end and areas without a company."""

from __future__ import annotations

from app import clock
from app.extensions import db
from app.permissions import Permission
from app.queries import contracts
from app.queries import my_areas as queries
from app.screens.asked import asked_words
from app.screens.paging import page_of
from app.screens.request import Screen, actor, expose, requires
from app.workflows import policy


def warning_days() -> int:
    """How long before its end a contract is flagged (policy)."""
    return policy.number(db.session(), "contract_warning_days", clock.today())


class MyAreas(Screen):
    """我的物业区域."""

    route_base = "/my-areas"
    default_view = "list"

    @expose("/")
    @requires(Permission.PREMISES_VIEW)
    def list(self):
        """Each number leads to its list."""
        session, today, words = db.session(), clock.today(), asked_words()
        sums = queries.sums(session, words)
        page = page_of(sums.areas)
        rows = queries.my_areas(session, actor(), today, words, limit=page.size, offset=page.offset)
        return self.page(
            "my_areas/list.html", rows=rows, sums=sums, page=page, search=words, today=today, warning=warning_days(),
            may_file=actor().can(Permission.AREA_CHANGE_FILE), projects_shown=actor().can(Permission.PROJECT_VIEW),
        )  # fmt: skip


class ContractEnds(Screen):
    """合同到期提醒."""

    route_base = "/contracts"
    default_view = "list"

    @expose("/")
    @requires(Permission.ORGANISATION_VIEW)
    def list(self):
        """What ends within the policy's days, and what nobody serves."""
        session, today, days = db.session(), clock.today(), warning_days()
        ending, alone = contracts.how_many(session, today, days)
        return self.page(
            "contracts/list.html", ending=contracts.ending(session, today, days), days=days, today=today,
            count_ending=ending, alone=contracts.without_company(session, today),
            count_alone=alone,
        )  # fmt: skip
