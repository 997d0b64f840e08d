"""Manual 1.2 in the browser: 信息变更 and 机构用户管理, with the buttons and words of the manual."""

from __future__ import annotations

import re

import pytest

from tests.factories.office import CODE, IDENTITY, MOBILE, Office, add_office, pdf
from tests.factories.people import PASSWORD

NEW_NAME, NEW_PASSWORD = "安居物业集团有限公司", "Another-2026"


@pytest.fixture
def office(session, city, cast) -> Office:
    return add_office(session, cast)


def test_information_is_changed_and_a_clerk_looks_at_the_licence(person, office):
    """1.2.1: 机构管理 >> 信息变更, fill in, 保存."""
    admin, clerk = person("org_admin"), person("clerk")
    admin.menu("信息变更")
    admin.fill("名称", NEW_NAME)
    admin.fill("成立日期", "2009-04-18")
    admin.upload("#file", "营业执照.pdf", pdf(), "application/pdf")
    admin.fill("电子邮箱", "office")
    admin.press("保存")
    admin.sees("电子邮箱不正确", "营业执照.pdf 已上传")  # nothing typed or chosen is lost
    admin.fill("电子邮箱", "office@anju.example")
    admin.press("保存")
    admin.sees("已保存，信息变更即时生效", "证照待核对", "安居物业服务有限公司 → 安居物业集团有限公司")
    admin.picture("organisation-profile")
    admin.menu("我的业务单")
    admin.sees("信息变更：名称、成立日期、电子邮箱、证照扫描件", "已完成")
    clerk.menu("机构信息变更")
    clerk.sees(NEW_NAME, "证照待核对")
    clerk.link("核对", "main td.acts")
    clerk.sees("安居物业服务有限公司", NEW_NAME, "营业执照.pdf")
    clerk.press("退回")
    clerk.sees("退回须填写原因")
    clerk.press("已核对")
    clerk.sees("证照已核对")
    admin.menu("信息变更")
    admin.sees("证照已核对")
    assert admin.page.inner_text("h1").strip() == "信息变更"  # the mark has gone
    assert (office.own().name, office.own().credit_code, office.own().licence_unverified) == (NEW_NAME, CODE, False)


def test_users_are_added_changed_viewed_deactivated_and_activated(person, office):
    """1.2.2, in the manual's order; the new agent signs in and is put out."""
    admin, agent = person("org_admin"), person("")
    admin.menu("机构用户管理")
    admin.link("添加用户")
    for label, value in (("用户名", "new.agent"), ("姓名", "新人"), ("身份证号码", IDENTITY), ("手机", MOBILE)):
        admin.fill(label, value)
    admin.page.check("text=代办人员（维修）")
    admin.page.check("text=安居苑")
    admin.press("添加")
    admin.sees("已添加用户", "待改初始密码", "330101************")
    given = admin.page.inner_text("strong.code")

    def sign_in(password: str) -> None:
        agent.page.goto("/login")
        if agent.page.locator("[name=username]").count():  # not signed in any more
            agent.page.fill("[name=username]", "new.agent")
            agent.page.fill("[name=password]", password)
            agent.page.click("main button[type=submit]")
        agent.settled()

    sign_in(given)
    agent.fill("原密码", given)
    agent.page.fill("[name=password]", NEW_PASSWORD)
    agent.page.fill("[name=again]", NEW_PASSWORD)
    agent.press("保存")
    sign_in(NEW_PASSWORD)
    agent.sees("新人")

    def choose(name: str, button: str, *, sure: bool = False) -> None:
        admin.menu("机构用户管理")
        admin.page.click(f"tr:has-text('{name}') td:nth-child(4)")
        admin.press(button, sure=sure)

    choose("新人", "修改用户")
    admin.fill("姓名", "新人甲")
    admin.page.check("text=代办人员（收益交款）")
    admin.press("修改")
    admin.sees("已修改用户", "代办人员（维修）、代办人员（收益交款）")
    choose("新人甲", "查看用户")
    admin.sees("用户信息与角色", "安居苑", "138****8000")
    sign_in(NEW_PASSWORD)  # the changed roles have put the agent out
    choose("新人甲", "注销用户", sure=True)
    admin.sees("已注销用户")
    agent.page.goto("/account/")
    agent.settled()
    assert re.search("/login", agent.page.url)
    sign_in(NEW_PASSWORD)
    assert "新人甲" not in agent.page.inner_text("body")
    choose("新人甲", "激活用户", sure=True)
    admin.sees("已激活用户")
    sign_in(NEW_PASSWORD)
    agent.sees("新人甲")
    assert PASSWORD != NEW_PASSWORD
