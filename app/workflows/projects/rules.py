"""What a project still lacks, and why an act on it is closed. Every rule answers with a sentence with its figures."""

from __future__ import annotations

from sqlalchemy import select

from app.domain.enums import ApplicationKind
from app.domain.enums import ApplicationState as A
from app.domain.errors import Sentence, say
from app.domain.money import format_yuan
from app.ledger import project_money
from app.models import Application, Project, ProjectItem
from app.queries import projects as queries
from app.queries.project_page import PAGE
from app.workflows.engine import Context
from app.workflows.projects.effects import planned_amounts
from app.workflows.projects.kinds import KINDS

OPEN_APPLICATIONS = (A.SUBMITTED, A.IN_REVIEW, A.RETURNED, A.APPROVED)


def missing(project: Project, ctx: Context) -> list[Sentence]:
    """Everything that is missing before the vote or the notice, in the order of the tabs; empty when complete."""
    return [sentence for _tab, sentence in missing_by_tab(project, ctx)]


def missing_by_tab(project: Project, ctx: Context) -> list[tuple[str, Sentence]]:
    """As `missing()`, each sentence with the key of the tab where it is put right (basics, items, plan)."""
    found = [("basics", sentence) for sentence in _missing_basics(project)]
    found += [("items", sentence) for sentence in _missing_items(project, ctx)]
    found += [("plan", sentence) for sentence in _missing_plan(project, ctx)]
    return found


def complete(project: Project, ctx: Context) -> Sentence | None:
    """Guard: the project lacks nothing. A page that has already listed what is missing hands it over in its data."""
    facts = ctx.data.get(PAGE)
    found = facts.missing if facts and facts.missing is not None else missing(project, ctx)
    if not found:
        return None
    if len(found) == 1:
        return found[0]
    return say("项目尚不完整（%(count)s 项）：%(first)s 等", count=len(found), first=str(found[0]))


def fund_available(project: Project, ctx: Context) -> Sentence | None:
    """Guard of the final approval: every fᵢ must still be available (`money.md` 2)."""
    lacking = project_money.shortages(ctx.session, project)
    if not lacking:
        return None
    return say(
        "%(count)s 户可用余额已不足，共差 %(lack)s 元（%(first)s 差 %(one)s 元），须退回企业重新确认",
        count=len(lacking), lack=format_yuan(sum(row.lack for row in lacking)), first=lacking[0].label,
        one=format_yuan(lacking[0].lack),
    )  # fmt: skip


def nothing_open(project: Project, ctx: Context) -> Sentence | None:
    """Guard of 办结: no application of the project waits for anybody."""
    facts = ctx.data.get(PAGE)
    rows = facts.applications if facts else ctx.session.execute(
        select(Application.number, Application.kind, Application.state)
        .where(Application.project_id == project.id, Application.state.in_(OPEN_APPLICATIONS))
        .order_by(Application.id)
    )  # fmt: skip
    done = {(kind, A.APPROVED) for kind in (ApplicationKind.INITIATION, ApplicationKind.PLAN_CHANGE)}
    numbers = [row.number for row in rows if row.state in OPEN_APPLICATIONS and (row.kind, row.state) not in done]
    if not numbers:
        return None
    return say("还有 %(count)s 个业务单未办完：%(numbers)s", count=len(numbers), numbers="、".join(numbers[:5]))


def _missing_basics(project: Project) -> list[Sentence]:
    needed = (
        (project.name.strip(), say("请填写项目名称")),
        (project.reason.strip(), say("请填写维修原因")),
        (project.planned_start, say("请填写计划开工日期")),
        (project.planned_end, say("请填写计划完工日期")),
        (project.contact.strip(), say("请填写联系人")),
        (project.phone, say("请填写联系电话")),
        (not KINDS[project.kind].evidence or project.emergency_type, say("请选择紧急情形")),
    )
    return [sentence for value, sentence in needed if not value]


def _missing_items(project: Project, ctx: Context) -> list[Sentence]:
    if not project.items:
        return [say("还没有选择维修设施设备")]
    sums = _share_sums(project, ctx)
    moved = items_with_moved_areas(project, ctx)
    found: list[Sentence] = []
    for item in project.items:
        found += _missing_of_item(item, *sums.get(item.id, (0, 0)), item.id in moved)
    return found


def _missing_of_item(item: ProjectItem, houses: int, total: int, areas_moved: bool) -> list[Sentence]:
    name = item.equipment.name
    found = []
    if not item.content.strip():
        found.append(say("“%(name)s”还没有填写维修内容", name=name))
    if item.contractor_id is None:
        found.append(say("“%(name)s”还没有选择施工单位", name=name))
    if not houses:
        return [*found, say("“%(name)s”还没有分摊房屋", name=name)]
    if not item.budget:
        return [*found, say("“%(name)s”还没有填写预算金额", name=name)]
    if total != item.budget:
        found.append(
            say("“%(name)s”分摊合计 %(total)s 元，预算 %(budget)s 元，相差 %(gap)s 元", name=name,
                total=format_yuan(total), budget=format_yuan(item.budget), gap=format_yuan(abs(item.budget - total)))
        )  # fmt: skip
    elif item.shares_stale or areas_moved:
        found.append(say("“%(name)s”分摊待重算", name=name))
    return found


def _missing_plan(project: Project, ctx: Context) -> list[Sentence]:
    kind = KINDS[project.kind]
    if kind.pays_at_once:
        return _nothing_to_pay(project, ctx)
    if not project.phases:
        return [say("还没有拨付计划")]
    found = []
    if len(project.phases) < kind.min_phases:
        found.append(
            say("拨付计划只有 %(count)s 期，%(kind)s项目至少 %(least)s 期；一次拨付的请新建简单拨付维修项目",
                count=len(project.phases), kind=project.kind.label, least=kind.min_phases)
        )  # fmt: skip
    found += [
        say("拨付计划第 %(phase)s 期还没有填写拨付条件", phase=phase.sequence)
        for phase in project.phases
        if not phase.condition.strip()
    ]
    return found + _plan_gap(project, ctx)


def _nothing_to_pay(project: Project, ctx: Context) -> list[Sentence]:
    """The one phase is 预算应拨付金额 whatever it is; of nothing there is no payout."""
    totals = _totals(project, ctx)
    if totals.fund or not totals.budget:
        return []
    return [say("分摊房屋的账户均无可用余额，预算 %(budget)s 元全部为业主自筹，没有可拨付的资金",
                budget=format_yuan(totals.budget))]  # fmt: skip


def _totals(project: Project, ctx: Context) -> queries.MergedTotals:
    return ctx.data[PAGE].totals if PAGE in ctx.data else queries.merged_totals(ctx.session, project)


def _plan_gap(project: Project, ctx: Context) -> list[Sentence]:
    fund = _totals(project, ctx).fund
    amounts = planned_amounts(project.phases, fund)
    found = [say("拨付计划第 %(phase)s 期金额为零", phase=at) for at, amount in enumerate(amounts, 1) if not amount]
    planned = sum(amounts)
    if planned != fund:
        found.append(
            say("拨付计划合计 %(planned)s 元，须等于预算应拨付金额 %(fund)s 元，差 %(gap)s 元",
                planned=format_yuan(planned), fund=format_yuan(fund), gap=format_yuan(abs(fund - planned)))
        )  # fmt: skip
    return found


def items_with_moved_areas(project: Project, ctx: Context) -> set[int]:
    """Items shared by area whose houses have another floor area today than when they were split (分摊待重算)."""
    facts = ctx.data.get(PAGE)
    return facts.moved if facts else set(ctx.session.scalars(queries.moved_query(project)))


def _share_sums(project: Project, ctx: Context) -> dict[int, tuple[int, int]]:
    """{item id: (houses in its range, sum of their shares in fen)}."""
    if PAGE in ctx.data:
        return ctx.data[PAGE].sums
    rows = ctx.session.execute(queries.share_sums_query(project))
    return {item: (int(houses), int(total)) for item, houses, total, _ in rows}
