"""Who may do what (`access.md`): the permissions, the static roles, and the actor that carries them.

Standard library only. Every route and every transition names one Permission; ROLES decides. There are no other roles.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Permission(Enum):
    """A right, named `<subject>_<verb>`; the value is the FAB view-menu name, used as `^(value)$` in FAB_ROLES."""

    HOME = "home"  # sign in and see the own start page, messages, password
    PREMISES_VIEW = "premises_view"  # districts, areas, buildings, units, houses
    PREMISES_EDIT = "premises_edit"
    OWNER_VIEW = "owner_view"
    OWNER_EDIT = "owner_edit"
    PERSONAL_DATA = "personal_data"  # the full identity number or phone, one audited click
    ROSTER_IMPORT = "roster_import"
    OPENING_CONFIRM = "opening_confirm"
    HOUSE_CHANGE = "house_change"  # 分户, 合户, 过户
    EQUIPMENT_VIEW = "equipment_view"
    EQUIPMENT_EDIT = "equipment_edit"
    CATEGORY_EDIT = "category_edit"
    ORGANISATION_VIEW = "organisation_view"
    ORGANISATION_EDIT = "organisation_edit"  # the department's base data: organisations and contracts
    REGISTRATION_CONFIRM = "registration_confirm"  # papers, wished areas, new name or code
    CONTRACTOR_VIEW = "contractor_view"
    CONTRACTOR_EDIT = "contractor_edit"
    ORG_PROFILE = "org_profile"  # 信息变更 of the own organisation
    ORG_USERS = "org_users"  # 机构用户管理 of the own organisation
    ACCOUNT_VIEW = "account_view"  # 分户账, entries
    ESCROW_VIEW = "escrow_view"
    ESCROW_EDIT = "escrow_edit"
    PROJECT_VIEW = "project_view"
    PROJECT_EDIT = "project_edit"  # new, items, shares, plan
    VOTE_EDIT = "vote_edit"
    NOTICE_VIEW = "notice_view"
    NOTICE_PUBLISH = "notice_publish"
    NOTICE_WITHDRAW = "notice_withdraw"  # by the department, with a reason
    OBJECTION_VIEW = "objection_view"  # 异议 to a notice
    OBJECTION_RECORD = "objection_record"  # a letter at the window; the owner's papers seen
    OBJECTION_ANSWER = "objection_answer"
    OBJECTION_CLOSE = "objection_close"  # by the department, with a reason
    APPLICATION_VIEW = "application_view"
    APPLICATION_FILE = "application_file"
    AREA_CHANGE_FILE = "area_change_file"  # 变更物业区域物业服务企业
    HANDOVER_VIEW = "handover_view"  # 历史项目: what was handed over to another company
    APPLICATION_ACCEPT = "application_accept"  # 受理
    APPLICATION_RETURN = "application_return"  # 退回补正
    APPLICATION_REJECT = "application_reject"  # 不予通过
    REVIEW_FIRST = "review_first"  # 初审
    REVIEW_SECOND = "review_second"  # 复审
    ACCEPTANCE_FILE = "acceptance_file"
    TRANSFER_VIEW = "transfer_view"
    TRANSFER_PREPARE = "transfer_prepare"  # finance prepares, ends
    TRANSFER_CONFIRM = "transfer_confirm"  # the bank confirms or refuses
    TRANSFER_CORRECT = "transfer_correct"  # the company corrects a refused line
    TRANSFER_RECHECK = "transfer_recheck"  # a reviewer confirms a corrected line
    REFUND_VIEW = "refund_view"
    REFUND_FILE = "refund_file"  # 项目清退: the company prints and voids the notice
    REFUND_CONFIRM = "refund_confirm"  # 清退确认: the bank
    REFUND_BOOK = "refund_book"  # 退汇: what came back by itself, by the bank or finance
    REVENUE_VIEW = "revenue_view"
    REVENUE_FILE = "revenue_file"  # 收益交款: a company or committee prints and voids the notice
    REVENUE_CONFIRM = "revenue_confirm"  # 收款确认: the bank
    REVENUE_DISTRIBUTE = "revenue_distribute"  # 收益分摊: finance
    LEDGER_VIEW = "ledger_view"
    REQUIREMENT_EDIT = "requirement_edit"  # 要件清单
    CALENDAR_EDIT = "calendar_edit"
    POLICY_VIEW = "policy_view"
    POLICY_EDIT = "policy_edit"
    JOB_VIEW = "job_view"
    JOB_RUN = "job_run"  # any scheduled job, now
    VERIFY_RUN = "verify_run"  # the verifications of ledger and audit trail, now
    AUDIT_VIEW = "audit_view"
    USER_ADMIN = "user_admin"  # the security administrator's users, roles, locks, sessions
    PUBLIC = "public"  # pages without sign-in


P = Permission

_COMPANY_READS = {
    P.HOME, P.PUBLIC, P.PREMISES_VIEW, P.OWNER_VIEW, P.EQUIPMENT_VIEW, P.CONTRACTOR_VIEW, P.ACCOUNT_VIEW,
    P.PROJECT_VIEW, P.NOTICE_VIEW, P.APPLICATION_VIEW, P.TRANSFER_VIEW, P.REFUND_VIEW,
    P.OBJECTION_VIEW, P.REVENUE_VIEW,
}  # fmt: skip
_COMPANY_PROJECTS = {
    P.EQUIPMENT_EDIT, P.CONTRACTOR_EDIT, P.PROJECT_EDIT, P.VOTE_EDIT, P.NOTICE_PUBLISH, P.APPLICATION_FILE,
    P.ACCEPTANCE_FILE, P.TRANSFER_CORRECT, P.REFUND_FILE, P.PERSONAL_DATA,
    P.OBJECTION_ANSWER,
}  # fmt: skip
_DEPARTMENT_READS = {
    P.HOME, P.PUBLIC, P.PREMISES_VIEW, P.OWNER_VIEW, P.EQUIPMENT_VIEW, P.ORGANISATION_VIEW, P.CONTRACTOR_VIEW,
    P.ACCOUNT_VIEW, P.ESCROW_VIEW, P.PROJECT_VIEW, P.NOTICE_VIEW, P.APPLICATION_VIEW, P.TRANSFER_VIEW, P.POLICY_VIEW,
    P.HANDOVER_VIEW, P.REFUND_VIEW, P.OBJECTION_VIEW, P.REVENUE_VIEW,
}  # fmt: skip

ROLES: dict[str, frozenset[Permission]] = {
    "Public": frozenset({P.PUBLIC}),
    "OrgAdmin": frozenset(
        _COMPANY_READS
        | _COMPANY_PROJECTS
        | {P.ORG_USERS, P.ORG_PROFILE, P.AREA_CHANGE_FILE, P.HANDOVER_VIEW, P.REVENUE_FILE}
    ),
    "ProjectAgent": frozenset(_COMPANY_READS | _COMPANY_PROJECTS),
    "RevenueAgent": frozenset({
        P.HOME, P.PUBLIC, P.PREMISES_VIEW, P.ACCOUNT_VIEW, P.NOTICE_VIEW, P.REVENUE_VIEW, P.REVENUE_FILE,
    }),
    "Clerk": frozenset(
        _DEPARTMENT_READS
        | {
            P.PREMISES_EDIT, P.OWNER_EDIT, P.PERSONAL_DATA, P.ROSTER_IMPORT, P.EQUIPMENT_EDIT, P.CATEGORY_EDIT,
            P.ORGANISATION_EDIT, P.REGISTRATION_CONFIRM, P.HOUSE_CHANGE, P.APPLICATION_ACCEPT, P.APPLICATION_RETURN,
            P.REQUIREMENT_EDIT, P.CALENDAR_EDIT, P.OBJECTION_RECORD, P.OBJECTION_ANSWER,
        }
    ),
    "Reviewer": frozenset(
        _DEPARTMENT_READS | {P.APPLICATION_RETURN, P.APPLICATION_REJECT, P.REVIEW_FIRST, P.TRANSFER_RECHECK}
    ),
    "Supervisor": frozenset(
        _DEPARTMENT_READS
        | {
            P.APPLICATION_RETURN, P.APPLICATION_REJECT, P.REVIEW_SECOND, P.NOTICE_WITHDRAW, P.POLICY_EDIT,
            P.LEDGER_VIEW, P.OBJECTION_ANSWER, P.OBJECTION_CLOSE,
        }
    ),
    "Finance": frozenset(
        _DEPARTMENT_READS | {P.ESCROW_EDIT, P.OPENING_CONFIRM, P.TRANSFER_PREPARE, P.REFUND_BOOK, P.LEDGER_VIEW,
            P.REVENUE_DISTRIBUTE}
    ),
    "Bank": frozenset({
        P.HOME, P.PUBLIC, P.TRANSFER_VIEW, P.TRANSFER_CONFIRM, P.REFUND_VIEW, P.REFUND_CONFIRM, P.REFUND_BOOK,
        P.REVENUE_VIEW, P.REVENUE_CONFIRM, P.ESCROW_VIEW,
    }),
    "Auditor": frozenset(_DEPARTMENT_READS | {P.LEDGER_VIEW, P.JOB_VIEW, P.VERIFY_RUN, P.AUDIT_VIEW}),
    "SecurityAdmin": frozenset({P.HOME, P.PUBLIC, P.USER_ADMIN}),
    "SystemAdmin": frozenset({P.HOME, P.PUBLIC, P.POLICY_VIEW, P.JOB_VIEW, P.JOB_RUN, P.VERIFY_RUN}),
}  # fmt: skip

ROLE_LABELS = {
    "Public": "公众",
    "OrgAdmin": "机构管理员",
    "ProjectAgent": "代办人员（维修）",
    "RevenueAgent": "代办人员（收益交款）",
    "Clerk": "窗口受理员",
    "Reviewer": "初审员",
    "Supervisor": "复审主管",
    "Finance": "财务",
    "Bank": "专户银行",
    "Auditor": "审计管理员",
    "SecurityAdmin": "安全管理员",
    "SystemAdmin": "系统管理员",
}

COMPANY_ROLES = frozenset({"OrgAdmin", "ProjectAgent", "RevenueAgent"})
DEPARTMENT_ROLES = frozenset({"Clerk", "Reviewer", "Supervisor", "Finance", "Auditor", "SecurityAdmin", "SystemAdmin"})
# 三员分立: no account holds two of these.
SEPARATE_ROLES = frozenset({"Auditor", "SecurityAdmin", "SystemAdmin"})


class Standing(Enum):
    """Why an organisation's users may do less than their roles say."""

    STOPPED = "stopped"  # 停用, or its registration was declined
    COMMITTEE = "committee"  # an owners' committee makes no repair projects
    UNCONFIRMED = "unconfirmed"  # a clerk has not seen its papers yet (`workflows.md` 2)


_PROJECTS = frozenset({
    P.PROJECT_EDIT, P.VOTE_EDIT, P.NOTICE_PUBLISH, P.ACCEPTANCE_FILE, P.TRANSFER_CORRECT, P.REFUND_FILE,
    P.EQUIPMENT_EDIT, P.OBJECTION_ANSWER,
})  # fmt: skip
WITHHELD: dict[Standing, frozenset[Permission]] = {
    Standing.STOPPED: frozenset().union(*(ROLES[role] for role in COMPANY_ROLES)) - {P.HOME, P.PUBLIC},
    Standing.COMMITTEE: _PROJECTS
    | {
        P.APPLICATION_FILE, P.AREA_CHANGE_FILE, P.HANDOVER_VIEW, P.PROJECT_VIEW, P.TRANSFER_VIEW, P.CONTRACTOR_VIEW,
        P.CONTRACTOR_EDIT, P.REFUND_VIEW, P.OBJECTION_VIEW,
    },
    Standing.UNCONFIRMED: _PROJECTS,
}


@dataclass(frozen=True)
class Actor:
    """Who acts: made by the screens from the signed-in user, or `SYSTEM` for jobs and the command line.

    `area_ids` are the areas the actor may touch; None means every area (department, system).
    `escrow_ids` likewise for a bank; None means not limited by escrow account.
    """

    user_id: int | None
    name: str
    roles: frozenset[str] = frozenset()
    organisation_id: int | None = None
    area_ids: frozenset[int] | None = frozenset()
    escrow_ids: frozenset[int] | None = None
    address: str = ""
    standings: frozenset[Standing] = frozenset()

    def can(self, permission: Permission) -> bool:
        """Does any of the actor's roles contain the permission, and its organisation's standing leave it?

        The system may do all that the engine lets it.
        """
        has = self.is_system or any(permission in ROLES.get(role, ()) for role in self.roles)
        return has and self.withheld_by(permission) is None

    def withheld_by(self, permission: Permission) -> Standing | None:
        """What keeps the actor's organisation from a right that the roles have."""
        return next((row for row, kept in WITHHELD.items() if row in self.standings and permission in kept), None)

    @property
    def is_system(self) -> bool:
        return self.user_id is None and "System" in self.roles

    @property
    def is_tenant(self) -> bool:
        """A company or a committee: sees its own rows only."""
        return bool(self.roles & COMPANY_ROLES)

    @property
    def is_department(self) -> bool:
        return bool(self.roles & DEPARTMENT_ROLES)

    @property
    def is_bank(self) -> bool:
        return "Bank" in self.roles


SYSTEM = Actor(user_id=None, name="系统", roles=frozenset({"System"}), area_ids=None)
PUBLIC = Actor(user_id=None, name="公众", roles=frozenset({"Public"}), area_ids=frozenset(), escrow_ids=frozenset())
