"""What is done with a notice: publish, withdraw, end by date. Each function is one act inside a unit of work."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from app import audit
from app.bulk import insert_rows
from app.domain import calendar
from app.domain.enums import INITIATIONS, ApplicationState, NoticeKind, NoticeState
from app.domain.errors import Refusal, say
from app.models import Application, Notice, NoticeRow, Project
from app.queries import notices as queries
from app.workflows import engine, messages, numbers, policy
from app.workflows.applications.flow import act
from app.workflows.engine import Context
from app.workflows.notices import content
from app.workflows.notices.content import Wording
from app.workflows.notices.flow import NOTICE
from app.workflows.projects import fingerprint
from app.workflows.projects.flow import PROJECT

ACTS = {
    NoticeKind.INITIATION: "publish_initiation", NoticeKind.ACCEPTANCE: "publish_acceptance",
    NoticeKind.CANCELLATION: "publish_cancellation",
}  # fmt: skip
DAYS = {kind: f"notice_days_{kind.value}" for kind in NoticeKind}
LONGEST = 365
COLUMNS = (
    "notice_id", "position", "house_id", "building_name", "house_label", "owner_name", "floor_area", "budget", "fund",
    "settled",
)  # fmt: skip


def minimum_days(kind: NoticeKind, ctx: Context) -> int:
    """How many days a notice of that kind stands at least, by today's policy."""
    return policy.number(ctx.session, DAYS[kind], ctx.today)


def check_wording(kind: NoticeKind, wording: Wording, ctx: Context) -> None:
    """Refuse a closing date too early or too far, and dates or words of an acceptance that are missing or wrong."""
    try:
        calendar.check_closing(ctx.today, wording.closes_on, minimum_days(kind, ctx))
    except Refusal as refusal:
        raise Refusal(refusal.sentence, field="closes_on") from refusal
    if wording.closes_on > ctx.today + timedelta(days=LONGEST):
        raise Refusal(say("公示截止日期不能晚于 %(days)s 天之后", days=LONGEST), field="closes_on")
    if len(wording.phone) > 40:
        raise Refusal(say("咨询电话不能超过 %(count)s 个字", count=40), field="phone")
    if kind == NoticeKind.ACCEPTANCE:
        _check_works(wording, ctx.today)
    if kind == NoticeKind.CANCELLATION and not wording.reason.strip():
        raise Refusal(say("请填写撤销原因"), field="reason")


def _check_works(wording: Wording, today: date) -> None:
    if wording.works_from is None:
        raise Refusal(say("请填写施工开始日期"), field="works_from")
    if wording.works_to is None:
        raise Refusal(say("请填写施工结束日期"), field="works_to")
    if wording.works_to < wording.works_from:
        raise Refusal(say("施工结束日期不能早于开始日期"), field="works_to")
    if wording.works_to > today:
        raise Refusal(say("施工结束日期不能晚于今天"), field="works_to")
    if not wording.works_content.strip():
        raise Refusal(say("请填写验收内容"), field="works_content")


def publish_notice(
    project: Project, kind: NoticeKind, closes_on: date, ctx: Context, *, version: int | None = None, **words: Any
) -> Notice:
    """发布: content, rows and fingerprint as they are now; a standing initiation notice is superseded by this edition.

    `words` are the other fields of Wording. Publishing an acceptance puts it in force. Refused by the guards of the
    project's rows, by `check_wording`, and by whatever refuses the acceptance.
    """
    wording = Wording(closes_on, **words)
    project = engine.apply(PROJECT, project.id, ACTS[kind], ctx, version=version)
    check_wording(kind, wording, ctx)
    ctx.session.flush()
    built = content.build(project, kind, wording, ctx)
    standing = queries.standing_notice(ctx.session, project.id, kind)
    if standing is not None:
        engine.apply(NOTICE, standing.id, "supersede", ctx)
    notice = _store(project, kind, wording, built, ctx)
    notice.edition = built.content["edition"]
    notice.supersedes_id = standing.id if standing else None
    if kind == NoticeKind.ACCEPTANCE:
        _put_in_force(notice, wording, ctx)
    audit.record(ctx.session, ctx.actor, "publish", notice, now=ctx.now, summary=f"发布公示 {notice}")
    return notice


def _store(project: Project, kind: NoticeKind, wording: Wording, built: content.Built, ctx: Context) -> Notice:
    prefix = numbers.CANCELLATION if kind == NoticeKind.CANCELLATION else numbers.NOTICE
    number = numbers.next_number(ctx.session, prefix, ctx.today)
    built.content["number"] = number
    notice = Notice(
        number=number,
        kind=kind,
        project_id=project.id,
        area_id=project.area_id,
        title=built.content["title"],
        content=json.dumps(built.content, ensure_ascii=False),
        fingerprint=fingerprint.notice_fingerprint(ctx.session, project),
        published_at=ctx.now,
        published_by_id=ctx.actor.user_id,
        closes_on=wording.closes_on,
    )
    ctx.session.add(notice)
    ctx.session.flush()
    rows = [tuple({**row, "notice_id": notice.id}[name] for name in COLUMNS) for row in built.rows]
    insert_rows(ctx.session, NoticeRow.__table__, COLUMNS, rows)
    return notice


def _put_in_force(notice: Notice, wording: Wording, ctx: Context) -> None:
    from app.workflows.acceptance.actions import put_in_force
    from app.workflows.acceptance.rules import current

    acceptance = current(ctx.session, notice.project)
    notice.acceptance_id = acceptance.id
    acceptance.works_from, acceptance.works_to = wording.works_from, wording.works_to
    acceptance.content = wording.works_content.strip()
    put_in_force(acceptance, ctx)


def withdraw_notice(notice: Notice, ctx: Context, *, reason: str, version: int | None = None) -> Notice:
    """撤回 by the department, with a reason; the open initiation that rests on it is returned in the same act."""
    engine.lock(ctx.session, Project, notice.project_id)
    told = replace(ctx, data={**ctx.data, "reason": reason, "opinion": reason})
    notice = engine.apply(NOTICE, notice.id, "withdraw", told, version=version)
    notice.withdrawn_reason = reason.strip()
    if notice.kind != NoticeKind.CANCELLATION:
        _return_initiation(notice, told)
    if notice.kind == NoticeKind.ACCEPTANCE:
        _take_back_acceptance(notice, told)
    messages.tell_organisation(
        ctx.session, notice.project.organisation_id, notice.area_id,
        say("公示 %(number)s 已被管理部门撤回：%(reason)s", number=notice.number, reason=reason.strip()),
        now=ctx.now, link=f"/notices/{notice.id}",
    )  # fmt: skip
    return notice


def take_back(notice: Notice, ctx: Context, *, version: int | None = None) -> Notice:
    """撤回撤销公示 by the company itself: the project goes on as before."""
    engine.lock(ctx.session, Project, notice.project_id)
    notice = engine.apply(NOTICE, notice.id, "take_back", ctx, version=version)
    notice.withdrawn_reason = "发布单位撤回，项目继续进行"
    return notice


def end_with_project(project: Project, ctx: Context) -> None:
    """撤销 of the project (its row is locked): what it published no longer stands, except that it is cancelled."""
    standing = select(Notice).where(
        Notice.project_id == project.id, Notice.kind != NoticeKind.CANCELLATION, Notice.state.in_(queries.STANDING)
    )
    for notice in ctx.session.scalars(standing.order_by(Notice.id)).all():
        engine.carry(NOTICE, notice, "withdraw", ctx)
        notice.withdrawn_reason = "项目已撤销"


def _return_initiation(notice: Notice, ctx: Context) -> None:
    application = ctx.session.scalar(
        select(Application).where(
            Application.project_id == notice.project_id,
            Application.kind.in_(INITIATIONS),
            Application.state.in_((ApplicationState.SUBMITTED, ApplicationState.IN_REVIEW)),
        )
    )
    if application is not None:
        act(application.id, "return", ctx)


def _take_back_acceptance(notice: Notice, ctx: Context) -> None:
    from app.workflows.acceptance import actions
    from app.workflows.acceptance.rules import current

    actions.take_out_of_force(current(ctx.session, notice.project), ctx)


def end_notices(ctx: Context) -> int:
    """The daily job: every notice whose closing date is past is over; returns how many ended now.

    One that somebody withdraws in the same moment is left alone: it must not keep the others from ending.
    """
    due = ctx.session.scalars(
        select(Notice.id).where(Notice.state == NoticeState.PUBLISHED, Notice.closes_on < ctx.today).order_by(Notice.id)
    ).all()
    return sum(_end(notice_id, ctx) for notice_id in due)


def _end(notice_id: int, ctx: Context) -> bool:
    if engine.lock(ctx.session, Notice, notice_id).state != NoticeState.PUBLISHED:
        return False
    engine.apply(NOTICE, notice_id, "end", ctx)
    return True
