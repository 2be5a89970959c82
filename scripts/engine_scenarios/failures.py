"""Calls that fail, with and without --continue-on-error."""

from .declare import DBR, SLOW, chain, model, preview, scenario, up

b_fails, going_on = ["POST acme/b answers 400"], {"continue_on_error": True}
with_dependent = [model("a"), model("b"), model("c", depends_on=["b"]), model("d")]
everything = {"service": b_fails, "options": going_on}
scenario(
    "create_fails",
    "After a failed create nothing new begins: its dependents are not checked, and no old one "
    "is deleted",
    up(model("old")),
    up(*with_dependent, service=b_fails),
    up(*with_dependent),
)
scenario(
    "create_fails_continue_on_error",
    "With --continue-on-error the others go on and removed ones are deleted; dependents of the "
    "failed one are skipped",
    up(model("old")),
    up(*with_dependent, **everything),
    up(*with_dependent),
)
updated = [one | {"input_cost": 2.0} for one in with_dependent]
scenario(
    "update_fails",
    "A failed update keeps the old state; what waits for it is not called",
    up(*with_dependent, model("old")),
    up(*updated, service=b_fails),
    up(*updated),
)
scenario(
    "update_fails_continue_on_error",
    "With --continue-on-error after a failed update, dependents are skipped, removed ones go",
    up(*with_dependent, model("old")),
    up(*updated, **everything),
    up(*updated),
)
replaced = [model("b", "acme/new-b"), model("c", depends_on=["b"], cost=2.0)]
new_fails = ["POST acme/new-b answers 400"]
scenario(
    "replacement_fails",
    "A replacement whose create failed leaves the old one",
    up(model("b"), model("c", depends_on=["b"]), model("old")),
    up(*replaced, service=new_fails),
    up(*replaced),
)
scenario(
    "replacement_fails_continue_on_error",
    "With --continue-on-error too, the old self of a failed replacement is kept",
    up(model("b"), model("c", depends_on=["b"]), model("old")),
    up(*replaced, service=new_fails, options=going_on),
    up(*replaced),
)
dbr = [replaced[0] | DBR, replaced[1]]
scenario(
    "replacement_fails_delete_before_replace",
    "With delete_before_replace the old one is gone when the create fails: the next up creates",
    up(model("b", **DBR), model("c", depends_on=["b"])),
    up(*dbr, service=new_fails),
    up(*dbr),
)
slow = [SLOW, *b_fails]
two_chains = [*chain("a", "d", "e"), model("b"), model("c", depends_on=["b"])]
scenario(
    "create_fails_beside_a_chain",
    "A failure in one chain: calls that run end, and nothing of the other chain begins",
    up(model("old")),
    up(*two_chains, service=slow),
)
scenario(
    "create_fails_beside_a_chain_continue_on_error",
    "With --continue-on-error the other chain goes on to its end, before anything is deleted",
    up(model("old")),
    up(*two_chains, service=slow, options=going_on),
)
scenario(
    "create_fails_in_parallel_1",
    "With --parallel 1 what is declared after a failed create is not checked",
    up(model("old")),
    up(*with_dependent, service=b_fails, options={"parallel": 1}),
)
scenario(
    "failed_one_keeps_what_it_depended_on",
    "With --continue-on-error a removed resource is kept where a failed one depended on it",
    up(model("base"), model("b", depends_on=["base"]), model("old")),
    up(model("b", cost=2.0), **everything),
)
scenario(
    "renamed_and_skipped",
    "With --continue-on-error a renamed resource that is skipped loses its old self",
    up(model("old", "acme/one")),
    up(model("b"), model("new", "acme/one", depends_on=["b"]), **everything),
)
delete_fails = ["DELETE acme/old answers 403"]
scenario(
    "delete_fails",
    "A failed delete leaves the resource in the state, and the next up deletes it again",
    up(model("old"), model("gone"), model("a")),
    up(model("a"), service=delete_fails),
    up(model("a")),
)
scenario(
    "delete_of_a_replaced_one_fails",
    "An old self that could not be deleted stays in the state as to be deleted, and the next "
    "up deletes it",
    up(model("a", "acme/old"), model("b")),
    up(model("a", "acme/new"), model("b"), service=delete_fails),
    preview(model("a", "acme/new"), model("b")),
    up(model("a", "acme/new"), model("b")),
)
scenario(
    "delete_before_replace_whose_delete_fails",
    "Where the delete fails there is no create",
    up(model("a", "acme/old", **DBR), model("b")),
    up(model("a", "acme/new", **DBR), model("b"), service=delete_fails),
    up(model("a", "acme/new", **DBR), model("b")),
)
scenario(
    "check_fails",
    "After a failed check nothing new begins or is deleted, with --continue-on-error too",
    up(model("old")),
    up(model("a"), model("b", cost=-1.0, depends_on=["a"]), model("c")),
    up(model("a"), model("b", cost=-1.0, depends_on=["a"]), model("c"), options=going_on),
)
scenario(
    "program_raises",
    "Where the program raises, what it declared before is done and nothing is deleted",
    up(model("a"), model("old")),
    up(model("a", cost=2.0), model("b"), {"raises": "out of luck"}),
    up(model("a", cost=2.0), model("b"), {"raises": "out of luck"}, options=going_on),
)
