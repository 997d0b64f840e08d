"""异议 as a table (`workflows.md` 5.3, 8): open until it is answered in writing, or closed by the department."""

from __future__ import annotations

from app.domain.enums import ObjectionState as S
from app.domain.errors import N_
from app.models import Objection
from app.permissions import Actor
from app.permissions import Permission as P
from app.workflows.engine import Flow, Transition
from app.workflows.objections.rules import not_verified_yet
from app.workflows.projects import flow as projects


def in_scope(objection: Objection, actor: Actor) -> bool:
    """Whose project it is about."""
    return projects.in_scope(objection.project, actor)


OBJECTION = Flow(
    subject=Objection,
    initial=S.OPEN,
    terminal=frozenset({S.ANSWERED, S.CLOSED}),
    in_scope=in_scope,
    editable={},
    transitions=(
        Transition("answer_objection", N_("答复"), (S.OPEN,), S.ANSWERED, P.OBJECTION_ANSWER, icon="reply"),
        Transition(
            "close_objection", N_("关闭异议"), (S.OPEN,), S.CLOSED, P.OBJECTION_CLOSE, icon="ban", danger=True
        ),
        # the owner's papers are seen at the window after all
        Transition(
            "verify_objection", N_("核对业主身份"), (S.OPEN,), S.OPEN, P.OBJECTION_RECORD,
            guards=(not_verified_yet,), icon="id-card",
        ),
    ),
)  # fmt: skip
