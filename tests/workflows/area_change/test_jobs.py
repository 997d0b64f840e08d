"""The daily jobs: changes whose day has come, each once, one that fails beside others that don't; ends told once."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from app.jobs import areas
from app.models import Message, PlatformUser, ServiceContract
from app.permissions import SYSTEM
from app.transaction import unit_of_work

TODAY = date(2026, 3, 2)


def run_of(changes) -> SimpleNamespace:
    """What a job sees of the runner."""
    told: dict = {}
    return SimpleNamespace(
        session=changes.session, now=changes.repairs.now, today=changes.today, actor=SYSTEM, told=told,
        result=lambda **values: told.update(values),
    )  # fmt: skip


def test_a_change_takes_hold_on_its_day_and_once(changes, city):
    application = changes.approved(city.area, starts_on=TODAY + timedelta(days=5))
    found = []
    for days in (4, 1, 0, 1):
        changes.repairs.pass_days(days)
        run = run_of(changes)
        areas.take_hold(run)
        found.append(run.told["done"])
    assert found == [[], [application.id], [], []]
    assert [row[1:3] for row in changes.contracts(city.area)] == [
        (date(2020, 1, 1), TODAY + timedelta(days=4)), (TODAY + timedelta(days=5), None),
    ]  # fmt: skip


def test_one_that_fails_is_named_and_the_other_goes_on(changes, city):
    starts_on = TODAY + timedelta(days=5)
    stopped = changes.approved(city.area, starts_on=starts_on)
    fine = changes.approved(city.other.area, who="org_admin", starts_on=starts_on)
    with unit_of_work() as session:
        session.merge(changes.repairs.cast.organisations.other_company).active = False
    changes.repairs.pass_days(5)
    run = run_of(changes)
    with pytest.raises(RuntimeError):
        areas.take_hold(run)
    assert run.told == {"done": [fine.id], "faults": [f"业务单 {stopped.id}：Refusal: “鸿雁物业服务有限公司”已停用"]}
    assert len(changes.contracts(city.area)) == 1


def ends(changes, city, day: date) -> None:
    with unit_of_work() as session:
        session.get(ServiceContract, city.contract.id).ends_on = day


@pytest.mark.parametrize(("days", "told"), [(0, 1), (60, 1), (61, 0), (-1, 0)])
def test_end_within_sixty_days_is_told(changes, city, days, told):
    ends(changes, city, TODAY + timedelta(days=days))
    run = run_of(changes)
    areas.warn_of_ends(run)
    assert run.told == {"told": told}


def test_both_sides_are_told_once_and_again_of_another_end(changes, city):
    for day in (TODAY + timedelta(days=40), TODAY + timedelta(days=40), TODAY + timedelta(days=50)):
        ends(changes, city, day)
        areas.warn_of_ends(run_of(changes))
    texts = changes.session.execute(
        select(PlatformUser.username, Message.text)
        .join(Message, Message.user_id == PlatformUser.id)
        .order_by(Message.id)
    )
    told: dict[str, list[str]] = {}
    for name, text in texts:
        told.setdefault(name, []).append(text)
    ours = [f"“安居苑”的物业服务合同将于 {day} 到期，请及时续签并报送" for day in ("2026-04-11", "2026-04-21")]
    theirs = [f"“安居物业服务有限公司”服务“安居苑”的合同将于 {day} 到期" for day in ("2026-04-11", "2026-04-21")]
    assert told == {"org_admin": ours, "agent": ours, "clerk": theirs}


def test_what_is_followed_by_another_contract_is_not_told(changes, city):
    ends(changes, city, TODAY + timedelta(days=40))
    with unit_of_work() as session:
        session.add(
            ServiceContract(organisation_id=city.company.id, area_id=city.area.id, starts_on=TODAY + timedelta(days=41))
        )
    run = run_of(changes)
    areas.warn_of_ends(run)
    assert run.told == {"told": 0}
