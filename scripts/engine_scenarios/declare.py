"""How a scenario is written: models, runs, and the list of all scenarios."""

from typing import Any

from harness.engine_programs import Entry
from harness.engine_runs import Run, Scenario

SCENARIOS: dict[str, Scenario] = {}
SLOW = "every answer takes 0.5 s"
DBR: dict[str, Any] = {"delete_before_replace": True}


def model(resource: str, model_name: str = "", cost: float = 1.0, **more: object) -> dict[str, Any]:
    """Declare a model; by default it is named after its resource."""
    name = model_name or f"acme/{resource}"
    return {"resource": resource, "model_name": name, "input_cost": cost, **more}


def up(*program: Entry, **more: Any) -> Run:  # noqa: ANN401  (a run's other fields)
    return Run("up", program, **more)


def preview(*program: Entry, **more: Any) -> Run:  # noqa: ANN401
    return Run("preview", program, **more)


def scenario(name: str, promise: str, *runs: Run) -> None:
    SCENARIOS[name] = Scenario(promise, runs)


def chain(*resources: str, cost: float = 1.0) -> list[dict[str, Any]]:
    """Declare models of which each depends on the one before it."""
    models = [model(each, cost=cost) for each in resources]
    for before, entry in zip(resources, models[1:], strict=False):
        entry["depends_on"] = [before]
    return models
