"""Random projects, from 新建 to the end, by the real acts against the model (tests/workflows/machine/model.py).

A few examples in the suite; `make test-long` plays many (`MACHINE_EXAMPLES`).
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from app.domain.apportion import apportion
from app.ledger import payments
from app.workflows.payouts import rules as payouts
from tests.workflows.machine.machine import Projects

pytestmark = [pytest.mark.money, pytest.mark.workflow]
EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "4"))
STEPS = int(os.environ.get("MACHINE_STEPS", "15"))


def play(city, cast, **options) -> None:
    machine = type("Machine", (Projects,), {"city": city, "cast": cast})
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    chosen = settings(stateful_step_count=STEPS, deadline=None, suppress_health_check=checks, **options)
    run_state_machine_as_test(machine, settings=chosen)


def test_random_projects_follow_the_model(session, city, cast):
    play(city, cast, max_examples=EXAMPLES, derandomize="MACHINE_EXAMPLES" not in os.environ)


MUTANTS = {
    "payouts by equal shares": (payments, "draw_down", lambda amount, owed: apportion(amount, [1] * len(owed))),
    "the last phase asks for no acceptance": (payouts, "is_last", lambda session, phase: False),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_machine_catches_a_seeded_fault(session, city, cast, monkeypatch, name):
    monkeypatch.setattr(*MUTANTS[name])
    with pytest.raises(Exception):  # noqa: B017 - by the model, a constraint or a rule of the ledger, whichever is first
        play(city, cast, max_examples=30, phases=[Phase.generate], database=None, derandomize=True, print_blob=False)
