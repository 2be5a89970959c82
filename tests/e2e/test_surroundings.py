"""`doctor` in every kind of set-up: both language hosts, any Python, and nothing left behind."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import sysconfig
import time
import venv
from dataclasses import astuple
from pathlib import Path

import pytest
import yaml
from harness.cli_run import processes
from harness.lengths import few
from harness.pulumi_stack import Stack
from set_ups import SET_UPS, Made, settings

from keywordsai_dynamic.doctor.diagnosis import Diagnosis
from keywordsai_dynamic.doctor.engine import check_engine
from keywordsai_dynamic.doctor.project import project_around
from keywordsai_dynamic.terminal import pulumi_cli
from keywordsai_dynamic.terminal.processes import run

PYTHON = shlex.quote(sys.executable)
TOOL = str(Path(sys.executable).with_name("keywordsai-dynamic"))

# What a host of 2026 answers: `sys.executable` of the Python that it runs. Like one, it installs
# into the folder of a project whose environment is not there.
MODERN = """#!/bin/sh
case "$*" in
*version*) echo v3.274.1; exit;;
esac
[ -f Pulumi.yaml ] && grep -q 'virtualenv\\|uv' Pulumi.yaml && mkdir -p .venv/bin
python=$("${PULUMI_PYTHON_CMD:-python3}" -c 'import sys; print(sys.executable)')
cat <<END
{"cliAbout": {"version": "3.274.1"}, "plugins":
 [{"name": "python", "version": "3.274.1", "kind": "language"}], "runtime":
 {"language": "python", "executable": "$python", "version": "3.11.7", "toolchain": "Auto"}}
END
"""


# What the hosts differ in is which Python they name; these tests are about one that is named.
EITHER_HOST = pytest.mark.parametrize(
    "here", few(["a modern host", "the engine's host"], 1), indirect=True
)


def program(path: Path, text: str) -> Path:
    """Write something that runs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def environment(folder: Path | None) -> None:
    """Make an environment that has the packages of this one."""
    assert folder is not None
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    here = sysconfig.get_path("purelib")
    (packages / "here.pth").write_text(f"import site; site.addsitedir({here!r})\n")


@pytest.fixture(params=["the engine's host", "a modern host"])
def here(request: pytest.FixtureRequest, stack: Stack, tmp_path: Path) -> Stack:
    """Make a project without options, with the CLI of these tests, or a stand-in for a new one."""
    stack.write_program("")
    stack.env["PATH"] = stack.env["PATH"].partition(os.pathsep)[2]  # what makes runs quick
    if request.param == "a modern host":
        with_modern_host(stack, tmp_path)
    return stack


@pytest.fixture
def modern(stack: Stack, tmp_path: Path) -> Stack:
    """Make a project without options, with a stand-in for a new CLI."""
    with_modern_host(stack, tmp_path)
    return stack


def with_modern_host(stack: Stack, folder: Path) -> None:
    first(stack, program(folder / "modern" / "pulumi", MODERN).parent)


def first(stack: Stack, folder: Path) -> None:
    """Put a folder first on PATH."""
    stack.env["PATH"] = os.pathsep.join([str(folder), stack.env["PATH"]])


def doctor(stack: Stack) -> list[tuple[str, str, str, str]]:
    """Run the command; give what it found that is not good."""
    # -E: the tool itself comes without the PYTHONPATH that it looks at.
    told = stack.run(sys.executable, "-E", TOOL, "doctor", "--format", "json", check=False)
    assert told.stderr == ""
    findings = told.json["findings"]
    assert told.returncode == (0 if told.json["healthy"] else 1)
    return [tuple(each.values()) for each in findings if each["state"] != "good"]


def looked_at(stack: Stack) -> list[tuple[str, str, str, str]]:
    """Look at the engine from within this process, as the command does; give what is not good."""
    project = project_around(stack.project)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "environ", stack.env)
        found = [each for each in check_engine(project, stack.project) if each.state != "good"]
    return [astuple(each) for each in found]


@pytest.mark.parametrize(
    "kind", few(["a shim", "a wrapper", "a link to it", "PULUMI_PYTHON_CMD"], 1)
)
def test_a_python_is_known_by_what_it_says_of_itself(
    here: Stack, tmp_path: Path, kind: str
) -> None:
    """Whatever it is called by: pyenv's shims and wrappers are not another Python."""
    called = tmp_path / "called" / "python3"
    run = f'exec {PYTHON} "$@"\n'
    if kind == "a shim":
        # As pyenv's: it looks for the version that the folder asks for.
        (here.project / ".python-version").write_text("here\n")
        run = f'[ "$(cat .python-version)" = here ] || exit 127\n{run}'
    program(called, f"#!/bin/sh\n{run}")
    if kind == "a link to it":
        linked = tmp_path / "linked"
        linked.symlink_to(sys.prefix)
        called = linked / "bin" / "python3"
    if kind == "PULUMI_PYTHON_CMD":
        here.env["PULUMI_PYTHON_CMD"] = str(called)
    else:
        first(here, called.parent)
    assert doctor(here) == []


TWO = "the program and the provider use different Pythons; both need the package"


@pytest.mark.parametrize("name", few([name for name in SET_UPS if SET_UPS[name].way_out], 5))
def test_two_environments_become_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Where host and launcher look in two places, one line says how both take one; then they do."""
    wanted, made = SET_UPS[name], Made(SET_UPS[name], tmp_path)
    environment(made.place(wanted.program))
    venv.create(tmp_path / "bare", symlinks=True)  # the Python on PATH has no packages
    program(made.tools / "pulumi", MODERN)
    program(made.tools / "uv", "#!/bin/sh\nexit 1\n")
    program(made.tools / "poetry", f"#!/bin/sh\necho {tmp_path}/poetry\n")
    path = f"{made.tools}:{tmp_path}/bare/bin:/usr/bin:/bin"
    monkeypatch.setattr(os, "environ", {"PATH": path, **made.variables})

    def found() -> list[Diagnosis]:
        findings = check_engine(made.project, made.root)
        return [each for each in findings if each.state != "good"]

    note, bad = found()
    assert note == Diagnosis("python", "note", TWO)
    assert (bad.subject, bad.state, bad.to_do) == ("provider's python", "bad", made.way_out)
    follow(bad.to_do, made.root)
    assert found() == []


def follow(way_out: str, root: Path) -> None:
    """Do what the doctor says."""
    settings = yaml.safe_load((root / "Pulumi.yaml").read_text())
    if not isinstance(settings["runtime"], dict):
        settings["runtime"] = {"name": settings["runtime"], "options": {}}
    for step in way_out.split("; and "):
        if step.startswith("ln"):
            subprocess.run(step, shell=True, check=True)  # noqa: S602  (as its reader types it)
        elif step.startswith("remove `virtualenv`"):
            del settings["runtime"]["options"]["virtualenv"]
        else:
            settings["runtime"]["options"] |= re.findall(r"`(\w+): (\S+)`", step)
    (root / "Pulumi.yaml").write_text(yaml.safe_dump(settings))


@pytest.mark.parametrize("name", few(SET_UPS, 8))
def test_the_launcher_takes_what_is_said_of_it(engine: Path, tmp_path: Path, name: str) -> None:
    """The provider's launcher runs the Python that the doctor names, in every set-up."""
    wanted, made = SET_UPS[name], Made(SET_UPS[name], tmp_path)
    places = {made.place(wanted.program), made.place(wanted.provider)}
    for folder in filter(None, places):
        program(folder / "bin" / "python", '#!/bin/sh\necho "$0"\n')
    on_path = program(made.tools / "python3", '#!/bin/sh\necho "$0"\n')
    program(made.tools / "poetry", f"#!/bin/sh\necho {tmp_path}/poetry\n")
    options = {f"PULUMI_RUNTIME_{key.upper()}": each for key, each in made.project.options.items()}
    done = subprocess.run(  # noqa: S603  (of the CLI)
        [engine / "pulumi-resource-pulumi-python", "127.0.0.1:1"],
        cwd=made.project.program,
        env={"PATH": f"{made.tools}:/usr/bin:/bin", **made.variables, **options},
        capture_output=True,
        text=True,
        check=True,
    )
    provider = made.place(wanted.provider)
    expected = provider / "bin" / "python" if provider else on_path
    assert os.path.normpath(done.stdout.strip()) == str(expected)


@EITHER_HOST
def test_a_python_that_is_too_old_to_be_asked_much(here: Stack, tmp_path: Path) -> None:
    """A `python3` on PATH from before 3.11 is named with its version."""
    old = tmp_path / "old" / "python3"
    told = {"version": [3, 9, 18], "executable": str(old), "prefix": "/old", "files": []}
    program(old, f"#!/bin/sh\necho '{json.dumps(told)}'\n")
    first(here, old.parent)
    to_do = "put Python 3.11 or newer first on PATH, or set PULUMI_PYTHON_CMD to it"
    expected = f"{old} is 3.9.18; this package needs 3.11"
    assert looked_at(here) == [("python", "bad", expected, to_do)]


@EITHER_HOST
@pytest.mark.parametrize(
    ("text", "found"),
    few(
        [
            (
                "#!/bin/sh\necho 'pyenv: version 3.14 is not installed' >&2; exit 1\n",
                ": pyenv: version 3.14 is not installed",
            ),
            ("#!/nowhere\n", None),
            ("#!/bin/sh\necho hello\n", ""),
        ],
        1,
    ),
)
def test_a_python_that_does_not_run(
    here: Stack, tmp_path: Path, text: str, found: str | None
) -> None:
    """What it says itself is repeated."""
    broken = program(tmp_path / "broken" / "python3", text)
    first(here, broken.parent)
    ((subject, state, told, _),) = looked_at(here)
    assert (subject, state) == ("python", "bad")
    expected = "does not exist" if found is None else f"does not run{found}"
    assert told == f"{broken} {expected}"


def test_an_environment_whose_python_is_gone(modern: Stack) -> None:
    """A venv outlives the Python that it was made with; it is said, and how to make it anew."""
    (modern.project / "Pulumi.yaml").write_text(settings(virtualenv="own"))
    own = modern.project / "own"
    (own / "bin").mkdir(parents=True)
    (own / "bin" / "python").symlink_to("/opt/python-3.10/bin/python3")
    (own / "pyvenv.cfg").touch()
    make = f"python3 -m venv {own} && {own}/bin/python -m pip install keywordsai-dynamic"
    assert looked_at(modern) == [
        (
            "python",
            "bad",
            f"{own}/bin/python links to /opt/python-3.10/bin/python3, which does not exist",
            f"rm -r {own} && {make}; or correct `virtualenv` in Pulumi.yaml",
        )
    ]


@EITHER_HOST
def test_variables_of_the_shell_that_mean_another_python(here: Stack, tmp_path: Path) -> None:
    """VIRTUAL_ENV of another environment, and a PYTHONPATH with a package of the same name."""
    shadow = tmp_path / "shadow" / "pulumi"
    shadow.mkdir(parents=True)
    (shadow / "__init__.py").touch()
    here.env |= {"VIRTUAL_ENV": "/elsewhere", "PYTHONPATH": f"/x:{shadow.parent}"}
    python = Path(sys.executable).with_name("python3")
    assert looked_at(here) == [
        ("python", "note", f"VIRTUAL_ENV is /elsewhere, but Pulumi runs {python}", ""),
        ("python", "note", f"PYTHONPATH puts {shadow} ahead of the installed packages", ""),
    ]


def test_a_program_folder_that_is_not_there(modern: Stack) -> None:
    """`main` that names nothing is said, instead of what follows from it."""
    (modern.project / "Pulumi.yaml").write_text(settings("nowhere"))
    told = f"`main` in Pulumi.yaml is {modern.project}/nowhere, which does not exist"
    assert looked_at(modern) == [("project", "bad", told, "correct `main`")]


SLEEPER = "import time; time.sleep(300)"


@pytest.fixture
def leaves_a_child(tmp_path: Path) -> str:
    """Make the beginning of a program: it starts a child, with a process group of its own."""
    group = "import os; os.setpgid(0, 0); "
    child = shlex.join([sys.executable, "-c", group + SLEEPER, str(tmp_path)])
    return f"#!/bin/sh\n{child} &\necho written > written-here\n"


def left(tmp_path: Path) -> list[str]:
    """Name the processes that such a child has become; who is killed may take a moment to go."""
    deadline = time.monotonic() + 10
    while True:
        found = [each for _, each in processes() if SLEEPER in each and str(tmp_path) in each]
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


@pytest.mark.parametrize("options", few([{"virtualenv": ".venv"}, {"toolchain": "uv"}], 1))
def test_nothing_is_installed_and_nothing_is_left(
    modern: Stack, tmp_path: Path, leaves_a_child: str, options: dict[str, str]
) -> None:
    """The CLI is not asked in the user's project, and what it starts ends with it."""
    (modern.project / "Pulumi.yaml").write_text(settings(**options))
    program(tmp_path / "modern" / "pulumi", leaves_a_child + MODERN.partition("\n")[2])
    first(modern, program(tmp_path / "tools" / "uv", "#!/bin/sh\necho > synced\n").parent)
    before = files(modern.project)
    found = {(subject, state) for subject, state, _, _ in doctor(modern)}
    assert found == {("python", "bad")}
    assert files(modern.project) == before
    assert files(tmp_path / modern.env["TMPDIR"]) == []
    assert left(tmp_path) == []


def test_a_cli_that_hangs_is_ended_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leaves_a_child: str
) -> None:
    """After the patience for a CLI, neither it nor its children are there, whatever they hold."""
    cli = program(tmp_path / "bin" / "pulumi", f"{leaves_a_child}exec sleep 300\n")
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(pulumi_cli, "_SECONDS", 1)
    monkeypatch.setenv("PATH", os.pathsep.join([str(cli.parent), os.environ["PATH"]]))
    began = time.monotonic()
    assert pulumi_cli.about() is None
    assert time.monotonic() - began < 20
    assert files(here) == []
    assert left(tmp_path) == []


@pytest.mark.parametrize("how", few([signal.SIGTERM, signal.SIGHUP], 1))
def test_whoever_is_told_to_end_leaves_nothing(
    modern: Stack, tmp_path: Path, leaves_a_child: str, how: signal.Signals
) -> None:
    """As a CI's timeout does it to a doctor whose CLI hangs: no process stays, and no file."""
    began = tmp_path / "began"
    hangs = f"{leaves_a_child}touch {began}\nexec sleep 300\n"
    program(tmp_path / "modern" / "pulumi", hangs)
    command = [sys.executable, "-E", TOOL, "doctor"]
    with subprocess.Popen(command, cwd=modern.project, env=modern.env) as running:  # noqa: S603
        deadline = time.monotonic() + 30
        while not began.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert began.exists()
        running.send_signal(how)
        assert running.wait(20) == 128 + how
    assert left(tmp_path) == []
    assert files(tmp_path / modern.env["TMPDIR"]) == []


@pytest.mark.parametrize("before", [signal.SIG_DFL, signal.SIG_IGN])
def test_what_a_signal_did_before_it_does_again(tmp_path: Path, before: signal.Handlers) -> None:
    """Signals are handled while a program runs only, and one that is ignored stays so."""
    kept = signal.signal(signal.SIGHUP, before)
    try:
        asked = f"kill -HUP {os.getpid()}" if before is signal.SIG_IGN else "true"
        assert run(["sh", "-c", asked], tmp_path, os.environ, 10).code == 0
        assert signal.getsignal(signal.SIGHUP) is before
        if before is signal.SIG_DFL:
            with pytest.raises(SystemExit) as ended:
                run(["sh", "-c", f"kill -HUP {os.getpid()}; sleep 20"], tmp_path, os.environ, 30)
            assert ended.value.code == 128 + signal.SIGHUP
            assert signal.getsignal(signal.SIGHUP) is before
    finally:
        signal.signal(signal.SIGHUP, kept)
