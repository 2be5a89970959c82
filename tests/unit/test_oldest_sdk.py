"""Which Pulumi SDK is refused, and that every way into the package refuses it."""

import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pulumi
import pytest
from packaging.requirements import Requirement

from keywordsai_dynamic.dynamic.oldest_sdk import OLDEST_SDK, refuse_an_older_sdk

ROOT = Path(__file__).parents[2]
OLDEST = ".".join(map(str, OLDEST_SDK))


def test_what_is_refused_is_what_pyproject_does_not_let_in() -> None:
    """The bound that pip reads and the one that the code knows are one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [Requirement(line) for line in project["dependencies"]]
    assert [str(one.specifier) for one in asked if one.name == "pulumi"] == [f"<4,>={OLDEST}"]


@pytest.mark.parametrize("found", [f"{OLDEST}.0", f"{OLDEST}.1-alpha.1", "3.1000.0", "4.0.0"])
def test_an_sdk_that_is_new_enough_is_taken(monkeypatch: pytest.MonkeyPatch, found: str) -> None:
    """Numbers are compared as numbers."""
    monkeypatch.setitem(sys.modules, "pulumi._version", SimpleNamespace(version=found))
    refuse_an_older_sdk()


def test_an_sdk_that_hides_its_version_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where its private module is not there, what is installed is asked."""
    monkeypatch.setitem(sys.modules, "pulumi._version", None)
    refuse_an_older_sdk()
    monkeypatch.setattr(metadata, "version", lambda _: "3.99.1")
    with pytest.raises(pulumi.RunError, match=r"but this environment has 3\.99\.1: pip install "):
        refuse_an_older_sdk()


@pytest.mark.parametrize(
    "statement",
    [
        "from keywordsai_dynamic import CustomModel",
        "from keywordsai_dynamic import ModelCatalog",
        "import keywordsai_dynamic.provider",
    ],
)
def test_every_way_in_refuses_an_older_sdk(statement: str) -> None:
    """The program's import and the provider's fail with the same line, which has the way out."""
    older = 'sys.modules["pulumi._version"] = SimpleNamespace(version="3.234.0")'
    program = f"import sys; from types import SimpleNamespace; {older}; {statement}"
    run = subprocess.run(  # noqa: S603  (our own program)
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert run.stderr.splitlines()[-1] == (
        f"pulumi.errors.RunError: keywordsai-dynamic needs the Pulumi SDK {OLDEST} or newer, but "
        f"this environment has 3.234.0: pip install 'pulumi>={OLDEST}'"
    )
