"""What the three kinds of projects differ in, one row a kind (`workflows.md` 5.2): a new kind is a new row."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.enums import ApplicationKind, ProjectKind
from app.domain.errors import N_


@dataclass(frozen=True)
class Step:
    """One step of the step bar: its key (as `progress` reports it), its name, the note while nothing has happened."""

    key: str
    name: str
    note: str


NEW = Step("new", N_("新建项目"), N_("填写中"))
VOTE = Step("vote", N_("业主表决"), N_("业主共同决定"))
NOTICE = Step("notice", N_("立项公示"), N_("不少于 7 天"))
INITIATION = Step("initiation", N_("项目立项"), N_("两级审核"))
PAYOUT = Step("payout", N_("资金拨付"), N_("按期申请"))
ACCEPTANCE = Step("acceptance", N_("项目验收"), N_("结算"))
ACCEPTANCE_NOTICE = Step("acceptance_notice", N_("验收公示"), N_("不少于 7 天"))
LAST_PAYOUT = Step("last_payout", N_("末期拨付"), N_("结清"))
BOTH = Step("initiation", N_("项目立项"), N_("立项并拨付"))
TRANSFER = Step("transfer", N_("资金划转"), N_("一次结清"))


@dataclass(frozen=True)
class KindRow:
    """A kind: its button, the least number of phases, whether owners vote, its steps, its application for initiation.

    `evidence`: emergency type and proof are asked. `pays_at_once` (简单拨付): works are done, settled at exactly their
    budget and accepted first; the system makes the one phase, and one application asks for initiation and payout.
    """

    kind: ProjectKind
    button: str
    min_phases: int
    votes: bool
    steps: tuple[Step, ...]
    evidence: bool = False
    pays_at_once: bool = False
    initiation: ApplicationKind = ApplicationKind.INITIATION


KINDS: dict[ProjectKind, KindRow] = {
    row.kind: row
    for row in (
        KindRow(
            ProjectKind.NORMAL, N_("新建正常维修项目"), 2, True,
            (NEW, VOTE, NOTICE, INITIATION, PAYOUT, ACCEPTANCE, ACCEPTANCE_NOTICE, LAST_PAYOUT),
        ),
        KindRow(
            ProjectKind.EMERGENCY, N_("新建紧急维修项目"), 1, False,
            (NEW, NOTICE, INITIATION, PAYOUT, ACCEPTANCE, ACCEPTANCE_NOTICE, LAST_PAYOUT), evidence=True,
        ),
        KindRow(
            ProjectKind.SIMPLE, N_("新建简单拨付维修项目"), 1, True,
            (NEW, VOTE, NOTICE, ACCEPTANCE, ACCEPTANCE_NOTICE, BOTH, TRANSFER), pays_at_once=True,
            initiation=ApplicationKind.INITIATION_WITH_PAYOUT,
        ),
    )
}  # fmt: skip
