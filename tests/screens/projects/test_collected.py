"""已收 in the merged list: the company ticks, the department reads, other companies find nothing."""

from __future__ import annotations

import io
import re

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, update

from app.domain.enums import ProjectState
from app.models import CollectedShare, Project
from tests.factories.repairs import Repairs
from tests.support.workbench import post, text_of

pytestmark = pytest.mark.isolation


@pytest.fixture
def filed(session, city, cast):
    """Under review; house 1 is paid by the fund, house 2 owes 60.00 and house 3 30.00."""
    repairs = Repairs(session, city, cast)
    repairs.three = first, second, third = repairs.houses([100_00, 40_00, 70_00])
    project = repairs.ready([{first: 100_00, second: 100_00, third: 100_00}], [100_00, 110_00])
    repairs.submit(repairs.open_initiation(project))
    project = repairs.fresh(project)
    project.page = f"/projects/{project.id}/merged"
    project.save = f"/projects/{project.id}/collected"
    project.houses = [house.id for house in repairs.three]
    project.repairs = repairs
    return project


def boxes(page: str) -> list[tuple[int, bool]]:
    found = re.findall(r'<input type="checkbox" name="collected" value="(\d+)"[^>]*?( checked)?>', page)
    return [(int(house), bool(checked)) for house, checked in found]


def strip(page: str) -> list[str]:
    """What the tab's own summary says, in its order."""
    return re.findall(r"<dd>([\d,.]+) <small>", page)[-4:]


def rows_of(session) -> dict[int, int]:
    session.rollback()
    return dict(session.execute(select(CollectedShare.house_id, CollectedShare.amount)).all())


def test_company_ticks_the_rows_of_its_page_in_one_save(signed_in, session, filed):
    agent, (_, second, third) = signed_in("agent"), filed.houses
    page = text_of(agent.get(filed.page))
    assert boxes(page) == [(second, False), (third, False)]
    assert strip(page) == ["90.00", "0.00", "90.00", "2"]
    answer = post(agent, f"{filed.save}?only=short", {"shown": [second, third], "collected": [second]})
    assert answer.location == f"{filed.page}?only=short"
    assert rows_of(session) == {second: 60_00}
    page = text_of(agent.get(filed.page))
    assert boxes(page) == [(second, True), (third, False)]
    assert strip(page) == ["90.00", "60.00", "30.00", "1"]
    assert boxes(text_of(agent.get(f"{filed.page}?only=open"))) == [(third, False)]


def test_stale_page_is_drawn_again_with_its_ticks(signed_in, session, filed):
    agent, (_, second, third) = signed_in("agent"), filed.houses
    answer = post(agent, filed.save, {"shown": [second, third], "collected": [third], "version": filed.version - 1})
    assert answer.status_code == 409
    assert boxes(text_of(answer)) == [(second, False), (third, True)]
    assert rows_of(session) == {}


def test_broken_form_is_refused(signed_in, session, filed):
    agent, (first, second, third) = signed_in("agent"), filed.houses
    assert post(agent, filed.save, {"shown": [second], "collected": [third]}).status_code == 400
    assert post(agent, filed.save, {"shown": [second], "version": ""}).status_code == 400
    assert post(agent, filed.save, {"shown": ["x"]}).status_code == 404
    assert post(agent, filed.save, {"shown": [first], "collected": [first]}).status_code == 404
    assert rows_of(session) == {}


def test_department_reads_and_other_companies_find_nothing(signed_in, session, filed):
    second = filed.houses[1]
    post(signed_in("agent"), filed.save, {"shown": [second], "collected": [second]})
    clerk, stranger = signed_in("clerk"), signed_in("other_agent")
    page = text_of(clerk.get(filed.page))
    assert (boxes(page), re.findall(r"<td>(?:<span[^>]*>)?(已收|未收|—)<", page)) == ([], ["—", "已收", "未收"])
    assert post(clerk, filed.save, {"shown": [second]}).status_code == 403
    assert stranger.get(filed.page).status_code == 404
    assert post(stranger, filed.save, {"shown": [second]}).status_code == 404
    assert rows_of(session) == {second: 60_00}


def test_closed_project_is_only_read(signed_in, session, filed):
    """办结: what was ticked stays to be read, by the company too; nothing can be ticked any more."""
    agent, (_, second, third) = signed_in("agent"), filed.houses
    post(agent, filed.save, {"shown": [second, third], "collected": [second]})
    session.rollback()
    closed = update(Project.__table__).where(Project.id == filed.id).values(state=ProjectState.CLOSED)
    session.execute(closed)
    session.commit()
    page = text_of(agent.get(filed.page))
    assert (boxes(page), re.findall(r"<td>(?:<span[^>]*>)?(已收|未收|—)<", page)) == ([], ["—", "已收", "未收"])
    answer = post(agent, filed.save, {"shown": [second, third], "collected": [third]})
    assert (answer.status_code, "项目已办结，不能登记业主自筹收款" in text_of(answer)) == (422, True)
    assert rows_of(session) == {second: 60_00}


def test_export_says_what_is_collected(signed_in, session, filed):
    agent, (_, second, third) = signed_in("agent"), filed.houses
    post(agent, filed.save, {"shown": [second, third], "collected": [second]})
    sheet = load_workbook(io.BytesIO(agent.get(f"/projects/{filed.id}/merged.xlsx").get_data())).active
    told = [(row[-2], row[-1]) for row in sheet.iter_rows(values_only=True)]
    assert told == [("业主自筹", "自筹已收"), (0, None), (60, "已收"), (30, "未收")]


def test_draft_has_no_ticks_and_its_kept_draft_says_why(signed_in, session, city, cast):
    repairs = Repairs(session, city, cast)
    (house,) = repairs.houses([40_00])
    draft = repairs.project([{house: 100_00}], [10_00, 30_00])
    agent = signed_in("agent")
    page = text_of(agent.get(f"/projects/{draft.id}/merged"))
    assert (boxes(page), "自筹未收" in page) == ([], False)
    assert f'action="/projects/{draft.id}/delete"' in text_of(agent.get(f"/projects/{draft.id}/basics"))
    repairs.voted(draft)
    page = text_of(agent.get(f"/projects/{draft.id}/basics"))
    assert f'action="/projects/{draft.id}/delete"' not in page
    assert '<span class="reason">项目已发起过业主表决，不能删除</span>' in page
