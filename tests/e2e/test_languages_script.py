"""`scripts/languages.py` gets what an engine lacks for other languages; `go` here is a stand-in."""

from pathlib import Path

import languages
import pytest

STAND_IN_GO = '#!/bin/sh\necho "$*" >> "$GO_LOG"\n: > "$GOBIN/made"\n'
STAND_IN_PULUMI = """#!/bin/sh
echo "$*" > "$GO_LOG"
while [ "$1" != --out ]; do shift; done
/bin/mkdir "$2/go" && echo of-the-host > "$2/go/sdk"
"""
HOSTS = [f"pulumi-language-{runtime}" for runtime in languages.RUNTIMES.values()]


class Machine:
    """A machine with an empty cache, nothing on PATH, and an engine without other hosts."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.engine, self.path, self.cache = (folder / n for n in ("engine", "path", "cache"))
        self._log = folder / "log"
        for made in (self.engine, self.path):
            made.mkdir()
        self.executable(self.engine / "pulumi-language-python", "")
        monkeypatch.setenv("PATH", str(self.path))
        monkeypatch.setenv("XDG_CACHE_HOME", str(self.cache))
        monkeypatch.setenv("GO_LOG", str(self._log))

    def executable(self, file: Path, text: str) -> None:
        file.write_text(text)
        file.chmod(0o755)

    def ran(self) -> list[str]:
        return self._log.read_text().splitlines() if self._log.exists() else []

    def kept(self) -> list[str]:
        return sorted(made.name for made in self.cache.glob("*/languages/*"))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def test_what_the_engine_lacks_is_built_once(machine: Machine) -> None:
    """A generator for each language, and for Go a host; the second time they are found."""
    machine.executable(machine.path / "go", STAND_IN_GO)
    generator, host = languages.folders("go", machine.engine)
    assert [Path(command.split()[-1]).name for command in machine.ran()] == ["generate_sdk", "tool"]
    assert [file.name for made in (generator, host) for file in made.iterdir()] == ["made", "made"]
    assert machine.kept() == sorted([generator.name, host.name])

    assert languages.folders("go", machine.engine) == [generator, host]
    assert languages.folders("python", machine.engine) == [generator]
    assert len(machine.ran()) == 2


def test_an_official_engine_brings_everything(machine: Machine, tmp_path: Path) -> None:
    """Nothing is built, and its own hosts generate."""
    for host in HOSTS:
        machine.executable(machine.engine / host, "")
    machine.executable(machine.engine / "pulumi", STAND_IN_PULUMI)
    assert languages.folders("go", machine.engine) == []
    languages.generate_sdk("go", tmp_path / "sdk", machine.engine)
    assert (tmp_path / "sdk" / "sdk").read_text() == "of-the-host\n"
    (asked,) = machine.ran()
    wanted = f"package gen-sdk {languages.SCHEMA} --local --language go --out "
    assert asked.startswith(wanted)
    assert machine.kept() == []


def test_what_cannot_be_had_is_said_and_leaves_nothing(machine: Machine) -> None:
    """Without Go, and where it fails: one sentence, and nothing that is taken for a whole."""
    with pytest.raises(languages.NotPossibleError, match=r"^`go` is not on PATH$"):
        languages.folders("go", machine.engine)
    machine.executable(machine.path / "go", f"{STAND_IN_GO}exit 7\n")
    with pytest.raises(languages.NotPossibleError, match=r"generate_sdk` ended with 7$"):
        languages.folders("go", machine.engine)
    assert machine.kept() == []
