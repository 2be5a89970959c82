"""Which format a file has, and how it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..catalog.resolve_model import FIELDS
from ..core.errors import DeclarationError
from ..files.csv_reader import from_csv
from ..files.json_reader import from_json
from ..files.reader import parse
from ..files.strict import decoded
from .credentials import hide_credentials, hide_settings
from .entries import Entry
from .langfuse import is_langfuse, read_langfuse
from .litellm_config import is_config, read_config
from .litellm_prices import is_price_map, read_price_map
from .openrouter import is_openrouter, read_openrouter
from .table import read_table


class Format(NamedTuple):
    """A format: what people call it, whether some content has it, and how it is read."""

    title: str
    fits: Callable[[object], bool]
    read: Callable[[Any, str], Iterable[Entry]]


CSV = "csv"
FORMATS: Mapping[str, Format] = {
    "litellm": Format("LiteLLM config.yaml", is_config, read_config),
    "litellm-prices": Format("LiteLLM price map", is_price_map, read_price_map),
    "langfuse": Format("Langfuse model definitions", is_langfuse, read_langfuse),
    "openrouter": Format("OpenRouter model list", is_openrouter, read_openrouter),
    CSV: Format("CSV table", lambda content: isinstance(content, list), read_table),
}
"""The formats by their names in `--from`; the first one that fits is taken."""


def content_in(data: bytes, name: str, wanted: str | None) -> object:
    """Read a file by its format or suffix; without a suffix, JSON is recognized.

    From now on no message shows a credential of the file. Raises DeclarationError, one line, if it
    cannot be read.
    """
    content = _parsed(data, name, wanted)
    hide_credentials(content)
    return content


def _parsed(data: bytes, name: str, wanted: str | None) -> object:
    suffix = Path(name).suffix.lower()
    if wanted == CSV or suffix == ".csv":
        return from_csv(data, name)
    if suffix == ".json" or (not suffix and data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in b"{["):
        return from_json(data, name)
    # What a reader says of a value may repeat it, and nothing is known yet of what it is.
    text = decoded(data, name)
    hide_settings(text)
    return parse(text, name)


def format_of(content: object, name: str, wanted: str | None) -> Format:
    """Return the wanted format, or the one that the content has; raises DeclarationError."""
    if wanted:
        return FORMATS[wanted]
    is_table = Path(name).suffix.lower() == ".csv"
    for key, each in FORMATS.items():
        if (key == CSV) is is_table and each.fits(content):
            return each
    if _is_catalog(content):
        raise DeclarationError(f"{name}: is a catalog already; --to litellm writes it for LiteLLM")
    known = ", ".join(FORMATS)
    raise DeclarationError(f"{name}: is in no format that is known; name it with --from: {known}")


def missing_pages(content: object) -> str:
    """Say that a file is one page of an answer that has several; nothing if it is whole."""
    paging = content.get("meta", content) if isinstance(content, Mapping) else None
    if isinstance(paging, Mapping):
        pages = paging.get("totalPages", paging.get("total_pages"))
        if isinstance(pages, int) and pages > 1:
            return f"this is one page of {pages:,}; convert the others too"
    return ""


def refuse_foreign(content: object, name: str) -> None:
    """Raise DeclarationError, with the name `name`, for what another tool has for a catalog."""
    found = next((each for each in FORMATS.values() if each.fits(content)), None)
    if found and isinstance(content, Mapping) and not _is_catalog(content):
        raise DeclarationError(f"{name}: is a {found.title}; convert it into a catalog first")


def _is_catalog(content: object) -> bool:
    return isinstance(content, Mapping) and any(
        isinstance(fields, Mapping) and not fields.keys().isdisjoint(FIELDS)
        for fields in content.values()
    )
