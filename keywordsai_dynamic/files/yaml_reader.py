"""YAML, read strictly by the rules of version 1.2, as Pulumi reads it: no key twice, with bounds.

`no` is a string, and `1:30` is not 90. A number with a point or an exponent becomes a Decimal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from contextlib import suppress
from typing import Any

import yaml

from .strict import (
    DEEPEST,
    LONGEST_SHOWN,
    NUMBER,
    TOO_DEEP,
    WHOLE,
    check_depth,
    decimal,
    decoded,
    refusal,
    shown,
    whole,
)

LONGEST_KEY = 1024
"""Characters of a key in YAML, unless it is written in the rarely used form `? key`."""

_READ_DIFFERENTLY = frozenset("\t!\ufeff|>")
"""Characters that the parser in C may accept where `Loader` refuses them, or read differently."""

_MOST_REPEATED = 250_000  # enough for a catalog of 10,000 models that share a dozen fields


def from_yaml(
    content: bytes | str, name: str, loader: Callable[[str], yaml.SafeLoader] | None = None
) -> object:
    """Read one YAML document, by the rules of `Loader` or of the one that `loader` returns.

    Raises DeclarationError, one line that begins with `name`, if it cannot be read.
    """
    text = decoded(content, name)
    try:
        found = _read_fast(text) if loader is None else None
        if found is None:
            found = (loader or Loader)(text).get_single_data()
        check_depth(found)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        raise refusal(name, _described(problem), mark.line + 1 if mark else None) from None
    except yaml.reader.ReaderError as problem:
        sentence = f"has a character that YAML does not allow, U+{ord(text[problem.position]):04X}"
        raise refusal(name, sentence, text.count("\n", 0, problem.position) + 1) from None
    except RecursionError:
        raise refusal(name, TOO_DEEP) from None
    except (yaml.YAMLError, ArithmeticError, ValueError) as problem:
        raise refusal(name, f"is not YAML: {_words_of(problem)}") from None
    return found


def _read_fast(text: str) -> object:
    """Read with the parser in C, three times as fast; None where only `Loader` can tell."""
    if yaml.__with_libyaml__ and _READ_DIFFERENTLY.isdisjoint(text):
        with suppress(yaml.YAMLError, ArithmeticError, RecursionError, ValueError):
            return _FastLoader(text).get_single_data()
    return None


def _words_of(problem: Exception) -> str:
    # What `chr` raises, and says, depends on the version of Python.
    escapes = isinstance(problem, OverflowError) or "chr()" in str(problem)
    return "an escape stands for a character that does not exist" if escapes else str(problem)


def _described(problem: yaml.MarkedYAMLError) -> str:
    """Describe an error of PyYAML, in other words where its own mislead."""
    words = str(problem.problem or problem.context).replace(r"'\x00'", "the end")
    if r"'\t'" in words:
        return "a tab; indent YAML with spaces"
    if words == "second occurrence":
        return str(problem.context).partition(";")[0]
    mark = problem.problem_mark
    if mark and mark.buffer and mark.column > LONGEST_KEY and mark.buffer[mark.pointer] == ":":
        return f"a YAML key has at most {LONGEST_KEY:,} characters; quote a string with `: ` in it"
    return words


class Loader(yaml.SafeLoader):
    """SafeLoader with the scalars of YAML 1.2, without repeated keys, and with bounds."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._depth = 0
        self._repeated = 0
        self._sizes: dict[yaml.Node, int] = {}

    def scan_to_next_token(self) -> None:
        # YAML allows tabs between tokens, as before a comment; PyYAML refuses them.
        super().scan_to_next_token()
        while self.peek() == "\t" and (self.flow_level or not self.allow_simple_key):
            self.forward()
            super().scan_to_next_token()

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:  # noqa: ANN401  (a position or a node)
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        if self._depth > DEEPEST:
            raise RecursionError
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        if node and isinstance(event, yaml.AliasEvent):
            self._repeat(node, event)
        elif node:
            self._sizes[node] = 1 + sum(self._sizes[each] for each in _children(node))
        return node

    def _repeat(self, node: yaml.Node, alias: yaml.AliasEvent) -> None:
        """Count the values an alias repeats: a few lines of aliases can expand without end."""
        if node not in self._sizes:
            raise _at(alias, f"the anchor {shown(str(alias.anchor))} contains itself")
        self._repeated += self._sizes[node]
        if self._repeated > _MOST_REPEATED:
            raise _at(alias, f"aliases (*) repeat more than {_MOST_REPEATED:,} values")

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:  # noqa: ANN401  (a string or None)
        # Checked here, because later the map also has what it merges (`<<`).
        node = super().compose_mapping_node(anchor)
        seen: set[Hashable] = set()
        for key, _ in node.value:
            name = "<<" if key.tag == _MERGE else self.construct_object(key)
            if not isinstance(key, yaml.ScalarNode) or not isinstance(name, Hashable):
                raise _at(key, "a key must be a string, not a map or a list")
            if name in seen:
                raise _at(key, f"the key {shown(key.value)} appears twice; keep one")
            seen.add(name)
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: ANN401
        # PyYAML trusts an explicit tag, and fails in many ways on a value of another type:
        # `!!bool "maybe"` is a KeyError.
        try:
            return super().construct_object(node, deep)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            raise _at(node, f"the value cannot be read as {node.tag.rpartition(':')[2]}") from None

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        return super().construct_mapping(node, deep=True)

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Merge maps (`<<`): earlier ones override later ones, and the map's own keys override all.

        PyYAML does it wrong: from 6.0.4 on it loses the own keys of a map that is itself merged.
        """
        merged: list[list[tuple[yaml.Node, yaml.Node]]] = []
        for key, value in node.value:
            if key.tag == _MERGE:
                several = isinstance(value, yaml.SequenceNode)
                for each in value.value if several else [value]:
                    if not isinstance(each, yaml.MappingNode):
                        raise _at(each, "only a map or a list of maps can be merged (`<<`)")
                    self.flatten_mapping(each)
                    merged.append(each.value)
        own = [(key, value) for key, value in node.value if key.tag != _MERGE]
        node.value = [pair for pairs in reversed(merged) for pair in pairs] + own


class _FastLoader(Loader):
    """Loader that takes its events from the parser in C."""

    def __init__(self, text: str) -> None:
        super().__init__("")
        events = yaml.CSafeLoader(text)
        for method in ("check_event", "get_event", "peek_event"):
            setattr(self, method, getattr(events, method))


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    for each in node.value if isinstance(node, yaml.CollectionNode) else ():
        yield from each if isinstance(each, tuple) else (each,)


def _at(place: yaml.Node | yaml.Event, sentence: str) -> yaml.MarkedYAMLError:
    mark: Any = place.start_mark
    return yaml.constructor.ConstructorError(None, None, sentence, mark)


def _number(read: Callable[[str], object]) -> Callable[[Loader, yaml.ScalarNode], object]:
    def construct(loader: Loader, node: yaml.ScalarNode) -> object:
        try:
            return read(loader.construct_scalar(node))
        except ValueError as problem:
            raise _at(node, str(problem)) from None

    return construct


def _ambiguous(_: Loader, node: yaml.ScalarNode) -> None:
    sentence = "is not the same number to every YAML reader; write it in full, or quote it"
    raise _at(node, f"{node.value[:LONGEST_SHOWN]} {sentence}")


_MERGE = "tag:yaml.org,2002:merge"
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", WHOLE.pattern, "-+0123456789"),
    ("float", NUMBER.pattern, "-+.0123456789"),
    (
        "ambiguous",  # octal, hexadecimal, binary, with underscores
        r"[-+]?(?:0[xob][0-9a-fA-F_]+|(?:0[0-9]|(?=.*_)[0-9.])[0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9_]+)?)",
        "-+.0123456789",
    ),
    ("merge", r"<<", "<"),
):
    Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}",
        re.compile(rf"^(?:{_pattern})$"),
        ["" if letter == "\0" else letter for letter in _first],
    )
Loader.add_constructor("tag:yaml.org,2002:float", _number(decimal))
Loader.add_constructor("tag:yaml.org,2002:int", _number(whole))
Loader.add_constructor("tag:yaml.org,2002:ambiguous", _ambiguous)
