"""The launcher that `plugin install` puts into Pulumi's home, started as the engine starts it."""

import os
import subprocess
from pathlib import Path

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from harness.environments import Environment
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from keywordsai_dynamic.plugin_install.launcher import launcher

WHY = "keywordsai 7.0.0 cannot start: "
AGAIN = "Run `keywordsai-dynamic plugin install` in an environment with keywordsai-dynamic 7.0.0."
BYTE = b"\xff".decode(errors="surrogateescape")  # no text in UTF-8
HOSTILE = ["a b", "it's", '"', "$HOME`id`", "line\nbreak", "ключ", "-e", "%s\\n", BYTE]


def installed(folder: Path, python: Path, version: str = "7.0.0") -> Path:
    """Write a launcher as `plugin install` does."""
    file = folder / "pulumi-resource-keywordsai"
    file.write_bytes(os.fsencode(launcher(version, str(python))))
    file.chmod(0o755)
    return file


def served(file: Path, folder: Path, **env: str) -> str:
    """Start a launcher, and ask what it serves for its version."""
    process = subprocess.Popen(  # noqa: S603  (as the engine does)
        [file, "127.0.0.1:1"], cwd=folder, env=env, stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                stub = provider_pb2_grpc.ResourceProviderStub(channel)
                version: str = stub.GetPluginInfo(Empty(), timeout=30).version
        finally:
            process.kill()
    return version


def told(file: Path, **env: str) -> str:
    """Start a launcher that cannot start; return the one line that it says."""
    done = subprocess.run(  # noqa: S603  (as the engine does)
        [file, "127.0.0.1:1"], env=env, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (1, "")
    empty, line, rest = done.stderr.split("\n")
    assert (empty, rest) == ("", "")
    assert line.isprintable()
    return line


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Make an environment whose package stays as it is."""
    return Environment(tmp_path_factory.mktemp("environment") / "venv", "7.0.0")


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_any_path_may_lead_to_the_environment(
    environment: Environment, tmp_path: Path, name: str
) -> None:
    """It starts there, whatever the shell makes of such a path, and its one line stays one."""
    (tmp_path / name).symlink_to(environment.prefix)
    python = tmp_path / name / "bin" / "python"
    assert served(installed(tmp_path, python), tmp_path) == "7.0.0"
    (tmp_path / name).unlink()
    line = told(installed(tmp_path, python))
    assert line.startswith(f"{WHY}{tmp_path}/")
    assert line.endswith(f"/bin/python does not exist. {AGAIN}")


def test_only_its_own_environment_counts(environment: Environment, tmp_path: Path) -> None:
    """Neither the shell's variables nor the folder of the project bring other modules in."""
    for name in ("queue", "grpc", "keywordsai_dynamic"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not this one')")
    file = installed(tmp_path, environment.python)
    env = {"PYTHONPATH": str(tmp_path), "PYTHONHOME": "/nowhere", "PATH": "", "PYTHONOPTIMIZE": "x"}
    assert served(file, tmp_path, **env) == "7.0.0"


def test_a_file_that_is_not_python(tmp_path: Path) -> None:
    """Whatever now stands where the Python was: nothing that it prints passes for a port."""
    python = tmp_path / "python"
    file = installed(tmp_path, python)
    line = f"{WHY}{python} is not Python 3.11 or newer. {AGAIN}"
    for text in ("#!/bin/sh\necho 4711\n", "4711", "#!/nowhere\n", "\0\1", ""):
        python.write_text(text)
        for mode in (0o755, 0o644):
            python.chmod(mode)
            assert told(file) == line
    python.unlink()
    for real in ("/bin/true", "/bin/echo", "/bin/cat"):
        python.symlink_to(real)
        assert told(file) == line
        python.unlink()
    python.mkdir()
    assert told(file) == line


def test_an_environment_that_is_gone(tmp_path: Path) -> None:
    """A moved environment, and one whose Python was removed from the system."""
    python = tmp_path / "python"
    line = f"{WHY}{python} does not exist. {AGAIN}"
    file = installed(tmp_path, python)
    assert told(file) == line
    python.symlink_to(tmp_path / "removed")
    assert told(file) == line


def test_a_package_that_is_another_now(tmp_path: Path) -> None:
    """After an upgrade or a downgrade it does not start as what it is not; removed, it says how to
    get it back; with the right version it starts again.
    """
    environment = Environment(tmp_path / "venv's", "7.0.1")
    python = environment.python
    quoted = f"'{tmp_path}/venv'\"'\"'s/bin/"
    file = installed(tmp_path, python)
    for version in ("7.0.1", "7.0.0-rc.1", "6.9.0"):
        environment.upgrade(version)
        assert told(file) == (
            f"{WHY}{python} has keywordsai-dynamic {version} now. Run `{quoted}keywordsai-dynamic' "
            "plugin install` to use that, or `keywordsai-dynamic plugin install` in an environment "
            "with keywordsai-dynamic 7.0.0."
        )
    environment.uninstall()
    assert told(file) == (
        f"{WHY}{python} has no keywordsai-dynamic. Run `{quoted}python' -m pip install "
        "keywordsai-dynamic==7.0.0`."
    )
    environment.upgrade("7.0.0")
    assert served(file, tmp_path) == "7.0.0"
    (environment.package / "native" / "installed.py").unlink()  # as before there were launchers
    assert told(file).startswith(f"{WHY}{python} has no keywordsai-dynamic.")


def test_a_broken_environment(tmp_path: Path) -> None:
    """What is missing or broken in it is told in the one line, with what mends it; also where the
    engine has found the plugin without a launcher.
    """
    environment = Environment(tmp_path / "venv", "7.0.0")
    python, packages = environment.python, environment.package.parent
    file = installed(tmp_path, python)
    script = tmp_path / "script"
    script.write_text(
        f"#!/bin/sh\nexec {python} -Pc 'from keywordsai_dynamic.native.main import main; main()'\n"
    )
    script.chmod(0o755)
    mend = f"Run `{python} -m pip install --force-reinstall keywordsai-dynamic==7.0.0`."

    def damage(of: Path) -> str:
        begin, end = f"{WHY}the packages of {python} are broken (", f"). {mend}"
        line = told(of)
        assert line.startswith(begin), line
        assert line.endswith(end), line
        return line[len(begin) : -len(end)]

    for module in ("grpc", "google"):
        (packages / f"{module}.py").write_text("raise ImportError('of another machine')\n")
        assert [damage(each) for each in (file, script)] == ["ImportError: of another machine"] * 2
        (packages / f"{module}.py").unlink()
    (packages / "grpc.py").write_text("(")
    assert damage(file).startswith("SyntaxError: ")
    (packages / "grpc.py").unlink()
    schema = environment.package / "native" / "schema.json"
    schema.write_text("{")
    assert damage(file).startswith("JSONDecodeError: ")
    schema.unlink()
    for each in (file, script):
        assert damage(each).startswith("FileNotFoundError: ")


def test_a_package_that_is_needed_later(tmp_path: Path) -> None:
    """What has started without it says so at the call that needs it, in one line."""
    environment = Environment(tmp_path / "venv", "7.0.0")
    python, packages = environment.python, environment.package.parent
    file = installed(tmp_path, python)

    def begin(stub: provider_pb2_grpc.ResourceProviderStub) -> None:
        stub.Configure(provider_pb2.ConfigureRequest(sends_old_inputs_to_delete=True), timeout=30)
        urn = "urn:pulumi:dev::test::keywordsai:index:CustomModel::m"
        stub.Check(provider_pb2.CheckRequest(urn=urn, news={"inputCost": 1}), timeout=30)

    for module, broken in (("pydantic", packages), ("steps", environment.package / "lifecycle")):
        (broken / f"{module}.py").write_text("raise ImportError('of another machine')\n")
        with subprocess.Popen([file, "127.0.0.1:1"], stdout=subprocess.PIPE) as process:  # noqa: S603
            assert process.stdout is not None
            port = int(process.stdout.readline())
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                stub = provider_pb2_grpc.ResourceProviderStub(channel)
                with pytest.raises(grpc.RpcError) as failed:
                    begin(stub)
            process.terminate()
        assert failed.value.details() == (
            f"The plugin does not work: the packages of {python} are broken (ImportError: of "
            f"another machine). Run `{python} -m pip install --force-reinstall "
            "keywordsai-dynamic==7.0.0`."
        )
        (broken / f"{module}.py").unlink()


def test_uv_makes_environments_without_pip(tmp_path: Path) -> None:
    """There the way out is uv's command."""
    environment = Environment(tmp_path / "venv", "7.0.0")
    with (environment.prefix / "pyvenv.cfg").open("a") as settings:
        settings.write("uv = 0.9.1\n")
    file = installed(tmp_path, environment.python)
    (environment.package / "native" / "schema.json").unlink()
    install = f"Run `uv pip install {{}}--python {environment.python} keywordsai-dynamic==7.0.0`."
    assert told(file).endswith(install.format("--reinstall "))
    environment.uninstall()
    assert told(file).endswith(install.format(""))


def test_no_shell_stays_in_between(environment: Environment, tmp_path: Path) -> None:
    """The engine's signal reaches the plugin itself, which ends as it does without a launcher."""
    file = installed(tmp_path, environment.python)
    with subprocess.Popen([file, "127.0.0.1:1"], stdout=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdout is not None
        assert int(process.stdout.readline()) > 0
        process.terminate()
        assert process.wait(30) == 0
