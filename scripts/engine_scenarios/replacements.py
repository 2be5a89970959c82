"""Resources that are replaced, by the provider's answer, an option or a command."""

from typing import Any

from .declare import DBR, model, scenario, up

scenario(
    "model_name_changed",
    "A changed model_name creates the new model, and deletes the old one at the end",
    up(model("a", "acme/old"), model("b", depends_on=["a"])),
    up(model("a", "acme/new"), model("b", depends_on=["a"]), both=True),
)
scenario(
    "model_name_changed_delete_before_replace",
    "With delete_before_replace the old one is deleted first; who only depends_on it is kept",
    up(model("a", "acme/old", **DBR), model("b", depends_on=["a"])),
    up(model("a", "acme/new", **DBR), model("b", depends_on=["a"]), both=True),
)
later: dict[str, Any] = {"unknown_until_up": True, "depends_on": ["a"]}
scenario(
    "delete_before_replace_with_a_dependent",
    "A dependent whose model_name comes of the replaced one is deleted first and created last",
    up(model("a", "acme/old", **DBR), model("b", "acme/b-old", **later)),
    up(model("a", "acme/new", **DBR), model("b", "acme/b-new", **later), both=True),
)
scenario(
    "replaced_with_a_dependent",
    "A dependent whose model_name comes of the replaced one is replaced after it",
    up(model("a", "acme/old"), model("b", "acme/b-old", **later)),
    up(model("a", "acme/new"), model("b", "acme/b-new", **later), both=True),
)
scenario(
    "both_replaced_in_a_chain",
    "Two replaced resources of which one depends on the other: the dependent's old self is "
    "deleted first",
    up(model("a", "acme/a-1"), model("b", "acme/b-1", depends_on=["a"])),
    up(model("a", "acme/a-2"), model("b", "acme/b-2", depends_on=["a"]), both=True),
)
scenario(
    "both_replaced_in_a_chain_delete_before_replace",
    "The same with delete_before_replace: a resource that must be replaced itself is not "
    "deleted with what it depends on unless its inputs do",
    up(model("a", "acme/a-1", **DBR), model("b", "acme/b-1", depends_on=["a"], **DBR)),
    up(
        model("a", "acme/a-2", **DBR),
        model("b", "acme/b-2", depends_on=["a"], **DBR),
        both=True,
    ),
)
on_price: dict[str, Any] = {"replace_on_changes": ["input_cost"]}
scenario(
    "replace_on_changes",
    "replace_on_changes replaces a model under the name that it keeps",
    up(model("a", **on_price)),
    up(model("a", cost=2.0, **on_price), both=True),
)
scenario(
    "replace_on_changes_delete_before_replace",
    "With delete_before_replace the delete comes before the create, under one name",
    up(model("a", **on_price, **DBR)),
    up(model("a", cost=2.0, **on_price, **DBR), both=True),
)
two = [model("a"), model("b")]
scenario(
    "replace_option",
    "--replace replaces without a diff",
    up(*two),
    up(*two, options={"replace": ["a"]}, both=True),
)
scenario(
    "replace_option_delete_before_replace",
    "--replace with delete_before_replace: no diff, and the delete comes first",
    up(model("a", **DBR), model("b")),
    up(model("a", **DBR), model("b"), options={"replace": ["a"]}, both=True),
)
scenario(
    "target_replace_option",
    "--target-replace replaces one resource and leaves the others alone",
    up(*two),
    up(*two, options={"target_replace": ["a"]}, both=True),
)
scenario(
    "tainted",
    "A tainted resource is replaced without a diff",
    up(*two),
    up(*two, before=["state taint a"], both=True),
    up(*two),
)
