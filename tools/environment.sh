#!/bin/sh
# Makes .venv and installs what the named requirement files pin: tools/environment.sh requirements.txt [more.txt …]
# A file that is installed already (a copy of it lies in .venv) costs nothing. Runs on any POSIX shell.
set -eu
cd "$(dirname "$0")/.."
VENV=.venv

say() { printf '%s\n' "== $*"; }
fail() { printf '\n%s\n' "!! $*" >&2; exit 1; }

as_root() {  # run a command as root where that needs no question asked, else say so by failing
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then sudo -n "$@"
    else return 1
    fi
}

find_python() {  # prints the first Python 3.11+ that really runs
    for candidate in "${PYTHON:-}" python3.11 python3.12 python3.13 python3.14 python3 python; do
        [ -n "$candidate" ] || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

make_venv() {
    python=$(find_python) || fail "需要 Python 3.11 或更高版本 / Python 3.11 or newer is needed.
   Debian/Ubuntu: apt-get install python3 python3-venv    macOS: brew install python@3.12
   已装在别处时 / when it is elsewhere: make run PYTHON=/path/to/python3"
    say "建立虚拟环境 / making $VENV with $python"
    rm -rf "$VENV"
    if ! "$python" -m venv "$VENV" >/dev/null 2>&1; then
        rm -rf "$VENV"
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        if command -v apt-get >/dev/null 2>&1; then
            say "缺少 python3-venv，尝试安装 / python3-venv is missing, trying to install it"
            { as_root apt-get update -qq &&
              as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "python$version-venv"
            } >/dev/null 2>&1 || true
        fi
        "$python" -m venv "$VENV" || { rm -rf "$VENV"; fail "无法建立虚拟环境 / the environment could not be made.
   Debian/Ubuntu: sudo apt-get install python$version-venv    然后重新运行 / then run make again"; }
    fi
}

if ! "$VENV/bin/python" -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
    make_venv
fi

for file in "$@"; do
    stamp="$VENV/installed-$file"
    if cmp -s "$file" "$stamp"; then continue; fi
    say "安装 $file / installing $file"
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-input -r "$file" ||
        fail "安装 $file 失败：请检查网络与磁盘空间后重新运行 / installing $file failed: check network and disk, run again"
    cp "$file" "$stamp"
done
