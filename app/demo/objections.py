"""异议 to the demo's notices: one owner's that holds up the approval, one that has been answered."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from app import tenancy
from app.demo.desk import Desk
from app.domain.enums import NoticeKind
from app.models import House, Notice, NoticeRow, Objection, Project
from app.permissions import PUBLIC, SYSTEM
from app.queries.notices import standing_notice
from app.transaction import unit_of_work
from app.workflows.engine import Context
from app.workflows.objections import actions


def object_to(desk: Desk, project: Project, content: str, *, place: int, is_owner: bool = True) -> Objection:
    """By the owner of the house at that place of the initiation notice's list, on the public page."""
    with unit_of_work() as session:
        tenancy.enter(session, SYSTEM)
        notice = standing_notice(session, project.id, NoticeKind.INITIATION)
        house = _house(session, notice, place)
        owner = house.owner
        typed = actions.Typed(owner.name, "13900001111", content)
        if is_owner:
            typed = replace(typed, house=house.label, last_six=owner.identity_number[-6:])
        return actions.file_objection(notice, typed, Context(session, PUBLIC, desk.now))


def answer(desk: Desk, objection: Objection, text: str) -> None:
    """By the company."""
    desk.do(desk.agent, lambda ctx: actions.answer_objection(objection, ctx, text=text))


def _house(session, notice: Notice, place: int) -> House:
    rows = select(House).join(NoticeRow, NoticeRow.house_id == House.id).where(NoticeRow.notice_id == notice.id)
    return session.scalars(rows.where(House.owner_id.is_not(None)).order_by(NoticeRow.position).offset(place)).first()
