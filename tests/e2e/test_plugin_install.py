"""`plugin install` with the real CLI: programs find the plugin by its name, and the right version.

Each test has a home of its own for Pulumi, no plugin on PATH, and no network beyond loopback.
"""

import json
import os
import shlex
import shutil
from collections.abc import Callable
from importlib.metadata import version as version_of
from pathlib import Path

import pytest
import yaml
from harness.cli_run import Result
from harness.environments import Environment
from harness.lengths import few, long_form_of
from harness.pulumi_stack import Stack
from harness.traces import told
from harness.yaml_program import models, write_yaml

from keywordsai_dynamic.emulator import Emulator

FILE = "pulumi-resource-keywordsai"
NEXT = "Programs in YAML find it by name; for other languages, run `pulumi package add keywordsai`."
MODEL = {"modelName": "acme/support-llm", "baseModelName": "gpt-4o", "inputCost": 2.5}
NewEnvironment = Callable[..., Environment]


@pytest.fixture
def shell(stack: Stack) -> Stack:
    """Take the tests' own environment off PATH, and the network away."""
    folders = stack.env["PATH"].split(os.pathsep)
    stack.env["PATH"] = os.pathsep.join(each for each in folders if not Path(each, FILE).exists())
    nowhere = "http://127.0.0.1:1"
    stack.env |= {"HTTPS_PROXY": nowhere, "HTTP_PROXY": nowhere, "NO_PROXY": "127.0.0.1"}
    del stack.env["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"]
    return stack


@pytest.fixture
def made(tmp_path: Path) -> NewEnvironment:
    """Make environments beside the stack."""

    def make(name: str, version: str = version_of("keywordsai-dynamic")) -> Environment:
        return Environment(tmp_path / "environments" / name, version)

    return make


def folder(stack: Stack, version: str) -> Path:
    return Path(stack.env["PULUMI_HOME"], "plugins", f"resource-keywordsai-v{version}")


def install(stack: Stack, environment: Environment, code: int = 0, **env: str | None) -> Result:
    """Run the command of an environment."""
    done = stack.run(*environment.command, "plugin", "install", env=env, check=False)
    assert done.returncode == code, str(done)
    return done


def told_first(stack: Stack, version: str, *, state: str = "installed") -> str:
    return f"The plugin keywordsai {version} is {state} in {folder(stack, version)}. {NEXT}\n"


def asking(version: str) -> str:
    """Write a program whose model asks for a version of the plugin, as an SDK does."""
    resource = {
        "type": "keywordsai:CustomModel",
        "properties": MODEL,
        "options": {"version": version},
    }
    return yaml.safe_dump({"resources": {"support": resource}})


def test_a_program_needs_no_block(shell: Stack, emulator: Emulator, made: NewEnvironment) -> None:
    """One command, and every project finds the plugin by its name, silently and without a network;
    so do the commands that read its schema.
    """
    environment = made("v e'n$v")
    version = version_of("keywordsai-dynamic")
    done = install(shell, environment)
    assert (done.stdout, done.stderr) == (told_first(shell, version), "")
    write_yaml(shell, models({"support": MODEL}), found=False)
    up = shell.up()
    assert told(up) == []
    assert "PATH" not in up.output
    assert emulator.models().keys() == {"acme/support-llm"}
    listed = shell.pulumi("plugin", "ls", "--json").json
    assert [(each["name"], each["version"]) for each in listed] == [("keywordsai", version)]
    schema = shell.pulumi("package", "get-schema", f"keywordsai@{version}").json
    assert (schema["name"], schema["version"]) == ("keywordsai", version)
    shell.pulumi("plugin", "rm", "resource", "keywordsai", version, "--yes")
    assert not folder(shell, version).exists()


def test_again_changes_nothing(shell: Stack, made: NewEnvironment) -> None:
    """A second run leaves the file alone; another environment of that version takes its place; what
    an install has left unfinished, or somebody has broken, is replaced.
    """
    one, other = made("one", "7.0.0"), made("other", "7.0.0")
    install(shell, one)
    file = folder(shell, "7.0.0") / FILE
    before = file.stat()
    assert install(shell, one).stdout == told_first(shell, "7.0.0", state="already installed")
    assert file.stat().st_mtime_ns == before.st_mtime_ns
    one.starts()
    assert install(shell, other).stdout == told_first(shell, "7.0.0", state="installed anew")
    other.starts()
    shell.run("pulumi", "package", "get-schema", "keywordsai")
    assert (one.starts(), other.starts()) == (0, 1)
    ways: list[Callable[[], object]] = [
        lambda: Path(f"{file.parent}.partial").touch(),
        file.unlink,
        lambda: file.chmod(0o644),
    ]
    for break_it in few(ways, 1):
        whole = file.read_text()
        break_it()
        install(shell, other)
        assert (file.read_text(), os.access(file, os.X_OK)) == (whole, True)
        assert not Path(f"{file.parent}.partial").exists()


def test_a_user_whose_folder_is_not_home(
    shell: Stack, made: NewEnvironment, tmp_path: Path
) -> None:
    """What counts is the home that the CLI takes: the one in the user database, if it is there.

    No test can enter a user: Python gets another database, and the CLI the home that is in it.
    """
    environment = made("venv", "7.0.0")
    user, home = tmp_path / "user", Path(shell.env["HOME"])
    entry = f"types.SimpleNamespace(pw_dir={str(user)!r})"
    database = f"import pwd, types; pwd.getpwuid = lambda _, entry={entry}: entry"
    (environment.package.parent / "user.pth").write_text(f"{database}\n")
    cli = tmp_path / "cli" / "pulumi"
    cli.parent.mkdir()
    cli.write_text(
        f'#!/bin/sh\nPULUMI_HOME="${{PULUMI_HOME:-{user}/.pulumi}}"; export PULUMI_HOME\n'
        f'exec {shutil.which("pulumi", path=shell.env["PATH"])} "$@"\n'
    )
    cli.chmod(0o755)
    path = f"{cli.parent}:{shell.env['PATH']}"
    install(shell, environment, PULUMI_HOME=str(home / ".pulumi"))
    for state in few(("installed", "already installed"), 1):
        done = install(shell, environment, PULUMI_HOME=None, PATH=path)
        where = user / ".pulumi" / "plugins" / "resource-keywordsai-v7.0.0"
        assert done.stdout == f"The plugin keywordsai 7.0.0 is {state} in {where}. {NEXT}\n"
        assert (where / FILE).is_file()


@long_form_of("e2e/test_plugin_install.py::test_again_changes_nothing")
def test_two_at_once(shell: Stack, made: NewEnvironment) -> None:
    """Whoever is last, the plugin is whole."""
    one, other = made("one", "7.0.0"), made("other", "7.0.0")
    commands = [shlex.join((*each.command, "plugin", "install")) for each in (one, other, one)]
    done = shell.run("/bin/sh", "-c", f"{' & '.join(commands)} & wait")
    assert (done.stdout.count("is installed"), done.stderr) == (3, "")
    assert [each.name for each in folder(shell, "7.0.0").iterdir()] == [FILE]
    shell.run("pulumi", "package", "get-schema", "keywordsai")


def test_two_versions_side_by_side(shell: Stack, made: NewEnvironment) -> None:
    """A program and a state get the version that they ask for, and others the newest."""
    old, new = made("old", "7.0.0"), made("new", "7.1.0")
    install(shell, new)
    assert install(shell, old).stderr == (
        "Programs that ask for no version take 7.1.0, which is installed too; `pulumi plugin rm "
        "resource keywordsai 7.1.0` removes it.\n"
    )
    taken: dict[str, tuple[bool, bool]] = {}

    def takes(what: str) -> None:
        taken[what] = (old.starts() > 0, new.starts() > 0)

    takes("nothing yet")
    write_yaml(shell, asking("7.0.0"), found=False)
    shell.up()
    takes("the program asks for the old one")
    write_yaml(shell, "", found=False)
    shell.refresh()
    takes("the state asks for the old one")
    write_yaml(
        shell,
        "packages: {keywordsai: keywordsai@7.0.0}\n" + models({"support": MODEL}),
        found=False,
    )
    shell.up()
    takes("a project of YAML cannot ask")
    assert taken == {
        "nothing yet": (True, True),
        "the program asks for the old one": (True, False),
        "the state asks for the old one": (True, False),
        "a project of YAML cannot ask": (False, True),
    }


def test_after_an_upgrade(shell: Stack, made: NewEnvironment) -> None:
    """The preview shows the one line of the plugin, doctor sees it first, and what it says to do
    mends it; a version that is left behind is noted.
    """
    environment = made("venv", "7.0.0")
    install(shell, environment)
    environment.upgrade("7.1.0")
    write_yaml(shell, models({"support": MODEL}), found=False)
    file = folder(shell, "7.0.0") / FILE
    what = f"{environment.python} has keywordsai-dynamic 7.1.0 now"
    mend = (
        f"`{environment.python.parent}/keywordsai-dynamic plugin install` to use that, or "
        "`keywordsai-dynamic plugin install` in an environment with keywordsai-dynamic 7.0.0"
    )
    failed = shell.preview(check=False)
    assert failed.returncode != 0
    shown = [line.strip() for line in failed.output.splitlines()]
    assert f"keywordsai 7.0.0 cannot start: {what}. Run {mend}." in shown

    def doctor(code: int) -> list[tuple[str, str, str]]:
        done = shell.run(*environment.command, "doctor", "--format", "json", check=False)
        assert done.returncode == code, str(done)
        found = [
            each for each in json.loads(done.stdout)["findings"] if each["subject"] == "plugin"
        ]
        return [(each["state"], each["found"], each["to_do"]) for each in found]

    assert doctor(1) == [("bad", f"{file} does not start: {what}", mend)]
    install(shell, environment)
    remove = "pulumi plugin rm resource keywordsai 7.0.0"
    installed = f"{folder(shell, '7.1.0') / FILE}, installed in Pulumi's home"
    assert doctor(0) == [
        ("good", f"7.1.0, {installed}", ""),
        ("note", f"{file} does not start: {what}", f"{remove}; if it is needed: {mend}"),
    ]


@pytest.mark.parametrize("own", few([False, True], 1))
def test_a_plugin_on_path_comes_first(shell: Stack, made: NewEnvironment, own: bool) -> None:
    """The environment's own is only noisy; another one is a finding."""
    environment, other = made("venv"), made("other")
    (environment.prefix / "bin" / FILE).touch(0o755)
    (other.prefix / "bin" / FILE).touch(0o755)
    bin_ = (environment if own else other).prefix / "bin"
    path = f"{bin_}:{shell.env['PATH']}"
    done = install(shell, environment, code=0 if own else 1, PATH=path)
    assert done.stderr == (
        f"Pulumi takes {'this' if own else 'another'} plugin from PATH first, and says so in every "
        f"run: take {bin_} off PATH, or set PULUMI_IGNORE_AMBIENT_PLUGINS=true.\n"
    )
    done = install(shell, environment, PATH=path, PULUMI_IGNORE_AMBIENT_PLUGINS="true")
    assert done.stderr == ""


def test_an_environment_in_a_cache_and_a_home_that_is_relative(
    shell: Stack, made: NewEnvironment
) -> None:
    """Where uvx makes an environment, the plugin is installed, with a warning that says what lasts.

    A relative home is found from the folder of the user; the project in that folder has no say.
    """
    environment = made("archive-v0", "7.0.0")
    cache = environment.prefix.parent
    (shell.project / "Pulumi.yaml").write_text("name: [")
    done = install(shell, environment, UV_CACHE_DIR=str(cache), PULUMI_HOME="home")
    assert (shell.project / "home" / "plugins" / "resource-keywordsai-v7.0.0" / FILE).is_file()
    assert done.stderr == (
        f"The plugin will be gone when {cache} is emptied, because it runs in {cache}/archive-v0: "
        "run this again in an environment that stays, such as a venv, or one that `uv tool "
        "install` or `pipx install` makes.\n"
    )


def test_what_cannot_be_installed(shell: Stack, made: NewEnvironment, tmp_path: Path) -> None:
    """No CLI, one that fails, a home that nobody can write, a plugin that does not start: one line
    and exit code 2, and the plugin that was installed is as it was.
    """
    environment = made("venv", "7.0.0")
    install(shell, environment)
    file = folder(shell, "7.0.0") / FILE
    before = file.read_text()
    environment.upgrade("7.0.0")
    (environment.package / "native" / "front.py").write_text("raise ImportError('no module')\n")
    broken = f"the packages of {environment.python} are broken"
    mend = f"Run `{environment.python} -m pip install --force-reinstall keywordsai-dynamic==7.0.0`."
    file.write_text(f"{before}# of another environment\n")

    def line(**env: str | None) -> str:
        done = install(shell, environment, code=2, **env)
        assert done.stdout == ""
        assert done.stderr.count("\n") == 1
        return done.stderr.removesuffix("\n")

    cannot_start = f"The plugin was not installed: keywordsai 7.0.0 cannot start: {broken}"
    assert line() == f"{cannot_start} (ImportError: no module). {mend}"
    environment.upgrade("7.0.0")
    no_cli = "There is no Pulumi CLI on PATH: install it, https://www.pulumi.com/docs/install/."
    assert line(PATH="/usr/bin:/bin") == no_cli
    real = shutil.which("pulumi", path=shell.env["PATH"])
    stub = tmp_path / "stub" / "pulumi"
    stub.parent.mkdir()
    stubs = [
        ("echo 'error: no disk' >&2; exit 255", "no disk"),
        ("exit 0", ""),
        ("exit 255", "exit code 255"),
    ]
    for body, why in few(stubs, 1):
        stub.write_text(
            f'#!/bin/sh\ncase "$*" in *" plugin install "*) {body};; esac\nexec {real} "$@"\n'
        )
        stub.chmod(0o755)
        told = line(PATH=f"{stub.parent}:{shell.env['PATH']}", PULUMI_HOME=str(tmp_path / "home"))
        assert told == (
            f"`pulumi plugin install` failed: {why}"
            if why
            else "`pulumi plugin install` has left no plugin in Pulumi's home."
        )
    nowhere = line(PULUMI_HOME=f"{file}/home")
    assert nowhere.startswith("`pulumi plugin install` failed: ")
    assert nowhere.endswith("not a directory")
    assert file.read_text() == f"{before}# of another environment\n"
