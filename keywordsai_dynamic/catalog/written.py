"""Models added to a catalog or stack file in YAML; no other byte of the file changes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import indent
from typing import Any, NamedTuple

import yaml

from ..core.config_keys import MODELS_CONFIG_KEY, full
from ..core.errors import DeclarationError
from ..core.formatting import format_cents, plain
from ..core.names import FLAG_FIELDS, PRICE_FIELDS
from ..core.plausibility import implausible
from ..core.quoting import is_plain, quoted
from ..files.models import is_shared
from ..files.yaml_reader import LONGEST_KEY, Loader, from_yaml
from .encryption import is_ciphertext
from .project_files import project_file, project_folder
from .pulumi_yaml import VerbatimLoader, settings
from .stack_config import config_of

_STEP = "  "
_PATH = ("config", MODELS_CONFIG_KEY)
_LISTED = ("input_cost", "output_cost")
_BREAK = re.compile("(?<=[\n\x85\u2028\u2029])|(?<=\r)(?!\n)")  # where PyYAML begins a new line


class _Place(NamedTuple):
    """Where lines are inserted: before which line, and at which indentation."""

    line: int
    column: int


def models_in(text: str, *, stack: bool, file: str) -> dict[str, frozenset[str]]:
    """Return the fields of each model that a text already has; a list price counts as costs.

    The text is a catalog's, or a stack file's. Raises DeclarationError, with the name `file`, if it
    is something else.
    """
    models = _models(text, stack=stack, file=file)
    return {
        name: frozenset(fields) | (frozenset(_LISTED) if "list_price" in fields else frozenset())
        for name, fields in models.items()
        if isinstance(fields, Mapping) and not is_shared(name)
    }


def names_in(text: str, *, stack: bool, file: str) -> frozenset[str]:
    """Return the names that a text already has, with those of models that a stack removes.

    Raises DeclarationError, with the name `file`, for anything but a map of models.
    """
    models = _models(text, stack=stack, file=file)
    for name, fields in models.items():
        if not is_shared(name) and not isinstance(fields, Mapping | None):
            raise DeclarationError(f"{file}: is not a catalog; choose another file")
    return frozenset(map(str, models))


def with_units(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields as a catalog accepts them: an unlikely price only with its unit.

    So a wrong unit is no accident.
    """
    return {
        field: {"per_million": value}
        if field in PRICE_FIELDS and implausible({field: value})
        else value
        for field, value in fields.items()
    }


def unwritable(name: str) -> str:
    """Say why a catalog in YAML cannot have a model of this name; nothing if it can."""
    if is_shared(name):
        return "a name that a catalog reads as shared values"
    return "a name that is too long for a YAML key" if is_too_long(name) else ""


def is_too_long(name: str) -> bool:
    """Return whether a model's name is too long for a key in YAML."""
    return len(_text(name)) > LONGEST_KEY


def with_models(
    text: str,
    models: Mapping[str, Mapping[str, Any]],
    *,
    stack: bool,
    file: str,
    comment: str = "",
) -> str:
    """Add models to a text that does not have them yet; a comment line precedes the first.

    Models are fields by name: what `normalize` returns, and what a catalog says of list prices.
    Raises DeclarationError, with the name `file`, for a text to which they cannot be added.
    """
    path = _PATH if stack else ()
    if not models:
        return text
    entries = [_entry(name, fields) for name, fields in models.items()]
    if comment:
        entries[0] = f"# {comment}\n{entries[0]}"
    if not stack and not text.strip():  # where nothing can go wrong, however many they are
        return _insert(text, None, entries, path)
    expected = [*_models(text, stack=stack, file=file), *models]
    root = _loader(text, stack=stack, file=file).get_single_node()
    changed = _insert(text, root, entries, path)
    # Anchors, tags or braces can make the insertion go wrong; then the file is left unchanged.
    try:
        astray = list(_models(changed, stack=stack, file=file)) != expected
    except DeclarationError:
        astray = True
    if astray:
        raise DeclarationError(
            f"{file}: models cannot be added here; write the existing ones as a block, without "
            "braces or anchors"
        )
    return changed


def refuse_to_replace(config: Path, instead: str) -> None:
    """Refuse to add the first models to a stack's file if they would replace its project's.

    `instead` is the option that avoids it. Raises DeclarationError.
    """
    project = project_folder(config.absolute().parent)
    if project is None or MODELS_CONFIG_KEY not in config_of(settings(project_file(project))):
        return
    if not config.is_file() or MODELS_CONFIG_KEY not in config_of(settings(config)):
        raise DeclarationError(
            f"{project_file(project).name} has {MODELS_CONFIG_KEY}, which the one in a stack's "
            f"file replaces entirely; move the models to {config.name} first, or use {instead}."
        )


def _loader(text: str, *, stack: bool, file: str) -> yaml.SafeLoader:
    return VerbatimLoader(text, file) if stack else Loader(text)


def _models(text: str, *, stack: bool, file: str) -> Mapping[str, Any]:
    """Return the models of a text; none if it does not have the key they belong under."""
    verbatim = (lambda text: VerbatimLoader(text, file)) if stack else None
    content = from_yaml(text, file, verbatim)
    for key in _PATH if stack else ():
        if isinstance(content, Mapping):
            content = next((content[each] for each in content if full(str(each)) == key), None)
    if content is None:
        return {}
    if not isinstance(content, Mapping) or is_ciphertext(content):
        raise DeclarationError(
            f"{file}: has no map of models{f' at {MODELS_CONFIG_KEY}' if stack else ''}"
        )
    return content


def _insert(text: str, root: yaml.Node | None, entries: Sequence[str], path: Sequence[str]) -> str:
    between = "\n" if path else "\n\n"
    newline = "\r\n" if "\r\n" in text else "\n"
    if text and not text.endswith("\n"):
        text += newline
    node, missing, place = _find(text, root, path)
    if isinstance(node, yaml.MappingNode) and not node.value:  # braces with nothing in them
        text = text[: node.start_mark.index].rstrip(" ") + text[node.end_mark.index :]
    elif isinstance(node, yaml.MappingNode):
        place = _Place(_line_after(node), node.value[0][0].start_mark.column)
    block = between.join(entries)
    for key in reversed(missing):
        block = f"{key}:\n{indent(block, _STEP)}"
    lines = indent(block, " " * place.column).split("\n")
    if between == "\n\n" and text.strip():
        lines.insert(0, "")
    added = [line + newline for line in lines]
    there = _BREAK.split(text)
    return "".join([*there[: place.line], *added, *there[place.line :]])


def _find(
    text: str, root: yaml.Node | None, path: Sequence[str]
) -> tuple[yaml.Node | None, list[str], _Place]:
    """Follow the path as far as it exists: the node there, the missing keys, the place in it."""
    node, missing = root, [*path]
    place = _Place(len(_BREAK.split(text)) - 1, 0)
    while missing and isinstance(node, yaml.MappingNode):
        inside = next((pair for pair in node.value if full(pair[0].value) == missing[0]), None)
        if inside is None:
            break
        key, node = inside
        missing.pop(0)
        place = _Place(key.end_mark.line + 1, key.start_mark.column + len(_STEP))
    return node, missing, place


def _line_after(node: yaml.Node) -> int:
    line = 0
    while isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        node = node.value[-1]
        if isinstance(node, tuple):
            key, node = node
            line = max(line, key.end_mark.line + 1)  # an alias is here, but its node is above
    end = node.end_mark
    return max(line, end.line + (end.column > 0))


def _entry(name: str, declared: Mapping[str, Any]) -> str:
    fields = {field: value for field, value in declared.items() if field != "model_name"}
    lines = [
        f"{_STEP}{field}: {_value(field, value)}" for field, value in with_units(fields).items()
    ]
    return "\n".join([f"{_text(name)}:", *lines]) if lines else f"{_text(name)}: {{}}"


def _value(field: str, value: Any) -> str:  # noqa: ANN401  (normalized, or of a list price)
    if field in FLAG_FIELDS:
        return _flow(bool(value))
    if field not in PRICE_FIELDS:
        return _flow(value)
    if isinstance(value, Mapping):
        ((unit, amount),) = value.items()
        return f"{{{unit}: {format_cents(amount)}}}"
    return format_cents(value)


def _flow(value: object) -> str:
    """Write a value on one line, maps in braces and lists in brackets."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        pairs = (f"{_text(str(key))}: {_flow(item)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_flow, value))}]"
    return plain(value)


def _text(value: str) -> str:
    return value if is_plain(value) else quoted(value)
