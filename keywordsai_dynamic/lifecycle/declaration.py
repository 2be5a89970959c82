"""What one resource declares: read from what an adapter gets, normalized and validated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..core.errors import KeywordsAIError
from ..core.kinds import MODEL, ResourceKind
from ..core.names import DECLARED, SECRET_FIELDS, URN
from ..core.plausibility import Problem, implausible
from ..core.redaction import hide, one_line
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
    kind: ResourceKind = MODEL

    @classmethod
    def from_props(
        cls,
        props: Mapping[str, Any],
        stored: Mapping[str, Any] | None = None,
        *,
        is_unknown: Callable[[object], bool],
        kind: ResourceKind = MODEL,
    ) -> Declaration:
        """Read the inputs that a program sent; problems are kept and not raised.

        `stored` are the inputs that an earlier check returned: equal ones are not validated again.
        `is_unknown` recognizes a value that only the update will know.
        """
        fields = _fields(props, kind)
        if stored is not None and _alike(fields, _fields(stored, kind)):
            unknown: frozenset[str] = frozenset()
            declared, problems = fields, list[Problem]()
        else:
            unknown = frozenset(name for name, value in fields.items() if is_unknown(value))
            declared, problems = _normalized(fields, unknown, kind)
        urn = props.get(URN)
        secret = secret_fields(props, kind)
        hide_secrets(props, kind)
        urn = urn if isinstance(urn, str) else None
        return cls(fields, declared, problems, unknown, secret, urn, kind)

    @property
    def name(self) -> str | None:
        """The name of the model, or the id of the provider, where it is known."""
        return self.declared.get(self.kind.id_field)

    @property
    def names(self) -> list[str] | None:
        """The name alone; None where it is not known, or secret, which is refused."""
        name = None if self.kind.id_field in self.secret else self.name
        return None if name is None else [name]

    def require_valid(self, wording: Wording) -> Declaration:
        """Raise KeywordsAIError for problems; values may have become known since `check`."""
        if problems := self.all_problems(wording):
            raise KeywordsAIError(
                "; ".join(f"{wording.field(field)} {sentence}" for field, sentence in problems)
            )
        return self

    def hiding(self, stored: Mapping[str, Any]) -> Declaration:
        """Return the declaration with the fields added that were secret in the state."""
        hide_secrets(stored, self.kind)
        return replace(self, secret=self.secret | secret_fields(stored, self.kind))

    def failures(self, wording: Wording) -> list[Problem]:
        """Return every problem for the engine, which prints the value of a field that is named.

        A field whose value must not be printed stands in the sentence instead.
        """
        return [
            Problem(field, sentence)
            if self.can_be_printed(field)
            else Problem("", f"{wording.field(field)} {sentence}")
            for field, sentence in self.all_problems(wording)
        ]

    def all_problems(self, wording: Wording) -> list[Problem]:
        """Return every problem, whether or not its field's value may be printed."""
        secret_name = [Problem(self.kind.id_field, wording.plain_name)]
        problems = [Problem(field, wording.named(sentence)) for field, sentence in self.problems]
        return [*problems, *(secret_name if self.kind.id_field in self.secret else [])]

    def can_be_printed(self, field: str) -> bool:
        """Return whether the value of a field may be shown: it is short, plain and no secret."""
        text = str(self.fields.get(field))
        return (
            field not in self.secret | self.kind.unprinted
            and len(text) <= _LONGEST_PRINTED
            and one_line(text) == text
        )

    def implausible(self) -> list[Problem]:
        """Return what is allowed but looks like a mistake."""
        return implausible(self.declared)

    def inputs(self) -> dict[str, Any]:
        """What the engine stores and compares: normalized, and without the resource's URN."""
        hidden = {SECRET_FIELDS: sorted(self.secret)} if self.secret else {}
        return {**self.fields_now(), **hidden}

    def fields_now(self) -> dict[str, Any]:
        """The fields, normalized as far as they are known."""
        return {**self.fields, **self.declared}

    def body(self) -> dict[str, Any]:
        """The declared fields that are sent, in the order of the API's page; none is null."""
        fields = self.kind.fields
        return {field: self.declared[field] for field in fields if field in self.declared}


def secret_fields(props: Mapping[str, Any], kind: ResourceKind = MODEL) -> frozenset[str]:
    """Return the names of secret fields from the inputs or the outputs of a resource."""
    names = props.get(SECRET_FIELDS)
    return kind.secret.union(names if isinstance(names, list) else ())


def hide_secrets(props: Mapping[str, Any], kind: ResourceKind = MODEL) -> None:
    """Hide the values of a resource's secret fields in every message of this process."""
    for name in secret_fields(props, kind):
        hide([props.get(name), (props.get(DECLARED) or {}).get(name)])


def _fields(props: Mapping[str, Any], kind: ResourceKind) -> dict[str, Any]:
    known = (*kind.fields, *kind.not_sent)
    return {name: value for name, value in props.items() if name in known}


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    # In Python True equals 1, but it is not a price.
    kinds = [{name: type(value) for name, value in fields.items()} for fields in (one, other)]
    return kinds[0] == kinds[1] and one == other


def _normalized(
    fields: Mapping[str, Any], unknown: frozenset[str], kind: ResourceKind
) -> tuple[dict[str, Any], list[Problem]]:
    # Importing pydantic takes 0.07 s, 5 % of a refresh of 500 models, which does not need it.
    from ..core.schema import normalize  # noqa: PLC0415  # as explained above

    known = {name: fields[name] for name in fields if name not in unknown}
    return normalize(known, unknown, kind)
