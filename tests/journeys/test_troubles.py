"""What goes wrong on the way, in the browser: returned, rejected, withdrawn, pressed twice, two at once."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app import clock
from app.domain.enums import ApplicationState, ProjectState
from app.models import Application, Project
from tests.factories.repairs import Repairs
from tests.journeys.steps import attach, open_matter, review


@pytest.fixture
def desk(session, city, cast) -> Repairs:
    """Projects brought to a step by the real acts, as of today."""
    return Repairs(session, city, cast, now=clock.now())


@pytest.fixture
def ready(desk) -> Project:
    """A project of two houses whose initiation may be filed; its notice still runs."""
    a, b = desk.houses([100_000, 100_000])
    project = desk.project([{a: 10_000, b: 10_000}], [12_000, 8_000])
    desk.voted(project)
    desk.published(project)
    return project


def start_initiation(agent, project) -> None:
    agent.open(f"/projects/{project.id}")
    agent.act("项目立项")
    agent.press("取消，继续项目立项")
    attach(agent)


def filed(session) -> list[tuple[str, ApplicationState]]:
    session.rollback()
    query = select(Application.number, Application.state).order_by(Application.id)
    return [tuple(row) for row in session.execute(query)]


def test_submitting_pressed_twice_files_once(person, ready, session):
    agent = person("agent")
    start_initiation(agent, ready)
    agent.page.locator("main button", has_text="保存并提交").first.dblclick()
    agent.sees("待受理")
    number = f"LX{clock.today().year}000001"
    assert filed(session) == [(number, ApplicationState.SUBMITTED)]


def test_returned_initiation_is_mended_and_keeps_its_number(person, ready, session):
    agent, clerk = person("agent"), person("clerk")
    start_initiation(agent, ready)
    agent.press("保存并提交")
    number = f"LX{clock.today().year}000001"
    open_matter(clerk, number)
    clerk.press("退回补正", ".approval-acts")
    clerk.sees("退回")  # without a reason it is refused, on the same page
    clerk.fill("审核意见", "缺少合同附件二")
    clerk.press("退回补正", ".approval-acts")
    clerk.sees("已退回")
    session.rollback()
    assert session.get(Project, ready.id).state is ProjectState.DRAFT
    agent.menu("我的业务单")
    agent.sees(number)
    agent.link("立项申请")
    agent.sees("缺少合同附件二")
    if agent.page.locator("main a", has_text="修改").count():
        agent.link("修改")
    agent.press("保存并提交")
    agent.sees("待受理")
    assert filed(session) == [(number, ApplicationState.SUBMITTED)]


def test_rejected_initiation_ends_and_a_new_one_gets_a_new_number(person, ready, session):
    agent, year = person("agent"), clock.today().year
    start_initiation(agent, ready)
    agent.press("保存并提交")
    review(person("clerk"), f"LX{year}000001", "受理")
    reviewer = person("reviewer")
    open_matter(reviewer, f"LX{year}000001")
    reviewer.fill("审核意见", "超出维修资金使用范围")
    reviewer.press("不予通过", ".approval-acts", sure=True)
    reviewer.sees("不予通过")
    start_initiation(agent, ready)
    agent.press("保存并提交")
    agent.sees("待受理")
    assert filed(session) == [
        (f"LX{year}000001", ApplicationState.REJECTED), (f"LX{year}000002", ApplicationState.SUBMITTED),
    ]  # fmt: skip


@pytest.mark.journey
def test_two_clerks_at_once_one_succeeds_and_the_other_is_told(person, ready, session):
    agent, first, second = person("agent"), person("clerk"), person("clerk", "another desk")
    start_initiation(agent, ready)
    agent.press("保存并提交")
    number = f"LX{clock.today().year}000001"
    open_matter(first, number)
    open_matter(second, number)  # both look at the same page
    first.press("受理", ".approval-acts")
    first.sees("审核中")
    second.press("受理", ".approval-acts")
    assert "已被他人处理" in second.page.inner_text("body")
    assert filed(session) == [(number, ApplicationState.IN_REVIEW)]


def test_withdrawn_initiation_ends_and_opens_the_project_again(person, ready, session):
    agent = person("agent")
    start_initiation(agent, ready)
    agent.press("保存并提交")
    agent.sees("待受理")
    agent.press("撤回", sure=True)
    agent.sees("已撤回")
    session.rollback()
    assert session.get(Project, ready.id).state is ProjectState.DRAFT


def test_number_of_another_company_in_the_address_does_not_exist(person, ready, session):
    agent, stranger = person("agent"), person("other_agent")
    start_initiation(agent, ready)
    agent.press("保存并提交")
    agent.sees("待受理")
    application = session.scalar(select(func.max(Application.id)))
    for address in (
        f"/projects/{ready.id}", f"/projects/{ready.id}/merged", f"/applications/{application}/",
        f"/papers/initiation_application/{application}.pdf",
    ):  # fmt: skip
        assert stranger.page.request.get(address).status == 404, address
