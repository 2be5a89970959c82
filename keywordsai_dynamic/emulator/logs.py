"""The logs of every organization: calls that models have served, and what aggregates count."""

import random
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

MILLION = 1_000_000


@dataclass(frozen=True)
class Call:
    """One call, or many alike, as logged: `model` is the name in the log, `cost` is in USD.

    A token is counted once: `fresh`, `cached` or `created` (written to the cache) of the prompt,
    `completion` of the answer. `reasoning` is the part of `completion` that nobody sees.
    """

    model: str
    time: datetime
    environment: str = "prod"
    fresh: int = 0
    cached: int = 0
    created: int = 0
    completion: int = 0
    reasoning: int = 0
    cost: float = 0.0
    requests: int = 1

    @property
    def prompt(self) -> int:
        """All the tokens of the prompt."""
        return self.fresh + self.cached + self.created


Keeps = Callable[[Call], bool]


class Logs:
    """What every organization has called; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[str, list[Call]] = {}

    def add(self, organization: str, calls: Iterable[Call]) -> None:
        """Log calls of an organization."""
        with self._lock:
            self._calls.setdefault(organization, []).extend(calls)

    def kept(self, organization: str, keeps: Keeps) -> list[Call]:
        """Return the calls of an organization that a request asks for."""
        with self._lock:
            return [call for call in self._calls.get(organization, ()) if keeps(call)]


def cost_of(call: Call, prices: Mapping[str, float]) -> float:
    """Return what a call costs in USD, at prices in USD per million tokens."""
    return (
        call.fresh * prices["input_cost"]
        + call.cached * prices["cache_hit_input_cost"]
        + call.created * prices["cache_creation_input_cost"]
        + call.completion * prices["output_cost"]
    ) / MILLION


def made_up(
    seed: int, model: str, end: datetime, *, days: int = 30, calls: int = 100
) -> list[Call]:
    """Make up calls of a model in the days before `end`; the same seed gives the same calls."""
    # Not for a secret: the same seed must give the same calls.
    drawn = random.Random(f"{seed} {model}")  # noqa: S311
    return [
        Call(
            model,
            end - timedelta(days=days) * drawn.uniform(0.001, 0.999),
            fresh=drawn.randint(100, 20_000),
            cached=drawn.choice((0, drawn.randint(1_000, 50_000))),
            completion=(completion := drawn.randint(10, 4_000)),
            reasoning=drawn.choice((0, completion // 3)),
        )
        for _ in range(calls)
    ]
