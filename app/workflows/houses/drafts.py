"""Drafts that share on a house which ends: its successors take its place, and the shares must be worked out anew."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.enums import NoticeKind, NoticeState
from app.domain.errors import Sentence, say
from app.models import Area, House, HouseChange, ItemShare, Notice, Project, ProjectItem
from app.workflows import messages
from app.workflows.engine import Context
from app.workflows.houses.rules import BEARS_NONE, drafts_with
from app.workflows.projects.editing import saved
from app.workflows.votes.actions import void_if_changed, vote_at_stake


def notes_on(session: Session, house_ids: Sequence[int], ctx: Context) -> list[Sentence]:
    """What the preview says about each draft, and about the passed vote that falls with its shares."""
    found = []
    for project in _drafts(session, house_ids):
        found.append(
            say("编制中的项目 %(number)s：分摊范围内的原房屋由新房屋替换，分摊待重算", number=project.number)
        )
        vote = vote_at_stake(project, ctx)
        if vote is not None and _shares_on(session, project, house_ids):
            found.append(
                say("项目 %(number)s 的表决 %(vote)s（%(state)s）将作废，须重新表决", number=project.number,
                    vote=vote.number, state=vote.state.label)
            )  # fmt: skip
        found += _standing_notices(session, project) if _shares_on(session, project, house_ids) else []
    return found


def replace_in_drafts(
    drafts: Sequence[Project], change: HouseChange, before: Sequence[House], after: Sequence[House], ctx: Context
) -> None:
    """In each locked draft: the houses of before leave, those of after come in without an amount, the item waits."""
    for project in drafts:
        items = _items(ctx.session, project, before)
        if not items:
            continue
        for item in items:
            _replace(ctx.session, item, before, after)
        void_if_changed(project, ctx)
        names = "、".join(house.label for house in before)
        told = say("房屋 %(houses)s 已%(kind)s，分摊待重算", houses=names, kind=change.kind.label)
        saved(project, ctx, "house_change", told, None)
        messages.tell_organisation(
            ctx.session, project.organisation_id, project.area_id,
            say("项目 %(number)s：%(told)s", number=project.number, told=str(told)), now=ctx.now,
            link=f"/projects/{project.id}",
        )  # fmt: skip


def _replace(session: Session, item: ProjectItem, before: Sequence[House], after: Sequence[House]) -> None:
    ids = [house.id for house in before]
    session.execute(
        delete(ItemShare)
        .where(ItemShare.item_id == item.id, ItemShare.house_id.in_(ids))
        .execution_options(synchronize_session=False)
    )
    bears_all = session.get_one(Area, item.project.area_id).parking_bears
    for house in after:
        if bears_all or house.use not in BEARS_NONE:
            session.add(
                ItemShare(
                    item_id=item.id, house_id=house.id, project_id=item.project_id, sort_key=house.sort_key,
                    floor_area=house.floor_area, amount=0,
                )
            )  # fmt: skip
    item.shares_stale = True
    session.flush()


def _items(session: Session, project: Project, before: Sequence[House]) -> list[ProjectItem]:
    ids = [house.id for house in before]
    sharing = select(ItemShare.item_id).where(ItemShare.project_id == project.id, ItemShare.house_id.in_(ids))
    return list(session.scalars(select(ProjectItem).where(ProjectItem.id.in_(sharing)).order_by(ProjectItem.position)))


def _drafts(session: Session, house_ids: Sequence[int]) -> list[Project]:
    return [session.get_one(Project, key) for key in drafts_with(session, house_ids)]


def _standing_notices(session: Session, project: Project) -> list[Sentence]:
    """A notice that names the houses of before: going on with it is refused until it is published anew."""
    query = select(Notice.number, Notice.kind).where(
        Notice.project_id == project.id,
        Notice.kind.in_((NoticeKind.INITIATION, NoticeKind.ACCEPTANCE)),  # 简单拨付 is accepted as a draft
        Notice.state.in_((NoticeState.PUBLISHED, NoticeState.ENDED)),
    )
    return [
        say("项目 %(number)s 的%(kind)s %(notice)s 须重新发布", number=project.number, kind=kind.label, notice=number)
        for number, kind in session.execute(query.order_by(Notice.id))
    ]


def _shares_on(session: Session, project: Project, house_ids: Sequence[int]) -> bool:
    query = select(ItemShare.item_id).where(
        ItemShare.project_id == project.id, ItemShare.house_id.in_(house_ids), ItemShare.amount > 0
    )
    return session.scalar(query.limit(1)) is not None
