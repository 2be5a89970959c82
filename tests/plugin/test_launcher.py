"""Which Python runs the provider: the CLI's own launcher script with each `runtime.options`.

The launcher is `pulumi-resource-pulumi-python` as the engine ships it; the engine hands it the
options of Pulumi.yaml as PULUMI_RUNTIME_*, in the folder of the program. Poetry is a stand-in that
answers `poetry env info --path`; with uv the launcher takes `.venv` and does not run uv.
"""

import base64
import os
import signal
import subprocess
import sysconfig
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

import keywordsai_dynamic

ROOT = Path(__file__).parents[2]
WITNESS = """
import sys

import keywordsai_dynamic
from pulumi.dynamic import CheckResult, ResourceProvider

class Witness(ResourceProvider):
    def check(self, olds, news):
        seen = {"prefix": sys.prefix, "package": keywordsai_dynamic.__file__}
        return CheckResult(seen, [])

witness = Witness()
"""
# What pickle writes for "the global `witness` of the module `witness`".
BY_NAME = base64.b64encode(b"cwitness\nwitness\n.").decode()


@pytest.fixture
def launcher(engine: Path) -> Path:
    """Take the launcher of the engine that `make` finds; without an engine this fails."""
    return engine / "pulumi-resource-pulumi-python"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make the folder of a program, and leave the provider that says where it runs in it."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "witness.py").write_text(WITNESS)
    return folder


def make_venv(folder: Path) -> Path:
    """Make a virtual environment that sees the same packages as the tests."""
    venv.create(folder, with_pip=False, symlinks=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    packages.joinpath("same.pth").write_text(
        f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"
    )
    return folder


@contextmanager
def launched(
    launcher: Path, project: Path, env: Mapping[str, str]
) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(  # noqa: S603  (the launcher is what is tried)
        [str(launcher), "127.0.0.1:1"],
        cwd=project,
        env={"PATH": os.environ["PATH"], **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def where_it_runs(launcher: Path, project: Path, env: Mapping[str, str]) -> dict[str, str]:
    """Start the provider's process and ask it over gRPC for its prefix and our package's place."""
    with launched(launcher, project, env) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        port = process.stdout.readline().strip()
        assert port, process.stderr.read()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            request = provider_pb2.CheckRequest(news={"__provider": BY_NAME})
            answer = MessageToDict(stub.Check(request, timeout=30).inputs)
    return {name: answer[name] for name in ("prefix", "package")}


def here(prefix: Path) -> dict[str, str]:
    return {"prefix": str(prefix), "package": str(keywordsai_dynamic.__file__)}


def test_the_virtualenv_option_is_relative_to_the_program(launcher: Path, project: Path) -> None:
    """`virtualenv: env/` runs the provider with `env` beside the program."""
    prefix = make_venv(project / "env")
    env = {"PULUMI_RUNTIME_VIRTUALENV": "env/"}
    assert where_it_runs(launcher, project, env) == here(prefix)


def test_the_uv_toolchain_means_dot_venv(launcher: Path, project: Path) -> None:
    """`toolchain: uv` runs the provider with the `.venv` beside the program, where uv puts it."""
    prefix = make_venv(project / ".venv")
    env = {"PULUMI_RUNTIME_TOOLCHAIN": "uv"}
    assert where_it_runs(launcher, project, env) == here(prefix)


def test_the_poetry_toolchain_asks_poetry(launcher: Path, project: Path, tmp_path: Path) -> None:
    """`toolchain: poetry` runs the provider with the environment that poetry names."""
    prefix = make_venv(tmp_path / "poetry keeps it here")
    stand_in = tmp_path / "bin" / "poetry"
    stand_in.parent.mkdir()
    stand_in.write_text(f"#!/bin/sh\n[ \"$*\" = 'env info --path' ] && echo '{prefix}'\n")
    stand_in.chmod(0o755)
    env = {
        "PULUMI_RUNTIME_TOOLCHAIN": "poetry",
        "PATH": f"{stand_in.parent}:{os.environ['PATH']}",
    }
    assert where_it_runs(launcher, project, env) == here(prefix)


def test_the_pip_toolchain_takes_python3_from_path(
    launcher: Path, project: Path, tmp_path: Path
) -> None:
    """`toolchain: pip` without `virtualenv`: an activated environment is what runs."""
    prefix = make_venv(tmp_path / "activated")
    env = {
        "PULUMI_RUNTIME_TOOLCHAIN": "pip",
        "PATH": f"{prefix / 'bin'}:{os.environ['PATH']}",
    }
    assert where_it_runs(launcher, project, env) == here(prefix)


def test_pulumi_python_cmd_names_the_python(launcher: Path, project: Path, tmp_path: Path) -> None:
    """Without options, as under the Automation API, PULUMI_PYTHON_CMD decides."""
    prefix = make_venv(tmp_path / "named")
    env = {"PULUMI_PYTHON_CMD": str(prefix / "bin" / "python")}
    assert where_it_runs(launcher, project, env) == here(prefix)


def test_virtualenv_beats_toolchain_and_pulumi_python_cmd(launcher: Path, project: Path) -> None:
    """Where several are set the `virtualenv` option wins."""
    prefix = make_venv(project / "env")
    env = {
        "PULUMI_RUNTIME_VIRTUALENV": "env",
        "PULUMI_RUNTIME_TOOLCHAIN": "uv",
        "PULUMI_PYTHON_CMD": "no-such-python",
    }
    assert where_it_runs(launcher, project, env) == here(prefix)


def test_a_virtualenv_above_the_program_is_not_found(launcher: Path, project: Path) -> None:
    """With `main: program` the option is looked up below `program`: hence our root has none."""
    make_venv(project / "env")
    program = project / "program"
    program.mkdir()
    with launched(launcher, program, {"PULUMI_RUNTIME_VIRTUALENV": "env"}) as process:
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (1, "")
    assert err.splitlines()[0] == (
        f"The 'virtualenv' option in Pulumi.yaml is set to \"{program}/env\", "
        f'but "{program}/env" doesn\'t exist.'
    )
