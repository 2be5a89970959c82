"""Refreshes and destroys, with and without the program."""

from harness.engine_runs import Run

from .declare import SLOW, chain, model, scenario, up

two, drift = chain("a", "b"), ["input_cost of acme/a is 7"]
scenario(
    "refresh",
    "A refresh reads each resource and diffs what it found; a drift is in the state after it",
    up(*two),
    Run("refresh", console=drift, preview_only=True),
    Run("refresh"),
    up(*two, both=True),
)
scenario(
    "refresh_of_a_gone_one",
    "A refresh drops a resource whose model is gone; the next up creates it",
    up(*two),
    Run("refresh", console=["delete acme/a"], preview_only=True),
    Run("refresh"),
    up(*two),
)
scenario(
    "refresh_run_program",
    "refresh --run-program reads and diffs in the order of the program, and checks nothing",
    up(*two),
    Run("refresh", two, {"run_program": True}, console=drift),
)
no_reads = ["every GET answers 403"]
scenario(
    "refresh_fails",
    "A refresh whose reads fail keeps the state, and an up --refresh goes no further",
    up(*two),
    Run("refresh", service=no_reads),
    Run("up --refresh", [model("a", cost=2.0)], service=no_reads),
    Run("refresh"),
)
scenario(
    "refresh_target",
    "refresh --target reads its targets only",
    up(*two),
    Run("refresh", options={"targets": ["b"]}),
)
scenario(
    "up_refresh",
    "up --refresh reads everything first, then goes on as up does, in one provider process",
    up(*two),
    Run("preview --refresh", two, console=drift),
    Run("up --refresh", two),
)
scenario(
    "up_refresh_of_a_gone_one",
    "up --refresh creates what is gone",
    up(*two),
    Run("preview --refresh", two, console=["delete acme/a"]),
    Run("up --refresh", two),
)
scenario(
    "destroy",
    "A destroy deletes dependents first, without check or diff",
    up(*chain("a", "b", "c"), model("d")),
    Run("destroy", preview_only=True),
    Run("destroy", service=[SLOW]),
)
scenario(
    "destroy_run_program",
    "destroy --run-program makes the same deletes as destroy",
    up(*two),
    Run("destroy", two, {"run_program": True}, preview_only=True),
    Run("destroy", two, {"run_program": True}),
)
scenario(
    "destroy_target",
    "destroy --target deletes its targets only",
    up(*two),
    Run("destroy", options={"targets": ["b"]}),
)
scenario(
    "destroy_target_with_a_dependent",
    "destroy --target of what another depends on is refused without --target-dependents",
    up(*two),
    Run("destroy", options={"targets": ["a"]}),
    Run("destroy", options={"targets": ["a"], "target_dependents": True}),
)
scenario(
    "destroy_exclude",
    "destroy --exclude keeps the excluded one and what it depends on",
    up(*chain("a", "b", "c")),
    Run("destroy", options={"excludes": ["b"]}),
)
fails = ["DELETE acme/b answers 403"]
scenario(
    "destroy_fails",
    "After a failed delete a destroy stops; what the failed one depends on is kept",
    up(*two, model("c")),
    Run("destroy", service=fails, options={"parallel": 1}),
    Run("destroy", service=fails, options={"continue_on_error": True}),
    Run("destroy"),
)
