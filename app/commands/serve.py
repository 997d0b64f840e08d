"""`serve`: the website by waitress; the job runner in a thread beside it unless told otherwise."""

from __future__ import annotations

import threading

from app import create_app
from app.commands.init import prepare
from app.commands.memory import settle_memory
from app.commands.slow_clients import Patience, listen

THREADS = 8


def arguments(parser) -> None:
    parser.add_argument("--no-worker", action="store_true", help="不在本进程内运行后台任务")
    parser.add_argument("--no-init", action="store_true", help="不检查数据库结构（多个进程时由 init 先做）")
    parser.add_argument("--threads", type=int, default=THREADS, help="同时处理的请求数")


def run(options) -> int:
    app = create_app()
    settle_memory()
    if not options.no_init:
        with app.app_context():
            prepare(app)
    if not options.no_worker:
        _start_worker(app)
    host, port = app.config["HOST"], app.config["PORT"]
    server = listen_for(app, threads=options.threads)
    print(f"已启动：http://{host}:{port}（Ctrl+C 停止）", flush=True)
    server.run()
    return 0


def listen_for(app, **options):
    """The server of this application: its address, its largest request, and whether a proxy's words count."""
    return listen(
        app, Patience(), host=app.config["HOST"], port=app.config["PORT"], max_request_header_size=64 * 1024,
        max_request_body_size=app.config["MAX_CONTENT_LENGTH"] + 1024 * 1024,
        # waitress takes X-Forwarded-* away; behind a proxy they say who asks, and over TLS or not (create_app)
        clear_untrusted_proxy_headers=not app.config["BEHIND_PROXY"], **options,
    )  # fmt: skip


def _start_worker(app) -> None:
    from app.jobs.runner import run_worker

    threading.Thread(target=run_worker, args=(app,), name="jobs", daemon=True).start()
