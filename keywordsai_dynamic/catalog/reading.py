"""YAML and JSON files read as they are written: decimals exact, no key twice, no surprises.

YAML is read by the rules of version 1.2, as Pulumi does it, so that `no` is text and `1:30` is not
90. A number with a point or an exponent becomes a Decimal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Hashable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from ..errors import DeclarationError

_DEEPEST = 50
_TOO_DEEP = "is nested too deeply; no field goes as deep"


def read(path: Path) -> object:
    """Read a YAML or JSON file; raises DeclarationError, one line, for one that cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise DeclarationError(f"{path}: cannot be read: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise DeclarationError(f"{path}: is no UTF-8 text; save it as UTF-8") from None
    except ValueError:
        raise DeclarationError(f"{str(path)!r}: is no name that a file can have") from None
    return from_json(text, path.name) if path.suffix == ".json" else from_yaml(text, path.name)


def from_yaml(text: str, name: str) -> object:
    """Read one YAML document; `name` stands in front of what is wrong with it."""
    try:
        content = yaml.load(text, _Loader)  # noqa: S506  (a SafeLoader: plain values, nothing else)
        _check_depth(content)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        words = str(problem.problem or problem.context)
        if "'\\t'" in words:
            words = "a tab; indent YAML with spaces"
        raise DeclarationError(f"{name}{line}: {words}") from None
    except (yaml.YAMLError, ValueError, InvalidOperation) as problem:
        first = str(problem).partition("\n")[0]
        raise DeclarationError(f"{name}: is no YAML: {first}") from None
    except RecursionError:
        raise DeclarationError(f"{name}: {_TOO_DEEP}") from None
    return content


def from_json(text: str, name: str) -> object:
    """Read JSON text; `name` stands in front of what is wrong with it."""
    try:
        content = json.loads(text, parse_float=Decimal, object_pairs_hook=_no_key_twice)
        _check_depth(content)
    except json.JSONDecodeError as problem:
        raise DeclarationError(f"{name}, line {problem.lineno}: {problem.msg}") from None
    except ValueError as problem:
        raise DeclarationError(f"{name}: {problem}") from None
    except RecursionError:
        raise DeclarationError(f"{name}: {_TOO_DEEP}") from None
    return content


def _check_depth(content: object) -> None:
    """Raise RecursionError here, where it has a name, and not in one of all who read on.

    Who is held twice in a level is followed once: aliases make a small file a large tree.
    """
    level = [content]
    for _ in range(_DEEPEST):
        inner: dict[int, object] = {}
        for each in level:
            items = each.values() if isinstance(each, dict) else each
            if isinstance(items, Collection) and not isinstance(items, str | bytes):
                inner |= {id(item): item for item in items}
        level = list(inner.values())
    if level:
        raise RecursionError


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} is there twice; keep one")
    return result


class _Loader(yaml.SafeLoader):
    """SafeLoader with the scalars of YAML 1.2 and without repeated keys."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: ANN401
        # PyYAML trusts a tag that is written out, and fails in many ways where the value is another
        # one: `!!bool "maybe"` is a KeyError.
        try:
            return super().construct_object(node, deep)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            words = f"the value cannot be read as {node.tag.rpartition(':')[2]}"
            raise yaml.constructor.ConstructorError(None, None, words, node.start_mark) from None

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        # Merged keys (`<<`) may repeat what is written out; they are folded in by the base class.
        seen: set[tuple[str, str]] = set()
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if isinstance(key, yaml.ScalarNode) and (key.tag, key.value) in seen:
                words = f"the key {key.value!r} is there twice; keep one"
                raise yaml.constructor.ConstructorError(None, None, words, key.start_mark)
            seen.add((key.tag, str(key.value)))
        # Deep, so that a map that holds itself is refused here instead of ending in a recursion.
        return super().construct_mapping(node, deep=True)


def _decimal(loader: _Loader, node: yaml.ScalarNode) -> Decimal:
    return Decimal(loader.construct_scalar(node))


def _whole(loader: _Loader, node: yaml.ScalarNode) -> int:
    return int(loader.construct_scalar(node))


def _ambiguous(loader: _Loader, node: yaml.ScalarNode) -> None:
    words = f"{node.value} is not the same number to every YAML reader; write it out, or quote it"
    raise yaml.constructor.ConstructorError(None, None, words, node.start_mark)


for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?",
        "-+.0123456789",
    ),
    ("ambiguous", r"[-+]?(?:0[0-9xob_][0-9a-fA-F_]*|[0-9][0-9]*_[0-9_]*)", "-+0123456789"),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}",
        re.compile(rf"^(?:{_pattern})$"),
        ["" if letter == "\0" else letter for letter in _first],
    )
_Loader.add_constructor("tag:yaml.org,2002:float", _decimal)
_Loader.add_constructor("tag:yaml.org,2002:int", _whole)
_Loader.add_constructor("tag:yaml.org,2002:ambiguous", _ambiguous)
