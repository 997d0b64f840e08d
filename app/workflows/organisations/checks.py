"""A clerk looks at a change of name or credit code: the licence bears it out (已核对), or it is sent back."""

from __future__ import annotations

from app import audit
from app.domain.errors import Conflict, Forbidden, NotYours, Refusal, say
from app.models import Organisation, OrganisationChange
from app.permissions import Permission
from app.queries.organisation_changes import last_to_check, unchecked_of
from app.workflows.engine import TAKEN, Context, lock, touch
from app.workflows.messages import tell_organisation

LONGEST_REASON = 400
LINK = "/organisation/profile/"


def confirm_change(ctx: Context, key: int, *, version: int) -> OrganisationChange:
    """已核对: the mark falls when nothing else of this organisation waits. Errors: as `_open_change()`."""
    change = _open_change(ctx, key, version)
    _settle(ctx, change, "")
    told = say("信息变更已核对，证照与登记的名称、统一社会信用代码一致")
    _record(ctx, change, "change_confirmed", "已核对信息变更", told)
    return change


def send_back_change(ctx: Context, key: int, reason: str, *, version: int) -> OrganisationChange:
    """退回: what was saved stays in force, the organisation stays marked and is told why. A reason is required."""
    reason = reason.strip()
    if not reason:
        raise Refusal(say("退回须填写原因"), field="reason")
    if len(reason) > LONGEST_REASON:
        told = say("最多 %(count)s 个字，现为 %(now)s 个字", count=LONGEST_REASON, now=len(reason))
        raise Refusal(told, field="reason")
    change = _open_change(ctx, key, version)
    _settle(ctx, change, reason)
    told = say("信息变更未通过核对：%(reason)s。请在“信息变更”中更正，或重新上传证照扫描件", reason=reason[:300])
    _record(ctx, change, "change_sent_back", "退回信息变更", told)
    return change


def _open_change(ctx: Context, key: int, version: int) -> OrganisationChange:
    """The change, its organisation locked before it. Errors: Forbidden, NotYours, Conflict (decided, or stale page)."""
    if not ctx.actor.can(Permission.REGISTRATION_CONFIRM):
        raise Forbidden(Permission.REGISTRATION_CONFIRM.value)
    found = ctx.session.get(OrganisationChange, key)
    if found is None or not found.needs_check:
        raise NotYours(f"OrganisationChange {key}")
    lock(ctx.session, Organisation, found.organisation_id, version)
    change = lock(ctx.session, OrganisationChange, key)
    if change.checked_at is not None:
        raise Conflict(TAKEN)
    return change


def _settle(ctx: Context, change: OrganisationChange, reason: str) -> None:
    """Note the look; the mark stays while another change waits, or while the newest one has been sent back."""
    change.checked_by_id, change.checked_at, change.return_reason = ctx.actor.user_id, ctx.now, reason
    ctx.session.flush()
    organisation = change.organisation
    newest = last_to_check(ctx.session, organisation.id)
    organisation.licence_unverified = bool(unchecked_of(ctx.session, organisation.id) or newest.return_reason)
    touch(organisation)


def _record(ctx: Context, change: OrganisationChange, action: str, what: str, told) -> None:
    organisation = change.organisation
    audit.record(
        ctx.session, ctx.actor, action, organisation, now=ctx.now, summary=f"{what}：{organisation.name}",
        changes={"licence_unverified": ["是", "是" if organisation.licence_unverified else "否"]}
        | ({"reason": ["", change.return_reason]} if change.return_reason else {}),
    )  # fmt: skip
    tell_organisation(ctx.session, organisation.id, None, told, now=ctx.now, link=LINK)
