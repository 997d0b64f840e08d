"""The draft of 变更物业区域物业服务企业: areas added and taken out, the contract's period, saved as often as wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete

from app import audit, tenancy
from app.domain.enums import ApplicationKind, ApplicationState
from app.domain.errors import Conflict, NotYours, Refusal, say
from app.models import Application, AreaChange, AreaChangeArea, Attachment
from app.queries import area_change as queries
from app.workflows import engine
from app.workflows.applications.flow import APPLICATION
from app.workflows.area_change import rules
from app.workflows.engine import TAKEN, Context


@dataclass(frozen=True)
class Asked:
    """The form as typed: the contract's first and last day, a remark, areas to add, one to take out."""

    starts_on: date | None = None
    ends_on: date | None = None
    remark: str = ""
    add: tuple[int, ...] = ()
    remove: int | None = None


def open_draft(ctx: Context) -> Application:
    """A new draft without areas. Errors: Forbidden."""
    rules.refuse_others(ctx.actor)
    application = Application(
        kind=ApplicationKind.AREA_CHANGE, state=ApplicationState.DRAFT, version=1, amount=0, remark="",
        organisation_id=ctx.actor.organisation_id, created_at=ctx.now, created_by_id=ctx.actor.user_id,
        levels_approved=0, levels_needed=2,
    )  # fmt: skip
    ctx.session.add(application)
    ctx.session.flush()
    ctx.session.add(AreaChange(application_id=application.id))
    ctx.session.flush()
    return application


def save_change(key: int, asked: Asked, ctx: Context, *, version: int | None = None) -> Application:
    """Store the form while it is a draft or returned. Errors: NotYours, Forbidden, Conflict, Refusal at its field."""
    application = _editable(key, ctx, version)
    if wrong := rules.wrong_dates(asked.starts_on, asked.ends_on, ctx.today):
        raise Refusal(wrong[1], field=wrong[0])
    if len(asked.remark) > 1000:
        raise Refusal(say("不能超过 %(count)s 个字", count=1000), field="remark")
    change = rules.change_of(application, ctx)
    change.starts_on, change.ends_on, application.remark = asked.starts_on, asked.ends_on, asked.remark.strip()
    if asked.add:
        _add_areas(application, asked.add, ctx)
    if asked.remove is not None:
        _remove_area(application, asked.remove, ctx)
    engine.touch(application)
    ctx.session.flush()  # the next act locks the row and reads it anew
    return application


def discard_draft(key: int, ctx: Context, *, version: int | None = None) -> None:
    """A draft that was never submitted is thrown away with its areas and files."""
    application = _editable(key, ctx, version)
    if application.state is not ApplicationState.DRAFT:
        raise Refusal(say("当前状态为“%(state)s”，不能删除", state=application.state.label))
    audit.record(ctx.session, ctx.actor, "discard", application, now=ctx.now, summary=f"{application}：删除草稿")
    of_application = Attachment.subject == Application.__tablename__
    ctx.session.execute(delete(Attachment).where(of_application, Attachment.subject_id == application.id))
    for model in (AreaChangeArea, AreaChange):
        ctx.session.execute(delete(model).where(model.application_id == application.id))
    ctx.session.delete(application)


def _add_areas(application: Application, ids: Sequence[int], ctx: Context) -> None:
    """As ticked in the dialog. One that stands there already, its own, or another's open one: refused by its name."""
    present = set(rules.area_ids(application, ctx))
    found = queries.named_areas(ctx.session, ids, application.organisation_id, ctx.today, without=application.id)
    if len(found) != len(set(ids)):
        raise NotYours("Area")
    for area in found:
        if area.id in present:
            raise Refusal(say("“%(area)s”已在本申请中", area=area.name), field="areas")
    if len(present) + len(found) > rules.MOST_AREAS:
        raise Refusal(say("一份申请最多 %(count)s 个物业区域", count=rules.MOST_AREAS), field="areas")
    if reason := rules.areas_are_free(found):
        raise Refusal(reason, field="areas")
    # The areas are not the company's own yet, so the guard would refuse rows that point to them.
    ctx.session.flush()
    with tenancy.unguarded(ctx.session):
        ctx.session.add_all(AreaChangeArea(application_id=application.id, area_id=area.id) for area in found)
        ctx.session.flush()
    _record(application, "add_areas", [], [area.name for area in found], ctx)


def _remove_area(application: Application, area_id: int, ctx: Context) -> None:
    names = {area.id: area.name for area in rules.areas_of(application, ctx)}
    if area_id not in names:
        raise NotYours(f"AreaChangeArea {area_id}")
    ctx.session.execute(
        delete(AreaChangeArea).where(AreaChangeArea.application_id == application.id, AreaChangeArea.area_id == area_id)
    )
    _record(application, "remove_areas", [names[area_id]], [], ctx)


def _record(application: Application, action: str, before: list[str], after: list[str], ctx: Context) -> None:
    audit.record(
        ctx.session, ctx.actor, action, application, now=ctx.now,
        summary=f"{application}：{'、'.join(before + after)}", changes={"areas": [before, after]},
    )  # fmt: skip


def _editable(key: int, ctx: Context, version: int | None) -> Application:
    rules.refuse_others(ctx.actor)
    application = engine.lock(ctx.session, Application, key)
    ours = application.kind is ApplicationKind.AREA_CHANGE and APPLICATION.in_scope(application, ctx.actor)
    if not ours:
        raise NotYours(f"Application {key}")
    if version is not None and application.version != version:
        raise Conflict(TAKEN)
    if "areas" not in APPLICATION.editable.get(application.state, ()):
        raise Refusal(say("当前状态为“%(state)s”，不能修改", state=application.state.label))
    return application
