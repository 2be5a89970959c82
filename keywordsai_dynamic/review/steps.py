"""The steps of a preview, read into what happens to each CustomModel."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..core.errors import KeywordsAIError
from ..core.formatting import parse_number, shorten
from ..core.kinds import MODEL, is_model_set, kind_of
from ..core.names import (
    ANSWERED,
    API_FIELDS,
    COUNT_FIELDS,
    CUSTOM_PROVIDER_FIELDS,
    FLAG_FIELDS,
    NOT_SENT,
    PRICE_FIELDS,
    UNKNOWN,
)
from ..core.redaction import one_line
from ..lifecycle.state import answered_in

T = TypeVar("T", list[Any], dict[str, Any])

SECRET = "[secret]"  # noqa: S105  (what the engine writes for a value that it will not show)
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_A_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  (says that an object is one)

STACK = "pulumi:pulumi:Stack"
_DEFAULT = re.compile(
    r"::pulumi:providers:(?:pulumi-python|keywordsai)::default(?:_\d+_\d+_\d+\w*)?$"
)
_NUMBERS = frozenset({*PRICE_FIELDS, *COUNT_FIELDS})
# What happens to a resource, and the states that a step with this operation has.
_STATES = {
    "replace": ("oldState", "newState"),
    "create": ("newState",),
    "update": ("oldState", "newState"),
    "delete": ("oldState",),
    "same": ("oldState", "newState"),
    "import": ("newState",),
}
# The engine's other operations (pkg/resource/deploy/step.go): parts of a replacement, and reads.
_OTHER_OPERATIONS = frozenset(
    {
        *("create-replacement", "delete-replaced", "discard-replaced", "remove-pending-replace"),
        *("import-replacement", "read-replacement", "read", "refresh", "discard", "diff"),
    }
)

MEMBER = "member"
"""The key in a step that names a model of a set, where the step is about this model alone."""

RawStep = Mapping[str, Any]
"""A step as the CLI writes it; one about a set of models is taken apart (`sets`)."""


@dataclass(frozen=True)
class Step:
    """What happens to one CustomModel; `old` and `new` are its properties before and after.

    `operation` is replace, create, update, delete, same or import. `provider` is the URN of its
    provider: each may be of another account. `reasons` has the top-level properties that the
    engine found different, which tells a changed secret from an unchanged one. `member` is the
    model's name where the resource is a set of models, or empty.
    """

    urn: str
    operation: str
    provider: str = ""
    old: Mapping[str, Any] = field(default_factory=dict)
    old_outputs: Mapping[str, Any] = field(default_factory=dict)
    new: Mapping[str, Any] = field(default_factory=dict)
    reasons: frozenset[str] = frozenset()
    retained: bool = False
    member: str = ""

    @property
    def about(self) -> tuple[str, str]:
        """What it is about, among all steps of a preview: a resource, and the model of a set."""
        return self.urn, self.member


def resource_name(urn: str) -> str:
    """Return the name a resource has in its program."""
    return urn.split("::", 3)[-1]


def type_of(urn: str) -> str:
    """Return the type in a URN; empty if it is not a URN."""
    parts = urn.split("::", 3)
    return parts[2] if len(parts) == 4 else ""


def has_models(urn: str) -> bool:
    """Return whether a resource is a CustomModel, or a set of them."""
    return kind_of(type_of(urn)) == MODEL or is_model_set(type_of(urn))


def member(kind: type[T], holder: Mapping[str, Any], name: str) -> T:
    """Return a list or a map, which Go writes as null if it is empty."""
    found = holder.get(name)
    if found is None:
        return kind()
    if not isinstance(found, kind):
        raise TypeError(f"{name} is not {'a list' if kind is list else 'an object'}")
    return found


def require_known(item: RawStep) -> RawStep:
    """Return a step as it is; raises for one that cannot be understood, or is not whole."""
    urn, operation = item["urn"], item["op"]
    if not urn.startswith("urn:pulumi:") or not type_of(urn):
        raise TypeError(f"{shorten(repr(urn), 100)} is not a URN")
    ours = has_models(urn) or type_of(urn) == STACK
    if ours and operation not in _STATES and operation not in _OTHER_OPERATIONS:
        raise odd(item, f"{shorten(repr(operation), 100)} is not a known operation")
    if has_models(urn) and operation == "same" and _is_stub(item):
        raise odd(item, "this preview leaves it out (--target, --exclude); preview the whole stack")
    return item


def _is_stub(same: RawStep) -> bool:
    """Return whether `--target` or `--exclude` leaves out a new model: its states hold nothing."""
    states = [member(dict, same, name) for name in _STATES["same"]]
    return all(state and not state.keys() & {"id", "inputs", "outputs"} for state in states)


def model_steps(raw: Iterable[RawStep]) -> Iterable[Step]:
    """Fold the steps of each model into one; leave out reads and refreshes.

    `--show-replacement-steps` puts a creation and a deletion beside a `replace`, which has both
    states; `--refresh` puts a refresh before what is done.
    """
    by_model: dict[tuple[str, str], dict[str, RawStep]] = {}
    for step in raw:
        by_model.setdefault((step["urn"], step.get(MEMBER, "")), {})[step["op"]] = step
    for by_operation in by_model.values():
        for operation in _STATES:
            if operation in by_operation:
                yield _step(by_operation[operation])
                break


def model_names(step: RawStep) -> Iterable[str]:
    """Return the names a model goes by: in its inputs, as its id, else its resource's name."""
    for state in (member(dict, step, "oldState"), member(dict, step, "newState")):
        name = member(dict, state, "inputs").get("model_name")
        yield from (each for each in (name, state.get("id")) if isinstance(each, str))
        if name in (UNKNOWN, SECRET):
            yield resource_name(step["urn"])


def read_models(models: Iterable[RawStep]) -> Iterable[tuple[str, str]]:
    """Return provider and name of each model that the program only reads."""
    for step in models:
        name = member(dict, step, "newState").get("id")
        if step["op"] in ("read", "read-replacement") and isinstance(name, str):
            yield _provider(step), name


def _provider(step: RawStep) -> str:
    """Return the URN of a step's provider, without the id, which may change from run to run.

    Default providers of every type and version read the same configuration, so they are one.
    """
    reference = step.get("provider") or ""
    if not isinstance(reference, str):
        raise odd(step, "its provider is not a string")
    return _DEFAULT.sub("::default", reference.rpartition("::")[0])


def without_secrets(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties with a placeholder for each secret."""
    return {name: SECRET if is_secret(value) else value for name, value in values.items()}


def is_secret(value: object) -> bool:
    """Return whether a property is a secret, which the CLI writes in either of two ways."""
    return value == SECRET or (isinstance(value, dict) and value.get(_SIGNATURE) == _A_SECRET)


def properties(step: RawStep, state: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the inputs or outputs of a state, with a placeholder for each secret."""
    try:
        return without_secrets(member(dict, state, name))
    except TypeError as problem:
        raise odd(step, str(problem)) from None


def _inputs(step: RawStep, state: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was declared; raises KeywordsAIError for what no program can have declared."""
    inputs = properties(step, state, "inputs")
    if not inputs.get("model_name"):
        raise odd(step, "it has no model_name")
    for name in (*API_FIELDS, *NOT_SENT):
        value = inputs.get(name)
        if value not in (None, UNKNOWN, SECRET) and not _can_be_declared(name, value):
            raise odd(step, f"{name} cannot be {shorten(repr(value), 100)}")
    return inputs


def _can_be_declared(name: str, value: object) -> bool:
    if name in NOT_SENT:
        return isinstance(value, bool)
    if name == "supported_params_override":
        return isinstance(value, dict)
    if name in FLAG_FIELDS:
        return isinstance(value, int | float)
    if name in _NUMBERS:
        number = parse_number(value)
        return number is not None and number >= 0
    ids = name in CUSTOM_PROVIDER_FIELDS
    return isinstance(value, str) or (ids and isinstance(value, int | float))


def _answered(step: RawStep, state: Mapping[str, Any]) -> Mapping[str, Any]:
    outputs = properties(step, state, "outputs")
    if outputs.get(ANSWERED) == SECRET:
        return outputs
    try:
        return answered_in(outputs)
    except (RecursionError, TypeError, ValueError):
        raise odd(step, f"{ANSWERED} is not a JSON object") from None


def odd(step: RawStep, what: str) -> KeywordsAIError:
    """Return the error for a step that no CLI writes, or that cannot be understood."""
    names = [resource_name(step["urn"]), *([step[MEMBER]] if step.get(MEMBER) else [])]
    where = ", model ".join(shorten(one_line(name), 200) for name in names)
    return KeywordsAIError(f"resource {where}: {what}.")


def require_states(step: RawStep) -> None:
    """Raise KeywordsAIError for a step that lacks the state before or after it."""
    for name in _STATES.get(step["op"], ()):
        if not member(dict, step, name):
            raise odd(step, f"{step['op']} has no {name}")


def _step(part: RawStep) -> Step:
    require_states(part)
    old, new = member(dict, part, "oldState"), member(dict, part, "newState")
    paths = [*member(dict, part, "detailedDiff"), *member(list, part, "diffReasons")]
    retained = old.get("retainOnDelete", False)
    if not isinstance(retained, bool):
        raise odd(part, f"retainOnDelete cannot be {shorten(repr(retained), 100)}")
    return Step(
        urn=part["urn"],
        operation=part["op"],
        provider=_provider(part),
        old=_inputs(part, old) if old else {},
        old_outputs=_answered(part, old),
        new=_inputs(part, new) if new else {},
        reasons=frozenset(re.split(r"[.\[]", path, maxsplit=1)[0] for path in paths),
        retained=retained,
        member=part.get(MEMBER, ""),
    )
