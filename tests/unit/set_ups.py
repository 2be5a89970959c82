"""Projects in which the program and the provider find their Pythons in every possible way."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from keywordsai_dynamic.doctor.project import Project, project_around


@dataclass(frozen=True)
class SetUp:
    """A project: what stands in it, where program and provider look, how both come to look alike.

    Places are from the folder of Pulumi.yaml; PATH is none. `{root}` is that folder, `{tmp}` one
    far above.
    """

    settings: str
    files: Sequence[str]
    program: str
    provider: str
    way_out: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


def settings(main: str = "", **options: str) -> str:
    """Return a Pulumi.yaml."""
    written = "".join(f"    {name}: {value}\n" for name, value in options.items())
    runtime = f"runtime:\n  name: python\n  options:\n{written}" if options else "runtime: python\n"
    return f"name: p\n{runtime}" + (f"main: {main}\n" if main else "")


def write(options: str) -> str:
    """Return the fix that is a setting."""
    return f"set {options} under `runtime: options:` in Pulumi.yaml"


UV, POETRY = ("pyproject.toml", "uv.lock"), ("pyproject.toml", "poetry.lock")
SET_UPS = {
    "no options": SetUp(settings(), [], "PATH", "PATH"),
    "a venv": SetUp(settings(virtualenv="venv"), [], "venv", "venv"),
    "a venv by pip": SetUp(settings(toolchain="pip", virtualenv=".venv/"), [], ".venv", ".venv"),
    "a venv above": SetUp(settings(virtualenv="../.venv"), [], "../.venv", "../.venv"),
    "a venv anywhere": SetUp(settings("app", virtualenv="{tmp}/v"), [], "{tmp}/v", "{tmp}/v"),
    "a venv, and a program below": SetUp(
        settings("app", virtualenv=".venv"),
        [],
        ".venv",
        "app/.venv",
        "ln -s ../.venv {root}/app/.venv",
    ),
    "a venv above, and a program below": SetUp(
        settings("app", virtualenv="../.venv"),
        [],
        "../.venv",
        ".venv",
        "ln -s ../.venv {root}/.venv",
    ),
    "two venvs": SetUp(
        settings("app", virtualenv=".venv"),
        ["app/.venv/bin/python"],
        ".venv",
        "app/.venv",
        write("`virtualenv: {root}/.venv`"),
    ),
    "uv": SetUp(settings(toolchain="uv"), UV, ".venv", ".venv"),
    "uv, with nothing yet": SetUp(settings(toolchain="uv"), [], ".venv", ".venv"),
    "uv, with a venv": SetUp(settings(toolchain="uv", virtualenv="own"), UV, "own", "own"),
    "uv, unsaid": SetUp(settings(), UV, ".venv", "PATH", write("`toolchain: uv`")),
    "uv, unsaid, with a venv": SetUp(settings(virtualenv="own"), UV, "own", "own"),
    "pip, beside a lock": SetUp(settings(toolchain="pip"), UV, "PATH", "PATH"),
    "uv above": SetUp(
        settings(toolchain="uv"),
        ["../uv.lock"],
        "../.venv",
        ".venv",
        write("`virtualenv: ../.venv`"),
    ),
    "uv two above, unsaid": SetUp(
        settings(),
        ["../../uv.lock"],
        "../../.venv",
        "PATH",
        write("`toolchain: uv` and `virtualenv: ../../.venv`"),
    ),
    "uv, and a program below": SetUp(
        settings("app", toolchain="uv"),
        UV,
        ".venv",
        "app/.venv",
        "ln -s ../.venv {root}/app/.venv",
    ),
    "uv, unsaid, and a program below": SetUp(
        settings("app"),
        UV,
        ".venv",
        "PATH",
        f"ln -s ../.venv {{root}}/app/.venv; and {write('`toolchain: uv`')}",
    ),
    "uv of the program": SetUp(
        settings("app", toolchain="uv"), ["app/pyproject.toml"], "app/.venv", "app/.venv"
    ),
    "uv, with its project above its lock": SetUp(
        settings(toolchain="uv"),
        ["../uv.lock", "pyproject.toml"],
        "../.venv",
        ".venv",
        write("`virtualenv: ../.venv`"),
    ),
    "uv, told where": SetUp(
        settings(toolchain="uv"),
        UV,
        "env",
        ".venv",
        write("`virtualenv: env`"),
        {"UV_PROJECT_ENVIRONMENT": "env"},
    ),
    "uv, told where, elsewhere": SetUp(
        settings(toolchain="uv"),
        UV,
        "{tmp}/envs/p",
        ".venv",
        write("`virtualenv: {tmp}/envs/p`"),
        {"UV_PROJECT_ENVIRONMENT": "{tmp}/envs/p"},
    ),
    "uv, told where, with a venv": SetUp(
        settings(toolchain="uv", virtualenv="own"),
        UV,
        "own",
        "own",
        "",
        {"UV_PROJECT_ENVIRONMENT": "env"},
    ),
    "poetry": SetUp(settings(toolchain="poetry"), POETRY, "{tmp}/poetry", "{tmp}/poetry"),
    "poetry, and a program below": SetUp(
        settings("app", toolchain="poetry"), POETRY, "{tmp}/poetry", "{tmp}/poetry"
    ),
    "poetry, unsaid": SetUp(
        settings(), POETRY, "{tmp}/poetry", "PATH", write("`toolchain: poetry`")
    ),
    "poetry, with a venv": SetUp(
        settings(toolchain="poetry", virtualenv="own"),
        POETRY,
        "{tmp}/poetry",
        "own",
        "remove `virtualenv` from Pulumi.yaml: poetry has its own environment",
    ),
}


class Made:
    """A set-up on disk, two folders below `tmp`, which has the tools on PATH."""

    def __init__(self, set_up: SetUp, tmp: Path) -> None:
        self.tmp, self.tools = tmp, tmp / "tools"
        self.root = tmp / "work" / "infra"
        (self.root / "app").mkdir(parents=True)
        (self.root / "Pulumi.yaml").write_text(self.filled(set_up.settings))
        for file in set_up.files:
            (self.root / file).parent.mkdir(parents=True, exist_ok=True)
            (self.root / file).touch()
        self.variables = {name: self.filled(said) for name, said in set_up.variables.items()}
        self.way_out = self.filled(set_up.way_out)

    @property
    def project(self) -> Project:
        """The project as the doctor reads it."""
        project = project_around(self.root)
        assert project is not None
        return project

    def place(self, said: str) -> Path | None:
        """Give the folder of an environment; none for the Python on PATH."""
        if said == "PATH":
            return None
        return Path(os.path.normpath(self.root / self.filled(said)))

    def filled(self, text: str) -> str:
        """Put the folders of this one into a text."""
        return text.replace("{root}", str(self.root)).replace("{tmp}", str(self.tmp))
