"""What one resource declares: read from what an adapter gets, normalized and validated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..core.errors import KeywordsAIError
from ..core.names import API_FIELDS, DECLARED, NOT_SENT, SECRET_FIELDS, URN
from ..core.plausibility import Problem, implausible
from ..core.redaction import hide, printable
from .comparison import fields_of
from .wording import Wording

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
        """Read the inputs that a program sent; problems are kept and not raised.

        `stored` are the inputs that an earlier check returned: equal ones are not validated again.
        `is_unknown` recognizes a value that only the update will know.
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
        return cls(
            fields, declared, problems, unknown, secret, urn if isinstance(urn, str) else None
        )

    @property
    def name(self) -> str | None:
        """The model's name, where it is known."""
        return self.declared.get("model_name")

    def require_valid(self, wording: Wording) -> Declaration:
        """Raise KeywordsAIError for problems; values may have become known since `check`."""
        if problems := self._all_problems(wording):
            raise KeywordsAIError(
                "; ".join(f"{wording.field(field)} {sentence}" for field, sentence in problems)
            )
        return self

    def hiding(self, stored: Mapping[str, Any]) -> Declaration:
        """Return the declaration with the fields added that were secret in the state."""
        hide_secrets(stored)
        return replace(self, secret=self.secret | secret_fields(stored))

    def failures(self, wording: Wording) -> list[Problem]:
        """Return every problem for the engine, which prints the value of a field that is named.

        A field whose value must not be printed stands in the sentence instead.
        """
        return [
            Problem(field, sentence)
            if self._can_be_printed(field)
            else Problem("", f"{wording.field(field)} {sentence}")
            for field, sentence in self._all_problems(wording)
        ]

    def _all_problems(self, wording: Wording) -> list[Problem]:
        secret_name = [Problem("model_name", wording.plain_name)]
        problems = [Problem(field, wording.named(sentence)) for field, sentence in self.problems]
        return [*problems, *(secret_name if "model_name" in self.secret else [])]

    def _can_be_printed(self, field: str) -> bool:
        text = str(self.fields.get(field))
        return (
            field not in self.secret and len(text) <= _LONGEST_PRINTED and printable(text) == text
        )

    def implausible(self) -> list[Problem]:
        """Return what is allowed but looks like a mistake."""
        return implausible(self.declared)

    def inputs(self) -> dict[str, Any]:
        """What the engine stores and compares: normalized, and without the resource's URN."""
        hidden = {SECRET_FIELDS: sorted(self.secret)} if self.secret else {}
        return {**self.fields, **self.declared, **hidden}

    def body(self) -> dict[str, Any]:
        """What is sent to the API; it never contains null."""
        return fields_of(self.declared)


def secret_fields(props: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of secret fields from the inputs or the outputs of a resource."""
    names = props.get(SECRET_FIELDS)
    return frozenset(names) if isinstance(names, list) else frozenset()


def hide_secrets(props: Mapping[str, Any]) -> None:
    """Hide the values of a resource's secret fields in every message of this process."""
    for name in secret_fields(props):
        hide([props.get(name), (props.get(DECLARED) or {}).get(name)])


def _fields(props: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in props.items() if name in (*API_FIELDS, *NOT_SENT)}


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    # In Python True equals 1, but it is not a price.
    kinds = [{name: type(value) for name, value in fields.items()} for fields in (one, other)]
    return kinds[0] == kinds[1] and one == other


def _normalized(
    fields: Mapping[str, Any], unknown: frozenset[str]
) -> tuple[dict[str, Any], list[Problem]]:
    # Importing pydantic takes 0.07 s, 5 % of a refresh of 500 models, which does not need it.
    from ..core.schema import normalize  # noqa: PLC0415  # as explained above

    return normalize({name: fields[name] for name in fields if name not in unknown}, unknown)
