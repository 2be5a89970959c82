"""Previews put together by hand, in the shape that the real CLI writes (tests/recorded)."""

from collections import Counter
from typing import Any

TYPE = "pulumi-python:dynamic/keywordsai:CustomModel"
STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"

Fields = dict[str, Any]


def urn(name: str) -> str:
    return f"urn:pulumi:dev::shop::{TYPE}::{name}"


def step(op: str, name: str, old: Fields | None = None, new: Fields | None = None) -> Fields:
    """One step of a model that is called as its resource."""
    made: Fields = {"op": op, "urn": urn(name), "detailedDiff": None}
    if old is not None:
        made["oldState"] = {"urn": urn(name), "inputs": {"model_name": name, **old}}
    if new is not None:
        made["newState"] = {"urn": urn(name), "inputs": {"model_name": name, **new}}
    return made


def update(name: str, old: Fields, new: Fields) -> Fields:
    return step("update", name, old, new)


def preview(*steps: Fields, diagnostics: list[Fields] | None = None) -> Fields:
    """A whole document; what is not about models is there too."""
    every = [{"op": "same", "urn": STACK, "detailedDiff": None}, *steps]
    document: Fields = {
        "steps": every,
        "duration": 1,
        "changeSummary": Counter(each["op"] for each in every),
    }
    return document if diagnostics is None else {**document, "diagnostics": diagnostics}
