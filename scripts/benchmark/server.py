"""The emulator in a process of its own, so that its CPU seconds are in no measurement."""

import multiprocessing
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from keywordsai_dynamic.emulator import Emulator, running_emulator

WINDOW, PER_WINDOW = 3.0, 60
"""The request limit: seconds of a window, and requests that the service takes in it."""


class Server:
    """Talks to the emulator's process; each key in `api_keys` has an organization to itself."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.url: str = pipe.recv()

    def play(self, *, latency_ms: int = 0, limited: bool = False) -> None:
        """Respond with this latency, and with the request limit if `limited`."""
        self._ask("play", latency_ms / 1000, limited)

    def seen(self) -> tuple[dict[str, int], float]:
        """Count the requests since the last call; return the seconds from the first to the last."""
        seen: tuple[dict[str, int], float] = self._ask("seen")
        return seen

    def models(self, api_key: str) -> int:
        """Count the models of the key's organization."""
        count: int = self._ask("models", api_key)
        return count

    def empty(self) -> None:
        """Delete every model."""
        self._ask("empty")

    def _ask(self, *command: object) -> Any:  # noqa: ANN401  (whatever comes through)
        self._pipe.send(command)
        return self._pipe.recv()


@contextmanager
def running_server(api_keys: Sequence[str]) -> Iterator[Server]:
    """Run the emulator's process for as long as the context lasts."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(theirs, api_keys))
    process.start()
    try:
        yield Server(ours)
    finally:
        ours.send(("stop",))
        process.join(10)
        process.kill()


def _serve(pipe: Connection, api_keys: Sequence[str]) -> None:
    with running_emulator(api_keys={key: key for key in api_keys}) as emulator:
        pipe.send(emulator.url)
        while (command := pipe.recv()) != ("stop",):
            pipe.send(_respond(emulator, command))


def _respond(emulator: Emulator, command: tuple[Any, ...]) -> object:
    match command:
        case ("play", latency, limited):
            emulator.faults.clear()
            emulator.faults.latency = latency
            if limited:
                emulator.faults.limit(PER_WINDOW, WINDOW, told_in_steps_of=WINDOW / 60)
        case ("seen",):
            seen, emulator.requests[:] = list(emulator.requests), []
            counts = Counter(one.method for one in seen)
            counts["429"] = sum(one.status == 429 for one in seen)
            return dict(+counts), seen[-1].time - seen[0].time if seen else 0.0
        case ("models", api_key):
            return len(emulator.models(emulator.api_keys[api_key]))
        case ("empty",):
            for organization in emulator.api_keys.values():
                for name in emulator.models(organization):
                    emulator.remove_model(name, organization=organization)
    return None
