#!/usr/bin/env python3
"""Get what tests need for programs in other languages: `languages.py python typescript go`.

For each of them a generator of SDKs, for Go and TypeScript the language host, for TypeScript the
packages of npm. What the engine that `make engine` finds can do is left to it; the rest is built
once into the cache folder, from what is pinned in engine/. Prints the folders that belong on PATH.
Exit code 1: something cannot be had, and a line on stderr says why.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from keywordsai_dynamic.native import package_schema

HERE = Path(__file__).resolve().parent
SCHEMA = package_schema.FILE
RUNTIMES = {"python": "python", "typescript": "nodejs", "go": "go"}
"""What Pulumi calls each language."""
GO_FLAGS = "-trimpath -tags=osusergo,grpcnotrace"
"""Those of engine.py, so that what it has compiled is not compiled again."""


class NotPossibleError(Exception):
    """Something cannot be had here; the message says what and why."""


def main() -> int:
    try:
        engine = subprocess.check_output([sys.executable, HERE / "engine.py"], text=True)  # noqa: S603  (our own)
        for language in sys.argv[1:]:
            for folder in folders(language, Path(engine.strip())):
                sys.stdout.write(f"{folder}\n")
    except NotPossibleError as reason:
        _say(str(reason))
        return 1
    except subprocess.CalledProcessError:  # engine.py has said why
        return 1
    return 0


def folders(language: str, engine: Path) -> list[Path]:
    """Return the folders that belong on PATH for a language, and make those that are missing."""
    runtime = RUNTIMES[language]
    found = [] if _generates(engine) else [_generator()]
    if not (engine / f"pulumi-language-{runtime}").exists():
        found.append(_built(f"pulumi-language-{runtime}", runtime, "tool"))
    if language == "typescript":
        found.append(npm_packages() / ".bin")
    return found


def generate_sdk(language: str, folder: Path, engine: Path) -> None:
    """Write the SDK of this checkout's schema into `folder`, as `pulumi package add` does."""
    runtime = RUNTIMES[language]
    if not _generates(engine):
        _run([_generator() / "generate_sdk", SCHEMA, runtime, folder])
        return
    with tempfile.TemporaryDirectory() as home:
        own = {"PULUMI_HOME": home, "PULUMI_BACKEND_URL": Path(home).as_uri()}
        options = ["--local", "--language", runtime, "--out", home]
        _run([engine / "pulumi", "package", "gen-sdk", SCHEMA, *options], env=own)
        shutil.move(Path(home) / runtime, folder)


def npm_packages() -> Path:
    """Return the `node_modules` of TypeScript programs."""
    pins = HERE / "engine" / "npm"

    def install(folder: Path) -> None:
        shutil.copy(pins / "package.json", folder)
        quietly = ["--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]
        _run(["npm", "install", "--ignore-scripts", *quietly], cwd=folder)

    return _once("npm-packages", pins, "installing packages with npm", install) / "node_modules"


def _generates(engine: Path) -> bool:
    """Tell an official install, whose hosts generate SDKs, from one that engine.py has built."""
    return (engine / "pulumi-language-nodejs").exists()


def _generator() -> Path:
    return _built("generate_sdk", "cli", "./generate_sdk")


def _built(binary: str, pinned: str, package: str) -> Path:
    """Return the folder of a binary of Go; `package` is where the module `pinned` has it."""
    pins = HERE / "engine" / pinned

    def install(folder: Path) -> None:
        command = ["go", "install", *GO_FLAGS.split(), "-ldflags", "-s -w", package]
        _run(command, cwd=pins, env={"CGO_ENABLED": "0", "GOBIN": str(folder)})

    return _once(binary, pins, f"building {binary} with Go (a minute, once)", install)


def _once(name: str, pins: Path, doing: str, make: Callable[[Path], None]) -> Path:
    """Return the folder of what `pins` pins; where there is none, one is filled and renamed."""
    files = sorted(file for file in pins.rglob("*") if file.is_file())
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "keywordsai-dynamic" / "languages" / f"{name}-{digest[:12]}"
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="unfinished-", dir=folder.parent) as scratch:
        _say(doing)
        unfinished = Path(scratch) / "made"
        unfinished.mkdir()
        make(unfinished)
        if not folder.exists():  # another process may have been faster
            unfinished.rename(folder)
    return folder


def _run(
    command: Sequence[str | Path], cwd: Path | None = None, env: dict[str, str] | None = None
) -> None:
    try:
        subprocess.run(command, cwd=cwd, env={**os.environ, **(env or {})}, check=True)  # noqa: S603  (fixed commands)
    except FileNotFoundError:
        raise NotPossibleError(f"`{command[0]}` is not on PATH") from None
    except subprocess.CalledProcessError as ended:
        words = " ".join(map(str, command))
        raise NotPossibleError(f"`{words}` ended with {ended.returncode}") from None


def _say(line: str) -> None:
    sys.stderr.write(f"languages: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
