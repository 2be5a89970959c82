"""Turns the programs and options of recorded runs, which are data, into Python and arguments."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Entry = Mapping[str, Any]

TYPE = "pulumi-python:dynamic/keywordsai:CustomModel"
_COMPONENT = "acme:llm:Team"
_HEAD = f"""\
import pulumi
from pulumi import Alias, ResourceOptions
from keywordsai_dynamic import CustomModel


class Team(pulumi.ComponentResource):
    def __init__(self, name, opts):
        super().__init__("{_COMPONENT}", name, None, opts)


made = {{}}
"""
_AS_IS = (
    "delete_before_replace",
    "replace_on_changes",
    "protect",
    "retain_on_delete",
    "ignore_changes",
)
_OTHER_RESOURCES = ("parent", "deleted_with", "provider")
_FIELDS = ("input_cost", "output_cost")


def source(program: Sequence[Entry]) -> str:
    """Return the Python program that declares these resources, in this order."""
    return _HEAD + "".join(f"{line}\n" for entry in program for line in _lines(entry))


def _lines(entry: Entry) -> Iterator[str]:
    if "raises" in entry:
        yield f"raise pulumi.RunError({entry['raises']!r})"
        return
    name = entry["resource"]
    yield f"opts = ResourceOptions({', '.join(_options(entry))})"
    yield f"made[{name!r}] = {_constructor(name, entry)}"


def _constructor(name: str, entry: Entry) -> str:
    if entry.get("is_provider"):
        return f"pulumi.ProviderResource('pulumi-python', {name!r}, {{}}, opts)"
    if entry.get("component"):
        return f"Team({name!r}, opts)"
    if "get" in entry:
        return f"CustomModel.get({name!r}, {entry['get']!r}, opts)"
    model = repr(entry["model_name"])
    if entry.get("unknown_until_up"):
        model = f"made[{entry['depends_on'][0]!r}].model_id.apply(lambda _: {model})"
    fields = "".join(f", {field}={entry[field]!r}" for field in _FIELDS if field in entry)
    return f"CustomModel({name!r}, model_name={model}{fields}, opts=opts)"


def _options(entry: Entry) -> Iterator[str]:
    for option in _AS_IS:
        if option in entry:
            yield f"{option}={entry[option]!r}"
    for option in _OTHER_RESOURCES:
        if option in entry:
            yield f"{option}=made[{entry[option]!r}]"
    if "depends_on" in entry and not entry.get("unknown_until_up"):
        yield f"depends_on=[{', '.join(f'made[{each!r}]' for each in entry['depends_on'])}]"
    if "aliases" in entry:
        yield f"aliases=[{', '.join(map(_alias, entry['aliases']))}]"


def _alias(alias: str) -> str:
    """`no parent` is the same resource outside of any component; other texts are old names."""
    if alias == "no parent":
        return "Alias(parent=pulumi.ROOT_STACK_RESOURCE)"
    return f"Alias(name={alias!r})"


_OF_RESOURCES = {
    "targets": "--target",
    "excludes": "--exclude",
    "replace": "--replace",
    "target_replace": "--target-replace",
}
_FLAGS = {
    "continue_on_error": "--continue-on-error",
    "target_dependents": "--target-dependents",
    "exclude_dependents": "--exclude-dependents",
    "run_program": "--run-program",
    "exclude_protected": "--exclude-protected",
}


def arguments(options: Mapping[str, Any], urns: Mapping[str, str]) -> list[str]:
    """Return the CLI's arguments for the options of a run; `urns` has every resource's."""
    found = []
    for name, value in options.items():
        if name in _OF_RESOURCES:
            found += [part for each in value for part in (_OF_RESOURCES[name], urns[each])]
        elif name == "parallel":
            found += ["--parallel", str(value)]
        else:
            found.append(_FLAGS[name])
    return found


def urns_of(program: Sequence[Entry], stack: str) -> dict[str, str]:
    """Return the URN of each resource that a program declares, by its name."""
    types: dict[str, str] = {}
    for entry in program:
        if "resource" not in entry or entry.get("is_provider"):
            continue
        inside = f"{types[entry['parent']]}$" if "parent" in entry else ""
        own = _COMPONENT if entry.get("component") else TYPE
        types[entry["resource"]] = inside + own
    return {name: f"urn:pulumi:{stack}::test::{type_}::{name}" for name, type_ in types.items()}
