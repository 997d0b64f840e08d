"""What the clerk does with a registration: papers ticked, confirmed, declined (`flow.py`: its single wishes)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from app import audit
from app.domain.enums import ProjectState, WishState
from app.domain.errors import Forbidden, NotYours, Refusal, Sentence, say
from app.models import AreaWish, Organisation, OrganisationPaper, PlatformUser, RequiredAttachment
from app.permissions import Permission
from app.queries import registration as queries
from app.workflows import engine
from app.workflows.attachments.rules import registration_requirements
from app.workflows.engine import Context
from app.workflows.registration.flow import MAX_REASON, WISH, hand_over, served_by_another, tell
from app.workflows.registration.kinds import KINDS
from app.workflows.users.actions import end_sessions

OVER = (ProjectState.CLOSED, ProjectState.CANCELLED)


def take_papers(key: int, papers: dict[int, int], ctx: Context, version: int | None = None) -> Organisation:
    """The clerk's ticks, at any time: {requirement: copies}; what is not in it is not in hand.

    Errors: NotYours, Forbidden, Conflict, Refusal (copies). In a unit of work.
    """
    organisation = _registered(key, ctx, version)
    asked = {row.id: row for row in registration_requirements(ctx.session)}
    before = {row.requirement_id: row for row in _papers(organisation, ctx)}
    for gone in before.keys() - papers.keys():
        ctx.session.delete(before[gone])
    for requirement, copies in papers.items():
        if requirement not in asked:
            continue
        if not 1 <= copies <= 99:
            name = asked[requirement].name
            raise Refusal(say("“%(name)s”的份数须为 1 至 99", name=name), field=f"copies-{requirement}")
        _take(organisation, requirement, copies, before.get(requirement), ctx)
    ctx.session.flush()
    told = "、".join(f"{row.name} {papers[row.id]} 份" for row in asked.values() if row.id in papers)
    _record("take_registration_papers", organisation, "核收注册要件", ctx, {"papers": ["", told]})
    return organisation


def confirm(key: int, papers: dict[int, int], ctx: Context, version: int | None = None) -> Organisation:
    """确认: all required papers are in hand. The organisation gets the areas it wished for that are free.

    A wish whose area has a company (or committee) by now is declined, with the way to go; a typed one must have been
    decided before. Errors: those of `take_papers`; Refusal when papers or decisions are missing.
    """
    organisation = take_papers(key, papers, ctx, version)
    if not organisation.active:
        raise Refusal(say("该机构已停用，不能办理"))
    if organisation.papers_confirmed:
        raise Refusal(say("该机构的注册资料已经确认"))
    if missing := missing_papers(organisation, ctx):
        names = "、".join(row.name for row in missing)
        raise Refusal(say("还缺纸质件：%(names)s", names=names), field=f"paper-{missing[0].id}")
    wishes = _wishes(organisation, ctx)
    if typed := [wish for wish in wishes if wish.state is WishState.WAITING and wish.area_id is None]:
        name = typed[0].typed_name
        raise Refusal(say("“%(name)s”是手工填写的，请先选择对应的物业区域，或不予采纳", name=name))
    given = [str(wish.area) for wish in wishes if _settle(wish, ctx)]
    organisation.papers_confirmed = True
    organisation.confirmed_at, organisation.confirmed_by_id = ctx.now, ctx.actor.user_id
    changes = {"papers_confirmed": [False, True], "areas": [[], given]}
    _record("confirm_registration", organisation, "确认注册资料", ctx, changes)
    if given:
        tell(organisation, say("注册资料已确认，可以办理业务的物业区域：%(areas)s", areas="、".join(given)), ctx)
    else:
        tell(organisation, say("注册资料已确认"), ctx)
    return organisation


def decline(key: int, reason: str, ctx: Context, version: int | None = None) -> Organisation:
    """不予登记: the organisation is stopped, contracts that it got at once end, its users' sign-ins are over.

    Its administrator may still sign in and read why; the window may start it again (机构, 启用).

    Errors: NotYours, Forbidden, Conflict; Refusal without a reason, after the confirmation, or with projects under way.
    """
    organisation = _registered(key, ctx, version)
    reason = reason.strip()[:MAX_REASON]
    if not reason:
        raise Refusal(say("请写明不予登记的理由"), field="reason")
    if organisation.papers_confirmed or not organisation.active:
        raise Refusal(say("只有待核的注册可以不予登记"))
    if count := queries.open_projects(ctx.session, organisation.id, OVER):
        raise Refusal(say("该机构有 %(count)s 个未办结的维修项目，须先撤销", count=count))
    told = say("注册未通过：%(reason)s。请携带材料到受理窗口办理", reason=reason)
    tell(organisation, told, ctx)
    for contract in queries.contracts_of(ctx.session, organisation.id):
        contract.ended_at = ctx.now
    organisation.active = False
    users = select(PlatformUser).where(PlatformUser.organisation_id == organisation.id)
    for user in ctx.session.scalars(users).unique():
        end_sessions(ctx.session, user)
    changes = {"active": [True, False], "reason": ["", reason]}
    _record("decline_registration", organisation, "不予登记", ctx, changes)
    return organisation


def missing_papers(organisation: Organisation, ctx: Context) -> list[RequiredAttachment]:
    """Required papers that no clerk has ticked yet."""
    there = {row.requirement_id for row in _papers(organisation, ctx)}
    return [row for row in registration_requirements(ctx.session) if row.required and row.id not in there]


def _registered(key: int, ctx: Context, version: int | None) -> Organisation:
    """The organisation, locked, of a kind that registers, at the version the page was drawn with."""
    if not ctx.actor.can(Permission.REGISTRATION_CONFIRM):
        raise Forbidden(Permission.REGISTRATION_CONFIRM.value)
    organisation = engine.lock(ctx.session, Organisation, key, version)
    if organisation.kind not in KINDS:
        raise NotYours(f"Organisation {key}")
    engine.touch(organisation)
    return organisation


def _papers(organisation: Organisation, ctx: Context) -> Iterable[OrganisationPaper]:
    return ctx.session.scalars(select(OrganisationPaper).where(OrganisationPaper.organisation_id == organisation.id))


def _take(
    organisation: Organisation, requirement: int, copies: int, known: OrganisationPaper | None, ctx: Context
) -> None:
    if known is not None:
        known.copies = copies
        return
    ctx.session.add(
        OrganisationPaper(
            organisation_id=organisation.id, requirement_id=requirement, copies=copies,
            received_by_id=ctx.actor.user_id, received_at=ctx.now,
        )
    )  # fmt: skip


def _wishes(organisation: Organisation, ctx: Context) -> list[AreaWish]:
    """In the order of their areas, as areas are locked one after the other."""
    query = select(AreaWish).where(AreaWish.organisation_id == organisation.id)
    return list(ctx.session.scalars(query.order_by(AreaWish.area_id, AreaWish.id)))


def _settle(wish: AreaWish, ctx: Context) -> bool:
    """With the confirmation: the area is handed over, or the wish declined because somebody serves it."""
    if wish.state is WishState.DECLINED:
        return False
    engine.lock(ctx.session, type(wish.area), wish.area_id)
    if reason := served_by_another(wish, ctx):
        _decline(wish, reason, ctx)
        return False
    if wish.state is WishState.WAITING:
        engine.carry(WISH, wish, "grant_wish", ctx)
    hand_over(wish, ctx)
    return True


def _decline(wish: AreaWish, reason: Sentence, ctx: Context) -> None:
    engine.carry(WISH, wish, "decline_wish", Context(ctx.session, ctx.actor, ctx.now, {"reason": str(reason)}))


def _record(action: str, organisation: Organisation, what: str, ctx: Context, changes: dict) -> None:
    summary = f"{what}：{organisation.name}"
    audit.record(ctx.session, ctx.actor, action, organisation, now=ctx.now, summary=summary, changes=changes)
