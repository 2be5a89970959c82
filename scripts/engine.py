#!/usr/bin/env python3
"""Find a Pulumi engine, or get one, and print the folder that belongs on PATH.

Tried in this order: `pulumi` and `pulumi-language-python` on PATH, this project's own cache, the
official installer, a build from the Go modules pinned beside this file. Each choice and each
failure is one line on stderr. Exit code 1: no engine can be had.
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
from typing import NoReturn

HERE = Path(__file__).resolve().parent
# `pulumi import --file` takes outputs, without reading the resource, from this version on.
OLDEST = (3, 254, 0)
NEEDED = ("pulumi", "pulumi-language-python", "pulumi-resource-pulumi-python")
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
    if not (pulumi and shutil.which("pulumi-language-python")):
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
    """Build the CLI and the Python language host from their pinned Go modules."""
    if not shutil.which("go"):
        raise NotPossible("build from Go modules: skipped, no `go` on PATH")
    with _all_or_nothing(_built()) as folder:
        host = _go_install("host", folder / "bin")
        cli = _go_install("cli", folder / "bin")
        # Both are scripts that the host and the CLI look for beside themselves; a Go module
        # has no executables, so the run bit is set here.
        for script in (
            host / "python/cmd/pulumi-language-python-exec",
            cli / "python/dist/pulumi-resource-pulumi-python",
        ):
            shutil.copyfile(script, folder / "bin" / script.name)
            (folder / "bin" / script.name).chmod(0o755)
    _say(f"{_built().name} built from Go modules")
    return _built() / "bin"


def _go_install(part: str, bin_dir: Path) -> Path:
    """Build one of the two modules into `bin_dir`; return the folder of the SDK it came with."""
    module = HERE / "engine" / part
    stamp = f"github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{_pinned(part)}"
    command = ["go", "install", "-trimpath", "-tags", "osusergo,grpcnotrace"]
    _run(
        [*command, "-ldflags", f"-s -w -X {stamp}", "tool"],
        f"building pulumi {part} {_pinned(part)} with Go (minutes, once)",
        cwd=module,
        env={"CGO_ENABLED": "0", "GOBIN": str(bin_dir)},
    )
    where = ["go", "list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi/sdk/v3"]
    return Path(_run(where, "looking for the scripts", cwd=module).strip())


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
    return _cache() / f"pulumi-{_pinned('cli')}-with-host-{_pinned('host')}"


def _sdk_version() -> str:
    return _version(HERE.parent / "constraints.txt", r"^pulumi==(\S+)$")


def _pinned(part: str) -> str:
    return _version(_go_mod(part), r"github\.com/pulumi/pulumi/sdk/v3 v(\S+)")


def _go_mod(part: str) -> Path:
    return HERE / "engine" / part / "go.mod"


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
