"""任务: what runs by itself and when, how it ended last, run now; and the history of all background work."""

from __future__ import annotations

from flask import abort, request, url_for

from app import audit, clock
from app.domain.enums import JobState
from app.domain.errors import Conflict, say
from app.extensions import db
from app.jobs import queue
from app.jobs.registry import JOBS
from app.permissions import SYSTEM, Permission
from app.queries import jobs as queries
from app.screens.asked import asked_member
from app.screens.paging import page_of
from app.screens.request import Screen, actor, expose, requires, submit_once


class JobDesk(Screen):
    """The desk of the system administrator; the auditor reads it and may ask for the verifications."""

    route_base = "/job-desk"
    default_view = "list"

    @expose("/")
    @requires(Permission.JOB_VIEW)
    def list(self):
        session, page, name = db.session(), page_of(), request.args.get("name", "")
        if name and name not in JOBS:
            abort(400)
        state = asked_member("state", JobState)
        runs, page.total = queries.history(session, name=name, state=state, limit=page.size, offset=page.offset)
        scheduled = sorted((spec.daily_at, key) for key, spec in JOBS.items() if spec.daily_at)
        keys = [key for _, key in scheduled]
        return self.page(
            "jobs/desk.html", jobs=JOBS, scheduled=keys, last=queries.last_runs(session, keys), runs=runs, page=page,
            name=name, state=state, states=JobState, runnable={key for key in keys if actor().can(JOBS[key].right)},
        )  # fmt: skip

    @expose("/<name>/run", methods=["POST"])
    @requires(Permission.JOB_VIEW)
    def run(self, name: str):
        """Queue it now. It runs with the platform's own rights, as at night; the audit trail says who asked."""
        spec = JOBS.get(name)
        if spec is None or not spec.daily_at or not actor().can(spec.right):
            abort(404)

        def do(session):
            if queries.is_waiting(session, name):
                raise Conflict(say("该任务正在排队或执行，请等它结束"))
            job = queue.enqueue(session, name, {}, actor=SYSTEM, now=clock.now())
            audit.record(session, actor(), "run_job", job, now=clock.now(), summary=spec.label)
            return job

        return submit_once(do, answer=lambda job: url_for("Jobs.show", key=job.id), said=say("任务已排队"))
