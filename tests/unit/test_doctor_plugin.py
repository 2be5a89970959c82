"""Which plugin the doctor finds for programs in YAML, TypeScript and Go, and what it says of it."""

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from keywordsai_dynamic.core.errors import DeclarationError
from keywordsai_dynamic.doctor.configuration import check_configuration
from keywordsai_dynamic.doctor.diagnosis import Diagnosis
from keywordsai_dynamic.doctor.engine import check_engine
from keywordsai_dynamic.doctor.plugin import FILE, Plugin, about_plugin, check_plugin, find_plugin
from keywordsai_dynamic.doctor.project import Project, project_around
from keywordsai_dynamic.terminal import pulumi_cli
from keywordsai_dynamic.terminal.processes import Ended
from keywordsai_dynamic.terminal.pulumi_cli import About

HERE = version("keywordsai-dynamic")
SCHEMA: dict[str, Any] = {
    "name": "keywordsai",
    "version": HERE,
    "resources": {"keywordsai:index:CustomModel": {}},
}
SET = "plugins: {providers: [{name: keywordsai, path: .venv/bin}]}"
NewProject = Callable[..., Project]


@pytest.fixture
def made(tmp_path: Path) -> NewProject:
    """Return a function that writes a project with executable files beside it, and reads it."""

    def make(settings: str, *executables: str, runtime: str = "yaml") -> Project:
        root = tmp_path / "p"
        root.mkdir()
        language = "" if "runtime:" in settings else f"runtime: {runtime}\n"
        (root / "Pulumi.yaml").write_text(f"name: p\n{language}{settings}\n")
        for name in executables:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch(0o755)
        project = project_around(root)
        assert project is not None
        return project

    return make


PATH, HOME = f"tools/{FILE}", f"home/plugins/resource-keywordsai-v0.9.0/{FILE}"
NEWER = f"home/plugins/resource-keywordsai-v0.10.0/{FILE}"
CANDIDATE = f"home/plugins/resource-keywordsai-v0.11.0-rc.1/{FILE}"
PARTIAL = f"home/plugins/resource-keywordsai-v0.12.0/{FILE}"
MARK = "home/plugins/resource-keywordsai-v0.12.0.partial"
NODE = "runtime: nodejs\n"
IN_HOME = "installed in Pulumi's home"
VENV = f"p/.venv/bin/{FILE}"


@pytest.mark.parametrize(
    ("settings", "executables", "expected"),
    [
        (SET, [VENV, PATH, HOME], (VENV, "from Pulumi.yaml")),
        ("packages: {keywordsai: ./x}", [f"p/x/{FILE}", PATH], ("p/x", "from `packages`")),
        ("packages: {keywordsai: {source: ./x}}", ["p/x", PATH], ("p/x", "from `packages`")),
        ("packages: {keywordsai: 0.1.0}", [PATH], (PATH, "on PATH")),
        ("packages: {keywordsai: keywordsai@0.9.0}", [PATH, HOME], (PATH, "on PATH")),
        ("packages: {keywordsai: keywordsai@0.9.0}", [HOME, NEWER], (NEWER, IN_HOME)),
        (f"{NODE}packages: {{keywordsai: keywordsai@0.9.0}}", [HOME, NEWER], (HOME, IN_HOME)),
        (
            f"{NODE}packages: {{keywordsai: {{source: keywordsai, version: 0.9.0}}}}",
            [HOME, NEWER],
            (HOME, IN_HOME),
        ),
        ("packages: [1]", [NEWER, CANDIDATE], (NEWER, IN_HOME)),
        ("packages: {keywordsai: {source: [1], version: [2]}}", [HOME, CANDIDATE], (HOME, IN_HOME)),
        ("plugins: {providers: [{name: other, path: x}]}", [PATH, HOME], (PATH, "on PATH")),
        ("plugins: [1]", [PATH], (PATH, "on PATH")),
        ("", [HOME, NEWER], (NEWER, IN_HOME)),
        ("", [NEWER, PARTIAL, MARK], (NEWER, IN_HOME)),
    ],
)
def test_the_engines_order_is_followed(
    made: NewProject,
    tmp_path: Path,
    settings: str,
    executables: list[str],
    expected: tuple[str, str],
) -> None:
    """What Pulumi.yaml names comes first, then PATH, then the newest that is installed."""
    project = made(settings, *executables)
    environ = {"PATH": str(tmp_path / "tools"), "PULUMI_HOME": str(tmp_path / "home")}
    found = find_plugin(project, environ)
    assert isinstance(found, Plugin)
    assert found.file == tmp_path / expected[0]
    assert found.origin.startswith(expected[1])


def test_what_is_on_path_may_be_ignored(made: NewProject, tmp_path: Path) -> None:
    """The engine has a variable for that."""
    project = made("", PATH, HOME)
    environ = {
        "PATH": str(tmp_path / "tools"),
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
    }
    assert find_plugin(project, environ) == Plugin(tmp_path / HOME, IN_HOME, installed=True)


@pytest.mark.parametrize(
    ("settings", "executables", "told"),
    [
        (
            "",
            [],
            (
                "no plugin is installed, none is on PATH, and Pulumi.yaml names none",
                "keywordsai-dynamic plugin install",
            ),
        ),
        (
            f"{NODE}packages: {{keywordsai: keywordsai@0.8.0}}",
            [],
            (
                "`packages` in Pulumi.yaml asks for 0.8.0, which is not installed",
                "`keywordsai-dynamic plugin install` in an environment with keywordsai-dynamic "
                "0.8.0",
            ),
        ),
        (
            f"{NODE}packages: {{keywordsai: keywordsai@0.8.0}}",
            [HOME, NEWER],
            (
                "`packages` in Pulumi.yaml asks for 0.8.0, which is not installed; there is "
                "0.10.0, 0.9.0",
                "`keywordsai-dynamic plugin install` in an environment with keywordsai-dynamic "
                "0.8.0",
            ),
        ),
        (
            SET,
            [PATH],
            (
                "`plugins` in Pulumi.yaml names {p}/.venv/bin, which is not a folder",
                "python3 -m venv {p}/.venv && {p}/.venv/bin/python -m pip install "
                "keywordsai-dynamic; or correct `path` in Pulumi.yaml",
            ),
        ),
        (
            SET,
            ["p/.venv/bin/python", PATH],
            (
                f"`plugins` in Pulumi.yaml names {{p}}/.venv/bin, which has no {FILE}",
                "{p}/.venv/bin/python -m pip install keywordsai-dynamic; or correct `path` in "
                "Pulumi.yaml",
            ),
        ),
    ],
)
def test_a_plugin_that_is_not_there(
    made: NewProject,
    tmp_path: Path,
    settings: str,
    executables: list[str],
    told: tuple[str, str],
) -> None:
    """One line says where it should be, and what to run; PATH does not help a wrong folder."""
    project = made(settings, *executables)
    environ = {
        "PATH": str(tmp_path / "tools") if settings == SET else "",
        "PULUMI_HOME": str(tmp_path / "home"),
    }
    expected = [each.replace("{p}", str(project.folder)) for each in told]
    diagnosis = Diagnosis("plugin", "bad", *expected)
    assert check_plugin(project, environ, cli=True) == [diagnosis]


def test_a_plugin_that_cannot_be_run(made: NewProject, tmp_path: Path) -> None:
    """A file without the permission is told apart from none."""
    project = made(SET, VENV)
    (tmp_path / VENV).chmod(0o644)
    found = find_plugin(project, {})
    assert isinstance(found, Diagnosis)
    assert found.found.endswith(f"/.venv/bin, where {FILE} is not executable")


@pytest.mark.parametrize(
    ("schema", "state", "found"),
    [
        (SCHEMA, "good", f"{HERE}, /v/bin/{FILE}, on PATH"),
        (
            {**SCHEMA, "version": "9.9.9"},
            "note",
            f"9.9.9, /v/bin/{FILE}, on PATH (this command is ",
        ),
        ("boom", "bad", f"/v/bin/{FILE} does not start: boom"),
        ({}, "bad", f"/v/bin/{FILE} is not that of keywordsai-dynamic"),
        ({**SCHEMA, "resources": []}, "bad", f"/v/bin/{FILE} is not that of keywordsai-dynamic"),
    ],
)
def test_what_a_plugin_serves(schema: dict[str, Any] | str, state: str, found: str) -> None:
    """Its version, or why it does not start; another program of this name is told apart."""
    diagnosis = about_plugin(Plugin(Path("/v/bin") / FILE, "on PATH"), schema)
    assert (diagnosis.state, diagnosis.found[: len(found)]) == (state, found)
    assert bool(diagnosis.to_do) == (state == "bad")


def test_a_plugin_that_says_how_to_mend_it() -> None:
    """What it says comes first, wherever it was found; a candidate has two names."""
    plugin = Plugin(Path("/v/bin") / FILE, "on PATH")
    broken = about_plugin(plugin, "keywordsai 7.0.0 cannot start: it is broken. Run `x`.")
    assert (broken.found, broken.to_do) == (f"/v/bin/{FILE} does not start: it is broken", "`x`")
    crashed = about_plugin(plugin, "boom")
    again = "/v/bin/python -m pip install --force-reinstall keywordsai-dynamic"
    assert crashed.to_do == f"install it again: python3 -m venv /v && {again}"


def test_a_candidate_is_one_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """pip calls it otherwise than Pulumi."""
    monkeypatch.setattr("keywordsai_dynamic.doctor.plugin.version_of", lambda _: "0.2.0rc1")
    served = {**SCHEMA, "version": "0.2.0-rc.1"}
    assert about_plugin(Plugin(Path("/v/bin") / FILE, "on PATH"), served).state == "good"


def test_an_installed_plugin_says_itself_what_is_wrong(
    made: NewProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each installed version is started: the one in use has to work, another one is noted."""
    project = made("", HOME, NEWER)
    environ = {"PATH": "", "PULUMI_HOME": str(tmp_path / "home")}
    home, newer = tmp_path / HOME, tmp_path / NEWER
    gone = "keywordsai {} cannot start: /v/bin/python does not exist. Run `x` in an environment."
    served: dict[Path, Any] = {home: gone.format("0.9.0"), newer: gone.format("0.10.0")}
    monkeypatch.setattr(pulumi_cli, "schema", served.__getitem__)
    does_not_exist = "does not start: /v/bin/python does not exist"
    in_use = Diagnosis("plugin", "bad", f"{newer} {does_not_exist}", "`x` in an environment")
    remove = "pulumi plugin rm resource keywordsai 0.9.0"
    other = Diagnosis(
        "plugin",
        "note",
        f"{home} {does_not_exist}",
        f"{remove}; if it is needed: `x` in an environment",
    )
    assert check_plugin(project, environ, cli=True) == [in_use, other]
    served[newer] = {**SCHEMA, "version": "0.10.0"}
    found = f"0.10.0, {newer}, {IN_HOME} (this command is {HERE})"
    in_use = Diagnosis("plugin", "note", found, f"for {HERE}: keywordsai-dynamic plugin install")
    assert check_plugin(project, environ, cli=True) == [in_use, other]
    served[home] = {**SCHEMA, "version": "0.9.0"}
    asked_for = Diagnosis("plugin", "good", f"0.9.0, {home}, if it is asked for")
    assert check_plugin(project, environ, cli=True) == [in_use, asked_for]
    served[newer] = "it does not respond within 30 s"
    found = f"{newer} does not start: it does not respond within 30 s"
    in_use = Diagnosis("plugin", "bad", found, "keywordsai-dynamic plugin install")
    assert check_plugin(project, environ, cli=True) == [in_use, asked_for]


@pytest.mark.parametrize("first", ["Pulumi.yaml", "PATH"])
def test_an_installed_plugin_that_is_not_used(
    made: NewProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """Where Pulumi.yaml or PATH has another one, that one counts; the installed ones are noted."""
    project = made("" if first == "PATH" else SET, VENV, PATH, HOME)
    environ = {"PATH": str(tmp_path / "tools"), "PULUMI_HOME": str(tmp_path / "home")}
    used = tmp_path / (PATH if first == "PATH" else VENV)
    monkeypatch.setattr(pulumi_cli, "schema", {used: SCHEMA}.__getitem__)
    in_use, unused = check_plugin(project, environ, cli=True)
    assert in_use.state == "good"
    found = f"0.9.0, {tmp_path / HOME}, is not used, because {first} comes first"
    to_do = f"to use it: take {used.parent} off PATH, or set PULUMI_IGNORE_AMBIENT_PLUGINS=true"
    assert unused == Diagnosis("plugin", "note", found, to_do if first == "PATH" else "")


DIED = """\
error: Detected that /v/bin/x exited prematurely.
       This is *always* a bug in the provider. Please report the issue to the provider author.
       To assist with debugging we have dumped the STDOUT and STDERR streams of the plugin:Traceback
  File "x.py", line 1
ModuleNotFoundError: No module named 'grpc'


error: unable to run /v/bin/x: could not run plugin: exit status 1
"""


@pytest.mark.parametrize(
    ("ended", "expected"),
    [
        (Ended(0, '{"name": "x"}', ""), {"name": "x"}),
        (Ended(0, "[]", ""), "its schema is not an object"),
        (Ended(1, "", DIED), "ModuleNotFoundError: No module named 'grpc'"),
        (Ended(1, "", "error: no such file\n"), "no such file"),
        (Ended(1, "", ""), "it serves no schema"),
        (Ended(1, "[" * 100_000, ""), "it serves no schema"),
        (Ended(None, "", ""), "it does not respond within 30 s"),
    ],
)
def test_why_a_plugin_does_not_start(
    monkeypatch: pytest.MonkeyPatch, ended: Ended, expected: object
) -> None:
    """The plugin's own last line says more than the CLI's."""
    monkeypatch.setattr(pulumi_cli, "run", lambda *_: ended)
    assert pulumi_cli.schema(Path("/v/bin/x")) == expected


def test_other_languages_need_no_python(made: NewProject, monkeypatch: pytest.MonkeyPatch) -> None:
    """No Python is looked for, and the Python host is not part of what is told of the CLI."""
    about = About((3, 274, 1), (3, 79, 0))
    monkeypatch.setattr(pulumi_cli, "about", lambda: about)
    monkeypatch.setattr(pulumi_cli, "schema", lambda _file: SCHEMA)
    project = made(SET, VENV)
    told = [(each.subject, each.found) for each in check_engine(project, project.folder)]
    file = project.folder / ".venv" / "bin" / FILE
    assert told == [("pulumi", "CLI 3.274.1"), ("plugin", f"{HERE}, {file}, from Pulumi.yaml")]


@pytest.mark.parametrize("settings", [SET, "packages: {keywordsai: keywordsai@0.1.0}"])
def test_a_python_project_may_use_the_plugin_too(
    made: NewProject, monkeypatch: pytest.MonkeyPatch, settings: str
) -> None:
    """Where its Pulumi.yaml names one, the plugin and the Pythons are checked."""
    monkeypatch.setattr(pulumi_cli, "about", lambda: None)
    pythons = Diagnosis("python", "good", "checked")
    monkeypatch.setattr("keywordsai_dynamic.doctor.engine.check_pythons", lambda *_: [pythons])
    project = made(settings, VENV, runtime="python")
    subjects = [each.subject for each in check_engine(project, project.folder)]
    assert subjects == ["pulumi", "plugin", "python"]


def test_the_configuration_of_other_languages(made: NewProject) -> None:
    """Keys are checked as ever; models that nothing reads are noted, the program's own are not."""
    project = made("config: {inputCost: {type: number, default: 2.50}}\nresources: {m: {a: 010}}")
    stack = project.folder / "Pulumi.dev.yaml"
    stack.write_text("config: {models: {m: {}}, keywordsai:apiKye: x}\n")
    (project.folder / "Pulumi.prod.yaml").write_text("config: {keywordsai:models: {m: {}}}\n")
    project = project_around(project.folder) or project
    found = [(each.state, each.found) for each in check_configuration(project)]
    assert found == [
        ("bad", "Pulumi.dev.yaml: keywordsai:apiKye: nothing reads this key"),
        ("note", "Pulumi.prod.yaml: keywordsai:models: only catalogs of Python programs read it"),
    ]


@pytest.mark.parametrize("odd", ["a\\0b", "\\ud800"])
def test_a_folder_that_no_file_system_has(made: NewProject, odd: str) -> None:
    """A NUL in the plugin's path, or half of a character, is one line with the setting."""
    with pytest.raises(DeclarationError, match=r"^Pulumi\.yaml: `path` is not a valid"):
        made(f'plugins: {{providers: [{{name: keywordsai, path: "{odd}"}}]}}')
