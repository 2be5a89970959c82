"""Usage of models that no preview has: misspelled, outdated, or not listed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import Field

from ..core.formatting import shorten
from ..core.redaction import one_line
from ..files.patterns import is_pattern
from .changes import Frozen
from .preview import Preview
from .price_review import read_preview
from .usage import Usage

_ALIKE = 0.8
# Comparing more pairs of names than this takes a second or more.
_MOST_PAIRS = 20_000
_NAME = 100


class UnmatchedUsage(Frozen):
    """A model that the usage lists, and that none of the previews it is for has."""

    model_name: str = Field(description="The model, as written in the usage.")
    stacks: tuple[str, ...] = Field(description="The stacks that the usage is for.")
    sentence: str = Field(description="The likely reason.")


def unmatched_usage(
    usage: Usage, previews: Mapping[str, Mapping[str, Any]]
) -> list[UnmatchedUsage]:
    """List the models of a usage that none of its previews has; `previews` are keyed by stack.

    Raises KeywordsAIError if a document is not a preview.
    """
    return unmatched(usage, {stack: read_preview(each) for stack, each in previews.items()})


def unmatched(usage: Usage, previews: Mapping[str, Preview]) -> list[UnmatchedUsage]:
    """Do the same with previews that have been read."""
    names = frozenset[str]().union(*(each.names for each in previews.values()))
    otherwise = _otherwise(previews.values())
    keys = [key for key in usage if key not in names]
    lacking = {name.casefold(): name for name in names - usage.keys()}
    if len(keys) * len(lacking) > _MOST_PAIRS:
        lacking = {}
    return [
        UnmatchedUsage(
            model_name=key,
            stacks=tuple(previews),
            sentence=_mistaken(key, names, lacking) or otherwise,
        )
        for key in keys
    ]


def _mistaken(key: str, names: frozenset[str], lacking: Mapping[str, str]) -> str:
    """Describe what is wrong with a key that looks like one of these names; else empty."""
    if key.strip() in names:
        return "it has a leading or trailing space, which the model's name does not have"
    if is_pattern(key):
        return "the pattern matches no model in the preview"
    near = get_close_matches(key.casefold(), lacking, n=1, cutoff=_ALIKE)
    return f"did you mean {shorten(one_line(lacking[near[0]]), _NAME)}?" if near else ""


def _otherwise(previews: Collection[Preview]) -> str:
    """Describe why a model may be missing in the previews."""
    if any(each.errors for each in previews):
        return "the preview has no such model, but it ended in an error"
    if any(each.not_listed for each in previews):
        return (
            "the preview has no such model, and does not list unchanged ones; run it with "
            "--show-sames"
        )
    return "the preview has no such model"
