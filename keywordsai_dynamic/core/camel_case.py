"""Names of fields as programs in YAML, TypeScript and Go write them."""

import re


def camel_case(name: str) -> str:
    """Return `max_context_window` as `maxContextWindow`; keys inside of maps are not names."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def snake_case(name: str) -> str:
    """Return `maxContextWindow` as `max_context_window`, the API's name of it."""
    return re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", name)


def in_camel_case(sentence: str) -> str:
    """Return a sentence with the fields it names in camelCase: `customProviderId`."""
    return re.sub(r"\b[a-z]+(?:_[a-z]+)+\b", lambda found: camel_case(found[0]), sentence)
