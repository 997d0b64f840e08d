"""业主表决 as a table (`workflows.md` 5.3, 1). 结束表决 is two rows: the count decides which of them is open."""

from __future__ import annotations

from app.domain.enums import VoteState as S
from app.domain.errors import N_
from app.models import Vote
from app.permissions import Actor
from app.permissions import Permission as P
from app.workflows.engine import Flow, Transition
from app.workflows.projects import flow as projects
from app.workflows.votes.rules import no_initiation_filed, not_reached, reached, reason_given


def in_scope(vote: Vote, actor: Actor) -> bool:
    """Whose project it is."""
    return projects.in_scope(vote.project, actor)


VOTE = Flow(
    subject=Vote,
    initial=S.OPEN,
    terminal=frozenset({S.VOID}),
    in_scope=in_scope,
    editable={S.OPEN: frozenset({"number", "ends_on", "ballots"})},
    transitions=(
        Transition("enter", N_("录入投票表决结果"), (S.OPEN,), S.OPEN, P.VOTE_EDIT, icon="check-to-slot"),
        Transition(
            "pass", N_("结束表决"), (S.OPEN,), S.PASSED, P.VOTE_EDIT,
            guards=(reached,), prints=("vote_result",), icon="circle-check",
        ),
        Transition(
            "fail", N_("结束表决"), (S.OPEN,), S.FAILED, P.VOTE_EDIT,
            guards=(not_reached,), prints=("vote_result",), icon="circle-xmark",
        ),
        Transition(
            "void", N_("作废"), (S.OPEN, S.PASSED, S.FAILED), S.VOID, P.VOTE_EDIT,
            guards=(no_initiation_filed, reason_given), icon="ban", danger=True,
        ),
    ),
)  # fmt: skip
