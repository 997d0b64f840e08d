"""The 操作 menu's acts with their reasons: a step not reached yet names what it waits for, not just the state."""

from __future__ import annotations

from app.domain.enums import ProjectKind as K
from app.domain.enums import ProjectState as S
from app.domain.errors import Sentence, say
from app.models import Project
from app.workflows.engine import Context, Offer, available, reason_against
from app.workflows.projects.flow import PROJECT

NOT_APPROVED = say("立项申请尚未审核通过")
NO_ACCEPTANCE = say("尚未提交项目验收")
FILED = say("立项申请已提交，审核期间不能改动")
APPROVED = say("立项已通过，这一步已经完成")
NOTHING_PAID = say("没有已拨付的款项，无须清退")

LATER = ("file_payout", "submit_acceptance", "change_plan", "supplement", "close")
# Why an act of a later or earlier state is closed: (act, state) → sentence; without one the engine's sentence stands.
WAITS: dict[tuple[str, S], Sentence] = {
    **{(name, state): NOT_APPROVED for name in LATER for state in (S.DRAFT, S.UNDER_REVIEW)},
    ("publish_acceptance", S.DRAFT): NO_ACCEPTANCE,
    ("publish_acceptance", S.UNDER_REVIEW): NO_ACCEPTANCE,
    **{("file_refund", state): NOTHING_PAID for state in (S.DRAFT, S.UNDER_REVIEW, S.CANCELLED)},
    **{(name, S.UNDER_REVIEW): FILED for name in ("open_vote", "enter_votes", "publish_initiation", "file_initiation")},
    **{(name, S.RUNNING): APPROVED for name in ("open_vote", "enter_votes", "publish_initiation", "file_initiation")},
}
NO_VOTE = say("紧急项目无须业主表决")
ALL_AT_ONCE = say("简单拨付项目在项目立项时一并申请拨付")

# Where a kind has its own reason, whatever the state; None: the guard's own sentence, as the kind takes the step then.
OF_KIND: dict[tuple[str, K], dict[S, Sentence | None]] = {
    **{(name, K.EMERGENCY): dict.fromkeys(S, NO_VOTE) for name in ("open_vote", "enter_votes")},
    ("file_payout", K.SIMPLE): dict.fromkeys((S.DRAFT, S.UNDER_REVIEW), ALL_AT_ONCE),
    **{
        (name, K.SIMPLE): {S.DRAFT: None, S.UNDER_REVIEW: FILED}
        for name in ("submit_acceptance", "publish_acceptance")
    },
}


def offers(project: Project, ctx: Context) -> dict[str, Offer]:
    """{act: open, or closed with the reason} for what the actor may do; one row a name: the present state's."""
    found: dict[str, Offer] = {}
    for offer in available(PROJECT, project, ctx):
        name = offer.transition.name
        if name in found and project.state not in offer.transition.sources:
            continue
        found[name] = offer if offer.is_open else Offer(offer.transition, _told(project, name, offer.reason))
    return found


def why_closed(project: Project, name: str, ctx: Context) -> Sentence | None:
    """Why that act is closed now, in the menu's words; None when it is open."""
    reason = reason_against(PROJECT, PROJECT.find(name, project.state), project, ctx)
    return reason and _told(project, name, reason)


def _told(project: Project, name: str, reason: Sentence | None) -> Sentence | None:
    """The reason in the menu's words."""
    of_kind = OF_KIND.get((name, project.kind), {})
    words = of_kind[project.state] if project.state in of_kind else WAITS.get((name, project.state))
    return words or reason
