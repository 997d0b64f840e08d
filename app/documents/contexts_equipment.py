"""设施设备标签: one label for each piece of the register that is asked for."""

from __future__ import annotations

from dataclasses import replace

from app.documents import site
from app.documents import wording as w
from app.documents.label_sheet import Label, LabelSheet
from app.domain.errors import Refusal, say
from app.models import Area, Equipment
from app.queries.equipment import Chosen, pieces
from app.workflows.engine import Context

MOST = 1_000


def equipment_labels(area: Area, ctx: Context) -> list[LabelSheet]:
    """`ctx.data["chosen"]` narrows the register, `ctx.data["picked"]` names single pieces; without both all in use."""
    chosen = replace(ctx.data.get("chosen") or Chosen(), area_id=area.id)
    found = list(pieces(ctx.session, chosen, ids=ctx.data.get("picked") or (), limit=MOST + 1))
    if not found:
        raise Refusal(say("这里没有可打印标签的设施设备"))
    if len(found) > MOST:
        raise Refusal(say("一次最多打印 %(count)s 张标签，请按位置或类型分批打印", count=f"{MOST:,}"))
    labels = [_label(piece, area) for piece in found]
    return [LabelSheet("设施设备标签", area.name, labels, w.moment(ctx.now))]


def _label(piece: Equipment, area: Area) -> Label:
    return Label(
        piece.name, area.name, piece.location, piece.category.name, f"设备编号 {piece.id}",
        site.link(f"/equipment/{piece.id}"),
    )  # fmt: skip
