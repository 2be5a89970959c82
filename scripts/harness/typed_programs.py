"""Programs in Python, TypeScript and Go on the native plugin, each with its generated SDK.

What is made here is what `pulumi package add` leaves in a project, but for its downloads: the SDK,
compiled, where the program finds it.
"""

import atexit
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import languages
import yaml

from harness.pulumi_stack import Stack
from harness.yaml_program import plugin_folder

_EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def copy_typed(stack: Stack, language: str, program: Path) -> None:
    """Make the folder of a program in `language` the stack's, with the SDK beside it.

    A stack that has another program becomes one of this language, and keeps its state and settings.
    """
    shutil.copytree(program, stack.project, dirs_exist_ok=True)
    file = stack.project / "Pulumi.yaml"
    settings = yaml.safe_load(file.read_text()) if file.exists() else {"name": "test"}
    settings["runtime"] = languages.RUNTIMES[language]
    settings["plugins"] = {"providers": [{"name": "keywordsai", "path": str(plugin_folder())}]}
    version = json.loads(languages.SCHEMA.read_text())["version"]
    settings["packages"] = {"keywordsai": f"keywordsai@{version}"}
    file.write_text(yaml.safe_dump(settings, sort_keys=False))
    path = [str(folder) for folder in languages.folders(language, stack.engine)]
    stack.env["PATH"] = os.pathsep.join([*path, stack.env["PATH"]])
    _ADD[language](stack)


@functools.cache
def generated(language: str, engine: Path) -> Path:
    """Generate the SDK of a language, once in each process of a test run; return its folder."""
    folder = Path(tempfile.mkdtemp(prefix=f"keywordsai-{language}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    languages.generate_sdk(language, folder / "sdk", engine)
    return folder / "sdk"


def _add_python(stack: Stack) -> None:
    stack.env["PYTHONPATH"] = os.pathsep.join(
        [stack.env["PYTHONPATH"], str(_python_package(stack.engine))]
    )


@functools.cache
def _python_package(engine: Path) -> Path:
    """Return a folder into which pip has installed the SDK, which asks for its own version."""
    sdk = generated("python", engine)
    folder = sdk.parent / "installed"
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    pip = [sys.executable, "-m", "pip", "install", "-qq", *offline]
    subprocess.run([*pip, "--target", folder, sdk], check=True)  # noqa: S603
    return folder


def _add_typescript(stack: Stack) -> None:
    for settings in ("package.json", "tsconfig.json"):
        shutil.copy(_EXAMPLES / "typescript_prices" / settings, stack.project)
    (stack.project / "node_modules").symlink_to(_node_modules(stack.engine))


@functools.cache
def _node_modules(engine: Path) -> Path:
    """Return what npm makes of a program's package.json, the SDK compiled as npm does it."""
    installed, sdk = languages.npm_packages(), generated("typescript", engine)
    folder = sdk.parent / "node_modules"
    for package in [*installed.glob("[!@.]*"), *installed.glob("@*/*")]:
        link = folder / package.relative_to(installed)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(package)
    shutil.copytree(sdk, folder / "@pulumi" / "keywordsai")
    path = os.pathsep.join([str(installed / ".bin"), os.environ["PATH"]])
    subprocess.run(
        ["node", "./scripts/postinstall.js"],  # noqa: S607
        cwd=folder / "@pulumi" / "keywordsai",
        env={**os.environ, "PATH": path},
        check=True,
    )
    return folder


def _add_go(stack: Stack) -> None:
    for settings in ("go.mod", "go.sum"):
        shutil.copy(_EXAMPLES / "go_prices" / settings, stack.project)
    shutil.copytree(generated("go", stack.engine), stack.project / "sdks" / "keywordsai")
    asked = subprocess.check_output(["go", "env", "-json", "GOCACHE", "GOENV", "GOMODCACHE"])  # noqa: S607
    flags = f"{languages.GO_FLAGS} '-ldflags=-s -w'"
    own: dict[str, str] = {**json.loads(asked), "CGO_ENABLED": "0", "GOFLAGS": flags}
    stack.env.update(own)
    stack.env["PATH"] += os.pathsep + str(Path(shutil.which("go") or "").parent)
    # Here, because it may take longer than a run of the CLI; the host has only to link it.
    build = ["go", "build", "-o", os.devnull]
    subprocess.run(build, cwd=stack.project, env={**os.environ, **own}, check=True)  # noqa: S603


_ADD = {"python": _add_python, "typescript": _add_typescript, "go": _add_go}
