"""The workbench's tabs and its 操作 menu as rows. Each business fills in its own row when its screen is imported:

    fill_tab("votes", "votes/tab.html", votes_tab)                       # votes_tab(project, context) -> values
    fill_act("enter_votes", lambda project, ctx: url_for(...))           # where the open act leads

A tab's template extends "projects/workbench.html" and fills the block `tab`. To draw a tab again after a refusal, with
what was typed: `workbench(screen, project, "votes", status=422, **values)` of `projects_frame.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from app.domain.errors import N_
from app.models import Project
from app.workflows.engine import Context

Values = Callable[[Project, Context], dict[str, Any]]
Address = Callable[[Project, Context], str | None]


@dataclass(frozen=True)
class Tab:
    """One tab; one that has no template yet is not shown."""

    key: str
    label: str
    template: str = ""
    values: Values | None = None


@dataclass(frozen=True)
class Act:
    """One row of the 操作 menu: heading, the PROJECT row's name, its label there, and where it leads.

    `shortcut` answers an address where the act is closed but leads somewhere all the same (the open vote's sheet).
    """

    heading: str
    name: str
    label: str
    address: Address | None = None
    shortcut: Address | None = None


TABS: dict[str, Tab] = {
    tab.key: tab
    for tab in (
        Tab("basics", N_("项目基本信息")),
        Tab("items", N_("维修设施设备")),
        Tab("merged", N_("合并分摊清册")),
        Tab("plan", N_("拨付计划")),
        Tab("votes", N_("表决")),
        Tab("notices", N_("公示")),
        Tab("applications", N_("业务单与拨付")),
        Tab("acceptance", N_("验收")),
        Tab("attachments", N_("附件")),
        Tab("records", N_("记录")),
    )
}

ACTS: dict[str, Act] = {
    act.name: act
    for act in (
        Act(N_("投票表决管理"), "open_vote", N_("打印投票表决签字表")),
        Act(N_("投票表决管理"), "enter_votes", N_("录入投票表决结果")),
        Act(N_("公示管理"), "publish_initiation", N_("立项公示")),
        Act(N_("公示管理"), "publish_acceptance", N_("项目验收公示")),
        Act(N_("公示管理"), "publish_cancellation", N_("撤销公示")),
        Act(N_("立项与拨付"), "file_initiation", N_("项目立项")),
        Act(N_("立项与拨付"), "file_payout", N_("资金拨付")),
        Act(N_("立项与拨付"), "change_plan", N_("拨付计划变更")),
        Act(N_("立项与拨付"), "supplement", N_("补充项目")),
        Act(N_("验收与办结"), "submit_acceptance", N_("项目验收")),
        Act(N_("验收与办结"), "close", N_("办结")),
        Act(N_("清退与撤销"), "file_refund", N_("项目清退")),
        Act(N_("清退与撤销"), "cancel", N_("撤销")),
    )
}


def fill_tab(key: str, template: str, values: Values) -> None:
    """Say what a tab shows; called once, when the owner's screen is imported."""
    TABS[key] = replace(TABS[key], template=template, values=values)


def fill_act(name: str, address: Address, *, shortcut: Address | None = None) -> None:
    """Say where an act of the menu leads."""
    ACTS[name] = replace(ACTS[name], address=address, shortcut=shortcut)
