"""What the user asks `import-file` for, and what of it cannot be done."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..catalog.project_files import language, project_file, project_folder
from ..catalog.pulumi_yaml import settings
from ..core.errors import KeywordsAIError
from ..core.redaction import printable
from ..files.reader import content_of
from .adoption import identifier
from .engine_file import is_engine_file


@dataclass(frozen=True)
class Request:
    """What the user asked for: which models and providers, and which files to write.

    At most one file is written beside `output`. `patterns` choose models, and `providers` custom
    providers; without these, their list is not read. `stack` is the stack whose API key and base
    URL are used; without it, the environment's are. `native` asks for resources of the native
    plugin, for which `pulumi import` writes the code. `together` is the name of one resource that
    holds all models.
    """

    patterns: Sequence[str]
    output: Path
    program: Path | None = None
    catalog: Path | None = None
    config: Path | None = None
    stack_export: str | None = None
    name: str | None = None
    all_fields: bool = False
    force: bool = False
    stack: str | None = None
    providers: Sequence[str] = ()
    native: bool = False
    together: str | None = None

    @property
    def is_native(self) -> bool:
        """Whether the program uses the native plugin, as all but those in Python do."""
        return self.native or (not self._writes_code and _language_here() not in (None, "python"))

    @property
    def _writes_code(self) -> bool:
        return bool(self.program or self.catalog or self.config)


def _language_here() -> str | None:
    """Return the language of the project around the current folder, if there is one."""
    project = project_folder(Path.cwd())
    return language(settings(project_file(project))) if project else None


def check_targets(request: Request) -> None:
    """Raise KeywordsAIError for files that cannot be written together, or at all."""
    targets = [each for each in (request.program, request.catalog, request.config) if each]
    if request.is_native and (targets or request.all_fields):
        raise KeywordsAIError(
            "For the native plugin, `pulumi import` chooses the fields and writes the code: leave "
            "out --program, --catalog, --config and --all-fields."
        )
    if request.together is not None:
        _check_together(request)
    if len(targets) > 1:
        raise KeywordsAIError("Use only one of --program, --catalog and --config.")
    if request.output in targets:
        raise KeywordsAIError(
            f"{request.output} is given twice; -o is the file for `pulumi import`."
        )
    if request.config and not re.fullmatch(r"Pulumi\..+\.ya?ml", request.config.name):
        raise KeywordsAIError(
            f"--config must be a stack's file, Pulumi.<stack>.yaml, not {request.config}."
        )
    if request.catalog and request.catalog.suffix not in {".yaml", ".yml"}:
        raise KeywordsAIError(
            f"--catalog must be a YAML file, like models.yaml, not {request.catalog}."
        )
    if request.force:
        return
    if request.program and content(request.program).strip():
        raise KeywordsAIError(f"{request.program} already exists; --force overwrites it.")
    if content(request.output).strip() and not is_engine_file(_read_json(request.output)):
        raise KeywordsAIError(
            f"{request.output} already exists and is not a file for `pulumi import`; --force "
            "overwrites it."
        )


def _check_together(request: Request) -> None:
    name = request.together or ""
    if request.name is not None:
        raise KeywordsAIError("Use only one of --name and --together.")
    if not name or "::" in name or printable(name) != name:
        raise KeywordsAIError(
            "--together must be the name of a resource, without :: and invisible characters."
        )
    if request.is_native and identifier(name, "models") != name:
        raise KeywordsAIError(
            f"--together {name}: `pulumi import` makes a variable of the name; use letters, digits "
            f"and hyphens, such as {identifier(name, 'models')}."
        )


def content(path: Path) -> str:
    """Read a file with its line ends; a missing one counts as empty."""
    if not os.path.exists(path):
        return ""
    try:
        return content_of(path).decode()
    except UnicodeDecodeError:
        raise KeywordsAIError(f"{path}: is not UTF-8; save it as UTF-8.") from None


def _read_json(path: Path) -> object:
    try:
        return json.loads(content(path))
    except (RecursionError, ValueError):
        return None
