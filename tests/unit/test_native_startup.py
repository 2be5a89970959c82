"""What the native plugin loads before it serves: the engine starts it at every command, twice."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

SERVES = (
    "from keywordsai_dynamic.native import main\n"
    "main._server(lambda: None)\n"  # which prints the port first
)
CALLED = f"{SERVES}import keywordsai_dynamic.native.servicer\n"
LOADED = "import sys; print(*sys.modules)"


def loaded(program: str, folder: Path = Path()) -> set[str]:
    """Run a program in a fresh Python; return what it has imported."""
    done = subprocess.run(  # noqa: S603  (ours)
        [sys.executable, "-c", f"{program}{LOADED}"],
        env={"PYTHONPATH": f"{folder}:{Path(__file__).parents[2]}"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return set(done.stdout.split())


def test_only_the_protocol_is_loaded_before_it_serves() -> None:
    """The engine starts one process for the schema alone, which needs nothing else."""
    ours = {name for name in loaded(SERVES) if name.startswith("keywordsai_dynamic.")}
    needed = ("bare_sdk", "front", "lasting_imports", "main", "package_schema")
    assert ours == {
        "keywordsai_dynamic.native",
        *(f"keywordsai_dynamic.native.{name}" for name in needed),
    }


def test_little_is_loaded_for_the_first_call() -> None:
    """Of Pulumi's SDK only the protocol; what requests, values and files need comes with them."""
    modules = loaded(CALLED)
    assert "pulumi.runtime.proto.provider_pb2_grpc" in modules
    later = {"pulumi.resource", "pulumi.runtime.settings", "httpx", "pydantic", "yaml"}
    assert modules & (later | {"typer", "rich", "genai_prices", "importlib.metadata"}) == set()


@pytest.mark.parametrize("broken", ["raise ImportError", "import pulumi.resource.nothing"])
def test_another_layout_of_the_sdk_is_imported_as_usual(tmp_path: Path, broken: str) -> None:
    """The plugin starts more slowly then."""
    spec = find_spec("pulumi")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    real = Path(spec.submodule_search_locations[0])
    sdk = tmp_path / "pulumi"
    sdk.mkdir()
    # The usual import still works: it leads to the real SDK. The bare one does not.
    (sdk / "errors.py").write_text(broken)
    (sdk / "__init__.py").write_text(
        f"__path__ = [{str(real)!r}]\n"
        f"__file__ = {str(real / '__init__.py')!r}\n"
        "exec(compile(open(__file__).read(), __file__, 'exec'))\n"
    )
    assert "pulumi.resource" in loaded(SERVES, tmp_path)


def test_an_sdk_that_is_loaded_is_used() -> None:
    """In a process of somebody else's, such as a test's."""
    assert "pulumi.resource" in loaded(f"import pulumi\n{SERVES}")
