"""What the doctor reports, given Pythons, CLIs and responses of every kind."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from set_ups import SET_UPS, UV, Made, SetUp, settings, write

from keywordsai_dynamic.api.listed_providers import ProviderListing
from keywordsai_dynamic.core.errors import APIStatusError, DeclarationError, KeywordsAIError
from keywordsai_dynamic.core.settings import Settings
from keywordsai_dynamic.doctor import environments, examine
from keywordsai_dynamic.doctor import python as python_module
from keywordsai_dynamic.doctor.configuration import check_configuration
from keywordsai_dynamic.doctor.diagnosis import Diagnosis
from keywordsai_dynamic.doctor.engine import (
    about_cli,
    about_python,
    about_surroundings,
    about_two,
    check_engine,
)
from keywordsai_dynamic.doctor.environments import (
    PythonCommand,
    PythonCommands,
    python_commands,
    shared_settings,
)
from keywordsai_dynamic.doctor.project import project_around
from keywordsai_dynamic.doctor.python import Python, ask, one_environment, problem_with, remedy
from keywordsai_dynamic.doctor.service import (
    about_host,
    about_keys,
    about_models,
    about_providers,
    bad_response,
)
from keywordsai_dynamic.terminal import pulumi_cli
from keywordsai_dynamic.terminal.processes import Ended
from keywordsai_dynamic.terminal.pulumi_cli import About, numbers

SETTINGS = Settings("sesame", "KEYWORDSAI_API_KEY", "https://api.keywordsai.co")
PYTHON = Python((3, 12, 1), "/v/bin/python", "/v", "0.1.0", "3.271.0")
ON_PATH = PythonCommand("/usr/bin/python3")
OWN = PythonCommand("/v/bin/python", Path("/v"))
HOSTS = {"modern": (3, 274, 1), "unknown": None}


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a PATH with python3, uv, and a poetry that prints its environment."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in ("python3", "uv", "poetry"):
        (folder / name).touch(0o755)
    said = Ended(0, f"{tmp_path}/poetry\n", "")
    monkeypatch.setattr(environments, "run", lambda *_: said)
    return folder


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("name", SET_UPS)
def test_which_pythons_are_taken(tmp_path: Path, tools: Path, name: str, host: str) -> None:
    """The program's is what the language host finds, the provider's what its launcher finds."""
    wanted = SET_UPS[name]
    made = Made(wanted, tmp_path)
    environ = {"PATH": str(tools), **made.variables}
    program, provider = (
        PythonCommand(f"{place}/bin/python", place)
        if place
        else PythonCommand(str(tools / "python3"))
        for place in (made.place(wanted.program), made.place(wanted.provider))
    )
    assert python_commands(made.project, HOSTS[host], environ) == PythonCommands(program, provider)
    if made.way_out:
        assert program.environment is not None
        assert shared_settings(made.project, program.environment, environ) == made.way_out


def test_an_old_host_takes_what_is_on_path(tmp_path: Path, tools: Path) -> None:
    """Host 3.79 ignores options and needs neither uv nor poetry; the launcher reads options."""
    made = Made(SET_UPS["uv, with a venv"], tmp_path)
    (tools / "uv").unlink()
    own = made.root / "own"
    assert python_commands(made.project, (3, 79, 0), {"PATH": str(tools)}) == PythonCommands(
        PythonCommand(str(tools / "python3")), PythonCommand(f"{own}/bin/python", own)
    )


def test_without_a_project_the_python_on_path_is_meant(tools: Path) -> None:
    """PULUMI_PYTHON_CMD overrides python3; without either, the result is the bare name."""
    assert python_commands(None, None, {"PATH": "/nowhere"}) == PythonCommands(
        PythonCommand("python3"), PythonCommand("python3")
    )
    environ = {"PATH": str(tools), "PULUMI_PYTHON_CMD": "uv"}
    named = PythonCommand(str(tools / "uv"))
    assert python_commands(None, None, environ) == PythonCommands(named, named)


def test_a_host_takes_python_where_there_is_no_python3(tmp_path: Path, tools: Path) -> None:
    """The launcher does not."""
    project = Made(SET_UPS["no options"], tmp_path).project
    (tools / "python3").rename(tools / "python")
    found = python_commands(project, None, {"PATH": str(tools)})
    assert found == PythonCommands(PythonCommand(str(tools / "python")), PythonCommand("python3"))


@pytest.mark.parametrize(
    ("name", "missing", "expected"),
    [
        (
            "uv",
            "uv",
            ("the project's toolchain is uv, but there is no uv on PATH", "install uv"),
        ),
        (
            "poetry, unsaid",
            "poetry",
            ("the project's toolchain is poetry, but there is no poetry on PATH", "install poetry"),
        ),
        (
            "conda",
            "",
            (
                "`toolchain: conda` in Pulumi.yaml is not a toolchain that Pulumi knows",
                "use pip, uv or poetry",
            ),
        ),
    ],
)
def test_what_there_has_to_be_first(
    tmp_path: Path, tools: Path, name: str, missing: str, expected: tuple[str, str]
) -> None:
    """A toolchain that is missing, or unknown to Pulumi, is one line."""
    if missing:
        (tools / missing).unlink()
    unknown = SetUp(settings(toolchain="conda"), [], "", "")
    project = Made(SET_UPS.get(name, unknown), tmp_path).project
    assert python_commands(project, None, {"PATH": str(tools)}) == Diagnosis(
        "python", "bad", *expected
    )


def test_poetry_without_an_environment(
    tmp_path: Path, tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Poetry reports it, and is not made to create one."""
    monkeypatch.setattr(environments, "run", lambda *_: Ended(1, "", "no environment"))
    project = Made(SET_UPS["poetry"], tmp_path).project
    expected = Diagnosis("python", "bad", "poetry has no environment here", "run `poetry install`")
    assert python_commands(project, None, {"PATH": str(tools)}) == expected


IS_NOT_THERE = "does not exist"
BY_PIP = (
    "python3 -m venv /v && /v/bin/python -m pip install keywordsai-dynamic; or correct "
    "`virtualenv` in Pulumi.yaml"
)
NEWER = "put Python 3.11 or newer first on PATH, or set PULUMI_PYTHON_CMD to it"


@pytest.mark.parametrize(
    ("selected", "python", "found", "to_do"),
    [
        (OWN, IS_NOT_THERE, "/v/bin/python does not exist", BY_PIP),
        (ON_PATH, IS_NOT_THERE, "/usr/bin/python3 does not exist", NEWER),
        (
            OWN,
            replace(PYTHON, version=(3, 9, 2), package=None),
            "/v/bin/python is 3.9.2; this package needs 3.11",
            "recreate the environment with a newer Python",
        ),
        (
            ON_PATH,
            replace(PYTHON, version=(3, 9, 2), executable="/usr/bin/python3"),
            "/usr/bin/python3 is 3.9.2; this package needs 3.11",
            NEWER,
        ),
        (
            OWN,
            replace(PYTHON, package=None),
            "3.12.1, /v/bin/python: keywordsai-dynamic is not installed in it",
            "/v/bin/python -m pip install keywordsai-dynamic",
        ),
        (
            OWN,
            replace(PYTHON, sdk="3.270.9"),
            "3.12.1, /v/bin/python: Pulumi's SDK is 3.270.9",
            "/v/bin/python -m pip install 'pulumi>=3.271'",
        ),
        (
            OWN,
            replace(PYTHON, sdk=None),
            "3.12.1, /v/bin/python: Pulumi's SDK is missing",
            "/v/bin/python -m pip install 'pulumi>=3.271'",
        ),
        (OWN, PYTHON, "", ""),
    ],
)
def test_what_a_python_needs(
    selected: PythonCommand, python: Python | str, found: str, to_do: str
) -> None:
    """Missing, too old, without the package, with an old SDK: each has its fix."""
    assert problem_with(selected, python) == found
    if found:
        assert remedy(None, selected, python) == to_do


@pytest.mark.parametrize(
    ("name", "sync", "add"),
    [
        ("uv", "uv sync", "uv add keywordsai-dynamic"),
        ("poetry", "poetry install", "poetry add keywordsai-dynamic"),
    ],
)
def test_each_toolchain_installs_in_its_own_way(
    tmp_path: Path, name: str, sync: str, add: str
) -> None:
    """uv's environments have no pip; a broken one is recreated."""
    project = Made(SET_UPS[name], tmp_path).project
    assert remedy(project, OWN, IS_NOT_THERE) == sync
    assert remedy(project, OWN, replace(PYTHON, package=None)) == add
    own = tmp_path / "my own"
    own.mkdir()
    (own / "pyvenv.cfg").touch()
    broken = PythonCommand(f"{own}/bin/python", own)
    assert remedy(project, broken, "does not run") == f"rm -r '{own}' && {sync}"


IN_SETTINGS = "correct `virtualenv` in Pulumi.yaml"
IN_THE_SHELL = "set UV_PROJECT_ENVIRONMENT to another folder"


@pytest.mark.parametrize("python", ["does not run", replace(PYTHON, version=(3, 9, 2))])
@pytest.mark.parametrize("is_venv", [True, False])
@pytest.mark.parametrize(
    ("options", "variable", "to_do"),
    [
        ({"virtualenv": "."}, "", IN_SETTINGS),
        ({"virtualenv": "./"}, "", IN_SETTINGS),
        ({"virtualenv": ".."}, "", IN_SETTINGS),
        ({"virtualenv": "app"}, "", IN_SETTINGS),
        ({"virtualenv": "link"}, "", IN_SETTINGS),
        ({"virtualenv": "/"}, "", IN_SETTINGS),
        ({"toolchain": "uv"}, "{tmp}", IN_THE_SHELL),
        ({"toolchain": "uv"}, ".", IN_THE_SHELL),
    ],
)
def test_nobody_is_told_to_delete_the_project(
    tmp_path: Path,
    tools: Path,
    *,
    options: dict[str, str],
    variable: str,
    to_do: str,
    is_venv: bool,
    python: Python | str,
) -> None:
    """A setting that selects the project, the program or a parent is wrong, venv or not."""
    variables = {"UV_PROJECT_ENVIRONMENT": variable} if variable else {}
    made = Made(SetUp(settings("app", **options), UV, "", "", "", variables), tmp_path)
    (made.root / "link").symlink_to(tmp_path)
    both = python_commands(made.project, None, {"PATH": str(tools), **made.variables})
    assert isinstance(both, PythonCommands)
    folder = both.program.environment if variable else made.root / options["virtualenv"]
    assert folder is not None
    folder = Path(os.path.normpath(folder))
    if is_venv and folder != Path("/"):
        (folder / "pyvenv.cfg").touch()
    told = remedy(made.project, PythonCommand(f"{folder}/bin/python", folder), python)
    assert told == f"{folder} is not only an environment; {to_do}"


@pytest.mark.parametrize("kind", ["a folder", "a file", "a link to nothing"])
def test_only_an_environment_is_made_anew(tmp_path: Path, kind: str) -> None:
    """A folder without pyvenv.cfg, like /usr and /etc, is left alone."""
    project = Made(SET_UPS["a venv"], tmp_path).project
    other = tmp_path / "other"
    if kind == "a folder":
        (other / "bin").mkdir(parents=True)
    elif kind == "a file":
        other.touch()
    else:
        other.symlink_to("/nowhere")
    told = remedy(project, PythonCommand(f"{other}/bin/python", other), "does not run")
    assert told == f"{other} is not only an environment; {IN_SETTINGS}"


def test_poetry_without_environments_of_its_own(tmp_path: Path) -> None:
    """Poetry may be set to install into the system's Python, which must not be deleted."""
    project = Made(SET_UPS["poetry"], tmp_path).project
    told = remedy(project, PythonCommand("/usr/bin/python", Path("/usr")), "does not run")
    to_do = "let poetry create an environment (`virtualenvs.create`)"
    assert told == f"/usr is not only an environment; {to_do}"


def test_uv_makes_environments_without_pip(tmp_path: Path) -> None:
    """There its own command installs, as long as nobody has installed pip."""
    (tmp_path / "pyvenv.cfg").write_text("home = /usr/bin\nuv = 0.9.1\n")
    python = f"{tmp_path}/bin/python"
    selected = PythonCommand(python, tmp_path)
    lacking = replace(PYTHON, executable=python, prefix=str(tmp_path), package=None)
    told = f"uv pip install --python {python} keywordsai-dynamic"
    assert remedy(None, selected, lacking) == told
    (tmp_path / "lib" / "python3.12" / "site-packages" / "pip").mkdir(parents=True)
    assert remedy(None, selected, lacking) == f"{python} -m pip install keywordsai-dynamic"


def test_advice_can_be_pasted_into_a_shell(tmp_path: Path, tools: Path) -> None:
    """Paths and names of stacks are quoted for the shell."""
    odd = Path("/v; ls $HOME")
    selected = PythonCommand(f"{odd}/bin/python", odd)
    install = f"'{odd}/bin/python' -m pip install keywordsai-dynamic"
    made_anew = f"python3 -m venv '{odd}' && {install}; or {IN_SETTINGS}"
    assert remedy(None, selected, IS_NOT_THERE) == made_anew
    lacking = replace(PYTHON, executable=selected.command, package=None)
    assert remedy(None, selected, lacking) == install

    made = Made(SET_UPS["a venv, and a program below"], tmp_path / "a b")
    assert shared_settings(made.project, made.root / ".venv", {"PATH": str(tools)}) == (
        f"ln -s ../.venv '{made.root}/app/.venv'"
    )
    wrong = {"keywordsai:apiKey": "plain", "keywordsai:baseUrl": "x"}
    told = [
        *about_keys(None, {}, {"a b": wrong}),
        *about_keys(None, {}, {"a b": {"keywordsai:apiKey": {"secure": "x"}}}),
        *about_host(SETTINGS, {"a b": wrong}),
    ]
    options = [each.to_do.partition("--stack ")[2][:5] for each in told if "--stack" in each.to_do]
    assert options == ["'a b'"] * 3


def test_the_way_out_of_two_is_the_one_that_has_everything(tmp_path: Path, tools: Path) -> None:
    """If the other Python can be shared, it is the fix; otherwise the broken one is repaired."""
    project = Made(SET_UPS["uv above"], tmp_path).project
    environ = {"PATH": str(tools)}
    both = python_commands(project, None, environ)
    assert isinstance(both, PythonCommands)

    def to_dos(*pythons: Python | str) -> list[tuple[str, str]]:
        found = about_two(project, None, both, (pythons[0], pythons[1]), environ)
        return [(each.subject, each.to_do) for each in found if each.subject != "packages"]

    lacking = replace(PYTHON, package=None)
    above = write("`virtualenv: ../.venv`")
    beside = write("`virtualenv: .venv`")
    assert to_dos(PYTHON, IS_NOT_THERE) == [
        ("python", ""),
        ("program's python", ""),
        ("provider's python", above),
    ]
    assert to_dos(IS_NOT_THERE, PYTHON) == [
        ("python", ""),
        ("program's python", beside),
        ("provider's python", ""),
    ]
    assert to_dos(PYTHON, PYTHON) == [
        ("python", above),
        ("program's python", ""),
        ("provider's python", ""),
    ]
    assert to_dos(lacking, lacking) == [
        ("python", above),
        ("program's python", "uv add keywordsai-dynamic"),
        ("provider's python", "uv add keywordsai-dynamic"),
    ]


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (PYTHON, True),
        (replace(PYTHON, executable="/w/shim", version=(3, 12, 9)), True),
        (replace(PYTHON, prefix="{here}/link"), True),
        (replace(PYTHON, prefix="/w"), False),
        (replace(PYTHON, version=(3, 11, 1)), False),
        (IS_NOT_THERE, False),
    ],
)
def test_pythons_are_one_where_they_import_the_same(
    tmp_path: Path, other: Python | str, same: bool
) -> None:
    """What counts is the folder they belong to, not the command."""
    (tmp_path / "link").symlink_to("/v")
    if isinstance(other, Python):
        other = replace(other, prefix=other.prefix.format(here=tmp_path))
    assert one_environment(PYTHON, other) is same


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, []),
        ({"VIRTUAL_ENV": "/v"}, []),
        ({"VIRTUAL_ENV": "/w"}, ["VIRTUAL_ENV is /w, but Pulumi runs /v/bin/python"]),
        ({"PYTHONPATH": ""}, []),
        ({"PYTHONPATH": "/elsewhere:"}, []),
        (
            {"PYTHONPATH": "/x:/src/"},
            ["PYTHONPATH puts /src/pulumi ahead of the installed packages"],
        ),
    ],
)
def test_variables_that_mean_another_python(variables: dict[str, str], expected: list[str]) -> None:
    """An active environment that is not used, and a PYTHONPATH that hides installed packages."""
    files = ("/src/pulumi/__init__.py", "/v/lib/keywordsai_dynamic/__init__.py")
    found = about_surroundings(replace(PYTHON, files=files), variables)
    assert found == [Diagnosis("python", "note", told) for told in expected]


def test_another_version_of_the_package_is_noted() -> None:
    """The engine may use another version of the package than the command."""
    findings = about_python("python", OWN, replace(PYTHON, package="9.9"), "")
    assert findings[1].state == "note"
    assert findings[1].found.startswith("keywordsai-dynamic 9.9, pulumi 3.271.0 (this command is ")


@pytest.mark.parametrize(
    ("version", "state"), [((3, 253, 9), "bad"), ((3, 254, 0), "good"), ((4, 0, 0), "good")]
)
def test_how_old_a_cli_may_be(version: tuple[int, ...], state: str) -> None:
    """3.254 is the first that can import what this package writes."""
    assert [each.state for each in about_cli(About(version))] == [state]


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v3.259.0", (3, 259, 0)),
        ("3.260.0-dev.1+abc\n", (3, 260, 0)),
        ("", None),
        ("x", None),
        (f"{'1' * 5000}.0.0", None),
    ],
)
def test_versions_are_read(text: str, version: tuple[int, ...] | None) -> None:
    """With a v, without one, of a development build, or no version at all."""
    assert numbers(text) == version


@pytest.mark.parametrize(
    ("status", "found", "to_do"),
    [
        (
            401,
            "api.keywordsai.co does not accept the key from KEYWORDSAI_API_KEY: words",
            "create a ",
        ),
        (
            404,
            "api.keywordsai.co responds, but not as Keywords AI: told",
            "set KEYWORDSAI_BASE_URL",
        ),
        (
            302,
            "api.keywordsai.co responds, but not as Keywords AI: told",
            "set KEYWORDSAI_BASE_URL",
        ),
        (429, "the organization's request limit is reached", "wait a minute"),
        (503, "api.keywordsai.co is failing: told", "try again later"),
    ],
)
def test_answers_are_told_apart(status: int, found: str, to_do: str) -> None:
    """A wrong key, a wrong host, a limit and a failing service are distinguished."""
    finding = bad_response(SETTINGS, APIStatusError("told", status_code=status, detail="words"))
    assert (finding.state, finding.found) == ("bad", found)
    assert finding.to_do.startswith(to_do)


def test_an_answer_without_a_list_is_a_wrong_host() -> None:
    """JSON that is not a list of models comes from another service."""
    finding = bad_response(SETTINGS, KeywordsAIError("no list"))
    assert finding.found == "api.keywordsai.co responds, but not as Keywords AI: no list"


def test_providers_in_use() -> None:
    """Custom providers are those of custom models that are not vendors."""
    own = {"affiliation_category": "custom"}
    models: dict[str, dict[str, Any]] = {
        "openai/gpt-4o": {"affiliation_category": "respan", "provider": {"provider_id": "openai"}},
        "a": {**own, "provider": {"provider_id": "openai"}},
        "b": {**own, "provider": {"provider_id": "vllm", "extra_kwargs": {"api_key": "secret"}}},
        "c": {**own, "provider": {"provider_id": 17}},
        "d": {**own, "provider": None},
    }
    listing = ProviderListing({}, agrees=True)
    found = about_models(models) + about_providers(models, lambda: listing)
    assert [each.found for each in found] == [
        "responds, and the key works",
        "4 custom, 1 built-in",
        "0 custom, in use: 17, vllm",
    ]


def test_a_service_may_show_no_providers() -> None:
    """Where no custom model shows its provider, nobody is told that none is in use."""
    models = {"a": {"affiliation_category": "custom", "provider": None}}
    (found,) = about_providers(models, lambda: ProviderListing({}, agrees=True))
    assert found == Diagnosis("providers", "good", "0 custom, in use: not shown")


def test_a_project_is_found_from_below(tmp_path: Path) -> None:
    """It has the settings from the folder above, and every stack's configuration, undecrypted."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: {name: python}\nmain: infra/\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  keywordsai:apiKey: {secure: x}\n")
    (tmp_path / "Pulumi.empty.yaml").write_text("")
    below = tmp_path / "infra" / "deep"
    below.mkdir(parents=True)
    found = project_around(below)
    assert found is not None
    assert (found.folder, found.program, found.language) == (tmp_path, tmp_path / "infra", "python")
    assert found.stacks == {"dev": {"keywordsai:apiKey": {"secure": "x"}}, "empty": {}}


def test_a_project_may_be_written_in_a_yml(tmp_path: Path) -> None:
    """Pulumi also reads Pulumi.yml, and then the stacks' files have that suffix."""
    (tmp_path / "Pulumi.yml").write_text("name: p\nruntime: {name: python}\n")
    (tmp_path / "Pulumi.dev.yml").write_text("config: {a: x}\n")
    (tmp_path / "Pulumi.other.yaml").write_text("config: {a: 2}\n")
    found = project_around(tmp_path)
    assert found is not None
    assert (found.folder, found.language, found.stacks) == (tmp_path, "python", {"dev": {"a": "x"}})


@pytest.mark.parametrize("odd", ["a\\0b", "\\ud800"])
@pytest.mark.parametrize("name", ["virtualenv", "main", "stackConfigDir", "config"])
def test_a_path_that_no_file_can_have(tmp_path: Path, name: str, odd: str) -> None:
    """A NUL in a path, or half of a character, is one line with the setting."""
    options = f'runtime: {{name: python, options: {{virtualenv: "{odd}"}}}}'
    other = f'runtime: python\n{name}: "{odd}"'
    text = options if name == "virtualenv" else other
    (tmp_path / "Pulumi.yaml").write_text(f"name: p\n{text}\n")
    line = f"Pulumi.yaml: `{name}` is not a valid file name"
    with pytest.raises(DeclarationError) as refused:
        project_around(tmp_path)
    assert str(refused.value) == line


@pytest.mark.parametrize(
    ("file", "subject"), [("Pulumi.yaml", "project"), ("Pulumi.dev.yaml", "config")]
)
def test_settings_that_are_nested_too_deeply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, subject: str
) -> None:
    """They are one diagnosis, and the rest is checked; for a stack's file, the project too."""
    monkeypatch.setattr("keywordsai_dynamic.doctor.check_service", lambda _stacks: [])
    monkeypatch.setattr("keywordsai_dynamic.doctor.check_engine", lambda *_: [])
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (tmp_path / file).write_text("[" * 3000)
    told = f"{file}: is nested too deeply; no field is nested this deeply"
    assert examine(tmp_path) == [Diagnosis(subject, "bad", told, "correct the file")]


def test_a_project_that_cannot_be_read_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report does not claim that there is no project."""
    monkeypatch.setattr(pulumi_cli, "about", lambda: None)
    monkeypatch.setattr("keywordsai_dynamic.doctor.engine.check_pythons", lambda *_: [])
    none = Diagnosis("project", "note", "no Pulumi.yaml here or above")
    assert none in check_engine(None, tmp_path)
    (tmp_path / "Pulumi.yaml").write_text("[")
    assert none not in check_engine(None, tmp_path)


DEEP = "[" * 100_000 + "]" * 100_000
ANSWER = {"version": [3, 12, 1], "executable": "/v/bin/python", "prefix": "/v", "files": []}


@pytest.mark.parametrize(
    "answer",
    [
        DEEP,
        *(
            json.dumps({**ANSWER, **odd})
            for odd in (
                {"version": ["3", "12"]},
                {"prefix": "a\0b"},
                {"prefix": 7},
                {"files": ["\ud800"]},
                {"package": 7},
                {"sdk": ["3"]},
            )
        ),
    ],
)
def test_an_answer_that_is_none_of_a_python(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: str
) -> None:
    """The output of another program called python3 is not taken for a report."""
    monkeypatch.setattr(python_module, "run", lambda *_: Ended(0, answer, ""))
    assert ask(ON_PATH, tmp_path, {}) == "does not run"


def test_a_cli_that_answers_too_deeply(monkeypatch: pytest.MonkeyPatch) -> None:
    """It reports nothing that can be read."""
    monkeypatch.setattr(pulumi_cli, "run", lambda *_: Ended(0, DEEP, ""))
    assert pulumi_cli.about() is None


def test_a_command_that_no_file_can_be_called(tmp_path: Path) -> None:
    """A Python with a NUL in its name does not run, and nothing fails."""
    assert ask(PythonCommand("a\0b"), tmp_path, {}) == "does not run: embedded null byte"


def test_what_is_wrong_with_the_configuration(tmp_path: Path) -> None:
    """Keys that nothing reads, models in another place, and models that replace others."""
    (tmp_path / "Pulumi.yaml").write_text(
        "name: shop\nruntime: python\nconfig: {keywordsai:region: eu}\n"
    )
    for stack, config in {
        "dev": "{keywordsai:modles: {}, shop:models: {m: {}}}",
        "fine": "{keywordsai:models: {}, models: {}, keywordsai:apiKey: {secure: x}}",
        "other": "{models: {m: {}}}",
        "text": "{keywordsai:models: '{'}",
    }.items():
        (tmp_path / f"Pulumi.{stack}.yaml").write_text(f"config: {config}\n")
    project = project_around(tmp_path)
    assert project is not None
    found = check_configuration(project)
    assert [(each.subject, each.state, each.found.partition(";")[0]) for each in found] == [
        ("config", "bad", "Pulumi.dev.yaml: keywordsai:modles: nothing reads this key"),
        ("config", "note", "Pulumi.yaml: keywordsai:region: nothing reads this key"),
        ("config", "note", "Pulumi.dev.yaml: shop:models belongs to the program"),
        ("config", "note", "Pulumi.other.yaml: models belongs to the program"),
        ("config", "bad", found[4].found),
    ]
    assert found[4].found.startswith("Pulumi.text.yaml: keywordsai:models, line 1: Expecting")
    assert found[0].to_do == (
        "rename it to keywordsai:models, or run `pulumi config rm keywordsai:modles --stack dev`"
    )
    (tmp_path / "Pulumi.yaml").write_text(
        "name: shop\nruntime: python\nconfig: {keywordsai:models: {value: {}}}\n"
    )
    (replaced, *_) = [each for each in check_configuration(project) if "fine" in each.found]
    told = "Pulumi.fine.yaml: keywordsai:models replaces the one in Pulumi.yaml entirely"
    assert replaced == Diagnosis("config", "note", told)
