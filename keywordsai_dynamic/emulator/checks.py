"""What the API accepts in each field of a request, and how it words a refusal."""

import math
from collections.abc import Callable

from .dialect import COSTS, COUNTS, FLAGS


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return "Not a valid string."
    return None if value.strip() else "This field may not be blank."


def _reference(value: object) -> str | None:
    # The first docs allow a provider's number as well as its name.
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return None if is_number else _text(value)


def _number(value: object) -> str | None:
    try:
        fits = not isinstance(value, bool) and isinstance(value, int | float)
        return None if fits and math.isfinite(value) else "A valid number is required."  # type: ignore[arg-type]  # fits says so
    except OverflowError:
        return "A valid number is required."


def _integer(value: object) -> str | None:
    fits = isinstance(value, int) and not isinstance(value, bool)
    return None if fits else "A valid integer is required."


def _flag(value: object) -> str | None:
    fits = not isinstance(value, bool) and isinstance(value, int) and value in (0, 1)
    return None if fits else f'"{value}" is not a valid choice.'


def _mapping(value: object) -> str | None:
    if isinstance(value, dict):
        return None
    return f'Expected a dictionary of items but got type "{type(value).__name__}".'


Check = Callable[[object], str | None]

CHECKS: dict[str, Check] = {
    "model_name": _text,
    "base_model_name": _text,
    "display_name": _text,
    "custom_provider_id": _reference,
    "provider_id": _reference,
    **dict.fromkeys(COSTS, _number),
    **dict.fromkeys(COUNTS, _integer),
    **dict.fromkeys(FLAGS, _flag),
    "supported_params_override": _mapping,
}
PROVIDER_CHECKS: dict[str, Check] = {
    "provider_id": _text,
    "provider_name": _text,
    "extra_kwargs": _mapping,
    "api_key": _text,
}


def problem_with(check: Check, value: object) -> str | None:
    """Return what is wrong with a value, in the API's words."""
    return "This field may not be null." if value is None else check(value)
