"""业主自筹 ticked as collected: who may, what is stored and told, and that a returned initiation forgets no payment."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.domain.enums import ProjectState as S
from app.domain.errors import Conflict, Forbidden, NotYours, Refusal
from app.models import Application, AuditEvent, CollectedShare, ProjectHouse
from app.queries.projects import MergedFilter, merged_rows, merged_totals
from app.workflows.projects.collected import save_collected

pytestmark = pytest.mark.workflow


@pytest.fixture
def filed(repairs):
    """b = 100/100/100, f = 100/40/70: house 2 owes 60.00 and house 3 30.00 beside the fund; under review."""
    repairs.three = first, second, third = repairs.houses([100_00, 40_00, 70_00])
    project = repairs.ready([{first: 100_00, second: 100_00, third: 100_00}], [100_00, 110_00])
    repairs.initiation = repairs.submit(repairs.open_initiation(project))
    return repairs.fresh(project)


def tick(repairs, project, ticks, who="agent", version=None):
    return repairs.do(who, lambda ctx: save_collected(project.id, ticks, ctx, version))


def stored(repairs) -> dict[int, int]:
    repairs.session.rollback()
    return dict(repairs.session.execute(select(CollectedShare.house_id, CollectedShare.amount)).all())


def collected(repairs, project, chosen=None) -> list[tuple[int, bool]]:
    rows = merged_rows(repairs.session, repairs.fresh(project), chosen)
    return [(row.own, row.is_collected) for row in rows]


def test_ticks_are_stored_summed_and_told(filed, repairs):
    _, second, third = repairs.three
    version = filed.version
    tick(repairs, filed, {second.id: True, third.id: False}, version=version)
    assert stored(repairs) == {second.id: 60_00}
    assert collected(repairs, filed) == [(0, False), (60_00, True), (30_00, False)]
    totals = merged_totals(repairs.session, repairs.fresh(filed))
    assert (totals.own, totals.collected, totals.to_collect, totals.open_houses) == (90_00, 60_00, 30_00, 1)
    assert repairs.fresh(filed).version == version + 1
    event = repairs.session.scalars(select(AuditEvent).where(AuditEvent.action == "save_collected")).one()
    assert event.summary == f"{filed.number} 业主自筹登记：已收 1 户 60.00 元"
    tick(repairs, filed, {second.id: False, third.id: True})
    assert stored(repairs) == {third.id: 30_00}


def test_filters_give_houses_with_an_own_part_and_those_that_still_owe_it(filed, repairs):
    tick(repairs, filed, {repairs.three[1].id: True})
    assert collected(repairs, filed, MergedFilter(only="short")) == [(60_00, True), (30_00, False)]
    assert collected(repairs, filed, MergedFilter(only="open")) == [(30_00, False)]


def test_same_ticks_again_change_nothing(filed, repairs):
    tick(repairs, filed, {repairs.three[1].id: True})
    version = repairs.fresh(filed).version
    assert tick(repairs, filed, {repairs.three[1].id: True}) == []
    assert repairs.fresh(filed).version == version


def test_tick_outlives_a_returned_initiation_while_the_amount_stays(filed, repairs):
    _, second, third = repairs.three
    tick(repairs, filed, {second.id: True, third.id: True})
    repairs.act("clerk", repairs.initiation, "return", opinion="缺合同")
    project = repairs.fresh(filed)
    assert (project.state, project.fund_fixed) == (S.DRAFT, False)
    application = repairs.session.scalars(select(Application).where(Application.project_id == project.id)).one()
    repairs.submit(application)
    assert collected(repairs, project) == [(0, False), (60_00, True), (30_00, True)]
    repairs.do("agent", lambda ctx: _owe(ctx, project, second, 55_00))
    assert collected(repairs, project) == [(0, False), (55_00, False), (30_00, True)]


def _owe(ctx, project, house, own: int) -> None:
    """As a submission would after a deposit into this house."""
    row = ctx.session.get(ProjectHouse, (project.id, house.id))
    row.fund = row.fund_limit = row.budget - own


def test_house_without_an_own_part_is_nobodys_to_tick(filed, repairs):
    with pytest.raises(NotYours):
        tick(repairs, filed, {repairs.three[0].id: True, repairs.three[1].id: True})
    assert stored(repairs) == {}


def test_only_the_company_ticks_and_only_what_it_has_seen(filed, repairs):
    ticks = {repairs.three[1].id: True}
    for who, error in (("other_agent", NotYours), ("clerk", Forbidden), ("reviewer", Forbidden)):
        with pytest.raises(error):
            tick(repairs, filed, ticks, who=who)
    with pytest.raises(Conflict):
        tick(repairs, filed, ticks, version=filed.version - 1)
    assert stored(repairs) == {}


def test_draft_and_ended_project_are_refused(filed, repairs):
    ticks = {repairs.three[1].id: True}
    repairs.act("clerk", repairs.initiation, "return", opinion="缺合同")
    with pytest.raises(Refusal) as refusal:
        tick(repairs, filed, ticks)
    assert str(refusal.value.sentence) == "项目编制中，不能登记业主自筹收款"


def test_approval_does_not_wait_and_a_running_project_is_ticked(repairs):
    (house,) = repairs.houses([40_00])
    project = repairs.running([{house: 100_00}], [10_00, 30_00])
    assert repairs.fresh(project).state is S.RUNNING
    tick(repairs, project, {house.id: True})
    assert collected(repairs, project) == [(60_00, True)]
