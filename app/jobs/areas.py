"""The daily work about areas: changes of company whose day has come, contracts that end soon."""

from __future__ import annotations

from sqlalchemy import select

from app.domain.errors import say
from app.jobs.run import Run
from app.models import AreaChange
from app.queries import contracts
from app.transaction import unit_of_work
from app.workflows import messages, policy
from app.workflows.area_change.effect import take_hold_if_due
from app.workflows.engine import Context


def take_hold(run: Run) -> None:
    """Approved changes whose contract starts today or has started: each in its own unit of work, each once.

    One that can't take hold is named in the result and fails the job; the others go on.
    """
    due = run.session.scalars(
        select(AreaChange.application_id)
        .where(AreaChange.effective_on <= run.today, AreaChange.effected_at.is_(None))
        .order_by(AreaChange.effective_on, AreaChange.application_id)
    ).all()
    done, faults = [], []
    for key in due:
        try:
            with unit_of_work() as session:
                done += [key] if take_hold_if_due(key, Context(session, run.actor, run.now)) else []
        except Exception as error:  # whatever ails one must not keep the others; it fails the job below
            faults.append(f"业务单 {key}：{type(error).__name__}: {error}")
    run.result(done=done, faults=faults)
    if faults:
        raise RuntimeError("；".join(faults[:3]))


def warn_of_ends(run: Run) -> None:
    """Contracts that end within the policy's days: both sides are told once of each end."""
    with unit_of_work() as session:
        days = policy.number(session, "contract_warning_days", run.today)
        told = contracts.ending(session, run.today, days, untold=True, limit=None)
        for row in told:
            row.warned_for = row.ends_on
            values = {"area": row.area.name, "day": row.ends_on.isoformat()}
            ours = say("“%(area)s”的物业服务合同将于 %(day)s 到期，请及时续签并报送", **values)
            theirs = say("“%(company)s”服务“%(area)s”的合同将于 %(day)s 到期", company=row.organisation.name, **values)
            messages.tell_organisation(session, row.organisation_id, row.area_id, ours, now=run.now, link="/my-areas/")
            messages.tell_department(session, ("Clerk",), theirs, now=run.now, link="/contracts/")
    run.result(told=len(told))
