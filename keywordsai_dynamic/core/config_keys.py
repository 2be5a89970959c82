"""The configuration keys that are read, and what to say of any other under `keywordsai:`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from .names import API_FIELDS
from .redaction import one_line

API_KEY = "keywordsai:apiKey"
BASE_URL = "keywordsai:baseUrl"
MODELS = "keywordsai:models"
BASE_URL_SETTINGS = f"KEYWORDSAI_BASE_URL or {BASE_URL}"
"""What sets the base URL: commands without `--stack` read the first alone."""
READ = (API_KEY, BASE_URL, MODELS)

_NAMESPACE = "keywordsai:"
_LIKE = 0.83  # of 1: so near are `modles` and `models`; `token` and `apiKey` are 0.36
_PATH = re.compile(r"([^.\[]*)([.\[].*)?", re.DOTALL)
_ONE_MORE = re.compile(rf"(?:{'|'.join(READ)})[\dA-Z_-].*", re.DOTALL)
"""One more of ours, like a second account's `apiKey2` or `apiKeyEu`: a name that was chosen."""
_FIELDS = "|".join(API_FIELDS)
_MODEL = re.compile(rf"\.(.+?)(\.(?:{_FIELDS})(?:[.\[].*)?|\.[a-z_]+)?", re.DOTALL)
"""A model and its field, as they are written without brackets: a model's name may hold dots."""


class Unread(NamedTuple):
    """A key that nothing reads: what is wrong, what to do, and whether that is a mistake."""

    key: str
    told: str
    to_do: str
    wrong: bool

    def __str__(self) -> str:
        return one_line(f"{self.key}: {self.told}; {self.to_do}")


def full(key: str) -> str:
    """Give a key as the engine knows it: `keywordsai:config:apiKey` is `keywordsai:apiKey`."""
    return re.sub(r"^([^:]*):config:", r"\1:", key)


def unread(secret: Mapping[str, bool], stack: str | None, file: Path | None = None) -> list[Unread]:
    """Judge the keys of a configuration, each with whether its value is secret.

    Of those under `keywordsai:`, a path that was set as a key and a near miss are mistakes, any
    other that is not read may be meant for somebody else. `stack` is the stack whose configuration
    it is, None for that of the project, and `file` another file than the stack's own, if it is in
    one. Values are not asked for, because they may be secrets.
    """
    ours = (key for key in secret if full(key).startswith(_NAMESPACE) and full(key) not in READ)
    option = f" --stack {shlex.quote(stack)}" if stack else ""
    option += f" --config-file {shlex.quote(str(file))}" if file else ""
    return [_judged(key, option, secret=secret[key]) for key in ours]


def refusal(lines: Sequence[str]) -> str:
    """Say what is wrong with a configuration: one mistake in a line of its own, or all of them."""
    if len(lines) == 1:
        return lines[0]
    return "\n  ".join([f"The configuration has {len(lines)} mistakes; nothing was sent.", *lines])


def _judged(key: str, option: str, *, secret: bool) -> Unread:
    named, path = _PATH.fullmatch(full(key)).groups()  # type: ignore[union-attr]  # all match
    meant = _nearest(named)
    away = f"run `pulumi config rm {shlex.quote(key)}{option}`" if option else "remove it"
    if meant is None:
        told = f"nothing reads this key; the known keys are {', '.join(READ[:-1])} and {READ[-1]}"
        return Unread(key, told, f"unless your program reads it, {away}", wrong=False)
    if meant != MODELS or not path:
        return Unread(key, "nothing reads this key", f"rename it to {meant}, or {away}", wrong=True)
    if not option:
        told = "is a path, which Pulumi merges into the models of every stack"
        return Unread(key, told, f"write the model in the `value` of {MODELS}", wrong=True)
    kind = "--path --secret" if secret else "--path"
    right = _bracketed(path)
    told = "set without --path, so nothing reads it"
    anew = f"run `pulumi config set {kind} {shlex.quote(MODELS + right)} VALUE{option}`, then "
    return Unread(key, told, anew + away.removeprefix("run ") if right else away, wrong=True)


def _bracketed(path: str) -> str:
    """Write a path below the models so that Pulumi takes a name with dots for one name."""
    parts = _MODEL.fullmatch(path)
    if parts:
        name = parts[1].replace('"', '\\"')
        return f'["{name}"]{parts[2] or ".FIELD"}'
    return path if path.startswith('["') else ""


def _nearest(key: str) -> str | None:
    """Give the key of ours that was meant; case, blanks, `_` and `-` say nothing."""
    if _ONE_MORE.fullmatch(key):
        return None
    from difflib import SequenceMatcher  # noqa: PLC0415  (only where a key is unknown)

    def alike(known: str) -> float:
        return SequenceMatcher(None, _letters(key), _letters(known)).ratio()

    best = max(READ, key=alike)
    return best if alike(best) >= _LIKE else None


def _letters(key: str) -> str:
    return re.sub(r"[\s_-]", "", key.removeprefix(_NAMESPACE)).casefold()
