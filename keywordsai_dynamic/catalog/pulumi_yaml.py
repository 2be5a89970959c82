"""Pulumi's own YAML files, read so that what stands there for models is what a program gets.

The engine reads YAML by rules of its own: `010` is 8 to it, `2026-01-01` a date, the key `4` text.
A program gets the JSON that comes of that, so that such things are refused, as far as models go.
What belongs to others may be written as they like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ..config_keys import MODELS, full
from ..errors import DeclarationError
from ..files import from_yaml, read

_TEXT, _LIST, _MAP = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))
_NO_TEXT = re.compile(
    r"~|null|true|false|[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:e[-+]?\d+)?|", re.IGNORECASE
)
_OTHERWISE = re.compile(
    r"\d{4}-\d\d?-\d\d?(?:[t ].*)?"  # a date
    r"|[-+]?\.(?:inf|nan)"
    r"|[-+]?0[xob][\da-f_]+"
    r"|[-+]?0\d[\d_.]*(?:e[-+]?[\d_]*)?"
    r"|(?=.*_)[-+]?\.?\d[\d_.]*(?:e[-+]?[\d_]*)?",
    re.IGNORECASE,
)
"""What is a date to the engine, or a number that another reader takes for another one."""


def settings(path: Path) -> Mapping[str, Any]:
    """Read Pulumi.yaml or a stack's file; what is no map is an empty one.

    Raises DeclarationError, one line, for a file that cannot be read, or whose models the engine
    reads otherwise.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        read(path)  # which says what is wrong with it
        raise
    try:
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError):
        root = None  # and the reader says why
    models = list(_models(root, path.name))
    inside = {id(node) for each in models for node in _nodes(each)}
    for each in models:
        _check(each, path.name)
    content = from_yaml(_with_text_for_numbers(text, root, inside), path.name)
    return content if isinstance(content, Mapping) else {}


def _models(root: yaml.Node | None, name: str) -> Iterator[yaml.Node]:
    """Find the value of `keywordsai:models`; the engine takes any of two spellings."""
    for key, config in _items(root):
        if key.value == "config":
            found = [(key, value) for key, value in _items(config) if full(key.value) == MODELS]
            if len(found) > 1:
                raise _wrong(found[1][0], name, f"{MODELS} is there twice; keep one")
            yield from (value for _, value in found)


def _items(node: yaml.Node | None) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        yield from ((key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode))


def _nodes(root: yaml.Node | None) -> Iterator[yaml.Node]:
    """Go through a tree; what aliases repeat is met once."""
    todo, seen = [root] if root else [], set[int]()
    while todo:
        node = todo.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            if isinstance(node, yaml.MappingNode):
                todo += [each for pair in node.value for each in pair]
            elif isinstance(node, yaml.SequenceNode):
                todo += node.value


def _check(models: yaml.Node, name: str) -> None:
    """Raise DeclarationError for the first value or key that the engine reads otherwise."""
    for node in _nodes(models):
        if node.tag not in {_TEXT, _LIST, _MAP}:
            raise _wrong(node, name, "a value is written without a tag here; take it out")
        for key, _ in _items(node):
            if key.style and key.value == "<<":
                raise _wrong(key, name, "Pulumi takes '<<' for a merge; write it without quotes")
            if not key.style and _NO_TEXT.fullmatch(key.value):
                words = f"the name {key.value or 'that is empty'} is not text; put it in quotes"
                raise _wrong(key, name, words)
        if (
            isinstance(node, yaml.ScalarNode)
            and not node.style
            and _OTHERWISE.fullmatch(node.value)
        ):
            words = f"{node.value} is something else to Pulumi; write it out, or put it in quotes"
            raise _wrong(node, name, words)


def _wrong(node: yaml.Node, name: str, words: str) -> DeclarationError:
    return DeclarationError(f"{name}, line {node.start_mark.line + 1}: {words}")


def _with_text_for_numbers(text: str, root: yaml.Node | None, inside: set[int]) -> str:
    """Put quotes around the numbers that are nobody's here, so that no line moves."""
    numbers = [
        node
        for node in _nodes(root)
        if isinstance(node, yaml.ScalarNode)
        and not node.style
        and id(node) not in inside
        and re.match(r"[-+]?\.?\d", node.value)
        and text[node.end_mark.index - len(node.value) : node.end_mark.index] == node.value
    ]
    for node in sorted(numbers, key=lambda node: node.end_mark.index, reverse=True):
        end = node.end_mark.index
        value = node.value.replace("'", "''")
        text = f"{text[: end - len(node.value)]}'{value}'{text[end:]}"
    return text
