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

from ..core.config_keys import MODELS, full
from ..core.errors import DeclarationError
from ..files.reader import Loader, content_of, from_yaml

_NO_TEXT = re.compile(
    r"~|null|true|false|[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:e[-+]?\d+)?|", re.IGNORECASE | re.ASCII
)
_OTHERWISE = re.compile(
    r"\d{4}-\d\d?-\d\d?(?:[t ].*)?"  # a date
    r"|[-+]?\.(?:inf|nan)"
    r"|[-+]?0[xob][\da-f_]+"
    r"|[-+]?0\d[\d_.]*(?:e[-+]?[\d_]*)?"
    r"|(?=.*_)[-+]?\.?\d[\d_.]*(?:e[-+]?[\d_]*)?",
    re.IGNORECASE | re.ASCII,
)
"""What is a date to the engine, or a number that another reader takes for another one."""

_LIKE_A_NUMBER = re.compile(r"[-+]?\.?[0-9]")
_OPEN = "tag:keywordsai,2026:open"


class MisreadError(DeclarationError):
    """Something among the models that the engine reads otherwise than it is written."""


def settings(path: Path) -> Mapping[str, Any]:
    """Read Pulumi.yaml or a stack's file; what is no map is an empty one.

    Raises DeclarationError, one line, for a file that cannot be read, and MisreadError, one of
    them, for models that the engine reads otherwise.
    """
    content = from_yaml(content_of(path), path.name, lambda text: AsWritten(text, path.name))
    return content if isinstance(content, Mapping) else {}


class AsWritten(Loader):
    """Takes for text what begins like a number, until it is known not to be somebody else's."""

    def __init__(self, text: str, file: str) -> None:
        super().__init__(text)
        self._file = file

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:  # noqa: ANN401  (text, if a scalar's)
        if kind is yaml.ScalarNode and implicit[0] and _LIKE_A_NUMBER.match(value):
            return _OPEN
        return self._resolved(kind, value, implicit)

    def _resolved(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:  # noqa: ANN401  (as above)
        tag: str = super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]
        return tag

    def get_single_data(self) -> Any:  # noqa: ANN401  (what the file holds)
        root = self.get_single_node()
        for models in _models(root, self._file):
            for node in _nodes(models):
                self._check(node)
                if node.tag == _OPEN:
                    node.tag = self._resolved(yaml.ScalarNode, node.value, (True, False))
        return None if root is None else self.construct_document(root)

    def _check(self, node: yaml.Node) -> None:
        """Raise MisreadError for a value or a key that the engine reads otherwise."""
        quoted = isinstance(node, yaml.ScalarNode) and bool(node.style)
        if node.tag != self.resolve(type(node), node.value, (not quoted, quoted)):
            raise _wrong(node, self._file, "a value is written without a tag here; take it out")
        for key, _ in _items(node):
            if key.style and key.value == "<<":
                words = "Pulumi takes '<<' for a merge; write it without quotes"
                raise _wrong(key, self._file, words)
            if not key.style and _NO_TEXT.fullmatch(key.value):
                words = f"the name {key.value or 'that is empty'} is not text; put it in quotes"
                raise _wrong(key, self._file, words)
        if isinstance(node, yaml.ScalarNode) and not quoted and _OTHERWISE.fullmatch(node.value):
            words = f"{node.value} is something else to Pulumi; write it out, or put it in quotes"
            raise _wrong(node, self._file, words)


def _as_text(_: AsWritten, node: yaml.ScalarNode) -> str:
    text: str = node.value
    return text


AsWritten.add_constructor(_OPEN, _as_text)


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


def _wrong(node: yaml.Node, name: str, words: str) -> MisreadError:
    return MisreadError(f"{name}, line {node.start_mark.line + 1}: {words}")
