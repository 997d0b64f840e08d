"""A job's page for the person who started it: progress, cancel, result."""

from __future__ import annotations

import json

from flask import abort, jsonify, url_for

from app.domain.enums import JobState
from app.domain.errors import Conflict, say
from app.extensions import db
from app.jobs import queue
from app.jobs.registry import JOBS
from app.models import Job
from app.permissions import Permission
from app.screens.request import Screen, actor, expose, load, requires, submit_once, translated

ENDED = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class Jobs(Screen):
    """Background work as its starter sees it; the page may be left meanwhile."""

    route_base = "/jobs"

    @expose("/<int:key>")
    @requires(Permission.HOME)
    def show(self, key: int):
        job = _own_job(key)
        return self.page("jobs/show.html", job=job, spec=JOBS[job.name], next_address=_next_address(job))

    @expose("/<int:key>/state")
    @requires(Permission.HOME)
    def state(self, key: int):
        """What the page asks for once a second."""
        job = _own_job(key)
        return jsonify(
            state=job.state.value,
            label=translated(job.state.label),
            stage=translated(job.stage) if job.stage else "",
            progress=job.progress,
            total=job.total,
            ended=job.state in ENDED,
        )

    @expose("/<int:key>/cancel", methods=["POST"])
    @requires(Permission.HOME)
    def cancel(self, key: int):
        """Ask it to stop; what has been stored is never undone halfway."""
        job = _own_job(key)

        def do(session):
            if job.state in ENDED:
                raise Conflict(say("任务已结束，不能取消"))
            queue.ask_to_cancel(session, job)

        return submit_once(do, answer=url_for("Jobs.show", key=key), said=say("已请求取消"))


def _own_job(key: int) -> Job:
    """The actor's own job; others' do not exist, except for who may see all."""
    job = load(Job, key)
    if job.created_by_id != actor().user_id and not actor().can(Permission.JOB_VIEW):
        abort(404)
    db.session().refresh(job)
    return job


def _next_address(job: Job) -> str:
    """Where the result is looked at, or another file chosen."""
    if job.state is JobState.FAILED and job.name in ("check_roster", "store_roster"):
        return url_for("Roster.list")
    if job.state is not JobState.DONE:
        return ""
    result = json.loads(job.result)
    if job.name == "check_roster":
        return url_for("Roster.preview", key=json.loads(job.arguments)["attachment_id"])
    if job.name == "store_roster":
        return url_for("Openings.show", key=result["batch"])
    return ""
