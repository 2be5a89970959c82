"""What one resource declares, as an adapter gets it: read, normalized, problems named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..core.errors import KeywordsAIError
from ..core.names import API_FIELDS, DECLARED, NAME_IN_PLAIN, NOT_SENT, SECRET_FIELDS, URN
from ..core.plausibility import Problem, implausible
from ..core.redaction import hide, printable
from .comparison import fields_of

_LONGEST_PRINTED = 200


@dataclass(frozen=True)
class Declaration:
    """What one resource declares; `unknown` and `secret` name fields."""

    fields: Mapping[str, Any]
    declared: Mapping[str, Any]
    problems: Sequence[Problem]
    unknown: frozenset[str]
    secret: frozenset[str]
    urn: str | None

    @classmethod
    def from_props(
        cls,
        props: Mapping[str, Any],
        stored: Mapping[str, Any] | None = None,
        *,
        is_unknown: Callable[[object], bool],
    ) -> Declaration:
        """Read the inputs that a program sent; nothing is raised, problems are kept.

        `stored` inputs are what an earlier check returned: where nothing is new, nothing is read.
        `is_unknown` knows how the engine writes a value that only the update will know.
        """
        fields = _fields(props)
        if stored is not None and _alike(fields, _fields(stored)):
            unknown: frozenset[str] = frozenset()
            declared, problems = fields, list[Problem]()
        else:
            unknown = frozenset(name for name, value in fields.items() if is_unknown(value))
            declared, problems = _normalized(fields, unknown)
        urn = props.get(URN)
        secret = secret_fields(props)
        hide_secrets(props)
        if "model_name" in secret:
            problems.append(Problem("model_name", NAME_IN_PLAIN))
        return cls(
            fields, declared, problems, unknown, secret, urn if isinstance(urn, str) else None
        )

    @property
    def name(self) -> str | None:
        """The model's name, where it is known."""
        return self.declared.get("model_name")

    def require_valid(self) -> Declaration:
        """Make sure that nothing is wrong; values may have become known since `check`."""
        if self.problems:
            told = "; ".join(f"{field} {sentence}" for field, sentence in self.problems)
            raise KeywordsAIError(told)
        return self

    def hiding(self, stored: Mapping[str, Any]) -> Declaration:
        """Keep secret too what was secret when the state was written, and is declared no more."""
        hide_secrets(stored)
        return replace(self, secret=self.secret | secret_fields(stored))

    def failures(self) -> list[Problem]:
        """Every problem for the engine, which prints the value of a property that is named."""
        return [
            Problem(field, sentence)
            if self._can_be_printed(field)
            else Problem("", f"{field} {sentence}")
            for field, sentence in self.problems
        ]

    def _can_be_printed(self, field: str) -> bool:
        text = str(self.fields.get(field))
        return (
            field not in self.secret and len(text) <= _LONGEST_PRINTED and printable(text) == text
        )

    def doubts(self) -> list[Problem]:
        """Name what is allowed and yet looks like a mistake."""
        return implausible(self.declared)

    def inputs(self) -> dict[str, Any]:
        """What is to be stored and compared: normalized, and without the resource's own URN."""
        hidden = {SECRET_FIELDS: sorted(self.secret)} if self.secret else {}
        return {**self.fields, **self.declared, **hidden}

    def body(self) -> dict[str, Any]:
        """What is sent to the API; never a null."""
        return fields_of(self.declared)


def secret_fields(props: Mapping[str, Any]) -> frozenset[str]:
    """Name the fields that are secret, out of the inputs or the outputs of a resource."""
    names = props.get(SECRET_FIELDS)
    return frozenset(names) if isinstance(names, list) else frozenset()


def hide_secrets(props: Mapping[str, Any]) -> None:
    """Let no message of this process show what the secret fields of a resource hold."""
    for name in secret_fields(props):
        hide([props.get(name), (props.get(DECLARED) or {}).get(name)])


def _fields(props: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in props.items() if name in (*API_FIELDS, *NOT_SENT)}


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    # True is 1 to Python, and a price to nobody.
    kinds = [{name: type(value) for name, value in fields.items()} for fields in (one, other)]
    return kinds[0] == kinds[1] and one == other


def _normalized(
    fields: Mapping[str, Any], unknown: frozenset[str]
) -> tuple[dict[str, Any], list[Problem]]:
    # pydantic takes 0.07 s to import: a twentieth of a refresh of 500, which needs none of it.
    from ..core.schema import normalize  # noqa: PLC0415  # as said above

    return normalize({name: fields[name] for name in fields if name not in unknown}, unknown)
