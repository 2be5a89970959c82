"""Prepared answers, which may repeat parts of the request."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

# `{input_cost}`, or a slice of it: `{key[:12]}`. Braces around anything else are just braces.
_PLACEHOLDER = re.compile(r"\{(\w+)(?:\[(-?\d*):(-?\d*)\])?\}")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True)
class Answer:
    """One HTTP answer: sent over `seconds`, and cut off after `cut_after` bytes of its body."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0
    cut_after: int | None = None


@dataclass(frozen=True)
class Script:
    """A prepared answer: `body` as JSON, or `raw`, with `{placeholders}` for what was sent.

    Placeholders are `{authorization}`, `{key}`, `{method}`, `{path}`, `{query}`, and the fields of
    a JSON body; a string that is only a placeholder becomes the value itself. `escaped` writes each
    character of a JSON string as `\\u0061`, `encoding` is that of the body. Bytes are sent as is.
    """

    status: int
    body: object = None
    raw: bytes | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    cut_after: int | None = None
    encoding: str = "utf-8"
    escaped: bool = False

    def answer(self, sent: Mapping[str, object]) -> Answer:
        """Return the answer to a request that sent these values."""
        headers = {name: _filled_text(value, sent) for name, value in self.headers.items()}
        raw = self.raw
        if raw is None and self.body is not None:
            headers = {"Content-Type": "application/json", **headers}
            raw = json.dumps(_filled(self.body, sent))
            raw = _STRING.sub(_escape, raw) if self.escaped else raw
        elif isinstance(raw, str):
            raw = _filled_text(raw, sent)
        content = raw.encode(self.encoding) if isinstance(raw, str) else raw or b""
        return Answer(self.status, content, tuple(headers.items()), self.seconds, self.cut_after)


def what_was_sent(
    method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
) -> dict[str, object]:
    """Return what an answer may repeat of a request; `key` is what follows `Bearer`."""
    try:
        fields = json.loads(body)
    except ValueError:
        fields = {}
    authorization = headers.get("authorization", "")
    return {
        **(fields if isinstance(fields, dict) else {}),
        "authorization": authorization,
        "key": authorization.partition(" ")[2],
        "method": method,
        "path": path,
        "query": query,
    }


def _filled(value: object, sent: Mapping[str, object]) -> object:
    if isinstance(value, Mapping):
        return {_filled_text(str(name), sent): _filled(each, sent) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(each, sent) for each in value]
    if not isinstance(value, str):
        return value
    place = _PLACEHOLDER.fullmatch(value)
    if place and place[2] is None and place[1] in sent:
        return sent[place[1]]
    return _filled_text(value, sent)


def _filled_text(text: str, sent: Mapping[str, object]) -> str:
    def repeated(place: re.Match[str]) -> str:
        name, begin, end = place.groups()
        if name not in sent:
            return place[0]
        value = sent[name]
        told = value if isinstance(value, str) else json.dumps(value)
        return told[int(begin) if begin else None : int(end) if end else None]

    return _PLACEHOLDER.sub(repeated, text)


def _escape(string: re.Match[str]) -> str:
    units = json.loads(string[0]).encode("utf-16-be", "surrogatepass").hex()
    return '"' + "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)) + '"'
