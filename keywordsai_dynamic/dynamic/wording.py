"""How a Python program declares a `CustomModel`, for the messages of the lifecycle."""

from __future__ import annotations

from ..core.names import NAME_IN_PLAIN
from ..core.quoting import quoted
from ..lifecycle.wording import Wording


def _declare(field: str, value: object) -> str:
    return f"{field}={quoted(value) if isinstance(value, str) else repr(value)}"


def _import_commands(model_name: str, resource_name: str) -> str:
    named = "" if resource_name == model_name else f" --name {_shell_word(resource_name)}"
    return (
        f"keywordsai-dynamic import-file --match {_shell_word(model_name)}{named} -o import.json\n"
        "pulumi import --file import.json --generate-code=false --protect=false --yes"
    )


def _shell_word(word: str) -> str:
    """Quote a word for a shell, always, so that names look alike in every message."""
    return "'" + word.replace("'", "'\\''") + "'"


PYTHON = Wording(
    field=str,
    declare=_declare,
    alias=lambda _urn: 'opts=ResourceOptions(aliases=[Alias(name="OLD-NAME")])',
    plain_name=NAME_IN_PLAIN,
    import_commands=_import_commands,
)
"""The words of the dynamic adapter: fields have their API names."""
