"""What doctor says of what it found, without looking: Pythons, CLIs and answers of every kind."""

from pathlib import Path
from typing import Any

import pytest

from keywordsai_dynamic.doctor.engine import Python, about_cli, about_python, pythons_run
from keywordsai_dynamic.doctor.finding import Finding
from keywordsai_dynamic.doctor.project import Project, project_around
from keywordsai_dynamic.doctor.service import about_models, bad_answer
from keywordsai_dynamic.errors import APIStatusError, KeywordsAIError
from keywordsai_dynamic.pulumi_cli import About, numbers
from keywordsai_dynamic.settings import Settings

SETTINGS = Settings("sesame", "KEYWORDSAI_API_KEY", "https://api.keywordsai.co")
ENVIRON = {"PATH": "/nowhere"}


def project(tmp_path: Path, **runtime: Any) -> Project:  # noqa: ANN401  (as YAML has it)
    return Project(tmp_path, {"name": "p", **runtime})


def python_options(**options: str) -> dict[str, Any]:
    return {"runtime": {"name": "python", "options": options}}


@pytest.mark.parametrize(
    ("settings", "asked", "expected"),
    [
        # There is no python3 on this PATH.
        (
            {"runtime": "python"},
            "/usr/bin/python3",
            {"program": "/usr/bin/python3", "provider": "python3"},
        ),
        (
            python_options(virtualenv="venv"),
            "{p}/venv/bin/python3",
            {"both": "{p}/venv/bin/python"},
        ),
        (python_options(toolchain="uv"), "{p}/.venv/bin/python", {"both": "{p}/.venv/bin/python"}),
        (python_options(toolchain="poetry"), "/poetry/bin/python", {"both": "/poetry/bin/python"}),
        (
            python_options(virtualenv="venv"),
            "/usr/bin/python3",
            {"program": "/usr/bin/python3", "provider": "{p}/venv/bin/python"},
        ),
        (
            {"main": "infra", **python_options(virtualenv="venv")},
            "{p}/venv/bin/python",
            {"program": "{p}/venv/bin/python", "provider": "{p}/infra/venv/bin/python"},
        ),
    ],
)
def test_which_python_the_engine_runs(
    tmp_path: Path, settings: dict[str, Any], asked: str, expected: dict[str, str]
) -> None:
    """The program's is the CLI's word; the provider's launcher has rules of its own."""
    (tmp_path / "infra").mkdir()
    about = About((3, 259, 0), (3, 259, 0), asked.format(p=tmp_path))
    found = pythons_run(project(tmp_path, **settings), about, ENVIRON)
    names = {"both": "python", "program": "program's python", "provider": "provider's python"}
    wanted = {names[who]: path.format(p=tmp_path) for who, path in expected.items()}
    assert found == wanted


def test_without_a_project_the_python_on_path_is_meant() -> None:
    """PULUMI_PYTHON_CMD goes before python3."""
    assert pythons_run(None, None, ENVIRON) == {"python": "python3"}
    environ = {**ENVIRON, "PULUMI_PYTHON_CMD": "/opt/python"}
    assert pythons_run(None, None, environ) == {"python": "/opt/python"}


@pytest.mark.parametrize(
    ("python", "state", "found", "to_do"),
    [
        (
            Python((3, 10, 2), None, None),
            "bad",
            "/v/bin/python is 3.10.2; this package needs 3.11",
            "make the environment anew with a newer Python",
        ),
        (
            Python((3, 12, 1), None, "3.272.0"),
            "bad",
            "3.12.1, /v/bin/python: keywordsai-dynamic is not installed in it",
            "/v/bin/python -m pip install keywordsai-dynamic",
        ),
        (
            Python((3, 12, 1), "0.1.0", "3.259.9"),
            "bad",
            "3.12.1, /v/bin/python: Pulumi's SDK is 3.259.9",
            "/v/bin/python -m pip install 'pulumi>=3.260'",
        ),
        (
            Python((3, 12, 1), "0.1.0", None),
            "bad",
            "3.12.1, /v/bin/python: Pulumi's SDK is not there",
            "/v/bin/python -m pip install 'pulumi>=3.260'",
        ),
        (
            "does not run",
            "bad",
            "/v/bin/python does not run",
            "python3 -m venv /v && /v/bin/python -m pip install keywordsai-dynamic; or correct "
            "`virtualenv` in Pulumi.yaml, which the engine looks for from the program's folder",
        ),
        (Python((3, 12, 1), "0.1.0", "3.260.0"), "good", "3.12.1, /v/bin/python", ""),
    ],
)
def test_what_a_python_needs(python: Python | str, state: Any, found: str, to_do: str) -> None:  # noqa: ANN401
    """Too old, without the package, with an old SDK: each has its own way out."""
    first = about_python("python", "/v/bin/python", python)[0]
    assert first == Finding("python", state, found, to_do)


def test_another_version_of_the_package_is_noted() -> None:
    """The engine's package may be another than the command's; that is worth knowing."""
    findings = about_python("python", "/v/bin/python", Python((3, 12, 1), "9.9", "3.260.0"))
    assert findings[1].state == "note"
    assert findings[1].found.startswith(
        "keywordsai-dynamic 9.9, pulumi 3.260.0 (this command is of "
    )


@pytest.mark.parametrize(
    ("version", "state"), [((3, 253, 9), "bad"), ((3, 254, 0), "good"), ((4, 0, 0), "good")]
)
def test_how_old_a_cli_may_be(version: tuple[int, ...], state: str) -> None:
    """3.254 is the first that can import what this package writes."""
    assert [each.state for each in about_cli(About(version))] == [state]


@pytest.mark.parametrize(
    ("text", "version"),
    [("v3.259.0", (3, 259, 0)), ("3.260.0-dev.1+abc\n", (3, 260, 0)), ("", None), ("x", None)],
)
def test_versions_are_read(text: str, version: tuple[int, ...] | None) -> None:
    """With a v, without one, of a build in between, or none at all."""
    assert numbers(text) == version


@pytest.mark.parametrize(
    ("status", "found", "to_do"),
    [
        (
            401,
            "api.keywordsai.co does not accept the key from KEYWORDSAI_API_KEY: words",
            "make a ",
        ),
        (404, "api.keywordsai.co answers, and not as Keywords AI: told", "set KEYWORDSAI_BASE_URL"),
        (302, "api.keywordsai.co answers, and not as Keywords AI: told", "set KEYWORDSAI_BASE_URL"),
        (429, "the organization's request limit is reached", "wait a minute"),
        (503, "api.keywordsai.co is in trouble: told", "try again later"),
    ],
)
def test_answers_are_told_apart(status: int, found: str, to_do: str) -> None:
    """A wrong key, a wrong host, a limit and a service in trouble are four different things."""
    finding = bad_answer(SETTINGS, APIStatusError("told", status_code=status, detail="words"))
    assert (finding.state, finding.found) == ("bad", found)
    assert finding.to_do.startswith(to_do)


def test_an_answer_without_a_list_is_a_wrong_host() -> None:
    """JSON that is no list of models comes from somebody else."""
    finding = bad_answer(SETTINGS, KeywordsAIError("no list"))
    assert finding.found == "api.keywordsai.co answers, and not as Keywords AI: no list"


def test_providers_in_use() -> None:
    """Custom providers are those of own models that are no vendor's."""
    own = {"affiliation_category": "custom"}
    models: dict[str, dict[str, Any]] = {
        "openai/gpt-4o": {"affiliation_category": "respan", "provider": {"provider_id": "openai"}},
        "a": {**own, "provider": {"provider_id": "openai"}},
        "b": {**own, "provider": {"provider_id": "vllm", "extra_kwargs": {"api_key": "secret"}}},
        "c": {**own, "provider": {"provider_id": 17}},
        "d": {**own, "provider": None},
    }
    assert [each.found for each in about_models(models)] == [
        "answers, and the key works",
        "4 own, 1 built-in",
        "custom ones in use: 17, vllm",
    ]


def test_a_project_is_found_from_below(tmp_path: Path) -> None:
    """The settings above the folder count, and every stack's configuration as it is written."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: {name: python}\nmain: infra/\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  keywordsai:apiKey: {secure: x}\n")
    (tmp_path / "Pulumi.empty.yaml").write_text("")
    below = tmp_path / "infra" / "deep"
    below.mkdir(parents=True)
    found = project_around(below)
    assert found is not None
    assert (found.folder, found.program, found.language) == (tmp_path, tmp_path / "infra", "python")
    assert found.stacks == {"dev": {"keywordsai:apiKey": {"secure": "x"}}, "empty": {}}
