"""Usage of models that a pattern names: each model that it matches gets these counts."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fnmatch import fnmatchcase

from ..core.errors import KeywordsAIError
from ..core.formatting import format_count, format_names, shorten
from ..core.redaction import one_line
from ..files.patterns import is_pattern
from .usage import Usage

_SHOWN = 100


def expanded(usage: Usage, names: frozenset[str]) -> tuple[Usage, list[str]]:
    """Replace each pattern that matches some of these models by what it matches, and say what.

    A model's own entry beats a pattern. A key that is a model's name is none, and a pattern that
    matches nothing stays. Raises KeywordsAIError where two patterns match one model.
    """
    patterns = [key for key in usage if is_pattern(key) and key not in names]
    if not patterns:
        return usage, []
    found: dict[str, Mapping[str, Decimal | int]] = dict(usage)
    matched_by: dict[str, str] = {}
    notes = []
    for pattern in patterns:
        matches = sorted(each for each in names - usage.keys() if fnmatchcase(each, pattern))
        if not matches:
            continue
        for name in matches:
            other = matched_by.setdefault(name, pattern)
            if other != pattern:
                raise KeywordsAIError(
                    f"The usage has two patterns for {shorten(one_line(name), _SHOWN)}: "
                    f"{format_names((other, pattern))}. Write its name."
                )
            found[name] = usage[pattern]
        del found[pattern]
        each_of = "" if len(matches) == 1 else f"each of {format_count(len(matches), 'model')}: "
        shown = shorten(one_line(pattern), _SHOWN)
        notes.append(f"usage for {shown} is that of {each_of}{format_names(matches)}")
    return found, notes
