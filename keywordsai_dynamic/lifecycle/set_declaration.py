"""What a set of models declares: a `Declaration` for each model, read from the set's properties."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..core.errors import KeywordsAIError
from ..core.formatting import plain
from ..core.kinds import MODEL
from ..core.names import MODELS, SECRET_FIELDS, URN
from ..core.plausibility import Problem
from ..core.quoting import quoted
from ..core.redaction import one_line
from .announcements import about
from .declaration import Declaration
from .wording import Wording

_FIELDS = frozenset((*MODEL.fields, *MODEL.not_sent)) - {MODEL.id_field}
_SECRET_AS_A_WHOLE = (
    f"{MODELS} must not be secret as a whole, because every message shows the names; make only the "
    "values secret"
)

_ANOTHER_NAME = f"has another {MODEL.id_field} inside; leave it out, because the key is the name"


@dataclass(frozen=True)
class SetDeclaration:
    """What one set declares: its models by name, or none of them where only the update knows them.

    `given` is what stands for the models in the inputs, or for a model whose fields are not known.
    `problems` are those of the set itself.
    """

    models: Mapping[str, Declaration]
    given: Mapping[str, object]
    problems: Sequence[str]
    is_known: bool
    urn: str | None

    @classmethod
    def from_props(
        cls,
        props: Mapping[str, Any],
        stored: Mapping[str, Any] | None = None,
        *,
        is_unknown: Callable[[object], bool],
    ) -> SetDeclaration:
        """Read the inputs that a program sent, as `Declaration.from_props` does for one model.

        Fields that are secret are named for each model, or in one list for every model.
        """
        given, secret, urn = props.get(MODELS), props.get(SECRET_FIELDS), props.get(URN)
        urn = urn if isinstance(urn, str) else None
        if secret is True:
            return cls({}, {MODELS: given}, [_SECRET_AS_A_WHOLE], False, urn)
        if not isinstance(given, Mapping):
            known = not is_unknown(given)
            problems = [f"{MODELS} must be a map of model names to their fields"] if known else []
            return cls({}, {MODELS: given}, problems, known, urn)
        before = (stored or {}).get(MODELS, {})
        secrets: Mapping[str, Any] = secret if isinstance(secret, Mapping) else {}
        if isinstance(secret, list):
            secrets = dict.fromkeys(given, secret)
        read = _Reader(is_unknown, urn)
        models = {
            name: read.model(name, fields, before.get(name), secrets.get(name, []))
            for name, fields in sorted(given.items())
        }
        unknown = {name: given[name] for name in given if is_unknown_map(given[name], is_unknown)}
        return cls(models, unknown, [], True, urn)

    @property
    def names(self) -> list[str] | None:
        """The names of the models; None where only the update knows them."""
        return list(self.models) if self.is_known else None

    def require_valid(self, wording: Wording) -> SetDeclaration:
        """Raise KeywordsAIError for problems; values may have become known since `check`."""
        if problems := self.failures(wording):
            raise KeywordsAIError("\n".join(sentence for _, sentence in problems))
        return self

    def failures(self, wording: Wording) -> list[Problem]:
        """Return every problem of every model; none names a property, whose value would be printed.

        The engine would print the whole map.
        """
        found = [*map(wording.named, self.problems)]
        found += [
            _told(name, wanted, problem, wording)
            for name, wanted in self.models.items()
            for problem in wanted.all_problems(wording)
        ]
        return [Problem("", sentence) for sentence in found]

    def inputs(self) -> dict[str, Any]:
        """What the engine stores and compares: normalized, without URN and repeated names."""
        if not self.is_known or self.problems:
            return dict(self.given)
        models = {
            name: self.given[name] if name in self.given else without_name(wanted.fields_now())
            for name, wanted in self.models.items()
        }
        secret = {name: sorted(one.secret) for name, one in self.models.items() if one.secret}
        return {MODELS: models} | ({SECRET_FIELDS: secret} if secret else {})


def is_unknown_map(fields: object, is_unknown: Callable[[object], bool]) -> bool:
    """Return whether all of a map is known only to the update, and not one of its values."""
    return not isinstance(fields, Mapping) and is_unknown(fields)


def without_name(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a model's fields as they stand in a set, under its name."""
    return {field: value for field, value in fields.items() if field != MODEL.id_field}


@dataclass(frozen=True)
class _Reader:
    is_unknown: Callable[[object], bool]
    urn: str | None

    def model(
        self, name: str, fields: object, stored: Mapping[str, Any] | None, secret: Sequence[str]
    ) -> Declaration:
        hidden = {URN: self.urn, SECRET_FIELDS: list(secret)}
        if not isinstance(fields, Mapping):
            named = {MODEL.id_field: name, **hidden}
            whole = Declaration.from_props(named, is_unknown=self.is_unknown)
            if self.is_unknown(fields):
                return replace(whole, unknown=_FIELDS)
            return replace(whole, problems=[Problem(MODEL.id_field, "must have a map of fields")])
        known = {field: value for field, value in fields.items() if value is not None}
        own = known.pop(MODEL.id_field, name)
        wanted = Declaration.from_props(
            {MODEL.id_field: name, **known, **hidden},
            None if stored is None else {MODEL.id_field: name, **stored},
            is_unknown=self.is_unknown,
        )
        found = [
            Problem(field, "is not a field of a custom model")
            for field in known
            if field not in _FIELDS
        ]
        if own != name:
            found.append(Problem(MODEL.id_field, _ANOTHER_NAME))
        return replace(wanted, problems=[*wanted.problems, *found]) if found else wanted


def _told(name: str, wanted: Declaration, problem: Problem, wording: Wording) -> str:
    field, sentence = problem
    if field == MODEL.id_field:
        return f"{one_line(name) if name.strip() else 'The name of a model'} {sentence}"
    found, shown = wanted.fields.get(field), ""
    if found is not None and wanted.can_be_printed(field):
        shown = f" (found {quoted(found) if isinstance(found, str) else plain(found)})"
    return about(name, f"{wording.field(one_line(field))} {sentence}{shown}")
