#!/usr/bin/env python3
"""Find a Pulumi engine, or get one, and print the folder that belongs on PATH.

An engine is the CLI and the hosts of Python and YAML programs. Tried in this order: PATH, this
project's own cache, the official installer, a build from the Go modules pinned beside this file.
Each choice and each failure is one line on stderr. Exit code 1: no engine can be had.
"""

import contextlib
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import NamedTuple, NoReturn

HERE = Path(__file__).resolve().parent
# `pulumi import --file` takes outputs, without reading the resource, from this version on.
OLDEST = (3, 254, 0)
SDK = "github.com/pulumi/pulumi/sdk/v3"
YAML = "github.com/pulumi/pulumi-yaml"


class Part(NamedTuple):
    """One part of a built engine: a `binary` of a Go module.

    `stamp` is the variable that holds its version, and `named` is how the folder of a build names
    it. `scripts` are files of the module that the binary looks for beside itself.
    """

    module: str
    stamp: str
    named: str
    binary: str
    scripts: tuple[str, ...] = ()

    def files(self) -> tuple[str, ...]:
        return (self.binary, *(Path(script).name for script in self.scripts))


PARTS = {
    "cli": Part(
        SDK,
        f"{SDK}/go/common/version.Version",
        "pulumi-{}",
        "pulumi",
        ("python/dist/pulumi-resource-pulumi-python",),
    ),
    "host": Part(
        SDK,
        f"{SDK}/go/common/version.Version",
        "with-host-{}",
        "pulumi-language-python",
        ("python/cmd/pulumi-language-python-exec",),
    ),
    "yaml": Part(YAML, f"{YAML}/pkg/version.Version", "yaml-{}", "pulumi-language-yaml"),
}
NEEDED = (*PARTS["cli"].files(), PARTS["host"].binary, PARTS["yaml"].binary)
INSTALLER = "https://get.pulumi.com/install.sh"
REACHABLE_SECONDS = 8
INSTALL_SECONDS = 300
HOW_TO_GET_ONE = (
    "no Pulumi engine: install the Pulumi CLI (https://www.pulumi.com/docs/install/) "
    "or Go {} or newer (https://go.dev/dl/), then run this again"
)


class NotPossible(Exception):  # noqa: N818  (not an error: the next way is tried)
    """One way of getting an engine does not work here; the message says why."""


def main() -> int:
    signal.signal(signal.SIGTERM, _stop)
    try:
        sys.stdout.write(f"{engine_bin()}\n")
    except NotPossible as reason:
        _say(str(reason))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def engine_bin() -> Path:
    """Return the folder that holds the engine; raises `NotPossible` when there is none."""
    found = _on_path() or _cached()
    if found:
        return found
    with _only_one_at_a_time():
        found = _cached()
        if found:
            return found
        for get in (_install, _build):
            try:
                return get()
            except NotPossible as reason:
                _say(str(reason))
    raise NotPossible(HOW_TO_GET_ONE.format(_version(_go_mod("cli"), r"^go (\S+)$")))


def _on_path() -> Path | None:
    pulumi = shutil.which("pulumi")
    if not (pulumi and shutil.which(PARTS["host"].binary)):
        return None
    if not shutil.which(PARTS["yaml"].binary):
        _say(f"{pulumi} on PATH comes without {PARTS['yaml'].binary}: skipped")
        return None
    asked = subprocess.run(  # noqa: S603  (the pulumi that the user put on PATH)
        [pulumi, "version"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
    )
    version = re.match(r"v?(\d+)\.(\d+)\.(\d+)", asked.stdout)
    if not version:
        _say(f"{pulumi} on PATH does not report its version: skipped")
        return None
    if tuple(map(int, version.groups())) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        _say(f"{pulumi} on PATH is {version[0].lstrip('v')}, older than {oldest}: skipped")
        return None
    _say(f"{version[0].lstrip('v')} on PATH")
    return Path(pulumi).parent


def _cached() -> Path | None:
    for folder in (_official(), _built()):
        bin_dir = folder / "bin"
        if all((bin_dir / name).exists() for name in NEEDED):
            _say(f"{folder.name} from the cache")
            return bin_dir
    return None


def _install() -> Path:
    """Run the official installer; a machine without a network fails within seconds."""
    python = HERE.parent / ".venv" / "bin" / "python"
    if not python.exists():
        raise NotPossible("official installer: skipped, `make setup` installs it")
    reach = f"import urllib.request as r; r.urlopen({INSTALLER!r}, timeout=5).close()"
    try:
        _run([python, "-c", reach], "official installer: is it reachable?", REACHABLE_SECONDS)
    except NotPossible:
        raise NotPossible("official installer: not reachable from here") from None
    install = (
        "import sys; from pulumi.automation import PulumiCommand; from semver import VersionInfo; "
        "PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]))"
    )
    with _all_or_nothing(_official()) as folder:
        _run(
            [python, "-c", install, folder, _sdk_version()],
            "official installer: downloading",
            INSTALL_SECONDS,
        )
    _say(f"{_official().name} from the official installer")
    return _official() / "bin"


def _build() -> Path:
    """Build each part from its pinned Go module, unless an earlier build has it."""
    if not shutil.which("go"):
        raise NotPossible("build from Go modules: skipped, no `go` on PATH")
    with _all_or_nothing(_built()) as folder:
        (folder / "bin").mkdir()
        for name in ("host", "yaml", "cli"):  # the longest last, so that a failure shows early
            if not _take_over(name, folder / "bin"):
                _go_install(name, folder / "bin")
    _say(f"{_built().name} built from Go modules")
    return _built() / "bin"


def _take_over(name: str, bin_dir: Path) -> bool:
    """Link the files of a part from a build of the same version, if the cache holds one."""
    for earlier in _cache().glob("pulumi-*"):
        files = [earlier / "bin" / file for file in PARTS[name].files()]
        if f"-{_named(name)}-" in f"-{earlier.name}-" and all(file.exists() for file in files):
            for file in files:
                os.link(file, bin_dir / file.name)
            return True
    return False


def _go_install(name: str, bin_dir: Path) -> None:
    """Build a part, with the scripts of its module, into `bin_dir`."""
    part, folder, version = PARTS[name], HERE / "engine" / name, _pinned(name)
    link = f"-s -w -X {part.stamp}=v{version}"
    _run(
        ["go", "install", "-trimpath", "-tags", "osusergo,grpcnotrace", "-ldflags", link, "tool"],
        f"building {part.binary} {version} with Go (minutes, once)",
        cwd=folder,
        env={"CGO_ENABLED": "0", "GOBIN": str(bin_dir)},
    )
    if not part.scripts:
        return
    where = ["go", "list", "-m", "-f", "{{.Dir}}", part.module]
    module = Path(_run(where, "looking for the scripts", cwd=folder).strip())
    for script in part.scripts:
        target = bin_dir / Path(script).name
        shutil.copyfile(module / script, target)
        target.chmod(0o755)  # a Go module has no executables


def _run(
    command: Sequence[str | Path],
    doing: str,
    seconds: float = float("inf"),
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
) -> str:
    """Run a command in a new process group, and report from time to time that it still runs."""
    with tempfile.TemporaryDirectory() as scratch, (Path(scratch) / "errors").open("w+") as errors:
        process = subprocess.Popen(  # noqa: S603  (fixed commands, paths of our own)
            command,
            cwd=cwd,
            env={**os.environ, "TMPDIR": scratch, **(env or {})},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
        try:
            output = _wait(process, doing, seconds)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.returncode:
            errors.seek(0)
            raise NotPossible(f"{doing}: failed\n{''.join(errors.readlines()[-15:])}".rstrip())
    return output


def _wait(process: subprocess.Popen[str], doing: str, seconds: float) -> str:
    """Wait for the process to end; on a terminal one line counts, elsewhere a line every 10 s."""
    started = time.monotonic()
    tty = sys.stderr.isatty()
    shown = False
    try:
        while True:
            try:
                return process.communicate(timeout=min(seconds, 1 if tty else 10))[0]
            except subprocess.TimeoutExpired:
                elapsed = time.monotonic() - started
                if elapsed >= seconds:
                    raise NotPossible(f"{doing}: timed out after {seconds:.0f} s") from None
                sys.stderr.write("\r" if tty else "")
                sys.stderr.write(f"engine: {doing}, {elapsed:.0f} s" + ("" if tty else "\n"))
                sys.stderr.flush()
                shown = True
    finally:
        if tty and shown:
            sys.stderr.write("\n")


@contextlib.contextmanager
def _all_or_nothing(folder: Path) -> Iterator[Path]:
    """Fill a folder beside the final one and rename it when it is complete."""
    for stale in folder.parent.glob("unfinished-*"):  # left by a kill; we hold the lock
        shutil.rmtree(stale, ignore_errors=True)
    unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=folder.parent))
    unfinished.chmod(0o755)
    try:
        yield unfinished
        missing = [name for name in NEEDED if not (unfinished / "bin" / name).exists()]
        if missing:
            raise NotPossible(f"{folder.name}: incomplete, without {', '.join(missing)}")
        if folder.exists():
            shutil.rmtree(folder)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


@contextlib.contextmanager
def _only_one_at_a_time() -> Iterator[None]:
    try:
        _cache().mkdir(parents=True, exist_ok=True)
        lock = (_cache() / "lock").open("w")
    except OSError as problem:
        raise NotPossible(f"no engine: the cache cannot be written: {problem}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("another process is getting the engine: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "keywordsai-dynamic" / "engine"


def _official() -> Path:
    return _cache() / f"pulumi-{_sdk_version()}"


def _built() -> Path:
    """Return the folder of a build, named by the version of each part."""
    return _cache() / "-".join(map(_named, PARTS))


def _named(name: str) -> str:
    return PARTS[name].named.format(_pinned(name))


def _sdk_version() -> str:
    return _version(HERE.parent / "constraints.txt", r"^pulumi==(\S+)$")


def _pinned(name: str) -> str:
    return _version(_go_mod(name), rf"{re.escape(PARTS[name].module)} v(\S+)")


def _go_mod(name: str) -> Path:
    return HERE / "engine" / name / "go.mod"


def _version(file: Path, pattern: str) -> str:
    found = re.search(pattern, file.read_text(), re.MULTILINE)
    if not found:
        raise NotPossible(f"{file.name} does not pin pulumi ({pattern})")
    return found[1]


def _say(line: str) -> None:
    sys.stderr.write(f"engine: {line}\n")
    sys.stderr.flush()


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
