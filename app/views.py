"""The menu on one page: every screen, its label, group and right (`screens.md`), and what else is reachable."""

from __future__ import annotations

from flask import Flask

from app.jobs import exports
from app.permissions import Permission as P
from app.queries import inbox, objections, organisation_changes, refunds, registration, revenue, transfers
from app.queries.roster import waiting_batches
from app.screens.acceptance import Acceptances
from app.screens.accounts import Accounts
from app.screens.applications import Applications
from app.screens.applications_drafts import ApplicationDrafts
from app.screens.area_change import AreaChanges
from app.screens.attachments import Attachments
from app.screens.audit import AuditTrail
from app.screens.cancellation import Cancellation
from app.screens.choosing import ChoiceScreen
from app.screens.equipment import EquipmentCategories
from app.screens.equipment_import import EquipmentImport
from app.screens.equipment_list import EquipmentList
from app.screens.escrow import EscrowAccounts, JournalEntries
from app.screens.exporting import in_background
from app.screens.handovers import Handovers
from app.screens.home import Home
from app.screens.house_acts import HouseActs
from app.screens.house_changes import HouseChanges
from app.screens.houses import Houses, Owners
from app.screens.inbox import Inbox
from app.screens.job_desk import JobDesk
from app.screens.jobs import Jobs
from app.screens.menu import BANK, COMPANY, DEPARTMENT, Group, Item, Menus
from app.screens.my_areas import ContractEnds, MyAreas
from app.screens.notices import Notices
from app.screens.objections import Objections
from app.screens.objections_public import PublicObjections
from app.screens.organisation_changes import OrganisationChanges
from app.screens.organisation_profile import OrganisationProfile
from app.screens.organisation_users import OrganisationUsers
from app.screens.organisations import ContractorAccounts, Contractors, Organisations, ServiceContracts
from app.screens.papers import Papers, PublicPapers
from app.screens.plan_changes import PlanChanges
from app.screens.policies import Holidays, Policies, Requirements
from app.screens.premises import Areas, Buildings, Districts, Units
from app.screens.project_copy import ProjectCopy
from app.screens.project_story import ProjectStory
from app.screens.projects import Projects
from app.screens.projects_items import ProjectItems
from app.screens.projects_plan import ProjectPlan
from app.screens.projects_shares import ProjectShares
from app.screens.public import Public
from app.screens.refunds import Refunds
from app.screens.registration import Registration
from app.screens.registrations import OwnRegistration, Registrations
from app.screens.revenue import Revenue
from app.screens.revenue_spread import RevenueSpread
from app.screens.roster import Openings, Roster
from app.screens.search import Search
from app.screens.supplements import Supplements
from app.screens.transfers import Transfers
from app.screens.users import Users
from app.screens.votes import Votes

# One row a menu entry: a screen may stand under different headings for a company, the department and a bank.
MENU: tuple[Group, ...] = (
    Group("", "fa-house", (Item(Home, "首页", P.HOME, page="index"),)),
    # --- a company, a committee ------------------------------------------------------------------
    Group(
        "业务办理",
        "fa-folder-open",
        (
            Item(Applications, "我的业务单", P.APPLICATION_VIEW, (COMPANY,), count=inbox.count_returned),
            Item(Transfers, "收款账户更正", P.TRANSFER_CORRECT, (COMPANY,), count=transfers.waiting),
        ),
    ),
    Group(
        "机构管理",
        "fa-building-user",
        (
            Item(OwnRegistration, "注册资料", P.ORG_PROFILE, (COMPANY,), page="own"),
            Item(OrganisationProfile, "信息变更", P.ORG_PROFILE, (COMPANY,), page="index"),
            Item(OrganisationUsers, "机构用户管理", P.ORG_USERS, (COMPANY,)),
        ),
    ),
    Group(
        "物业区域管理",
        "fa-map-location-dot",
        (
            Item(MyAreas, "我的物业区域", P.PREMISES_VIEW, (COMPANY,)),
            Item(AreaChanges, "变更物业区域物业服务企业", P.AREA_CHANGE_FILE, (COMPANY,), page="index"),
            Item(Buildings, "楼幢", P.PREMISES_VIEW, (COMPANY,)),
            Item(Houses, "房屋", P.PREMISES_VIEW, (COMPANY,)),
            Item(Owners, "业主", P.OWNER_VIEW, (COMPANY,)),
        ),
    ),
    Group(
        "交款管理",
        "fa-coins",
        (Item(Revenue, "收益交款", P.REVENUE_FILE, (COMPANY,)),),
    ),
    Group(
        "维修项目管理",
        "fa-screwdriver-wrench",
        (
            Item(Projects, "维修项目列表", P.PROJECT_VIEW, (COMPANY,)),
            Item(Objections, "异议", P.OBJECTION_VIEW, (COMPANY,), count=objections.waiting),
            Item(Contractors, "施工单位", P.CONTRACTOR_VIEW, (COMPANY,)),
            Item(Handovers, "历史项目", P.HANDOVER_VIEW, (COMPANY,)),
        ),
    ),
    Group(
        "综合查询",
        "fa-magnifying-glass",
        (
            Item(EquipmentList, "设施设备查询", P.EQUIPMENT_VIEW, (COMPANY,)),
            Item(Accounts, "分户账查询", P.ACCOUNT_VIEW, (COMPANY,)),
            Item(Notices, "公示查询", P.NOTICE_VIEW, (COMPANY,)),
        ),
    ),
    # --- the department --------------------------------------------------------------------------
    Group(
        "窗口受理",
        "fa-inbox",
        (
            Item(
                Registrations, "机构注册待核", P.REGISTRATION_CONFIRM, (DEPARTMENT,), count=registration.waiting
            ),
            Item(
                OrganisationChanges, "机构信息变更", P.REGISTRATION_CONFIRM, (DEPARTMENT,),
                count=organisation_changes.waiting,
            ),
            Item(Roster, "房屋清册导入", P.ROSTER_IMPORT, (DEPARTMENT,)),
        ),
    ),
    Group(
        "业务审核",
        "fa-stamp",
        (
            Item(Inbox, "待办", P.APPLICATION_VIEW, (DEPARTMENT,), count=inbox.count_mine),
            Item(Inbox, "全部在办", P.APPLICATION_VIEW, (DEPARTMENT,), arguments={"box": "open"}),
            Item(Inbox, "我已办", P.APPLICATION_VIEW, (DEPARTMENT,), arguments={"box": "done"}),
            Item(Projects, "维修项目列表", P.PROJECT_VIEW, (DEPARTMENT,)),
        ),
    ),
    Group(
        "资金管理",
        "fa-coins",
        (
            Item(Transfers, "资金划转", P.TRANSFER_VIEW, (DEPARTMENT,), count=transfers.waiting),
            Item(Refunds, "项目清退", P.REFUND_VIEW, (DEPARTMENT,)),
            Item(Revenue, "收益交款与分摊", P.REVENUE_VIEW, (DEPARTMENT,), count=revenue.waiting),
            Item(Openings, "期初余额确认", P.OPENING_CONFIRM, (DEPARTMENT,), count=waiting_batches),
        ),
    ),
    Group(
        "收款确认",
        "fa-coins",
        (Item(Revenue, "待确认收款", P.REVENUE_CONFIRM, (BANK,), count=revenue.waiting),),
    ),
    Group(
        "清退确认",
        "fa-rotate-left",
        (Item(Refunds, "待确认清退", P.REFUND_CONFIRM, (BANK,), count=refunds.waiting),),
    ),
    Group(
        "划转确认",
        "fa-money-bill-transfer",
        (Item(Transfers, "待确认划转", P.TRANSFER_CONFIRM, (BANK,), count=transfers.waiting),),
    ),
    Group(
        "账户查询",
        "fa-book",
        (
            Item(Accounts, "分户账", P.ACCOUNT_VIEW, (DEPARTMENT,)),
            Item(JournalEntries, "凭证", P.LEDGER_VIEW, (DEPARTMENT,)),
            Item(EscrowAccounts, "专户", P.ESCROW_VIEW, (DEPARTMENT, BANK)),
        ),
    ),
    Group(
        "公示管理",
        "fa-bullhorn",
        (
            Item(Notices, "公示管理", P.NOTICE_VIEW, (DEPARTMENT,)),
            Item(Objections, "异议", P.OBJECTION_VIEW, (DEPARTMENT,), count=objections.waiting),
        ),
    ),
    Group(
        "基础数据",
        "fa-database",
        (
            Item(Organisations, "机构", P.ORGANISATION_VIEW, (DEPARTMENT,)),
            Item(ServiceContracts, "物业服务合同", P.ORGANISATION_VIEW, (DEPARTMENT,)),
            Item(ContractEnds, "合同到期提醒", P.ORGANISATION_VIEW, (DEPARTMENT,)),
            Item(Districts, "区县", P.PREMISES_VIEW, (DEPARTMENT,)),
            Item(Areas, "物业区域", P.PREMISES_VIEW, (DEPARTMENT,)),
            Item(Buildings, "楼幢", P.PREMISES_VIEW, (DEPARTMENT,)),
            Item(Units, "单元", P.PREMISES_VIEW, (DEPARTMENT,)),
            Item(Houses, "房屋", P.PREMISES_VIEW, (DEPARTMENT,)),
            Item(HouseChanges, "房屋变更", P.PREMISES_VIEW, (DEPARTMENT,)),
            Item(Owners, "业主", P.OWNER_VIEW, (DEPARTMENT,)),
            Item(EquipmentList, "设施设备", P.EQUIPMENT_VIEW, (DEPARTMENT,)),
            Item(EquipmentCategories, "设备分类", P.EQUIPMENT_VIEW, (DEPARTMENT,)),
            Item(Contractors, "施工单位", P.CONTRACTOR_VIEW, (DEPARTMENT,)),
        ),
    ),
    Group(
        "系统管理",
        "fa-gear",
        (
            Item(Users, "用户", P.USER_ADMIN, (DEPARTMENT,)),
            Item(Policies, "政策参数", P.POLICY_VIEW, (DEPARTMENT,), page="index"),
            Item(Requirements, "要件清单", P.REQUIREMENT_EDIT, (DEPARTMENT,)),
            Item(Holidays, "工作日历", P.CALENDAR_EDIT, (DEPARTMENT,)),
            Item(JobDesk, "任务", P.JOB_VIEW, (DEPARTMENT,)),
            Item(AuditTrail, "审计日志", P.AUDIT_VIEW, (DEPARTMENT,)),
        ),
    ),
)

# Reachable, but not from the menu.
UNLISTED: tuple[type, ...] = (
    Papers,
    PublicPapers,
    ChoiceScreen,
    HouseActs,
    ContractorAccounts,
    EquipmentImport,
    Jobs,
    ProjectCopy,
    ProjectItems,
    ProjectPlan,
    ProjectShares,
    ProjectStory,
    RevenueSpread,
    Public,
    PublicObjections,
    Registration,
    Search,
    Votes,
    Acceptances,
    ApplicationDrafts,
    Cancellation,
    PlanChanges,
    Supplements,
    Attachments,
)

# The public site's own row of links: label, endpoint.
PUBLIC_MENU: tuple[tuple[str, str], ...] = (
    ("首页", "Public.index"),
    ("公示查询", "Public.notices"),
    ("机构注册", "Registration.index"),
)


def register_views(app: Flask) -> None:
    """Give every screen its routes and the shell its menu."""
    builder = app.appbuilder
    screens = [item.screen for group in MENU for item in group.items]
    for screen in dict.fromkeys([*screens, *UNLISTED]):
        if screen is not Home:  # FAB's index view: registered by FAB_INDEX_VIEW
            builder.add_view_no_menu(screen)
    app.extensions["menu"] = Menus(MENU)
    app.extensions["public_menu"] = PUBLIC_MENU
    exports.configure(in_background)
