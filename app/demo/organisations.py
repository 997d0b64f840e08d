"""The department, two banks, four companies and a sign-in for every role."""

from __future__ import annotations

from datetime import datetime
from random import Random

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from app.demo import people
from app.domain.enums import OrganisationKind
from app.models import Contractor, ContractorAccount, EscrowAccount, Organisation, PlatformUser

COMPANIES = ("安居物业服务有限公司", "恒信物业管理有限公司", "和谐家园物业服务有限公司", "江畔物业服务有限公司")
BANKS = (("建安银行云溪分行", "建安银行云溪分行营业部"), ("农商银行云溪支行", "农商银行云溪支行营业部"))
CONTRACTORS = ("宏达电梯工程有限公司", "鑫盛防水工程有限公司", "永固建筑修缮有限公司", "安泰消防设备有限公司")

# sign-in, name, role, which organisation: 0… company, "bank0", "department"
USERS = (
    ("anju_admin", "王丽娜", "OrgAdmin", 0),
    ("anju_agent", "刘志远", "ProjectAgent", 0),
    ("anju_revenue", "何少芬", "RevenueAgent", 0),
    ("hengxin_admin", "梁启明", "OrgAdmin", 1),
    ("hengxin_agent", "邓晓东", "ProjectAgent", 1),
    ("hexie_admin", "罗佩珊", "OrgAdmin", 2),
    ("jiangpan_admin", "许锦荣", "OrgAdmin", 3),
    ("clerk", "陈慧敏", "Clerk", "department"),
    ("clerk2", "林思敏", "Clerk", "department"),
    ("reviewer", "周建平", "Reviewer", "department"),
    ("supervisor", "郑国华", "Supervisor", "department"),
    ("finance", "苏玉兰", "Finance", "department"),
    ("finance2", "叶素珍", "Finance", "department"),
    ("auditor", "潘立群", "Auditor", "department"),
    ("security", "冯宏伟", "SecurityAdmin", "department"),
    ("system", "袁景行", "SystemAdmin", "department"),
    ("bank", "蔡婉仪", "Bank", "bank0"),
    ("bank2", "杜振华", "Bank", "bank1"),
)


def make_organisations(session: Session, random: Random, now: datetime, password: str) -> dict[str, Organisation]:
    """All organisations by key ("department", "bank0", "company0", …), with users, escrow accounts, contractors."""
    made = {"department": _organisation(OrganisationKind.DEPARTMENT, "云溪市物业专项维修资金管理中心", random, now)}
    for index, (name, _) in enumerate(BANKS):
        made[f"bank{index}"] = _organisation(OrganisationKind.BANK, name, random, now)
    for index, name in enumerate(COMPANIES):
        made[f"company{index}"] = _organisation(OrganisationKind.PROPERTY_COMPANY, name, random, now)
    session.add_all(made.values())
    session.flush()
    for index, (_, branch) in enumerate(BANKS):
        session.add(
            EscrowAccount(
                bank_id=made[f"bank{index}"].id,
                name="云溪市住宅专项维修资金专户",
                bank_name=branch,
                account_no=people.account_number(random),
            )
        )
    _make_users(session, made, random, password)
    for index in range(len(COMPANIES)):
        _make_contractors(session, made[f"company{index}"], random)
    session.flush()
    return made


def _organisation(kind: OrganisationKind, name: str, random: Random, now: datetime) -> Organisation:
    return Organisation(
        kind=kind,
        name=name,
        credit_code=people.credit_code(random),
        address=f"云溪市{random.choice(('东湖', '城西', '滨江'))}区和平路 {random.randrange(1, 300)} 号",
        legal_representative=people.person_name(random),
        contact=people.person_name(random),
        phone=people.mobile(random),
        papers_confirmed=True,
        created_at=now,
    )


def _make_users(session: Session, made: dict[str, Organisation], random: Random, password: str) -> None:
    hashed = generate_password_hash(password)
    for sign_in, name, role, where in USERS:
        organisation = made[f"company{where}" if isinstance(where, int) else where]
        session.add(
            PlatformUser(
                username=sign_in,
                first_name=name,
                last_name="",
                email=f"{sign_in}@demo.invalid",
                password=hashed,
                active=True,
                organisation_id=organisation.id,
                phone=people.mobile(random),
                roles=[session.scalars(select(Role).where(Role.name == role)).one()],
            )
        )


def _make_contractors(session: Session, company: Organisation, random: Random) -> None:
    for name in CONTRACTORS:
        contractor = Contractor(
            organisation_id=company.id,
            name=name,
            credit_code=people.credit_code(random),
            contact=people.person_name(random),
            phone=people.mobile(random),
        )
        contractor.accounts.append(
            ContractorAccount(
                account_name=name,
                bank_name=random.choice(("工商银行云溪支行", "中国银行云溪支行", "农业银行云溪支行")),
                account_no=people.account_number(random),
            )
        )
        session.add(contractor)


def user_named(session: Session, sign_in: str) -> PlatformUser:
    """The demo user of that sign-in."""
    return session.scalars(select(PlatformUser).where(PlatformUser.username == sign_in)).one()
