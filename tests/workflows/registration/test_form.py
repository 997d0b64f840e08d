"""机构注册 over HTTP: every rule, nothing lost, nothing taken that does not belong (manual 1.1)."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select

from app.domain.enums import OrganisationKind, WishState
from app.models import AreaWish, Attachment, AuditEvent, Organisation, PlatformUser, RegistrationDraft, ServiceContract
from app.workflows.registration.kinds import AGREEMENT
from tests.conftest import sign_in
from tests.factories.people import PASSWORD
from tests.factories.strangers import CODE, COMMITTEE, COMPANY, IDENTITY, MOBILE, OTHER_CODE, faults_of, scan
from tests.workflows.registration.conftest import administrator, asked, newest, wishes

pytestmark = pytest.mark.workflow


def organisations(session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Organisation))


def test_a_company_is_stored_as_it_was_typed(app, session, registered, free_area):
    made = registered()
    assert (made.kind, made.name, made.credit_code) == (
        OrganisationKind.PROPERTY_COMPANY, "和润物业管理有限公司", CODE,
    )  # fmt: skip
    assert (made.founded_on, made.registered_capital, made.qualification) == (date(2010, 5, 1), 500_000_000, "二级")
    assert (made.phone, made.email, made.agreement_version) == (MOBILE, "herun@example.test", AGREEMENT)
    assert (made.papers_confirmed, made.active, made.confirmed_by_id) == (False, True, None)
    assert made.registered_at is not None
    user = administrator(session, made)
    assert (user.username, user.first_name, user.identity_number) == ("herun.deng", "邓小明", IDENTITY)
    assert [role.name for role in user.roles] == ["OrgAdmin"]
    assert [(wish.area_id, wish.state) for wish in wishes(session, made)] == [(free_area.id, WishState.WAITING)]
    files = session.scalars(select(Attachment).where(Attachment.organisation_id == made.id)).all()
    assert sorted(file.requirement_id for file in files) == sorted(row.id for row in asked(session))
    assert {(file.subject, file.subject_id, file.uploaded_by_id) for file in files} == {
        ("organisations", made.id, user.id)
    }
    assert session.scalars(select(RegistrationDraft)).all() == []
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "register")).one()
    assert (event.actor_id, event.address, event.subject_id) == (user.id, "192.0.2.1", str(made.id))
    assert session.scalar(select(func.count()).where(ServiceContract.organisation_id == made.id)) == 0
    sign_in(app.test_client(), "herun.deng")  # at once


def test_the_success_page_leads_to_sign_in_and_to_the_paper(app, stranger, session, free_area):
    somebody = stranger()
    somebody.upload_all()
    address = somebody.submit(area=str(free_area.id)).location
    text = somebody.client.get(address).get_data(as_text=True)
    assert "注册成功" in text and 'href="/login"' in text
    paper = somebody.client.get(address + "/form.pdf")
    assert (paper.status_code, paper.mimetype) == (200, "application/pdf")
    pages = PdfReader(io.BytesIO(paper.data)).pages
    text = "".join("".join(page.extract_text().split()) for page in pages)
    printed = (
        "物业服务企业注册登记表", f"企业名称和润物业管理有限公司统一社会信用代码{CODE}",
        "法定代表人邓启明成立日期2010年5月1日", "注册资本5,000,000.00元资质等级二级", f"联系人邓小明手机{MOBILE}",
        "herun@example.test", "1城中区望江新邨", "盖章处",
    )  # fmt: skip
    assert (len(pages), [words for words in printed if words not in text]) == (1, [])
    assert app.test_client().get(address[:-6] + "forged").status_code == 404


def test_the_success_page_says_of_each_area_what_will_become_of_it(app, stranger, city, free_area):
    """One that has a company passes only by 变更物业区域物业服务企业; for a committee that is no hindrance."""
    told = {}
    owners = {"username": "anju.owners", "credit_code": "", "name": "安居苑业主委员会", "area": str(city.area.id)}
    both = {"area": [str(city.area.id), str(free_area.id)]}
    for page, values in ((COMPANY, both), (COMMITTEE, owners)):
        somebody = stranger(page)
        somebody.upload_all()
        answer = somebody.submit(**values)
        assert answer.status_code == 302, faults_of(answer)
        rows = re.findall(
            r'<td class="main-cell">([^<]+)</td>.*?<td data-label="何时[^>]*>([^<]+)</td>',
            somebody.client.get(answer.location).get_data(as_text=True), re.DOTALL,
        )  # fmt: skip
        told[page] = {name: " ".join(words.split()) for name, words in rows}
    assert told == {
        COMPANY: {
            "安居苑": "已有物业服务企业：须登录后办理“变更物业区域物业服务企业”，审核通过后由本企业服务",
            "望江新邨": "窗口核对注册资料后开通",
        },
        COMMITTEE: {"安居苑": "窗口核对注册资料后开通"},
    }


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "请填写名称"),
        ("credit_code", "", "请填写统一社会信用代码"),
        ("credit_code", CODE[:-1] + "X", "统一社会信用代码校验位不正确"),
        ("credit_code", CODE[:-1], "统一社会信用代码应为 18 位，现为 17 位"),
        ("legal_representative", " ", "请填写姓名"),
        ("address", "", "请填写地址"),
        ("founded_on", "2010-02-30", "日期无效，格式为 2026-01-31"),
        ("founded_on", "2199-01-01", "成立日期不能晚于今天"),
        ("registered_capital", "五百万", "金额不是有效的数字：五百万"),
        ("contact", "", "请填写联系人"),
        ("phone", "12345", "手机号码应为 1 开头的 11 位数字"),
        ("email", "herun@", "电子邮箱不正确，应如 name@example.com"),
        ("agent_name", "", "请填写经办人姓名"),
        ("agent_identity", IDENTITY[:-1] + "3", "身份证号码校验位不正确"),
        ("agent_identity", "330101199013070012", "身份证号码中的出生日期不正确"),
        ("username", "", "请填写登录名"),
        ("username", "和润", "用户名只能用英文字母、数字、点、横线和下划线"),
        ("username", "ab", "用户名应为 3 至 64 个字"),
        ("password", "short", "两次输入的密码不一致"),
        ("agree", None, "请先阅读并同意机构注册协议"),
        ("agreement", "2020-1", "机构注册协议已更新，请重新阅读后再提交"),
        ("area", None, "请选择或填写要管理的物业区域"),
        ("area", "999999", "请选择或填写要管理的物业区域"),
    ],
)
def test_each_rule_is_told_at_its_field_and_what_was_typed_stays(
    stranger, session, free_area, field, value, sentence
):
    somebody, before = stranger(), organisations(session)
    somebody.upload_all()
    answer = somebody.submit(**{"area": str(free_area.id), field: value})
    assert answer.status_code == 422
    assert faults_of(answer) == [sentence]
    text = answer.get_data(as_text=True)
    for name, typed in somebody.values.items():
        if name not in (field, "password", "again", "agree", "agreement"):
            assert f'value="{typed}"' in text, name
    assert text.count("营业执照.pdf</span>") == 3
    assert organisations(session) == before


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("Ab1", "密码至少 10 位"),
        ("abcdefghij", "密码须含大写字母、小写字母、数字、其他字符中的至少三类"),
        ("Herun.Deng-2026", "密码不能是登录名或包含登录名"),
        ("Password123", "密码过于常见，请换一个"),
    ],
)
def test_weak_passwords_are_refused(stranger, free_area, password, sentence):
    somebody = stranger()
    somebody.upload_all()
    answer = somebody.submit(area=str(free_area.id), password=password, again=password)
    assert (answer.status_code, faults_of(answer)) == (422, [sentence])


def test_a_right_password_need_not_be_typed_twice(app, stranger, session, free_area):
    somebody = stranger()
    somebody.upload_all()
    text = somebody.submit(area=str(free_area.id), phone="1").get_data(as_text=True)
    assert "密码已填写，不改的不必再填。" in text and PASSWORD not in text
    assert somebody.submit(area=str(free_area.id), password="", again="").status_code == 302
    sign_in(app.test_client(), "herun.deng")


def test_a_password_is_asked_again_for_another_login_name(stranger, free_area):
    somebody = stranger()
    somebody.upload_all()
    somebody.submit(area=str(free_area.id), phone="1")
    answer = somebody.submit(area=str(free_area.id), password="", again="", username="deng")
    assert faults_of(answer) == ["请填写密码"]


def test_missing_papers_are_named(stranger, free_area):
    answer = stranger().submit(area=str(free_area.id))
    assert faults_of(answer) == [
        "请上传“营业执照”", "请上传“法定代表人身份证明”", "请上传“授权委托书及经办人身份证”",
    ]  # fmt: skip


def test_files_come_with_the_form_too_and_stay(stranger, session, free_area):
    somebody = stranger()
    files = {f"file-{row.id}": (io.BytesIO(scan()), f"{row.name}.pdf") for row in asked(session)}
    answer = somebody.submit(area=str(free_area.id), phone="1", **files)
    assert faults_of(answer) == ["手机号码应为 1 开头的 11 位数字"]
    assert "授权委托书及经办人身份证.pdf" in answer.get_data(as_text=True)
    assert somebody.submit(area=str(free_area.id)).status_code == 302


def test_files_are_the_visitors_own(stranger, session):
    somebody, other = stranger(), stranger()
    key = somebody.upload(asked(session)[0].id).json["files"][0]["id"]
    assert "营业执照.pdf" in somebody.client.get(COMPANY).get_data(as_text=True)
    assert "营业执照.pdf" not in other.client.get(COMPANY).get_data(as_text=True)
    assert other.client.post(f"/public/register/files/{key}/drop", data=other.hidden()).status_code == 404
    assert somebody.client.post(f"/public/register/files/{key}/drop", data=somebody.hidden()).status_code == 200
    assert "营业执照.pdf" not in somebody.client.get(COMPANY).get_data(as_text=True)


def test_held_files_are_downloaded_by_nobody(stranger, session, signed_in):
    key = stranger().upload(asked(session)[0].id).json["files"][0]["id"]
    for name in ("agent", "clerk"):
        assert signed_in(name).get(f"/attachments/{key}").status_code == 404


def test_a_file_for_no_requirement_is_refused(stranger):
    assert stranger().upload(999).status_code == 422


def test_areas_are_searched_by_name_and_show_nothing_else(stranger, city, free_area):
    client = stranger().client
    found = client.get("/public/register/areas?search=苑").json
    assert found == {
        "areas": [
            {"id": city.area.id, "name": "安居苑", "district": "城中区"},
            {"id": city.other.area.id, "name": "鸿雁苑", "district": "城中区"},
        ],
        "page": 1, "pages": 1, "total": 2,
    }  # fmt: skip
    assert client.get("/public/register/areas?search=%25").json["total"] == 0
    assert client.get("/public/register/areas?page=x").status_code == 400


def test_areas_are_searched_without_script(stranger, free_area):
    somebody = stranger()
    text = somebody.submit(do="search", search="望江").get_data(as_text=True)
    assert f'name="area" value="{free_area.id}"' in text
    assert 'value="和润物业管理有限公司"' in text


def test_areas_not_listed_may_be_typed(session, registered, city):
    made = registered(area=None, typed_district=str(city.district.id), typed_name="新湖小区")
    assert [(wish.area_id, wish.district_id, wish.typed_name) for wish in wishes(session, made)] == [
        (None, city.district.id, "新湖小区")
    ]


def test_typed_area_without_district_comes_back(stranger, free_area):
    somebody = stranger()
    somebody.upload_all()
    answer = somebody.submit(area=str(free_area.id), typed_name="新湖小区")
    assert faults_of(answer) == ["请选择物业区域所在区"]
    assert 'value="新湖小区"' in answer.get_data(as_text=True)


def test_the_same_area_twice_is_one_wish(session, registered, free_area):
    assert len(wishes(session, registered(area=[str(free_area.id)] * 2))) == 1


def test_a_committee_has_its_own_words_and_needs_no_code(stranger, session, free_area):
    somebody = stranger(COMMITTEE)
    text = somebody.client.get(COMMITTEE).get_data(as_text=True)
    for words in ("业主委员会注册", "业主委员会名称", "业主委员会主任", "业主委员会备案证明", "所在物业区域"):
        assert words in text
    assert "注册资本" not in text and "营业执照" not in text
    somebody.upload_all()
    answer = somebody.submit(area=str(free_area.id), credit_code="", registered_capital="5", qualification="一级")
    made = newest(session)
    assert (made.kind, made.credit_code) == (OrganisationKind.OWNERS_COMMITTEE, None)
    assert (made.registered_capital, made.qualification) == (None, "")
    assert "打印业主委员会注册登记表" in somebody.client.get(answer.location).get_data(as_text=True)


def test_a_committee_is_of_one_area(stranger, city, free_area):
    somebody = stranger(COMMITTEE)
    somebody.upload_all()
    answer = somebody.submit(area=[str(free_area.id), str(city.area.id)])
    assert faults_of(answer) == ["业主委员会只能选择一个物业区域"]


@pytest.mark.parametrize(
    "field",
    [
        "organisation_id", "kind", "roles", "papers_confirmed", "confirmed_by_id", "active", "id", "licence_unverified",
        "registered_at", "agreement_version", "state", "version", "must_change_password", "user_id", "is_admin",
    ],
)  # fmt: skip
def test_fields_that_do_not_belong_are_not_looked_at(session, registered, cast, field):
    made = registered(**{field: str(cast.organisations.company.id), "roles": "Clerk", "papers_confirmed": "y"})
    assert made.id != cast.organisations.company.id
    assert (made.kind, made.papers_confirmed, made.active) == (OrganisationKind.PROPERTY_COMPANY, False, True)
    assert (made.confirmed_by_id, made.licence_unverified, made.agreement_version) == (None, False, AGREEMENT)
    user = administrator(session, made)
    assert [role.name for role in user.roles] == ["OrgAdmin"]
    assert (user.organisation_id, user.must_change_password) == (made.id, False)
    assert [wish.state for wish in wishes(session, made)] == [WishState.WAITING]


def test_submitting_twice_registers_once(stranger, session, free_area):
    somebody, before = stranger(), organisations(session)
    somebody.upload_all()
    hidden = somebody.hidden()
    answers = [somebody.submit(area=str(free_area.id), **hidden) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].location == answers[1].location
    assert organisations(session) == before + 1
    assert session.scalar(select(func.count()).select_from(AreaWish)) == 1


def test_a_taken_credit_code_is_not_told(stranger, session, registered, free_area):
    registered()
    somebody, count = stranger(), organisations(session)
    somebody.upload_all()
    answer = somebody.submit(area=str(free_area.id), username="other")
    assert (answer.status_code, faults_of(answer)) == (
        422, ["根据所填信息无法在网上登记，请携带营业执照（或备案证明）和经办人身份证到受理窗口办理"],
    )  # fmt: skip
    assert organisations(session) == count


def test_a_taken_login_name_is_told_whatever_the_code(stranger, session, registered, free_area):
    registered()
    for code in (CODE, OTHER_CODE):
        somebody = stranger(address="192.0.2.7")
        somebody.upload_all()
        answer = somebody.submit(area=str(free_area.id), credit_code=code, username="HERUN.deng")
        assert faults_of(answer) == ["用户名“herun.deng”已被使用"]
    session.rollback()
    assert session.scalar(select(func.count()).where(PlatformUser.username == "herun.deng")) == 1
