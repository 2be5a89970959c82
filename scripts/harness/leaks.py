"""What a run must leave nowhere: the key, and every secret value.

Each stack of the tests knows its secrets: keys in the environment of its runs, what is set with
`config set --secret`, and what its programs wrap, as in `Output.secret(2.7182818)`. At its end it
searches everything that was printed and written: output, state, backups, history, plans, logs, the
project's files, and this package's notes of runs.

These may hold a secret, and nothing else may:

- the output of `--show-secrets` and of `config get`, whose purpose is to show secrets;
- a file into which a test wrote the secret: a program, or a stack's file with a key in clear text;
- the engine's own lines at -v=9 about what it passes to programs and providers, secret or not:
  3.259.0 writes them (3.274.1 does not), and SECURITY.md says so.
"""

import ast
import html
import json
import os
import re
import time
import zlib
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from pathlib import Path
from urllib.parse import quote

KEY = "kw.Zq7Xv2Lm9TbR.c8NwYd3HsJ6fGpK1eUoA5iVt"
"""A key that appears nowhere by chance, and neither does its first or last part."""

PROGRAM = """
import pulumi
from keywordsai_dynamic import CustomModel

price = pulumi.Output.secret(2.7182818)
model = CustomModel(
    "support-llm",
    model_name="acme/support-llm",
    input_cost=price,
    output_cost={},
    display_name=pulumi.Output.secret('the "mellow" one'),
    supported_params_override=pulumi.Output.secret({{"top_p": {{"max": 0.57721566}}}}),
)
pulumi.export("price", model.input_cost)
"""
"""A program with a secret number, text and map; `{}` is its output cost."""

_NOTES = Path(f"/tmp/keywordsai-dynamic-{os.getuid()}")  # noqa: S108  (the product's own)

_KEYS = re.compile("API_KEY|GITHUB_TOKEN|REVIEW_TOKEN")
_SHORTEST = 8
"""Characters or digits of a secret: 2.5 or `key-a` could appear anywhere."""
_CUT = 12
"""Characters at either end that identify a secret twice as long: services cut what they repeat."""
_ENGINES_OWN_LINE = re.compile(rb'"(?:Unm|M)arshaling property for RPC\[.*"v":9\}')


def may_show(command: Sequence[str]) -> bool:
    """Return whether the purpose of a command is to show secrets."""
    words = " ".join(command).split()
    return "--show-secrets" in words or {"config", "get"} <= set(words)


class Secrets:
    """Secret values, and the files into which a test wrote each of them."""

    def __init__(self) -> None:
        self._began = time.time()
        self._written: dict[str, set[Path]] = {}

    def add(self, value: object, *written: Path) -> None:
        """Add a value, or the values of a list or a map; flags and empty values are not secrets."""
        if isinstance(value, dict | list | tuple):
            for each in value.values() if isinstance(value, dict) else value:
                self.add(each, *written)
        elif value not in (None, 0, 1, ""):
            text = str(value).strip()
            assert len(_digits(text) or text) >= _SHORTEST, f"{text!r} could appear anywhere"
            self._written.setdefault(text, set()).update(written)

    def add_those_of(self, command: Sequence[str], env: dict[str, str]) -> None:
        """Add what a command sets as secret, and the keys in its environment."""
        if {"config", "set", "--secret"} <= set(command):
            self.add(command[-1])
        for name, value in env.items():
            if _KEYS.search(name):
                self.add(value)

    def add_wrapped(self, program: Path) -> None:
        """Add the literals that a program wraps: `Output.secret("…")`."""
        text = program.read_text()
        if "secret(" not in text:
            return
        with suppress(SyntaxError):  # the subject of some tests
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call) and _last_name(node.func) == "secret":
                    for argument in node.args:
                        with suppress(ValueError):  # not a literal
                            self.add(ast.literal_eval(argument), program)

    def leaks(self, files: Iterator[Path]) -> list[str]:
        """List where files, or this package's notes, hold a secret that they must not hold."""
        notes = _NOTES.glob("*") if _NOTES.exists() else ()
        recent = (file for file in notes if _changed(file) >= self._began)
        return [leak for file in (*files, *recent) for leak in self._in(file)]

    def _in(self, file: Path) -> Iterator[str]:
        try:
            content = _content(file).lower()
        except FileNotFoundError:
            return  # notes of another test, gone by now
        for value, written in self._written.items():
            found = _find(value, content) if file not in written else None
            if found:
                form, at = found
                line = content.count(b"\n", 0, at) + 1
                around = content[max(0, at - 50) : at + 100].decode(errors="replace")
                yield f"{file}:{line}: {value!r} {form}: …{around!r}…"


def _changed(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0  # notes of another test, gone by now


def _last_name(function: ast.expr) -> str:
    return ast.unparse(function).rpartition(".")[2]


def _content(file: Path) -> bytes:
    content = file.read_bytes()
    if content.startswith(b"\x1f\x8b"):
        # As far as it goes: a killed engine leaves truncated checkpoints.
        content = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(content)
    return _ENGINES_OWN_LINE.sub(b"", content)


def _find(value: str, content: bytes) -> tuple[str, int] | None:
    """Return the form in which a lower-case `content` has a secret, and where; None without one."""
    digits = _digits(value)
    if digits:
        # Any unit and any number of zeros: 2.50, 0.0000025.
        number = rf"(?<![1-9]){'[.,]?'.join(digits)}(?!0*[1-9])"
        found = re.search(number.encode(), content)
        if found:
            return "as a number", found.start()
    for form, text in _forms(value):
        # A number is not part of a longer one.
        at = -1 if digits and text == value.encode() else content.find(text.lower())
        if at >= 0:
            return form, at
    return None


def _forms(value: str) -> Iterator[tuple[str, bytes]]:
    raw, in_json = value.encode(), json.dumps(value)[1:-1]
    yield "as is", raw
    yield "in JSON", in_json.encode()
    yield "in JSON in JSON", json.dumps(in_json)[1:-1].encode()
    yield "in JSON, escaped", "".join(f"\\u{ord(each):04x}" for each in value).encode()
    yield "in an address", quote(value, safe="").encode()
    yield "in HTML", html.escape(value).encode()
    yield "in UTF-16", value.encode("utf-16-le")[:-1]  # and so in big endian
    for before in range(3):
        # Without the characters that also encode its neighbors.
        text = b64encode(bytes(before) + raw)
        yield "in base64", text[(0, 2, 3)[before] : (before + len(raw)) * 8 // 6]
    if len(value) >= 2 * _CUT:
        yield "cut short", value[:_CUT].encode()
        yield "cut short", value[-_CUT:].encode()


def _digits(text: str) -> str:
    """Return the significant digits of a number, which no unit changes; none for other text."""
    try:
        digits = Decimal(text).as_tuple().digits
    except InvalidOperation:
        return ""
    return "".join(map(str, digits)).strip("0")
