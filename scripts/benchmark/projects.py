"""The projects that are compared: a folder with a program, and the command of each step."""

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from harness.cli_run import Running
from harness.pulumi_stack import Stack

from benchmark.programs import NO_CHECKPOINTS, OPENTOFU, PROGRAMS, write_program

STEPS = ("up", "preview", "change", "refresh", "destroy")


class Project(Protocol):
    """Models of somebody's program, and the commands that apply it."""

    unchanged: re.Pattern[str]
    """What previews and refreshes print if nothing has changed, and only then."""

    def price(self, price: float) -> None:
        """Change the price of the first model, in USD per 1M tokens."""

    def start(self, step: str) -> Running:
        """Start the command of one of `STEPS`."""


class PulumiProject:
    """A stack in Python or YAML; a `quick` one writes no checkpoints.

    Writing them takes longer than any latency or limit, and would hide those.
    """

    unchanged = re.compile(r"^Resources:\n +\d+ unchanged$", re.MULTILINE)

    def __init__(
        self,
        folder: Path,
        engine: Path,
        env: Mapping[str, str],
        program: tuple[str, int],
        python: Path,
        *,
        quick: bool = False,
    ) -> None:
        self._stack = Stack(folder, engine, env, plain=True)
        self._program, self._bin = program, python.parent
        self._stack.env["PATH"] = f"{self._bin}{os.pathsep}{self._stack.env['PATH']}"
        if quick or NO_CHECKPOINTS in program:
            self._stack.env |= {"PULUMI_EXPERIMENTAL": "1", "PULUMI_SKIP_CHECKPOINTS": "1"}
        self.price(2.5)
        self._stack.start("version").wait()

    def price(self, price: float) -> None:
        self._stack.env["BENCH_PRICE"] = str(price)
        write_program(self._stack, *self._program, self._bin, price)

    def start(self, step: str) -> Running:
        verb = "up" if step == "change" else step
        return self._stack.start(verb, *([] if verb == "preview" else ["--yes", "--skip-preview"]))


_TOFU = {
    "up": ("apply", "-auto-approve"),
    "preview": ("plan", "-refresh=false"),
    "change": ("apply", "-auto-approve"),
    "refresh": ("plan",),
    "destroy": ("destroy", "-auto-approve"),
}


class TofuProject:
    """A configuration of OpenTofu, with the provider for REST APIs.

    It finds the provider as one under development. So it needs no `init` and no registry, and is
    spared the check of the provider's digest that its users' runs begin with.
    """

    unchanged = re.compile("^No changes\\.", re.MULTILINE)

    def __init__(self, folder: Path, peers: Path, env: Mapping[str, str]) -> None:
        folder.mkdir()
        self._folder, self._runs = folder, 0
        shutil.copy(PROGRAMS / f"{OPENTOFU}.tf", folder)
        settings = folder / "tofu.rc"
        settings.write_text(
            "provider_installation {\n"
            f'  dev_overrides {{ "registry.opentofu.org/mastercard/restapi" = "{peers}" }}\n'
            "}\n"
        )
        self._env = {
            "PATH": f"{peers}{os.pathsep}{os.defpath}",
            "HOME": str(folder),
            "TF_CLI_CONFIG_FILE": str(settings),
            "TF_VAR_url": env["KEYWORDSAI_BASE_URL"],
            "TF_VAR_api_key": env["KEYWORDSAI_API_KEY"],
            "TF_VAR_models": env["BENCH_MODELS"],
        }
        self.price(2.5)

    def price(self, price: float) -> None:
        self._env["TF_VAR_price"] = str(price)

    def start(self, step: str) -> Running:
        self._runs += 1
        command = ("tofu", *_TOFU[step], "-no-color", "-input=false")
        return Running(command, self._folder, self._env, self._folder / f"run-{self._runs}")
