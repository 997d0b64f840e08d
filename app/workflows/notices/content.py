"""What a notice says: the one builder behind preview, public page and print (`workflows.md` 5.3, 2).

`build()` returns plain data: `content` goes to `notices.content` as JSON, `rows` to `notice_rows`. Amounts are fen,
floor areas 0.01 m², days ISO text. Nothing of it is a balance or a phone of an owner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.domain import calendar
from app.domain.apportion import draw_down
from app.domain.enums import NoticeKind, VoteState
from app.domain.errors import Refusal, say
from app.ledger import project_money
from app.models import Acceptance, Project
from app.queries import project_page as page
from app.queries import projects
from app.queries.transfers import paid_and_refunded
from app.workflows.acceptance.rules import current as current_acceptance
from app.workflows.engine import Context
from app.workflows.notices import changes
from app.workflows.projects import fingerprint

HEADINGS = {
    NoticeKind.INITIATION: "立项公告", NoticeKind.ACCEPTANCE: "验收公告", NoticeKind.CANCELLATION: "撤销公告",
}  # fmt: skip


@dataclass(frozen=True)
class Wording:
    """What the publisher types: closing date, a phone for questions; for an acceptance 施工日期 and 验收内容; for a
    cancellation its reason."""

    closes_on: date
    phone: str = ""
    works_from: date | None = None
    works_to: date | None = None
    works_content: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Built:
    content: dict[str, Any]
    rows: list[dict[str, Any]]


def build(project: Project, kind: NoticeKind, wording: Wording, ctx: Context) -> Built:
    """The notice as it would be published today; `content["number"]` is empty until it is."""
    merged = list(projects.merged_rows(ctx.session, project))
    acceptance = _acceptance(project, kind, ctx)
    settled = {row.item_id: row.settled for row in acceptance.items} if acceptance else {}
    rows = _rows(project, merged, settled if acceptance else None)
    content = {
        "kind": kind.value,
        "number": "",
        "title": f"{project.name} {HEADINGS[kind]}",
        "area": {"id": project.area_id, "name": project.area.name, "developer": project.area.developer_name},
        "organisation": project.organisation.name,
        "project": {
            "id": project.id, "number": project.number, "name": project.name, "kind": project.kind.value,
            "emergency": project.emergency_type.label if project.emergency_type else "",
        },
        "published_on": ctx.today.isoformat(),
        "closes_on": wording.closes_on.isoformat(),
        "days": calendar.notice_days(ctx.today, wording.closes_on),
        "phone": wording.phone,
        "basis": fingerprint.notice_basis(project),
        "items": [_item(item, merged, settled) for item in project.items],
        "totals": _totals(rows),
        "phases": [
            {"sequence": phase.sequence, "condition": phase.condition, "amount": phase.amount}
            for phase in project.phases
        ],
        "vote": vote_facts(project, ctx),
        "acceptance": _acceptance_facts(project, acceptance, wording, rows, ctx) if acceptance else None,
        "cancellation": _cancellation_facts(project, kind, wording, ctx),
    }  # fmt: skip
    latest = page.latest_notice(ctx, project.id, kind)
    content["edition"] = latest.edition + 1 if latest else 1
    content["changes"] = [str(line) for line in changes.between(project, latest, content, ctx)] if latest else []
    return Built(content, rows if kind != NoticeKind.CANCELLATION else [])


def prefilled(project: Project, kind: NoticeKind, ctx: Context, days: int) -> Wording:
    """What the form starts with: the earliest closing date, the company's phone, the acceptance's own words."""
    closes_on = calendar.earliest_closing(ctx.today, days)
    phone = project.organisation.phone or ""
    if kind != NoticeKind.ACCEPTANCE:
        return Wording(closes_on, phone)
    acceptance = _acceptance(project, kind, ctx)
    works = "；".join(f"{item.equipment}：{item.content}" for item in project.items)
    return Wording(
        closes_on, phone, acceptance.works_from or project.planned_start,
        acceptance.works_to or acceptance.completed_on, acceptance.content or works,
    )  # fmt: skip


def vote_facts(project: Project, ctx: Context) -> dict[str, Any] | None:
    """The passed vote in figures; None where there is none (emergency)."""
    vote = page.latest_vote(ctx, project.id, VoteState.PASSED)
    if vote is None:
        return None
    counted = page.vote_count(ctx, vote).result
    return {
        "id": vote.id,
        "number": vote.number,
        "rule": vote.rule.value,
        "area": [counted.area.agree, counted.area.total],
        "heads": [counted.heads.agree, counted.heads.total],
        "area_percent": percent(counted.area.agree, counted.area.total),
        "heads_percent": percent(counted.heads.agree, counted.heads.total),
    }


def percent(part: int, whole: int) -> str:
    """Two places, cut and never rounded up: what is short of two thirds must not read 66.67."""
    hundredths = part * 10000 // whole if whole else 0
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def _acceptance(project: Project, kind: NoticeKind, ctx: Context) -> Acceptance | None:
    if kind != NoticeKind.ACCEPTANCE:
        return None
    acceptance = current_acceptance(ctx.session, project)
    if acceptance is None:
        raise Refusal(say("尚未提交项目验收"))
    return acceptance


def _rows(
    project: Project, merged: Sequence[projects.MergedRow], settled: dict[int, int] | None
) -> list[dict[str, Any]]:
    """One a house: b and f; after acceptance t = Σⱼ draw_down(Sⱼ, b·ⱼ) and min(f, t) (`money.md` 2)."""
    developer = project.area.developer_name
    shares = _settled_shares(merged, settled) if settled is not None else [None] * len(merged)
    return [
        {
            "position": position,
            "house_id": row.house_id,
            "building_name": row.building,
            "house_label": row.label,
            "owner_name": developer if row.unsold else row.owner,
            "floor_area": row.floor_area,
            "budget": row.budget,
            "fund": row.fund if share is None else min(row.fund, share),
            "settled": share,
        }
        for position, (row, share) in enumerate(zip(merged, shares, strict=True), start=1)
    ]


def _settled_shares(merged: Sequence[projects.MergedRow], settled: dict[int, int]) -> list[int]:
    totals = [0] * len(merged)
    for item_id, amount in settled.items():
        owed = [row.parts.get(item_id, 0) for row in merged]
        totals = [total + part for total, part in zip(totals, draw_down(amount, owed), strict=True)]
    return totals


def _item(item, merged: Sequence[projects.MergedRow], settled: dict[int, int]) -> dict[str, Any]:
    houses = [row for row in merged if row.parts.get(item.id)]
    return {
        "equipment": item.equipment.name,
        "location": item.equipment.location,
        "category": item.equipment.category.name,
        "content": item.content,
        "contractor": item.contractor.name if item.contractor else "",
        "range": _range(houses),
        "buildings": len({row.building for row in houses}),
        "houses": len(houses),
        "budget": item.budget,
        "settled": settled.get(item.id),
        "warranty_years": item.equipment.category.warranty_years,
    }


def _range(houses: Sequence[projects.MergedRow]) -> str:
    """3号楼1单元, 3号楼, or up to three buildings by name; empty for more (the page then tells their number)."""
    units = {row.building + row.unit for row in houses}
    buildings = list(dict.fromkeys(row.building for row in houses))
    if len(units) == 1:
        return units.pop()
    return "、".join(buildings) if len(buildings) <= 3 else ""


def _totals(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    budget, fund = sum(row["budget"] for row in rows), sum(row["fund"] for row in rows)
    final = bool(rows) and rows[0]["settled"] is not None
    borne = sum(row["settled"] for row in rows) if final else budget
    return {
        "houses": len(rows),
        "floor_area": sum(row["floor_area"] for row in rows),
        "budget": budget,
        "settled": borne if final else None,
        "fund": fund,
        "own": borne - fund,
        "short": sum((row["settled"] if final else row["budget"]) > row["fund"] for row in rows),
    }


def _acceptance_facts(
    project: Project, acceptance: Acceptance, wording: Wording, rows: Sequence[dict[str, Any]], ctx: Context
) -> dict[str, Any]:
    paid = project_money.net_paid(ctx.session, project)
    return {
        "id": acceptance.id,
        "completed_on": acceptance.completed_on.isoformat(),
        "works_from": wording.works_from.isoformat() if wording.works_from else "",
        "works_to": wording.works_to.isoformat() if wording.works_to else "",
        "works_content": wording.works_content,
        "members": acceptance.members,
        "opinion": acceptance.opinion,
        "warranty_until": _warranty_until(project, acceptance),
        "paid": paid,
        "remaining": sum(row["fund"] for row in rows) - paid,
    }


def _cancellation_facts(project: Project, kind: NoticeKind, wording: Wording, ctx: Context) -> dict[str, Any] | None:
    """Why, and what has been paid out and come back so far (fen)."""
    if kind != NoticeKind.CANCELLATION:
        return None
    paid, refunded = paid_and_refunded(ctx.session, project.id)
    return {"reason": wording.reason.strip(), "paid": paid, "refunded": refunded}


def _warranty_until(project: Project, acceptance: Acceptance) -> str:
    """The earliest end of 质保期 among the items, from the day of completion (`law.md` 4)."""
    years = [item.equipment.category.warranty_years for item in project.items]
    return calendar.add_months(acceptance.completed_on, 12 * min(years)).isoformat() if years else ""
