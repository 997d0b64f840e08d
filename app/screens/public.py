"""公众服务平台: notices for everybody, without sign-in. Masked names, no balances, no phones of owners."""

from __future__ import annotations

from flask import abort, request

from app import clock
from app.domain.enums import NoticeKind, NoticeState
from app.extensions import db, limiter
from app.models import Notice
from app.permissions import Permission
from app.queries import notices as queries
from app.screens.notices import filter_of_request, told
from app.screens.paging import page_of
from app.screens.request import PublicScreen, expose, load, requires

# A reader turns a few pages a minute; a scraper is slowed down. One address may be a whole office.
READS = "120 per minute; 1500 per hour"
ON_HOME = 8
KINDS = (
    (None, "全部"), (NoticeKind.INITIATION, "立项"), (NoticeKind.ACCEPTANCE, "验收"), (NoticeKind.CANCELLATION, "撤销"),
)  # fmt: skip


class Public(PublicScreen):
    """Start page, list and page of notices."""

    route_base = "/public"

    @expose("/")
    @requires(Permission.PUBLIC)
    @limiter.limit(READS)
    def index(self):
        """Search and what runs now."""
        session, today = db.session(), clock.today()
        chosen = queries.NoticeFilter(kind=filter_of_request().kind, current=True)
        found = queries.list_notices(session, chosen, today, limit=ON_HOME, offset=0)
        return self.page(
            "public/home.html", rows=found.rows, total=found.total, chosen=chosen, today=today, kinds=KINDS,
            districts=queries.districts(session),
        )  # fmt: skip

    @expose("/notices/")
    @requires(Permission.PUBLIC)
    @limiter.limit(READS)
    def notices(self):
        """Current or past notices, searched by district, area, project and number."""
        session, page = db.session(), page_of()
        past = request.args.get("when") == "past"
        chosen = filter_of_request(current=not past)
        states = queries.STANDING
        found = queries.list_notices(session, chosen, clock.today(), limit=page.size, offset=page.offset, states=states)
        page.total = found.total
        return self.page(
            "public/notices.html", rows=found.rows, page=page, chosen=chosen, past=past, today=clock.today(),
            kinds=KINDS, districts=queries.districts(session),
        )  # fmt: skip

    @expose("/notices/<int:key>/")
    @requires(Permission.PUBLIC)
    @limiter.limit(READS)
    def notice(self, key: int):
        """One notice with its masked list; of a withdrawn one only that it was withdrawn, and why."""
        session, notice = db.session(), load(Notice, key)
        if notice.state == NoticeState.WITHDRAWN:
            return self.page("public/withdrawn.html", status=410, notice=notice)
        if notice.state not in (*queries.STANDING, NoticeState.SUPERSEDED):
            abort(404)
        page, search = page_of(), request.args.get("search", "")[:60].strip()
        rows, page.total = queries.public_rows(session, notice, search=search, limit=page.size, offset=page.offset)
        newer = None
        if notice.state == NoticeState.SUPERSEDED:
            newer = queries.standing_notice(session, notice.project_id, notice.kind)
        today = clock.today()
        return self.page(
            "public/notice.html", notice=notice, **told(queries.content_of(notice)), rows=rows, page=page,
            search=search, newer=newer,
            left=max(0, (notice.closes_on - today).days), days=(notice.closes_on - notice.published_at.date()).days,
            editions=queries.editions_of(session, notice),
            running=notice.state == NoticeState.PUBLISHED and notice.closes_on >= today,
        )  # fmt: skip
