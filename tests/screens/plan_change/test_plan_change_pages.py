"""拨付计划变更 and 补充项目 over HTTP: the pages of the company and of the department, nothing typed is lost."""

from __future__ import annotations

import re

import pytest

from app import clock
from app.models import Application, Project
from tests.conftest import post
from tests.factories.repairs import Repairs
from tests.support.workbench import text_of


@pytest.fixture
def repairs(session, city, cast) -> Repairs:
    desk = Repairs(session, city, cast)
    desk.now = clock.now().replace(microsecond=0)
    return desk


@pytest.fixture
def project(repairs) -> Project:
    """Phases 300.00, 450.00, 250.00; in the first 100.00 is applied for."""
    a, b = repairs.houses([100_000, 100_000])
    project = repairs.running([{a: 50_000, b: 50_000}], [30_000, 45_000, 25_000])
    repairs.submit(repairs.open_payout(project, 1, 10_000))
    return project


def typed(repairs, project, **changes) -> dict[str, str]:
    """The form as it is drawn first, with these fields typed."""
    item = repairs.fresh(project).items[0]
    return {
        "planned_start": "2026-04-01", "planned_end": "2026-06-30", "reason": "合同补充协议",
        f"contractor-{item.id}": str(item.contractor_id), "condition-2": "条件 2", "amount-2": "450.00",
        "condition-3": "条件 3", "amount-3": "250.00", "do": "save", **changes,
    }  # fmt: skip


def opened(agent, project) -> str:
    """The address of the form of a new draft."""
    return post(agent, f"/plan-changes/new/{project.id}").location


def version(session, address: str) -> str:
    session.rollback()
    return str(session.get(Application, int(re.search(r"/(\d+)/", address)[1])).version)


def save(agent, repairs, project, address, **changes):
    data = typed(repairs, project, **changes)
    return post(agent, address, {**data, "version": version(repairs.session, address)})


def test_the_first_page_says_what_can_be_changed_and_why_not_the_rest(signed_in, repairs, project):
    page = text_of(signed_in("agent").get(f"/plan-changes/new/{project.id}"))
    assert "已申请 100.00 元" in page
    assert page.count("可以变更") == 2 + 1  # two phases and the heading


def test_the_form_shows_a_frozen_phase_as_text(signed_in, repairs, project):
    agent = signed_in("agent")
    page = agent.get(opened(agent, project)).get_data(as_text=True)
    assert re.findall(r'name="(amount-\d+)"', page) == ["amount-2", "amount-3"]
    assert "已申请 100.00 元，不能变更" in page


def test_a_phase_is_added_and_taken_out_without_losing_what_was_typed(signed_in, repairs, project):
    agent = signed_in("agent")
    address = opened(agent, project)
    page = save(agent, repairs, project, address, **{"amount-2": "123", "do": "add"}).get_data(as_text=True)
    assert re.findall(r'name="(amount-\d+)"', page) == ["amount-2", "amount-3", "amount-4"]
    assert 'name="amount-2" value="123"' in page
    page = save(agent, repairs, project, address, **{"amount-3": "777", "do": "remove-2"}).get_data(as_text=True)
    assert re.findall(r'name="(amount-\d+)" value="([^"]*)"', page) == [("amount-2", "777")]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"amount-3": "2x"}, "金额"),
        ({"planned_end": "2026-03-01"}, "计划完工日期不能早于计划开工日期"),
        (
            {"amount-3": "250.01", "do": "submit"},
            "变更后拨付计划合计 ¥1,000.01，须等于预算应拨付金额 ¥1,000.00，差 ¥0.01",
        ),
    ],
)
def test_a_refused_form_keeps_what_was_typed(signed_in, repairs, project, changes, sentence):
    agent = signed_in("agent")
    answer = save(agent, repairs, project, opened(agent, project), reason="特殊原因", **changes)
    page = text_of(answer)
    assert answer.status_code == 422
    assert sentence in page
    assert "特殊原因" in page


def test_a_stale_form_is_drawn_again(signed_in, repairs, project):
    agent = signed_in("agent")
    address = opened(agent, project)
    old = version(repairs.session, address)
    save(agent, repairs, project, address)
    answer = post(agent, address, {**typed(repairs, project, reason="后来的"), "version": old})
    assert answer.status_code == 409
    assert "后来的" in text_of(answer)


def test_from_the_form_to_the_paper_and_the_approval(signed_in, repairs, project, session):
    agent = signed_in("agent")
    address = opened(agent, project)
    sent = save(agent, repairs, project, address, **{"amount-2": "440", "amount-3": "260.00", "do": "submit"})
    assert sent.status_code == 302
    shown = text_of(agent.get(sent.location))
    assert "450.00 条件 2" in shown.replace("　", " ") and "440.00 条件 2" in shown.replace("　", " ")
    key = int(re.search(r"/(\d+)/", sent.location)[1])
    assert agent.get(f"/papers/plan_change_application/{key}.pdf").mimetype == "application/pdf"
    application = session.get(Application, key)
    repairs.accept(application)
    repairs.act("reviewer", application, "approve_first", opinion="同意")
    page = text_of(signed_in("supervisor").get(f"/applications/{key}/"))
    assert "通过后 2 项变更立即生效，预算、分摊和冻结资金不变。" in page
    assert "变更后合计 1,000.00 元，等于预算应拨付金额；已申请的期次未改动" in page
    repairs.act("supervisor", application, "approve_final", opinion="同意")
    assert "440.00" in text_of(agent.get(f"/projects/{project.id}/plan"))
    assert agent.get(address).location == f"/applications/{key}/"


def test_another_companys_change_does_not_exist(signed_in, repairs, project):
    address = opened(signed_in("agent"), project)
    other = signed_in("other_agent")
    assert other.get(address).status_code == 404
    assert other.get(f"/plan-changes/new/{project.id}").status_code == 404
    assert post(other, address, typed(repairs, project)).status_code == 404


def test_a_supplement_is_linked_both_ways(signed_in, repairs, project, session):
    agent = signed_in("agent")
    page = text_of(agent.get(f"/projects/{project.id}/supplement"))
    assert f'value="{project.name}（补充）"' in page
    assert "工程费用超出主项目预算的部分另立补充项目" in page
    answer = post(agent, f"/projects/{project.id}/supplement", {"kind": "emergency", "name": "电梯维修补充"})
    key = int(re.search(r"/projects/(\d+)/items", answer.location)[1])
    session.rollback()
    made = session.get(Project, key)
    assert (made.supplements_id, made.area_id, made.state.value) == (project.id, project.area_id, "draft")
    assert f'主项目 <a href="/projects/{project.id}/">' in text_of(agent.get(f"/projects/{key}/"))
    assert f'补充项目 <a href="/projects/{key}/">' in text_of(signed_in("reviewer").get(f"/projects/{project.id}/"))


def test_a_supplement_only_of_a_running_project(signed_in, repairs, project):
    agent = signed_in("agent")
    draft = repairs.project([{repairs.houses([1_000])[0]: 100}], [60, 40])
    assert "现在不能新建补充项目：立项申请尚未审核通过" in text_of(agent.get(f"/projects/{draft.id}/supplement"))
    assert post(agent, f"/projects/{draft.id}/supplement", {"kind": "normal", "name": "补充"}).status_code == 409
    other = signed_in("other_agent")
    assert post(other, f"/projects/{project.id}/supplement", {"kind": "normal", "name": "补充"}).status_code == 404
