"""The order of creates and deletes, and how many run at once."""

from harness.engine_runs import Run

from .declare import SLOW, chain, model, scenario, up

scenario(
    "chain",
    "Creates follow depends_on, deletes go the other way, and updates follow it again",
    up(*chain("a", "b", "c")),
    up(*chain("a", "b", "c", cost=2.0)),
    up(),
)
fan = [model("a"), model("b", depends_on=["a"]), model("c", depends_on=["a"])]
scenario(
    "diamond",
    "What depends on one resource is created at once after it, and deleted at once before it",
    up(*fan, model("d", depends_on=["b", "c"]), service=[SLOW]),
    up(*fan, service=[SLOW]),
    up(service=[SLOW]),
)
eight = [model(each) for each in "abcdefgh"]
scenario(
    "eight_at_once",
    "Eight independent resources: the engine calls up to --parallel of them at once, of which "
    "the provider's process works on four",
    up(*eight, service=[SLOW]),
    up(*(one | {"input_cost": 2.0} for one in eight), service=[SLOW]),
    up(service=[SLOW]),
)
scenario(
    "eight_in_parallel_16",
    "With --parallel 16 eight calls run at once, of which the provider works on four",
    up(*eight, options={"parallel": 16}, service=[SLOW]),
    Run("destroy", options={"parallel": 16}, service=[SLOW]),
)
scenario(
    "eight_in_parallel_1",
    "With --parallel 1 one call runs at a time",
    up(*eight, options={"parallel": 1}, service=[SLOW]),
    up(
        *(one | {"input_cost": 2.0} for one in eight[:6]),
        options={"parallel": 1},
        service=[SLOW],
    ),
)
scenario(
    "mixed",
    "A create, an update, a replacement, an unchanged one and a removal in one run",
    up(model("a"), model("b", "acme/b-1"), model("c"), model("d")),
    up(model("new"), model("a", cost=2.0), model("b", "acme/b-2"), model("c"), both=True),
)
scenario(
    "order_of_deletes",
    "Deletes come in layers, each begun when the one before has ended: dependents first, and what "
    "depends on nothing last",
    up(*chain("a", "b"), model("c", "acme/c-1", depends_on=["b"]), model("d")),
    up(model("c", "acme/c-2"), service=[SLOW]),
)
