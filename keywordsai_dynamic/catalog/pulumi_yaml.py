"""Pulumi's YAML files, read so that the models in them are what a program gets.

The engine reads YAML by different rules: `010` is 8 to it, `2026-01-01` a date, the key `4` text. A
program gets the resulting JSON, so such values are refused among models. Values that belong to
others are not checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ..core.config_keys import MODELS_CONFIG_KEY, full
from ..core.errors import DeclarationError
from ..files.reader import content_of
from ..files.yaml_reader import Loader, from_yaml

_NOT_A_STRING = re.compile(
    r"~|null|true|false|[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:e[-+]?\d+)?|", re.IGNORECASE | re.ASCII
)
_MISREAD = re.compile(
    r"\d{4}-\d\d?-\d\d?(?:[t ].*)?"  # a date
    r"|[-+]?\.(?:inf|nan)"
    r"|[-+]?0[xob][\da-f_]+"
    r"|[-+]?0\d[\d_.]*(?:e[-+]?[\d_]*)?"
    r"|(?=.*_)[-+]?\.?\d[\d_.]*(?:e[-+]?[\d_]*)?",
    re.IGNORECASE | re.ASCII,
)
"""What the engine reads as a date, or readers disagree about as a number."""

_LIKE_A_NUMBER = re.compile(r"[-+]?\.?[0-9]")
_OPEN = "tag:keywordsai,2026:open"


class MisreadError(DeclarationError):
    """Something among the models that the engine reads differently from what is written."""


def settings(path: Path) -> Mapping[str, Any]:
    """Read Pulumi.yaml or a stack's file; content that is not a map counts as empty.

    Raises DeclarationError, one line, for a file that cannot be read, and its subclass MisreadError
    for models that the engine reads differently from what is written.
    """
    content = from_yaml(content_of(path), path.name, lambda text: VerbatimLoader(text, path.name))
    return content if isinstance(content, Mapping) else {}


class VerbatimLoader(Loader):
    """Keeps scalars that begin like a number as text, and reads only those among the models."""

    def __init__(self, text: str, file: str) -> None:
        super().__init__(text)
        self._file = file

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:  # noqa: ANN401  (a scalar's text, or None)
        if kind is yaml.ScalarNode and implicit[0] and _LIKE_A_NUMBER.match(value):
            return _OPEN
        return self._resolved(kind, value, implicit)

    def _resolved(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:  # noqa: ANN401  (as above)
        tag: str = super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]
        return tag

    def get_single_data(self) -> Any:  # noqa: ANN401  (the content of the file)
        root = self.get_single_node()
        for models in _models(root, self._file):
            for node in _nodes(models):
                self._check(node)
                if node.tag == _OPEN:
                    node.tag = self._resolved(yaml.ScalarNode, node.value, (True, False))
        return None if root is None else self.construct_document(root)

    def _check(self, node: yaml.Node) -> None:
        """Raise MisreadError for a value or a key that the engine reads differently."""
        quoted = isinstance(node, yaml.ScalarNode) and bool(node.style)
        if node.tag != self.resolve(type(node), node.value, (not quoted, quoted)):
            raise _misread(node, self._file, "values here must not have a tag; remove it")
        for key, _ in _items(node):
            if key.style and key.value == "<<":
                sentence = "Pulumi reads '<<' as a merge; remove the quotes"
                raise _misread(key, self._file, sentence)
            if not key.style and _NOT_A_STRING.fullmatch(key.value):
                sentence = (
                    f"the name {key.value or 'that is empty'} is not a string; put it in quotes"
                )
                raise _misread(key, self._file, sentence)
        if isinstance(node, yaml.ScalarNode) and not quoted and _MISREAD.fullmatch(node.value):
            sentence = (
                f"{node.value} means something else to Pulumi; write it in full, or put it in "
                "quotes"
            )
            raise _misread(node, self._file, sentence)


def _as_text(_: VerbatimLoader, node: yaml.ScalarNode) -> str:
    text: str = node.value
    return text


VerbatimLoader.add_constructor(_OPEN, _as_text)


def _models(root: yaml.Node | None, name: str) -> Iterator[yaml.Node]:
    """Find the value of `keywordsai:models`, in either spelling that the engine accepts."""
    for key, config in _items(root):
        if key.value == "config":
            found = [
                (key, value)
                for key, value in _items(config)
                if full(key.value) == MODELS_CONFIG_KEY
            ]
            if len(found) > 1:
                raise _misread(found[1][0], name, f"{MODELS_CONFIG_KEY} appears twice; keep one")
            yield from (value for _, value in found)


def _items(node: yaml.Node | None) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        yield from ((key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode))


def _nodes(root: yaml.Node | None) -> Iterator[yaml.Node]:
    """Walk a tree; a node that aliases repeat is visited once."""
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


def _misread(node: yaml.Node, name: str, sentence: str) -> MisreadError:
    return MisreadError(f"{name}, line {node.start_mark.line + 1}: {sentence}")
