"""How an adapter's programs are written, for messages that say what to change in one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..core.names import API_FIELDS, NOT_SENT, PROVIDER_API_FIELDS

_NAMES = dict.fromkeys((*API_FIELDS, *PROVIDER_API_FIELDS, *NOT_SENT))
_FIELD = re.compile(rf"\b(?:{'|'.join(_NAMES)})\b")


@dataclass(frozen=True)
class Wording:
    """The words of one adapter; every message of the lifecycle takes a program's syntax from it.

    `field` returns the program's name for a field of the API, and `declare` how a program sets a
    field to a value. `alias` returns the line that gives the resource with this URN its old name.
    `plain_name` completes "model_name …" for a name that is secret. `import_commands` returns the
    shell commands, a line each, that import a model under a resource name, or "" if none can.
    """

    field: Callable[[str], str]
    declare: Callable[[str, object], str]
    alias: Callable[[str | None], str]
    plain_name: str
    import_commands: Callable[[str, str], str]

    def named(self, sentence: str) -> str:
        """Return a sentence that contains no values, with fields under the program's names."""
        return _FIELD.sub(lambda found: self.field(found[0]), sentence)
