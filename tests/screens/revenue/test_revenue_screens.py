"""收益交款 through the screens: manual 1.4 from the area to the bank, then 收益分摊."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app import clock
from app.domain.enums import RevenueState
from app.models import HouseAccount, Message, RevenueNotice, ServiceContract
from app.transaction import unit_of_work
from tests.conftest import post


@pytest.fixture
def desk(session, city, signed_in):
    return Desk(session, city, signed_in)


class Desk:
    def __init__(self, session, city, signed_in):
        self.session, self.city, self.sign = session, city, signed_in

    def file(self, username: str = "revenue", **changes):
        values = {
            "area": self.city.area.id, "scope": "part", "buildings": self.city.buildings[0].id, "kind": "parking",
            "amount": "1,234.50", "remark": "一季度",
        }  # fmt: skip
        return post(self.sign(username), "/revenue/new", {**values, **changes})

    @property
    def notice(self) -> RevenueNotice:
        self.session.rollback()
        return self.session.scalars(select(RevenueNotice)).one()

    def confirm(self, username: str = "bank", **changes):
        notice = self.notice
        values = {
            "pick": notice.id, f"version-{notice.id}": notice.version, f"serial-{notice.id}": "S1",
            "booked_on": clock.today().isoformat(),
        }  # fmt: skip
        return post(self.sign(username), "/revenue/confirm", {**values, **changes})


def test_from_the_area_to_the_houses(desk):
    assert "受益范围" in desk.sign("revenue").get(f"/revenue/new?area={desk.city.area.id}").text
    filed = desk.file()
    assert (filed.status_code, filed.headers["Location"]) == (302, f"/revenue/{desk.notice.id}/")
    paper = desk.sign("revenue").get(f"/papers/revenue_notice/{desk.notice.id}.pdf")
    assert (paper.status_code, paper.mimetype) == (200, "application/pdf")
    assert "1,234.50" in desk.sign("bank").get("/revenue/").text
    assert (desk.confirm().status_code, desk.notice.state) == (302, RevenueState.PAID)
    finance, address = desk.sign("finance"), f"/revenue-spread/{desk.notice.id}/"
    assert "178.5" in finance.get(address).text
    done = post(finance, address, {"amount": "1,234.50", "version": desk.notice.version})
    assert (done.status_code, desk.notice.state) == (302, RevenueState.DISTRIBUTED)
    shown = finance.get(f"/revenue/{desk.notice.id}/").text
    assert "已分摊 1,234.50 元，未分摊 0.00 元" in shown
    texts = desk.session.scalars(select(Message.text)).all()
    assert f"收益交款通知书 {desk.notice.number} 的 1,234.50 元已到账" in texts


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": ""}, "请选择收益类型"),
        ({"amount": "0"}, "交款金额须大于零"),
        ({"amount": "1.234"}, "金额最多两位小数"),
        ({"buildings": ""}, None),
        ({"scope": "part", "buildings": []}, "请选择受益范围"),
    ],
)
def test_a_wrong_form_keeps_what_was_typed(desk, changes, sentence):
    answer = desk.file(**changes)
    if sentence is None:
        assert answer.status_code == 404
        return
    assert (answer.status_code, sentence in answer.text, "一季度" in answer.text) == (422, True, True)
    assert desk.session.scalars(select(RevenueNotice)).all() == []


def test_the_same_submission_files_once(desk):
    for _ in range(2):
        desk.file(form_key="same-key-of-this-form-0001")
    assert desk.notice.number.startswith("JK")


def test_strangers_find_nothing(desk):
    desk.file()
    for username in ("other_admin", "other_bank"):
        assert desk.sign(username).get(f"/revenue/{desk.notice.id}/").status_code == 404
        assert desk.notice.number not in desk.sign(username).get("/revenue/").text
    assert desk.confirm("other_bank").status_code == 404
    assert desk.sign("agent").get("/revenue/new").status_code == 403
    assert desk.file(area=desk.city.other.area.id).status_code == 404


def test_finance_keeps_what_the_owners_decided(desk):
    desk.file()
    desk.confirm()
    finance, address = desk.sign("finance"), f"/revenue/{desk.notice.id}/keep"
    spent = sum(desk.session.scalars(select(HouseAccount.interest)))
    refused = post(finance, address, {"version": desk.notice.version})
    assert (refused.status_code, "请填写留存依据，如业主大会决定" in refused.text) == (422, True)
    post(finance, address, {"version": desk.notice.version, "reason": "业主大会决定"})
    assert desk.notice.state is RevenueState.KEPT
    assert sum(desk.session.scalars(select(HouseAccount.interest))) == spent


def test_the_area_s_new_company_voids_what_the_old_one_left_unpaid(desk, cast):
    desk.file()
    notice = desk.notice
    with unit_of_work() as work:
        contract = work.get(ServiceContract, desk.city.contract.id)
        contract.organisation_id = cast.other_admin.organisation_id
    answer = post(
        desk.sign("other_admin"), f"/revenue/{notice.id}/void", {"version": notice.version, "reason": "另开"}
    )
    assert (answer.status_code, desk.notice.state) == (302, RevenueState.VOIDED)
    assert desk.notice.organisation_id == cast.org_admin.organisation_id
