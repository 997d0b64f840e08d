"""The workbench of 简单拨付 and 紧急 at each step: step bar, list, plan, acceptance, and its one application."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app import clock
from app.domain.enums import NoticeKind, ProjectKind, ProjectState
from tests.conftest import post
from tests.factories.repairs import Repairs
from tests.support.workbench import text_of

pytestmark = pytest.mark.workflow


@pytest.fixture
def repairs(session, city, cast) -> Repairs:
    return Repairs(session, city, cast, now=clock.now().replace(microsecond=0) - timedelta(days=10))


def steps_of(page: str) -> list[str]:
    """The names on the step bar."""
    return re.findall(r'class="step-name">([^<]+)<', page)


def current_step(agent, project) -> str:
    """What the list says of it, and its next act."""
    row = re.search(rf"{project.number}.*?</tr>", text_of(agent.get("/projects/")), re.S)[0]
    return re.search(r'class="state state-[\w-]+">([^<]+)<', row)[1].split("，")[0]  # without what it is late with


def test_simple_project_tells_its_own_steps(repairs, signed_in):
    agent = signed_in("agent")
    a, b = repairs.houses([100_000, 5_000])
    project = repairs.project([{a: 20_000, b: 20_000}], [], kind=ProjectKind.SIMPLE)
    address = f"/projects/{project.id}"
    plan = text_of(agent.get(f"{address}/plan"))
    assert "简单拨付项目一次拨付，由系统生成，金额等于预算应拨付金额" in plan and "250.00" in plan
    assert 'name="condition"' not in plan
    assert steps_of(plan) == [
        "新建项目", "业主表决", "立项公示", "项目验收", "验收公示", "项目立项", "资金划转",
    ]  # fmt: skip
    told = [current_step(agent, project)]
    repairs.voted(project)
    told.append(current_step(agent, project))
    repairs.published(project)
    told.append(current_step(agent, project))
    form = text_of(agent.get(f"/acceptance/project/{project.id}"))
    assert re.findall(r'<input type="hidden" name="settled-\d+" [^>]*value="([\d.,]+)"', form) == ["400.00"]
    repairs.accept_works(project, 40_000)
    told.append(current_step(agent, project))
    repairs.published(project, NoticeKind.ACCEPTANCE)
    told.append(current_step(agent, project))
    assert "验收已生效，结算等于预算；请申请项目立项" in text_of(agent.get(f"{address}/acceptance"))
    application = repairs.submit(repairs.open_initiation(project))
    told.append(current_step(agent, project))
    repairs.pass_days(8)
    repairs.approve(application)
    told.append(current_step(agent, project))
    repairs.pay(application)
    told.append(current_step(agent, project))
    assert told == [
        "编制中", "待立项公示", "待项目验收", "待验收公示", "待立项申请", "立项待受理", "拨付办理中", "已办结",
    ]  # fmt: skip


def test_its_application_keeps_what_is_typed_and_tells_what_the_sum_must_be(repairs, signed_in):
    agent, supervisor = signed_in("agent"), signed_in("supervisor")
    a, b = repairs.houses([100_000, 5_000])
    project = repairs.ready([{a: 20_000, b: 20_000}], [], kind=ProjectKind.SIMPLE)
    application = repairs.open_initiation(project)
    repairs.attach_all(application)
    page = f"/applications/{application.id}/edit"
    shown = text_of(agent.get(page))
    assert "预算 400.00 元 = 维修资金 250.00 元 + 业主自筹 150.00 元" in shown
    lines = dict(re.findall(r'name="(lines-0-\w+)" value="([^"]*)"', shown))
    assert lines["lines-0-amount"] == "250.00"
    version = re.search(r'name="version" value="(\d+)"', shown)[1]
    typed = {**lines, "lines-0-amount": "249.99", "remark": "一次付清", "version": version, "do": "submit"}
    answer = post(agent, page, typed)
    assert answer.status_code == 422
    again = text_of(answer)
    assert "收款金额合计 ¥249.99，须等于预算应拨付金额 ¥250.00" in again
    assert 'value="249.99"' in again and "一次付清" in again
    post(agent, page, {**typed, "lines-0-amount": "250.00"})
    application = repairs.fresh(application)
    assert (application.number, application.amount) == ("LB2026000001", 25_000)
    for query in ("", "?kind=initiation_with_payout"):
        assert "LB2026000001" in text_of(agent.get(f"/applications/{query}"))
        assert "LB2026000001" in text_of(supervisor.get(f"/inbox/{query}{'&' if query else '?'}box=open"))
    repairs.accept(application)
    repairs.act("reviewer", application, "approve_first")
    review = text_of(supervisor.get(f"/applications/{application.id}/"))
    assert "通过后立项，冻结 2 户共 250.00 元，并由财务办理 1 笔划转。" in review
    assert "收款金额合计等于预算应拨付金额 250.00 元" in review


def test_the_bank_confirms_each_line_and_the_last_one_closes_the_project(repairs, signed_in):
    finance, bank = signed_in("finance"), signed_in("bank")
    a, b = repairs.houses([100_000, 100_000])
    roofers = repairs.contractor("鑫盛防水工程有限公司", "9000000000000000002")
    contractors = [repairs.city.contractor, roofers]
    project = repairs.ready([{a: 20_000}, {b: 5_000}], [], kind=ProjectKind.SIMPLE, contractors=contractors)
    application = repairs.approve(repairs.submit(repairs.open_initiation(project)))
    for line in repairs.lines(application):
        for who, act in ((finance, "prepare"), (bank, "confirm")):
            picked = {"pick": line.id, f"version-{line.id}": repairs.fresh(line).version}
            booked = {f"serial-{line.id}": f"SN{line.line}", "booked_on": clock.today().isoformat()}
            assert post(who, f"/transfers/{act}", picked | booked).status_code == 302
    assert repairs.fresh(project).state is ProjectState.CLOSED


def test_emergency_asks_which_and_has_no_vote_in_its_steps(repairs, city, signed_in):
    agent = signed_in("agent")
    assert "紧急情形" in text_of(agent.get("/projects/new/emergency"))
    assert "紧急情形" not in text_of(agent.get("/projects/new/normal"))
    values = {"area_id": city.area.id, "name": "抢修", "emergency_type": "water"}
    address = post(agent, "/projects/new/emergency", values).location
    page = text_of(agent.get(address.replace("/items", "/basics")))
    assert steps_of(page) == [
        "新建项目", "立项公示", "项目立项", "资金拨付", "项目验收", "验收公示", "末期拨付",
    ]  # fmt: skip
    assert "紧急项目无须业主表决" in page
    assert 'value="water" selected' in page or 'selected value="water"' in page
