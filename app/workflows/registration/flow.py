"""A wish (意向区域) as a table: the clerk grants or declines it, and may think again while nothing rests on it."""

from __future__ import annotations

from app.domain.enums import OrganisationKind
from app.domain.enums import WishState as S
from app.domain.errors import N_, Refusal, Sentence, say
from app.models import Area, AreaWish, Organisation, ServiceContract
from app.permissions import Actor
from app.permissions import Permission as P
from app.queries import registration as queries
from app.workflows import engine, messages
from app.workflows.engine import Context, Flow, Transition

MAX_REASON = 400


def in_scope(wish: AreaWish, actor: Actor) -> bool:
    """The department decides; an organisation only reads its own."""
    return actor.is_system or actor.is_department


def organisation_is_active(wish: AreaWish, ctx: Context) -> Sentence | None:
    """Guard: nothing is decided for an organisation that was stopped or declined."""
    return None if wish.organisation.active else say("该机构已停用，不能办理")


def no_contract_yet(wish: AreaWish, ctx: Context) -> Sentence | None:
    """Guard: an area that was handed over is not taken back here."""
    if _contract(wish, ctx) is not None:
        return say("该区域已由本机构服务，如需终止请在“物业服务合同”中办理")
    return None


def choose_area(wish: AreaWish, ctx: Context) -> None:
    """A typed name: the clerk says which area of the register is meant (`area_id`)."""
    chosen = ctx.data.get("area_id")
    if wish.typed_name and chosen:
        if ctx.session.get(Area, chosen) is None:
            raise Refusal(say("请从列表中选择"), field="area_id")
        wish.area_id = chosen
    if wish.area_id is None:
        raise Refusal(
            say("“%(name)s”是手工填写的，请先选择对应的物业区域，或不予采纳", name=wish.typed_name), field="area_id"
        )


def refuse_served(wish: AreaWish, ctx: Context) -> None:
    """An area that has a company passes only by area_change; one that has a committee has no second one."""
    engine.lock(ctx.session, Area, wish.area_id)
    if reason := served_by_another(wish, ctx):
        raise Refusal(reason, field="area_id")


def served_by_another(wish: AreaWish, ctx: Context) -> Sentence | None:
    """Who stands in the way, as a sentence; None when the area is free for this kind."""
    organisation = wish.organisation
    holder = queries.server_of(ctx.session, wish.area_id, organisation.kind, ctx.today)
    if holder is None or holder.id == organisation.id:
        return None
    if organisation.kind is OrganisationKind.OWNERS_COMMITTEE:
        return say("该区域已有业主委员会“%(name)s”", name=holder.name)
    return say("该区域现由“%(name)s”服务，须由企业另行办理“变更物业区域物业服务企业”", name=holder.name)


def decide(wish: AreaWish, ctx: Context) -> None:
    """By whom and when; a confirmed organisation gets the area at once, another one with its confirmation."""
    wish.decided_by_id, wish.decided_at, wish.reason = ctx.actor.user_id, ctx.now, ""
    if wish.organisation.papers_confirmed:
        hand_over(wish, ctx)
        tell(wish.organisation, say("物业区域“%(area)s”已确认，可以办理业务", area=str(wish.area)), ctx)


def hand_over(wish: AreaWish, ctx: Context) -> None:
    """The contract from today on (a committee's link is of its own kind: it ends no company's contract)."""
    ctx.session.flush()
    if _contract(wish, ctx) is None:
        ctx.session.add(
            ServiceContract(organisation_id=wish.organisation_id, area_id=wish.area_id, starts_on=ctx.today)
        )
        ctx.session.flush()


def give_reason(wish: AreaWish, ctx: Context) -> None:
    """Why not: the organisation reads it."""
    reason = str(ctx.data.get("reason") or "").strip()
    if not reason:
        raise Refusal(say("请写明不予采纳的理由"), field="reason")
    wish.reason, wish.decided_by_id, wish.decided_at = reason[:MAX_REASON], ctx.actor.user_id, ctx.now
    name = str(wish.area) if wish.area_id else wish.typed_name
    tell(wish.organisation, say("物业区域“%(area)s”未采纳：%(reason)s", area=name, reason=wish.reason), ctx)


def tell(organisation: Organisation, text: Sentence, ctx: Context) -> None:
    """A message to the organisation's administrators, leading to its registration."""
    messages.tell_organisation(ctx.session, organisation.id, None, text, now=ctx.now, link="/registration/own")


def _contract(wish: AreaWish, ctx: Context) -> ServiceContract | None:
    if wish.area_id is None:
        return None
    rows = queries.contracts_of(ctx.session, wish.organisation_id)
    return next((row for row in rows if row.area_id == wish.area_id), None)


WISH = Flow(
    subject=AreaWish,
    initial=S.WAITING,
    terminal=frozenset(),
    in_scope=in_scope,
    transitions=(
        Transition(
            "grant_wish", N_("采纳"), (S.WAITING, S.DECLINED), S.GRANTED, P.REGISTRATION_CONFIRM,
            guards=(organisation_is_active,), effects=(choose_area, refuse_served, decide), icon="fa-check",
        ),
        Transition(
            "decline_wish", N_("不予采纳"), (S.WAITING, S.GRANTED), S.DECLINED, P.REGISTRATION_CONFIRM,
            guards=(organisation_is_active, no_contract_yet), effects=(give_reason,), icon="fa-ban",
        ),
    ),
)  # fmt: skip
