"""The night's work: changes whose day has come take hold once; ends of contracts are told once to both sides."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app import clock
from app.domain.enums import OrganisationKind
from app.jobs import areas
from app.jobs.run import Run
from app.ledger import checks
from app.models import Organisation, ServiceContract
from app.permissions import SYSTEM
from app.queries import contracts
from app.transaction import unit_of_work
from app.workflows.area_change import effect
from tests.factories import people

pytestmark = pytest.mark.workflow
NEW, OLD = "鸿雁物业服务有限公司", "安居物业服务有限公司"


@pytest.fixture
def night(changes, monkeypatch):
    """`night(job, days)`: that job on the desk's day; what it reports."""

    def run(job, days: int = 0) -> dict:
        changes.repairs.pass_days(days)
        now = changes.repairs.now
        monkeypatch.setattr(clock, "now", lambda: now)
        changes.session.rollback()
        work = Run(0, SYSTEM)
        try:
            job(work)
        finally:
            changes.session.rollback()
        return work.outcome

    return run


def served(changes, area) -> list[str]:
    """Who may work there today."""
    return [row[0] for row in changes.contracts(area) if row[3] is None and row[1] <= changes.today]


def test_change_takes_hold_on_its_day_and_once(changes, city, night):
    application = changes.approved(city.area, starts_on=date(2026, 3, 12))
    assert night(areas.take_hold, 9) == {"done": [], "faults": []}  # 11 March
    assert served(changes, city.area) == [OLD]
    assert night(areas.take_hold, 1) == {"done": [application.id], "faults": []}
    assert served(changes, city.area) == [NEW]
    told = changes.repairs.messages()
    assert night(areas.take_hold) == {"done": [], "faults": []}
    assert len(changes.contracts(city.area)) == 2
    assert changes.repairs.messages() == told
    assert checks.verify(changes.session) == []


def test_nights_that_were_missed_are_made_up_for(changes, city, night):
    """The contract began on its own day, not on the day of the job."""
    application = changes.approved(city.area, starts_on=date(2026, 3, 12))
    assert night(areas.take_hold, 20) == {"done": [application.id], "faults": []}  # 22 March
    assert [row[1:3] for row in changes.contracts(city.area)] == [
        (date(2020, 1, 1), date(2026, 3, 11)), (date(2026, 3, 12), None),
    ]  # fmt: skip


def test_one_that_can_not_take_hold_keeps_none_of_the_others(changes, city, third, night):
    stuck = changes.approved(city.other.area, who=third, starts_on=date(2026, 3, 3))
    good = changes.approved(city.area, starts_on=date(2026, 3, 4))
    with unit_of_work() as session:
        session.get(Organisation, third.organisation_id).active = False
    with pytest.raises(RuntimeError, match=f"业务单 {stuck.id}：Refusal: “第三物业服务有限公司”已停用"):
        night(areas.take_hold, 2)
    assert (served(changes, city.area), served(changes, city.other.area)) == ([NEW], [NEW])
    with unit_of_work() as session:
        session.get(Organisation, third.organisation_id).active = True
    assert night(areas.take_hold) == {"done": [stuck.id], "faults": []}
    assert served(changes, city.other.area) == ["第三物业服务有限公司"]
    assert changes.change(good).effected_at is not None


def test_failure_of_the_job_in_the_middle_leaves_nothing(changes, city, night, monkeypatch):
    application = changes.approved(city.area, starts_on=date(2026, 3, 3))
    before = changes.repairs.messages()

    def breaks(*_rest):
        raise RuntimeError("out of paper")

    with monkeypatch.context() as patch:
        patch.setattr(effect, "_tell", breaks)  # after contracts and projects have moved
        with pytest.raises(RuntimeError):
            night(areas.take_hold, 1)
    assert served(changes, city.area) == [OLD]
    assert len(changes.contracts(city.area)) == 1
    assert changes.change(application).effected_at is None
    assert changes.repairs.messages() == before
    assert night(areas.take_hold) == {"done": [application.id], "faults": []}


# --- contracts that end --------------------------------------------------------------------------


def end_on(contract, day: date) -> None:
    with unit_of_work() as session:
        session.get(ServiceContract, contract.id).ends_on = day


def test_end_within_sixty_days_is_told_to_both_sides_once(changes, city, night):
    end_on(city.contract, date(2026, 5, 2))  # 61 days from 2 March
    assert night(areas.warn_of_ends) == {"told": 0}
    assert changes.repairs.messages() == {}
    assert night(areas.warn_of_ends, 1) == {"told": 1}
    ours = ["“安居苑”的物业服务合同将于 2026-05-02 到期，请及时续签并报送"]
    assert changes.repairs.messages() == {
        "org_admin": ours, "agent": ours,
        "clerk": ["“安居物业服务有限公司”服务“安居苑”的合同将于 2026-05-02 到期"],
    }  # fmt: skip
    assert night(areas.warn_of_ends) == {"told": 0}
    assert night(areas.warn_of_ends, 10) == {"told": 0}
    end_on(city.contract, date(2026, 5, 5))  # lengthened a little: another end
    assert night(areas.warn_of_ends) == {"told": 1}


def test_every_end_is_told_however_many_there_are(changes, city, night, monkeypatch):
    """Those that were told already take no room from the others."""
    monkeypatch.setattr(contracts, "LISTED", 1)
    end_on(city.contract, date(2026, 3, 20))
    end_on(city.other.contract, date(2026, 4, 20))
    assert night(areas.warn_of_ends) == {"told": 2}


def test_contract_that_is_followed_or_over_or_a_committees_is_not_told(changes, city, night):
    end_on(city.contract, date(2026, 3, 20))
    end_on(city.other.contract, date(2026, 3, 1))
    with unit_of_work() as session:
        committee = people.add_organisation(session, OrganisationKind.OWNERS_COMMITTEE, "安居苑业主委员会")
        link = ServiceContract(organisation=committee, area_id=city.area.id, starts_on=date(2021, 1, 1))
        link.ends_on = date(2026, 3, 20)
        session.add(link)
        next_one = date(2026, 3, 20) + timedelta(days=1)
        session.add(ServiceContract(organisation_id=city.company.id, area_id=city.area.id, starts_on=next_one))
    assert night(areas.warn_of_ends) == {"told": 0}


def test_contract_ending_on_its_last_day_is_listed_and_the_day_after_the_area_is_alone(changes, city):
    end_on(city.contract, date(2026, 3, 20))
    session = changes.session
    assert [row.id for row in contracts.ending(session, date(2026, 3, 20), 60)] == [city.contract.id]
    assert contracts.how_many(session, date(2026, 3, 20), 60) == (1, 0)
    assert contracts.how_many(session, date(2026, 3, 21), 60) == (0, 1)
    alone = contracts.without_company(session, date(2026, 3, 21))
    assert [(area.name, contract.id) for area, contract in alone] == [("安居苑", city.contract.id)]
