"""Draws every flow from its table as a Mermaid state diagram, for `docs/workflows.md`; a test holds the page to it."""

from __future__ import annotations

from app.workflows.acceptance.flow import ACCEPTANCE
from app.workflows.applications.flow import APPLICATION
from app.workflows.engine import Flow
from app.workflows.notices.flow import NOTICE
from app.workflows.objections.flow import OBJECTION
from app.workflows.payouts.flow import TRANSFER
from app.workflows.projects.flow import PROJECT
from app.workflows.refunds.flow import REFUND
from app.workflows.registration.flow import WISH
from app.workflows.revenue.flow import REVENUE
from app.workflows.roster.flow import OPENING
from app.workflows.votes.flow import VOTE

FLOWS: tuple[tuple[str, Flow], ...] = (
    ("维修项目", PROJECT),
    ("业主表决", VOTE),
    ("公示", NOTICE),
    ("异议", OBJECTION),
    ("业务单", APPLICATION),
    ("项目验收", ACCEPTANCE),
    ("划转", TRANSFER),
    ("清退", REFUND),
    ("收益交款", REVENUE),
    ("期初余额", OPENING),
    ("意向区域", WISH),
)


def draw(flow: Flow) -> str:
    """One flow as a Mermaid block. Acts that leave the state as it is stand in a list below it."""
    states = list(dict.fromkeys(s for row in flow.transitions for s in (*row.sources, row.target)))
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {flow.initial.value}"]
    lines += [f"    {state.value}: {state.label}" for state in states]
    for row in flow.transitions:
        lines += [
            f"    {source.value} --> {row.target.value}: {row.label}" for source in row.sources if source != row.target
        ]
    lines += [f"    {state.value} --> [*]" for state in states if state in flow.terminal]
    return "\n".join([*lines, "```"])


def table(flow: Flow) -> str:
    """Every row of the flow: name, label, from, to, right."""
    lines = ["| 名称 | 按钮 | 从 | 到 | 权限 |", "|---|---|---|---|---|"]
    for row in flow.transitions:
        sources = "、".join(source.label for source in row.sources)
        lines.append(f"| `{row.name}` | {row.label} | {sources} | {row.target.label} | `{row.permission.value}` |")
    return "\n".join(lines)


def page() -> str:
    """The part of `docs/workflows.md` that follows from the tables."""
    return "\n\n".join(f"## {title}\n\n{draw(flow)}\n\n{table(flow)}" for title, flow in FLOWS) + "\n"
