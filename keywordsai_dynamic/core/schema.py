"""Which values each kind of field takes, how they are normalized, and why others are refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model
from pydantic_core import PydanticCustomError

from .fields import FIELDS, PROVIDER_FIELDS, UNITS, Kind
from .fields import Field as Described
from .kinds import MODEL, PROVIDER, ResourceKind
from .names import CHANGED_BY_OTHERS
from .plausibility import Problem

# Every decimal of up to 15 significant digits survives text → double → text unchanged (IEEE 754).
EXACT_DIGITS = 15
_LARGEST_EXACT_WHOLE = 2**53

KWARGS_WITH_FIELDS = ("base_url", "api_key", "timeout")
"""What is sent inside `extra_kwargs` and declared as a field of its own."""

# Names that collide with the API's own routes: /api/models/list/, /api/models/<name>/status/ …
_ROUTES = frozenset({"list", "summary", "public"})


def _refusal(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("refused", "{sentence}", {"sentence": sentence})


def is_ambiguous(value: object) -> bool:
    """Return whether a value is text that some readers take for another number: `1_000`."""
    return isinstance(value, str) and ("_" in value or not value.isascii())


def _decimal(value: object, wanted: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise _refusal(f"must be a {wanted}")
    if is_ambiguous(value):
        raise _refusal(f"must be a {wanted}")
    try:
        number = Decimal(str(value).strip())
    except (InvalidOperation, ValueError):  # Python writes no int of thousands of digits
        raise _refusal(f"must be a {wanted}") from None
    if not number.is_finite():
        raise _refusal(f"must be a finite {wanted}")
    if number < 0:
        raise _refusal("must be 0 or more")
    return number


def price(value: object) -> float:
    """Read a price in USD per million tokens: int, float, Decimal or numeric text; 0 means free.

    A float is rounded to 15 significant digits, so that 0.1 + 0.2 is 0.3. Text and Decimals with
    more digits than that are refused, because a JSON number cannot carry them exactly; so are
    values that overflow a double or underflow to 0. Raises PydanticCustomError.
    """
    number = _decimal(value, f"number of {UNITS[Kind.PRICE]}")
    # Counted in the text: `Decimal.normalize` would first round to the context's 28 digits.
    digits = "".join(map(str, number.as_tuple().digits)).rstrip("0")
    if not isinstance(value, float) and len(digits) > EXACT_DIGITS:
        raise _refusal(f"has more than {EXACT_DIGITS} significant digits; use fewer")
    cost = abs(float(f"{float(number):.{EXACT_DIGITS}g}"))  # no minus before a zero
    if cost == float("inf") or (cost == 0 and number != 0):
        raise _refusal("is too large or too small for a JSON number")
    return cost


def _whole_number(value: object) -> int:
    wanted = f"whole number of {UNITS[Kind.COUNT]}"
    number = _decimal(value, wanted)
    if number != number.to_integral_value() or number > _LARGEST_EXACT_WHOLE:
        raise _refusal(f"must be a {wanted}")
    return int(number)


def _flag(value: object) -> int:
    # 0.0 and 1.0: every number comes back from the engine as a float (pulumi#13830).
    if isinstance(value, bool | int | float) and value in (0, 1):
        return int(value)
    raise _refusal("must be a boolean (or 1 or 0)")


def _switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise _refusal("must be a boolean")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _refusal("must be a string")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _refusal("must be a string that UTF-8 can encode") from None
    return value


def _name(value: object) -> str:
    name = _text(value)
    if not name:
        raise _refusal("must not be empty")
    if name != name.strip():
        raise _refusal("must not begin or end with whitespace")
    if not name.isprintable():
        raise _refusal("must not contain control or other invisible characters")
    return name


def _model_name(value: object) -> str:
    name = _name(value)
    segments = name.split("/")
    if name.startswith("/") or name.endswith("/"):
        raise _refusal("must not begin or end with a slash")
    if "" in segments:
        raise _refusal("must not contain two slashes in a row")
    if {".", ".."} & set(segments):
        raise _refusal("must not contain a `.` or `..` segment")
    if name in _ROUTES or segments[-1] == "status":
        raise _refusal("is a path that the API uses for something else; choose another name")
    return name


def _custom_provider(value: object) -> str | int:
    if isinstance(value, str):
        return _name(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refusal("must be the custom provider's ID: a string or a whole number")
    return value


def _provider_id(value: object) -> str:
    name = _name(value)
    if "/" in name or name in {".", ".."}:
        raise _refusal("must not contain a slash, or be `.` or `..`")
    return name


def _address(value: object) -> str:
    """Read a base URL; no message repeats it, because a mistyped one may hold a password."""
    address = _name(value)
    if address == CHANGED_BY_OTHERS:  # is refused before it is sent, in words that fit
        return address
    try:
        parts = urlsplit(address)
        _port = parts.port
    except ValueError:
        raise _refusal("must be the address of an endpoint") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or " " in address:
        raise _refusal("must be an address that begins with https:// or http://")
    if "@" in parts.netloc:
        raise _refusal("must not contain a user or a password; declare api_key")
    return address


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise _refusal("must be a number of seconds")
    if value <= 0:
        raise _refusal("must be more than 0 seconds")
    return int(value) if float(value).is_integer() else float(value)


def _kwargs(value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _refusal("must be a map of names to values")
    own = [name for name in KWARGS_WITH_FIELDS if name in value]
    if own:
        raise _refusal(f"contains {own[0]}; declare it as the field {own[0]}")
    return {_text(key): _json(item) for key, item in value.items()}


def _params(value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _refusal("must be a map of parameter names to their settings")
    return {_text(key): _json(item) for key, item in value.items()}


def _json(value: object) -> object:
    """Turn whole floats back into ints: the engine turns every int into a float."""
    if isinstance(value, Mapping):
        return _params(value)
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str | bool | int) or (isinstance(value, float) and isfinite(value)):
        return value
    raise _refusal("may contain strings, finite numbers, booleans, lists and maps, but no null")


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
    Kind.PROVIDER_ID: Annotated[str, BeforeValidator(_provider_id), Field(min_length=1)],
    Kind.ADDRESS: Annotated[str, BeforeValidator(_address), Field(min_length=1)],
    Kind.CREDENTIAL: Annotated[str, BeforeValidator(_name), Field(min_length=1)],
    Kind.SECONDS: Annotated[int | float, BeforeValidator(_seconds), Field(gt=0)],
    Kind.KWARGS: Annotated[dict[str, Any], BeforeValidator(_kwargs)],
}


def _definition(field: Described, *, required: bool) -> tuple[Any, Any]:
    # `None` means not declared, and 0 means free.
    if required:
        return Annotated[_TYPES[field.kind], Field(description=field.description)], ...
    return Annotated[_TYPES[field.kind] | None, Field(description=field.description)], None


def _fields(name: str, fields: Iterable[Described], required: Collection[str]) -> type[BaseModel]:
    definitions: dict[str, Any] = {
        field.name: _definition(field, required=field.name in required) for field in fields
    }
    return create_model(name, __config__=ConfigDict(extra="forbid", frozen=True), **definitions)


CustomModelFields = _fields("CustomModelFields", FIELDS, {"model_name"})
"""What can be declared of a custom model, as `core/fields.py` lists it."""

CustomProviderFields = _fields(
    "CustomProviderFields", PROVIDER_FIELDS, {"provider_id", "provider_name"}
)
"""What can be declared of a custom provider, as `core/fields.py` lists it."""

_SCHEMAS = {MODEL.noun: CustomModelFields, PROVIDER.noun: CustomProviderFields}


def normalize(
    values: Mapping[str, Any], unknown: Collection[str] = (), kind: ResourceKind = MODEL
) -> tuple[dict[str, Any], list[Problem]]:
    """Return the declared values of a resource in normalized form, and every problem found.

    `unknown` names declared fields whose values are known only during the update. A value of `None`
    counts as not declared. If there are problems, the returned values are incomplete.
    """
    declared = {field: value for field, value in values.items() if value is not None}
    schema = _SCHEMAS[kind.noun]
    required = [name for name, field in schema.model_fields.items() if field.is_required()]
    stand_in = {name: "unknown" for name in required if name in unknown}
    try:
        model = schema.model_validate(stand_in | declared)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        problems = [_problem(dict(detail), kind) for detail in details]
        return {}, problems + _conflicts(declared, unknown, kind)
    fields = model.model_dump(include=set(declared))
    return fields, _conflicts(fields, unknown, kind)


def _problem(detail: dict[str, Any], kind: ResourceKind) -> Problem:
    field = str(detail["loc"][0])
    if detail["type"] == "missing":
        return Problem(field, "must be declared")
    if detail["type"] == "extra_forbidden":
        return Problem(field, f"is not a field of a custom {kind.noun}")
    return Problem(field, str(detail["msg"]))


def _conflicts(
    declared: Mapping[str, Any], unknown: Collection[str], kind: ResourceKind
) -> list[Problem]:
    if kind is not MODEL:
        return []
    given = {*declared, *unknown}
    problems = [
        Problem(field.name, f"is an alias of {field.alias_of}; declare only one of the two")
        for field in FIELDS
        if field.name in given and field.alias_of in given
    ]
    base = declared.get("base_model_name")
    if base is not None and base == declared.get("model_name"):
        problems.append(Problem("base_model_name", "is the model itself; choose another base"))
    return problems
