"""What the owners' vote asks of other steps, and other steps of it (`workflows.md` 5.3, 1)."""

from __future__ import annotations

from sqlalchemy import Select, select

from app.domain import voting
from app.domain.enums import INITIATIONS, ApplicationState, ProjectKind, VoteState
from app.domain.errors import Sentence, say
from app.domain.money import format_area
from app.models import Application, Project, Vote
from app.queries import project_page as page
from app.queries import votes as queries
from app.workflows.engine import Context

# An initiation that is submitted: the vote that it rests on can't be taken back. One that was returned is the company's
# to put right, and a wrongly entered vote may be what is wrong with it.
FILED = (
    ApplicationState.SUBMITTED,
    ApplicationState.IN_REVIEW,
    ApplicationState.APPROVED,
    ApplicationState.SETTLED,
)


def no_open_vote(project: Project, ctx: Context) -> Sentence | None:
    """A vote may be opened: the kind has one, none is open, none has passed."""
    if project.kind == ProjectKind.EMERGENCY:
        return say("紧急项目无须业主表决")
    vote = page.latest_vote(ctx, project.id, VoteState.OPEN, VoteState.PASSED)
    if vote is None:
        return None
    if vote.state == VoteState.OPEN:
        return say("表决 %(number)s 正在进行，请先结束表决", number=vote.number)
    return say("业主表决已通过（%(number)s），须先作废才能重新表决", number=vote.number)


def vote_is_open(project: Project, ctx: Context) -> Sentence | None:
    """Results may be entered: a vote is open."""
    if project.kind == ProjectKind.EMERGENCY:
        return say("紧急项目无须业主表决")
    if page.latest_vote(ctx, project.id, VoteState.OPEN):
        return None
    return say("没有正在进行的表决，请先打印投票表决签字表")


def vote_passed(project: Project, ctx: Context) -> Sentence | None:
    """The next step is open: the owners agreed. Emergency projects have no vote."""
    if project.kind == ProjectKind.EMERGENCY:
        return None
    vote = page.latest_vote(ctx, project.id, VoteState.OPEN, VoteState.PASSED, VoteState.FAILED)
    if vote is None:
        return say("尚未通过业主表决")
    if vote.state == VoteState.PASSED:
        return None
    unmet = page.vote_count(ctx, vote).result.unmet
    return missing(unmet) if unmet else say("尚未通过业主表决：表决已达到规定比例，请结束表决")


def missing(unmet: tuple[voting.Threshold, ...]) -> Sentence:
    """What a vote lacks, in one sentence with figures."""
    lack = {row.scale: row.missing for row in unmet if row.condition.counted == "agree"}
    if len(lack) < len(unmet):  # the Civil Code's rules also ask who takes part: that condition comes first
        return say("尚未通过业主表决：%(reason)s", reason=unmet[0].sentence)
    if len(lack) == 2:
        return say(
            "尚未通过业主表决：同意面积还差 %(area)s m²，同意人数还差 %(heads)s 人",
            area=format_area(lack["area"]), heads=lack["heads"],
        )  # fmt: skip
    if "area" in lack:
        return say("尚未通过业主表决：同意面积还差 %(area)s m²", area=format_area(lack["area"]))
    return say("尚未通过业主表决：同意人数还差 %(heads)s 人", heads=lack["heads"])


def reached(vote: Vote, ctx: Context) -> Sentence | None:
    """Guard of 通过: both scales reach the rule's thresholds."""
    unmet = _count(vote, ctx).result.unmet
    return missing(unmet) if unmet else None


def not_reached(vote: Vote, ctx: Context) -> Sentence | None:
    """Guard of 未通过: a vote that reached its thresholds can't be ended as failed."""
    return None if _count(vote, ctx).result.unmet else say("表决已达到规定比例，不能按未通过结束")


def filed_initiation(vote: Vote) -> Select:
    """The number of the initiation that rests on the vote."""
    rests = (Application.project_id == vote.project_id, Application.kind.in_(INITIATIONS))
    return select(Application.number).where(*rests, Application.state.in_(FILED)).limit(1)


def _count(vote: Vote, ctx: Context) -> queries.Count:
    facts = ctx.data.get(queries.PAGE)
    return facts.count if facts else queries.count(ctx.session, vote)


def no_initiation_filed(vote: Vote, ctx: Context) -> Sentence | None:
    """A vote is voided only while no initiation is submitted."""
    facts = ctx.data.get(queries.PAGE)
    number = facts.filed if facts else ctx.session.scalar(filed_initiation(vote))
    return say("立项申请 %(number)s 已提交，不能作废表决", number=number) if number else None


def reason_given(_vote: Vote, ctx: Context) -> Sentence | None:
    """作废 asks for a reason; offered without data the button is open."""
    if "reason" in ctx.data and not str(ctx.data["reason"]).strip():
        return say("请填写作废原因")
    return None
