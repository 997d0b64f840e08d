"""验收 as a table (`workflows.md` 5.1, 5.3 rule 5)."""

from __future__ import annotations

from app.domain.enums import AcceptanceState as S
from app.domain.errors import N_
from app.models import Acceptance
from app.permissions import Actor
from app.permissions import Permission as P
from app.workflows.acceptance import actions, rules
from app.workflows.engine import Flow, Transition
from app.workflows.projects.flow import in_scope as project_in_scope


def in_scope(acceptance: Acceptance, actor: Actor) -> bool:
    """As its project."""
    return project_in_scope(acceptance.project, actor)


ACCEPTANCE = Flow(
    subject=Acceptance,
    initial=S.SUBMITTED,
    terminal=frozenset(),
    in_scope=in_scope,
    editable={S.SUBMITTED: frozenset({"completed_on", "members", "opinion", "items"})},
    transitions=(
        Transition(
            "redo", N_("提交"), (S.SUBMITTED,), S.SUBMITTED, P.ACCEPTANCE_FILE,
            effects=(actions.fill,), icon="fa-clipboard-check",
        ),
        # Carried along by the publication of its notice.
        Transition(
            "put_in_force", N_("验收生效"), (S.SUBMITTED,), S.IN_FORCE, P.NOTICE_PUBLISH,
            guards=(rules.settlement_covers_payouts,), effects=(actions.settle,),
        ),
        # Carried along by the department's withdrawal of the notice.
        Transition(
            "take_out_of_force", N_("验收失效"), (S.IN_FORCE,), S.SUBMITTED, P.NOTICE_WITHDRAW,
            guards=(rules.no_payout_since,), effects=(actions.unsettle,),
        ),
    ),
)  # fmt: skip
