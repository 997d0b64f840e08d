"""Manual 1.1, first to sixth step: registered on a desk and on a phone, signed in, papers handed in, confirmed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.domain.enums import WishState
from app.models import Area, AreaWish, Organisation
from app.transaction import unit_of_work
from app.workflows.defaults import ensure_required_attachments
from app.workflows.registration import attempts
from tests.factories.people import PASSWORD
from tests.factories.strangers import CODE, IDENTITY, MOBILE, OTHER_CODE, scan
from tests.journeys.person import Person
from tests.support.browser import axe_violations, new_page

FORM = "#registration"


@pytest.fixture
def free_area(session, city):
    """An area that nobody serves, and the department's lists."""
    with unit_of_work() as work:
        ensure_required_attachments(work)
        work.add(Area(
            district_id=city.district.id, escrow_account_id=city.escrow.id, name="望江新邨", address="",
        ))  # fmt: skip
    session.rollback()
    return session.scalars(select(Area).where(Area.name == "望江新邨")).one()


def fill_in(visitor: Person, name: str, code: str, login: str) -> None:
    """第三步: the form, the area searched and ticked, the documents uploaded."""
    page = visitor.page
    texts = {
        "name": name, "credit_code": code, "legal_representative": "邓启明", "address": "云溪市江湾区滨江路 88 号",
        "contact": "邓小明", "phone": MOBILE, "agent_name": "邓小明", "agent_identity": IDENTITY, "username": login,
        "password": PASSWORD, "again": PASSWORD,
    }  # fmt: skip
    for field, text in texts.items():
        page.fill(f"{FORM} [name={field}]", text)
    page.fill(f"{FORM} [name=search]", "望江")
    page.check(".found-areas label:has-text('望江新邨') input")
    page.wait_for_selector("[data-chosen] label:has-text('望江新邨')")
    for place in range(3):
        visitor.upload(f"input[data-hold] >> nth={place}", f"要件{place + 1}.pdf", scan(), "application/pdf")
        page.wait_for_selector(f"[data-held] >> nth={place} >> li:has-text('要件{place + 1}.pdf')")


def submit(visitor: Person) -> None:
    visitor.press("提交", f"{FORM} .panel-footer")


def test_a_company_registers_and_is_confirmed(person, session, free_area):
    visitor = person("")
    visitor.open("/public/")  # 第一步: the public site, the button 注册
    visitor.page.click("header a:has-text('注册') >> nth=-1")
    visitor.link("物业服务企业注册")  # 第二步
    visitor.sees("物业服务企业注册", "机构注册协议")
    fill_in(visitor, "和润物业管理有限公司", CODE[:-1] + "X", "herun")
    submit(visitor)  # 第四步, with a mistake
    visitor.sees("统一社会信用代码校验位不正确", "请先阅读并同意机构注册协议", "要件3.pdf", "密码已填写")
    visitor.page.fill(f"{FORM} [name=credit_code]", CODE)
    visitor.page.check(f"{FORM} [name=agree]")
    submit(visitor)
    visitor.sees("注册成功")  # 第五步
    assert visitor.paper("打印物业服务企业注册登记表").startswith(b"%PDF")
    visitor.link("登录")
    visitor.username = "herun"
    visitor.sign_in()
    visitor.sees("本单位的注册资料尚待窗口核对")
    assert visitor.page.request.get("/projects/new/normal").status == 403
    clerk = person("clerk")  # 第六步: the papers
    clerk.menu("机构注册待核")
    clerk.link("和润物业管理有限公司")
    clerk.press("确认注册资料")
    clerk.sees("还缺纸质件：营业执照、法定代表人身份证明、授权委托书及经办人身份证")
    for box in clerk.page.locator(".paper-tick input").all():
        box.check()
    clerk.press("确认注册资料")
    clerk.sees("注册资料已确认")
    assert axe_violations(clerk.page) == []
    visitor.open("/")
    visitor.sees("管理 1 个物业区域")
    visitor.open("/projects/new/normal")
    visitor.sees("新建正常维修项目")
    session.rollback()
    assert [wish.state for wish in session.scalars(select(AreaWish))] == [WishState.GRANTED]


def test_a_committee_registers_on_a_phone(browser, server, session, free_area):
    visitor = Person(new_page(browser, server, width=390, height=844), "")
    visitor.open("/public/register/")
    visitor.link("业主委员会注册")
    visitor.sees("业主委员会名称", "业主委员会备案证明")
    fill_in(visitor, "望江新邨业主委员会", OTHER_CODE, "wangjiang")
    assert axe_violations(visitor.page) == []
    visitor.page.check(f"{FORM} [name=agree]")
    visitor.page.locator(f"{FORM} .panel-footer button").dblclick()
    visitor.sees("注册成功", "打印业主委员会注册登记表")
    visitor.page.context.close()
    assert visitor.faults == []
    session.rollback()
    names = session.scalars(select(Organisation.name).where(Organisation.registered_at.is_not(None))).all()
    assert names == ["望江新邨业主委员会"]


def test_captcha_is_shown_without_losing_what_was_typed(person, free_area, monkeypatch):
    monkeypatch.setattr(attempts, "needs_captcha", lambda _submissions: True)
    visitor = person("")
    visitor.open("/public/register/company/")
    page = visitor.page
    page.fill(f"{FORM} [name=password]", PASSWORD)
    assert page.inner_text("[data-another]").strip() == "显示验证码"
    page.click("[data-another]")
    page.wait_for_selector("img[data-captcha-picture]")
    assert page.input_value(f"{FORM} [name=password]") == PASSWORD
    assert page.inner_text("[data-another]").strip() == "换一张"
    assert page.evaluate("document.activeElement.name") == "captcha"
