"""`scripts/engine.py` gets an engine, or says what is missing; `go` here is a stand-in script.

The stand-in writes empty files where the real one would write binaries: what is tried is the
script's own part: what it prefers, that it is all or nothing, and what it says.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EARLIER = "pulumi-3.274.1-with-host-3.79.0"
BUILT = f"{EARLIER}-yaml-1.25.0"
BINARIES = ("pulumi", "pulumi-language-python", "pulumi-language-yaml")
WHOLE_BUILD = ["install", "list", "install", "install", "list"]
SCRIPTS = ("pulumi-language-python-exec", "pulumi-resource-pulumi-python")
STAND_IN_GO = """#!/bin/sh
echo "$*" >> "$GO_LOG"
case "$1" in
  list) echo "$GO_SDK" ;;
  install) while [ -e "$GO_HOLD" ]; do sleep 0.05; done; mkdir -p "$GOBIN"
    case "$PWD" in
      */host) touch "$GOBIN/pulumi-language-python" ;;
      */yaml) touch "$GOBIN/pulumi-language-yaml" ;;
      */cli) touch "$GOBIN/pulumi" ;;
    esac ;;
esac
"""


class Machine:
    """A machine without an engine, whose `go` is the stand-in; a copy of the scripts, no venv."""

    def __init__(self, folder: Path) -> None:
        self.path, self.cache, self.log = folder / "path", folder / "cache", folder / "go.log"
        self.script = folder / "checkout" / "scripts" / "engine.py"
        self.bin = self.cache / "keywordsai-dynamic" / "engine" / BUILT / "bin"
        self.held = folder / "held"
        self.started: list[subprocess.Popen[str]] = []
        self.path.mkdir()
        for tool in ("sh", "sleep", "mkdir", "touch"):
            (self.path / tool).symlink_to(str(shutil.which(tool)))
        modules = [f"scripts/engine/{part}/go.mod" for part in ("cli", "host", "yaml")]
        for file in ("scripts/engine.py", "constraints.txt", *modules):
            self._write(folder / "checkout" / file, (ROOT / file).read_text())
        self._write(folder / "sdk/python/cmd/pulumi-language-python-exec", "")
        self._write(folder / "sdk/python/dist/pulumi-resource-pulumi-python", "")
        self.env = {
            "PATH": str(self.path),
            "XDG_CACHE_HOME": str(self.cache),
            "GO_LOG": str(self.log),
            "GO_SDK": str(folder / "sdk"),
            "GO_HOLD": str(self.held),
        }

    def executable(self, name: str, text: str) -> None:
        self._write(self.path / name, text)
        (self.path / name).chmod(0o755)

    def venv_python(self, text: str) -> None:
        """Give the checkout a venv, whose Python (which runs the installer) is a stand-in too."""
        python = self.script.parents[1] / ".venv" / "bin" / "python"
        self._write(python, text)
        python.chmod(0o755)

    def start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(  # noqa: S603  (our own script)
            [sys.executable, str(self.script)],
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def hold(self) -> None:
        """Let `go` take as long as it is held, once it is called."""
        self.held.touch()

    def release(self) -> None:
        self.held.unlink(missing_ok=True)

    def start_building(self) -> subprocess.Popen[str]:
        """Start, and come back when `go` is at work."""
        process = self.start()
        while not self.go_calls():
            assert process.poll() is None
            time.sleep(0.02)
        return process

    def run(self) -> tuple[int, str, list[str]]:
        """Exit code, stdout and the lines of stderr."""
        process = self.start()
        out, err = process.communicate(timeout=60)
        return process.returncode, out.strip(), err.splitlines()

    def go_calls(self) -> list[str]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line.split()[0] for line in lines]

    @staticmethod
    def _write(file: Path, text: str) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    made.release()
    for process in made.started:
        with process:  # over, unless the test failed; told to stop, it clears away
            process.terminate()


def test_without_any_way_there_is_one_line_with_the_ways_out(machine: Machine) -> None:
    """No CLI, no cache, no venv, no Go: exit code 1 and where to get one."""
    code, out, lines = machine.run()
    assert (code, out) == (1, "")
    assert lines == [
        "engine: official installer: skipped, `make setup` installs it",
        "engine: build from Go modules: skipped, no `go` on PATH",
        "engine: no Pulumi engine: install the Pulumi CLI (https://www.pulumi.com/docs/install/) "
        "or Go 1.26.6 or newer (https://go.dev/dl/), then run this again",
    ]


def test_a_build_is_kept_and_found_again(machine: Machine) -> None:
    """Built once, complete and executable; the second run takes it from the cache."""
    machine.executable("go", STAND_IN_GO)
    code, out, lines = machine.run()
    assert (code, out, lines[-1]) == (0, str(machine.bin), f"engine: {BUILT} built from Go modules")
    assert {file.name for file in machine.bin.iterdir()} == {*BINARIES, *SCRIPTS}
    assert all(os.access(machine.bin / script, os.X_OK) for script in SCRIPTS)
    assert machine.go_calls() == WHOLE_BUILD

    assert machine.run() == (0, str(machine.bin), [f"engine: {BUILT} from the cache"])
    assert machine.go_calls() == WHOLE_BUILD


def test_parts_of_an_earlier_build_are_not_built_again(machine: Machine) -> None:
    """A build without the YAML host, as versions before it made, is completed and stays."""
    machine.executable("go", STAND_IN_GO)
    earlier = machine.bin.parents[1] / EARLIER / "bin"
    for name in (*BINARIES[:2], *SCRIPTS):
        machine._write(earlier / name, f"the earlier {name}")
    assert machine.run()[:2] == (0, str(machine.bin))
    assert machine.go_calls() == ["install"]
    assert {file.name: file.read_text() for file in machine.bin.iterdir()} == {
        "pulumi-language-yaml": "",
        **{name: f"the earlier {name}" for name in (*BINARIES[:2], *SCRIPTS)},
    }
    assert len(list(earlier.iterdir())) == 4


def test_another_version_of_a_part_is_built(machine: Machine) -> None:
    """Of an earlier build only the parts whose pins are the same are taken."""
    machine.executable("go", STAND_IN_GO)
    earlier = machine.bin.parents[1] / EARLIER.replace("host-3.79.0", "host-3.79.01") / "bin"
    for name in (*BINARIES[:2], *SCRIPTS):
        machine._write(earlier / name, f"the earlier {name}")
    assert machine.run()[:2] == (0, str(machine.bin))
    assert machine.go_calls() == ["install", "list", "install"]
    assert (machine.bin / "pulumi").read_text() == "the earlier pulumi"
    assert (machine.bin / "pulumi-language-python").read_text() == ""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_build_leaves_nothing_half(machine: Machine, how: signal.Signals) -> None:
    """Ctrl-C or a CI that gives up: no engine, no leftovers, `go` gone, and the next run builds."""
    machine.executable("go", STAND_IN_GO)
    machine.hold()
    process = machine.start_building()
    process.send_signal(how)
    process.communicate(timeout=10)
    assert process.returncode == 130
    assert [file.name for file in machine.bin.parents[1].iterdir()] == ["lock"]

    machine.release()
    assert machine.run()[:2] == (0, str(machine.bin))


def test_a_killed_build_is_cleared_away_by_the_next(machine: Machine) -> None:
    """SIGKILL leaves an unfinished folder that nobody takes for an engine; the next run clears."""
    machine.executable("go", STAND_IN_GO)
    machine.hold()
    process = machine.start_building()
    process.kill()
    process.communicate(timeout=10)
    machine.env["GO_HOLD"] = ""  # the orphaned `go` stays held, this one is not
    assert machine.run()[:2] == (0, str(machine.bin))
    kept = {file.name for file in machine.bin.parents[1].iterdir()}
    assert kept == {"lock", BUILT}


def test_two_at_once_build_once(machine: Machine) -> None:
    """The second waits for the first, says so, and takes what it built."""
    machine.executable("go", STAND_IN_GO)
    machine.hold()
    first, second = machine.start_building(), machine.start()
    assert second.stderr is not None
    waiting = second.stderr.readline()
    assert waiting == "engine: another process is getting the engine: waiting for it\n"
    machine.release()
    assert first.communicate(timeout=30)[0].strip() == str(machine.bin)
    out, err = second.communicate(timeout=30)
    assert (out.strip(), err) == (str(machine.bin), f"engine: {BUILT} from the cache\n")
    assert machine.go_calls() == WHOLE_BUILD


def test_a_failing_build_says_what_go_said(machine: Machine) -> None:
    """A build that fails shows the compiler's words, then the ways out, and leaves nothing."""
    machine.executable("go", "#!/bin/sh\necho 'go: no such module' >&2\nexit 1\n")
    code, out, lines = machine.run()
    assert (code, out) == (1, "")
    assert lines[1:3] == [
        "engine: building pulumi-language-python 3.79.0 with Go (minutes, once): failed",
        "go: no such module",
    ]
    assert "https://www.pulumi.com/docs/install/" in lines[-1]
    assert [file.name for file in machine.bin.parents[1].iterdir()] == ["lock"]


def test_pulumi_on_path_is_taken_first_when_it_is_new_enough(machine: Machine) -> None:
    """The user's own CLI comes first; one that is too old is skipped, and a line says so."""
    for host in BINARIES[1:]:
        machine.executable(host, "#!/bin/sh\n")
    machine.executable("pulumi", "#!/bin/sh\necho v3.254.0\n")
    assert machine.run() == (0, str(machine.path), ["engine: 3.254.0 on PATH"])

    machine.executable("pulumi", "#!/bin/sh\necho v3.253.9\n")
    code, _, lines = machine.run()
    assert code == 1
    assert lines[0] == (
        f"engine: {machine.path}/pulumi on PATH is 3.253.9, older than 3.254.0: skipped"
    )


def test_pulumi_on_path_without_the_yaml_host_is_skipped(machine: Machine) -> None:
    """An official install has every host; one that somebody put together may lack it."""
    machine.executable("pulumi-language-python", "#!/bin/sh\n")
    machine.executable("pulumi", "#!/bin/sh\necho v3.274.1\n")
    code, _, lines = machine.run()
    assert code == 1
    assert lines[0] == (
        f"engine: {machine.path}/pulumi on PATH comes without pulumi-language-yaml: skipped"
    )


def test_the_official_installer_comes_before_a_build(machine: Machine) -> None:
    """Where the installer can be reached its engine is taken, kept, and `go` is not asked."""
    machine.executable("go", STAND_IN_GO)
    machine.venv_python(
        """#!/bin/sh
        [ -z "$3" ] && exit 0  # reachable
        mkdir -p "$3/bin"; cd "$3/bin"
        touch pulumi pulumi-language-python pulumi-language-yaml pulumi-resource-pulumi-python
        """
    )
    installed = machine.bin.parents[1] / "pulumi-3.272.0" / "bin"
    assert machine.run() == (
        0,
        str(installed),
        ["engine: pulumi-3.272.0 from the official installer"],
    )
    assert machine.run() == (0, str(installed), ["engine: pulumi-3.272.0 from the cache"])
    assert machine.go_calls() == []


def test_an_installer_that_cannot_be_reached_is_one_line(machine: Machine) -> None:
    """Behind a firewall the run goes on to the build after one line, without a traceback."""
    machine.executable("go", STAND_IN_GO)
    machine.venv_python("#!/bin/sh\necho Traceback >&2\nexit 1\n")
    assert machine.run() == (
        0,
        str(machine.bin),
        [
            "engine: official installer: not reachable from here",
            f"engine: {BUILT} built from Go modules",
        ],
    )
