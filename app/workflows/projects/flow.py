"""维修项目 as a table: its states, and every act of its 操作 menu (`workflows.md` 5.1–5.3).

Rows that change the state carry the ledger's effect with them. An application carries its project along by the rows
`submit_initiation`, `start` and `reopen`, the last payout by `close`; nothing else moves a project.
Rows whose target is their source are acts that make records of their own (vote, notice, application, acceptance):
the page asks here whether they are open, and why not.
"""

from __future__ import annotations

from app.domain.enums import ProjectState as S
from app.domain.errors import N_
from app.models import Project
from app.permissions import Actor
from app.permissions import Permission as P
from app.workflows.acceptance.ahead import accepted_ahead, accepts_ahead
from app.workflows.acceptance.rules import acceptance_waits_for_notice, may_submit_acceptance
from app.workflows.cancellation import rules as cancellation
from app.workflows.cancellation.effects import end_everything
from app.workflows.engine import Flow, Transition
from app.workflows.initiation.rules import no_open_initiation
from app.workflows.notices.rules import (
    acceptance_notice_published,
    initiation_notice_over,
    initiation_notice_published,
)
from app.workflows.objections.rules import no_objection_holds
from app.workflows.payouts.rules import money_left
from app.workflows.plan_change.rules import no_open_plan_change
from app.workflows.projects.effects import drop_fund, fix_fund, hold_fund, refresh_plan, release_fund, settle_ahead
from app.workflows.projects.rules import complete, fund_available, nothing_open
from app.workflows.refunds.rules import no_issued_refund, something_refundable
from app.workflows.votes.rules import no_open_vote, vote_is_open, vote_passed


def in_scope(project: Project, actor: Actor) -> bool:
    """A company's own projects in the areas it may touch; the department's and the system's: all; others: none."""
    if actor.is_system or actor.is_department:
        return True
    if not actor.is_tenant or project.organisation_id != actor.organisation_id:
        return False
    return actor.area_ids is None or project.area_id in actor.area_ids


_NOTICED = (complete, vote_passed, initiation_notice_published)

PROJECT = Flow(
    subject=Project,
    initial=S.DRAFT,
    terminal=frozenset({S.CLOSED, S.CANCELLED}),
    in_scope=in_scope,
    editable={
        S.DRAFT: frozenset({
            "name", "reason", "planned_start", "planned_end", "contact", "phone", "remark", "emergency_type",
            "items", "shares", "phases",
        }),
    },
    transitions=cancellation.stopped_by_notice((
        Transition("save", N_("保存"), (S.DRAFT,), S.DRAFT, P.PROJECT_EDIT, icon="fa-floppy-disk"),
        Transition(
            "open_vote", N_("发起表决"), (S.DRAFT,), S.DRAFT, P.VOTE_EDIT,
            guards=(complete, no_open_vote), effects=(refresh_plan,), icon="fa-print",
        ),
        Transition(
            "enter_votes", N_("录入投票表决结果"), (S.DRAFT,), S.DRAFT, P.VOTE_EDIT,
            guards=(vote_is_open,), icon="fa-check-to-slot",
        ),
        Transition(
            "publish_initiation", N_("立项公示"), (S.DRAFT,), S.DRAFT, P.NOTICE_PUBLISH,
            guards=(complete, vote_passed), effects=(refresh_plan,), icon="fa-bullhorn",
        ),
        Transition(
            "file_initiation", N_("项目立项"), (S.DRAFT,), S.DRAFT, P.APPLICATION_FILE,
            guards=(*_NOTICED, accepted_ahead, no_open_initiation), icon="fa-file-signature",
        ),
        Transition(
            "submit_initiation", N_("提交立项"), (S.DRAFT,), S.UNDER_REVIEW, P.APPLICATION_FILE,
            guards=(*_NOTICED, accepted_ahead), effects=(refresh_plan, settle_ahead, fix_fund),
        ),
        # Carried along when the initiation is returned, rejected or withdrawn: that act's own row has been permitted.
        Transition(
            "reopen", N_("退回编制"), (S.UNDER_REVIEW,), S.DRAFT, P.APPLICATION_RETURN,
            effects=(drop_fund, refresh_plan),
        ),
        Transition(
            "start", N_("立项通过"), (S.UNDER_REVIEW,), S.RUNNING, P.REVIEW_SECOND,
            guards=(initiation_notice_over, no_objection_holds, fund_available), effects=(hold_fund,),
        ),
        Transition(
            "file_payout", N_("资金拨付"), (S.RUNNING,), S.RUNNING, P.APPLICATION_FILE,
            guards=(money_left,), icon="fa-money-bill-transfer",
        ),
        # 简单拨付 is accepted before its initiation, the other kinds while their works are under way.
        Transition(
            "submit_acceptance", N_("项目验收"), (S.DRAFT,), S.DRAFT, P.ACCEPTANCE_FILE,
            guards=(accepts_ahead, *_NOTICED, may_submit_acceptance), icon="fa-clipboard-check",
        ),
        Transition(
            "publish_acceptance", N_("项目验收公示"), (S.DRAFT,), S.DRAFT, P.NOTICE_PUBLISH,
            guards=(accepts_ahead, *_NOTICED, acceptance_waits_for_notice), icon="fa-bullhorn",
        ),
        Transition(
            "submit_acceptance", N_("项目验收"), (S.RUNNING,), S.RUNNING, P.ACCEPTANCE_FILE,
            guards=(may_submit_acceptance,), icon="fa-clipboard-check",
        ),
        Transition(
            "publish_acceptance", N_("项目验收公示"), (S.RUNNING,), S.RUNNING, P.NOTICE_PUBLISH,
            guards=(acceptance_waits_for_notice,), icon="fa-bullhorn",
        ),
        *(
            Transition("publish_cancellation", N_("撤销公示"), (at,), at, P.NOTICE_PUBLISH, icon="fa-bullhorn")
            for at in (S.DRAFT, S.UNDER_REVIEW, S.RUNNING)
        ),
        Transition(
            "change_plan", N_("拨付计划变更"), (S.RUNNING,), S.RUNNING, P.APPLICATION_FILE,
            guards=(no_open_plan_change,), icon="fa-pen-ruler",
        ),
        Transition("supplement", N_("补充项目"), (S.RUNNING,), S.RUNNING, P.PROJECT_EDIT, icon="fa-plus"),
        Transition(
            "close", N_("办结"), (S.RUNNING,), S.CLOSED, P.APPLICATION_FILE,
            guards=(acceptance_notice_published, nothing_open, no_issued_refund), effects=(release_fund,),
            icon="fa-circle-check",
        ),
        *(
            Transition(
                "file_refund", N_("项目清退"), (at,), at, P.REFUND_FILE,
                guards=(something_refundable,), icon="fa-rotate-left",
            )
            for at in (S.RUNNING, S.CLOSED)
        ),
        Transition(
            "cancel", N_("撤销"), (S.DRAFT, S.UNDER_REVIEW, S.RUNNING), S.CANCELLED, P.APPLICATION_FILE,
            guards=(cancellation.cancellation_announced, cancellation.nothing_paid, cancellation.nothing_at_the_bank),
            effects=(end_everything, release_fund), icon="fa-ban", danger=True,
        ),
    ), but=cancellation.GOES_ON),
)  # fmt: skip
