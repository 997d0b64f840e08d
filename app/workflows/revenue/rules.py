"""When a revenue notice moves (`workflows.md` 4). Amounts are fen."""

from __future__ import annotations

from app.domain.errors import Sentence, say
from app.models import RevenueNotice
from app.workflows.engine import Context


def filer(notice: RevenueNotice) -> set[int | None]:
    """Who filed it may not confirm it."""
    return {notice.filed_by_id}


def still_valid(notice: RevenueNotice, ctx: Context) -> Sentence | None:
    """The bank takes a notice up to its last day."""
    return expired(notice) if notice.valid_until < ctx.today else None


def expired(notice: RevenueNotice) -> Sentence:
    """What the bank is told of a notice that is brought too late."""
    return say(
        "收益交款通知书 %(number)s 有效期至 %(day)s，已失效；已收到的款项请记入待查款项，由财务转入该通知书",
        number=notice.number, day=notice.valid_until.isoformat(),
    )  # fmt: skip


def time_is_over(notice: RevenueNotice, ctx: Context) -> Sentence | None:
    """A notice expires when its last day has passed."""
    if notice.valid_until < ctx.today:
        return None
    return say("收益交款通知书有效期至 %(day)s", day=notice.valid_until.isoformat())


def something_left(notice: RevenueNotice, ctx: Context) -> Sentence | None:
    """Each fen is distributed once."""
    return None if notice.left else say("该笔收益已全部分摊")
