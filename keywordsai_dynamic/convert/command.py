"""The command `convert`: reads one file, writes one, and says what could not be carried over."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..catalog.layers import Layer, Mistake
from ..catalog.model_catalog import ModelCatalog
from ..catalog.rows import models_of
from ..catalog.written import names_in, refuse_to_replace, with_models, with_units
from ..core.errors import DeclarationError, KeywordsAIError
from ..core.formatting import format_count, format_names
from ..core.redaction import one_line
from ..files.reader import content_of, parse
from ..prices.listing import today
from ..terminal.files import write_whole
from ..terminal.output import as_yaml, say, write
from .formats import content_in, format_of, missing_pages, refuse_foreign
from .selection import Choice, Models, convert, summary
from .to_litellm import model_list

_MOST_SHOWN = 20
_STANDARD_INPUT = "standard input"


@dataclass(frozen=True)
class Request:
    """What the user asked for; without `output` or `into`, standard output is written to.

    `output` is a catalog, and `into` a stack's file; both get the models that they lack. `wanted`
    is the source's format, which is recognized without it.
    """

    source: str
    output: Path | None = None
    into: Path | None = None
    wanted: str | None = None
    choice: Choice = field(default_factory=Choice)


def run(request: Request) -> int:
    """Convert a file into a catalog, and return the exit code.

    If anything is wrong, nothing is written: everything that can fail comes first.
    """
    target, stack = _target(request), request.into is not None
    name, data = _source(request.source)
    content = content_in(data, name, request.wanted)
    found = format_of(content, name, request.wanted)
    conversion = convert(found.read(content, name), name, request.choice)
    if conversion.mistakes:
        raise DeclarationError(_listed(name, conversion.mistakes))
    for line in filter(None, (*summary(conversion), missing_pages(content))):
        say(line, err=True)
    text = _text(target) if target else ""
    known = names_in(text, stack=stack, file=str(target)) if text else frozenset()
    there = [each for each in conversion.models if each in known]
    new = {each: fields for each, fields in conversion.models.items() if each not in known}
    if there:
        say(f"unchanged, because {target} already has them: {format_names(there)}", err=True)
    if not conversion.models:
        raise KeywordsAIError(f"{name}: has no model that can be converted; nothing was written.")
    if not new:
        return 0
    _check(new, name)
    comment = f"From {name} ({found.title}), {today()}; USD per million tokens."
    written = with_models(text, new, stack=stack, file=str(target), comment=comment)
    _write(target, written, format_count(len(new), "model"))
    return 0


def run_back(request: Request) -> int:
    """Convert a catalog into LiteLLM's `model_list`, and return the exit code."""
    if request.into or request.wanted or request.choice.prefer_first:
        raise KeywordsAIError("--to litellm reads a catalog: remove --from, --into and --prefer.")
    _check_suffix(request.output)
    if request.output and request.output.is_file():
        raise KeywordsAIError(f"{request.output} already exists; choose another file.")
    name, data = _source(request.source)
    found = parse(data, name)
    refuse_foreign(found, name)
    content = models_of(found, name)
    resolved = ModelCatalog.from_layers([Layer(name, content)]).models
    chosen = [each for each in resolved if request.choice.takes(each)]
    if not chosen:
        raise KeywordsAIError(f"{name}: no model matches; it has {format_names(list(resolved))}")
    models: Any = content  # which from_layers has checked
    text = as_yaml(model_list({each: models[each] for each in chosen}, resolved))
    heading = f"# From {name}, {today()}; add api_key or api_base to litellm_params.\n"
    _write(request.output, heading + text, format_count(len(chosen), "model"))
    return 0


def _target(request: Request) -> Path | None:
    """Return the file to write, if any; raises KeywordsAIError for one that cannot be it."""
    if request.output and request.into:
        raise KeywordsAIError("Use only one of -o and --into.")
    if request.into:
        if not re.fullmatch(r"Pulumi\..+\.ya?ml", request.into.name):
            raise KeywordsAIError(
                f"--into must be a stack's file, Pulumi.<stack>.yaml, not {request.into}."
            )
        refuse_to_replace(request.into, "-o")
    _check_suffix(request.output)
    return request.into or request.output


def _check_suffix(output: Path | None) -> None:
    """Refuse a file that no reader would take for YAML; what is no file, like a pipe, is none."""
    if output and output.suffix not in {".yaml", ".yml"} and _is_or_becomes_file(output):
        raise KeywordsAIError(f"-o must be a YAML file, like models.yaml, not {output}.")


def _is_or_becomes_file(path: Path) -> bool:
    return path.is_file() or not path.exists()


def _source(source: str) -> tuple[str, bytes]:
    """Return the name of the file that is read, and its content."""
    if source != "-":
        path = Path(source)
        return one_line(path.name), content_of(path)
    try:
        return _STANDARD_INPUT, sys.stdin.buffer.read()
    except OSError as problem:
        raise KeywordsAIError(f"{_STANDARD_INPUT}: cannot be read: {problem.strerror}") from None


def _text(target: Path) -> str:
    """Return a file with its line ends; one that does not exist counts as empty."""
    if not target.is_file():
        return ""
    try:
        return content_of(target).decode()
    except UnicodeDecodeError:
        raise KeywordsAIError(f"{target}: is not UTF-8; save it as UTF-8.") from None


def _check(models: Models, file: str) -> None:
    """Refuse what a program would refuse, before anything is written."""
    if models:
        written: Mapping[str, Any] = {name: with_units(fields) for name, fields in models.items()}
        ModelCatalog.from_layers([Layer(file, written)])


def _listed(name: str, mistakes: Sequence[Mistake]) -> str:
    if len(mistakes) == 1:
        return str(mistakes[0])
    lines = [f"  {each}" for each in mistakes[:_MOST_SHOWN]]
    if more := len(mistakes) - len(lines):
        lines.append(f"  and {more:,} more")
    return "\n".join([f"{name} has {len(mistakes):,} mistakes; nothing was written.", *lines])


def _write(target: Path | None, text: str, count: str) -> None:
    if target is None:
        write(text)
    else:
        write_whole(target, text)
    say(f"{count} → {target or 'standard output'}", err=True)
