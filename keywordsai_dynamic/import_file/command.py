"""The command `import-file`: the live list in; files, and the next command to type, out."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import fill

from ..catalog.pulumi_yaml import settings
from ..catalog.stack_files import config_of, project_file, project_folder
from ..core.config_keys import MODELS
from ..core.errors import KeywordsAIError
from ..core.redaction import one_line, printable, redact
from ..files.reader import from_json
from ..terminal.list_models import live_models
from ..terminal.output import say
from ..terminal.pulumi_cli import OLDEST, dotted, version
from ..terminal.stack_settings import settings_for
from .adoption import Held, Selection, held_by, select
from .catalog import models_in, with_models
from .engine_file import engine_file, is_engine_file
from .program import program

_SHOWN = 5


@dataclass(frozen=True)
class Wanted:
    """What was asked for: which models, and the files to write; at most one beside `output`.

    `stack` names the stack whose key and address are used; without it they are the environment's.
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


def run(wanted: Wanted) -> int:
    """Write the files and say what to type next; gives the exit code.

    Nothing is written where anything is wrong: all that can fail comes first.
    """
    _check_targets(wanted)
    if wanted.config:
        _check_project(wanted.config)
    held = _held(wanted.stack_export) if wanted.stack_export else Held()
    service = settings_for(wanted.stack)
    file, stack = wanted.catalog or wanted.config, wanted.config is not None
    text = _content(file) if file else ""
    present = models_in(text, stack=stack, file=str(file)) if file else {}
    chosen = select(
        live_models(service),
        wanted.patterns,
        held=held,
        all_fields=wanted.all_fields,
        fields=present,
        slugs=wanted.program is not None,
    )
    if wanted.name is not None:
        chosen = _named(chosen, wanted.name)
    if not chosen.adoptions:
        return _nothing(chosen, wanted)
    content = json.dumps(engine_file(chosen.adoptions, service.base_url), indent=2) + "\n"
    files = {wanted.output: content}
    if wanted.program:
        files[wanted.program] = program(chosen.adoptions)
    if file:
        new = [each for each in chosen.adoptions if each.model_name not in present]
        files[file] = with_models(text, new, stack=stack, file=str(file))
    for path, written in files.items():
        _write(path, written)
    known = [each.model_name for each in chosen.adoptions if each.model_name in present]
    _report(chosen, wanted, list(files), known)
    return _next(wanted)


def _check_targets(wanted: Wanted) -> None:
    targets = [each for each in (wanted.program, wanted.catalog, wanted.config) if each]
    if len(targets) > 1:
        raise KeywordsAIError("--program, --catalog and --config: choose one.")
    if wanted.output in targets:
        raise KeywordsAIError(
            f"{wanted.output} cannot be both: -o is the file for `pulumi import`."
        )
    if wanted.config and not re.fullmatch(r"Pulumi\..+\.ya?ml", wanted.config.name):
        raise KeywordsAIError(
            f"--config is a stack's file, Pulumi.<stack>.yaml: not {wanted.config}."
        )
    if wanted.catalog and wanted.catalog.suffix not in {".yaml", ".yml"}:
        raise KeywordsAIError(f"--catalog is a YAML file, like models.yaml: not {wanted.catalog}.")
    if wanted.force:
        return
    if wanted.program and _content(wanted.program).strip():
        raise KeywordsAIError(f"{wanted.program} is there already; --force overwrites it.")
    if _content(wanted.output).strip() and not is_engine_file(_read_json(wanted.output)):
        raise KeywordsAIError(
            f"{wanted.output} is there already, and is no file for `pulumi import`; --force "
            "overwrites it."
        )


def _check_project(config: Path) -> None:
    """Refuse to begin models in a stack's file that would stand in place of its project's."""
    project = project_folder(config.absolute().parent)
    if project is None or MODELS not in config_of(settings(project_file(project))):
        return
    if not config.is_file() or MODELS not in config_of(settings(config)):
        raise KeywordsAIError(
            f"{project_file(project).name} has {MODELS}, which those of a stack's file replace as "
            f"a whole; move them to {config.name} first, or take --catalog."
        )


def _held(source: str) -> Held:
    name = "standard input" if source == "-" else source
    try:
        content = (
            sys.stdin.buffer.read() if source == "-" else _bytes(Path(source), must_exist=True)
        )
        return held_by(from_json(content, name))
    except RecursionError:
        raise KeywordsAIError(f"{name}: is nested too deeply.") from None
    except OSError as problem:
        raise KeywordsAIError(f"{name}: cannot be read: {problem.strerror}") from None


def _named(chosen: Selection, name: str) -> Selection:
    if len(chosen.adoptions) > 1:
        raise KeywordsAIError(
            f"--name is for one model, and {len(chosen.adoptions)} match; narrow --match."
        )
    if printable(name) != name:
        raise KeywordsAIError(f"--name {name} holds characters that cannot be seen.")
    return replace(
        chosen, adoptions=[each._replace(resource_name=name) for each in chosen.adoptions]
    )


def _nothing(chosen: Selection, wanted: Wanted) -> int:
    """Say why there is nothing to write; that all is managed already is no mistake."""
    for note in chosen.notes:
        say(f"left out: {one_line(note.model_name)}: {note.field} {note.sentence}", err=True)
    if chosen.held:
        say(f"Nothing to import: the stack holds all {_count(chosen.held)} already.")
        return 0
    if wanted.patterns:
        patterns = " or ".join(map(one_line, wanted.patterns))
        raise KeywordsAIError(
            f"No custom model matches {patterns}; `keywordsai-dynamic models` lists them."
        )
    raise KeywordsAIError("The organization has no custom models, so there is nothing to import.")


def _report(chosen: Selection, wanted: Wanted, written: Sequence[Path], known: list[str]) -> None:
    say(f"{_count(len(chosen.adoptions))} → {', '.join(map(str, written))}")
    if chosen.held:
        _say(f"{_count(chosen.held)} left out: in the stack already.")
    adopted = {each.model_name for each in chosen.adoptions}
    for note in chosen.notes:
        what = "not declared" if note.model_name in adopted else "left out"
        _say(f"{what}: {one_line(note.model_name)}: {note.field} {note.sentence}")
    if known:
        _say(f"Left as they are, because {written[-1]} has them already: {_names(known)}.")
    if chosen.overridable:
        _say(
            "supported_params_override is never answered. Where one was set in the console, "
            "declare it again, or a change of the model may lose it. It may matter for: "
            f"{_names(chosen.overridable)}."
        )
    if wanted.catalog:
        _say(f'A program reads them with ModelCatalog.from_file("{wanted.catalog}").declare().')
    if wanted.config:
        _say("A program reads them with ModelCatalog.from_config().declare().")


def _next(wanted: Wanted) -> int:
    """Say what to type next; the exit code is 1 where the CLI here is too old for it."""
    file = shlex.quote(str(wanted.output))
    name = wanted.stack
    if wanted.config:
        name = wanted.config.name.removeprefix("Pulumi.").rpartition(".")[0]
    stack = f" --stack {shlex.quote(name)}" if name else ""
    options = "--generate-code=false --protect=false --yes"
    say("\nNext, in the project's folder:")
    say(f"  pulumi import{stack} --file {file} {options}")
    say(f"  pulumi preview{stack}")
    cli = version()
    if cli is None or cli >= OLDEST:
        return 0
    _say(
        f"\nThe Pulumi CLI here is {dotted(cli)}; this import needs {dotted(OLDEST)} or newer: "
        "https://www.pulumi.com/docs/install/"
    )
    return 1


def _write(path: Path, text: str) -> None:
    try:
        # Line ends stay what they are in the file that is added to.
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as problem:
        raise KeywordsAIError(f"{path}: cannot be written: {problem.strerror}") from None


def _content(path: Path) -> str:
    """Read a file as it is, line ends included; one that is not there is empty."""
    try:
        return _bytes(path).decode()
    except UnicodeDecodeError:
        raise KeywordsAIError(f"{path}: is not UTF-8; save it as UTF-8.") from None


def _bytes(path: Path, *, must_exist: bool = False) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        if not must_exist:
            return b""
        raise KeywordsAIError(f"{path}: there is no such file.") from None
    except OSError as problem:
        raise KeywordsAIError(f"{path}: cannot be read: {problem.strerror}") from None


def _read_json(path: Path) -> object:
    try:
        return json.loads(_content(path))
    except (RecursionError, ValueError):
        return None


def _count(number: int) -> str:
    return f"{number} model" if number == 1 else f"{number} models"


def _names(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(map(one_line, names[:_SHOWN])) + (f" and {more} more" if more > 0 else "")


def _say(sentence: str) -> None:
    """Print a sentence: folded for a terminal, on one line for a pipe."""
    if not sys.stdout.isatty():
        say(sentence)
        return
    sentence = redact(sentence)
    width = shutil.get_terminal_size().columns
    lead = sentence[: len(sentence) - len(sentence.lstrip("\n"))]
    say(lead + fill(sentence, width, subsequent_indent="  ", break_on_hyphens=False))
