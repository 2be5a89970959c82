"""Somebody who types a section of a page as it stands, top to bottom, in a fresh clone.

- `python` that names CustomModel or ModelCatalog becomes the program of the stack, and is applied
  unless the page types that itself; `python` with tests is run by pytest, any other as it is.
- `console` and `sh` are typed. What a `console` shows must be what is answered: `…` stands for
  anything, and neither ports nor durations count. What no test should run (make, pip, git clone)
  is checked: the target, the package and its extras are there.
- `yaml`, `json` and `toml` are parsed. A first line like `# models.yaml` says which file a block
  is; `keywordsai:models` without one is the configuration of the stack `dev`. A catalog is read
  as `ModelCatalog` does it; the steps of a GitHub workflow are typed.
- Wherever a page names the address of the API, the emulator stands; a comment
  `<!-- emulator: edit_model("acme/chat", input_cost=3) -->` plays something on it.
- Anything else needs its reason in a comment right above it: `<!-- not run: reason -->`.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import metadata
from itertools import dropwhile, takewhile
from pathlib import Path
from typing import Any

import yaml
from harness.pulumi_stack import Stack
from harness.quick_runs import SECRETS_PROVIDER
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pages import Block, Section

from keywordsai_dynamic import KeywordsAIError, ModelCatalog
from keywordsai_dynamic.emulator import Emulator

ROOT = Path(__file__).parents[2]
SECONDS = 120
HOME = "keywordsai-dynamic"

_API = re.compile(
    r"https?://(?:127\.0\.0\.1:\d+|localhost:\d+|api\.keywordsai\.co|api\.respan\.ai)"
)
_KEY = re.compile(r"(?:_API_KEY(?:_OVERRIDE)?=|keywordsai:apiKey[ :]+)['\"]?([\w.-]+)")
_FILE = re.compile(r"# ([\w./-]+\.\w+)\n")
_ASKING = re.compile(r"\bpulumi (?:up|refresh|destroy|import)\b")
_APPLIES = re.compile(r"\bpulumi (?:up|preview)\b")
_PROGRAM = re.compile(r"\b(?:CustomModel|ModelCatalog)\b")
_ASSIGNMENT = re.compile(r"\w+=")
_DURATION = re.compile(r"\b\d+(?:\.\d+)? ?m?s\b")
# Run for real; what else may be typed is checked below, and everything else needs a reason.
_RUN = {"pulumi", "keywordsai-dynamic", "python", "pytest", "cat", "echo", "cp", "mkdir", "ls"}


def keys_in(section: Section) -> set[str]:
    """Find the API keys that a reader of the section is told to use."""
    return {key for block in section.blocks for key in _KEY.findall(block.text)}


def not_as_shown(shown: str, answered: str) -> list[str]:
    """Name the lines of a transcript that were not answered, or not after the one before."""
    rest = [_plain(line) for line in answered.splitlines()]
    missing = []
    for line in map(_plain, shown.splitlines()):
        if line in {"", "…"}:
            continue
        pattern = re.compile(".*".join(map(re.escape, line.split("…"))))
        found = [number for number, other in enumerate(rest, 1) if pattern.fullmatch(other)]
        if found:
            rest = rest[found[0] :]
        else:
            missing.append(line)
    return missing


class Reader:
    """One reading of one section."""

    def __init__(self, stack: Stack, emulator: Emulator) -> None:
        self._stack = stack
        for key in emulator.api_keys:
            stack.secrets.add(key)
        self._emulator = emulator
        self._cwd = stack.project
        self._shows_python_settings = False
        # A reader selects a stack by hand; the harness says it in a variable.
        self._env = {
            **{name: value for name, value in stack.env.items() if name != "PULUMI_STACK"},
            "KEYWORDSAI_API_KEY": emulator.api_key,
            "KEYWORDSAI_BASE_URL": emulator.url,
            "GITHUB_STEP_SUMMARY": str(stack.project / "summary.md"),
            "NO_COLOR": "1",
        }

    def follow(self, section: Section) -> None:
        """Type everything that the section shows; raises AssertionError where it is not so."""
        shutil.copytree(ROOT / "examples", self._cwd / "examples", ignore=_BUILT)
        for settings in ROOT.glob("Pulumi*.yaml"):
            shutil.copy(settings, self._cwd)
        (self._cwd / ".venv").symlink_to(sys.prefix)
        blocks = [block for block in section.blocks if not block.not_run]
        if any("__main__.py" in block.text for block in blocks):
            self._have_own_program()
        if any(_needs_stack(block) for block in blocks):
            self._make_stacks(blocks)
        for number, block in enumerate(blocks, 1):
            try:
                self._take(block, blocks[number:])
            except (AssertionError, ValueError, yaml.YAMLError, KeywordsAIError) as problem:
                raise AssertionError(f"{block.place}: {problem}") from problem

    def _make_stacks(self, blocks: list[Block]) -> None:
        if any("stack init" in block.text for block in blocks):
            return
        texts = "".join(block.text for block in blocks)
        if "prod" in texts:
            self._stack.pulumi("stack", "init", "prod", "--secrets-provider", SECRETS_PROVIDER)
        if "# Pulumi.prod.yaml\n" not in texts:
            self._stack.pulumi("stack", "select", "dev")

    def _take(self, block: Block, later: list[Block]) -> None:
        text = _API.sub(self._emulator.url, block.text)
        if block.language in _TYPED:
            for command, shown in _TYPED[block.language](text):
                self._type(command, shown)
        elif block.language == "python":
            self._python(text, later)
        elif block.language == "yaml":
            self._yaml(text)
        elif block.language == "emulator":
            eval(f"emulator.{text}", {"emulator": self._emulator})  # noqa: S307  (our own pages)
        elif block.language in _PARSED:
            _PARSED[block.language](text)
            self._file(text)
        else:
            raise AssertionError(
                f"nobody knows how to run `{block.language}`: "
                "say why above it, <!-- not run: reason -->"
            )

    def _file(self, text: str, otherwise: str | None = None) -> Path | None:
        named = _FILE.match(text)
        name = named[1] if named else otherwise
        if name is None:
            return None
        path = self._cwd / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if name == "Pulumi.yaml":
            self._shows_python_settings = "name: python" in text
        return path

    def _yaml(self, text: str) -> None:
        documents = list(yaml.safe_load_all(text))
        self._file(text, "Pulumi.dev.yaml" if "keywordsai:models" in text else None)
        for document in documents:
            if _is_catalog(document):
                (self._cwd / "catalog.yaml").write_text(text)
                ModelCatalog.from_file(self._cwd / "catalog.yaml")
            for command in _steps(document):
                self._type(command, "")

    def _python(self, text: str, later: list[Block]) -> None:
        if re.search(r"^\s*def test_", text, re.MULTILINE):
            file = self._file(text, "test_page.py")
            self._run(f"python -m pytest -q -p no:cacheprovider {file}")
        elif _PROGRAM.search(text):
            self._program(text)
            typed = takewhile(lambda block: block.language != "python", later)
            if not any(_APPLIES.search(block.text) for block in typed):
                self._run("pulumi up")
        else:
            self._run(f"python {self._file(text, 'page.py')}")

    def _program(self, text: str) -> None:
        if "import" not in text:  # a fragment of a program, under the imports shown before it
            text = f"import pulumi\nfrom keywordsai_dynamic import *\n{text}"
        self._have_own_program()
        (self._cwd / "__main__.py").write_text(text)

    def _have_own_program(self) -> None:
        """Stand where a reader stands who has a project, and not a clone of this one."""
        if not self._shows_python_settings:
            (self._cwd / "Pulumi.yaml").write_text("name: model-catalog\nruntime: python\n")

    def _type(self, command: str, shown: str) -> None:
        words = shlex.split(command, comments=True)
        words = list(dropwhile(_ASSIGNMENT.match, words))
        if not words:
            return
        if words[0] == "export":
            self._env.update(dict(word.split("=", 1) for word in words[1:]))
        elif words[0] == "cd":
            if words[1] != HOME:
                self._cwd = self._cwd / words[1]
                assert self._cwd.is_dir(), f"no folder {words[1]}"
        elif words[:2] == ["keywordsai-dynamic", "emulator"]:
            _show(command, shown, self._serve(command))
        elif words[0] in _RUN:
            _show(command, shown, self._run(command, previews="Previewing" in shown))
        else:
            _check(words)

    def _run(self, command: str, *, previews: bool = False) -> str:
        """Run a command to its end; a finding of ours (exit code 1) is an answer as well.

        An update skips its preview, unless it `previews`.
        """
        unasked = {"PULUMI_SKIP_CONFIRMATIONS": "1"}
        if not previews:
            unasked["PULUMI_OPTION_SKIP_PREVIEW"] = "true"
        with subprocess.Popen(  # noqa: S603  (our own pages)
            ["bash", "-o", "pipefail", "-c", command],  # noqa: S607
            cwd=self._cwd,
            env=self._env | (unasked if _asks(command) else {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                answer, _ = process.communicate(_ANSWER.get(command[:17], ""), timeout=SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise AssertionError(f"`{command}` runs after {SECONDS} s") from None
        self._stack.keep(answer)
        fine = {0, 1} if "keywordsai-dynamic" in command else {0}
        assert process.returncode in fine, f"`{command}` ends with {process.returncode}:\n{answer}"
        return answer

    def _serve(self, command: str) -> str:
        """Run a command that serves until Ctrl-C, until it says where."""
        with subprocess.Popen(  # noqa: S603  (our own pages)
            shlex.split(command, comments=True),
            cwd=self._cwd,
            env={**self._env, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            said = [process.stdout.readline(), process.stdout.readline()]
            process.send_signal(signal.SIGINT)
            assert process.wait(SECONDS) == 0, f"`{command}` does not end well"
        return "".join(said)


def _asks(command: str) -> bool:
    """Tell whether Pulumi asks a person for a yes."""
    return bool(_ASKING.search(command)) and "--preview-only" not in command


def _needs_stack(block: Block) -> bool:
    return "pulumi" in block.text or bool(_PROGRAM.search(block.text))


def _plain(line: str) -> str:
    return _DURATION.sub("0s", _API.sub("http://api", " ".join(line.split())))


def _show(command: str, shown: str, answered: str) -> None:
    missing = not_as_shown(shown, answered)
    assert not missing, (
        f"`{command}` does not answer (any more):\n" + "\n".join(missing) + f"\nbut:\n{answered}"
    )


def _joined(lines: Iterable[str]) -> Iterator[str]:
    """Join lines that end with a backslash with the next one."""
    start = ""
    for line in lines:
        if line.endswith("\\"):
            start += line[:-1]
        else:
            yield start + line
            start = ""


def _script(text: str) -> Iterator[tuple[str, str]]:
    for command in _joined(text.splitlines()):
        yield command, ""


def _transcript(text: str) -> Iterator[tuple[str, str]]:
    first, *rest = ("\n" + "\n".join(_joined(text.splitlines()))).split("\n$ ")
    if first.strip() or not rest:
        raise ValueError("a console begins with `$ ` and a command")
    for part in rest:
        command, _, shown = part.partition("\n")
        yield command, shown


def _is_catalog(document: Any) -> bool:  # noqa: ANN401  (YAML is anything)
    values = document.values() if isinstance(document, dict) else ()
    return any(isinstance(value, dict) and "base_model_name" in value for value in values)


def _steps(document: Any) -> Iterator[str]:  # noqa: ANN401  (YAML is anything)
    """Give the commands of a GitHub workflow."""
    jobs = document.get("jobs", {}) if isinstance(document, dict) else {}
    for job in jobs.values():
        for step in job["steps"]:
            yield from _joined(step.get("run", "").splitlines())


def _check(words: list[str]) -> None:
    """Check what is not for a test to run: it must be there, and be called that."""
    match words:
        case ["make", *targets]:
            there = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
            assert set(targets) <= set(there), f"make knows {there}, not {targets}"
        case ["git", "clone", url]:
            assert url.removesuffix(".git").endswith(f"/{HOME}"), f"{url} is not {HOME}"
        case (
            ["pip", "install", *wanted]
            | [_, "-m", "pip", "install", *wanted]
            | ["uv" | "poetry", "add", *wanted]
        ):
            for requirement in wanted:
                _installable(requirement)
        case ["python3" | "python3.11" | "python3.12" | "python3.13", "-m", "venv", _]:
            pass
        case ["." | "source", ".venv/bin/activate"]:
            pass
        case _:
            raise AssertionError(
                f"nobody knows how to run `{words[0]}`: say why above it, <!-- not run: reason -->"
            )


def _installable(wanted: str) -> None:
    """Check a word after `pip install`: this package with extras that it has, or one it needs."""
    if wanted.startswith("-"):
        return
    about = metadata(HOME)
    if wanted.startswith("."):
        wanted = HOME + wanted[1:]
    asked = Requirement(wanted)
    needed = [Requirement(line).name for line in about.get_all("Requires-Dist", [])]
    names = {canonicalize_name(name) for name in [HOME, "pytest", *needed]}
    assert canonicalize_name(asked.name) in names, f"{asked.name} is not of this package"
    extras = set(about.get_all("Provides-Extra", []))
    if canonicalize_name(asked.name) == HOME:
        assert asked.extras <= extras, f"extras are {sorted(extras)}, not {sorted(asked.extras)}"


_ANSWER = {"pulumi config set": "demo-key\n"}
"""What a person types when asked."""
_BUILT = shutil.ignore_patterns("__pycache__")
_TYPED = {"console": _transcript, "sh": _script, "bash": _script}
_PARSED = {"json": json.loads, "toml": tomllib.loads}
