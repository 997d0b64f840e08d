"""紧急 (manual 1.5.2): no vote, nothing waits for the notice's end, payouts by phase. Amounts are fen."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.enums import ApplicationState, NoticeKind, ProjectKind, ProjectState
from app.domain.errors import Refusal
from app.models import Project
from app.workflows.attachments.rules import missing_attachments
from app.workflows.notices.actions import publish_notice
from app.workflows.projects.menu import offers
from app.workflows.projects.rules import missing
from app.workflows.votes.actions import open_vote

pytestmark = [pytest.mark.money, pytest.mark.workflow]
EMERGENCY = {"kind": ProjectKind.EMERGENCY}
NO_VOTE = "紧急项目无须业主表决"


@pytest.fixture
def house(repairs):
    return repairs.houses([1_000_000])[0]


@pytest.fixture
def project(repairs, house) -> Project:
    """A budget of 1,000.00 in phases of 600.00, 200.00 and 200.00: running."""
    return repairs.running([{house: 100_000}], [60_000, 20_000, 20_000], **EMERGENCY)


def refused(do) -> str:
    with pytest.raises(Refusal) as caught:
        do()
    return str(caught.value.sentence)


def reasons(repairs, project) -> dict[str, str]:
    found = offers(repairs.fresh(project), repairs.context("agent"))
    return {name: str(offer.reason) for name, offer in found.items() if not offer.is_open}


def test_there_is_no_vote_anywhere_and_the_menu_says_so(repairs, house):
    project = repairs.project([{house: 100_000}], [100_000], **EMERGENCY)
    assert refused(lambda: repairs.do("agent", lambda ctx: open_vote(project, ctx))) == NO_VOTE


    def told() -> list[str]:
        found = reasons(repairs, project)
        return [repairs.fresh(project).state.value, found["open_vote"], found["enter_votes"]]

    assert told() == ["draft", NO_VOTE, NO_VOTE]
    repairs.published(project)
    application = repairs.submit(repairs.open_initiation(project))
    assert told() == ["under_review", NO_VOTE, NO_VOTE]
    repairs.approve(application)
    assert told() == ["running", NO_VOTE, NO_VOTE]


def test_the_emergency_must_be_named(repairs, house):
    project = repairs.project([{house: 100_000}], [100_000], **EMERGENCY)
    project.emergency_type = None
    assert [str(sentence) for sentence in missing(project, repairs.context("agent"))] == ["请选择紧急情形"]


def test_proof_and_pictures_stand_in_place_of_the_voting_sheet(repairs, house):
    project = repairs.project([{house: 100_000}], [100_000], **EMERGENCY)
    repairs.published(project)
    application = repairs.open_initiation(project)
    names = [row.name for row in missing_attachments(repairs.fresh(application), repairs.context("agent"))]
    assert names == ["立项公示照片", "施工合同", "工程预算书", "第三方证明", "现场照片"]
    assert refused(lambda: repairs.act("agent", application, "submit")) == f"缺少要件：{'、'.join(names)}"


def test_the_notice_stands_seven_days_and_nothing_waits_for_it(repairs, house):
    project = repairs.project([{house: 100_000}], [100_000], **EMERGENCY)

    def publish(day: int):
        closes_on = date(2026, 3, day)
        return repairs.do(
            "agent", lambda ctx: publish_notice(repairs.fresh(project), NoticeKind.INITIATION, closes_on, ctx)
        )

    assert refused(lambda: publish(8)) == "公示不得少于 7 天（发布当日不计），截止日期最早为 2026-03-09"
    assert publish(9).closes_on == date(2026, 3, 9)
    repairs.approve(repairs.submit(repairs.open_initiation(project)))  # on the day of publication
    assert repairs.fresh(project).state is ProjectState.RUNNING


def test_note_1_no_payout_before_the_initiation_is_approved(repairs, house):
    project = repairs.project([{house: 100_000}], [60_000, 40_000], **EMERGENCY)
    repairs.published(project)
    application = repairs.submit(repairs.open_initiation(project))
    assert reasons(repairs, project)["file_payout"] == "立项申请尚未审核通过"
    repairs.approve(application)
    assert repairs.open_payout(project, 1).state is ApplicationState.DRAFT


@pytest.mark.parametrize(
    ("second", "answer"),
    [(30_001, "第 1 期计划 ¥600.00，已申请 ¥300.00，本次 ¥300.01，超出 ¥0.01"), (30_000, None)],
)
def test_notes_2_and_3_several_applications_share_one_phase(repairs, project, second, answer):
    repairs.submit(repairs.open_payout(project, 1, 30_000))
    application = repairs.open_payout(project, 1, second)
    if answer:
        assert refused(lambda: repairs.submit(application)) == answer
    else:
        assert repairs.submit(application).state is ApplicationState.SUBMITTED


@pytest.mark.parametrize(
    ("second", "answer"),
    [
        (10_000, None),
        (10_001, "本次申请后累计 ¥700.01，超过预算 ¥1,000.00 的 70%，须先完成项目验收并发布验收公示"),
    ],
)
def test_note_4_more_than_seventy_percent_waits_for_the_acceptance(repairs, project, second, answer):
    repairs.submit(repairs.open_payout(project, 1, 60_000))
    application = repairs.open_payout(project, 2, second)
    if answer:
        assert refused(lambda: repairs.submit(application)) == answer
    else:
        assert repairs.submit(application).state is ApplicationState.SUBMITTED


def test_note_4_the_last_phase_waits_for_the_acceptance_and_its_notice(repairs, project):
    application = repairs.open_payout(project, 3, 1)
    words = "第 3 期是最后一期，须先完成项目验收并发布验收公示"
    assert refused(lambda: repairs.submit(application)) == words
    repairs.accept_works(project, 100_000)
    assert refused(lambda: repairs.submit(application)) == words
    repairs.published(project, NoticeKind.ACCEPTANCE)
    assert repairs.submit(application).state is ApplicationState.SUBMITTED


def test_a_single_phase_is_the_last_one(repairs, house):
    project = repairs.running([{house: 100_000}], [100_000], **EMERGENCY)
    application = repairs.open_payout(project, 1, 60_000)
    assert refused(lambda: repairs.submit(application)) == "第 1 期是最后一期，须先完成项目验收并发布验收公示"
    repairs.accept_works(project, 60_000)
    repairs.published(project, NoticeKind.ACCEPTANCE)
    repairs.pay(repairs.approve(repairs.submit(application)))
    assert repairs.fresh(project).state is ProjectState.CLOSED


def test_note_5_phases_are_applied_for_in_any_order(repairs, project):
    assert repairs.submit(repairs.open_payout(project, 2, 20_000)).state is ApplicationState.SUBMITTED
    assert repairs.submit(repairs.open_payout(project, 1, 50_000)).state is ApplicationState.SUBMITTED
