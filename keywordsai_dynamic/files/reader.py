"""Files of models read strictly: YAML, JSON and CSV, by one set of rules.

UTF-8, numbers exact, nothing there twice, and nothing that one reader takes for another thing than
the next. YAML is read by the rules of version 1.2, as Pulumi does it, so that `no` is text and
`1:30` is not 90. A number with a point or an exponent becomes a Decimal.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import yaml

from ..core.errors import DeclarationError
from ..core.redaction import one_line, redact
from .spreadsheet import from_cell

SHARED_KEY = r"^(x-|\.)[^/]*$"  # as Docker Compose has it
"""Top-level keys that are places for shared values, and not models. `x-ai/grok-4` is a model."""

_NAME = "model_name"
_DEEPEST = 50
_TOO_DEEP = "is nested too deeply; no field goes as deep"
_MOST_REPEATED = 250_000  # a catalog of 10,000 models that share a dozen fields
_LONGEST_KEY = 1024  # in YAML, unless it is written in a way that few know
_LONGEST_NUMBER = 1_000
_LONGEST_SHOWN = 60
_LONGEST_SENTENCE = 200
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_SEPARATORS = {";": "semicolons", "\t": "tabs"}


def read(path: Path) -> object:
    """Read a file by its suffix; raises DeclarationError, one line, for one that cannot be read."""
    return parse(content_of(path), path.name)


def content_of(path: Path) -> bytes:
    """Give the bytes of a file; raises DeclarationError, one line, where there are none to have."""
    try:
        return path.read_bytes()
    except OSError as problem:
        raise DeclarationError(f"{path}: cannot be read: {problem.strerror}") from None
    except ValueError:
        raise DeclarationError(f"{str(path)!r} is not a name that a file can have") from None


def parse(content: bytes | str, name: str) -> object:
    """Read the content of a file by the suffix of its name: .yaml, .yml, .json or .csv.

    What has no suffix, as standard input, is YAML. A CSV file becomes a list of maps. Raises
    DeclarationError, one line that begins with the name, for what cannot be read.
    """
    suffix = Path(name).suffix.lower()
    if suffix not in _FORMATS:
        shown = one_line(name)
        raise DeclarationError(f"{shown}: cannot be read; save it as .yaml, .yml, .json or .csv")
    return _FORMATS[suffix](content, name)


def is_readable(path: Path) -> bool:
    """Tell whether a path has a suffix that can be read."""
    return path.suffix.lower() in _FORMATS.keys() - {""}


def from_yaml(
    content: bytes | str, name: str, loader: Callable[[str], yaml.SafeLoader] | None = None
) -> object:
    """Read one YAML document; `name` stands in front of what is wrong with it."""
    text = _text(content, name)
    try:
        found = (loader or Loader)(text).get_single_data()
        _check_depth(found)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        raise _refusal(name, _words(problem), mark.line + 1 if mark else None) from None
    except yaml.reader.ReaderError as problem:
        words = f"holds a character that YAML cannot, U+{ord(text[problem.position]):04X}"
        raise _refusal(name, words, text.count("\n", 0, problem.position) + 1) from None
    except RecursionError:
        raise _refusal(name, _TOO_DEEP) from None
    except (yaml.YAMLError, ArithmeticError, ValueError) as problem:
        raise _refusal(name, f"is not YAML: {problem}") from None
    return found


def from_json(content: bytes | str, name: str) -> object:
    """Read JSON; `name` stands in front of what is wrong with it."""
    try:
        found = json.loads(
            _text(content, name),
            parse_float=_decimal,
            parse_int=_whole,
            parse_constant=_no_constant,
            object_pairs_hook=_no_key_twice,
        )
        _check_depth(found)
    except json.JSONDecodeError as problem:
        raise _refusal(name, problem.msg, problem.lineno) from None
    except ValueError as problem:
        raise _refusal(name, str(problem)) from None
    except RecursionError:
        raise _refusal(name, _TOO_DEEP) from None
    return found


def from_csv(content: bytes | str, name: str) -> list[dict[str, str]]:
    """Read a table of models, one of its columns `model_name`; empty cells are left out.

    So are the empty rows and columns that spreadsheets write at the edges. Cells come back as
    `keywordsai-dynamic models` was given them: without the apostrophe in front of what a
    spreadsheet would compute.
    """
    lines = csv.reader(StringIO(_text(content, name), newline=""), strict=True)
    try:
        filled = (cells for cells in lines if any(map(str.strip, cells)))
        columns = list(map(str.strip, next(filled, [])))
        while columns and not columns[-1]:
            columns.pop()
        _check_columns(columns, name, max(lines.line_num, 1))
        rows = [_row(cells, columns, name, lines.line_num) for cells in filled]
    except csv.Error as problem:
        raise _refusal(name, str(problem), lines.line_num) from None
    if not rows:
        raise _refusal(name, "has no rows below the names of its columns")
    return rows


_FORMATS: Mapping[str, Callable[[bytes | str, str], object]] = {
    "": from_yaml,
    ".yaml": from_yaml,
    ".yml": from_yaml,
    ".json": from_json,
    ".csv": from_csv,
}


def by_model(content: object, name: str) -> object:
    """Give what a file says of each model, by model_name, where it says it in one of its two ways.

    That is a map, of which places for shared values are left out, or a list of maps that hold their
    model_name. Anything else stays as it is. Raises DeclarationError for a model that is there
    twice.
    """
    if not isinstance(content, list) or not content:
        return without_shared(content)
    if not all(isinstance(row, dict) and isinstance(row.get(_NAME), str) for row in content):
        return content
    count = Counter(row[_NAME] for row in content)
    if twice := next((model for model in count if count[model] > 1), None):
        raise _refusal(name, f"the model {_shown(twice)} is there twice; keep one")
    return {
        row[_NAME]: {field: value for field, value in row.items() if field != _NAME}
        for row in content
    }


def without_shared(models: object) -> object:
    """Leave out the keys of a map that are places for shared values; see SHARED_KEY."""
    if not isinstance(models, Mapping):
        return models
    return {name: fields for name, fields in models.items() if not is_shared(name)}


def is_shared(key: object) -> bool:
    """Tell whether a top-level key is a place for shared values, and not a model."""
    return isinstance(key, str) and re.search(SHARED_KEY, key) is not None


def _refusal(name: str, words: str, line: int | None = None) -> DeclarationError:
    where = f", line {line}" if line else ""
    # Redacted before it is cut: the rest of a secret would not be found any more.
    said = one_line(redact(words.partition("\n")[0]))
    said = said if len(said) <= _LONGEST_SENTENCE else f"{said[: _LONGEST_SENTENCE - 1]}…"
    return DeclarationError(f"{one_line(name)}{where}: {said}")


def _shown(value: str) -> str:
    return repr(value if len(value) <= _LONGEST_SHOWN else f"{value[: _LONGEST_SHOWN - 1]}…")


def _text(content: bytes | str, name: str) -> str:
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    encoding = json.detect_encoding(content)  # by its first bytes, which YAML and CSV have alike
    if not encoding.startswith("utf-8"):
        raise _refusal(name, f"is {encoding[:6].upper()}; save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise _refusal(name, "is not UTF-8; save it as UTF-8", line) from None


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


def _decimal(text: str) -> Decimal:
    """Read a number exactly; one that is endless to write out would hang whoever does it."""
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{_shown(text)} is not a number")
    exponent = re.split("[eE]", text)[-1] if "e" in text.lower() else "0"
    if len(text) > _LONGEST_NUMBER or abs(int(exponent)) > _LONGEST_NUMBER:
        raise ValueError(f"the number {_shown(text)} is too long")
    return Decimal(text)


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"{_shown(text)} is not a whole number")
    return int(_decimal(text))


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is not a number of JSON")


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"the key {_shown(twice)} is there twice; keep one")
    return result


def _check_columns(columns: list[str], name: str, line: int) -> None:
    if _NAME not in columns:
        for separator, called in _SEPARATORS.items():
            if any(separator in each for each in columns):
                raise _refusal(name, f"has {called} between its cells; save it with commas", line)
        raise _refusal(name, f"must name its columns, {_NAME} among them", line)
    if "" in columns:
        raise _refusal(name, f"column {columns.index('') + 1} has no name", line)
    if twice := next((each for each in columns if columns.count(each) > 1), None):
        raise _refusal(name, f"the column {_shown(twice)} is there twice; keep one", line)


def _row(cells: list[str], columns: list[str], name: str, line: int) -> dict[str, str]:
    if len(cells) < len(columns) or any(map(str.strip, cells[len(columns) :])):
        words = f"has a row of {len(cells)} cells, and there are {len(columns)} columns"
        raise _refusal(name, words, line)
    row = {column: from_cell(cell) for column, cell in zip(columns, cells, strict=False) if cell}
    if _NAME not in row:
        raise _refusal(name, f"has a row without a {_NAME}", line)
    return row


def _words(problem: yaml.MarkedYAMLError) -> str:
    """Say what PyYAML found, in words for what it says misleadingly."""
    words = str(problem.problem or problem.context).replace(r"'\x00'", "the end")
    if r"'\t'" in words:
        return "a tab; indent YAML with spaces"
    if words == "second occurrence":
        return str(problem.context).partition(";")[0]
    mark = problem.problem_mark
    if mark and mark.buffer and mark.column > _LONGEST_KEY and mark.buffer[mark.pointer] == ":":
        return (
            f"a key of YAML has {_LONGEST_KEY:,} characters at most; quote a text that holds `: `"
        )
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
        # Tabs between tokens are as good as spaces, as in front of a comment; PyYAML refuses them.
        super().scan_to_next_token()
        while self.peek() == "\t" and (self.flow_level or not self.allow_simple_key):
            self.forward()
            super().scan_to_next_token()

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:  # noqa: ANN401  (a position or a node)
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        if self._depth > _DEEPEST:
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
        """Count what an alias stands for: a few lines of them can be endless written out."""
        if node not in self._sizes:
            raise _at(alias, f"the anchor {_shown(str(alias.anchor))} holds itself")
        self._repeated += self._sizes[node]
        if self._repeated > _MOST_REPEATED:
            raise _at(alias, f"aliases (*) repeat more than {_MOST_REPEATED:,} values")

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:  # noqa: ANN401  (text or None)
        # Here a map is as it is written: later, what it merges (`<<`) is folded in.
        node = super().compose_mapping_node(anchor)
        seen: set[Hashable] = set()
        for key, _ in node.value:
            meant = "<<" if key.tag == _MERGE else self.construct_object(key)
            if not isinstance(key, yaml.ScalarNode) or not isinstance(meant, Hashable):
                raise _at(key, "a key is text, not a map or a list")
            if meant in seen:
                raise _at(key, f"the key {_shown(key.value)} is there twice; keep one")
            seen.add(meant)
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: ANN401
        # PyYAML trusts a tag that is written out, and fails in many ways where the value is another
        # one: `!!bool "maybe"` is a KeyError.
        try:
            return super().construct_object(node, deep)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            raise _at(node, f"the value cannot be read as {node.tag.rpartition(':')[2]}") from None

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        return super().construct_mapping(node, deep=True)

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Fold in what is merged (`<<`): the first of several wins, and what is written out wins.

        Not as PyYAML does: from 6.0.4 on it forgets what a map writes out that is merged itself.
        """
        merged: list[list[tuple[yaml.Node, yaml.Node]]] = []
        for key, value in node.value:
            if key.tag == _MERGE:
                several = isinstance(value, yaml.SequenceNode)
                for each in value.value if several else [value]:
                    if not isinstance(each, yaml.MappingNode):
                        raise _at(each, "only maps, or a list of them, can be merged (`<<`)")
                    self.flatten_mapping(each)
                    merged.append(each.value)
        own = [(key, value) for key, value in node.value if key.tag != _MERGE]
        node.value = [pair for pairs in reversed(merged) for pair in pairs] + own


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    for each in node.value if isinstance(node, yaml.CollectionNode) else ():
        yield from each if isinstance(each, tuple) else (each,)


def _at(place: yaml.Node | yaml.Event, words: str) -> yaml.MarkedYAMLError:
    mark: Any = place.start_mark
    return yaml.constructor.ConstructorError(None, None, words, mark)


def _number(read: Callable[[str], object]) -> Callable[[Loader, yaml.ScalarNode], object]:
    def construct(loader: Loader, node: yaml.ScalarNode) -> object:
        try:
            return read(loader.construct_scalar(node))
        except ValueError as problem:
            raise _at(node, str(problem)) from None

    return construct


def _ambiguous(_: Loader, node: yaml.ScalarNode) -> None:
    words = "is not the same number to every YAML reader; write it out, or quote it"
    raise _at(node, f"{node.value[:_LONGEST_SHOWN]} {words}")


_MERGE = "tag:yaml.org,2002:merge"
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", _WHOLE.pattern, "-+0123456789"),
    ("float", _NUMBER.pattern, "-+.0123456789"),
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
Loader.add_constructor("tag:yaml.org,2002:float", _number(_decimal))
Loader.add_constructor("tag:yaml.org,2002:int", _number(_whole))
Loader.add_constructor("tag:yaml.org,2002:ambiguous", _ambiguous)
