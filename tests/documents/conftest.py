"""A project with every paper: two houses' buildings, three items, one house short of balance, up to the last payout."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from app.documents.registry import PAPERS
from app.documents.render import render
from app.domain.enums import NoticeKind, RevenueKind
from app.models import Application, Distribution, House, Notice, Project, Refund, Vote
from app.workflows.notices.actions import publish_notice
from app.workflows.plan_change.filing import Asked, open_plan_change, save_plan_change
from app.workflows.projects.plan import PhaseEdit
from app.workflows.revenue import actions as revenue
from app.workflows.revenue.benefit import Benefit
from app.workflows.revenue.flow import act
from app.workflows.votes import actions as votes
from tests.factories.areas import Changes
from tests.factories.repairs import Repairs


@dataclass
class Story:
    """The rows that papers are printed from."""

    repairs: Repairs
    draft: Project
    project: Project
    open_vote: Vote
    vote: Vote
    notice: Notice
    initiation: Application
    payout: Application
    area_change: Application
    plan_change: Application
    acceptance: Notice
    cancellation: Notice
    refund: Refund
    distribution: Distribution
    house: House

    def subject(self, key: str) -> Any:
        return {
            "registration_form": self.repairs.city.company,
            "voting_sheet": self.open_vote,
            "vote_result": self.vote,
            "initiation_notice": self.notice,
            "budget_list": self.notice,
            "budget_list_draft": self.draft,
            "initiation_application": self.initiation,
            "window_receipt": self.initiation,
            "payout_application": self.payout,
            "area_change_application": self.area_change,
            "plan_change_application": self.plan_change,
            "acceptance_notice": self.acceptance,
            "final_list": self.acceptance,
            "cancellation_notice": self.cancellation,
            "refund_notice": self.refund,
            "revenue_notice": self.distribution.notice,
            "distribution_list": self.distribution,
            "project_papers": self.project,
            "account_slip": self.house,
            "equipment_labels": self.house.area,
            "public_notice": self.acceptance,
        }[key]


@pytest.fixture
def repairs(session, city, cast) -> Repairs:
    """Projects brought to any step by real acts."""
    return Repairs(session, city, cast)


@pytest.fixture
def story(repairs) -> Story:
    """Two items over six houses; 1幢2单元102 has 1,500.50 yuan for a share of 2,000.00, so its owner pays the rest."""
    houses = repairs.city.houses
    roof = dict(zip(houses[:5], (300_000, 300_000, 400_000, 300_000, 200_000), strict=True))
    pump = {houses[6]: 100_000, houses[7]: 100_000}
    fund = 1_700_000 - 200_000 + 150_050
    project = repairs.project([roof, pump], [600_000, fund - 600_000])
    vote = repairs.voted(project)
    notice = repairs.published(project)
    repairs.pass_days(8)
    initiation = repairs.submit(repairs.open_initiation(project))
    repairs.approve(initiation)
    payout = repairs.paid_out(project, 1, 600_000)
    repairs.pass_days(3)
    repairs.accept_works(project, 1_400_000, 180_000)
    acceptance = repairs.published(project, NoticeKind.ACCEPTANCE)
    draft = repairs.project([dict.fromkeys(houses[:11], 12_345)] * 2, [24_690 * 10, 24_690])
    other = repairs.project([dict.fromkeys(houses[:11], 10_000)], [60_000, 40_000])  # 102 has nothing left
    open_vote = repairs.do("agent", lambda ctx: votes.open_vote(other, ctx))
    area_change, plan_change = wanted(repairs), replanned(repairs, project)
    cancellation = cancelling(repairs, project)
    refund = repairs.refund(project, repairs.lines(payout)[0], 123_456, text="材料未进场")
    fresh = repairs.fresh
    return Story(
        repairs, fresh(draft), fresh(project), fresh(open_vote), fresh(vote), fresh(notice), fresh(initiation),
        fresh(payout), fresh(area_change), fresh(plan_change), fresh(acceptance), fresh(cancellation),
        fresh(refund), fresh(distributed(repairs)), fresh(houses[0]),
    )  # fmt: skip


def distributed(repairs: Repairs) -> Distribution:
    """1,234.50 of advertising in 2幢, paid and spread over its five houses; its parking space has no part."""
    area, building = repairs.city.area, repairs.city.buildings[1]
    notice = repairs.do(
        "revenue", lambda ctx: revenue.file_notice(
            area.id, RevenueKind.ADVERTISING, 123_450, Benefit(buildings=(building.id,)), "电梯轿厢广告", ctx
        )
    )  # fmt: skip
    today = repairs.now.date()
    repairs.do("bank", lambda ctx: act(notice.id, "confirm", ctx), bank_serial="R1", booked_on=today)
    repairs.do("finance", lambda ctx: act(notice.id, "distribute", ctx), amount=123_450)
    return repairs.session.scalars(select(Distribution)).one()


def wanted(repairs: Repairs) -> Application:
    """安居物业 asks for 鸿雁苑 of 鸿雁物业; the window has accepted it and the first review is done."""
    changes = Changes(repairs)
    period = {"starts_on": date(2026, 4, 1), "ends_on": date(2029, 3, 31)}
    return changes.in_review(repairs.city.other.area, who="org_admin", **period)


def cancelling(repairs: Repairs, project: Project) -> Notice:
    """The project of which 6,000 yuan are paid shall be cancelled."""
    closes_on, why = date(2026, 3, 20), "施工单位破产，维修无法继续"
    return repairs.do(
        "agent",
        lambda ctx: publish_notice(repairs.fresh(project), NoticeKind.CANCELLATION, closes_on, ctx, reason=why),
    )


def replanned(repairs: Repairs, project: Project) -> Application:
    """The second phase shall be two, and the works end later."""
    application = repairs.do("agent", lambda ctx: open_plan_change(project.id, ctx))
    phases = [PhaseEdit("条件 1", 600_000), PhaseEdit("主体完工", 500_000), PhaseEdit("质保期满", 550_050)]
    asked = Asked("施工合同补充协议调整付款节点", date(2026, 4, 1), date(2026, 8, 31), {}, phases)
    repairs.do("agent", lambda ctx: save_plan_change(application.id, asked, ctx))
    return repairs.submit(application)


_DRAWN: dict[str, bytes] = {}


@pytest.fixture
def drawn(request, city, cast) -> dict[str, bytes]:
    """{key: the paper's PDF} of the story, drawn once a process: the story takes seconds to tell."""
    if not _DRAWN:
        story = request.getfixturevalue("story")
        _DRAWN.update({key: printed(story, key) for key in PAPERS})
    return _DRAWN


def pdf_text(pdf: bytes) -> str:
    """All text of a PDF without white space: columns and lines fall together."""
    return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)


def printed(story: Story, key: str, who: str = "agent", **data) -> bytes:
    """A paper drawn as the route would."""
    return render(PAPERS[key], story.subject(key), story.repairs.context(who, **data))
