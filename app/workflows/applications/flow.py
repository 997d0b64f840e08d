"""业务单 as a table (`workflows.md` 1), the same for every kind; `kinds.py` adds what a kind has of its own."""

from __future__ import annotations

from typing import Any

from app.domain.enums import ApplicationState as S
from app.domain.errors import N_, NotYours
from app.models import Application, Project
from app.permissions import Permission as P
from app.workflows import engine
from app.workflows.applications import actions, kinds, rules
from app.workflows.cancellation.rules import only_with_project, stopped_by_notice
from app.workflows.engine import Context, Flow, Transition

_SUBMIT = (actions.number_it, actions.file_it, kinds.kind_submitted)
_READY = (rules.attachments_complete, kinds.kind_is_ready)
_PAPERS = ("initiation_application", "payout_application", "area_change_application", "plan_change_application")
_OWN = frozenset({"remark", "lines", "areas", "attachments"})
# Ways out, which a cancellation notice leaves open.
_OUT = frozenset({"undo_accept", "return", "reject", "withdraw", "settle", "end_with_project"})

APPLICATION = Flow(
    subject=Application,
    initial=S.DRAFT,
    terminal=frozenset({S.REJECTED, S.WITHDRAWN, S.SETTLED}),
    in_scope=rules.in_scope,
    editable={S.DRAFT: _OWN, S.RETURNED: _OWN},
    transitions=stopped_by_notice((
        Transition(
            "submit", N_("保存并提交"), (S.DRAFT,), S.SUBMITTED, P.APPLICATION_FILE,
            guards=_READY, effects=_SUBMIT, prints=_PAPERS, icon="fa-paper-plane",
        ),
        Transition(
            "resubmit", N_("保存并提交"), (S.RETURNED,), S.SUBMITTED, P.APPLICATION_FILE,
            guards=_READY, effects=_SUBMIT, prints=_PAPERS, icon="fa-paper-plane",
        ),
        Transition(
            "accept", N_("受理"), (S.SUBMITTED,), S.IN_REVIEW, P.APPLICATION_ACCEPT,
            guards=(rules.registration_confirmed,), effects=(actions.take_papers, actions.accept_it),
            not_by=rules.filers, prints=("window_receipt",), icon="fa-inbox",
        ),
        Transition(
            "undo_accept", N_("撤销受理"), (S.IN_REVIEW,), S.SUBMITTED, P.APPLICATION_ACCEPT,
            guards=(rules.accepted_today_by_actor,), effects=(actions.undo_accept_it,), icon="fa-rotate-left",
        ),
        Transition(
            "return", N_("退回补正"), (S.SUBMITTED, S.IN_REVIEW), S.RETURNED, P.APPLICATION_RETURN,
            effects=(actions.need_reason, kinds.kind_given_up, actions.return_it), icon="fa-reply",
        ),
        Transition(
            "reject", N_("不予通过"), (S.SUBMITTED, S.IN_REVIEW), S.REJECTED, P.APPLICATION_REJECT,
            effects=(actions.need_reason, kinds.kind_given_up, actions.reject_it), icon="fa-ban", danger=True,
        ),
        Transition(
            "withdraw", N_("撤回"), (S.SUBMITTED, S.RETURNED), S.WITHDRAWN, P.APPLICATION_FILE,
            effects=(kinds.kind_given_up, actions.withdraw_it), icon="fa-rotate-left", danger=True,
        ),
        Transition(
            "approve_first", N_("初审通过"), (S.IN_REVIEW,), S.IN_REVIEW, P.REVIEW_FIRST,
            guards=(rules.first_level_due,), effects=(actions.approve_level,), not_by=rules.hands_before_first,
            icon="fa-check",
        ),
        Transition(
            "approve_final", N_("复审通过"), (S.IN_REVIEW,), S.APPROVED, P.REVIEW_SECOND,
            guards=(rules.final_level_due, kinds.kind_is_approvable),
            effects=(actions.approve_level, kinds.kind_approved, actions.tell_approved),
            not_by=rules.hands_before_final, icon="fa-check-double",
        ),
        # Carried along by the last line that is paid or ended; nobody presses it.
        Transition(
            "settle", N_("划转完毕"), (S.APPROVED,), S.SETTLED, P.TRANSFER_CONFIRM,
            guards=(rules.lines_over,), effects=(actions.settle_it,),
        ),
        # Carried along by 撤销 of the project; nobody presses it.
        Transition(
            "end_with_project", N_("随项目撤销"), (S.DRAFT, S.SUBMITTED, S.IN_REVIEW, S.RETURNED, S.APPROVED),
            S.WITHDRAWN, P.APPLICATION_FILE, guards=(only_with_project,), effects=(actions.withdraw_it,),
        ),
    ), but=_OUT, project_of=lambda application: application.project),
)  # fmt: skip


def act(key: Any, name: str, ctx: Context, *, version: int | None = None) -> Application:
    """One act on an application, with its project's row locked first (lock order: project, application, …).

    Errors: those of `engine.apply`. To be called inside a unit of work.
    """
    application = ctx.session.get(Application, key)
    if application is None:
        raise NotYours(f"Application {key}")
    if application.project_id is not None:
        engine.lock(ctx.session, Project, application.project_id)
    application = engine.apply(APPLICATION, key, name, ctx, version=version)
    if application.state in (S.APPROVED, S.REJECTED, S.WITHDRAWN):
        kinds.kind_ended(application, ctx)
    return application
