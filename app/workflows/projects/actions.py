"""New project, its basic information, and the end of a draft that nobody has seen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import delete, or_, select

from app import audit
from app.domain.enums import OrganisationKind, ProjectKind, ProjectState
from app.domain.errors import Forbidden, NotYours, Refusal, Sentence, say
from app.models import (
    Application,
    Area,
    Attachment,
    ItemShare,
    Notice,
    Organisation,
    PayoutPhase,
    Project,
    ServiceContract,
    Vote,
)
from app.permissions import Permission
from app.queries.project_page import PAGE
from app.workflows import numbers
from app.workflows.engine import Context
from app.workflows.projects.clashes import Clash, overtaken, text_of
from app.workflows.projects.editing import saved, take
from app.workflows.projects.kinds import KINDS

BASICS = (
    "name", "reason", "planned_start", "planned_end", "contact", "phone", "remark", "emergency_type",
)  # fmt: skip
ONE_PHASE = "工程竣工验收合格并公示后一次拨付"  # the condition of 简单拨付's only phase


def create_project(kind: ProjectKind, area_id: int, values: dict[str, Any], ctx: Context) -> Project:
    """新建维修项目 (manual 1.5.1 step 1): a draft with its number. The company must serve the area today.

    简单拨付: the plan's one phase comes with it, all of 预算应拨付金额 whatever that is by then.
    Errors: Forbidden, NotYours (area), Refusal (contract, basic information).
    """
    if not ctx.actor.can(Permission.PROJECT_EDIT):
        raise Forbidden(Permission.PROJECT_EDIT.value)
    # Locked, so that until this act ends the area passes to no other company (`area_change/effect.py` locks it too).
    area = ctx.session.get(Area, area_id, with_for_update={"read": True, "of": Area})
    if area is None or (ctx.actor.area_ids is not None and area_id not in ctx.actor.area_ids):
        raise NotYours(f"Area {area_id}")
    _check_serves(area, ctx)
    check_basics(values)
    project = Project(
        number=numbers.next_number(ctx.session, numbers.PROJECT, ctx.today),
        kind=kind, state=ProjectState.DRAFT, state_since=ctx.now, version=1, area_id=area.id,
        organisation_id=ctx.actor.organisation_id, created_by_id=ctx.actor.user_id, created_at=ctx.now,
        **{name: values[name] for name in BASICS if values.get(name) is not None},
    )  # fmt: skip
    if KINDS[kind].pays_at_once:
        project.phases.append(PayoutPhase(sequence=1, condition=ONE_PHASE, amount=0, percent=100_00))
    ctx.session.add(project)
    ctx.session.flush()
    audit.record(
        ctx.session, ctx.actor, "create_project", project, now=ctx.now,
        summary=f"{project.number} 新建{kind.label}维修项目", changes={"name": ["", project.name]},
    )  # fmt: skip
    return project


def basics_text(project: Project) -> dict[str, str]:
    """What a page of the basic information is drawn with."""
    return {name: text_of(getattr(project, name)) for name in BASICS}


def save_basics(
    key: int, values: dict[str, Any], ctx: Context, version: int | None = None, drawn: Mapping[str, str] | None = None
) -> Project:
    """Store the basic information; incomplete is allowed, wrong is not. The area stays what it was.

    `drawn`: the texts that the page was drawn with. What only the other one has changed meanwhile then stays as it is,
    and what both have changed is Overtaken; without it a stale page is, as a whole.
    """
    project = take(key, ctx, version if drawn is None else None)
    if drawn is not None:
        values = _merged(project, values, drawn, ctx, version or project.version)
    check_basics(values)
    changes = {}
    for name in BASICS:
        if name in values and getattr(project, name) != (new := _stored(name, values[name])):
            changes[name] = ["***", "***"] if name == "phone" else [getattr(project, name), new]
            setattr(project, name, new)
    saved(project, ctx, "save_basics", say("保存项目基本信息"), changes)
    return project


def _merged(
    project: Project, values: dict[str, Any], drawn: Mapping[str, str], ctx: Context, version: int
) -> dict[str, Any]:
    """Of the typed values those that the page's reader has changed; Overtaken where another has changed them too."""
    mine = {name: value for name, value in values.items() if text_of(value) != drawn.get(name, "")}
    clashes = [
        Clash(
            "", name, drawn.get(name, ""), text_of(now), text_of(mine[name]), trail=name, input=name, now=text_of(now)
        )
        for name, now in ((name, getattr(project, name)) for name in mine)
        if text_of(now) not in (drawn.get(name, ""), text_of(mine[name]))
    ]
    if clashes:
        raise overtaken(clashes, project, ctx, seen=version)
    return mine


def delete_draft(key: int, ctx: Context, version: int | None = None) -> None:
    """Delete a draft that was never published, voted on or filed; its number stays used."""
    project = take(key, ctx, version)
    if reason := why_kept(project, ctx):
        raise Refusal(reason)
    audit.record(
        ctx.session,
        ctx.actor,
        "delete_draft",
        project,
        now=ctx.now,
        summary=f"删除草稿 {project.number} {project.name}",
    )
    ctx.session.execute(delete(ItemShare).where(ItemShare.project_id == project.id))
    ctx.session.delete(project)


def why_kept(project: Project, ctx: Context) -> Sentence | None:
    """Why this draft can't be deleted: others have seen it, or something hangs on it. None: it can."""
    facts = ctx.data.get(PAGE)
    for model, sentence in (
        (Vote, say("项目已发起过业主表决，不能删除")),
        (Notice, say("项目已发布过公示，不能删除")),
        (Application, say("项目已有业务单，不能删除")),
    ):
        known = getattr(facts, model.__tablename__) if facts else None
        if known is None:
            known = ctx.session.scalar(select(model.id).where(model.project_id == project.id).limit(1))
        if known:
            return sentence
    subject = (Attachment.subject == Project.__tablename__) & (Attachment.subject_id == project.id)
    if ctx.session.scalar(select(Attachment.id).where(subject).limit(1)):
        return say("项目还有附件，请先删除附件")
    return None


def check_basics(values: dict[str, Any]) -> None:
    """What a form can't know alone: a name is there, the planned days are in order."""
    if "name" in values and not (values["name"] or "").strip():
        raise Refusal(say("请填写项目名称"), field="name")
    start, end = values.get("planned_start"), values.get("planned_end")
    if isinstance(start, date) and isinstance(end, date) and end < start:
        raise Refusal(say("计划完工日期不能早于计划开工日期"), field="planned_end")


def _stored(name: str, value: Any) -> Any:
    """Text columns hold "" for nothing, the others NULL."""
    if value is None and name in ("name", "reason", "contact", "remark"):
        return ""
    return value


def _check_serves(area: Area, ctx: Context) -> None:
    company = ctx.session.get(Organisation, ctx.actor.organisation_id)
    if company is None or company.kind is not OrganisationKind.PROPERTY_COMPANY:
        raise Refusal(say("只有物业服务企业可以新建维修项目"), field="area_id")
    contract = ctx.session.scalar(
        select(ServiceContract.id).where(
            ServiceContract.organisation_id == company.id,
            ServiceContract.area_id == area.id,
            ServiceContract.starts_on <= ctx.today,
            ServiceContract.ended_at.is_(None),
            or_(ServiceContract.ends_on.is_(None), ServiceContract.ends_on >= ctx.today),
        )
    )
    if contract is None:
        raise Refusal(say("贵公司目前没有“%(area)s”的有效服务合同", area=area.name), field="area_id")
