"""What users install: what is in it, what it says of itself, and that it works alone."""

import configparser
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from zipfile import ZipFile

import pytest
from harness.lengths import few
from harness.pulumi_stack import Stack
from harness.traces import posted, sent_about
from packaging.requirements import Requirement
from readme_renderer import markdown

from keywordsai_dynamic.emulator import Emulator

ROOT = Path(__file__).parents[2]
_WHERE = "import keywordsai_dynamic as k; print(k.__file__, end='')"


@dataclass(frozen=True)
class Built:
    """What `python -m build` made: the wheel is made from the sdist."""

    sdist: Path
    wheel: Path


@dataclass(frozen=True)
class Installed:
    """A virtual environment with the wheel, and a checkout that lacks the package's source."""

    prefix: Path
    checkout: Path

    @property
    def python(self) -> Path:
        return self.prefix / "bin" / "python"


def run(*command: str | Path, cwd: Path, **env: str) -> str:
    """Run a command in an environment that knows nothing of ours; give what it printed."""
    done = subprocess.run(  # noqa: S603  (our own commands)
        command,
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "HOME": str(cwd), **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build from a copy, so that nothing is left in the checkout, and nothing stale gets in."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    shutil.copytree(ROOT / "keywordsai_dynamic", source / "keywordsai_dynamic")
    for folder in ("tests", "scripts", "examples"):  # which must not get in
        shutil.copytree(ROOT / folder, source / folder)
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", target, ".", cwd=source)
    (sdist,), (wheel,) = target.glob("*.tar.gz"), target.glob("*.whl")
    return Built(sdist, wheel)


@pytest.fixture(scope="session")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Install the wheel with pip into an environment that finds everything else where we run.

    Seeing the other packages stands for installing them, which would take minutes and a network;
    our own package is not seen that way, because its editable install hangs on a .pth file, and
    those are read in an environment's own folder only. `make bounds` installs for real.
    """
    prefix, checkout = tmp_path_factory.mktemp("venv"), tmp_path_factory.mktemp("elsewhere")
    venv.create(prefix, with_pip=False, symlinks=True)
    pip = (sys.executable, "-m", "pip", "--python", prefix / "bin" / "python")
    run(*pip, "install", "-q", "--no-index", "--no-deps", built.wheel, cwd=checkout)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(prefix)}))
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    for folder in ("tests", "scripts", "examples", "docs"):
        shutil.copytree(ROOT / folder, checkout / folder)
    for file in ROOT.iterdir():
        if file.is_file() and not file.name.startswith("."):
            shutil.copy(file, checkout)
    where = run(prefix / "bin" / "python", "-c", _WHERE, cwd=checkout)
    assert Path(where).is_relative_to(packages), where
    return Installed(prefix, checkout)


def metadata(built: Built) -> Message:
    with ZipFile(built.wheel) as wheel:
        (name,) = [name for name in wheel.namelist() if name.endswith("/METADATA")]
        return message_from_bytes(wheel.read(name))


def sources() -> set[str]:
    package = ROOT / "keywordsai_dynamic"
    files = {*package.rglob("*.py"), package / "py.typed", package / "native" / "schema.json"}
    return {file.relative_to(ROOT).as_posix() for file in files}


def test_the_wheel_holds_the_package_and_nothing_else(built: Built) -> None:
    """Every module, `py.typed` and the package schema; no tests, scripts or examples."""
    with ZipFile(built.wheel) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == sources()


def test_the_wheel_is_small(built: Built) -> None:
    """It downloads in a moment."""
    assert built.wheel.stat().st_size < 600_000


def test_the_sdist_is_enough_to_build_from(built: Built) -> None:
    """The sdist, from which the wheel was built, holds the package, its settings and papers."""
    with tarfile.open(built.sdist) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames() if ".egg-info" not in name}
        folders = {"", *(str(Path(name).parent) for name in sources())}
    papers = {"pyproject.toml", "setup.py", "setup.cfg", "PKG-INFO", "README.md", "LICENSE"}
    assert names == sources() | folders | papers


def test_an_install_brings_no_more_than_it_needs(built: Built) -> None:
    """Without extras: Pulumi's SDK, httpx, pydantic and YAML; each tool's needs are an extra."""
    extras: dict[str, set[str]] = {}
    for line in metadata(built).get_all("Requires-Dist", []):
        asked = Requirement(line)
        extra = str(asked.marker).partition(" == ")[2].strip('"') if asked.marker else ""
        extras.setdefault(extra, set()).add(asked.name)
    assert extras == {
        "": {"pulumi", "httpx", "pydantic", "pyyaml"},
        "cli": {"typer", "rich"},
        "emulator": {"starlette", "uvicorn"},
        "prices": {"genai-prices"},
    }


def test_the_metadata_says_what_holds(built: Built) -> None:
    """Name, licence, description, and the Python versions that `make bounds` tries."""
    about = metadata(built)
    assert (about["Name"], about["License-Expression"], about["License-File"]) == (
        "keywordsai-dynamic",
        "Apache-2.0",
        "LICENSE",
    )
    assert about["Description-Content-Type"] == "text/markdown"
    assert about["Requires-Python"] == ">=3.11"
    classifiers = about.get_all("Classifier", [])
    assert "Typing :: Typed" in classifiers
    versions = [line.rpartition(" ")[2] for line in classifiers if line.count("3.")]
    makefile = (ROOT / "Makefile").read_text()
    assert versions == ["3.11", "3.12", "3.13"]
    assert f"PYTHONS := {' '.join(versions)}\n" in makefile


def test_an_index_shows_readme_with_links_that_work(built: Built) -> None:
    """The description renders, and its links into the repository lead to files that are there."""
    about = metadata(built)
    text = about.get_payload(decode=True)
    assert isinstance(text, bytes)
    page = markdown.render(text.decode())
    assert page is not None
    source = about["Project-URL"].removeprefix("Source, ")
    links = re.findall(r'(?:href|src)="([^"]+)"', page)
    ours = [link.removeprefix(f"{source}/") for link in links if link.startswith(f"{source}/")]
    assert len(ours) > 30
    version = about["Version"]
    for link in ours:
        kind, tag, path = link.split("/", 2)
        assert (kind, tag) == ("raw" if path.endswith(".svg") else "blob", f"v{version}")
        assert (ROOT / path).is_file()
    assert [link for link in links if "://" not in link and not link.startswith("#")] == []


def test_the_entry_points_are_a_command_and_two_plugins(built: Built) -> None:
    """What is installed besides the package: a command, Pulumi's plugin, pytest's fixture."""
    with ZipFile(built.wheel) as wheel:
        (name,) = [name for name in wheel.namelist() if name.endswith("/entry_points.txt")]
        points = configparser.ConfigParser()
        points.read_string(wheel.read(name).decode())
    assert {section: dict(points[section]) for section in points.sections()} == {
        "console_scripts": {
            "keywordsai-dynamic": "keywordsai_dynamic.cli.app:main",
            "pulumi-resource-keywordsai": "keywordsai_dynamic.native.main:main",
        },
        "pytest11": {"keywordsai_dynamic": "keywordsai_dynamic.emulator.pytest_plugin"},
    }


def test_the_wheel_passes_without_its_source(installed: Installed, engine: Path) -> None:
    """Decisions and the provider's own process work with the wheel, where no source tree is.

    Some of each part's tests; `make bounds` runs them all, and with every Python.
    """
    tests = few(
        [
            "tests/plugin/test_provider_process.py::test_a_model_lives_its_life",
            "tests/unit/test_frozen_names.py",
            "tests/unit/test_schema.py",
            "tests/unit/test_front_door.py",
            "tests/plugin/test_native_plugin.py::test_a_provider_lives_its_life",
        ],
        3,
    )
    options = ("-q", "-p", "no:cacheprovider")
    env = {"PATH": f"{engine}:{os.environ['PATH']}"}  # for the launcher of the provider's process
    told = run(installed.python, "-m", "pytest", *options, *tests, cwd=installed.checkout, **env)
    assert " passed" in told.splitlines()[-1]


def test_the_smallest_example_runs_from_the_wheel(
    installed: Installed, stack: Stack, emulator: Emulator
) -> None:
    """`pulumi up` and `destroy` of examples/one_model, with `virtualenv` naming the clean one."""
    copy_example("one_model", stack, installed)
    stack.env["PATH"] = f"{installed.prefix / 'bin'}:{stack.env['PATH']}"
    stack.up()
    assert emulator.models().keys() == {"acme/support-llm"}
    assert sent_about(emulator.requests, "acme/support-llm") == [
        posted(
            "acme/support-llm",
            base_model_name="gpt-4o",
            input_cost=2.5,
            output_cost=10,
            cache_hit_input_cost=1.25,
            max_context_window=128000,
            function_call=1,
        )
    ]
    stack.preview("--expect-no-changes")
    stack.destroy()
    assert emulator.models() == {}


def test_the_native_plugin_runs_from_the_wheel(
    installed: Installed, stack: Stack, emulator: Emulator
) -> None:
    """The engine finds the script that pip makes, and the schema that is its data."""
    copy_example("yaml_prices", stack, installed)
    stack.config("vllmKey", "sk-of-our-endpoint", secret=True)
    stack.up()
    assert emulator.models().keys() == {"acme/support-llm", "acme/faq", "acme/general"}
    stack.destroy()
    assert emulator.models() == {}


def copy_example(name: str, stack: Stack, installed: Installed) -> None:
    """Make an example the program, with the clean environment in the place of ours."""
    stack.copy_program(ROOT / "examples" / name)
    venv_of_the_program = stack.project.parents[1] / ".venv"
    venv_of_the_program.unlink()
    venv_of_the_program.symlink_to(installed.prefix)


def test_the_command_is_installed(installed: Installed) -> None:
    """The wheel brings `keywordsai-dynamic`, and it answers."""
    command = installed.prefix / "bin" / "keywordsai-dynamic"
    assert "Usage: keywordsai-dynamic" in run(command, "--help", cwd=installed.checkout)


PLUGIN = """
import sys

def test_it(keywordsai_emulator):
    assert keywordsai_emulator.models() == {}

def test_what_the_plugin_loads():
    assert "keywordsai_dynamic.emulator.pytest_plugin" in LOADED
    assert not {"pulumi", "httpx", "pydantic", "starlette", "uvicorn", "typer"} & LOADED

LOADED = set(sys.modules)
"""


def test_the_fixture_comes_with_the_wheel_and_costs_nothing(
    installed: Installed, tmp_path: Path
) -> None:
    """In anybody's pytest run the plugin is loaded without a warning, and loads nothing heavy."""
    (tmp_path / "test_theirs.py").write_text(PLUGIN)
    told = run(installed.python, "-W", "error", "-m", "pytest", "-q", cwd=tmp_path)
    assert told.splitlines()[-1].startswith("2 passed")
