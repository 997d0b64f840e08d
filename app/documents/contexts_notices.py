"""立项公告 and 验收公告 as published: what stands in the notice's content, in finished words."""

from __future__ import annotations

from typing import Any

from app.documents import wording as w
from app.domain.enums import ProjectKind, VoteRule
from app.models import Notice
from app.queries.notices import content_of
from app.workflows.engine import Context

NUMERALS = "一二三四五六七八九十"


def notice(notice: Notice, ctx: Context) -> dict[str, Any]:
    """Both kinds; the form asks only for what its kind has."""
    said = content_of(notice)
    final = said["kind"] == "acceptance"
    totals = said["totals"]
    return {
        "number": notice.number,
        "heading": said["title"],
        "final": final,
        "area": said["area"]["name"],
        "company": said["organisation"],
        "project": f"{said['project']['name']}（{said['project']['number']}）",
        "kind": ProjectKind(said["project"]["kind"]).label,
        "range": _range(said),
        "houses": w.count(totals["houses"]),
        "floor_area": w.area(totals["floor_area"]),
        "rows": [_item(place, item, final) for place, item in enumerate(said["items"], start=1)],
        "budget": w.yuan(totals["budget"]),
        "settled": w.yuan(totals["settled"]),
        "amount_in_words": w.capital_amount(totals["settled"] if final else totals["budget"]),
        "lone": _lone(said),
        "fund": w.both(totals["fund"]),
        "own": w.both(totals["own"]) if totals["own"] else "",
        "short": w.count(totals["short"]),
        "phases": _phases(said),
        "vote": _vote(said["vote"]),
        "acceptance": _acceptance(said) if final else None,
        "period": f"{w.day(said['published_on'])} 至 {w.day(said['closes_on'])}（发布当日不计，共 {said['days']} 天）",
        "phone": said["phone"],
        "changes": said["changes"],
        "published_on": w.day(said["published_on"]),
        "list_name": "决算清册" if final else "预算清册",
    }


def _range(said: dict[str, Any]) -> str:
    named = list(dict.fromkeys(item["range"] for item in said["items"] if item["range"]))
    if named and all(item["range"] for item in said["items"]):
        return "、".join(named)
    return f"{said['area']['name']}（共 {max((item['buildings'] for item in said['items']), default=0)} 幢）"


def _item(place: int, item: dict[str, Any], final: bool) -> dict[str, str]:
    return {
        "place": str(place),
        "equipment": f"{item['location']} {item['equipment']}",
        "content": item["content"],
        "range": f"{item['range'] or str(item['buildings']) + ' 幢'} {w.count(item['houses'])} 户",
        "contractor": item["contractor"],
        "budget": w.yuan(item["budget"]),
        "settled": w.yuan(item["settled"]) if final else "",
    }


def _phases(said: dict[str, Any]) -> list[str]:
    if _lone(said):
        return [f"第 {row['sequence']} 期：{row['condition']}。" for row in said["phases"]]
    return [f"第 {row['sequence']} 期：{row['condition']}，¥{w.yuan(row['amount'])}。" for row in said["phases"]]


def _lone(said: dict[str, Any]) -> bool:
    """What the fund pays of a range of one house is that house's balance where it is short: no sum of it is told."""
    return said["totals"]["houses"] == 1 and said["totals"]["own"] > 0


def _vote(vote: dict[str, Any] | None) -> str:
    if vote is None:
        return ""
    return (
        f"表决编号 {vote['number']}。同意业主所持面积 {w.area(vote['area'][0])} 平方米，占 {w.area(vote['area'][1])} "
        f"平方米的 {vote['area_percent']}%；同意业主 {w.count(vote['heads'][0])} 人，占 {w.count(vote['heads'][1])} 人"
        f"的 {vote['heads_percent']}%。规则：{w.RULES[VoteRule(vote['rule'])]}。"
    )


def _acceptance(said: dict[str, Any]) -> dict[str, str]:
    facts = said["acceptance"]
    return {
        "content": facts["works_content"],
        "starts": w.day(facts["works_from"]),
        "ends": w.day(facts["works_to"]),
        "completed": w.day(facts["completed_on"]),
        "members": facts["members"],
        "opinion": facts["opinion"],
        "warranty": w.day(facts["warranty_until"]),
        "paid": w.yuan(facts["paid"]),
        "remaining": w.yuan(facts["remaining"]),
    }
