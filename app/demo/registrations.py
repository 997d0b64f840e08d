"""Who registered by itself: a company whose papers the window has not seen yet, and a committee that is confirmed."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from sqlalchemy import select
from werkzeug.security import generate_password_hash

from app import clock, tenancy
from app.demo import people
from app.demo.desk import Desk, sample_pdf
from app.domain.enums import OrganisationKind
from app.extensions import db
from app.models import Area, District, EscrowAccount
from app.permissions import PUBLIC, SYSTEM
from app.transaction import unit_of_work
from app.workflows.attachments.rules import registration_requirements
from app.workflows.engine import Context
from app.workflows.registration import confirmation, drafts
from app.workflows.registration.actions import Typed, register
from app.workflows.registration.kinds import KINDS

WITHOUT_COMPANY = "望江新邨"
SERVED = "锦绣花园"
SEED = 20263  # its own, so that the rest of the city stays as it was
SIGN_INS = (
    ("herun_admin", "OrgAdmin", "和润物业（资料待核）"),
    ("jinxiu_owners", "OrgAdmin", f"{SERVED}业主委员会"),
)


def make_registrations(password: str) -> None:
    """和润物业 waits at the window; the committee of 锦绣花园 has been confirmed."""
    random = Random(SEED)
    free, served = _areas(random)
    committee = _register(random, password, 6, Typed(
        kind=OrganisationKind.OWNERS_COMMITTEE, name=f"{SERVED}业主委员会", founded_on=date(2023, 3, 1),
        registered_capital=None, qualification="", address=f"云溪市东湖区{SERVED} 1 栋架空层", email="",
        username="jinxiu_owners", area_ids=(served.id,), **_persons(random), **_code(random),
    ))  # fmt: skip
    desk = Desk(random, clock.now() - timedelta(days=5), "jinxiu_owners")
    papers = {row.id: row.copies for row in registration_requirements(db.session())}
    desk.do("clerk", lambda ctx: confirmation.confirm(committee, papers, ctx))
    _register(random, password, 1, Typed(
        kind=OrganisationKind.PROPERTY_COMPANY, name="和润物业管理有限公司", founded_on=date(2012, 5, 18),
        registered_capital=500_000_000, qualification="二级", address="云溪市滨江区江湾路 88 号 2 楼",
        username="herun_admin", email="herun@demo.invalid", area_ids=(free.id, served.id),
        typed_areas=((free.district_id, "新湖小区"),), **_persons(random), **_code(random),
    ))  # fmt: skip


def _register(random: Random, password: str, days_ago: int, typed: Typed) -> int:
    """As a visitor does it: files chosen first, then everything submitted; the organisation's number."""
    now = clock.now().replace(hour=10, minute=random.randrange(60)) - timedelta(days=days_ago)
    with unit_of_work() as session:
        tenancy.enter(session, SYSTEM)
        draft = drafts.open_draft(session, drafts.new_token(), now)
        kind = KINDS[typed.kind]
        for row in registration_requirements(session):
            name = kind.paper_name(row.name)
            drafts.hold(session, draft, row.id, f"{name}.pdf", sample_pdf(name, now.date()), now)
        made = register(
            Typed(**{**vars(typed), "password_hash": generate_password_hash(password)}), draft,
            Context(session, PUBLIC, now), address="127.0.0.1",
        )  # fmt: skip
        return made.id


def _areas(random: Random) -> tuple[Area, Area]:
    """(an area without a company, one that has one)."""
    with unit_of_work() as session:
        district = session.scalars(select(District).order_by(District.code.desc())).first()
        escrow = session.scalars(select(EscrowAccount).order_by(EscrowAccount.id)).first()
        session.add(Area(
            district_id=district.id, escrow_account_id=escrow.id, name=WITHOUT_COMPANY,
            address=f"云溪市{district.name}望江路 {random.randrange(1, 200)} 号", developer_name="东湖置业有限公司",
        ))  # fmt: skip
    query = select(Area).where(Area.name.in_((WITHOUT_COMPANY, SERVED)))
    found = {area.name: area for area in db.session.scalars(query)}
    return found[WITHOUT_COMPANY], found[SERVED]


def _persons(random: Random) -> dict[str, str]:
    contact = people.person_name(random)
    return {
        "legal_representative": people.person_name(random), "contact": contact, "phone": people.mobile(random),
        "agent_name": contact, "agent_identity": people.identity_number(random), "password_hash": "",
    }  # fmt: skip


def _code(random: Random) -> dict[str, str]:
    return {"credit_code": people.credit_code(random)}
