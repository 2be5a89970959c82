"""The configuration keys that are read, and what is wrong with any other that was meant for us."""

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
MODELS_CONFIG_KEY = "keywordsai:models"
BASE_URL_SETTINGS = f"KEYWORDSAI_BASE_URL or {BASE_URL}"
"""What sets the base URL; commands without `--stack` read only the first."""
READ = (API_KEY, BASE_URL, MODELS_CONFIG_KEY)

NAMESPACE = "keywordsai:"
_LIKE = 0.83  # similarity: `modles` and `models` have 0.83, `token` and `apiKey` 0.36
_PATH = re.compile(r"([^.\[]*)([.\[].*)?", re.DOTALL)
_ONE_MORE = re.compile(rf"(?:{'|'.join(READ)})[\dA-Z_-].*", re.DOTALL)
"""A deliberate variation of a known key, like a second account's `apiKey2` or `apiKeyEu`."""
_FIELDS = "|".join(API_FIELDS)
_MODEL = re.compile(rf"\.(.+?)(\.(?:{_FIELDS})(?:[.\[].*)?|\.[a-z_]+)?", re.DOTALL)
"""A model and its field, written without brackets: a model's name may contain dots."""


class Unread(NamedTuple):
    """A key that nothing reads: what is wrong, what to do, and whether it is a mistake."""

    key: str
    problem: str
    to_do: str
    wrong: bool

    def __str__(self) -> str:
        return one_line(f"{self.key}: {self.problem}; {self.to_do}")


def full(key: str) -> str:
    """Return a key in the engine's form: `keywordsai:config:apiKey` is `keywordsai:apiKey`."""
    return re.sub(r"^([^:]*):config:", r"\1:", key)


def unread(
    secret: Mapping[str, bool], stack: str | None, file: Path | None = None, *, program: str = ""
) -> list[Unread]:
    """List the keys of a configuration that nothing reads; `secret` says which values are secret.

    Under `keywordsai:`, a path that was set as a key and a near miss are mistakes, and so are the
    known keys under a near miss of `keywordsai:`. Any other key may be meant for the program, like
    every key under its project's name, which is `program`. `stack` is None for the project's
    configuration; `file` is the file that holds it, where that is not the stack's own. Values are
    not read: they may be secret.
    """
    ours = (key for key in secret if full(key) not in READ and _is_meant_for_us(key, program))
    option = f" --stack {shlex.quote(stack)}" if stack else ""
    option += f" --config-file {shlex.quote(str(file))}" if file else ""
    return [_explain(key, option, secret=secret[key]) for key in ours]


def refusal(lines: Sequence[str]) -> str:
    """Describe what is wrong with a configuration: one mistake, or a list with one in each line."""
    if len(lines) == 1:
        return lines[0]
    return "\n  ".join([f"The configuration has {len(lines)} mistakes; nothing was sent.", *lines])


def _is_meant_for_us(key: str, program: str) -> bool:
    namespace, colon, name = full(key).partition(":")
    if namespace + colon == NAMESPACE:
        return True
    # Comparing the first letter first is enough for most keys.
    if not colon or namespace == program or not namespace.casefold().startswith(NAMESPACE[0]):
        return False
    return _likeness(namespace, NAMESPACE[:-1]) >= _LIKE and _nearest(name) is not None


def _explain(key: str, option: str, *, secret: bool) -> Unread:
    name, path = _parted(full(key).partition(":")[2])
    meant = _nearest(name)
    away = f"run `pulumi config rm {shlex.quote(key)}{option}`" if option else "remove it"
    if meant is None:
        problem = (
            f"nothing reads this key; the known keys are {', '.join(READ[:-1])} and {READ[-1]}"
        )
        return Unread(key, problem, f"unless your program reads it, {away}", wrong=False)
    elsewhere = not option and not full(key).startswith(NAMESPACE)  # no path to our models
    if meant != MODELS_CONFIG_KEY or not path or elsewhere:
        return Unread(key, "nothing reads this key", f"rename it to {meant}, or {away}", wrong=True)
    if not option:
        problem = "is a path, which Pulumi merges into the models of every stack"
        return Unread(
            key, problem, f"write the model in the `value` of {MODELS_CONFIG_KEY}", wrong=True
        )
    kind = "--path --secret" if secret else "--path"
    right = _bracketed(path)
    problem = "set without --path, so nothing reads it"
    key_path = shlex.quote(MODELS_CONFIG_KEY + right)
    retry = f"run `pulumi config set {kind} {key_path} VALUE{option}`, then "
    return Unread(key, problem, retry + away.removeprefix("run ") if right else away, wrong=True)


def _bracketed(path: str) -> str:
    """Return a path below the models with the name in brackets, because it may contain dots."""
    parts = _MODEL.fullmatch(path)
    if parts:
        name = parts[1].replace('"', '\\"')
        return f'["{name}"]{parts[2] or ".FIELD"}'
    return path if path.startswith('["') else ""


def _parted(name: str) -> tuple[str, str | None]:
    """Part a key without its namespace from the path behind it, which is None if there is none."""
    return _PATH.fullmatch(name).groups()  # type: ignore[union-attr,return-value]  # all match


def _nearest(name: str) -> str | None:
    """Return the known key that was meant by a key without its namespace."""
    name, _ = _parted(name)
    if _ONE_MORE.fullmatch(NAMESPACE + name):
        return None
    best = max(READ, key=lambda known: _likeness(name, known.removeprefix(NAMESPACE)))
    return best if _likeness(name, best.removeprefix(NAMESPACE)) >= _LIKE else None


def _likeness(one: str, other: str) -> float:
    """Return how alike two names are, up to 1; case, blanks, `_` and `-` do not count."""
    from difflib import SequenceMatcher  # noqa: PLC0415  (only where a key is unknown)

    return SequenceMatcher(None, _letters(one), _letters(other)).ratio()


def _letters(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).casefold()
