"""What a step of a set does to which of its models, and in which order: no requests."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .comparison import changed
from .declaration import Declaration
from .results import Outputs
from .set_state import kept
from .state import declared_in

Stored = Mapping[str, Mapping[str, Any]]
"""What the state would hold of each model of a set if it were a resource of its own."""


@dataclass(frozen=True)
class Plan:
    """The models of a set as the state holds them, and as the program declares them."""

    before: Stored
    wanted: Mapping[str, Declaration]

    @cached_property
    def writes(self) -> dict[str, Mapping[str, Any]]:
        """Models that are new or changed, as they are declared."""
        return {
            name: one.declared
            for name, one in self.wanted.items()
            if name not in self.before or changed(declared_in(self.before[name]), one.declared)
        }

    @cached_property
    def drops(self) -> list[str]:
        """Models that the program no longer declares."""
        return [name for name in self.before if name not in self.wanted]

    @property
    def write_groups(self) -> Iterator[list[str]]:
        """What is written, in groups: a model comes after the one that it inherits from."""
        return bases_first(self.writes)

    @property
    def drop_groups(self) -> Iterator[list[str]]:
        """What is dropped, in groups: a model comes before the one that it inherits from."""
        return bases_last({name: self.before[name] for name in self.drops})

    def base_of(self, name: str) -> object:
        """Return the model that one inherits from, if it declares any."""
        return self.wanted[name].declared.get("base_model_name")

    def after(self, written: Mapping[str, Outputs], deleted: Collection[str]) -> dict[str, Outputs]:
        """Return the outputs of each model once these are written, and those deleted."""
        outs = {}
        for name, one in self.wanted.items():
            if name in written:
                outs[name] = written[name]
            elif name in self.before:
                outs[name] = kept(self.before[name], None if name in self.writes else one)
        rest = [name for name in self.drops if name not in deleted]
        return outs | {name: kept(self.before[name]) for name in rest}


def bases_first(models: Stored) -> Iterator[list[str]]:
    """Yield the names of models in groups, so that each comes after its base.

    Models that inherit from each other in a circle are one group.
    """
    left = {name: fields.get("base_model_name") for name, fields in models.items()}
    while left:
        group = [name for name, base in left.items() if base not in left] or list(left)
        yield group
        for name in group:
            del left[name]


def bases_last(stored: Stored) -> Iterator[list[str]]:
    """Yield the names of models that the state holds in groups, so that each precedes its base."""
    yield from reversed([*bases_first({name: declared_in(one) for name, one in stored.items()})])
