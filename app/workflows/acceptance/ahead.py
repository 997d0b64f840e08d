"""简单拨付 (manual 1.5.3): the works are done, accepted and announced before the initiation is filed.

What was accepted is the draft as it stood when the acceptance notice was published. A later change of houses, shares,
budgets or contractors leaves it behind: then it is filed and announced anew. Amounts are fen.
"""

from __future__ import annotations

from app.domain.enums import AcceptanceState, NoticeKind, ProjectState
from app.domain.errors import Sentence, say
from app.domain.money import format_yuan
from app.models import Acceptance, Project
from app.queries import project_page as page
from app.workflows.engine import Context
from app.workflows.projects.kinds import KINDS


def accepts_ahead(project: Project, ctx: Context) -> Sentence | None:
    """Guard of a draft's acceptance: only 简单拨付 is accepted before its initiation."""
    return None if KINDS[project.kind].pays_at_once else say("立项申请尚未审核通过")


def accepted_ahead(project: Project, ctx: Context) -> Sentence | None:
    """Guard of 简单拨付's initiation: its acceptance is in force, announced, and still says what the project is."""
    if not KINDS[project.kind].pays_at_once:
        return None
    acceptance = page.latest_acceptance(ctx, project.id)
    if acceptance is None:
        return say("简单拨付项目须先完成项目验收并发布验收公示，再申请立项")
    if acceptance.state is not AcceptanceState.IN_FORCE:
        return say("项目验收公示尚未发布")
    notice = page.standing_notice(ctx, project.id, NoticeKind.ACCEPTANCE)
    if outdated(project, ctx):
        return say("验收公示 %(number)s 发布后项目已改动，须重新提交项目验收并发布验收公示", number=notice.number)
    return None


def outdated(project: Project, ctx: Context) -> bool:
    """Has the draft left behind what its acceptance notice said?"""
    from app.workflows.projects import fingerprint  # the project's flow imports this module

    if project.state is not ProjectState.DRAFT:
        return False
    notice = page.standing_notice(ctx, project.id, NoticeKind.ACCEPTANCE)
    return notice is not None and notice.fingerprint != fingerprint.present(project, ctx)


def settles_at_budget(acceptance: Acceptance, ctx: Context) -> Sentence | None:
    """简单拨付: every item settles at exactly its budget, also when the budget was changed since it was accepted."""
    if not KINDS[acceptance.project.kind].pays_at_once:
        return None
    settled = acceptance.settlements
    for item in acceptance.project.items:
        if settled.get(item.id) != item.budget:
            return unequal(str(item.equipment), settled.get(item.id, 0), item.budget)
    return None


def unequal(equipment: str, settled: int, budget: int) -> Sentence:
    """What refuses a settlement that is not the budget."""
    return say(
        "“%(item)s”结算金额 ¥%(settled)s，预算 ¥%(budget)s：简单拨付项目的结算须等于预算",
        item=equipment, settled=format_yuan(settled), budget=format_yuan(budget),
    )  # fmt: skip
