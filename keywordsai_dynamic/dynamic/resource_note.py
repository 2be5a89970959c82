"""What a program notes of each resource that it declares or reads, for the provider processes."""

from __future__ import annotations

import os
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime import _callbacks, settings

from ..core.kinds import ResourceKind
from ..lifecycle.run_notes import RunNotes

_LEFT_OUT = (
    "This run may delete the model or provider of a renamed resource that it leaves out (--target, "
    "--exclude, --continue-on-error)."
)
_OF_PROGRAMS: WeakKeyDictionary[object, RunNotes] = WeakKeyDictionary()
_numbers = count()
_KNOWN = (str, bool, list)


class ResourceNote:
    """The note of one resource, which grows as facts become known."""

    def __init__(self, resource_name: str, kind: ResourceKind) -> None:
        self.kind = kind
        self._notes = _of_this_program()
        self._known: dict[str, object] = {
            "declared": f"{os.getpid()}-{next(_numbers)}",
            "resource": resource_name,
            "kind": kind.noun,
        }

    @property
    def is_kept(self) -> bool:
        """Return whether notes are written at all, which is not so in previews and mocks."""
        return self._notes is not None

    def add(self, **facts: object) -> None:
        """Write the facts that have become known, fields of `Noted`; Outputs are skipped."""
        if self._notes is None:
            return
        self.keep(**facts)
        if _the_engine_transforms():
            self.keep(transformed=True)
        self._notes.add(**self._known)

    def keep(self, **facts: object) -> None:
        """Remember facts for the next `add`."""
        self._known |= {name: fact for name, fact in facts.items() if isinstance(fact, _KNOWN)}


def provider_of(resource: pulumi.Resource) -> str:
    """Identify the explicit provider of a resource; "" is the default provider."""
    provider = resource._provider
    return "" if provider is None else f"{provider.pulumi_resource_name} {id(provider):x}"


def is_transformed(resource: pulumi.Resource) -> bool:
    """Return whether transformations of the program may have changed what was declared."""
    return bool(resource._transformations)


def may_be_transformed(opts: pulumi.ResourceOptions | None) -> bool:
    """Return whether any transform may change what is declared with `opts`."""
    parent = (opts and opts.parent) or settings.get_root_resource()
    own = opts is not None and (opts.transforms or opts.transformations)
    return bool(own or (parent and parent._transformations) or _the_engine_transforms())


def _the_engine_transforms() -> bool:
    """Return whether a program of this process has transforms, which the engine calls later.

    The SDK has no public name for this (CLI 3.274.1, SDK 3.272.0).
    """
    servicers = getattr(_callbacks._CallbackServicer, "_servicers", ())
    return any(getattr(each, "_transforms", None) for each in servicers)


def _of_this_program() -> RunNotes | None:
    """Return the notes of the current program; None in previews, which delete nothing, and mocks.

    One process may run several programs at once (Automation API), each with a separate engine.
    """
    engine: Any = settings.get_engine()
    address = getattr(
        getattr(engine, "Log", None), "_target", None
    )  # gRPC has no public name for it
    if address is None or settings.is_dry_run():
        return None
    notes = _OF_PROGRAMS.get(engine)
    if notes is None:
        notes = RunNotes(address.decode() if isinstance(address, bytes) else address)
        _OF_PROGRAMS[engine] = notes
        try:
            notes.begin()
        except OSError as error:
            pulumi.log.warn(f"Cannot write the notes of this run ({error}). {_LEFT_OUT}")
    return notes
