"""A scenario's runs with the real CLI: what precedes each, what happens in it, what is recorded."""

import json
import os
import signal
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from harness.cli_run import Running
from harness.engine_calls import calls_by_phase, pending_in, resource_of, state_of
from harness.engine_programs import Entry, arguments, source, urns_of
from harness.pulumi_stack import STACK, Stack
from harness.quick_runs import SECRETS_PROVIDER
from harness.traces import model_of
from keywordsai_dynamic.emulator import Emulator, RecordedRequest, running_emulator
from keywordsai_dynamic.emulator.refusals import RefusedError

Document = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """One run of the CLI and what precedes it; README.md beside the recordings has the vocabulary.

    `program` is None where the CLI runs none. `both` records the preview of an `up` too, from the
    same run. `at` is a verb, a resource and the model that the service is asked to write.
    """

    command: str
    program: Sequence[Entry] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    service: Sequence[str] = ()
    console: Sequence[str] = ()
    before: Sequence[str] = ()
    killed: Literal["the CLI", "the provider", "Ctrl-C"] | None = None
    at: tuple[str, str, str] | None = None
    both: bool = False
    preview_only: bool = False
    stack: str = STACK


@dataclass(frozen=True)
class Scenario:
    """What a recording shows, in one sentence, and its runs."""

    promise: str
    runs: Sequence[Run]


class World:
    """One emulator and one project, which live through a scenario."""

    def __init__(self, engine: Path, stacks: ExitStack) -> None:
        self._doomed: tuple[Running, Run] | None = None
        self._emulator = stacks.enter_context(running_emulator(on_request=self._saw))
        folder = Path(stacks.enter_context(tempfile.TemporaryDirectory()))
        # Beside the stack's folder, which is searched for secrets: the log has the API key.
        self._log = folder / "calls.jsonl"
        env = {
            "KEYWORDSAI_API_KEY": self._emulator.api_key,
            "KEYWORDSAI_BASE_URL": self._emulator.url,
        }
        self._stack = stacks.enter_context(Stack(folder / "stack", engine, env))
        # The file backend writes its metadata in place: a kill at that moment would empty it.
        self._stack.env["PULUMI_BACKEND_URL"] += "?metadata=skip"
        self._stack.write_program(source([]))
        self._stacks = {STACK}
        self._refuses: dict[str, int] = {}
        _refuse_writes(self._emulator, self._refuses)

    def live(self, run: Run) -> list[Document]:
        """Do what precedes a run, and run it; return what is recorded of each of its phases."""
        self._make(run.stack)
        known = urns_of(run.program or (), run.stack) | self._urns(run.stack)
        for edit in run.console:
            _in_console(self._emulator, edit)
        for edit in run.before:
            self._edit_state(edit, run.stack, known)
        state_before = state_of(self._deployment(run.stack)) if run.before else None
        if run.program is not None:
            self._stack.write_program(source(run.program))
        for words in run.service:
            _at_the_service(self._emulator, words, self._refuses)
        self._log.unlink(missing_ok=True)
        began = len(self._emulator.requests)
        code = self._run(run, known)
        self._emulator.faults.clear()
        self._refuses.clear()
        phases = calls_by_phase(self._log)
        if not run.both:
            phases = [[call for phase in phases for call in phase]]
        told = _told(run)
        edited = _edited(run, state_before)
        recorded = [told | edited | {"phase": "preview", "calls": phases[0]}] if run.both else []
        told |= {} if run.both else edited
        last: Document = told | {"phase": _phase(run), "calls": phases[-1]}
        if run.killed:
            last |= {"killed": run.killed}
            if run.at:
                last |= {"at": f"during {run.at[0]} of {run.at[1]}"}
        last["ended"] = _ended(code)
        if "every answer takes 0.5 s" in run.service:
            last["requests_at_once"] = _at_once(self._emulator.requests[began:])
        if _phase(run) == "update":
            last |= self._left(run.stack)
        return [_ordered(each) for each in [*recorded, last]]

    def _run(self, run: Run, urns: Mapping[str, str]) -> int:
        command, *flags = run.command.split()
        args = [command, *flags, *arguments(run.options, urns), "--stack", run.stack]
        if command != "preview":
            args += ["--preview-only"] if run.preview_only else ["--yes"]
            args += [] if run.both or run.preview_only else ["--skip-preview"]
        running = self._stack.start(*args, env={"PULUMI_DEBUG_GRPC": str(self._log)})
        if run.at:
            self._doomed = (running, run)
        result = running.wait()
        self._doomed = None
        if run.killed == "the CLI":
            assert result.returncode == -signal.SIGKILL, str(result)
            self._stack.pulumi("cancel", "--yes", "--stack", run.stack)
        return result.returncode

    def _saw(self, request: RecordedRequest) -> None:
        """Called when a request has taken effect, before its answer: the moment to kill."""
        if self._doomed is None:
            return
        running, run = self._doomed
        assert run.at is not None
        method = "DELETE" if run.at[0] == "delete" else "POST"
        if request.method != method or model_of(request) != run.at[2]:
            return
        self._doomed = None
        if run.killed == "the CLI":
            running.kill()
        elif run.killed == "the provider":
            for pid, line in running.processes().items():
                if "pulumi.dynamic" in line:
                    os.kill(pid, signal.SIGKILL)
        else:
            running.interrupt()
            time.sleep(1)

    def _make(self, stack: str) -> None:
        if stack not in self._stacks:
            self._stacks.add(stack)
            args = ("--secrets-provider", SECRETS_PROVIDER)
            self._stack.pulumi("stack", "init", stack, *args)

    def _deployment(self, stack: str) -> Document:
        files = list(self._stack.state.glob(f".pulumi/stacks/**/{stack}.json"))
        return self._stack.deployment(stack) or {} if files else {}

    def _urns(self, stack: str) -> dict[str, str]:
        resources = self._deployment(stack).get("resources") or []
        return {resource_of(each["urn"]): each["urn"] for each in resources}

    def _left(self, stack: str) -> Document:
        deployment = self._deployment(stack)
        pending = pending_in(deployment)
        found: Document = {"state": state_of(deployment)}
        return found | ({"pending_operations": pending} if pending else {})

    def _edit_state(self, edit: str, stack: str, urns: Mapping[str, str]) -> None:
        if edit == "state lost":
            exported = self._stack.pulumi("stack", "export", "--stack", stack).json
            exported["deployment"].pop("resources", None)
            file = self._log.with_suffix(".json")
            file.write_text(json.dumps(exported))
            self._stack.pulumi("stack", "import", "--stack", stack, "--file", str(file))
            return
        _, verb, resource, *rest = edit.split()
        urn = urns[resource] if verb != "move" else self._urns(STACK)[resource]
        if verb == "move":
            self._stack.pulumi("state", "move", "--yes", "--source", STACK, "--dest", rest[-1], urn)
        else:
            args = ["--yes", "--stack", stack, urn, *rest[1:]]
            self._stack.pulumi("state", verb, *args)


def _told(run: Run) -> Document:
    """Return what a run was given, for each of its phases."""
    facts: Document = {
        "stack": run.stack if run.stack != STACK else None,
        "command": run.command,
        "options": dict(run.options),
        "program": list(run.program or []),
        "service": list(run.service),
    }
    return {key: value for key, value in facts.items() if value or key == "program"}


def _edited(run: Run, state_before: list[Document] | None) -> Document:
    """Return what was done before a run."""
    edits = {"console": list(run.console), "before": list(run.before)}
    state = {} if state_before is None else {"state_before": state_before}
    return {key: value for key, value in edits.items() if value} | state


_ORDER = (
    *("stack", "command", "phase", "options", "console", "before", "state_before", "service"),
    *("killed", "at", "program", "calls", "requests_at_once", "ended", "state"),
    "pending_operations",
)


def _ordered(recorded: Document) -> Document:
    assert recorded.keys() <= set(_ORDER), recorded.keys()
    return {key: recorded[key] for key in _ORDER if key in recorded}


def _phase(run: Run) -> str:
    return "preview" if run.preview_only or run.command.startswith("preview") else "update"


def _ended(code: int) -> str:
    if code == -signal.SIGKILL:
        return "killed"
    return "failed" if code else "succeeded"


def _in_console(emulator: Emulator, edit: str) -> None:
    """Do what `delete acme/a` or `input_cost of acme/a is 7` says."""
    words = edit.split()
    if words[0] == "delete":
        emulator.remove_model(words[1])
    else:
        field_, _, name, _, value = words
        changed: dict[str, Any] = {field_: float(value)}
        emulator.edit_model(name, **changed)


def _at_the_service(emulator: Emulator, words: str, refuses: dict[str, int]) -> None:
    """Do what `POST acme/a answers 400`, say, tells; README.md beside the recordings has all."""
    if words.startswith("every answer takes"):
        emulator.faults.latency = float(words.split()[3])
        return
    method, name, _, status = words.split()
    if words.startswith("every GET"):
        emulator.faults.proxy(int(status), method="GET", body={"detail": "Refused."})
    elif method == "POST":
        refuses[name] = int(status)
    else:
        path = f"/api/models/{name}/"
        emulator.faults.proxy(int(status), method=method, path=path, body={"detail": "Refused."})


def _refuse_writes(emulator: Emulator, refuses: Mapping[str, int]) -> None:
    """Let the service refuse to write some models: all POSTs have one path, so no fault can."""
    backend = emulator._backend
    upsert: Callable[..., Any] = backend.upsert

    def refusing(organization: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401  (as upsert)
        name = str(body.get("model_name"))
        if name in refuses:
            raise RefusedError(refuses[name], {"detail": "Refused."})
        return upsert(organization, body)

    backend.upsert = refusing  # type: ignore[method-assign]  # for this emulator alone


def _at_once(requests: Sequence[RecordedRequest]) -> int:
    """Return how many writes were under way at the same time, at most: each takes 0.5 s."""
    times = [each.time for each in requests if each.method in ("POST", "DELETE")]
    return max(sum(first <= each < first + 0.4 for each in times) for first in times)
