"""我的物业区域, 合同到期提醒, the start page, 历史项目: what each side sees before and after a change."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.models import ServiceContract
from app.transaction import unit_of_work
from tests.screens.area_change.test_form import text_of, words_of

WARNED = "物业服务合同即将到期：安居苑"


def ends(city, day) -> None:
    with unit_of_work() as work:
        work.get(ServiceContract, city.contract.id).ends_on = day


@pytest.mark.parametrize(("days", "flagged"), [(0, True), (40, True), (60, True), (61, False)])
def test_contract_that_ends_soon_is_flagged_to_both_sides(changes, signed_in, city, days, flagged):
    ends(city, changes.today + timedelta(days=days))
    left = f"还有 {days} 天到期" if days else "今天到期"
    for client in (signed_in("org_admin"), signed_in("agent")):
        assert [WARNED in text_of(client.get("/")), left in text_of(client.get("/my-areas/"))] == [flagged] * 2
    page = words_of(signed_in("clerk").get("/contracts/"))
    assert ("共 1 份，尚无后续合同" in page, "安居物业服务有限公司" in page) == (flagged, flagged)
    assert WARNED not in text_of(signed_in("other_admin").get("/"))


def test_renewal_takes_the_flag_away(changes, signed_in, city):
    ends(city, changes.today + timedelta(days=10))
    starts_on = changes.today + timedelta(days=11)
    with unit_of_work() as work:
        work.add(ServiceContract(organisation_id=city.company.id, area_id=city.area.id, starts_on=starts_on))
    assert WARNED not in text_of(signed_in("org_admin").get("/"))
    assert "没有即将到期的合同" in words_of(signed_in("clerk").get("/contracts/"))


def test_area_without_a_company_is_listed_for_the_department(changes, signed_in, city):
    day = changes.today - timedelta(days=1)
    ends(city, day)
    page = words_of(signed_in("clerk").get("/contracts/")).split("现无物业服务企业的物业区域")[1]
    assert f"安居苑 城中区 安居物业服务有限公司 {day.isoformat()}" in page and "共 1 个" in page


def test_my_areas_tell_contract_houses_area_and_projects(changes, signed_in, city):
    page = words_of(signed_in("org_admin").get("/my-areas/"))
    assert "安居苑" in page and "合计 1 个区域" in page and "鸿雁苑" not in page
    assert "没有符合条件的物业区域" in words_of(signed_in("org_admin").get("/my-areas/?search=鸿雁"))


def test_each_side_sees_its_own_after_the_change(changes, signed_in, city):
    repairs = changes.repairs
    a, b = repairs.houses([100_000, 100_000])
    project = repairs.project([{a: 50_000, b: 50_000}], [100_000])
    changes.approved(city.area)
    old, new, strange = signed_in("org_admin"), signed_in("other_admin"), signed_in("other_agent")
    kept = changes.handovers()[0].id
    assert "还没有物业区域" in words_of(old.get("/my-areas/"))
    assert f"{project.name} {project.number}" in words_of(old.get("/handovers/"))
    assert "移交给“鸿雁物业服务有限公司”时的记录" in words_of(old.get(f"/handovers/{kept}/"))
    assert old.get(f"/projects/{project.id}/basics").status_code == 404
    assert "合计 2 个区域" in words_of(new.get("/my-areas/"))
    assert new.get(f"/projects/{project.id}/basics").status_code == 200
    for client in (new, strange):
        assert client.get(f"/handovers/{kept}/").status_code in (403, 404)
        assert project.number not in words_of(client.get("/handovers/"))


def test_start_page_of_the_department_counts_both(changes, signed_in, city):
    ends(city, changes.today + timedelta(days=40))
    ends(city.other, changes.today - timedelta(days=1))
    told = words_of(signed_in("clerk").get("/"))
    assert "60 天内到期的物业服务合同 1 现无物业服务企业的物业区域 1" in told
