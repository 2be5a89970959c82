"""A Pulumi program that declares models and providers, formatted as a person would write it."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping, Sequence
from textwrap import indent, wrap
from typing import Any
from unicodedata import east_asian_width

from ..core.formatting import format_cents
from ..core.names import FLAG_FIELDS, PRICE_FIELDS
from ..core.quoting import quoted
from .adoption import Adoption
from .providers import ProviderAdoption

_WIDTH = 100
_OPENING = '''"""Models of the Keywords AI organization; prices are USD per million tokens."""'''
_CONFIG = "config = pulumi.Config()"
# Names come from the service, look-alike letters included. Not every file needs RUF100.
_NOT_ASCII = "# ruff: noqa: RUF001, RUF100"


def program(
    adoptions: Iterable[Adoption],
    providers: Sequence[ProviderAdoption] = (),
    *,
    together: str | None = None,
) -> str:
    """Return a program with a CustomModel or CustomProvider for each.

    With `together`, all models are one ModelSet of that name. A resource that others take a name
    from has a variable. The program passes ruff, its formatter at 100 columns and `mypy --strict`
    unchanged.
    """
    ordered = _bases_first(list(adoptions))
    taken = {"config", "pulumi"} if providers else set[str]()
    hosts = _provider_variables(ordered, providers, taken)
    if together is None:
        calls, kind = _calls(ordered, taken, hosts), "CustomModel"
    else:
        calls, kind = [_set_call(together, ordered, hosts)] if ordered else [], "ModelSet"
    named = ["CustomProvider"] * bool(providers) + [kind] * bool(ordered)
    blocks = [_OPENING, _imports(*named)]
    if providers:
        blocks.append(_CONFIG)
        blocks += (_provider_call(each, hosts.get(each.provider_id)) for each in providers)
    text = "\n\n".join([*blocks, *calls]) + "\n"
    return text if text.isascii() else f"{_NOT_ASCII}\n{text}"


def provider_code(providers: Iterable[ProviderAdoption]) -> str:
    """Return the code of providers for a program that exists, with what it has to import."""
    calls = (_provider_call(each, None) for each in providers)
    return "\n\n".join([_imports("CustomProvider"), _CONFIG, *calls])


def _imports(*names: str) -> str:
    line = f"from keywordsai_dynamic import {', '.join(sorted(names))}"
    return f"import pulumi\n{line}" if "CustomProvider" in names else line


def _calls(ordered: Sequence[Adoption], taken: set[str], hosts: Mapping[str, str]) -> list[str]:
    """Return the code of each model; the variables `taken` are those of other things."""
    variables = _variables(ordered, taken)
    calls, made = [], dict[str, str]()
    for each in ordered:
        variable = variables.get(each.model_name)
        calls.append(_call(each, variable, made, hosts))
        if variable:
            made[each.model_name] = variable
    return calls


def _set_call(name: str, adoptions: Iterable[Adoption], hosts: Mapping[str, str]) -> str:
    """Return the code of a set with all models; the variables above it are `hosts`."""
    lines = []
    for each in adoptions:
        lines.append(f"        {_key(each.model_name)}: {{")
        for field, value in each.declared.items():
            host = hosts.get(value) if field == "custom_provider_id" else None
            if host:
                lines.append(f'            "{field}": {host}.provider_id,')
            elif field != "model_name":
                lines.append(indent(_argument(field, value, entry=True), " " * 8))
        lines.append("        },")
    return "\n".join(["ModelSet(", _argument("", name), "    models={", *lines, "    },", ")"])


def _key(name: str) -> str:
    """Return a model's name as the key of a map, in pieces if it is too long for its line."""
    if _columns(_text(name)) + len("        : {") <= _WIDTH:
        return _text(name)
    return "(\n" + "\n".join(" " * 12 + _text(piece) for piece in _pieces(name)) + "\n        )"


def _call(
    adoption: Adoption, variable: str | None, made: Mapping[str, str], hosts: Mapping[str, str]
) -> str:
    """Return the code of one model; the variables above it are `made` and `hosts` (providers)."""
    arguments = [_argument("", adoption.resource_name)]
    for field, value in adoption.declared.items():
        base = made.get(value) if field == "base_model_name" else None
        host = hosts.get(value) if field == "custom_provider_id" else None
        # The variable also orders the two: the engine creates a base or a provider first.
        if base or host:
            source = f"{base}.model_name" if base else f"{host}.provider_id"
            arguments.append(f"    {field}={source},")
        else:
            arguments.append(_argument(field, value))
    call = f"{variable} = CustomModel(" if variable else "CustomModel("
    return "\n".join([call, *arguments, ")"])


def _provider_call(adoption: ProviderAdoption, variable: str | None) -> str:
    arguments = [_argument("", adoption.resource_name)]
    arguments += (_argument(field, value) for field, value in adoption.declared.items())
    arguments.append(f'    api_key=config.require_secret("{adoption.config_key}"),')
    call = f"{variable} = CustomProvider(" if variable else "CustomProvider("
    return "\n".join([call, *arguments, ")"])


def _argument(field: str, value: object, *, entry: bool = False) -> str:
    """Return the code of an argument; with `entry`, of an entry of a map eight columns further."""
    begin = f'    "{field}": ' if entry else f"    {field}=" if field else "    "
    if not isinstance(value, str):
        return f"{begin}{_number(field, value)},"
    line = f"{begin}{_text(value)},"
    if _columns(line) <= _WIDTH - 8 * entry:
        return line
    pieces = "\n".join(_text(piece) for piece in _pieces(value))
    if not field:
        return f"{indent(pieces, '    ')},"
    return f"{begin}(\n{indent(pieces, '        ')}\n    ),"


def _number(field: str, value: Any) -> str:  # noqa: ANN401  (normalized: int or float)
    if field in FLAG_FIELDS:
        return str(bool(value))
    return format_cents(value) if field in PRICE_FIELDS else f"{value:_}"


def _text(value: str) -> str:
    return quoted(value, "'" if value.count('"') > value.count("'") else '"')


def _pieces(value: str) -> Sequence[str]:
    """Split text that is too long for its line; a character can take two columns, or ten."""
    widest = max(_columns(quoted(character, '"')) - 2 for character in value)
    # By default, `wrap` changes white space.
    return wrap(
        value,
        80 // widest,
        expand_tabs=False,
        drop_whitespace=False,
        replace_whitespace=False,
    )


def _columns(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _bases_first(adoptions: list[Adoption]) -> list[Adoption]:
    """Put a base before the models that inherit from it, and keep the order otherwise."""
    waiting = {each.model_name: each for each in adoptions}
    ordered: list[Adoption] = []

    def place(each: Adoption) -> None:
        if waiting.pop(each.model_name, None) is None:
            return
        base = waiting.get(each.declared.get("base_model_name", ""))
        if base is not None:
            place(base)
        ordered.append(each)

    for each in adoptions:
        place(each)
    return ordered


def _provider_variables(
    models: Iterable[Adoption], providers: Iterable[ProviderAdoption], taken: set[str]
) -> dict[str, str]:
    """Return variable names, by provider id, for the providers that a model uses; take them."""
    used = {each.declared.get("custom_provider_id") for each in models}
    variables: dict[str, str] = {}
    for each in providers:
        if each.provider_id in used:
            variables[each.provider_id] = _identifier(each.resource_name, taken, "provider")
            taken.add(variables[each.provider_id])
    return variables


def _variables(ordered: Sequence[Adoption], taken: set[str]) -> dict[str, str]:
    """Return variable names, by model name, for the models that a later one inherits from."""
    variables: dict[str, str] = {}
    seen: dict[str, Adoption] = {}
    for each in ordered:
        base = seen.get(each.declared.get("base_model_name", ""))
        if base is not None and base.model_name not in variables:
            variables[base.model_name] = _identifier(
                base.resource_name, taken.union(variables.values()), "model"
            )
        seen[each.model_name] = each
    return variables


def _identifier(name: str, taken: set[str], noun: str) -> str:
    word = re.sub(r"\W+", "_", name.lower(), flags=re.ASCII).strip("_")
    if not word.isidentifier() or keyword.iskeyword(word):
        word = f"{noun}_{word}".rstrip("_")
    number = 1
    while (candidate := word if number == 1 else f"{word}_{number}") in taken:
        number += 1
    return candidate
