"""Registering: organisation, administrator, wishes and files in one act (manual 1.1 step 4)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import audit
from app.domain.enums import OrganisationKind, WishState
from app.domain.errors import Refusal, say
from app.models import (
    Area,
    AreaWish,
    Attachment,
    District,
    Organisation,
    PlatformUser,
    RegistrationDraft,
    RequiredAttachment,
    ServiceContract,
)
from app.queries import registration as queries
from app.workflows import engine, policy
from app.workflows.attachments.actions import ORGANISATIONS
from app.workflows.attachments.rules import registration_requirements
from app.workflows.engine import Context
from app.workflows.registration import drafts
from app.workflows.registration.kinds import AGREEMENT
from app.workflows.users.actions import actor_for
from app.workflows.users.administration import put_roles
from app.workflows.users.names import new_login_name

MAX_AREAS = 50
WINDOW = say("根据所填信息无法在网上登记，请携带营业执照（或备案证明）和经办人身份证到受理窗口办理")
"""One sentence whatever stands in the way, so that nobody learns who is registered."""


@dataclass(frozen=True)
class Typed:
    """A form that has been read: what is stored, in the form in which it is stored. Nothing else is taken from it."""

    kind: OrganisationKind
    name: str
    credit_code: str | None
    legal_representative: str
    address: str
    founded_on: date | None
    registered_capital: int | None  # fen
    qualification: str
    contact: str
    phone: str
    email: str
    agent_name: str
    agent_identity: str
    username: str
    password_hash: str
    area_ids: tuple[int, ...] = ()
    typed_areas: tuple[tuple[int, str], ...] = ()  # (district, name) of areas that are not listed


def register(typed: Typed, draft: RegistrationDraft, ctx: Context, *, address: str) -> Organisation:
    """Store the registration; the administrator may sign in at once. To be called in a unit of work, unguarded.

    Refusals, in this order: wishes, required files, the login name (told), the credit code (not told, `WINDOW`): so
    whoever tries codes has to register each time, and learns from a refusal nothing that the name had not said.
    """
    _check_wishes(ctx.session, typed)
    missing = missing_papers(ctx.session, draft)
    if missing:
        raise Refusal(say("请上传“%(name)s”", name=missing[0].name), field=f"file-{missing[0].id}")
    username = new_login_name(ctx.session, typed.username)
    if typed.credit_code and queries.credit_code_taken(ctx.session, typed.credit_code):
        raise Refusal(WINDOW)
    organisation = _organisation(typed, ctx)
    user = _administrator(typed, username, organisation, ctx)
    wishes = _wishes(typed, organisation, ctx)
    ctx.session.execute(
        update(Attachment)
        .where(Attachment.subject == drafts.SUBJECT, Attachment.subject_id == draft.id)
        .values(
            subject=ORGANISATIONS, subject_id=organisation.id, organisation_id=organisation.id, uploaded_by_id=user.id
        )
    )
    ctx.session.delete(draft)
    changes: dict[str, list[Any]] = {
        "kind": ["", typed.kind.value], "credit_code": ["", typed.credit_code or ""], "username": ["", username],
        "areas": [[], [wish.typed_name or wish.area_id for wish in wishes]], "agreement": ["", AGREEMENT],
    }  # fmt: skip
    audit.record(
        ctx.session, actor_for(user, address), "register", organisation, now=ctx.now,
        summary=f"机构注册：{organisation.name}", changes=changes,
    )  # fmt: skip
    return organisation


def missing_papers(session: Session, draft: RegistrationDraft | None) -> list[RequiredAttachment]:
    """The required ones of the department's list without a file."""
    there = {row.requirement_id for row in drafts.held(session, draft)}
    return [row for row in registration_requirements(session) if row.required and row.id not in there]


def _check_wishes(session: Session, typed: Typed) -> None:
    count = len(typed.area_ids) + len(typed.typed_areas)
    if not count:
        raise Refusal(say("请选择或填写要管理的物业区域"), field="areas")
    if count > MAX_AREAS:
        raise Refusal(say("一次最多选择 %(limit)s 个物业区域", limit=MAX_AREAS), field="areas")
    if typed.kind is OrganisationKind.OWNERS_COMMITTEE and count > 1:
        raise Refusal(say("业主委员会只能选择一个物业区域"), field="areas")
    listed = session.scalars(select(Area.id).where(Area.id.in_(typed.area_ids))).all()
    districts = {district for district, _name in typed.typed_areas}
    known = session.scalars(select(District.id).where(District.id.in_(districts))).all()
    if len(listed) != len(set(typed.area_ids)) or len(known) != len(districts):
        raise Refusal(say("请从列表中选择"), field="areas")


def _organisation(typed: Typed, ctx: Context) -> Organisation:
    organisation = Organisation(
        kind=typed.kind, name=typed.name, credit_code=typed.credit_code, address=typed.address,
        legal_representative=typed.legal_representative, contact=typed.contact, phone=typed.phone, email=typed.email,
        founded_on=typed.founded_on, registered_capital=typed.registered_capital, qualification=typed.qualification,
        papers_confirmed=False, registered_at=ctx.now, created_at=ctx.now, agreement_version=AGREEMENT, active=True,
    )  # fmt: skip
    with _stored(ctx.session):
        ctx.session.add(organisation)
    return organisation


def _administrator(typed: Typed, username: str, organisation: Organisation, ctx: Context) -> PlatformUser:
    user = PlatformUser(
        username=username, first_name=typed.agent_name, last_name="", email=f"{username}@sign-in.invalid", active=True,
        organisation=organisation, phone=typed.phone, identity_number=typed.agent_identity,
        password=typed.password_hash, must_change_password=False, session_epoch=0,
    )  # fmt: skip
    with _stored(ctx.session):
        ctx.session.add(user)
        put_roles(ctx.session, user, {"OrgAdmin"})
    return user


def _wishes(typed: Typed, organisation: Organisation, ctx: Context) -> list[AreaWish]:
    """What was ticked and typed. Under the policy 注册后即可 a company gets the areas without a company now."""
    at_once = policy.value(ctx.session, "first_sign_in", ctx.today) == "at_once"
    works = at_once and organisation.kind is OrganisationKind.PROPERTY_COMPANY
    rows = [_wish(key, organisation, works, ctx) for key in dict.fromkeys(typed.area_ids)]
    rows += [
        AreaWish(organisation_id=organisation.id, district_id=district, typed_name=name)
        for district, name in dict.fromkeys(typed.typed_areas)
    ]
    ctx.session.add_all(rows)
    ctx.session.flush()
    return rows


def _wish(area_id: int, organisation: Organisation, works: bool, ctx: Context) -> AreaWish:
    wish = {"organisation_id": organisation.id, "area_id": area_id}
    if not works:
        return AreaWish(**wish)
    area = engine.lock(ctx.session, Area, area_id)
    if queries.server_of(ctx.session, area.id, organisation.kind, ctx.today) is not None:
        return AreaWish(**wish)
    ctx.session.add(ServiceContract(**wish, starts_on=ctx.today))
    return AreaWish(**wish, state=WishState.GRANTED, decided_at=ctx.now)


@contextmanager
def _stored(session: Session) -> Iterator[None]:
    """Store what is made inside. Somebody else took the name or the code at this very moment: told as if before."""
    try:
        yield
        session.flush()
    except IntegrityError as error:
        if "credit_code" in str(error.orig):
            raise Refusal(WINDOW) from error
        raise Refusal(say("该用户名已被使用"), field="username") from error
