"""分户, 合户, 过户: looked at first, then done once, in one transaction with money, records, drafts and trail.

Locks, as in docs/ledger.md: drafts that share on the houses → houses → chain head → accounts → audit.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app import audit
from app.domain.enums import HouseChangeKind, SaleState
from app.domain.errors import Conflict, Forbidden, Refusal, say
from app.ledger import premises
from app.models import House, HouseChange, HouseSuccession, Project
from app.permissions import Permission
from app.workflows import engine
from app.workflows.engine import TAKEN, Context
from app.workflows.houses import drafts, owners, rules
from app.workflows.houses.plans import (
    FEWEST,
    MOST,
    Plan,
    Preview,
    figure_sold,
    figures_after,
    figures_before,
    new_houses,
    owners_after,
    with_area,
)

SPLIT, MERGE, SALE = HouseChangeKind.SPLIT, HouseChangeKind.MERGE, HouseChangeKind.SALE


def preview(kind: HouseChangeKind, key: int, plan: Plan, ctx: Context) -> Preview:
    """The figures before and after; changes nothing. Errors: NotYours, Forbidden, Refusal at the field."""
    houses = _houses(kind, key, plan, ctx)
    return _look(kind, houses, with_area(plan, houses), ctx)[0]


def change_houses(
    kind: HouseChangeKind, key: int, plan: Plan, ctx: Context, *, version: int | None = None, seen: str = ""
) -> HouseChange:
    """Do what the preview showed. `version` is the house's, `seen` the preview's: a figure that moved since is refused.

    Errors: as `preview`, and Conflict when somebody else changed the house first.
    """
    session = ctx.session
    waiting = _lock_drafts(kind, key, plan, ctx)
    houses = _houses(kind, key, plan, ctx, version=version)
    _refuse_new_drafts(waiting, houses, kind, ctx)
    plan = with_area(plan, houses)
    shown, after = _look(kind, houses, plan, ctx)
    if shown.seen != seen:
        raise Refusal(say("内容或余额与预览时不同，请核对新的预览后再确认"))
    change = HouseChange(
        kind=kind, area_id=houses[0].area_id, takes_effect_on=plan.takes_effect_on, at=ctx.now,
        user_id=ctx.actor.user_id, reason=plan.reason.strip(),
    )  # fmt: skip
    session.add(change)
    session.flush()
    if kind is SALE:
        _sell(houses[0], plan, change, ctx)
    else:
        _succeed(houses, after, plan, change, ctx)
        drafts.replace_in_drafts(waiting, change, houses, after, ctx)
    _record(change, shown, houses[0], ctx)
    return change


def _lock_drafts(kind: HouseChangeKind, key: int, plan: Plan, ctx: Context) -> list[Project]:
    """The drafts that share on the houses, before the houses themselves: so do all edits of a draft's range."""
    if kind is SALE:
        return []
    keys = rules.drafts_with(ctx.session, [key, *plan.others])
    return [engine.lock(ctx.session, Project, project) for project in keys]


def _refuse_new_drafts(locked: Sequence[Project], houses: Sequence[House], kind: HouseChangeKind, ctx: Context) -> None:
    """A draft that took a house in between the two locks is somebody else's act; none can from here on."""
    if kind is not SALE:
        now = rules.drafts_with(ctx.session, [house.id for house in houses])
        if set(now) - {project.id for project in locked}:
            raise Conflict(TAKEN)


def _houses(
    kind: HouseChangeKind, key: int, plan: Plan, ctx: Context, *, version: int | None = None
) -> list[House]:
    """The houses, locked by number, in list order; the one of the page comes first where order does not matter."""
    if not ctx.actor.can(Permission.HOUSE_CHANGE):
        raise Forbidden(Permission.HOUSE_CHANGE.value)
    versions = {key: version}
    rows = [engine.lock(ctx.session, House, number, versions.get(number)) for number in sorted({key, *plan.others})]
    rules.refuse_ended(rows)
    if kind is MERGE:
        _check_merge(rows)
    elif plan.others:
        raise Refusal(say("请只选一套房屋"))
    return sorted(rows, key=lambda house: (house.sort_key, house.id))


def _check_merge(rows: Sequence[House]) -> None:
    if not FEWEST <= len(rows) <= MOST:
        raise Refusal(say("请选择 2 至 %(most)s 套房屋合户", most=MOST), field="others")
    if len({house.building_id for house in rows}) > 1:
        raise Refusal(say("只能合并同一楼幢的房屋"), field="others")
    if len({house.sale_state for house in rows}) > 1:
        raise Refusal(say("已售与未售的房屋不能合户，请先办理过户"), field="others")


def _look(kind: HouseChangeKind, houses: list[House], plan: Plan, ctx: Context) -> tuple[Preview, list[House]]:
    """(the preview, the new houses that are not stored yet)."""
    session, ids = ctx.session, [house.id for house in houses]
    rules.refuse_day(session, plan.takes_effect_on, ids, ctx)
    if not plan.reason.strip():
        raise Refusal(say("请填写原因或依据"), field="reason")
    before = figures_before(session, houses)
    if kind is SALE:
        _check_sale(houses[0], plan, ctx)
        return Preview(before, [figure_sold(session, houses[0], plan)]), []
    if kind is SPLIT and not FEWEST <= len(plan.parts) <= MOST:
        raise Refusal(say("请分为 2 至 %(most)s 户", most=MOST), field="room-0")
    rules.refuse_busy(session, ids, kind.label)
    after = new_houses(session, houses, plan)
    shown = Preview(before, figures_after(session, houses, after, plan), drafts.notes_on(session, ids, ctx))
    return shown, after


def _check_sale(house: House, plan: Plan, ctx: Context) -> None:
    if not plan.owners:
        raise Refusal(say("请填写新业主"), field="owner-0")
    owners.check_persons(ctx.session, house.area_id, plan.owners)
    present = owners.present_owners(ctx.session, house.id)
    old = [(owner.name, owner.identity_number) for owner in present]
    if old == [(person.name, person.identity_number) for person in plan.owners]:
        raise Refusal(say("新业主与现业主相同"), field="owner-0")


def _sell(house: House, plan: Plan, change: HouseChange, ctx: Context) -> None:
    """The balance stays with the house: no posting (`money.md` 3, transfer)."""
    owners.end_ownership(ctx.session, house.id, plan.takes_effect_on)
    ids = owners.store_persons(ctx.session, house.area_id, plan.owners)
    owners.begin_ownership(ctx.session, house, ids, plan.takes_effect_on, change)
    house.sale_state = SaleState.SOLD
    engine.touch(house)
    _remember(ctx.session, change, house, house, house.floor_area)


def _succeed(before: list[House], after: list[House], plan: Plan, change: HouseChange, ctx: Context) -> None:
    """The old houses end today, the new ones begin, with owners and money."""
    session = ctx.session
    kept = list(dict.fromkeys(owner.id for house in before for owner in owners.present_owners(session, house.id)))
    for house in before:
        house.ended_on = ctx.today
        owners.end_ownership(session, house.id, plan.takes_effect_on)
        engine.touch(house)
    session.flush()
    for house in after:
        persons = owners_after(before, plan, house)
        session.add(house)
        session.flush()
        ids = owners.store_persons(session, house.area_id, persons) if persons else kept
        owners.begin_ownership(session, house, ids, plan.takes_effect_on, change)
    for old in before:
        for new in after:
            _remember(session, change, old, new, new.floor_area if change.kind is SPLIT else old.floor_area)
    session.flush()
    posting = {"booked_on": ctx.today, "now": ctx.now, "actor": ctx.actor}
    if change.kind is SPLIT:
        premises.post_split(session, change, before[0], after, **posting)
    else:
        premises.post_merge(session, change, before, after[0], **posting)


def _remember(session: Session, change: HouseChange, before: House, after: House, floor_area: int) -> None:
    row = HouseSuccession(change_id=change.id, before_id=before.id, after_id=after.id, floor_area=floor_area)
    session.add(row)


def _record(change: HouseChange, shown: Preview, house: House, ctx: Context) -> None:
    ctx.session.flush()
    names = [[f"{row.label}（{row.owners}）" for row in rows] for rows in (shown.before, shown.after)]
    audit.record(
        ctx.session, ctx.actor, f"house_{change.kind.value}", change, now=ctx.now,
        summary=f"{change.kind.label}：{'、'.join(row.label for row in shown.before)}", changes={"houses": names},
    )  # fmt: skip
