"""The life of one kind of resource, as an adapter sees it.

`steps`, `provider_steps` and `set_steps` have it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from ..core.plausibility import Problem
from .results import Outputs, Reading
from .run import Run

Props = Mapping[str, Any]


class Declared(Protocol):
    """What one resource declares: a `Declaration`, or a `SetDeclaration`."""

    @property
    def urn(self) -> str | None:
        """The URN of the resource."""

    @property
    def names(self) -> list[str] | None:
        """The names that it declares; None where they are not known yet."""

    def inputs(self) -> dict[str, Any]:
        """Return what the engine stores and compares."""


Wanted = TypeVar("Wanted", bound=Declared)


class Steps(Protocol[Wanted]):
    """The steps of one kind of resource: a module of `lifecycle`."""

    def declaration(
        self,
        props: Props,
        stored: Props | None = None,
        *,
        is_unknown: Callable[[object], bool],
    ) -> Wanted:
        """Read what a program declares; `stored` are the inputs of an earlier check."""

    def check(self, run: Run, stored: Props, wanted: Wanted) -> list[Problem]:
        """Validate, and look up what a create would find."""

    def diff(
        self, run: Run, name: str, stored: Props, inputs: Props, *, is_known: bool
    ) -> list[str]:
        """Return the fields whose declaration changed; not all of `inputs` may be known yet."""

    def create(self, run: Run, inputs: Props, wanted: Wanted, urn: str | None) -> Outputs:
        """Create, adopt, overwrite or refuse."""

    def update(self, run: Run, name: str, stored: Props, inputs: Props, wanted: Wanted) -> Outputs:
        """Send every declared field."""

    def read(self, run: Run, name: str, stored: Props) -> Reading | None:
        """Read what the state holds; None where it is gone."""

    def get(self, run: Run, name: str, inputs: Props, urn: str | None) -> Outputs:
        """Read what the program does not own."""

    def delete(
        self,
        run: Run,
        name: str,
        stored: Props,
        urn: str | None,
        destroys: Callable[[], bool | None],
    ) -> None:
        """Delete, unless this run declares the name elsewhere."""

    def always_secret(self, wanted: Wanted) -> frozenset[tuple[str, ...]]:
        """Return the paths of inputs that are secret whatever the program says."""
