"""分户账查询: what the list sums, one account with its running balance, and whose it is."""

from __future__ import annotations

import io

import openpyxl

from tests.screens.generated.forms import text_of


def test_company_sees_its_own_accounts_with_their_sum(signed_in, city):
    page = text_of(signed_in("agent").get("/accounts/"))
    assert "鸿雁" not in page
    assert "全部 12 户合计" in page
    assert '<td class="num">106,402.96</td>' in page


def test_account_of_another_company_does_not_exist(signed_in, city):
    other = city.other.houses[0].id
    assert signed_in("agent").get(f"/accounts/{other}").status_code == 404
    assert signed_in("agent").get(f"/accounts/{other}/export").status_code == 404


def test_account_shows_balance_and_entries(signed_in, city):
    page = text_of(signed_in("finance").get(f"/accounts/{city.houses[0].id}"))
    assert "12,123.45" in page
    assert "本期合计 1 笔" in page
    assert "占首期交存额" in page


def test_filter_by_balance_in_yuan(signed_in, city):
    page = text_of(signed_in("agent").get("/accounts/?low=15,000&high=15200.01"))
    assert "全部 2 户合计" in page


def test_accounts_below_the_threshold(signed_in, city):
    page = text_of(signed_in("agent").get("/accounts/?renewal=1"))
    assert "全部 2 户合计" in page  # 1,500.50 and 0.00 of 10,000.00


def test_bad_key_and_day_answer_400(signed_in, city):
    client = signed_in("agent")
    assert client.get("/accounts/?area_id=x").status_code == 400
    assert client.get(f"/accounts/{city.houses[0].id}?since=x").status_code == 400


def test_export_of_the_entries(signed_in, city):
    answer = signed_in("agent").get(f"/accounts/{city.houses[0].id}/export")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.get_data())).active
    rows = [[cell.value for cell in row] for row in sheet]
    assert rows[0] == ["日期", "业务", "凭证号", "摘要", "本金（元）", "利息及收益（元）", "余额（元）"]
    assert rows[1][1:3] == ["期初", "00000001"]
    assert rows[1][4:] == [12000, 123.45, 12123.45]
