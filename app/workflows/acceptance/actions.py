"""Filing an acceptance and putting it in force. Amounts are fen."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from app import audit
from app.domain.calendar import add_months
from app.domain.enums import AcceptanceState
from app.domain.errors import Conflict, Refusal, say
from app.domain.money import format_yuan
from app.ledger import project_money
from app.models import Acceptance, AcceptanceItem, Equipment, Project, ProjectItem
from app.workflows import engine, policy
from app.workflows.acceptance import ahead, rules
from app.workflows.engine import TAKEN, Context
from app.workflows.payouts.transfers import close_project
from app.workflows.projects.flow import PROJECT
from app.workflows.projects.kinds import KINDS


def submit_acceptance(project_id: int, ctx: Context, *, version: int | None = None) -> Acceptance:
    """提交: the first time a new row, later the same one again. `ctx.data`: completed_on, members, opinion, settled
    {item id: fen}; `version` 0 means drawn while there was none. Errors: Refusal with its field; those of
    `engine.apply`. Inside a unit of work.
    """
    project = engine.apply(PROJECT, project_id, "submit_acceptance", ctx)
    acceptance = rules.current(ctx.session, project)
    if acceptance is not None and acceptance.state is AcceptanceState.IN_FORCE:  # 简单拨付: the draft left it behind
        take_out_of_force(acceptance, ctx)
    # One that was in force once keeps its row and its ledger entry; after its notice was withdrawn a new one is filed.
    if acceptance is not None and acceptance.in_force_at is None:
        from app.workflows.acceptance.flow import ACCEPTANCE  # the table names this module's effects

        return engine.apply(ACCEPTANCE, acceptance.id, "redo", ctx, version=version)
    if version and (acceptance is None or acceptance.version != version):
        raise Conflict(TAKEN)
    acceptance = Acceptance(
        project_id=project.id, state=AcceptanceState.SUBMITTED, version=1, completed_on=ctx.today, members="",
        opinion="", content="", submitted_at=ctx.now, submitted_by_id=ctx.actor.user_id, project=project,
    )  # fmt: skip
    fill(acceptance, ctx)
    ctx.session.add(acceptance)
    ctx.session.flush()
    return acceptance


def fill(acceptance: Acceptance, ctx: Context) -> None:
    """Check and take over what was typed; nothing above an item's budget."""
    completed_on, members = ctx.data.get("completed_on"), (ctx.data.get("members") or "").strip()
    opinion = (ctx.data.get("opinion") or "").strip()
    if not isinstance(completed_on, date):
        raise Refusal(say("请填写竣工日期"), field="completed_on")
    if completed_on > ctx.today:
        raise Refusal(say("竣工日期不能晚于今天"), field="completed_on")
    if not members:
        raise Refusal(say("请填写验收人员"), field="members")
    if not opinion:
        raise Refusal(say("请填写验收意见"), field="opinion")
    settled = _settled(acceptance.project, ctx)
    acceptance.completed_on, acceptance.members, acceptance.opinion = completed_on, members, opinion
    acceptance.submitted_at, acceptance.submitted_by_id = ctx.now, ctx.actor.user_id
    rows = {row.item_id: row for row in acceptance.items}
    for item_id, amount in settled.items():
        if item_id in rows:
            rows[item_id].settled = amount
        else:
            acceptance.items.append(AcceptanceItem(item_id=item_id, settled=amount))


def put_in_force(acceptance: Acceptance, ctx: Context) -> None:
    """With its notice, in the same act: settled shares, adjustments, release, warranty dates (project row locked)."""
    from app.workflows.acceptance.flow import ACCEPTANCE

    if reason := rules.settlement_covers_payouts(acceptance, ctx) or ahead.settles_at_budget(acceptance, ctx):
        raise Refusal(reason)
    engine.carry(ACCEPTANCE, acceptance, "put_in_force", ctx)
    ctx.session.flush()
    close_project(acceptance.project, ctx)


def take_out_of_force(acceptance: Acceptance, ctx: Context) -> None:
    """The department withdraws the notice: uᵢ is fᵢ again, and the company files the acceptance anew.

    Refusal: a payout has been filed since; or the difference is no longer available (the houses are named).
    """
    from app.workflows.acceptance.flow import ACCEPTANCE

    if reason := rules.no_payout_since(acceptance, ctx):
        raise Refusal(reason)
    engine.carry(ACCEPTANCE, acceptance, "take_out_of_force", ctx)


def unsettle(acceptance: Acceptance, ctx: Context) -> None:
    """The ledger's side of it, whose entries stay; the equipment's warranty is what it was before."""
    ctx.session.flush()
    if acceptance.project.fund_fixed:
        project_money.undo_settlement(ctx.session, acceptance.project)
    take_warranties_back(acceptance, ctx)


def take_warranties_back(acceptance: Acceptance, ctx: Context) -> None:
    """The equipment's 质保期 is what it was before this acceptance."""
    for row in acceptance.items:
        _take_back_warranty(row, acceptance, ctx)
    acceptance.warranty_until = None


def leave_out(item: ProjectItem, ctx: Context) -> None:
    """An item that leaves its draft leaves its acceptance too (简单拨付), with the warranty that came of it."""
    query = select(Acceptance).where(Acceptance.items.any(AcceptanceItem.item_id == item.id))
    for acceptance in ctx.session.scalars(query):
        row = next(row for row in acceptance.items if row.item_id == item.id)
        if acceptance.state is AcceptanceState.IN_FORCE:
            _take_back_warranty(row, acceptance, ctx)
        acceptance.items.remove(row)
    ctx.session.flush()


def _take_back_warranty(row: AcceptanceItem, acceptance: Acceptance, ctx: Context) -> None:
    equipment = row.item.equipment
    given = add_months(acceptance.completed_on, 12 * equipment.category.warranty_years)
    if equipment.warranty_until == given:  # else somebody has set it anew since
        _set_warranty(equipment, row.warranty_before, ctx)


def settle(acceptance: Acceptance, ctx: Context) -> None:
    """The ledger settles every item, and its equipment is under warranty from the day of completion.

    Accepted before its initiation (简单拨付), a project has no money to settle yet: its submission does that.
    """
    acceptance.in_force_at = ctx.now
    ctx.session.flush()
    if acceptance.project.fund_fixed:
        project_money.put_settlement(
            ctx.session, acceptance.project, acceptance.settlements, acceptance_id=acceptance.id, booked_on=ctx.today,
            now=ctx.now, actor=ctx.actor, draw_order=policy.value(ctx.session, "draw_order", ctx.today),
        )  # fmt: skip
    until = [_warrant(item, acceptance, ctx) for item in acceptance.project.items]
    acceptance.warranty_until = min(until) if until else None


def _warrant(item, acceptance: Acceptance, ctx: Context) -> date:
    """New 质保期 of one item's equipment, by its category (`law.md` 4)."""
    equipment = item.equipment
    until = add_months(acceptance.completed_on, 12 * equipment.category.warranty_years)
    for row in acceptance.items:
        if row.item_id == item.id:
            row.warranty_before = equipment.warranty_until
    _set_warranty(equipment, until, ctx)
    return until


def _set_warranty(equipment: Equipment, until: date | None, ctx: Context) -> None:
    audit.record(
        ctx.session, ctx.actor, "warranty", equipment, now=ctx.now, summary=f"{equipment}：质保期",
        changes={"warranty_until": [str(equipment.warranty_until or ""), str(until or "")]},
    )  # fmt: skip
    equipment.warranty_until = until


def _settled(project: Project, ctx: Context) -> dict[int, int]:
    """{item id: fen}, one for each item of the project and for no other."""
    given = ctx.data.get("settled") or {}
    result = {}
    for item in project.items:
        amount = given.get(item.id)
        if not isinstance(amount, int) or amount < 0:
            raise Refusal(say("请填写“%(item)s”的结算金额", item=item.equipment), field=f"settled-{item.id}")
        if KINDS[project.kind].pays_at_once and amount != item.budget:
            raise Refusal(ahead.unequal(str(item.equipment), amount, item.budget), field=f"settled-{item.id}")
        if amount > item.budget:
            raise Refusal(
                say(
                    "结算金额 ¥%(settled)s 超过预算 ¥%(budget)s；超出部分请另立补充项目",
                    settled=format_yuan(amount), budget=format_yuan(item.budget),
                ),
                field=f"settled-{item.id}",
            )  # fmt: skip
        result[item.id] = amount
    return result
