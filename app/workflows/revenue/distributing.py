"""收益分摊: a payment, or a part of it, over the houses of its range by floor area, exact to the fen (`money.md` 1)."""

from __future__ import annotations

from dataclasses import dataclass

from app import audit
from app.bulk import insert_rows
from app.domain.apportion import apportion
from app.domain.errors import Refusal, say
from app.domain.money import format_yuan
from app.ledger import revenue as ledger
from app.ledger.booking import Booking
from app.models import Distribution, DistributionLine, House, Owner, RevenueNotice
from app.workflows.engine import Context
from app.workflows.revenue import benefit


@dataclass(frozen=True)
class Part:
    """One house's part, fen; floor area in 0.01 m²."""

    house_id: int
    label: str
    owner: str
    sort_key: str
    floor_area: int
    amount: int


def preview(notice: RevenueNotice, amount: int, ctx: Context) -> list[Part]:
    """What each house would get, in list order. Refusal with its field for an amount that is not left, or no houses."""
    if not 0 < amount <= notice.left:
        raise Refusal(
            say("分摊金额 %(amount)s 须大于零且不超过未分摊的 %(left)s", amount=format_yuan(amount),
                left=format_yuan(notice.left)),
            field="amount",
        )  # fmt: skip
    columns = (House.id, House.label, House.sort_key, House.floor_area, Owner.name)
    query = benefit.houses_of(notice, notice.area).outerjoin(Owner, Owner.id == House.owner_id)
    rows = ctx.session.execute(query.with_only_columns(*columns)).all()
    if not rows:
        raise Refusal(say("受益范围内没有可分摊的房屋"), field="benefit")
    parts = apportion(amount, [row.floor_area for row in rows])
    return [
        Part(row.id, row.label, row.name or "", row.sort_key, row.floor_area, part)
        for row, part in zip(rows, parts, strict=True)
    ]


def distribute(notice: RevenueNotice, amount: int, ctx: Context) -> Distribution:
    """Post the parts to the houses' 利息及收益 and keep the list, in the caller's unit of work."""
    parts = preview(notice, amount, ctx)
    done = Distribution(
        notice=notice, area_id=notice.area_id, amount=amount, house_count=len(parts), made_at=ctx.now,
        made_by_id=ctx.actor.user_id,
    )  # fmt: skip
    ctx.session.add(done)
    ctx.session.flush()
    insert_rows(
        ctx.session, DistributionLine.__table__,
        ("distribution_id", "house_id", "sort_key", "floor_area", "amount"),
        [(done.id, part.house_id, part.sort_key, part.floor_area, part.amount) for part in parts],
    )  # fmt: skip
    entry = ledger.distribute(
        ctx.session, notice.area, {part.house_id: part.amount for part in parts}, key=str(done.id),
        booking=Booking(ctx.today, ctx.now, ctx.actor, f"{notice.number} {notice.kind.label}"),
    )  # fmt: skip
    done.entry_id = entry.id
    notice.distributed += amount
    audit.record(
        ctx.session, ctx.actor, "distribute", notice, now=ctx.now,
        summary=f"收益分摊 {notice.number}：{format_yuan(amount)} 元，{len(parts)} 户",
    )  # fmt: skip
    return done
