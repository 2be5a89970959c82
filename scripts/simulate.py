"""Run simulated worlds: `make simulate SEEDS=N`, and `make simulate-mutants`.

A violation prints its seed and the shortest story found, in words. Without a guard of the product,
worlds must find something: that is how we know that they can see.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from simulation.many import found, shortest, violating
from simulation.mutants import MUTANTS
from simulation.story import story

_MOST_FOR_A_MUTANT = 20_000


def simulate(count: int, first: int = 0) -> int:
    """Run `count` worlds; returns the number of violations."""
    violations, began = 0, time.monotonic()
    for done, seeds in violating(range(first, first + count)):
        for seed in seeds:
            violations += 1
            short = shortest(story(seed), lambda each: bool(found(each)))
            wrong = "\n".join(found(short))
            sys.stdout.write(f"seed {seed}\n{short}\n{wrong}\n\n")
        rate = done / (time.monotonic() - began)
        sys.stderr.write(f"\r{done:,} of {count:,} worlds, {rate:.0f} a second")
    sys.stdout.write(f"\n{count} worlds, {violations} violations\n")
    return violations


def simulate_mutants(names: list[str]) -> int:
    """Take out each guard in turn; returns how many are not missed by any world."""
    unseen = 0
    for name in names or MUTANTS:
        seeds = (seed for _, seeds in violating(range(_MOST_FOR_A_MUTANT), name) for seed in seeds)
        seed = next(seeds, None)
        unseen += seed is None
        seen = "not seen" if seed is None else f"seen in world {seed + 1:,}"
        sys.stdout.write(f"without “{name}”: {seen}\n")
        sys.stdout.flush()
    return unseen


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["mutants", *names]:
            sys.exit(bool(simulate_mutants(names)))
        case [count]:
            sys.exit(bool(simulate(int(count))))
        case [count, first]:
            sys.exit(bool(simulate(int(count), int(first))))
        case _:
            sys.exit("usage: simulate.py COUNT [FIRST] | mutants [GUARD …]")
