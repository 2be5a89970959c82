"""What the engine did in one run: its calls to the provider, and the state that it left.

The calls come from the engine's own log of them (PULUMI_DEBUG_GRPC), which has an entry when a call
begins and one when it ends.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Fields = dict[str, Any]
Call = tuple[str, str, Fields]

_PROVIDER = "/pulumirpc.ResourceProvider/"
_RUNS_PROGRAM = "/pulumirpc.LanguageRuntime/Run"
_VERBS = ("Check", "Diff", "Create", "Read", "Update", "Delete")
_ANSWERS = {"DIFF_NONE": "none", "DIFF_SOME": "some", "DIFF_UNKNOWN": "unknown"}
_MARKS = {
    "delete": "delete",
    "pendingReplacement": "pending_replacement",
    "protect": "protect",
    "external": "external",
    "taint": "taint",
    "retainOnDelete": "retain_on_delete",
}


def calls_by_phase(log: Path) -> list[list[Call]]:
    """Return the calls in the order in which they began; a phase for each run of the program.

    Calls before the first one, and all where no program ran, are in the first phase.
    """
    phases: list[list[Call]] = [[]]
    running: dict[tuple[str, str], list[Fields]] = {}
    programs = 0
    lines = log.read_text().splitlines() if log.exists() else []
    for entry in map(json.loads, lines):
        method, progress = entry["method"], entry.get("progress")
        if method == _RUNS_PROGRAM and progress == "request_started":
            programs += 1
            if programs > 1:
                phases.append([])
        verb = method.removeprefix(_PROVIDER)
        if verb not in _VERBS:
            continue
        one_call = (method, json.dumps(entry["request"], sort_keys=True))
        if progress == "request_started":
            facts = _facts(verb, entry["request"])
            phases[-1].append((verb.lower(), resource_of(entry["request"]["urn"]), facts))
            running.setdefault(one_call, []).append(facts)
        else:
            facts = running[one_call].pop(0)
            facts |= _outcome(verb, entry) | {"ended": len(phases[-1])}
    return phases


def _facts(verb: str, request: Mapping[str, Any]) -> Fields:
    facts = _known_when_it_begins(verb, request)
    types = request["urn"].split("::")[2]
    return facts | ({"under": types.split("$")[0]} if "$" in types else {})


def _known_when_it_begins(verb: str, request: Mapping[str, Any]) -> Fields:
    if verb == "Check":
        return {"stored": bool(request.get("olds"))}
    if verb == "Create":
        return {
            "preview": request.get("preview", False),
            "model_name": request["properties"]["model_name"],
        }
    return {"id": request["id"]}


def _outcome(verb: str, entry: Mapping[str, Any]) -> Fields:
    answer = entry.get("response") or {}
    if entry.get("errors") or answer.get("failures"):
        return {"failed": True}
    if verb == "Diff":
        found = _ANSWERS[answer.get("changes", "DIFF_UNKNOWN")]
        return {"changes": found} | ({"replaces": True} if answer.get("replaces") else {})
    if verb == "Read" and not answer.get("id"):
        return {"gone": True}
    return {}


def resource_of(urn: str) -> str:
    """Return the resource's own name, which is the last part of a URN."""
    return urn.rpartition("::")[2]


def state_of(deployment: Mapping[str, Any]) -> list[Fields]:
    """Return what the state holds, in its order, without the stack and the default provider."""
    return [
        _in_state(resource)
        for resource in deployment.get("resources") or []
        if resource["type"] != "pulumi:pulumi:Stack" and "::default" not in resource["urn"]
    ]


def _in_state(resource: Mapping[str, Any]) -> Fields:
    shown = {"resource": resource_of(resource["urn"])}
    if resource["type"].startswith("pulumi:providers:"):
        return shown | {"is_provider": True}
    if not resource["custom"]:
        return shown | {"component": True}
    shown["id"] = resource.get("id", "")
    types = resource["urn"].split("::")[2]
    if "$" in types:
        shown["under"] = types.split("$")[0]
    provider = resource["provider"].split("::")[3]
    if not provider.startswith("default"):
        shown["provider"] = provider
    return shown | {mark: True for key, mark in _MARKS.items() if resource.get(key)}


def pending_in(deployment: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what an interrupted run had begun: `("creating", "a")`."""
    pending = deployment.get("pending_operations") or []
    return [(each["type"], resource_of(each["resource"]["urn"])) for each in pending]


def in_lines(recording: Mapping[str, Any]) -> str:
    """Write a recording so that a diff can be read: a call, or a resource, in a line of its own."""
    head = [f" {_flat(key)}: {_flat(recording[key])}" for key in recording if key != "runs"]
    runs = ",\n".join(f"  {{\n{_run_in_lines(run)}\n  }}" for run in recording["runs"])
    return "{\n" + ",\n".join([*head, f' "runs": [\n{runs}\n ]']) + "\n}\n"


def _run_in_lines(run: Mapping[str, Any]) -> str:
    return ",\n".join(f"   {_flat(key)}: {_items(value)}" for key, value in run.items())


def _items(value: object) -> str:
    if not isinstance(value, list) or not value or isinstance(value[0], str):
        return _flat(value)
    return "[\n" + ",\n".join(f"    {_flat(item)}" for item in value) + "\n   ]"


def _flat(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
