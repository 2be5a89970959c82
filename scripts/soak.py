#!/usr/bin/env python3
"""Apply many models again and again while the service fails, and compare its store with them.

Each round changes prices at random, replaces a few models, and runs `pulumi up` once, under seeded
faults: 5 % of requests dropped before or after they took effect, 5 % returning 503, and a limit of
60 requests per window. A failed `up` is not run again. With --together, the models are one set.
After every round and at the end, the emulator's store must hold exactly what the program declares.
Exit code 1: it does not.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from engine import engine_bin
from harness.pulumi_stack import Stack

from keywordsai_dynamic.emulator import Emulator, RecordedRequest, running_emulator

PROGRAM = """
import json
from pathlib import Path

from keywordsai_dynamic import CustomModel

for name, prices in json.loads(Path("models.json").read_text()).items():
    CustomModel(name.replace("/", "-"), model_name=name, base_model_name="gpt-4o", **prices)
"""
TOGETHER = """
import json
from pathlib import Path

from keywordsai_dynamic import ModelSet

models = json.loads(Path("models.json").read_text())
named = {name: {"base_model_name": "gpt-4o", **prices} for name, prices in models.items()}
ModelSet("prices", models=named)
"""
ROUND_SECONDS = 180

Prices = dict[str, float]
Declared = dict[str, Prices]


class Soak:
    """One stack, one service, and what was declared and found so far."""

    def __init__(self, stack: Stack, emulator: Emulator, seed: int) -> None:
        self.declared: Declared = {}
        self.faults: Counter[str] = Counter()
        self.lost = self.doubled = self.failed = 0
        self._stack, self._emulator = stack, emulator
        self._random = random.Random(seed)  # noqa: S311  (the same rounds for the same seed)
        self._made = 0

    def grow(self, models: int) -> None:
        """Declare `models` more."""
        for _ in range(models):
            self.declared[f"acme/model-{self._made:03}"] = self._prices()
            self._made += 1

    def change(self) -> None:
        """Change the prices of a tenth of the models, and replace a hundredth by new ones."""
        for name in self._some(0.1):
            self.declared[name] = self._prices()
        leaving = self._some(0.01)
        for name in leaving:
            del self.declared[name]
        self.grow(len(leaving))

    def up(self, number: int) -> None:
        """Run one `pulumi up`, and compare."""
        began = time.monotonic()
        self._emulator.requests.clear()
        (self._stack.project / "models.json").write_text(json.dumps(self.declared))
        running = self._stack.start("up", "--yes", "--skip-preview")
        result = running.wait(ROUND_SECONDS)
        if result.returncode:
            self.failed += 1
            sys.stdout.write(result.output[-2000:])
        arrived = list(self._emulator.requests)
        self.faults += Counter(request.fault for request in arrived if request.fault)
        self.lost += (lost := len(self._differing()))
        self.doubled += (doubled := len(written_twice(arrived)))
        write(
            f"round {number:2}: exit {result.returncode}, {len(self.declared)} models, "
            f"{len(arrived)} requests, {lost} lost, {doubled} doubled, "
            f"{time.monotonic() - began:.1f} s"
        )

    def agrees(self) -> bool:
        """Return whether store, program and state agree, with all faults off."""
        self._emulator.faults.clear()
        self._emulator.requests.clear()
        preview = self._stack.start("preview", "--refresh", "--expect-no-changes")
        result = preview.wait(ROUND_SECONDS)
        if result.returncode:
            sys.stdout.write(result.output[-2000:])
        return not self._differing() and result.returncode == 0

    def _differing(self) -> set[str]:
        """Return the models that the store lacks, has with other prices, or has undeclared."""
        store = {
            name: {field: fields[field] for field in ("input_cost", "output_cost")}
            for name, fields in self._emulator.models().items()
        }
        names = store.keys() | self.declared.keys()
        return {name for name in names if store.get(name) != self.declared.get(name)}

    def _some(self, share: float) -> Sequence[str]:
        return self._random.sample(sorted(self.declared), max(1, round(share * len(self.declared))))

    def _prices(self) -> Prices:
        cents = self._random.randint
        return {"input_cost": cents(1, 999) / 100, "output_cost": cents(1, 9999) / 100}


def written_twice(arrived: Sequence[RecordedRequest]) -> set[str]:
    """Return the models written again in one run although their first write was answered."""
    writes = Counter(
        request.json["model_name"] if request.method == "POST" else request.path
        for request in arrived
        if (request.method, request.path) == ("POST", "/api/models/") or request.method == "DELETE"
        if request.fault is None
    )
    return {name for name, count in writes.items() if count > 1}


def write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--models", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--together", action="store_true", help="all models as one set")
    what = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="keywordsai-soak-") as scratch,
        running_emulator() as emulator,
        Stack(
            Path(scratch) / "stack",
            engine_bin(),
            {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url},
        ) as stack,
    ):
        stack.write_program(TOGETHER if what.together else PROGRAM)
        emulator.faults.random_faults(
            what.seed, drop_before=0.025, drop_after=0.025, error_503=0.05
        )
        emulator.faults.limit(60, per=3, told_in_steps_of=0.05)
        soak = Soak(stack, emulator, what.seed)
        soak.grow(what.models)
        for number in range(what.rounds):
            soak.up(number)
            soak.change()
        soak.up(what.rounds)
        agreed = soak.agrees()
    injected = ", ".join(f"{count} {fault}" for fault, count in sorted(soak.faults.items()))
    write(f"faults: {injected}")
    write(
        f"{soak.lost} lost writes, {soak.doubled} doubled writes, {soak.failed} failed rounds; "
        f"store, state and program {'agree' if agreed else 'DO NOT AGREE'}"
    )
    return int(not agreed or bool(soak.lost or soak.doubled or soak.failed))


if __name__ == "__main__":
    raise SystemExit(main())
