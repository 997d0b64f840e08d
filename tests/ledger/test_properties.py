"""Random projects against the model: 0 ≤ p ≤ u ≤ b, the holds and every rule of verify-ledger after every step."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from app.domain.apportion import apportion
from app.domain.enums import ProjectState
from app.ledger import payments, settlement
from tests.ledger.machine import ProjectMoney

pytestmark = [pytest.mark.money, pytest.mark.slow]
EXAMPLES = int(os.environ.get("MONEY_EXAMPLES", "25"))


def play(engine, **options) -> None:
    """Let the machine play on that engine."""
    machine = type("Machine", (ProjectMoney,), {"engine": engine})
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    chosen = settings(stateful_step_count=20, deadline=None, suppress_health_check=checks, **options)
    run_state_machine_as_test(machine, settings=chosen)


def test_random_projects_follow_the_model(bare_engine):
    play(bare_engine, max_examples=EXAMPLES)


def _from_principal_only(rows, parts):
    return [(0, -part) for part in parts]


def _split_the_whole_anew(amount, owed):
    return apportion(amount, [max(fen, 1) for fen in owed])


MUTANTS = {
    "payouts by equal shares": (payments, "draw_down", lambda amount, owed: apportion(amount, [1] * len(owed))),
    "payouts a fen off": (payments, "draw_down", _split_the_whole_anew),
    "refunds into principal only": (payments, "split_returns", _from_principal_only),
    "refunds not held again": (payments, "ProjectState", type("Never", (), {"RUNNING": ProjectState.DRAFT})),
    "adjustment into principal only": (settlement, "split_returns", _from_principal_only),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_the_machine_catches_a_seeded_fault(bare_engine, monkeypatch, name):
    monkeypatch.setattr(*MUTANTS[name])
    with pytest.raises(Exception):  # noqa: B017 - caught by the model, a constraint or the sum, whichever comes first
        play(bare_engine, max_examples=200, phases=[Phase.generate], database=None, derandomize=True, print_blob=False)
