"""What each kind of application adds to the common machine: its list of attachments, guards and effects."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.enums import ApplicationKind
from app.domain.errors import Sentence
from app.models import Application
from app.workflows.area_change import actions as area_change
from app.workflows.area_change import rules as area_change_rules
from app.workflows.engine import Context, Effect, Guard
from app.workflows.initiation import actions as initiation
from app.workflows.payouts import actions as payouts
from app.workflows.plan_change import actions as plan_change
from app.workflows.plan_change import rules as plan_change_rules


@dataclass(frozen=True)
class Kind:
    """One row: `ready` before every submission, `give_up` when returned, rejected, withdrawn; `approvable` and
    `approve` at final approval; `ended` after the act that ended it.
    """

    ready: tuple[Guard, ...] = ()
    submit: tuple[Effect, ...] = ()
    give_up: tuple[Effect, ...] = ()
    approvable: tuple[Guard, ...] = ()
    approve: tuple[Effect, ...] = ()
    ended: tuple[Effect, ...] = ()


KINDS: dict[ApplicationKind, Kind] = {
    ApplicationKind.AREA_CHANGE: Kind(
        ready=(area_change_rules.may_be_submitted,),
        submit=(area_change.note_areas,),
        approvable=(area_change_rules.may_take_hold,),
        approve=(area_change.fix_day,),
    ),
    ApplicationKind.INITIATION: Kind(
        ready=(initiation.project_may_be_submitted,),
        submit=(initiation.submit_project,),
        give_up=(initiation.reopen_project,),
        approvable=(initiation.project_may_start,),
        approve=(initiation.start_project,),
    ),
    ApplicationKind.INITIATION_WITH_PAYOUT: Kind(
        ready=(
            initiation.project_may_be_submitted,
            payouts.has_payees,
            payouts.payees_complete,
            payouts.pays_all,
        ),
        submit=(initiation.submit_project,),
        give_up=(initiation.reopen_project,),
        approvable=(initiation.project_may_start, payouts.pays_all, payouts.amount_fits),
        approve=(initiation.start_project,),
    ),
    ApplicationKind.PAYOUT: Kind(
        ready=(payouts.project_is_running, payouts.has_payees, payouts.payees_complete, payouts.amount_fits),
        approvable=(payouts.project_is_running, payouts.amount_fits),
    ),
    ApplicationKind.PLAN_CHANGE: Kind(
        ready=(plan_change_rules.may_be_submitted,),
        submit=(plan_change.note_before,),
        approvable=(plan_change_rules.may_take_effect,),
        approve=(plan_change.put_in_force,),
        ended=(plan_change.close_if_done,),
    ),
}


def kind_is_ready(application: Application, ctx: Context) -> Sentence | None:
    """The kind's own rules for a submission."""
    return _first(KINDS[application.kind].ready, application, ctx)


def kind_is_approvable(application: Application, ctx: Context) -> Sentence | None:
    """The kind's own rules for the final approval."""
    return _first(KINDS[application.kind].approvable, application, ctx)


def kind_submitted(application: Application, ctx: Context) -> None:
    """What the kind does when it is submitted."""
    _run(KINDS[application.kind].submit, application, ctx)


def kind_given_up(application: Application, ctx: Context) -> None:
    """What the kind undoes when it is returned, rejected or withdrawn."""
    _run(KINDS[application.kind].give_up, application, ctx)


def kind_approved(application: Application, ctx: Context) -> None:
    """What the kind does at final approval."""
    _run(KINDS[application.kind].approve, application, ctx)


def kind_ended(application: Application, ctx: Context) -> None:
    """What follows for the kind once the application is approved, rejected or withdrawn."""
    _run(KINDS[application.kind].ended, application, ctx)


def _first(guards: tuple[Guard, ...], application: Application, ctx: Context) -> Sentence | None:
    return next((reason for guard in guards if (reason := guard(application, ctx))), None)


def _run(effects: tuple[Effect, ...], application: Application, ctx: Context) -> None:
    for effect in effects:
        effect(application, ctx)
