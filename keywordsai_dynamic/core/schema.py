"""Which values each kind of field takes, how they are normalized, and why others are refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError, create_model
from pydantic_core import PydanticCustomError

from .fields import FIELDS, UNITS, Kind
from .names import CUSTOM_PROVIDER_FIELDS
from .plausibility import Problem

# Every decimal of up to 15 significant digits survives text → double → text unchanged (IEEE 754).
EXACT_DIGITS = 15
_LARGEST_EXACT_WHOLE = 2**53

# Names that the API's own routes would swallow: /api/models/list/, /api/models/<name>/status/ …
_ROUTES = frozenset({"list", "summary", "public"})


def _refusal(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("refused", "{sentence}", {"sentence": sentence})


def is_ambiguous(value: object) -> bool:
    """Return whether a value is text that not every reader takes for the same number: `1_000`."""
    return isinstance(value, str) and ("_" in value or not value.isascii())


def _decimal(value: object, sentence: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise _refusal(sentence)
    if is_ambiguous(value):
        raise _refusal(sentence)
    try:
        number = Decimal(str(value).strip())
    except (InvalidOperation, ValueError):  # an int of thousands of digits is no text to Python
        raise _refusal(sentence) from None
    if not number.is_finite():
        raise _refusal(f"{sentence}, and finite")
    if number < 0:
        raise _refusal("must be 0 or more")
    return number


def price(value: object) -> float:
    """Read a price in USD per million tokens: int, float, Decimal or numeric text; 0 means free.

    A float is taken at its 15 significant digits, so that 0.1 + 0.2 is 0.3. Text and Decimals with
    more digits than a JSON number can carry are refused, and so is what is neither 0 nor a double.
    """
    number = _decimal(value, f"must be a number of {UNITS[Kind.PRICE]}")
    # Counted in the text: `normalize` would round to the context's 28 digits before it counts.
    digits = "".join(map(str, number.as_tuple().digits)).rstrip("0")
    if not isinstance(value, float) and len(digits) > EXACT_DIGITS:
        raise _refusal(f"has more than {EXACT_DIGITS} significant digits; write fewer")
    cost = abs(float(f"{float(number):.{EXACT_DIGITS}g}"))  # no minus before a zero
    if cost == float("inf") or (cost == 0 and number != 0):
        raise _refusal("is too large or too small for a JSON number")
    return cost


def _whole_number(value: object) -> int:
    number = _decimal(value, f"must be a whole number of {UNITS[Kind.COUNT]}")
    if number != number.to_integral_value() or number > _LARGEST_EXACT_WHOLE:
        raise _refusal(f"must be a whole number of {UNITS[Kind.COUNT]}")
    return int(number)


def _flag(value: object) -> int:
    # 0.0 and 1.0: every number comes back from the engine as a float (pulumi#13830).
    if isinstance(value, bool | int | float) and value in (0, 1):
        return int(value)
    raise _refusal("must be True or False (1 or 0)")


def _switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise _refusal("must be True or False")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _refusal("must be text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _refusal("must be text that UTF-8 can carry") from None
    return value


def _name(value: object) -> str:
    name = _text(value)
    if not name:
        raise _refusal("must not be empty")
    if name != name.strip():
        raise _refusal("must not begin or end with white space")
    if not name.isprintable():
        raise _refusal("must not hold control or other invisible characters")
    return name


def _model_name(value: object) -> str:
    name = _name(value)
    segments = name.split("/")
    if name.startswith("/") or name.endswith("/"):
        raise _refusal("must not begin or end with a slash")
    if "" in segments:
        raise _refusal("must not hold two slashes in a row")
    if {".", ".."} & set(segments):
        raise _refusal("must not hold a segment that is `.` or `..`")
    if name in _ROUTES or segments[-1] == "status":
        raise _refusal("is the address of another part of the API; choose another name")
    return name


def _custom_provider(value: object) -> str | int:
    if isinstance(value, str):
        return _name(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refusal("must be the custom provider's id: text or a whole number")
    return value


def _params(value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _refusal("must be a map of parameter names to their settings")
    return {_text(key): _json(item) for key, item in value.items()}


def _json(value: object) -> object:
    """Turn whole floats, which the engine makes of every int, back into ints."""
    if isinstance(value, Mapping):
        return _params(value)
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str | bool | int) or (isinstance(value, float) and isfinite(value)):
        return value
    raise _refusal("may hold text, finite numbers, True, False, lists and maps; no null")


_TYPES: dict[Kind, Any] = {
    Kind.MODEL_NAME: Annotated[str, BeforeValidator(_model_name), Field(min_length=1)],
    Kind.NAME: Annotated[str, BeforeValidator(_name), Field(min_length=1)],
    Kind.TEXT: Annotated[str, BeforeValidator(_text)],
    Kind.PROVIDER: Annotated[str | int, BeforeValidator(_custom_provider)],
    Kind.PRICE: Annotated[float, BeforeValidator(price), Field(ge=0)],
    Kind.COUNT: Annotated[int, BeforeValidator(_whole_number), Field(ge=0)],
    Kind.FLAG: Annotated[int, BeforeValidator(_flag), Field(ge=0, le=1)],
    Kind.PARAMS: Annotated[dict[str, Any], BeforeValidator(_params)],
    Kind.SWITCH: Annotated[bool, BeforeValidator(_switch)],
}


def _definition(kind: Kind, description: str) -> tuple[Any, Any]:
    # Only the name must be declared; `None` means not declared, 0 means free.
    if kind is Kind.MODEL_NAME:
        return Annotated[_TYPES[kind], Field(description=description)], ...
    return Annotated[_TYPES[kind] | None, Field(description=description)], None


_DEFINITIONS: dict[str, Any] = {
    field.name: _definition(field.kind, field.description) for field in FIELDS
}
CustomModelFields = create_model(
    "CustomModelFields", __config__=ConfigDict(extra="forbid", frozen=True), **_DEFINITIONS
)
"""What can be declared of a custom model, as `core/fields.py` lists it."""


def normalise(
    values: Mapping[str, Any], unknown: Collection[str] = ()
) -> tuple[dict[str, Any], list[Problem]]:
    """Bring declared values to their one form, or name every problem they have.

    `unknown` names fields that are declared and whose values only the update will know. Values that
    are `None` count as not declared. With problems, the values that come back are incomplete.
    """
    declared = {field: value for field, value in values.items() if value is not None}
    stand_in = {"model_name": "unknown"} if "model_name" in unknown else {}
    try:
        model = CustomModelFields.model_validate(stand_in | declared)
    except ValidationError as error:
        problems = [_problem(dict(detail)) for detail in error.errors(include_url=False)]
        return {}, problems + _conflicts(declared, unknown)
    fields = model.model_dump(include=set(declared))
    return fields, _conflicts(fields, unknown)


def _problem(detail: dict[str, Any]) -> Problem:
    field = str(detail["loc"][0])
    if detail["type"] == "missing":
        return Problem(field, "must be declared")
    if detail["type"] == "extra_forbidden":
        return Problem(field, "is no field of a custom model")
    return Problem(field, str(detail["msg"]))


def _conflicts(declared: Mapping[str, Any], unknown: Collection[str]) -> list[Problem]:
    problems = []
    if all(field in declared or field in unknown for field in CUSTOM_PROVIDER_FIELDS):
        sentence = "says the same as custom_provider_id; declare one of the two"
        problems.append(Problem("provider_id", sentence))
    base = declared.get("base_model_name")
    if base is not None and base == declared.get("model_name"):
        problems.append(Problem("base_model_name", "is the model itself; name another base"))
    return problems
