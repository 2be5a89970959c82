"""JSON, read strictly: numbers exact, no key twice."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from .strict import TOO_DEEP, check_depth, decimal, decoded, refusal, shown, whole


def from_json(content: bytes | str, name: str) -> object:
    """Read JSON; raises DeclarationError, one line that begins with `name`, if it cannot."""
    try:
        found = json.loads(
            decoded(content, name),
            parse_float=decimal,
            parse_int=whole,
            parse_constant=_refuse_constant,
            object_pairs_hook=_without_repeated_keys,
        )
        check_depth(found)
    except json.JSONDecodeError as problem:
        raise refusal(name, problem.msg, problem.lineno) from None
    except ValueError as problem:
        raise refusal(name, str(problem)) from None
    except RecursionError:
        raise refusal(name, TOO_DEEP) from None
    return found


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not a JSON number")


def _without_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        repeated = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"the key {shown(repeated)} appears twice; keep one")
    return result
