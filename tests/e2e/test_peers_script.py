"""`scripts/peers.py` builds what `make bench` compares with; `go` here is a stand-in script."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PEERS = ("terraform-provider-restapi", "tofu")
STAND_IN_GO = """#!/bin/sh
name="${PWD##*/}"
echo "$name" >> "$GO_LOG"
[ "$name" = "$GO_FAILS" ] && { echo "go: no such module" >&2; exit 1; }
mkdir -p "$GOBIN" && echo "$CGO_ENABLED $*" > "$GOBIN/$name"
"""


class Machine:
    """A machine with an empty cache, whose `go` is the stand-in."""

    def __init__(self, folder: Path) -> None:
        self.cache, self.log, path = folder / "cache", folder / "go.log", folder / "path"
        path.mkdir()
        for tool in ("sh", "mkdir"):
            (path / tool).symlink_to(str(shutil.which(tool)))
        self.go = path / "go"
        self.go.write_text(STAND_IN_GO)
        self.go.chmod(0o755)
        self.env = {
            "PATH": str(path),
            "XDG_CACHE_HOME": str(self.cache),
            "GO_LOG": str(self.log),
            "GO_FAILS": "",
        }

    def run(self) -> tuple[int, str, list[str]]:
        """Exit code, stdout and the lines of stderr."""
        script = [sys.executable, str(ROOT / "scripts" / "peers.py")]
        ran = subprocess.run(script, env=self.env, capture_output=True, text=True, check=False)  # noqa: S603  (our own script)
        return ran.returncode, ran.stdout.strip(), ran.stderr.splitlines()

    def built(self) -> list[str]:
        """Return what `go` was asked to build."""
        return self.log.read_text().split() if self.log.exists() else []

    def kept(self) -> list[str]:
        """List the files of the cache."""
        return sorted(file.name for file in self.cache.rglob("*") if file.is_file())


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_both_are_built_once(machine: Machine) -> None:
    """Pure Go and as released; the second run finds both in the cache, in a folder of versions."""
    code, out, lines = machine.run()
    assert (code, Path(out).parent) == (0, machine.cache / "keywordsai-dynamic" / "peers")
    assert Path(out).name == "tofu-1.12.6-terraform-provider-restapi-1.20.0"
    assert lines == [
        "peers: building terraform-provider-restapi 1.20.0 with Go (minutes, once)",
        "peers: building tofu 1.12.6 with Go (minutes, once)",
    ]
    assert {name: (Path(out) / name).read_text() for name in os.listdir(out)} == {
        "terraform-provider-restapi": "0 install -trimpath -ldflags -s -w  tool\n",
        "tofu": "0 install -trimpath -ldflags "
        "-s -w -X github.com/opentofu/opentofu/version.dev=no tool\n",
    }

    assert machine.run() == (0, out, [])
    assert machine.built() == list(PEERS)


@pytest.mark.parametrize("failing", PEERS)
def test_a_failed_build_says_what_go_said_and_leaves_nothing(
    machine: Machine, failing: str
) -> None:
    """Half a build is not taken for a whole one, by the next run or by the bench."""
    machine.env["GO_FAILS"] = failing
    code, out, lines = machine.run()
    assert (code, out) == (1, "")
    assert lines[-2:] == ["go: no such module", f"peers: {failing} cannot be built"]
    assert machine.kept() == []

    machine.env["GO_FAILS"] = ""
    assert machine.run()[0] == 0
    assert machine.kept() == sorted(PEERS)


def test_without_go_there_is_one_line(machine: Machine) -> None:
    """It says what is missing, and where that is to be had."""
    machine.go.unlink()
    assert machine.run() == (1, "", ["peers: no `go` on PATH (https://go.dev/dl/)"])
