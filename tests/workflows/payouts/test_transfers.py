"""划转: the table as a person would write it down, and each act on a line."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.enums import ApplicationState, NoticeKind, ProjectState
from app.domain.enums import TransferState as S
from app.domain.errors import Conflict, Forbidden, NotYours, Refusal
from app.models import JournalEntry
from app.permissions import ROLES
from app.queries import transfers as queries
from app.transaction import unit_of_work
from app.workflows.engine import FOUR_EYES
from app.workflows.payouts import rules
from app.workflows.payouts.flow import TRANSFER
from tests.factories import people

pytestmark = [pytest.mark.money, pytest.mark.workflow]

ROWS = {
    ("pending", "prepare", "prepared"),
    ("prepared", "confirm", "paid"),
    ("prepared", "refuse", "refused"),
    ("refused", "correct", "corrected"),
    ("corrected", "recheck", "pending"),
    ("corrected", "decline", "refused"),
    ("pending", "end", "ended"),
    ("refused", "end", "ended"),
    ("pending", "end_with_project", "ended"),
    ("refused", "end_with_project", "ended"),
    ("corrected", "end_with_project", "ended"),
}
CARRIED = {"end_with_project"}  # by 撤销 of the project: nobody presses it
WHO = {
    "prepare": {"Finance"},
    "confirm": {"Bank"},
    "refuse": {"Bank"},
    "correct": {"OrgAdmin", "ProjectAgent"},
    "recheck": {"Reviewer"},
    "decline": {"Reviewer"},
    "end": {"Finance"},
    "end_with_project": {"OrgAdmin", "ProjectAgent"},
}
PEOPLE = {
    "org_admin": "OrgAdmin", "agent": "ProjectAgent", "revenue": "RevenueAgent", "clerk": "Clerk",
    "second_reviewer": "Reviewer", "second_supervisor": "Supervisor", "finance": "Finance", "bank": "Bank",
    "auditor": "Auditor", "security": "SecurityAdmin", "system": "SystemAdmin",
}  # fmt: skip
STEPS = {
    "pending": (),
    "prepared": ("prepare",),
    "paid": ("prepare", "confirm"),
    "refused": ("prepare", "refuse"),
    "corrected": ("prepare", "refuse", "correct"),
    "ended": ("end",),
}
HANDS = {"prepare": "finance", "confirm": "bank", "refuse": "bank", "correct": "agent", "end": "finance"}


@pytest.fixture
def project(repairs):
    a, b = repairs.houses([100_000, 100_000])
    return repairs.running([{a: 50_000, b: 50_000}], [60_000, 40_000])


@pytest.fixture
def application(repairs, project):
    """Approved: 200.00 and 100.00 to two accounts."""
    return repairs.approved_payout(project, 1, 20_000, 10_000)


def data(repairs, name: str) -> dict:
    return {
        "confirm": {"bank_serial": "SN1", "booked_on": repairs.now.date()},
        "correct": {"account_name": "云溪电梯工程有限公司", "bank_name": "城中商业银行", "account_no": "62229999"},
    }.get(name, {"reason": "原因"})


def refused(do) -> str:
    with pytest.raises(Refusal) as caught:
        do()
    return str(caught.value.sentence)


def test_the_table_is_this():
    found = {(source.value, row.name, row.target.value) for row in TRANSFER.transitions for source in row.sources}
    assert found == ROWS


def test_each_act_is_for_these_roles():
    found = {
        row.name: {role for role, rights in ROLES.items() if row.permission in rights} for row in TRANSFER.transitions
    }
    assert found == WHO


@pytest.mark.parametrize("state", list(STEPS))
def test_state_by_act_by_role(repairs, application, state):
    line = repairs.lines(application)[0]
    for name in STEPS[state]:
        repairs.move(HANDS[name], line, name, **data(repairs, name))
    for name in WHO:
        for who, role in PEOPLE.items():
            if any(row[:2] == (state, name) for row in ROWS) and role in WHO[name] and name not in CARRIED:
                continue
            with pytest.raises((Forbidden, NotYours, Conflict, Refusal)):
                repairs.move(who, line, name, **data(repairs, name))
    assert repairs.fresh(line).state.value == state


def test_the_bank_confirms_and_the_money_is_posted_in_the_same_act(repairs, project, application):
    first, second = repairs.lines(application)
    repairs.move("finance", first, "prepare")
    repairs.confirm(first)
    entry = repairs.session.get(JournalEntry, repairs.fresh(first).entry_id)
    assert (entry.business_key, entry.amount) == (f"payout:{application.id}:1", 20_000)
    assert repairs.paid(project) == [10_000, 10_000]
    assert repairs.fresh(application).state is ApplicationState.APPROVED  # one line is still on its way
    repairs.move("finance", second, "prepare")
    repairs.confirm(second)
    assert repairs.fresh(application).state is ApplicationState.SETTLED
    assert repairs.paid(project) == [15_000, 15_000]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"bank_serial": " "}, "请填写银行流水号"),
        ({"bank_serial": "1" * 65}, "银行流水号不能超过 64 个字"),
        ({"booked_on": None}, "请填写入账日期"),
        ({"booked_on": "tomorrow"}, "入账日期不能晚于今天"),
        ({"booked_on": "yesterday"}, "入账日期不能早于办理划转的日期"),
    ],
)
def test_a_confirmation_names_serial_and_day(repairs, project, application, changes, sentence):
    line = repairs.lines(application)[0]
    repairs.move("finance", line, "prepare")
    days = {"tomorrow": 1, "yesterday": -1}
    if (word := changes.get("booked_on")) in days:
        changes = {"booked_on": repairs.now.date() + timedelta(days=days[word])}
    values = {"bank_serial": "SN1", "booked_on": repairs.now.date(), **changes}
    assert refused(lambda: repairs.move("bank", line, "confirm", **values)).startswith(sentence)
    assert repairs.fresh(line).state is S.PREPARED
    assert repairs.paid(project) == [0, 0]


def test_a_serial_of_the_bank_pays_one_line_only(repairs, project, application):
    first, second = repairs.lines(application)
    day = repairs.now.date()
    for line in (first, second):
        repairs.move("finance", line, "prepare")
    repairs.move("bank", first, "confirm", bank_serial="SN7", booked_on=day)
    again = refused(lambda: repairs.move("bank", second, "confirm", bank_serial=" SN7 ", booked_on=day))
    assert again == "银行流水号 SN7 已用于另一笔划转，请核对"
    assert (repairs.fresh(second).state, repairs.paid(project)) == (S.PREPARED, [10_000, 10_000])


def test_a_refused_line_is_corrected_rechecked_and_prepared_anew(repairs, project, application):
    line = repairs.lines(application)[0]
    repairs.move("finance", line, "prepare")
    assert refused(lambda: repairs.move("bank", line, "refuse", reason="")) == "请填写原因"
    repairs.move("bank", line, "refuse", reason="账号不存在")
    number = repairs.fresh(application).number
    assert repairs.messages()["agent"][-1] == f"{number}-1 被银行退回：账号不存在"
    odd = {**data(repairs, "correct"), "account_no": "12ab"}
    assert refused(lambda: repairs.move("agent", line, "correct", **odd)) == "银行账号应为 8 至 32 位数字"
    same = {name: getattr(line, name) for name in ("account_name", "bank_name", "account_no")}
    assert refused(lambda: repairs.move("agent", line, "correct", **same)) == "户名、开户行、账号均未改动"
    repairs.move("agent", line, "correct", **data(repairs, "correct"), amount=99_999_999)
    corrected = repairs.fresh(line)
    assert (corrected.account_no, corrected.amount) == ("62229999", 20_000)  # the amount is not the company's to change
    repairs.move("reviewer", line, "decline", reason="与收款账户证明不符")
    repairs.move("agent", line, "correct", **{**data(repairs, "correct"), "account_no": "62228888"})
    repairs.move("reviewer", line, "recheck")
    repairs.move("finance", line, "prepare")
    repairs.confirm(line)
    assert repairs.fresh(line).state is S.PAID


def test_a_correction_to_another_payee_asks_why_and_stands_out(repairs, project, application):
    line = repairs.lines(application)[0]
    repairs.move("finance", line, "prepare")
    repairs.move("bank", line, "refuse", reason="户名不符")
    before = [line.account_name, line.account_no]
    stranger = {"account_name": "陌生公司", "bank_name": line.bank_name, "account_no": "62227777"}
    said = refused(lambda: repairs.move("agent", line, "correct", **stranger))
    assert said == "“陌生公司”不是本项目的施工单位，请核对；确需拨付的请写明原因"
    assert repairs.fresh(line).account_name == before[0]
    repairs.move("agent", line, "correct", **stranger, foreign_reason="债权转让")
    corrected = repairs.fresh(line)
    assert (corrected.foreign_reason, corrected.contractor_id) == ("债权转让", None)
    assert queries.before_correction(repairs.session, corrected) == before


def test_an_ended_line_frees_its_amount_and_settles_with_the_others(repairs, project, application):
    first, second = repairs.lines(application)
    assert refused(lambda: repairs.move("finance", second, "end", reason="")) == "请填写原因"
    repairs.move("finance", second, "end", reason="施工单位放弃")
    assert rules.counted(repairs.session, project.id) == 20_000
    repairs.move("finance", first, "prepare")
    repairs.confirm(first)
    assert repairs.fresh(application).state is ApplicationState.SETTLED
    repairs.submit(repairs.open_payout(project, 1, 40_000))  # 600.00 less 200.00


def test_a_prepared_line_is_not_prepared_twice_nor_ended(repairs, application):
    line = repairs.lines(application)[0]
    repairs.move("finance", line, "prepare")
    for name in ("prepare", "end"):
        with pytest.raises(Conflict):
            repairs.move("finance", line, name, reason="原因")


def test_a_line_confirmed_twice_is_posted_once(repairs, application):
    line = repairs.lines(application)[0]
    repairs.move("finance", line, "prepare")
    repairs.confirm(line)
    with pytest.raises(Conflict):
        repairs.confirm(line)
    keys = repairs.session.scalars(select(JournalEntry.business_key).where(JournalEntry.business_key.like("payout:%")))
    assert keys.all() == [f"payout:{application.id}:1"]


def test_nothing_is_prepared_before_the_application_is_approved(repairs, project):
    application = repairs.submit(repairs.open_payout(project, 1, 1_000))
    line = repairs.lines(application)[0]
    assert refused(lambda: repairs.move("finance", line, "prepare")).endswith("尚未审核通过")


def test_who_reviewed_or_rechecked_may_not_prepare(repairs, project):
    with unit_of_work() as session:
        department = repairs.cast.organisations.department
        two = people.add_user(session, "two", "兼岗", ("Reviewer", "Finance"), department)
    application = repairs.submit(repairs.open_payout(project, 1, 1_000))
    repairs.accept(application)
    repairs.act(two, application, "approve_first")
    repairs.act("supervisor", application, "approve_final")
    line = repairs.lines(application)[0]
    assert refused(lambda: repairs.move(two, line, "prepare")) == str(FOUR_EYES)
    repairs.move("finance", line, "prepare")


def test_another_bank_and_another_company_find_nothing(repairs, application):
    line = repairs.lines(application)[0]
    repairs.move("finance", line, "prepare")
    with pytest.raises(NotYours):
        repairs.move("other_bank", line, "confirm", **data(repairs, "confirm"))
    repairs.move("bank", line, "refuse", reason="账号不存在")
    with pytest.raises(NotYours):
        repairs.move("other_agent", line, "correct", **data(repairs, "correct"))


def test_the_project_closes_with_the_last_line_and_not_before(repairs, project):
    repairs.accept_works(project, 60_000)
    repairs.published(project, NoticeKind.ACCEPTANCE)
    first, second = repairs.lines(repairs.approved_payout(project, 1, 50_000, 10_000))
    repairs.move("finance", first, "prepare")
    repairs.confirm(first)
    assert repairs.fresh(project).state is ProjectState.RUNNING
    repairs.move("finance", second, "prepare")
    repairs.confirm(second)
    assert repairs.fresh(project).state is ProjectState.CLOSED
    assert repairs.column(project, "held") == [0, 0]
