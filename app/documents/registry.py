"""Every paper, one row each: what it is printed from, who may print it and in which states (`documents.md`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.documents import contexts_accounts as accounts
from app.documents import contexts_applications as applications
from app.documents import contexts_area_change as area_changes
from app.documents import contexts_equipment as equipment
from app.documents import contexts_lists as lists
from app.documents import contexts_notices as notices
from app.documents import contexts_plan_change as plan_changes
from app.documents import contexts_refunds as refunds
from app.documents import contexts_registration as registration
from app.documents import contexts_revenue as revenue
from app.documents import contexts_votes as votes
from app.documents import sizes
from app.documents.label_sheet import LabelSheet
from app.documents.list_paper import ListPaper
from app.domain.enums import (
    INITIATIONS,
    PAYOUTS,
    ApplicationKind,
    ApplicationState,
    Labelled,
    NoticeKind,
    NoticeState,
    ProjectState,
    RefundReason,
    RefundState,
    RevenueState,
    VoteState,
)
from app.domain.errors import Sentence, say
from app.models import (
    Application,
    Area,
    Distribution,
    House,
    Notice,
    Organisation,
    Project,
    Refund,
    RevenueNotice,
    Vote,
)
from app.permissions import Permission as P
from app.workflows.engine import Context


@dataclass(frozen=True)
class Paper:
    """One row. A form has `template` and `context`, a list has `rows`; a paper with both has the list behind the form.

    `fits` says whether the subject is of the right kind at all; `states` are those in which it may be printed (none:
    any). `changed` makes it archived: a copy not older than that moment is given again. `personal`: prints are audited.
    `size` says how many rows will be drawn; `bundle`: it is made of the other papers of its project (`bundle.py`).
    """

    key: str
    title: str
    model: type
    permission: P
    states: frozenset[Labelled] | None = None
    template: str = ""
    context: Callable[[Any, Context], dict[str, Any]] | None = None
    rows: Callable[[Any, Context], list[ListPaper] | list[LabelSheet]] | None = None
    fits: Callable[[Any], bool] = lambda subject: True
    changed: Callable[[Any], datetime] | None = None
    personal: bool = False
    size: Callable[[Any, Context], int] | None = None
    bundle: bool = False

    @property
    def archived(self) -> bool:
        return self.changed is not None

    def reason_against(self, subject: Any) -> Sentence | None:
        """Why this paper can't be printed of the subject now; None when it can."""
        if self.states is None or subject.state in self.states:
            return None
        return say("当前状态为“%(state)s”，不能打印%(paper)s", state=subject.state.label, paper=self.title)


SHOWN = frozenset({NoticeState.PUBLISHED, NoticeState.ENDED, NoticeState.SUPERSEDED})
A = ApplicationState
FILED = frozenset({A.SUBMITTED, A.IN_REVIEW, A.APPROVED, A.SETTLED, A.REJECTED})
ACCEPTED = frozenset({A.IN_REVIEW, A.APPROVED, A.SETTLED})


def _notice_of(kind: NoticeKind) -> Callable[[Notice], bool]:
    return lambda notice: notice.kind is kind


def _application_of(*kinds: ApplicationKind) -> Callable[[Application], bool]:
    return lambda application: application.kind in kinds


def _published(notice: Notice) -> datetime:
    return notice.published_at


INITIATION, ACCEPTANCE = _notice_of(NoticeKind.INITIATION), _notice_of(NoticeKind.ACCEPTANCE)
CANCELLATION = _notice_of(NoticeKind.CANCELLATION)
OF_NOTICE = {"model": Notice, "states": SHOWN, "changed": _published}
OF_APPLICATION = {"model": Application, "permission": P.APPLICATION_VIEW}

_ROWS = (
    Paper("registration_form", "物业服务企业注册登记表", Organisation, P.APPLICATION_VIEW,
          template="registration_form.html", context=registration.registration_form, fits=registration.registers,
          personal=True),
    Paper("voting_sheet", "投票表决签字表", Vote, P.VOTE_EDIT, rows=votes.voting_sheet, personal=True,
          size=sizes.voting_sheet,
          states=frozenset({VoteState.OPEN, VoteState.PASSED, VoteState.FAILED})),
    Paper("vote_result", "表决结果统计表", Vote, P.PROJECT_VIEW, template="vote_result.html", context=votes.vote_result,
          states=frozenset({VoteState.PASSED, VoteState.FAILED})),
    Paper("initiation_notice", "立项公告", permission=P.NOTICE_VIEW, fits=INITIATION, template="notice.html",
          context=notices.notice, **OF_NOTICE),
    Paper("budget_list", "预算清册", permission=P.PROJECT_VIEW, fits=INITIATION, rows=lists.budget_list,
          personal=True, size=sizes.budget_list, **OF_NOTICE),
    Paper("budget_list_draft", "预算清册（草稿）", Project, P.PROJECT_VIEW, rows=lists.budget_list_draft, personal=True,
          size=sizes.budget_list_draft,
          states=frozenset({ProjectState.DRAFT})),
    Paper("initiation_application", "维修项目立项申请单", fits=_application_of(*INITIATIONS),
          template="initiation_application.html", context=applications.initiation_application, states=FILED,
          changed=applications.last_change, personal=True, **OF_APPLICATION),
    Paper("payout_application", "维修资金拨付申请单", fits=_application_of(*PAYOUTS),
          template="payout_application.html", context=applications.payout_application, states=FILED,
          changed=applications.last_change, personal=True, **OF_APPLICATION),
    Paper("area_change_application", "变更物业区域物业服务企业申请单",
          fits=_application_of(ApplicationKind.AREA_CHANGE), template="area_change_application.html",
          context=area_changes.area_change_application, states=FILED, changed=applications.last_change,
          **OF_APPLICATION),
    Paper("plan_change_application", "拨付计划变更申请单", fits=_application_of(ApplicationKind.PLAN_CHANGE),
          template="plan_change_application.html", context=plan_changes.plan_change_application, states=FILED,
          changed=applications.last_change, personal=True, **OF_APPLICATION),
    Paper("window_receipt", "受理回执", template="window_receipt.html", context=applications.window_receipt,
          states=ACCEPTED, changed=lambda application: application.accepted_at, **OF_APPLICATION),
    Paper("acceptance_notice", "验收公告", permission=P.NOTICE_VIEW, fits=ACCEPTANCE, template="notice.html",
          context=notices.notice, **OF_NOTICE),
    Paper("final_list", "决算清册", permission=P.PROJECT_VIEW, fits=ACCEPTANCE, rows=lists.final_list,
          personal=True, size=sizes.final_list, **OF_NOTICE),
    Paper("cancellation_notice", "撤销公告", permission=P.NOTICE_VIEW, fits=CANCELLATION, template="notice.html",
          context=notices.notice, **OF_NOTICE),
    Paper("refund_notice", "清退通知单", Refund, P.REFUND_VIEW, template="refund_notice.html",
          context=refunds.refund_notice, states=frozenset({RefundState.ISSUED, RefundState.PAID}),
          fits=lambda refund: refund.reason is not RefundReason.SENT_BACK,
          changed=lambda refund: refund.paid_at or refund.filed_at),
    Paper("revenue_notice", "收益交款通知书", RevenueNotice, P.REVENUE_VIEW, template="revenue_notice.html",
          context=revenue.revenue_notice,
          states=frozenset({RevenueState.ISSUED, RevenueState.PAID, RevenueState.KEPT, RevenueState.DISTRIBUTED}),
          changed=lambda notice: notice.paid_at or notice.filed_at),
    Paper("distribution_list", "收益分摊清册", Distribution, P.ACCOUNT_VIEW, rows=revenue.distribution_list,
          personal=True, size=revenue.distribution_size),
    Paper("project_papers", "项目全部文书", Project, P.PROJECT_VIEW, bundle=True, personal=True),
    Paper("account_slip", "分户账对账单", House, P.ACCOUNT_VIEW, rows=accounts.account_slip, personal=True),
    Paper("equipment_labels", "设施设备标签", Area, P.EQUIPMENT_VIEW, rows=equipment.equipment_labels),
    Paper("public_notice", "公告与清册（公示用）", permission=P.PUBLIC, template="notice.html", context=notices.notice,
          rows=lists.public_list, **OF_NOTICE),
)  # fmt: skip

PAPERS: dict[str, Paper] = {paper.key: paper for paper in _ROWS}


def paper_url(key: str, subject_id: int) -> str:
    """Where a paper is printed; KeyError for a key that is none of PAPERS, so that a wrong link shows in a test."""
    return f"/papers/{PAPERS[key].key}/{subject_id}.pdf"
