"""What a reviewer should see before deciding, as lines with a mark, and what each decision will do, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from app.domain.enums import ApplicationKind, NoticeKind
from app.domain.errors import Sentence, say
from app.domain.money import format_yuan
from app.models import Application, ProjectHouse, Transfer
from app.queries import notices
from app.workflows import policy
from app.workflows.applications.filing import project_accounts
from app.workflows.area_change import findings as area_change
from app.workflows.attachments.rules import missing_attachments, needed
from app.workflows.engine import Context
from app.workflows.notices.rules import initiation_notice_over, unchanged
from app.workflows.objections.rules import no_objection_holds
from app.workflows.payouts import rules as payouts
from app.workflows.payouts.actions import pays_all
from app.workflows.plan_change import plans
from app.workflows.plan_change.rules import may_take_effect
from app.workflows.projects.rules import fund_available

GOOD, NOTE, FAILED = "", "is-missing", "is-failed"


@dataclass(frozen=True)
class Finding:
    """One line of the check list; `mark` is its class, `note` a smaller line under it."""

    mark: str
    text: Sentence
    note: Sentence | None = None


def findings(application: Application, ctx: Context) -> list[Finding]:
    """The check list of the approval panel."""
    found = [_attachments(application, ctx), _four_eyes(application, ctx)]
    if application.kind.initiates:
        found += _initiation(application, ctx)
    if application.kind.initiates and application.kind.pays:
        found += _all_at_once(application, ctx)
    if application.kind is ApplicationKind.PAYOUT:
        found += _phase(application, ctx)
    if application.kind.pays:
        found += _payees(application, ctx)
    if application.kind is ApplicationKind.AREA_CHANGE:
        found += [Finding(*row) for row in area_change.findings(application, ctx)]
    if application.kind is ApplicationKind.PLAN_CHANGE:
        found.append(_plan(application, ctx))
    return found


def consequence(application: Application, name: str, ctx: Context) -> Sentence | None:
    """What pressing this button will do."""
    if name == "accept":
        return say("受理后打印受理回执，转%(next)s。", next="初审" if application.levels_needed > 1 else "复审")
    if name == "approve_first":
        return say("通过后转复审。")
    if name != "approve_final":
        return None
    if application.kind is ApplicationKind.AREA_CHANGE:
        return area_change.consequence(application, ctx)
    if application.kind is ApplicationKind.PLAN_CHANGE:
        count = sum(row.is_change for row in plans.differences(application.plan_change))
        return say("通过后 %(count)s 项变更立即生效，预算、分摊和冻结资金不变。", count=count)
    houses, fund, _short, _gap = _houses(application, ctx)
    figures = {
        "houses": f"{houses:,}", "fund": format_yuan(fund), "count": len(application.transfers),
        "amount": format_yuan(application.amount),
    }  # fmt: skip
    if not application.kind.pays:
        return say("通过后将冻结 %(houses)s 户共 %(fund)s 元，项目可申请拨付。", **figures)
    if application.kind.initiates:
        return say("通过后立项，冻结 %(houses)s 户共 %(fund)s 元，并由财务办理 %(count)s 笔划转。", **figures)
    return say("通过后由财务办理 %(count)s 笔划转，共 %(amount)s 元。", **figures)


def unregistered(application: Application, ctx: Context) -> set[int]:
    """Ids of the lines whose account is none that the company registered for the project's contractors."""
    known = {account.account_no for account in project_accounts(ctx.session, application.project)}
    return {line.id for line in application.transfers if line.account_no not in known}


def _attachments(application: Application, ctx: Context) -> Finding:
    required = [row for row in needed(application, ctx) if row.required]
    missing = missing_attachments(application, ctx)
    if missing:
        return Finding(FAILED, say("缺少要件：%(names)s", names="、".join(row.name for row in missing)))
    return Finding(GOOD, say("要件齐全，%(there)s / %(all)s", there=len(required), all=len(required)))


def _four_eyes(application: Application, ctx: Context) -> Finding:
    if ctx.actor.user_id in {review.actor_id for review in application.reviews}:
        return Finding(NOTE, say("您已参与本业务单的办理"))
    return Finding(GOOD, say("您没有参与提交、受理或前一级审核"))


def _initiation(application: Application, ctx: Context) -> list[Finding]:
    project, found = application.project, []
    notice = notices.standing_notice(ctx.session, project.id, NoticeKind.INITIATION)
    if notice is None:
        return [Finding(FAILED, say("立项公示已撤回"))]
    waits = initiation_notice_over(project, ctx)
    text = say("立项公示 %(number)s 已满足时限", number=notice.number)
    found.append(Finding(FAILED, waits) if waits else Finding(GOOD, text))
    if held := no_objection_holds(project, ctx):
        found.append(Finding(FAILED, held))
    changed = unchanged(project, notice, ctx)
    found.append(Finding(FAILED, changed) if changed else Finding(GOOD, say("公示后分摊与金额未改动")))
    if lacking := fund_available(project, ctx):
        found.append(Finding(FAILED, lacking))
    _count, _fund, short, gap = _houses(application, ctx)
    if short:
        note = say("差额 %(gap)s 元已列为业主自筹", gap=format_yuan(gap))
        found.append(Finding(NOTE, say("%(count)s 户余额不足", count=f"{short:,}"), note))
    return found


def _all_at_once(application: Application, ctx: Context) -> list[Finding]:
    """简单拨付: settled at its budget and announced, and the payees get all that the fund pays."""
    acceptance = notices.standing_notice(ctx.session, application.project_id, NoticeKind.ACCEPTANCE)
    if acceptance is None:
        return [Finding(FAILED, say("验收公示已撤回"))]
    found = [Finding(GOOD, say("验收公示 %(number)s 已发布，结算等于预算", number=acceptance.number))]
    if reason := pays_all(application, ctx):
        return [*found, Finding(FAILED, reason)]
    text = say("收款金额合计等于预算应拨付金额 %(amount)s 元", amount=format_yuan(application.amount))
    return [*found, Finding(GOOD, text)]


def _phase(application: Application, ctx: Context) -> list[Finding]:
    project, phase = application.project, application.phase
    amount = sum(line.amount - line.refunded for line in application.transfers)
    reason = payouts.check_payout(project, phase, amount, ctx, without=application.id)
    before = payouts.counted(ctx.session, project.id, phase_id=phase.id, without=application.id)
    figures = say(
        "第 %(sequence)s 期计划 %(plan)s 元，其他申请 %(before)s 元，本次 %(amount)s 元",
        sequence=phase.sequence, plan=format_yuan(phase.amount), before=format_yuan(before), amount=format_yuan(amount),
    )  # fmt: skip
    return [Finding(FAILED, reason) if reason else Finding(GOOD, figures), _threshold(application, amount, ctx)]


def _payees(application: Application, ctx: Context) -> list[Finding]:
    """Who is none of the project's contractors, and whose account nobody registered."""
    found = [_foreign(line) for line in application.transfers if line.foreign_reason]
    if odd := unregistered(application, ctx):
        found.append(
            Finding(NOTE, say("%(count)s 个收款账号未在施工单位名下登记，请与收款账户证明核对", count=len(odd)))
        )
    return found


def _threshold(application: Application, amount: int, ctx: Context) -> Finding:
    total = payouts.counted(ctx.session, application.project_id, without=application.id) + amount
    budget = payouts.totals(ctx.session, application.project_id)[0]
    percent = policy.number(ctx.session, "acceptance_threshold_percent", ctx.today)
    values = {"total": format_yuan(total), "budget": format_yuan(budget), "percent": percent}
    if payouts.acceptance_in_force(ctx.session, application.project):
        return Finding(GOOD, say("验收已生效；累计申请 %(total)s 元，预算 %(budget)s 元", **values))
    if 100 * total > percent * budget:
        return Finding(FAILED, say("累计 %(total)s 元，超过预算 %(budget)s 元的 %(percent)s%%，尚未验收", **values))
    return Finding(GOOD, say("累计 %(total)s 元，未超过预算 %(budget)s 元的 %(percent)s%%", **values))


def _foreign(line: Transfer) -> Finding:
    text = say("收款人“%(name)s”不是本项目的施工单位", name=line.account_name)
    return Finding(FAILED, text, say("企业说明：%(reason)s", reason=line.foreign_reason))


def _plan(application: Application, ctx: Context) -> Finding:
    if reason := may_take_effect(application, ctx):
        return Finding(FAILED, reason)
    planned = format_yuan(sum(phase.amount for phase in application.plan_change.phases))
    return Finding(GOOD, say("变更后合计 %(planned)s 元，等于预算应拨付金额；已申请的期次未改动", planned=planned))


def _houses(application: Application, ctx: Context) -> tuple[int, int, int, int]:
    """Houses, Σf, houses whose fund is short of their budget, and by how much in all (fen)."""
    lack = ProjectHouse.budget - ProjectHouse.fund
    row = ctx.session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(ProjectHouse.fund), 0),
            func.count().filter(lack > 0),
            func.coalesce(func.sum(lack), 0),
        ).where(ProjectHouse.project_id == application.project_id)
    ).one()
    return row[0], int(row[1]), row[2], int(row[3])
