#!/bin/sh
# Tries the wheel with each given Python: a clean environment, a real install, and every test that
# needs no CLI, from a folder where the package's source is not.
set -eu
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

engine=$(.venv/bin/python scripts/engine.py)
.venv/bin/python -m build --no-isolation --outdir "$scratch" . >"$scratch/build.log" 2>&1 ||
    { cat "$scratch/build.log" >&2; exit 1; }
wheel=$(echo "$scratch"/*.whl)
mkdir "$scratch/checkout"
cp -R tests scripts examples docs ./*.yaml ./*.md LICENSE Makefile pyproject.toml constraints.txt \
    "$scratch/checkout"

failed=
for version; do
    if ! "python$version" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "pythons: $version is not on PATH: NOT TRIED" >&2
        continue
    fi
    echo "pythons: $("python$version" --version)" >&2
    "python$version" -m venv "$scratch/$version"
    (
        cd "$scratch/checkout"
        pip="$scratch/$version/bin/python -m pip install -qq --disable-pip-version-check"
        $pip -c constraints.txt pip
        $pip -c constraints.txt "$wheel[cli,emulator,prices]" --group dev
        PATH="$scratch/$version/bin:$engine:$PATH" \
            "$scratch/$version/bin/python" -m pytest -q tests/unit tests/contract tests/plugin
    ) || failed="$failed $version"
    rm -rf "${scratch:?}/$version"
done
[ -z "$failed" ] || { echo "pythons: failed with$failed" >&2; exit 1; }
