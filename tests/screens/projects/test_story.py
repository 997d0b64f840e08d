"""记录: the whole story of a project, in words, with papers and money, for the company and for the department."""

from __future__ import annotations

import io
import re

import pytest
from openpyxl import load_workbook

from app.models import Application
from tests.factories.repairs import YUAN, Repairs
from tests.support.workbench import items_of, post, send, text_of

pytestmark = pytest.mark.isolation


@pytest.fixture
def told(session, city, cast):
    """A project that has been paid once: {"project", "application"}."""
    repairs = Repairs(session, city, cast)
    first, second = repairs.houses([500 * YUAN, 500 * YUAN])
    project = repairs.running([{first: 100 * YUAN, second: 200 * YUAN}], [120 * YUAN, 180 * YUAN])
    repairs.paid_out(project, 1, 120 * YUAN)
    return project


def lines(page: str) -> list[str]:
    """The story's lines without their markup, times left out."""
    items = re.findall(r"<li class=\"[\w-]*\"><time.*?</time>(.*?)</li>", page.replace("\n", ""), re.S)
    return [" ".join(re.sub(r"<[^>]*>", " ", item).split()) for item in items]


def test_story_tells_votes_notices_reviews_transfers_and_money(told, signed_in):
    page = text_of(signed_in("agent").get(f"/projects/{told.id}/records?size=200"))
    found = lines(page)
    money = [line for line in found if line.startswith("资金")]
    assert [line.split(" ")[-4:] for line in money] == [["****0001", "120.00", "元", "云溪银行城中支行"]]
    assert {line.split(" ")[0] for line in found} == {"编制与状态", "表决", "公示", "业务单与审核", "划转", "资金"}
    assert len([line for line in found if line.startswith("业务单") and "同意" in line]) == 4  # two levels of two


def test_filter_shows_one_kind_and_strange_ones_answer_400(told, signed_in):
    agent = signed_in("agent")
    found = lines(text_of(agent.get(f"/projects/{told.id}/records?kind=votes")))
    assert {line.split(" ")[0] for line in found} == {"表决"}
    assert agent.get(f"/projects/{told.id}/records?kind=x").status_code == 400


def test_changes_stand_in_words(agent, project, session):
    item = items_of(session, project)[0]
    send(agent, f"/projects/{project.id}/items/save", {"items": [{"id": item.id, "budget": "1,234.50"}]})
    page = text_of(agent.get(f"/projects/{project.id}/records"))
    assert re.findall(r"<ul class=\"change-lines\"><li>(.*?)</li>", page) == [
        f"{item.equipment.name} · 预算金额：0.00 → 1,234.50",
        "项目名称：— → 电梯与屋面维修",
    ]


def test_company_reads_no_name_of_the_bank_and_the_department_all(told, signed_in):
    def who(user: str) -> set[str]:
        page = text_of(signed_in(user).get(f"/projects/{told.id}/records?kind=transfers"))
        return set(re.findall(r'<span class="who">(.*?)</span>', page))

    department, bank = "云溪市物业专项维修资金管理中心", "云溪银行城中支行"
    assert who("agent") == {f"钱财 · {department}", bank}
    assert who("reviewer") == {f"钱财 · {department}", f"孙行 · {bank}"}


def test_prints_of_the_department_are_its_own_matter(told, signed_in, session):
    application = session.query(Application).order_by(Application.id).first()
    assert signed_in("reviewer").get(f"/papers/initiation_application/{application.id}.pdf").status_code == 200
    address = f"/projects/{told.id}/records?kind=papers"
    assert [line.rsplit(" ", 3)[0] for line in lines(text_of(signed_in("reviewer").get(address)))] == [
        "文书 打印维修项目立项申请单",
        "文书 存档：维修项目立项申请单",
    ]
    seen = text_of(signed_in("agent").get(address))
    assert [line.split(" ")[1] for line in lines(seen)] == ["存档：维修项目立项申请单"]
    kept = re.search(r'href="(/papers/kept/\d+\.pdf)"', seen).group(1)
    assert signed_in("agent").get(kept).data[:5] == b"%PDF-"
    assert signed_in("other_agent").get(kept).status_code == 404
    assert signed_in("bank").get(kept).status_code == 403


def test_excel_holds_what_the_page_tells(told, signed_in):
    answer = signed_in("agent").get(f"/projects/{told.id}/records.xlsx?kind=money")
    rows = list(load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))
    assert rows[0] == ("时间", "类别", "办理人", "机构", "事项", "意见", "变更内容", "金额（元）")
    assert [(row[1], row[2], row[7]) for row in rows[1:]] == [("资金", "云溪银行城中支行", 120)]


def test_other_companies_have_no_story_of_it(told, signed_in):
    assert signed_in("other_agent").get(f"/projects/{told.id}/records").status_code == 404
    assert signed_in("other_agent").get(f"/projects/{told.id}/records.xlsx").status_code == 404


def test_copy_is_asked_once_and_keeps_what_was_typed(told, signed_in):
    agent = signed_in("agent")
    assert "电梯维修 2（复制）" in text_of(agent.get(f"/projects/{told.id}/copy"))
    refused = post(agent, f"/projects/{told.id}/copy", {"name": "再修", "reason": ""})
    assert (refused.status_code, 'value="再修"' in text_of(refused)) == (422, True)
    made = post(agent, f"/projects/{told.id}/copy", {"name": "再修", "reason": "老化"})
    assert made.location.endswith("/basics")
    assert "复制自 " + told.number in text_of(agent.get(made.location.replace("basics", "records")))
    assert signed_in("clerk").get(f"/projects/{told.id}/copy").status_code == 403
    assert signed_in("other_agent").get(f"/projects/{told.id}/copy").status_code == 404
