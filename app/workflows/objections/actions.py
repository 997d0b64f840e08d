"""What is done with an objection: filed by anybody or recorded at the window, verified, answered, closed."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta

from app import audit
from app.domain.enums import NoticeState, ObjectionSource, ObjectionState
from app.domain.errors import Refusal, Sentence, say
from app.domain.identifiers import parse_phone
from app.models import Notice, Objection
from app.queries import notices
from app.queries import objections as queries
from app.workflows import engine, messages, numbers
from app.workflows.engine import Context
from app.workflows.notices.rules import ENDED_PROJECTS
from app.workflows.objections.flow import OBJECTION

PREFIX = "YY"
LONGEST, LONGEST_NAME = 2000, 40
TOLD = ("Clerk", "Reviewer", "Supervisor")
GUESSES = 5
"""So often a day somebody's word about one house is compared; more are guesses, and count as unverified."""


@dataclass(frozen=True)
class Typed:
    """What the objector or the clerk wrote. `house`: as the notice's list writes it; `last_six` of the identity number;
    `papers_seen`: the clerk saw who it is."""

    name: str
    phone: str
    content: str
    house: str = ""
    last_six: str = ""
    papers_seen: bool = False


def file_objection(notice: Notice, typed: Typed, ctx: Context) -> Objection:
    """By anybody, on the page of a notice that runs. Whether house, name and number matched is told to nobody.

    Refusal at its field: a notice that runs no more, words that are missing or too long, a house that is not listed.
    """
    if notice.state is not NoticeState.PUBLISHED or notice.closes_on < ctx.today:
        raise Refusal(say("公示已结束，不能再在网上提出异议；可书面送交维修资金管理部门受理窗口"))
    return _store(notice, typed, ObjectionSource.PUBLIC, ctx)


def record_objection(notice: Notice, typed: Typed, ctx: Context) -> Objection:
    """By the clerk, of a letter; also after the notice's end, while the project has not ended."""
    if notice.state not in notices.STANDING or notice.project.state in ENDED_PROJECTS:
        raise Refusal(say("公示已撤回、已重新发布，或项目已结束，不能登记异议"))
    if typed.papers_seen and not typed.house.strip():
        raise Refusal(say("已核对证件的，请填写房屋"), field="house")
    return _store(notice, typed, ObjectionSource.WINDOW, ctx)


def _store(notice: Notice, typed: Typed, source: ObjectionSource, ctx: Context) -> Objection:
    name, phone, content = _checked(typed)
    house = _house(notice, typed, ctx)
    objection = Objection(
        number=numbers.next_number(ctx.session, PREFIX, ctx.today), state=ObjectionState.OPEN, source=source,
        project_id=notice.project_id, area_id=notice.area_id, notice_id=notice.id, filed_at=ctx.now,
        recorded_by_id=ctx.actor.user_id if source is ObjectionSource.WINDOW else None, name=name, phone=phone,
        house_id=house.house_id if house else None, house_label=house.label if house else "",
        is_verified=house is not None and _is_owner(notice, house, typed, source, ctx), content=content, answer="",
    )  # fmt: skip
    ctx.session.add(objection)
    ctx.session.flush()
    audit.record(
        ctx.session, ctx.actor, "object", objection, now=ctx.now,
        summary=f"对公示 {notice.number} 提出异议 {objection.number}（{source.label}）",
    )  # fmt: skip
    told = say("公示 %(notice)s 收到异议 %(number)s，请答复", notice=notice.number, number=objection.number)
    _tell(objection, told, ctx)
    return objection


def _checked(typed: Typed) -> tuple[str, str, str]:
    name, content = " ".join(typed.name.split()), typed.content.strip()
    if not name:
        raise Refusal(say("请填写姓名"), field="name")
    if len(name) > LONGEST_NAME:
        raise Refusal(say("姓名不能超过 %(count)s 个字", count=LONGEST_NAME), field="name")
    try:
        phone = parse_phone(typed.phone)
    except Refusal as refusal:
        raise Refusal(refusal.sentence, field="phone") from refusal
    if not content:
        raise Refusal(say("请填写异议内容和理由"), field="content")
    if len(content) > LONGEST:
        raise Refusal(say("异议内容不能超过 %(count)s 个字", count=LONGEST), field="content")
    return name, phone, content


def _house(notice: Notice, typed: Typed, ctx: Context) -> queries.Claimed | None:
    if not typed.house.strip():
        if typed.last_six.strip():
            raise Refusal(say("请填写房屋"), field="house")
        return None
    house = queries.claimed_house(ctx.session, notice.id, typed.house)
    if house is None:
        raise Refusal(say("公示的清册中没有这个房屋，请按清册的写法填写"), field="house")
    return house


def _is_owner(
    notice: Notice, house: queries.Claimed, typed: Typed, source: ObjectionSource, ctx: Context
) -> bool:  # fmt: skip
    if source is ObjectionSource.WINDOW:
        return typed.papers_seen
    guesses = queries.claims_since(ctx.session, notice.id, house.house_id, ctx.now - timedelta(days=1))
    last_six = "".join(typed.last_six.split()).upper()
    if len(last_six) != 6 or guesses >= GUESSES:
        return False
    name = "".join(typed.name.split())
    of_name = [number for owner, number in house.owners if number and "".join(owner.split()) == name]
    return any(hmac.compare_digest(number[-6:].upper().encode(), last_six.encode()) for number in of_name)


def verify_objection(
    objection: Objection, ctx: Context, *, house: str, version: int | None = None
) -> Objection:  # fmt: skip
    """核对业主身份: the clerk has seen whose house it is."""
    objection = engine.apply(OBJECTION, objection.id, "verify_objection", ctx, version=version)
    found = queries.claimed_house(ctx.session, objection.notice_id, house) if house.strip() else None
    if found is None:
        raise Refusal(say("公示的清册中没有这个房屋，请按清册的写法填写"), field="house")
    objection.house_id, objection.house_label, objection.is_verified = found.house_id, found.label, True
    return objection


def answer_objection(objection: Objection, ctx: Context, *, text: str, version: int | None = None) -> Objection:
    """答复 in writing, by the company or the department."""
    return _end(objection, "answer_objection", text, say("请填写答复内容"), ctx, version)


def close_objection(objection: Objection, ctx: Context, *, text: str, version: int | None = None) -> Objection:
    """关闭 by the department, with a reason."""
    return _end(objection, "close_objection", text, say("请填写关闭原因"), ctx, version)


def _end(
    objection: Objection, name: str, text: str, missing: Sentence, ctx: Context, version: int | None
) -> Objection:  # fmt: skip
    if not text.strip():
        raise Refusal(missing, field="text")
    if len(text.strip()) > LONGEST:
        raise Refusal(say("不能超过 %(count)s 个字", count=LONGEST), field="text")
    objection = engine.apply(OBJECTION, objection.id, name, ctx, version=version)
    objection.answer, objection.answered_at, objection.answered_by_id = text.strip(), ctx.now, ctx.actor.user_id
    verb = say("已答复异议 %(number)s", number=objection.number)
    if name == "close_objection":
        verb = say("异议 %(number)s 已由管理部门关闭", number=objection.number)
    _tell(objection, verb, ctx)
    return objection


def _tell(objection: Objection, text: Sentence, ctx: Context) -> None:
    """The company's people and the department's, each without a message about their own act's side."""
    link = f"/objections/{objection.id}/"
    if not ctx.actor.is_tenant:
        messages.tell_organisation(
            ctx.session, objection.project.organisation_id, objection.area_id, text, now=ctx.now, link=link
        )
    messages.tell_department(ctx.session, TOLD, text, now=ctx.now, link=link)
