"""A job's page for the person who started it: progress, cancel, result."""

from __future__ import annotations

import io
import json

from flask import abort, flash, jsonify, redirect, request, send_file, url_for
from flask_babel import gettext

from app.documents.registry import paper_url
from app.domain.enums import JobState
from app.domain.errors import Conflict, say
from app.extensions import db
from app.jobs import queue
from app.jobs.registry import JOBS
from app.models import Job
from app.permissions import Permission
from app.screens import exporting
from app.screens.home import own_address
from app.screens.request import Screen, actor, expose, load, requires, submit_once, translated
from app.workflows.attachments.storage import store

ENDED = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class Jobs(Screen):
    """Background work as its starter sees it; the page may be left meanwhile."""

    route_base = "/jobs"

    @expose("/<int:key>")
    @requires(Permission.HOME)
    def show(self, key: int):
        job = _own_job(key)
        address, label = _next(job)
        result = json.loads(job.result)
        return self.page(
            "jobs/show.html", job=job, spec=JOBS[job.name], next_address=address, next_label=label,
            file=result.get("file") if job.state is JobState.DONE else None,
            faults=result.get("faults", []) if job.name != "check_roster" else [], heads=result.get("heads", {}),
        )  # fmt: skip

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

    @expose("/<int:key>/file")
    @requires(Permission.HOME)
    def file(self, key: int):
        """The file that the job has made: for whoever asked for it, while it is kept."""
        job = _own_job(key)
        told = json.loads(job.result).get("file")
        if told is None or job.created_by_id != actor().user_id:
            abort(404)
        try:
            data = store().read(told["stored_name"])
        except FileNotFoundError:
            flash(gettext("文件只保留一天，已经删除；请重新导出"), "warning")
            return redirect(url_for("Jobs.show", key=key))
        return send_file(
            io.BytesIO(data), mimetype=told["media_type"], as_attachment=True, download_name=told["name"], max_age=0
        )

    @expose("/export", methods=["POST"])
    @requires(Permission.HOME)
    def export(self):
        """Begin the export of a long list; the form names the list's own address of export."""
        address = own_address(request.form.get("address", ""))
        return submit_once(
            lambda session: exporting.start(session, address), answer=lambda job: url_for("Jobs.show", key=job.id)
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


def _next(job: Job) -> tuple[str, str]:
    """(address, label) of where the result is looked at, or another try is made; empty when there is nothing."""
    arguments, result = json.loads(job.arguments), json.loads(job.result)
    if job.state is JobState.DONE and "file" in result:
        return url_for("Jobs.file", key=job.id), gettext("下载文件")
    if job.state is JobState.DONE and job.name == "check_roster":
        return url_for("Roster.preview", key=arguments["attachment_id"]), gettext("查看结果")
    if job.state is JobState.DONE and job.name == "store_roster":
        return url_for("Openings.show", key=result["batch"]), gettext("查看结果")
    if job.state is JobState.FAILED and job.name in ("check_roster", "store_roster"):
        return url_for("Roster.list"), gettext("重新选择文件")
    if job.state in ENDED and job.name == exporting.JOB:
        return arguments["address"], gettext("重新导出")
    if job.state in ENDED and job.name == "print_paper":
        return paper_url(arguments["paper"], arguments["key"]), gettext("重新打印")
    return "", ""
