"""When a company may take over areas. Every rule answers with a sentence that says which area, or None."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from app.domain.errors import Forbidden, Sentence, say
from app.models import Application, AreaChange, Organisation
from app.permissions import Actor, Permission
from app.queries import area_change as queries
from app.workflows.engine import Context

MOST_AREAS = 50
# A contract older than five years is no news, one that starts after more than a year no fact yet; nobody signs for
# more than twenty years. Beyond these a date is a slip of the finger.
EARLIEST = timedelta(days=5 * 365)
LATEST = timedelta(days=365)
LONGEST = timedelta(days=20 * 366)


def refuse_others(actor: Actor) -> None:
    """Forbidden for everybody but the administrator of a property company, its papers confirmed or not."""
    if actor.organisation_id is None or not actor.can(Permission.AREA_CHANGE_FILE):
        raise Forbidden(Permission.AREA_CHANGE_FILE.value)


def wrong_dates(starts_on: date | None, ends_on: date | None, today: date) -> tuple[str, Sentence] | None:
    """(field, sentence) of a contract period that can't be; what is still empty is not judged."""
    if starts_on is not None:
        if starts_on < today - EARLIEST:
            return "starts_on", say("合同起始日期不能早于 %(day)s", day=(today - EARLIEST).isoformat())
        if starts_on > today + LATEST:
            return "starts_on", say("合同起始日期不能晚于 %(day)s", day=(today + LATEST).isoformat())
    if ends_on is None:
        return None
    if starts_on is not None and ends_on < starts_on:
        return "ends_on", say("合同终止日期不能早于起始日期")
    if ends_on < today:
        return "ends_on", say("合同已于 %(day)s 到期", day=ends_on.isoformat())
    if ends_on > (starts_on or today) + LONGEST:
        return "ends_on", say("合同期限不能超过 %(years)s 年", years=20)
    return None


def may_be_submitted(application: Application, ctx: Context) -> Sentence | None:
    """Areas, a period that can be, and none of the areas is its own or asked for by another open application."""
    change, areas = change_of(application, ctx), areas_of(application, ctx)
    if not areas:
        return say("请添加物业区域")
    if change.starts_on is None:
        return say("请填写合同起始日期")
    wrong = wrong_dates(change.starts_on, change.ends_on, ctx.today)
    return wrong[1] if wrong else areas_are_free(areas)


def may_take_hold(application: Application, ctx: Context) -> Sentence | None:
    """Guard of the final approval: as at the submission, and the window has seen the company's own papers."""
    organisation = ctx.session.get(Organisation, application.organisation_id)
    if not organisation.active:
        return say("“%(name)s”已停用", name=organisation.name)
    if not organisation.papers_confirmed:
        return say("“%(name)s”的注册资料尚未经窗口确认", name=organisation.name)
    change = change_of(application, ctx)
    if change.ends_on is not None and change.ends_on < ctx.today:
        return say("合同已于 %(day)s 到期", day=change.ends_on.isoformat())
    return areas_are_free(areas_of(application, ctx))


def areas_are_free(areas: Iterable[queries.FoundArea]) -> Sentence | None:
    """None of these areas is served by the organisation itself or stands in another open application."""
    for area in areas:
        if area.is_own:
            return say("“%(area)s”已由本企业服务，无须变更", area=area.name)
        if area.open_change is not None:
            return say("“%(area)s”已有未办结的变更申请 %(number)s", area=area.name, number=area.open_change)
    return None


def change_of(application: Application, ctx: Context) -> AreaChange:
    """What the application asks for beside its areas."""
    return ctx.session.get(AreaChange, application.id)


def area_ids(application: Application, ctx: Context) -> list[int]:
    """The areas asked for, in the order in which they were added."""
    return [area.id for area in areas_of(application, ctx)]


def areas_of(application: Application, ctx: Context) -> list[queries.ChangedArea]:
    """The same with what its paper says of them, and what stands in their way."""
    return ctx.once(("areas", application.id), lambda: queries.areas_of(ctx.session, application, ctx.today))
