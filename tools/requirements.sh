#!/bin/sh
# Pins requirements.txt, -dev and -bench from their .in files with pip-tools, in an environment of its own.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
.venv/bin/python -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check pip-tools==7.6.2
for name in requirements requirements-dev requirements-bench; do
    echo "== $name.txt"
    "$work/venv/bin/pip-compile" --quiet --no-header --strip-extras --no-emit-index-url --no-emit-find-links \
        --no-emit-trusted-host "$@" --output-file "$name.txt" "$name.in"
done
