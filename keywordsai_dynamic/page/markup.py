"""HTML as values: whatever is not markup already is escaped, in one place."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape

from ..core.redaction import one_line, redact
from .style import STYLE

_VOID = frozenset({"link", "meta"})
_IN_SVG = frozenset({"circle", "line", "rect", "use"})


class Markup(str):
    """Text that is HTML, made by `tag`."""

    __slots__ = ()


Child = str | Markup | None
Attribute = str | int | bool | None


def tag(element: str, /, *children: Child, **attributes: Attribute) -> Markup:
    """Write an element; text inside it is escaped, on one line and without secrets.

    The attribute `class_` is `class`, `aria_label` is `aria-label`. None, False and empty ones are
    left out.
    """
    listed = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{_safe(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False and value != ""
    )
    if element in _VOID:
        return Markup(f"<{element}{listed}>")
    if element in _IN_SVG:
        return Markup(f"<{element}{listed}/>")
    return Markup(f"<{element}{listed}>{join(*children)}</{element}>")


def join(*children: Child) -> Markup:
    """Write one thing after the other."""
    return Markup("".join(_safe(child) for child in children if child is not None))


def block(text: str) -> Markup:
    """Write a message with its line breaks."""
    return tag("pre", *(line for each in text.split("\n") for line in (each, Markup("\n"))))


def name(text: str) -> Markup:
    """Write a name that somebody else chose, as it is."""
    return tag("code", text)


def page(title: str, *body: Child, script: str = "") -> str:
    """Write the whole file; its policy lets a browser load and run nothing but what it holds."""
    runs = f" script-src {_digest(script)};" if script else ""
    policy = (
        f"default-src 'none'; style-src {_digest(STYLE)};{runs} img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=Markup(policy)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("link", rel="icon", href="data:,"),
        tag("style", Markup(STYLE)),
    )
    code = tag("script", Markup(script)) if script else None
    return f"<!doctype html>\n{tag('html', head, tag('body', *body, code), lang='en')}\n"


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _safe(value: str | int) -> str:
    return value if isinstance(value, Markup) else escape(one_line(redact(str(value))))
