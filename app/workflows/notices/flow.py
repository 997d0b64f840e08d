"""公示 as a table (`workflows.md` 5.1, 5.3, 2): published → ended by date; either → withdrawn or superseded."""

from __future__ import annotations

from app.domain.enums import NoticeState as S
from app.domain.errors import N_
from app.models import Notice
from app.permissions import Actor
from app.permissions import Permission as P
from app.workflows.engine import Flow, Transition
from app.workflows.notices.rules import days_over, may_be_superseded, may_be_taken_back, may_be_withdrawn, reason_given
from app.workflows.projects import flow as projects


def in_scope(notice: Notice, actor: Actor) -> bool:
    """Whose project it is."""
    return projects.in_scope(notice.project, actor)


STANDING = (S.PUBLISHED, S.ENDED)
NOTICE = Flow(
    subject=Notice,
    initial=S.PUBLISHED,
    terminal=frozenset({S.WITHDRAWN, S.SUPERSEDED}),
    in_scope=in_scope,
    editable={},
    transitions=(
        # by the daily job; nobody ends a notice by hand before its day
        Transition("end", N_("公示结束"), (S.PUBLISHED,), S.ENDED, P.NOTICE_PUBLISH, guards=(days_over,)),
        Transition(
            "supersede", N_("重新发布公示"), STANDING, S.SUPERSEDED, P.NOTICE_PUBLISH,
            guards=(may_be_superseded,), icon="rotate",
        ),
        Transition(
            "withdraw", N_("撤回公示"), STANDING, S.WITHDRAWN, P.NOTICE_WITHDRAW,
            guards=(may_be_withdrawn, reason_given), icon="ban", danger=True,
        ),
        # the company's own word taken back: the project goes on
        Transition(
            "take_back", N_("撤回撤销公示"), STANDING, S.WITHDRAWN, P.NOTICE_PUBLISH,
            guards=(may_be_taken_back,), icon="rotate-left",
        ),
    ),
)  # fmt: skip
