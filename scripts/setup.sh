#!/bin/sh
# Makes .venv from the pins in constraints.txt; can be run again at any time.
set -eu
cd "$(dirname "$0")/.."

for python in python3 python3.13 python3.12 python3.11 python3.14 none; do
    if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
    then break; fi
done
if [ "$python" = none ]; then
    echo "setup: needs Python 3.11 or newer with venv: https://www.python.org/downloads/" >&2
    exit 1
fi

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    echo "setup: .venv with $("$python" --version)" >&2
    # The pip at hand saves unpacking one; where there is none that can (22.3, of 2022), it is done.
    "$python" -m venv --clear --without-pip .venv
    "$python" -m pip --python .venv/bin/python install -qq --disable-pip-version-check \
        -c constraints.txt pip setuptools 2>/dev/null ||
        .venv/bin/python -m ensurepip >/dev/null
fi
install=".venv/bin/python -m pip install -qq --disable-pip-version-check -c constraints.txt"
$install pip setuptools
# compat: a line in a .pth file, where the other modes run a finder at every start of Python.
$install --no-build-isolation --config-settings editable_mode=compat \
    -e ".[cli,emulator,prices]" --group dev --group docs
touch .venv/.ready
