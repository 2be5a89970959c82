"""Resources that a stack has taken over from a Python program's dynamic provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..lifecycle.declaration import Declaration
from ..lifecycle.wording import Wording


def unknown_after_a_move(
    before: Mapping[str, Any], wanted: Declaration, wording: Wording
) -> str | None:
    """Return a warning where declared fields have lost their values; `before` are moved inputs.

    The engine keeps the outputs of a resource that does not change. So whatever a program takes
    from a moved resource, by a name of the new schema, has no value before that is refreshed.
    """
    fields = wanted.kind.fields
    lost = [
        name
        for name in fields
        if name in before and (name not in wanted.fields or name in wanted.unknown)
    ]
    if not lost:
        return None
    return (
        f"no value yet for {', '.join(map(wording.field, lost))}. If the program takes it from "
        "another resource that was moved from a Python program, run `pulumi up --refresh "
        "--run-program` once: its outputs get their new names with that"
    )
