"""The command `import-file`: reads the live list, writes files, and tells what to run next."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from textwrap import fill

from ..catalog.written import refuse_to_replace
from ..core.camel_case import camel_case
from ..core.errors import KeywordsAIError
from ..core.quoting import quoted
from ..core.redaction import one_line, printable, redact
from ..core.settings import Settings
from ..files.json_reader import from_json
from ..files.reader import content_of
from ..terminal.list_models import live_models, live_providers
from ..terminal.output import say
from ..terminal.pulumi_cli import OLDEST, PAGE, dotted, version
from ..terminal.stack_settings import settings_for
from .adoption import Held, Naming, Selection, held_by, identifier, select, slug
from .catalog import models_in, with_models
from .engine_file import engine_file, native_file
from .program import program, provider_code
from .providers import ProviderSelection, select_providers
from .request import Request, check_targets, content

_SHOWN = 5
_AN_UPDATE = (
    "The preview shows an update of each provider: `pulumi up` sends the key, which is not read "
    "from the service."
)


def run(request: Request) -> int:
    """Write the files, tell what to run next, and return the exit code.

    If anything is wrong, nothing is written: everything that can fail comes first.
    """
    check_targets(request)
    if request.config:
        refuse_to_replace(request.config, "--catalog")
    held = _held(request.stack_export) if request.stack_export else Held()
    if request.together in held.resources:
        raise KeywordsAIError(
            f"The stack already has {one_line(request.together or '')}. Declare further models in "
            "it with their live values: `pulumi up` adopts equal models without a write."
        )
    service = settings_for(request.stack)
    file, stack = request.catalog or request.config, request.config is not None
    text = content(file) if file else ""
    present = models_in(text, stack=stack, file=str(file)) if file else {}
    naming = identifier if request.is_native else slug
    selection = select(
        live_models(service),
        request.patterns,
        held=held,
        all_fields=request.all_fields,
        fields=present,
        naming=naming if request.program or request.is_native else None,
    )
    if request.name is not None:
        selection = _named(selection, request.name)
    providers = _providers(request, service, held, selection, naming)
    if not selection.adoptions and not providers.adoptions:
        return _nothing(selection, providers, request)
    write = native_file if request.is_native else engine_file
    document = write(
        selection.adoptions, service.base_url, providers.adoptions, together=request.together
    )
    files = {request.output: json.dumps(document, indent=2) + "\n"}
    if request.program:
        files[request.program] = program(
            selection.adoptions, providers.adoptions, together=request.together
        )
    if file:
        new = [each for each in selection.adoptions if each.model_name not in present]
        files[file] = with_models(text, new, stack=stack, file=str(file))
    for path, written in files.items():
        _write(path, written)
    known = [each.model_name for each in selection.adoptions if each.model_name in present]
    _report(selection, providers, request, list(files), known)
    return _next_native(request, providers) if request.is_native else _next(request, providers)


def _providers(
    request: Request, service: Settings, held: Held, models: Selection, naming: Naming
) -> ProviderSelection:
    """Select custom providers if the user wants any; their list may hold every key."""
    if not request.providers:
        return ProviderSelection()
    names = [each.resource_name for each in models.adoptions]
    listed = live_providers(service).providers
    return select_providers(listed, request.providers, held, names, naming)


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
    field = camel_case if request.is_native else str
    adopted = {each.model_name for each in selection.adoptions}
    adopted |= {each.provider_id for each in providers.adoptions}
    for note in (*selection.notes, *providers.notes):
        what = "not declared" if note.model_name in adopted else "skipped"
        top, dot, inner = note.field.partition(".")
        _say(f"{what}: {one_line(note.model_name)}: {field(top)}{dot}{inner} {note.sentence}")
    if known:
        _say(f"Unchanged, because {written[-1]} already has them: {_names(known)}.")
    if selection.overridable:
        _say(
            f"The API never returns {field('supported_params_override')}. If it was set in the "
            "console, declare it again, or an update of the model may lose it. This may affect: "
            f"{_names(selection.overridable)}."
        )
    declare = "declare()"
    if request.together is not None:
        declare = f"declare_together({quoted(request.together)})"
    if request.catalog:
        _say(f'Declare them in a program: ModelCatalog.from_file("{request.catalog}").{declare}.')
    if request.config:
        _say(f"Declare them in a program: ModelCatalog.from_config().{declare}.")
    if providers.adoptions and not request.program and not request.is_native:
        say(f"Declare the providers in a program:\n\n{provider_code(providers.adoptions)}")


def _next(request: Request, providers: ProviderSelection) -> int:
    """Print what to run next; return 1 if the CLI here is too old for it, else 0."""
    stack = _stack_option(request)
    say("\nNext, in the project's folder, run:")
    options = "--generate-code=false --protect=false --yes"
    say(f"  pulumi import{stack} --file {shlex.quote(str(request.output))} {options}")
    for each in providers.adoptions:
        say(f"  pulumi config set{stack} --secret {each.config_key} KEY")
    say(f"  pulumi preview{stack}")
    if providers.adoptions:
        _say(f"{_AN_UPDATE} Remove api_key if an endpoint has none.")
    cli = version()
    if cli is None or cli >= OLDEST:
        return 0
    _say(
        f"\nThe Pulumi CLI here is {dotted(cli)}; this import needs {dotted(OLDEST)} or newer: "
        f"{PAGE}"
    )
    return 1


def _next_native(request: Request, providers: ProviderSelection) -> int:
    """Print what to run next for a program that uses the native plugin; return 0."""
    stack = _stack_option(request)
    say("\nNext, in the project's folder, run:")
    say(f"  pulumi import{stack} --file {shlex.quote(str(request.output))} --protect=false --yes")
    for each in providers.adoptions:
        say(f"  pulumi config set{stack} --secret {each.config_key} KEY")
    say("Add the code that the import prints to the program, and run:")
    say(f"  pulumi preview{stack}")
    if providers.adoptions:
        _say(f"Add apiKey to each provider, from the secret with its name. {_AN_UPDATE}")
    return 0


def _stack_option(request: Request) -> str:
    name = request.stack
    if request.config:
        name = request.config.name.removeprefix("Pulumi.").rpartition(".")[0]
    return f" --stack {shlex.quote(name)}" if name else ""


def _write(path: Path, text: str) -> None:
    try:
        # The line ends of an existing file stay as they are.
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as problem:
        raise KeywordsAIError(f"{path}: cannot be written: {problem.strerror}") from None


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
