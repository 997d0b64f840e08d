"""Manual 1.6.1 in the browser: add equipment at a place and of a type, query it with its repairs, move it."""

from __future__ import annotations

from sqlalchemy import select

from app.models import Equipment


def test_equipment_is_added_queried_and_moved(person, city, session):
    agent = person("agent")
    page = agent.page
    agent.menu("设施设备查询")
    agent.sees("安居苑", "1号电梯")

    # add: place and type in the trees, a new row, typed and saved from the keyboard
    page.locator(".register-trees a.node", has_text="2幢").click()
    agent.settled()
    page.locator("summary[aria-label='屋面的下级']").click()
    page.locator(".register-trees a.node", has_text="防水层").click()
    agent.settled()
    agent.link("添加")
    page.keyboard.type("天沟防水")  # the cursor stands in the new row
    page.get_by_label("安装日期", exact=True).fill("2020-05-01")
    page.get_by_label("保修截止", exact=True).fill("2019-05-01")
    page.get_by_label("型号").press("Enter")
    agent.settled()
    agent.sees("保修截止日期不能早于安装日期")
    assert page.get_by_label("名称", exact=True).input_value() == "天沟防水"
    page.get_by_label("保修截止", exact=True).fill("")
    page.get_by_label("型号").press("Enter")
    agent.settled()
    agent.sees("已添加设施设备", "天沟防水", "已过保 至 2022-05-01")
    agent.picture("equipment-added")

    # query: the piece's page with its repairs
    agent.link("维修记录", within="tr.is-selected")
    agent.sees("没有维修记录", "添加设施设备", "李维")
    page.go_back()
    agent.settled()

    # move: ticked, another place in the drop-down tree
    page.check("[aria-label='选择 天沟防水']")
    page.check("[aria-label='选择 2幢屋面']")
    page.click("#move .dropdown-toggle")
    page.fill("[data-find-place]", "1幢2单元")
    page.click(".move-to [data-place='1幢2单元']")
    agent.sees("移动到")
    page.click("#confirm-ok")
    agent.settled()
    agent.sees("已移动所选设施设备")
    session.rollback()
    moved = session.scalars(select(Equipment).where(Equipment.unit_id == city.units[1].id).order_by(Equipment.id)).all()
    assert [piece.name for piece in moved] == ["2号电梯", "2幢屋面", "天沟防水"]
