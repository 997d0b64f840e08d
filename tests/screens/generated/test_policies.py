"""政策参数: dated rows over defaults; a value is what its policy allows, from a day that is not past."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import clock
from app.models import AuditEvent, PolicyValue
from app.workflows import policy
from tests.conftest import post
from tests.screens.generated.forms import text_of


def test_new_value_holds_from_its_day(signed_in, session, cast):
    day = clock.today() + timedelta(days=3)
    post(signed_in("supervisor"), "/policies/notice_days_initiation", {"value": "10", "valid_from": day.isoformat()})
    session.rollback()
    assert policy.number(session, "notice_days_initiation", day - timedelta(days=1)) == 7
    assert policy.number(session, "notice_days_initiation", day) == 10
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event.summary == f"政策参数“立项公示最短天数”自 {day:%Y-%m-%d} 起为 10 天"


def test_amount_is_typed_in_yuan_and_kept_in_fen(signed_in, session, cast):
    data = {"value": "123,456.78", "valid_from": clock.today().isoformat()}
    post(signed_in("supervisor"), "/policies/audit_report_above_fen", data)
    session.rollback()
    assert session.scalars(select(PolicyValue.value)).one() == "12345678"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("vote_rule", "majority", "不是有效的选择"),
        ("notice_days_initiation", "-1", "请填写 0 至 3650 的整数"),
        ("acceptance_threshold_percent", "101", "请填写 0 至 100 的整数"),
        ("audit_report_above_fen", "1.234", "金额最多两位小数：1.234"),
    ],
)
def test_value_that_the_policy_does_not_allow_is_refused(signed_in, session, cast, name, value, sentence):
    data = {"value": value, "valid_from": clock.today().isoformat()}
    answer = post(signed_in("supervisor"), f"/policies/{name}", data)
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    session.rollback()
    assert session.scalars(select(PolicyValue)).all() == []


def test_day_in_the_past_is_refused(signed_in, cast):
    yesterday = clock.today() - timedelta(days=1)
    data = {"value": "10", "valid_from": yesterday.isoformat()}
    answer = post(signed_in("supervisor"), "/policies/notice_days_initiation", data)
    assert "生效日期不能早于今天" in text_of(answer)


def test_second_value_for_the_same_day_is_refused(signed_in, cast):
    client, data = signed_in("supervisor"), {"value": "10", "valid_from": clock.today().isoformat()}
    post(client, "/policies/notice_days_initiation", data)
    answer = post(client, "/policies/notice_days_initiation", data)
    assert "该日期已有一个新值，请另选生效日期" in text_of(answer)


def test_only_the_supervisor_changes(signed_in, cast):
    client = signed_in("system")
    assert "立项公示最短天数" in text_of(client.get("/policies/"))
    assert '/policies/vote_rule"' not in text_of(client.get("/policies/"))
    assert client.get("/policies/vote_rule").status_code == 403


def test_holiday_must_differ_from_the_week(signed_in, cast):
    client = signed_in("clerk")
    answer = post(client, "/holidays/add", {"day": "2026-10-04"})  # a Sunday
    assert "周末本就休息，如调休上班请勾选" in text_of(answer)
    answer = post(client, "/holidays/add", {"day": "2026-10-01", "note": "国庆节"})  # a Thursday
    assert answer.location == "/holidays/show/2026-10-01"
