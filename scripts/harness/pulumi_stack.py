"""One stack of the real Pulumi CLI, in a separate folder: its program, its runs, its state."""

import atexit
import functools
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import yaml

from harness.cli_run import Result, Running
from harness.leaks import Secrets, may_show
from harness.quick_runs import SECRETS_PROVIDER, quick

STACK = "dev"


class Stack:
    """A project with one stack, on a `file://` backend, away from the user's own Pulumi home.

    `project` holds the program and is where the CLI runs; `env` is all of its environment. A
    `plain` one runs as users run theirs, without quick_runs.py. At its end, nothing that was
    printed or written may hold one of its `secrets` (leaks.py).
    """

    def __init__(
        self,
        folder: Path,
        engine: Path,
        env: Mapping[str, str] | None = None,
        *,
        plain: bool = False,
    ) -> None:
        self.project, self.state = folder / "project", folder / "state"
        self.secrets = Secrets()
        self.engine = engine
        self._folder, self._logs = folder, folder / "runs"
        self._runs: list[Running] = []
        self._ready = False
        for made in (self.project, self._logs, folder / "home", folder / "tmp", self.state):
            made.mkdir(parents=True)
        # The venv comes first: a language host built from Go takes the python3 that it finds.
        path = [str(Path(sys.executable).parent), str(engine), "/usr/local/bin", "/usr/bin", "/bin"]
        common = {
            "PATH": os.pathsep.join(path),
            "HOME": str(folder / "home"),
            "TMPDIR": str(folder / "tmp"),
            "LANG": "C.UTF-8",
            "PULUMI_HOME": str(folder / "home" / ".pulumi"),
            "PULUMI_BACKEND_URL": self.state.as_uri(),
            "PULUMI_STACK": STACK,
            "PULUMI_CONFIG_PASSPHRASE": "only in tests",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            # Python would run the old bytecode of a program that is written again within a second
            # with the same length.
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self._init_args = [] if plain else ["--secrets-provider", SECRETS_PROVIDER]
        self.env = {**(common if plain else quick(common)), **(env or {})}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for running in self._runs:
            running.kill()
        leaks = self.leaks() if kind is None else []
        assert leaks == [], "\n".join(["secrets were left behind:", *leaks])

    def leaks(self) -> list[str]:
        """List where a secret was printed or written so far."""
        shown = {file for run in self._runs if may_show(run.args) for file in run.files}
        files = (file for file in self._folder.rglob("*") if file.is_file() and file not in shown)
        return self.secrets.leaks(files)

    def write_program(self, text: str, **modules: str) -> None:
        """Make `text` the program; `modules` are files beside it (`thing="..."` is thing.py)."""
        (self.project / "__main__.py").write_text(text)
        for name, source in modules.items():
            (self.project / f"{name}.py").write_text(source)
        settings = self.project / "Pulumi.yaml"
        if not settings.exists():
            settings.write_text("name: test\nruntime: python\n")

    def copy_program(self, folder: Path) -> None:
        """Make a folder of `examples/` the program, or the root: then its settings and its `main`.

        The environment that its settings name is the one that the tests run in.
        """
        settings = yaml.safe_load((folder / "Pulumi.yaml").read_text())
        main = settings.get("main")
        for part in [folder / main, *folder.glob("Pulumi*.yaml")] if main else folder.iterdir():
            target = self.project / part.relative_to(folder)
            if part.is_file():
                shutil.copy(part, target)
            elif part.name != "__pycache__":
                shutil.copytree(part, target, ignore=shutil.ignore_patterns("__pycache__"))
        for venv in _virtualenvs(settings):
            Path(os.path.normpath(self.project / venv)).symlink_to(sys.prefix)

    def config(self, key: str, value: Any, *, secret: bool = False) -> None:  # noqa: ANN401  (YAML)
        """Set configuration: a string, number, list or map; a secret goes through the CLI."""
        if secret:
            self.pulumi("config", "set", "--secret", key, str(value))
            return
        self._init()
        settings = self._own_settings()
        if key.endswith(":apiKey"):
            self.secrets.add(value, settings)
        content = yaml.safe_load(settings.read_text()) or {}
        content.setdefault("config", {})[key] = value
        settings.write_text(yaml.safe_dump(content, sort_keys=False))

    def pulumi(
        self, *args: str, env: Mapping[str, str | None] | None = None, check: bool = True
    ) -> Result:
        """Run the CLI to its end; with `check`, a failure is the test's failure."""
        result = self.start(*args, env=env).wait()
        sys.stdout.write(f"{str(result)[:4000]}\n")  # pytest shows it if the test fails later on
        assert not check or result.returncode == 0, str(result)
        return result

    def start(self, *args: str, env: Mapping[str, str | None] | None = None) -> Running:
        """Start the CLI and return at once; a variable that is None is removed."""
        self._init()
        return self._start(("pulumi", *args), env or {})

    def run(
        self, *command: str, env: Mapping[str, str | None] | None = None, check: bool = True
    ) -> Result:
        """Run another command where the CLI runs, as `keywordsai-dynamic`."""
        result = self._start(command, env or {}).wait()
        assert not check or result.returncode == 0, str(result)
        return result

    def keep(self, printed: str) -> None:
        """Keep what something other than `pulumi` and `run` printed, so that it is searched too."""
        with (self._logs / "others").open("a") as log:
            log.write(printed)

    def preview(self, *args: str, **options: Any) -> Result:  # noqa: ANN401  (env=, check=)
        return self.pulumi("preview", "--diff", *args, **options)

    def preview_json(self, *args: str, **options: Any) -> Any:  # noqa: ANN401  (env=, check=)
        return self.pulumi("preview", "--json", *args, **options).json

    def up(self, *args: str, **options: Any) -> Result:  # noqa: ANN401  (env=, check=)
        return self.pulumi("up", "--yes", "--skip-preview", *args, **options)

    def refresh(self, *args: str, **options: Any) -> Result:  # noqa: ANN401  (env=, check=)
        return self.pulumi("refresh", "--yes", "--skip-preview", *args, **options)

    def destroy(self, *args: str, **options: Any) -> Result:  # noqa: ANN401  (env=, check=)
        return self.pulumi("destroy", "--yes", "--skip-preview", *args, **options)

    def deployment(self, stack: str = STACK) -> dict[str, Any]:
        """The state of the stack, as its file holds it; secrets are encrypted."""
        (file,) = self.state.glob(f".pulumi/stacks/**/{stack}.json")
        deployment: dict[str, Any] = json.loads(file.read_text())["checkpoint"]["latest"]
        return deployment

    def resources(self, stack: str = STACK) -> dict[str, dict[str, Any]]:
        """What the state holds, by resource name, without the stack itself and providers."""
        return {
            resource["urn"].rpartition("::")[2]: resource
            for resource in self.deployment(stack).get("resources", [])
            if not resource["type"].startswith(("pulumi:pulumi:", "pulumi:providers:"))
        }

    def outputs(self) -> dict[str, Any]:
        """What the program exported, secrets in the clear."""
        found: dict[str, Any] = self.pulumi("stack", "output", "--json", "--show-secrets").json
        return found

    def _init(self) -> None:
        """Make the stack; an equal project's is copied as `stack init` left it."""
        if self._ready:
            return
        self._ready = True
        settings = self.project / "Pulumi.yaml"
        if self._own_settings().exists() or not settings.exists() or not self._init_args:
            self._run_stack_init()
            return
        new = _new_stack(self.engine, _without_program(settings.read_text()))
        shutil.copy(new._own_settings(), self.project)
        shutil.copytree(new.state, self.state, dirs_exist_ok=True)

    def _run_stack_init(self) -> None:
        made = self._start(("pulumi", "stack", "init", STACK, *self._init_args), {}).wait()
        assert made.returncode == 0, str(made)

    def _own_settings(self) -> Path:
        return self.project / f"Pulumi.{STACK}.yaml"

    def _start(self, args: tuple[str, ...], env: Mapping[str, str | None]) -> Running:
        merged = {k: v for k, v in {**self.env, **env}.items() if v is not None}
        self.secrets.add_those_of(args, merged)
        for program in self.project.rglob("*.py"):
            self.secrets.add_wrapped(program)
        running = Running(args, self.project, merged, self._logs / str(len(self._runs)))
        self._runs.append(running)
        return running


NewStack = Callable[..., Stack]


def _without_program(settings: str) -> str:
    """Return the part of a Pulumi.yaml that `stack init` reads; one of YAML is the program too."""
    if "runtime: yaml" not in settings:
        return settings
    return yaml.safe_dump({key: yaml.safe_load(settings)[key] for key in ("name", "runtime")})


def _virtualenvs(settings: Mapping[str, Any]) -> list[str]:
    """Return the environments that a Pulumi.yaml names: the program's Python, its plugins."""
    runtime = settings["runtime"]
    options = runtime.get("options", {}) if isinstance(runtime, dict) else {}
    plugins = settings.get("plugins", {}).get("providers", [])
    paths = [plugin["path"].removesuffix("/bin") for plugin in plugins]
    return [*paths, *([options["virtualenv"]] if "virtualenv" in options else [])]


@functools.cache
def _new_stack(engine: Path, settings: str) -> Stack:
    """Run `pulumi stack init` for a project, once in each process of a test run."""
    folder = Path(tempfile.mkdtemp(prefix="keywordsai-new-stack-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    stack = Stack(folder, engine)
    (stack.project / "Pulumi.yaml").write_text(settings)
    stack._run_stack_init()
    return stack
