"""Where two catalogs differ: models that one side lacks, and fields with two values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..core.formatting import format_field
from ..core.schema import CustomModelFields
from ..lifecycle.comparison import Service, same
from .layers import Secret

Models = Mapping[str, Mapping[str, Any]]


class FieldGap(NamedTuple):
    """A field of a model that both sides have, with its two values; None is not declared."""

    model: str
    field: str
    left: Any
    right: Any


@dataclass(frozen=True)
class Parity:
    """The result of comparing two catalogs.

    `unread` are fields that are secret on both sides; with None, models that are encrypted as a
    whole. `compared` is False if there was nothing else, or if there are no models.
    """

    only_left: list[str]
    only_right: list[str]
    gaps: list[FieldGap]
    unread: list[tuple[str, str | None]]
    compared: bool = True

    @property
    def equal(self) -> bool:
        """Whether no difference was found."""
        return not (self.only_left or self.only_right or self.gaps)

    def as_rows(self) -> list[tuple[str, str, str, str]]:
        """Return model, field, left and right as text, a row for each difference."""
        rows = [(model, "", "declared", "missing") for model in self.only_left]
        rows += [(model, "", "missing", "declared") for model in self.only_right]
        rows += [
            (gap.model, gap.field, _shown(gap, gap.left), _shown(gap, gap.right))
            for gap in self.gaps
        ]
        return sorted(rows)

    def as_dict(self, left: str, right: str) -> dict[str, Any]:
        """Return JSON data with the names of the two sides; null is not declared."""
        return {
            "left": left,
            "right": right,
            "equal": self.equal,
            "only_left": self.only_left,
            "only_right": self.only_right,
            "differences": [
                gap._asdict() | {"left": _json(gap.left), "right": _json(gap.right)}
                for gap in self.gaps
            ],
            "not_compared": [{"model": model, "field": field} for model, field in self.unread],
        }


def compare(left: Models, right: Models, encrypted: Collection[str] = ()) -> Parity:
    """Compare two catalogs' models, as far as their values can be read.

    `encrypted` are models that one side cannot read at all: they are left out.
    """
    left, right = ({n: each[n] for n in each.keys() - encrypted} for each in (left, right))
    gaps: list[FieldGap] = []
    unread: list[tuple[str, str | None]] = [(model, None) for model in sorted(encrypted)]
    # There is no list to ask: a base with a prefix is a built-in model if no catalog declares it.
    service = Service(lambda name: name not in left and name not in right)
    compared = left.keys() != right.keys()
    for model in sorted(left.keys() & right.keys()):
        hidden = len(unread)
        for field in CustomModelFields.model_fields:
            one, other = left[model].get(field), right[model].get(field)
            if isinstance(one, Secret) and isinstance(other, Secret):
                unread.append((model, field))
            elif not same(field, one, other, service):
                gaps.append(FieldGap(model, field, one, other))
        hidden = len(unread) - hidden
        compared |= not hidden or hidden < len(left[model].keys() | right[model].keys())
    return Parity(
        sorted(left.keys() - right.keys()),
        sorted(right.keys() - left.keys()),
        gaps,
        unread,
        compared,
    )


def _shown(gap: FieldGap, value: object) -> str:
    return "not declared" if value is None else format_field(gap.field, value)


def _json(value: object) -> object:
    return str(value) if isinstance(value, Secret) else value
