"""Random projects against the model: 0 ≤ p ≤ u ≤ b, the holds and every rule of verify-ledger after every step."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.ledger.machine import ProjectMoney

pytestmark = [pytest.mark.money, pytest.mark.slow]
EXAMPLES = int(os.environ.get("MONEY_EXAMPLES", "25"))


def test_random_projects_follow_the_model(bare_engine):
    class Machine(ProjectMoney):
        engine = bare_engine

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=20, deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )  # fmt: skip
