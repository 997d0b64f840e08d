"""The day an area passes to its new company: one contract ends, the other starts, what is unfinished goes along.

All of it in the caller's unit of work, so that it lands whole or not at all. Locks: application → areas → contracts →
projects → their applications, each in the order of their numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import or_, select

from app import audit
from app.domain.enums import ApplicationState, OrganisationKind
from app.domain.errors import Refusal, Sentence, say
from app.models import Application, Area, AreaChange, AreaChangeArea, Organisation, PlatformUser, ServiceContract
from app.queries import area_change as queries
from app.workflows import engine, messages
from app.workflows.area_change import passing
from app.workflows.engine import Context

NAMED = 8  # numbers in a message


@dataclass
class Passed:
    """What went with one area: from whom, numbers of projects and open applications by the company that had them."""

    area: Area
    formers: set[int] = field(default_factory=set)
    projects: dict[int, list[str]] = field(default_factory=dict)
    applications: dict[int, list[str]] = field(default_factory=dict)


def take_hold_if_due(application_id: int, ctx: Context) -> bool:
    """By the daily job, in a unit of work: once, on or after its day. False when somebody else has done it.

    Error: Refusal when the new company has been stopped meanwhile: the area must not pass to nobody.
    """
    application = engine.lock(ctx.session, Application, application_id)
    change = ctx.session.get(AreaChange, application_id, with_for_update=True, populate_existing=True)
    due = change.effective_on is not None and change.effective_on <= ctx.today and change.effected_at is None
    if not due or application.state is not ApplicationState.APPROVED:
        return False
    if not application.organisation.active:
        raise Refusal(say("“%(name)s”已停用", name=application.organisation.name))
    take_hold(application, change, ctx)
    return True


def take_hold(application: Application, change: AreaChange, ctx: Context) -> None:
    """For every area of the application; both sides are told what passed."""
    areas = _areas(application, ctx)
    queries.lock_areas(ctx.session, [area.id for area in areas])
    passed = [_change_area(area, application, change, ctx) for area in areas]
    change.effected_at = ctx.now
    engine.touch(application)
    ctx.session.flush()
    for one in passed:
        _tell(one, application, change, ctx)
        _lift_limits(one, ctx)
    audit.record(
        ctx.session, ctx.actor, "area_change", application, now=ctx.now,
        summary=f"{application}：{'、'.join(area.name for area in areas)}改由{application.organisation}服务",
        changes={"effective_on": [None, change.effective_on], "projects": [[], _numbers(passed)]},
    )  # fmt: skip


def announce(application: Application, change: AreaChange, ctx: Context) -> None:
    """Approved before the contract starts: both sides are told the day."""
    for area in _areas(application, ctx):
        values = {"day": change.effective_on.isoformat(), "area": area.name}
        ours = say("“%(area)s”自 %(day)s 起由贵单位服务，届时自动生效", **values)
        theirs = say(
            "“%(area)s”自 %(day)s 起改由“%(company)s”服务，未办结的项目和业务单届时一并移交",
            company=application.organisation.name, **values,
        )  # fmt: skip
        _tell_one(application.organisation_id, area, ours, f"/applications/{application.id}", ctx)
        for former in queries.companies(ctx.session, [area.id], ctx.today).values():
            _tell_one(former[0], area, theirs, "/my-areas/", ctx)


def _areas(application: Application, ctx: Context) -> list[Area]:
    query = select(Area).join(AreaChangeArea, AreaChangeArea.area_id == Area.id)
    return list(ctx.session.scalars(query.where(AreaChangeArea.application_id == application.id).order_by(Area.id)))


def _change_area(area: Area, application: Application, change: AreaChange, ctx: Context) -> Passed:
    passed = Passed(area)
    _end_contracts(passed, application, change, ctx)
    contract = ServiceContract(
        organisation_id=application.organisation_id, area_id=area.id, starts_on=change.effective_on,
        ends_on=change.ends_on, application_id=application.id,
    )  # fmt: skip
    ctx.session.add(contract)
    for project in passing.projects_of_others(area, application, ctx):
        former = project.organisation_id
        if passing.keep_handover(project, application, ctx):  # who left the area long ago is told nothing again
            passed.formers.add(former)
        if passing.is_unfinished(project):
            moved = passing.pass_on(project, application, ctx)
            passed.projects.setdefault(former, []).append(project.number)
            passed.applications.setdefault(former, []).extend(moved)
    ctx.session.flush()
    return passed


def _end_contracts(passed: Passed, application: Application, change: AreaChange, ctx: Context) -> None:
    """Every property company's contract that would run beside the new one; a committee's link stays (`workflows.md` 2).

    It ends the day before; one that has not begun by then ends on its first day.
    """
    query = (
        select(ServiceContract)
        .join(Organisation, Organisation.id == ServiceContract.organisation_id)
        .where(
            ServiceContract.area_id == passed.area.id,
            Organisation.kind == OrganisationKind.PROPERTY_COMPANY,
            ServiceContract.ended_at.is_(None),
            or_(ServiceContract.ends_on.is_(None), ServiceContract.ends_on >= change.effective_on),
        )
        .order_by(ServiceContract.id)
    )
    if change.ends_on is not None:
        query = query.where(ServiceContract.starts_on <= change.ends_on)
    for contract in ctx.session.scalars(query.with_for_update(of=ServiceContract)):
        before = contract.ends_on
        contract.ends_on = max(change.effective_on - timedelta(days=1), contract.starts_on)
        contract.ended_at = ctx.now
        if contract.organisation_id != application.organisation_id:
            passed.formers.add(contract.organisation_id)
        audit.record(
            ctx.session, ctx.actor, "end_contract", contract, now=ctx.now, summary=f"{contract}：{application}",
            changes={"ends_on": [before, contract.ends_on], "ended_at": [None, ctx.now]},
        )  # fmt: skip


def _lift_limits(passed: Passed, ctx: Context) -> None:
    """Agents of the old company who were limited to this area are so no more.

    Whose only limit it was keeps it and sees nothing: without any limit they would see all areas of their company.
    """
    query = select(PlatformUser).where(
        PlatformUser.organisation_id.in_(passed.formers), PlatformUser.areas.any(Area.id == passed.area.id)
    )
    for user in ctx.session.scalars(query.order_by(PlatformUser.id)).unique().all():
        if len(user.areas) > 1:
            user.areas.remove(passed.area)
            audit.record(
                ctx.session, ctx.actor, "lift_limit", user, now=ctx.now, summary=f"{user}：{passed.area.name}已移交",
                changes={"areas": [[passed.area.name], []]},
            )  # fmt: skip
            continue
        text = say(
            "代办人员“%(name)s”原负责的“%(area)s”已移交，请在机构用户管理中为其重新指定物业区域",
            name=user.first_name, area=passed.area.name,
        )  # fmt: skip
        messages.tell_organisation(
            ctx.session, user.organisation_id, None, text, now=ctx.now, link="/", roles=("OrgAdmin",)
        )


def _tell(passed: Passed, application: Application, change: AreaChange, ctx: Context) -> None:
    """Both sides, each with its own numbers."""
    values = {"day": change.effective_on.isoformat(), "area": passed.area.name}
    projects = [number for numbers in passed.projects.values() for number in numbers]
    moved = [number for numbers in passed.applications.values() for number in numbers]
    ours = say(
        "自 %(day)s 起由贵单位服务“%(area)s”。接收未办结项目：%(projects)s；未办结业务单：%(applications)s",
        projects=_listed(projects), applications=_listed(moved), **values,
    )  # fmt: skip
    _tell_one(application.organisation_id, passed.area, ours, f"/projects/?area={passed.area.id}", ctx)
    for former in sorted(passed.formers):
        theirs = say(
            "自 %(day)s 起“%(area)s”改由“%(company)s”服务。移交未办结项目：%(projects)s；未办结业务单："
            "%(applications)s。移交时的情况见“历史项目”",
            company=application.organisation.name, projects=_listed(passed.projects.get(former, [])),
            applications=_listed(passed.applications.get(former, [])), **values,
        )  # fmt: skip
        _tell_one(former, passed.area, theirs, f"/handovers/?area={passed.area.id}", ctx)


def _tell_one(organisation_id: int, area: Area, text: Sentence, link: str, ctx: Context) -> None:
    """The administrators with the link; agents of that area without, as the page behind it may not be theirs."""
    for roles, address in ((("OrgAdmin",), link), (("ProjectAgent",), "/")):
        messages.tell_organisation(
            ctx.session, organisation_id, area.id, text, now=ctx.now, link=address, roles=roles
        )  # fmt: skip


def _listed(numbers: list[str]) -> str:
    """WX2026000001、WX2026000002 等 12 个; 无 for none."""
    if not numbers:
        return "无"
    text = "、".join(numbers[:NAMED])
    return f"{text} 等 {len(numbers)} 个" if len(numbers) > NAMED else text


def _numbers(passed: list[Passed]) -> list[str]:
    return [number for one in passed for numbers in one.projects.values() for number in numbers]
