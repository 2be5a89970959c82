"""What the provider's process finds out about its run: which command, and which resource."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from keywordsai_dynamic.lifecycle import this_run
from keywordsai_dynamic.lifecycle.this_run import (
    called_for,
    config_file,
    destroys,
    is_below_the_cli,
)

Processes = dict[int, tuple[int | None, list[str]]]
PROVIDER = ["python", "-u", "-m", "pulumi.dynamic", "127.0.0.1:1"]
LAUNCHER = ["/bin/sh", "/opt/pulumi/pulumi-resource-pulumi-python", "127.0.0.1:1"]


def above(*commands: list[str], first: int = 10) -> Processes:
    """Make the processes above the provider's, nearest first."""
    table: Processes = {
        first + index: (first + index + 1, command) for index, command in enumerate(commands)
    }
    return table


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Processes:
    """Stand in for the machine's processes; the provider's parent is number 10."""
    table: Processes = {}
    monkeypatch.setattr(os, "getppid", lambda: 10)
    monkeypatch.setattr(this_run, "_process", lambda pid: table.get(pid, (None, [])))
    return table


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["destroy"], True),
        (["destroy", "--yes", "--stack", "dev"], True),
        (["down", "-y"], True),
        (["dn"], True),
        (["up"], False),
        (["up", "--yes", "--target", "destroy"], False),
        (["update", "destroy"], False),
        (["update"], False),
        (["watch"], False),
        (["preview"], False),
        (["pre", "--diff"], False),
        (["refresh"], False),
        (["import", "destroy"], False),
        (["stack", "rm", "destroy"], None),
        (["Destroy"], None),
        (["-C", "destroy", "up"], False),
        (["--cwd", "/infra", "destroy"], True),
        (["--cwd=/infra", "destroy"], True),
        (["-v", "9", "--color", "never", "destroy"], True),
        (["-v=9", "--logtostderr", "--non-interactive", "destroy"], True),
        (["-v1", "destroy", "up"], True),
        (["-C.", "destroy"], True),
        (["-C.", "up", "destroy"], False),
        (["-Qe", "destroy"], True),
        (["-eQ", "up"], False),
        (["-v", "destroy", "up"], False),
        (["-e", "-Q", "destroy"], True),
        (["--emoji", "destroy"], True),
        (["--tracing", "file:/tmp/trace", "up", "destroy"], False),
        (["--profiling", "destroy", "--memprofilerate", "1", "up"], False),
        (["--verbose"], None),
        (["--verbose", "destroy"], None),
        (["--help"], None),
        (["--help", "up"], False),
        ([], None),
    ],
)
@pytest.mark.parametrize(
    "name", ["pulumi", "/usr/local/bin/pulumi", "/c/pulumi.exe", "/nix/.pulumi-wrapped"]
)
def test_a_run_is_known_by_the_verb_of_the_cli(
    processes: Processes, name: str, arguments: list[str], expected: bool | None
) -> None:
    """What stands first after the CLI's own options, and not what is an option's value.

    A CLI that is wrapped or renamed has the verb all the same.
    """
    processes |= above(LAUNCHER, [name, *arguments], ["bash"])
    assert destroys() == expected


@pytest.mark.parametrize(
    ("what", "table", "expected"),
    [
        ("the parent itself", above(["pulumi", "destroy"]), True),
        ("six wrappers", above(*[LAUNCHER] * 6, ["pulumi", "destroy"]), True),
        ("too far away", above(*[LAUNCHER] * 8, ["pulumi", "destroy"]), None),
        ("the nearest one counts", above(["pulumi", "up"], ["pulumi", "destroy"]), False),
        ("a script of the same name", above(["sh", "/bin/pulumi"], ["pulumi", "destroy"]), True),
        (
            "a program of another name, with another word",
            above(["pulumi-language-python", "127.0.0.1:1", "destroy"], ["pulumi", "up"]),
            False,
        ),
        ("a wrapper of another name", above(["pulumi-1", "destroy"], ["make", "up"]), True),
        ("what is no verb is passed over", above(["pulumi", "stack"], ["pulumi", "dn"]), True),
        ("only the first word is the verb", above(["sh", "up.sh", "up"], ["p", "destroy"]), True),
        ("a shell's text", above(["sh", "-c", "pulumi destroy"], ["pulumi", "up"]), False),
        ("a process without a command line", above([], ["pulumi", "destroy"]), True),
        ("no CLI", above(LAUNCHER, ["pytest"]), None),
        ("no process can be seen", {}, None),
        ("the chain ends", {10: (None, LAUNCHER), 11: (12, ["pulumi", "destroy"])}, None),
    ],
)
def test_the_cli_is_looked_for_among_the_processes_above(
    processes: Processes, what: str, table: Processes, expected: bool | None
) -> None:
    """The nearest one with a verb within eight generations; without one nothing is known."""
    processes |= table
    assert destroys() == expected, what


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["up"], None),
        (["up", "--config-file", "other.yaml"], "other.yaml"),
        (["--config-file=of/prod.yaml", "preview", "--json"], "of/prod.yaml"),
        (["up", "--config-file=/abs/a=b.yaml"], "/abs/a=b.yaml"),
        (["up", "--config-file", "a", "--config-file", "b"], "b"),
        (["up", "--config-file", ""], None),
        (["up", "--config-file="], None),
        (["up", "--config-file"], None),
        (["up", "--config", "file=x", "--config-path"], None),
        (["up", "--", "--config-file", "x"], None),
        (["stack", "--config-file", "x"], None),
        ([], None),
    ],
)
def test_the_configuration_is_where_the_cli_was_told(
    processes: Processes,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    expected: str | None,
) -> None:
    """The last `--config-file` of the CLI above counts, in one word or in two."""
    monkeypatch.setattr(this_run, "_folder", lambda _pid: Path())
    processes |= above(["pulumi-language-python", "127.0.0.1:1"], ["pulumi", *arguments], ["bash"])
    assert config_file() == (None if expected is None else Path(expected))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["up"], "terms.yaml"),
        ([], "terms.yaml"),
        (["up", "--config-file", "other.yaml"], "other.yaml"),
        (["up", "--config-file="], None),
    ],
)
def test_the_environment_names_the_configuration_too(
    processes: Processes,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    expected: str | None,
) -> None:
    """The CLI takes an option from PULUMI_OPTION_…, unless it is on the command line."""
    monkeypatch.setenv("PULUMI_OPTION_CONFIG_FILE", "terms.yaml")
    monkeypatch.setattr(this_run, "_folder", lambda _pid: Path("/infra"))
    processes |= above(["pulumi", *arguments])
    assert config_file() == (Path("/infra") / expected if expected else None)


def test_the_configuration_is_named_from_the_folder_of_the_cli(
    processes: Processes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path begins where the CLI runs, which may be another folder than the program's."""
    processes |= above(["pulumi", "up", "--config-file", "x.yaml"])
    (tmp_path / "10").mkdir()
    (tmp_path / "10" / "cwd").symlink_to("/infra")
    monkeypatch.setattr(this_run, "Path", lambda *path: tmp_path / path[0].removeprefix("/proc/"))
    assert config_file() == Path("/infra/x.yaml")


def test_nothing_is_above_the_first_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its parent has the number 0, and is not asked for."""
    asked: list[int] = []
    monkeypatch.setattr(os, "getppid", lambda: 1)
    monkeypatch.setattr(this_run, "_process", lambda pid: (asked.append(pid), (0, ["init"]))[1])
    assert this_run.destroys() is None
    assert asked == [1]


def test_a_process_is_read_out_of_proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parent and command line, whatever the program's name is and whatever its arguments hold."""
    folder = tmp_path / "7"
    folder.mkdir()
    (folder / "stat").write_text("7 (a ) b (c) S 42 7 7 0 -1 4194304\n")
    (folder / "cmdline").write_bytes(b"/opt/my tools/pulumi\0up\0--stack\0\0gr\xf6\xdfe\0")
    monkeypatch.setattr(this_run, "Path", lambda path: tmp_path / path.removeprefix("/proc/"))
    command = ["/opt/my tools/pulumi", "up", "--stack", "", "gr\ufffd\ufffde"]
    assert this_run._process(7) == (42, command)
    (folder / "cmdline").write_bytes(b"")
    assert this_run._process(7) == (42, [])
    (folder / "stat").write_text("torn")
    assert this_run._process(7) == (None, [])
    (folder / "stat").unlink()
    assert this_run._process(7) == (None, [])


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("   42 /usr/bin/pulumi destroy --yes\n", (42, ["/usr/bin/pulumi", "destroy", "--yes"])),
        ("    1 (pulumi)\n", (1, ["(pulumi)"])),
        ("\n", (None, [])),
        ("x pulumi\n", (None, [])),
        (FileNotFoundError("ps"), (None, [])),
        (subprocess.CalledProcessError(1, "ps"), (None, [])),
        (subprocess.TimeoutExpired("ps", 5), (None, [])),
    ],
)
def test_without_proc_a_process_is_asked_of_ps(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str | Exception,
    expected: tuple[int | None, list[str]],
) -> None:
    """As on macOS; whatever goes wrong there, nothing is known and nothing fails."""
    asked: list[list[str]] = []

    def ps(command: list[str], **_: object) -> SimpleNamespace:
        asked.append(command)
        if isinstance(answer, Exception):
            raise answer
        return SimpleNamespace(stdout=answer)

    monkeypatch.setattr(this_run, "Path", lambda path: tmp_path / path.removeprefix("/proc/"))
    monkeypatch.setattr(subprocess, "run", ps)
    assert this_run._process(7) == expected
    assert asked == [["ps", "-o", "ppid=,args=", "-p", "7"]]


class Sdk:
    """What Pulumi's SDK does at a call: it holds the request, and calls the provider's verb."""

    def delete(self, request: Any) -> str | None:  # noqa: ANN401  (what the engine sends)
        """Serve a delete."""
        return self.verb(request.urn if hasattr(request, "urn") else request)

    def verb(self, _told: object) -> str | None:
        """Ask, as the provider does."""
        return called_for()

    def without_a_request(self) -> str | None:
        """Call the verb from elsewhere."""
        return self.verb(None)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (SimpleNamespace(urn="urn:pulumi:dev::p::t::m"), "urn:pulumi:dev::p::t::m"),
        (SimpleNamespace(urn=""), None),
        (SimpleNamespace(urn=7), None),
        (SimpleNamespace(), None),
        (None, None),
    ],
)
def test_the_resource_is_named_by_the_engines_request(
    request_: object, expected: str | None
) -> None:
    """The URN of the call under way; None where there is none, and never an error."""
    assert Sdk().delete(request_) == expected
    assert Sdk().without_a_request() is None


@pytest.mark.parametrize(
    ("arguments", "command", "expected"),
    [
        (["/opt/pulumi-language-python-exec", "--pwd", "/infra", "."], ["pulumi", "up"], True),
        (["/opt/pulumi-language-python-exec", "."], ["/sbin/init"], False),
        (["deploy.py"], ["make", "preview"], False),
        (["deploy.py"], ["pulumi", "up"], False),
    ],
)
def test_a_program_of_the_cli(
    arguments: list[str],
    command: list[str],
    expected: bool,
    processes: Processes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An inline program runs in the user's own process, which `make preview` may have started."""
    processes.update(above(["/bin/sh", "-c", "…"], command))
    monkeypatch.setattr(sys, "orig_argv", ["python3", *arguments])
    assert is_below_the_cli() is expected
