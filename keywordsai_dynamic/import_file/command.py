"""The command `import-file`: reads the live list, writes files, and tells what to run next."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import fill

from ..catalog.project_files import project_file, project_folder
from ..catalog.pulumi_yaml import settings
from ..catalog.stack_config import config_of
from ..core.config_keys import MODELS_CONFIG_KEY
from ..core.errors import KeywordsAIError
from ..core.redaction import one_line, printable, redact
from ..core.settings import Settings
from ..files.json_reader import from_json
from ..files.reader import content_of
from ..terminal.list_models import live_models, live_providers
from ..terminal.output import say
from ..terminal.pulumi_cli import OLDEST, PAGE, dotted, version
from ..terminal.stack_settings import settings_for
from .adoption import Held, Selection, held_by, select
from .catalog import models_in, with_models
from .engine_file import engine_file, is_engine_file
from .program import program, provider_code
from .providers import ProviderSelection, select_providers

_SHOWN = 5


@dataclass(frozen=True)
class Request:
    """What the user asked for: which models and providers, and which files to write.

    At most one file is written beside `output`. `patterns` choose models, and `providers` custom
    providers; without these, their list is not read. `stack` is the stack whose API key and base
    URL are used; without it, the environment's are.
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


def run(request: Request) -> int:
    """Write the files, tell what to run next, and return the exit code.

    If anything is wrong, nothing is written: everything that can fail comes first.
    """
    _check_targets(request)
    if request.config:
        _check_project(request.config)
    held = _held(request.stack_export) if request.stack_export else Held()
    service = settings_for(request.stack)
    file, stack = request.catalog or request.config, request.config is not None
    text = _content(file) if file else ""
    present = models_in(text, stack=stack, file=str(file)) if file else {}
    selection = select(
        live_models(service),
        request.patterns,
        held=held,
        all_fields=request.all_fields,
        fields=present,
        slugs=request.program is not None,
    )
    if request.name is not None:
        selection = _named(selection, request.name)
    providers = _providers(request, service, held, selection)
    if not selection.adoptions and not providers.adoptions:
        return _nothing(selection, providers, request)
    document = engine_file(selection.adoptions, service.base_url, providers.adoptions)
    files = {request.output: json.dumps(document, indent=2) + "\n"}
    if request.program:
        files[request.program] = program(selection.adoptions, providers.adoptions)
    if file:
        new = [each for each in selection.adoptions if each.model_name not in present]
        files[file] = with_models(text, new, stack=stack, file=str(file))
    for path, written in files.items():
        _write(path, written)
    known = [each.model_name for each in selection.adoptions if each.model_name in present]
    _report(selection, providers, request, list(files), known)
    return _next(request, providers)


def _providers(
    request: Request, service: Settings, held: Held, models: Selection
) -> ProviderSelection:
    """Select custom providers if the user wants any; their list may hold every key."""
    if not request.providers:
        return ProviderSelection()
    names = [each.resource_name for each in models.adoptions]
    return select_providers(live_providers(service).providers, request.providers, held, names)


def _check_targets(request: Request) -> None:
    targets = [each for each in (request.program, request.catalog, request.config) if each]
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
    if request.program and _content(request.program).strip():
        raise KeywordsAIError(f"{request.program} already exists; --force overwrites it.")
    if _content(request.output).strip() and not is_engine_file(_read_json(request.output)):
        raise KeywordsAIError(
            f"{request.output} already exists and is not a file for `pulumi import`; --force "
            "overwrites it."
        )


def _check_project(config: Path) -> None:
    """Refuse to add the first models to a stack's file if they would replace its project's."""
    project = project_folder(config.absolute().parent)
    if project is None or MODELS_CONFIG_KEY not in config_of(settings(project_file(project))):
        return
    if not config.is_file() or MODELS_CONFIG_KEY not in config_of(settings(config)):
        raise KeywordsAIError(
            f"{project_file(project).name} has {MODELS_CONFIG_KEY}, which the one in a stack's "
            f"file replaces entirely; move the models to {config.name} first, or use --catalog."
        )


def _held(source: str) -> Held:
    if source != "-":
        return held_by(from_json(content_of(Path(source)), source))
    name = "standard input"
    try:
        return held_by(from_json(sys.stdin.buffer.read(), name))
    except OSError as problem:
        raise KeywordsAIError(f"{name}: cannot be read: {problem.strerror}") from None


def _named(selection: Selection, name: str) -> Selection:
    if len(selection.adoptions) > 1:
        raise KeywordsAIError(
            f"--name is for one model, but {len(selection.adoptions)} match; narrow --match."
        )
    if printable(name) != name:
        raise KeywordsAIError(f"--name {name} contains invisible characters.")
    return replace(
        selection, adoptions=[each._replace(resource_name=name) for each in selection.adoptions]
    )


def _nothing(selection: Selection, providers: ProviderSelection, request: Request) -> int:
    """Print why there is nothing to write; it is not an error if the stack has everything."""
    for note in (*selection.notes, *providers.notes):
        say(f"skipped: {one_line(note.model_name)}: {note.field} {note.sentence}", err=True)
    if selection.held or providers.held:
        there = _counts(selection.held, providers.held)
        say(f"Nothing to import: the stack already has all {there}.")
        return 0
    if request.patterns:
        patterns = " or ".join(map(one_line, request.patterns))
        raise KeywordsAIError(
            f"No custom model matches {patterns}; `keywordsai-dynamic models` lists them."
        )
    raise KeywordsAIError("The organization has no custom models, so there is nothing to import.")


def _report(
    selection: Selection,
    providers: ProviderSelection,
    request: Request,
    written: Sequence[Path],
    known: list[str],
) -> None:
    new = _counts(len(selection.adoptions), len(providers.adoptions))
    say(f"{new} → {', '.join(map(str, written))}")
    if selection.held or providers.held:
        _say(f"{_counts(selection.held, providers.held)} skipped: already in the stack.")
    adopted = {each.model_name for each in selection.adoptions}
    adopted |= {each.provider_id for each in providers.adoptions}
    for note in (*selection.notes, *providers.notes):
        what = "not declared" if note.model_name in adopted else "skipped"
        _say(f"{what}: {one_line(note.model_name)}: {note.field} {note.sentence}")
    if known:
        _say(f"Unchanged, because {written[-1]} already has them: {_names(known)}.")
    if selection.overridable:
        _say(
            "The API never returns supported_params_override. If it was set in the console, "
            "declare it again, or an update of the model may lose it. This may affect: "
            f"{_names(selection.overridable)}."
        )
    if request.catalog:
        _say(f'Declare them in a program: ModelCatalog.from_file("{request.catalog}").declare().')
    if request.config:
        _say("Declare them in a program: ModelCatalog.from_config().declare().")
    if providers.adoptions and not request.program:
        say(f"Declare the providers in a program:\n\n{provider_code(providers.adoptions)}")


def _next(request: Request, providers: ProviderSelection) -> int:
    """Print what to run next; return 1 if the CLI here is too old for it, else 0."""
    file = shlex.quote(str(request.output))
    name = request.stack
    if request.config:
        name = request.config.name.removeprefix("Pulumi.").rpartition(".")[0]
    stack = f" --stack {shlex.quote(name)}" if name else ""
    options = "--generate-code=false --protect=false --yes"
    say("\nNext, in the project's folder, run:")
    say(f"  pulumi import{stack} --file {file} {options}")
    for each in providers.adoptions:
        say(f"  pulumi config set{stack} --secret {each.config_key} KEY")
    say(f"  pulumi preview{stack}")
    if providers.adoptions:
        _say(
            "The preview shows an update of each provider: `pulumi up` sends the key, which is not "
            "read from the service. Remove api_key if an endpoint has none."
        )
    cli = version()
    if cli is None or cli >= OLDEST:
        return 0
    _say(
        f"\nThe Pulumi CLI here is {dotted(cli)}; this import needs {dotted(OLDEST)} or newer: "
        f"{PAGE}"
    )
    return 1


def _write(path: Path, text: str) -> None:
    try:
        # The line ends of an existing file stay as they are.
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as problem:
        raise KeywordsAIError(f"{path}: cannot be written: {problem.strerror}") from None


def _content(path: Path) -> str:
    """Read a file with its line ends; a missing one counts as empty."""
    if not os.path.exists(path):
        return ""
    try:
        return content_of(path).decode()
    except UnicodeDecodeError:
        raise KeywordsAIError(f"{path}: is not UTF-8; save it as UTF-8.") from None


def _read_json(path: Path) -> object:
    try:
        return json.loads(_content(path))
    except (RecursionError, ValueError):
        return None


def _counts(models: int, providers: int) -> str:
    """Write how many there are; models are named even if there are none of either."""
    of_providers = [_count(providers, "provider")] if providers else []
    return ", ".join([_count(models, "model")] * (bool(models) or not providers) + of_providers)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _names(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(map(one_line, names[:_SHOWN])) + (f" and {more} more" if more > 0 else "")


def _say(sentence: str) -> None:
    """Print a sentence: folded on a terminal, on one line in a pipe."""
    if not sys.stdout.isatty():
        say(sentence)
        return
    sentence = redact(sentence)
    width = shutil.get_terminal_size().columns
    lead = sentence[: len(sentence) - len(sentence.lstrip("\n"))]
    say(lead + fill(sentence, width, subsequent_indent="  ", break_on_hyphens=False))
