#!/bin/sh
# Tries the wheel with each given Python, and with the oldest and the newest packages that
# pyproject.toml lets in: clean environments, real installs, and every test that needs no CLI, from
# a folder where the package's source is not. With the first Python that is here, the oldest
# packages pass the rest of the suite too, and a Pulumi SDK that is too old is refused.
set -eu
cd "$(dirname "$0")/.."
uv=$PWD/.venv/bin/uv
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

say() { echo "bounds: $*" >&2; }
quiet() { "$@" >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; return 1; }; }

engine=$(.venv/bin/python scripts/engine.py)
mkdir "$scratch/elsewhere" "$scratch/checkout"
cp -R tests scripts examples docs ./*.yaml ./*.md LICENSE Makefile pyproject.toml setup.py constraints.txt \
    .gitignore "$scratch/elsewhere"
cp -R "$scratch/elsewhere/." keywordsai_dynamic "$scratch/checkout"
quiet .venv/bin/python -m build --no-isolation --outdir "$scratch" "$scratch/checkout"
wheel=$(echo "$scratch"/*.whl)

# Wheels and no sdists: whoever installs the package should need no compiler.
install() { quiet "$uv" pip install --python "$scratch/venv" --no-build "$@"; }

# First what the package needs, at its oldest or newest; then what tests need besides, as it is
# pinned, so that it is not pytest that is tried.
environment() {
    needs=$scratch/needs.txt tools=$scratch/tools.txt
    quiet "$uv" venv --clear --seed --python "$1" "$scratch/venv" &&
        install --resolution "$2" -r pyproject.toml --all-extras &&
        "$uv" pip freeze -q --python "$scratch/venv" >"$needs" &&
        awk -F== '{ name = tolower($1); gsub("_", "-", name) }
            FNR == NR { needs[name]; next } !(name in needs)' "$needs" constraints.txt >"$tools" &&
        install -c "$needs" -c "$tools" "$wheel" --group dev --group docs
}

# Prints what conftest.py says of the packages, and how it ended.
passes() (
    cd "$scratch/$1" && shift
    PATH="$scratch/venv/bin:$engine:$PATH" \
        quiet "$scratch/venv/bin/python" -m pytest -n auto --dist loadfile "$@" &&
        sed -n 's/^with /  &/p; $ { s/=//g; s/^ */  /p; }' "$scratch/log" >&2
)

with_the_cli() {
    [ -z "$cli" ] && [ "$resolution" = lowest-direct ] || return 0
    cli=$version/$resolution
    say "  the rest, with the CLI"
    passes checkout tests/e2e tests/docs tests/distribution || return 1
    # The newest SDK that hides the provider's own properties from it.
    say "  and pulumi 3.234, which is to be refused"
    install --no-deps pulumi==3.234.0 && passes checkout tests/e2e/test_older_sdk.py
}

cli= passed= failed= missing=
for version; do
    # Of pyenv's shims only that of a version that is chosen runs.
    python=$(PYENV_VERSION=$version "python$version" -c 'import sys; print(sys.executable)' \
        2>/dev/null) || { missing="$missing $version"; continue; }
    for resolution in lowest-direct highest; do
        say "$("$python" --version), $resolution"
        if environment "$python" "$resolution" &&
            passes elsewhere tests/unit tests/contract tests/plugin && with_the_cli
        then passed="$passed $version/$resolution"
        else failed="$failed $version/$resolution"; fi
    done
done
say "passed:${passed:- none}"
say "with the CLI: ${cli:-none}; NOT TRIED with it: all others"
[ -z "$missing" ] || say "NOT TRIED at all, because not on PATH:$missing"
[ -z "$failed" ] || say "FAILED:$failed"
[ -n "$passed" ] && [ -z "$failed" ]
