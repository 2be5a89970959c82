"""The fields of a custom model: type, unit, limit and prose, each said once, here.

Names and meanings are those of the API page "Create custom model" (POST /api/models/):
https://docs.keywordsai.co/api-endpoints/manage/models/custom-models/create
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

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
    number = _decimal(value, "must be a number of USD per million tokens")
    # Counted in the text: `normalize` would round to the context's 28 digits before it counts.
    digits = "".join(map(str, number.as_tuple().digits)).rstrip("0")
    if not isinstance(value, float) and len(digits) > EXACT_DIGITS:
        raise _refusal(f"has more than {EXACT_DIGITS} significant digits; write fewer")
    cost = abs(float(f"{float(number):.{EXACT_DIGITS}g}"))  # no minus before a zero
    if cost == float("inf") or (cost == 0 and number != 0):
        raise _refusal("is too large or too small for a JSON number")
    return cost


def _whole_number(value: object) -> int:
    number = _decimal(value, "must be a whole number of tokens")
    if number != number.to_integral_value() or number > _LARGEST_EXACT_WHOLE:
        raise _refusal("must be a whole number of tokens")
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


Price = Annotated[float, BeforeValidator(price), Field(ge=0)]
Flag = Annotated[int, BeforeValidator(_flag), Field(ge=0, le=1)]
ModelName = Annotated[str, BeforeValidator(_model_name), Field(min_length=1)]
Name = Annotated[str, BeforeValidator(_name), Field(min_length=1)]
CustomProvider = Annotated[str | int, BeforeValidator(_custom_provider)]


class CustomModelFields(BaseModel):
    """What can be declared of a custom model; `None` means not declared, 0 means free."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model_name: Annotated[
        ModelName,
        Field(description="Unique name in the organization, used in API calls; may hold slashes."),
    ]
    base_model_name: Annotated[
        Name | None,
        Field(description="Built-in or custom model whose properties are inherited."),
    ] = None
    display_name: Annotated[
        Annotated[str, BeforeValidator(_text)] | None,
        Field(description="Name for people."),
    ] = None
    custom_provider_id: Annotated[
        CustomProvider | None,
        Field(description="Custom provider that serves the model: its provider id, or its number."),
    ] = None
    provider_id: Annotated[
        CustomProvider | None,
        Field(description="The API's other word for custom_provider_id; never both."),
    ] = None
    input_cost: Annotated[
        Price | None, Field(description="USD per million input tokens; 0 is free.")
    ] = None
    output_cost: Annotated[
        Price | None, Field(description="USD per million output tokens; 0 is free.")
    ] = None
    cache_hit_input_cost: Annotated[
        Price | None, Field(description="USD per million input tokens read from the cache.")
    ] = None
    cache_creation_input_cost: Annotated[
        Price | None, Field(description="USD per million input tokens written to the cache.")
    ] = None
    max_context_window: Annotated[
        Annotated[int, BeforeValidator(_whole_number), Field(ge=0)] | None,
        Field(description="Largest context, in tokens."),
    ] = None
    streaming_support: Annotated[
        Flag | None, Field(description="Whether answers can be streamed: 1 yes, 0 no.")
    ] = None
    function_call: Annotated[
        Flag | None, Field(description="Whether functions (tools) can be called: 1 yes, 0 no.")
    ] = None
    image_support: Annotated[
        Flag | None, Field(description="Whether images are understood: 1 yes, 0 no.")
    ] = None
    supported_params_override: Annotated[
        Annotated[dict[str, Any], BeforeValidator(_params)] | None,
        Field(description="Which parameters the Playground offers; replaces the earlier map."),
    ] = None
    overwrite_existing: Annotated[
        Annotated[bool, BeforeValidator(_switch)] | None,
        Field(description="Take the model over even where it exists with other values. Not sent."),
    ] = None


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
