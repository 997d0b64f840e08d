"""The clerk keeps houses: one is split, two become one, one is sold; the money follows and the books are whole."""

from __future__ import annotations

from sqlalchemy import select

from app.ledger import checks
from app.models import House, HouseAccount
from tests.support.browser import axe_violations


def balances(session, area_id: int) -> dict[str, tuple[int, int]]:
    """{label: (principal, interest)} of the area's living houses, fen."""
    session.rollback()
    query = select(House.label, HouseAccount.principal, HouseAccount.interest)
    query = query.join(HouseAccount, HouseAccount.house_id == House.id)
    rows = session.execute(query.where(House.area_id == area_id, House.ended_on.is_(None)))
    return {label: (principal, interest) for label, principal, interest in rows}


def row(clerk, place: int, **values: str) -> None:
    """Type into the cells of a row of the form."""
    for name, value in values.items():
        clerk.page.locator(f"[data-rows] [name={name}]").nth(place).fill(value)


def test_the_clerk_splits_merges_and_sells(person, session, city):
    """12,000.00 + 123.45 of 89.46 m² over 46.00 and 43.46: 6,170.36 + 63.48 and 5,829.64 + 59.97."""
    clerk, house = person("clerk"), city.houses[0]
    before = balances(session, city.area.id)

    clerk.open("/houses/list/?_flt_0_area=安居苑")
    clerk.link("1幢1单元101")
    clerk.link("分户")
    row(clerk, 0, room="101", floor_area="46.00")
    row(clerk, 1, room="101A", floor_area="43.40", owner="何新、吕新")
    clerk.sees("合计比原面积少 0.06 m²")
    clerk.fill("原因或依据", "不动产权证书分割登记")
    clerk.press("预览")
    clerk.sees("各户建筑面积合计 89.40 m²，须等于原面积 89.46 m²，相差 0.06 m²")
    row(clerk, 1, floor_area="43.46")
    clerk.press("预览")
    clerk.sees("6,170.36", "63.48", "5,829.64", "59.97", "何新、吕新")
    clerk.picture("house-split")
    clerk.press("确认分户")
    clerk.sees("分户已办理", "1幢1单元101A")
    after = balances(session, city.area.id)
    assert (after["1幢1单元101"], after["1幢1单元101A"]) == ((6170_36, 63_48), (5829_64, 59_97))

    clerk.link("1幢1单元101A")
    clerk.link("合户")
    clerk.page.locator(".select2-search__field").first.click()
    clerk.page.keyboard.type("单元102")
    clerk.page.locator(".select2-results__option", has_text="1幢1单元102").first.click()
    assert axe_violations(clerk.page) == []
    row(clerk, 0, room="102")
    clerk.fill("原因或依据", "两套打通使用")
    clerk.press("预览")
    clerk.sees("18,013.06", "何新、吕新、张二")  # 5,829.64 + 59.97 + 12,000.00 + 123.45
    clerk.press("确认合户")
    clerk.sees("合户已办理")

    clerk.page.locator("main table a", has_text="1幢1单元102").last.click()
    clerk.settled()
    clerk.link("过户")
    row(clerk, 0, owner="孙买")
    clerk.fill("原因或依据", "存量房买卖合同")
    clerk.press("预览")
    clerk.press("确认过户")
    clerk.sees("过户已办理", "孙买", "没有记账")

    end = balances(session, city.area.id)
    assert sum(map(sum, end.values())) == sum(map(sum, before.values()))
    assert end["1幢1单元102"] == (17829_64, 183_42)
    assert checks.verify(session) == []
    clerk.open(f"/accounts/{house.id}")
    clerk.sees("已注销", "分户 1幢1单元101")
    clerk.picture("account-ended")
