"""Catalogs through the real engine: what two stacks preview, apply and refuse."""

import json
import shutil
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness.lengths import few, long_form_of, times
from harness.pulumi_stack import NewStack, Stack

from keywordsai_dynamic.emulator import Emulator, running_emulator
from keywordsai_dynamic.prices.sources.genai import data_version

ROOT = Path(__file__).parents[2]
PROGRAM = """
from keywordsai_dynamic import ModelCatalog
ModelCatalog.from_config(base="models.yaml").declare()
"""

SECRETS_AND_OUTPUTS = """
import pulumi
from keywordsai_dynamic import CustomModel, ModelCatalog

ModelCatalog.from_config().declare()
first = CustomModel("first", input_cost=1)
ModelCatalog.from_dict(
    {"second": {"custom_provider_id": first.id.apply(lambda name: f"of-{name}"), "output_cost": 2}}
).declare()
"""


def write_yaml(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False))


def with_stack(stack: Stack, name: str, models: object = None) -> None:
    """Make a further stack, with models of its own unless its file is there already."""
    stack.pulumi("stack", "init", name, "--no-select")
    if models is not None:
        path = stack.project / f"Pulumi.{name}.yaml"
        content = yaml.safe_load(path.read_text())
        write_yaml(path, {**content, "config": {"keywordsai:models": models}})


def previewed(stack: Stack, name: str) -> dict[str, dict[str, Any]]:
    """The fields of each model that a preview of a stack would create, by model_name."""
    steps = stack.preview_json("--stack", name)["steps"]
    models = [step["newState"]["inputs"] for step in steps if "inputs" in step["newState"]]
    return {
        model["model_name"]: {
            field: value
            for field, value in model.items()
            if not field.startswith("__") and field != "model_name"
        }
        for model in models
    }


def bodies(emulator: Emulator) -> dict[str, dict[str, Any]]:
    """What was posted, by model_name, in the order of the requests."""
    posted = [body for method, _, body in emulator.calls if method == "POST"]
    return {body["model_name"]: body for body in posted}


def test_the_example_previews_two_stacks_from_one_base(stack: Stack) -> None:
    """The root project previews dev and prod from one base file, each with its own prices.

    `pulumi config set` edits a stack's file and leaves the schema's line and comments alone.
    """
    stack.copy_program(ROOT)
    with_stack(stack, "prod")
    path = "keywordsai:models.acme/route.input_cost"
    stack.pulumi("config", "set", "--path", path, "0.5")
    text = (stack.project / "Pulumi.dev.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=examples/model_catalog/")
    assert "# Too dear to try things out with." in text
    base = yaml.safe_load((ROOT / "examples/model_catalog/models.yaml").read_text())
    dev, prod = previewed(stack, "dev"), previewed(stack, "prod")
    assert set(dev) == set(base) - {"acme/writer"} | {"acme/plan-next"}
    assert set(prod) == set(base)
    assert {name for name in dev if name in prod and dev[name] != prod[name]} == {
        "acme/faq",
        "acme/agent",
        "acme/route",
    }
    assert dev["acme/route"]["input_cost"] == 0.5
    assert dev["acme/support-llm"]["input_cost"] == 2.5
    assert dev["acme/faq"] == {**base["acme/faq"], "input_cost": 0, "output_cost": 0}
    assert prod["acme/faq"] == base["acme/faq"]
    assert prod["acme/agent"] == {
        **base["acme/agent"],
        "function_call": 1,
        "input_cost": 3.3,
        "output_cost": 16.5,
        "cache_hit_input_cost": 0.33,
        "cache_creation_input_cost": 4.125,
    }


@long_form_of("e2e/test_catalog.py::test_the_example_previews_two_stacks_from_one_base")
def test_two_hundred_models_differ_exactly_where_the_files_differ(
    stack: Stack, emulator: Emulator
) -> None:
    """200 models from one base: dev and prod previews are the base with each stack's fields."""
    base = {
        f"acme/model-{number:03}": {
            "base_model_name": "gpt-4o",
            "input_cost": round(0.01 + number * 0.0375, 4),
            "output_cost": number,
            "max_context_window": 1000 * number,
        }
        for number in range(1, 201)
    }
    dev = {name: {"input_cost": 0} for name in list(base)[::10]}
    dev |= {"acme/model-200": None, "acme/model-002": {"max_context_window": None}}
    prod = {name: {"output_cost": 123.456} for name in list(base)[5::10]}
    prod["acme/only-prod"] = {"input_cost": {"per_1k": 0.0025}}
    stack.write_program(PROGRAM)
    write_yaml(stack.project / "models.yaml", base)
    stack.config("keywordsai:models", dev)
    with_stack(stack, "prod", prod)

    in_dev, in_prod = previewed(stack, "dev"), previewed(stack, "prod")

    expected = {name: {**fields, **(dev.get(name) or {})} for name, fields in base.items()}
    del expected["acme/model-200"], expected["acme/model-002"]["max_context_window"]
    assert in_dev == expected
    expected = {name: {**fields, **prod.get(name, {})} for name, fields in base.items()}
    assert in_prod == {**expected, "acme/only-prod": {"input_cost": 2.5}}
    assert bodies(emulator) == {}, "a preview sends nothing"


def test_shared_values_and_fractions_arrive(stack: Stack, emulator: Emulator) -> None:
    """Keys that begin with `x-` are models in neither file, and 0.7 in a map is sent so."""
    stack.write_program(PROGRAM)
    (stack.project / "models.yaml").write_text(
        "x-defaults: &d {base_model_name: gpt-4o, input_cost: 2}\n"
        "acme/a: {<<: *d, supported_params_override: {temperature: {default: 0.7, max: 1.0}}}\n"
    )
    stack.config("keywordsai:models", {})
    file = stack.project / "Pulumi.dev.yaml"
    file.write_text(
        file.read_text().replace(
            "models: {}",
            "models: {x-p: &p {output_cost: 0.3}, acme/a: *p, x-ai/grok-4: *p}",
        )
    )
    stack.up()
    assert bodies(emulator) == {
        "acme/a": {
            "model_name": "acme/a",
            "base_model_name": "gpt-4o",
            "input_cost": 2,
            "output_cost": 0.3,
            "supported_params_override": {"temperature": {"default": 0.7, "max": 1}},
        },
        "x-ai/grok-4": {"model_name": "x-ai/grok-4", "output_cost": 0.3},
    }


def test_ten_mistakes_are_ten_lines_in_one_preview(stack: Stack, emulator: Emulator) -> None:
    """Every mistake of every model is shown by one preview, with file, field and way out."""
    stack.write_program(PROGRAM)
    (stack.project / "models.yaml").write_text("""
negative: {input_cost: -1}
text: {output_cost: cheap}
flag: {input_cost: true}
typo: {inptu_cost: 2.50}
both: {custom_provider_id: a, provider_id: b}
unit: {input_cost: 0.0000025}
circle: {base_model_name: circle}
misspelt: {input_cost: {per_1000: 0.0025}}
ok: {input_cost: 2.50}
""")
    stack.config("keywordsai:models", {"ok": {"input_cost": "much"}, "okk": None})
    preview = stack.preview(check=False)
    assert preview.returncode != 0
    assert "Traceback" not in preview.output
    lines = [line.strip() for line in preview.output.splitlines()]
    start = lines.index("error: The model catalog has 10 mistakes; nothing was sent.")
    assert sorted(lines[start + 1 : start + 11]) == [
        "Pulumi.dev.yaml: ok: input_cost: must be a number of USD per million tokens "
        "(found 'much')",
        "Pulumi.dev.yaml: okk: removes a model that does not exist; did you mean ok?",
        "models.yaml: both: provider_id: is an alias of custom_provider_id; declare only one of "
        "the two (found 'b')",
        "models.yaml: circle: base_model_name: is the model itself; choose another base "
        "(found 'circle')",
        "models.yaml: flag: input_cost: must be a number of USD per million tokens (found True)",
        "models.yaml: misspelt: input_cost: must be a number, or one unit with its amount: "
        "per_token, per_1k, per_million (found {per_1000: 0.0025})",
        "models.yaml: negative: input_cost: must be 0 or more (found -1)",
        "models.yaml: text: output_cost: must be a number of USD per million tokens "
        "(found 'cheap')",
        "models.yaml: typo: inptu_cost: is not a field of a custom model; did you mean input_cost?",
        "models.yaml: unit: input_cost: is an unlikely price for a million tokens; add the unit, "
        "like {per_million: 0.0000025} or {per_token: 0.0000025} (found 0.0000025)",
    ]
    assert emulator.requests == []


def test_money_is_exact_through_the_engine(stack: Stack, emulator: Emulator) -> None:
    """Prices of up to 15 digits, as numbers or text, in base or stack, are sent as written."""
    prices = {
        f"m{number}-{kind}": text
        for number, text in enumerate(
            ["0.1", "0.3", "2.675", "1.005", "0.001", "999.999999999999", "123.456789012345"]
            + [f"{0.001 * 7**power:.15g}" for power in range(times(1, 8))]
            + ["1e-3", "2.5E+0", "3"]
        )
        for kind in ("number", "text", "unit")
    }

    def written(name: str) -> str:
        text = prices[name]
        kinds = {"number": text, "text": f'"{text}"', "unit": f"{{per_million: {text}}}"}
        return f"{name}: {{input_cost: {kinds[name.partition('-')[2]]}}}"

    stack.write_program(PROGRAM)
    half = list(prices)[::2]
    (stack.project / "models.yaml").write_text("\n".join(written(name) for name in half))
    stack.config("keywordsai:models", {})
    settings = stack.project / "Pulumi.dev.yaml"
    of_stack = "\n".join(f"    {written(name)}" for name in prices if name not in half)
    settings.write_text(settings.read_text().replace(" {}", f"\n{of_stack}"))
    stack.up()
    sent = {
        body["model_name"]: body["input_cost"]
        for request in emulator.requests
        if request.method == "POST"
        for body in [json.loads(request.body, parse_float=Decimal)]
    }
    assert sent == {name: Decimal(text) for name, text in prices.items()}


def test_units_and_list_prices_in_code(stack: Stack, emulator: Emulator) -> None:
    """A program declares prices in any unit, or the list's, as a catalog does, and the exact
    numbers are sent.
    """
    stack.write_program("""
from keywordsai_dynamic import (
    CustomModel, ModelCatalog, list_price, per_1k, per_million, per_token
)

CustomModel("a", input_cost=per_token("0.0000025"), output_cost=per_1k("0.01"))
listed = list_price("openai/gpt-4o-mini", markup="20%")
CustomModel("b", **listed | {"input_cost": per_million("0.1")})
priced = {"list_price": "openai/gpt-4o", "markup": "20%", "output_cost": 11}
ModelCatalog.from_dict({"c": priced}).declare()
""")
    stack.up()
    assert bodies(emulator) == {
        "a": {"model_name": "a", "input_cost": 2.5, "output_cost": 10},
        "b": {
            "model_name": "b",
            "input_cost": 0.1,
            "output_cost": 0.72,
            "cache_hit_input_cost": 0.09,
            "max_context_window": 128000,
        },
        "c": {
            "model_name": "c",
            "input_cost": 3,
            "output_cost": 11,
            "cache_hit_input_cost": 1.5,
            "max_context_window": 128000,
        },
    }


def test_secrets_and_outputs_pass_through(new_stack: NewStack) -> None:
    """A secret of the stack's file is sent, never shown; an Output is sent when it is known."""
    named = {"azure-eu-4711": {"provider_id": "azure-eu-4711", "provider_name": "Azure"}}
    with running_emulator(providers=named) as emulator:
        stack = new_stack(
            {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
        )
        stack.write_program(SECRETS_AND_OUTPUTS)
        path = "keywordsai:models.hidden.custom_provider_id"
        stack.pulumi("config", "set", "--path", "--secret", path, "azure-eu-4711")
        stack.pulumi("config", "set", "--path", "keywordsai:models.hidden.input_cost", "2.50")
        shown = stack.pulumi("preview", "--json").output
        up = stack.up()
        assert "azure-eu-4711" not in shown + up.output + str(stack.deployment())
        assert "2.5" in shown, "the price beside the secret is no secret"
        assert bodies(emulator) == {
            "hidden": {
                "model_name": "hidden",
                "custom_provider_id": "azure-eu-4711",
                "input_cost": 2.5,
            },
            "first": {"model_name": "first", "input_cost": 1},
            "second": {"model_name": "second", "custom_provider_id": "of-first", "output_cost": 2},
        }


IN_USE = {"agreed": {"output_cost": 4.25, "input_cost": "3.0917182818"}}
USUAL = {"agreed": {"output_cost": 4.25, "input_cost": 9}}
OTHER_PLACES = {
    "named": ["--config-file", "terms/agreed.yaml"],
    "named in one word": ["--config-file=terms/agreed.yaml"],
    "named, from another folder": ["--cwd", "app", "--config-file", "../terms/agreed.yaml"],
}


@pytest.mark.parametrize("place", few(OTHER_PLACES, 1))
def test_what_is_secret_is_read_where_the_configuration_is(stack: Stack, place: str) -> None:
    """Under `--config-file`, that file's secret price is secret, and its plain one is plain."""
    arguments = OTHER_PLACES[place]
    configured_elsewhere(stack, stack.project / "terms" / "agreed.yaml")
    assert applied("agreed", stack, *arguments) == {"input_cost": "[secret]", "output_cost": 4.25}
    mistaken = yaml.safe_load((stack.project / "terms" / "agreed.yaml").read_text())
    mistaken["config"]["keywordsai:models"]["agreed"]["output_cost"] = -1
    write_yaml(stack.project / "terms" / "agreed.yaml", mistaken)
    line = "agreed.yaml: agreed: output_cost: must be 0 or more (found -1)"
    assert line in stack.preview(*arguments, check=False).output


@long_form_of("unit/test_this_run.py::test_the_environment_names_the_configuration_too")
def test_what_is_secret_is_read_where_the_environment_names_the_configuration(
    stack: Stack,
) -> None:
    """PULUMI_OPTION_CONFIG_FILE is `--config-file`, and the usual file's words say nothing."""
    configured_elsewhere(stack, stack.project / "terms" / "agreed.yaml")
    stack.env["PULUMI_OPTION_CONFIG_FILE"] = "terms/agreed.yaml"
    assert applied("agreed", stack) == {"input_cost": "[secret]", "output_cost": 4.25}


@long_form_of("unit/test_catalog.py::test_stack_files_may_have_a_folder_of_their_own")
@pytest.mark.parametrize("setting", few(["stackConfigDir", "config"], 1))
def test_what_is_secret_is_read_in_the_folder_of_the_stack_files(
    stack: Stack, setting: str
) -> None:
    """A project that keeps its stacks' files in a folder has its secrets, and its plain prices."""
    configured_elsewhere(stack, stack.project / "terms" / "Pulumi.dev.yaml")
    settings = yaml.safe_load((stack.project / "Pulumi.yaml").read_text())
    write_yaml(stack.project / "Pulumi.yaml", {**settings, setting: "terms"})
    assert applied("agreed", stack) == {"input_cost": "[secret]", "output_cost": 4.25}


@long_form_of("e2e/test_catalog.py::test_an_inline_program_runs_elsewhere_than_its_workspace")
def test_a_program_that_cannot_see_the_file_in_use_shows_nothing_of_it(stack: Stack) -> None:
    """Where no file tells what is secret, as with a project above the program's, all of it is."""
    configured_elsewhere(stack, stack.project / "infra" / "Pulumi.dev.yaml")
    settings = yaml.safe_load((stack.project / "Pulumi.yaml").read_text())
    write_yaml(stack.project / "infra" / "Pulumi.yaml", {**settings, "main": "../app"})
    arguments = ["--cwd", "infra"]
    all_secret = {"input_cost": "[secret]", "output_cost": "[secret]"}
    assert applied("agreed", stack, *arguments) == all_secret


INLINE = """
import json, sys
from pulumi import automation
from keywordsai_dynamic import ModelCatalog

stack = automation.create_or_select_stack(
    "dev", project_name="test", program=lambda: ModelCatalog.from_config().declare(),
    opts=automation.LocalWorkspaceOptions(work_dir=sys.argv[1]),
)
stack.up(on_output=print)
"""


def test_an_inline_program_runs_elsewhere_than_its_workspace(stack: Stack) -> None:
    """The Automation API runs the program in its own folder; a file there is not the one in use."""
    configured_elsewhere(stack, stack.project / "workspace" / "Pulumi.dev.yaml")
    settings = (stack.project / "Pulumi.yaml").read_text()
    (stack.project / "workspace" / "Pulumi.yaml").write_text(settings)
    stack.run(sys.executable, "-c", INLINE, "workspace")
    assert costs_of("agreed", stack) == {"input_cost": "[secret]", "output_cost": "[secret]"}


def configured_elsewhere(stack: Stack, file: Path) -> None:
    """Write a program and a file with an agreed price, beside the usual file, which is another."""
    stack.write_program(PROGRAM.replace('base="models.yaml"', ""))
    path = "keywordsai:models.agreed.input_cost"
    stack.pulumi("config", "set", "--path", "--secret", path, IN_USE["agreed"]["input_cost"])
    usual = stack.project / "Pulumi.dev.yaml"
    content = yaml.safe_load(usual.read_text())
    content["config"]["keywordsai:models"]["agreed"]["output_cost"] = 4.25
    file.parent.mkdir()
    (stack.project / "app").mkdir()
    for module in stack.project.glob("*.py"):
        shutil.copy(module, stack.project / "app")
    write_yaml(file, content)
    write_yaml(usual, {**content, "config": {"keywordsai:models": USUAL}})


def applied(model: str, stack: Stack, *arguments: str) -> dict[str, Any]:
    """Apply the program, and give the prices of a model in the state.

    The stack itself looks for the secret one in all that was shown and written (leaks.py).
    """
    stack.up(*arguments)
    return costs_of(model, stack)


def costs_of(model: str, stack: Stack) -> dict[str, Any]:
    """The prices of a model in the state, without what is encrypted."""
    return {
        field: "[secret]" if isinstance(value, dict) else value
        for field, value in stack.resources()[model]["inputs"].items()
        if field.endswith("_cost")
    }


def test_a_wrong_secret_is_refused_unseen(stack: Stack, emulator: Emulator) -> None:
    """A mistake in a secret value is named without the value."""
    stack.write_program(PROGRAM.replace('base="models.yaml"', ""))
    path = "keywordsai:models.hidden.input_cost"
    stack.pulumi("config", "set", "--path", "--secret", path, "hunter2-hunter2")
    preview = stack.preview(check=False)
    line = "Pulumi.dev.yaml: hidden: input_cost: must be a number of USD per million tokens"
    assert f"{line} (found a secret)" in preview.output
    assert "hunter2-hunter2" not in preview.output
    assert emulator.requests == []


def test_a_base_is_made_before_its_heirs_and_deleted_after(
    stack: Stack, emulator: Emulator
) -> None:
    """A model that inherits from another one of the catalog waits for it."""
    stack.write_program(PROGRAM)
    line = ["e", "d", "c", "b", "a"]
    models = {
        name: {"input_cost": 1, **({"base_model_name": base} if base else {})}
        for name, base in zip(line, [*line[1:], None], strict=True)
    }
    write_yaml(stack.project / "models.yaml", models)
    stack.up()
    assert list(bodies(emulator)) == ["a", "b", "c", "d", "e"]
    stack.destroy()
    deleted = [path for method, path, _ in emulator.calls if method == "DELETE"]
    assert deleted == [f"/api/models/{name}/" for name in "edcba"]


@long_form_of("e2e/test_import_file.py::test_an_import_leaves_the_state_of_an_up")
def test_unusual_names_are_names(stack: Stack, emulator: Emulator) -> None:
    """Names with colons, spaces, quotes and other scripts live through up, preview and destroy."""
    stack.write_program(PROGRAM)
    names = ["a::b", "a b", 'say "hi"', "it's", "prix/€", "a$b", "模型", "a?b#c%d&e"]
    write_yaml(stack.project / "models.yaml", {name: {"input_cost": 1} for name in names})
    stack.up()
    assert set(emulator.models()) == set(names)
    stack.preview("--expect-no-changes")
    stack.destroy()
    assert emulator.models() == {}


def test_a_stack_without_models_says_so(stack: Stack, emulator: Emulator) -> None:
    """A stack that has no models at all is told where they go."""
    stack.write_program(PROGRAM.replace('base="models.yaml"', ""))
    preview = stack.preview(check=False)
    line = (
        "There are no models: Pulumi.dev.yaml has no keywordsai:models, and no base file is given."
    )
    assert f"error: {line}" in preview.output
    assert emulator.requests == []


PRICED_BY_A_LIST = """
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from genai_prices import data_snapshot, types

from keywordsai_dynamic import CustomModel, ModelCatalog, list_price


def entry(name, now, later):
    day = datetime.now(UTC).date() + timedelta(days=10)
    cost = lambda usd: types.ModelPrice(input_mtok=Decimal(usd), output_mtok=Decimal(1))
    return types.ModelInfo(name, types.ClauseStartsWith(name), prices=[
        types.ConditionalPrice(prices=cost(now)),
        types.ConditionalPrice(types.StartDateConstraint(day), prices=cost(later)),
    ])


entries = [entry("chat", 2, 2), entry("dated", 2, 4)]
own = types.Provider("acme", "Acme", "acme", models=entries)
data_snapshot.set_custom_snapshot(data_snapshot.DataSnapshot([own], from_auto_update=False))

ModelCatalog.from_dict({
    "sibling": {"list_price": "acme/chat-turbo"},
    "another": {"list_price": "acme/chat-turbo"},
    "version": {"list_price": "acme/chat-2024-08-06"},
    "one": {"list_price": "acme/dated"},
    "two": {"list_price": "acme/dated", "markup": "20%"},
    "written": {"list_price": "acme/dated", "input_cost": 3},
}).declare()
for name in ("three", "four"):
    CustomModel(name, **list_price("acme/chat-mini"))
"""


def test_the_preview_says_whose_list_price_it_takes_and_what_changes(stack: Stack) -> None:
    """A sibling's price once for its id, a change to come for each model of a catalog that takes
    it; `list_price` has no resource, and says it once.
    """
    stack.write_program(PRICED_BY_A_LIST)
    said = [
        (
            each["severity"],
            each.get("urn", "").rpartition("::")[2],
            each["message"].strip().removeprefix("warning: "),
        )
        for each in stack.preview_json()["diagnostics"]
    ]
    day = datetime.now(UTC).date() + timedelta(days=10)
    why = f"because {data_version()} has no entry for it"
    turbo = f"list price of acme/chat used for acme/chat-turbo, {why}"
    mini = f"list price of acme/chat used for acme/chat-mini, {why}"
    version = f"list price of acme/chat used for acme/chat-2024-08-06, {why}"
    dated = f"list price of acme/dated changes on {day}: input_cost 2 → 4"
    assert sorted(said) == sorted(
        [
            ("warning", "sibling", turbo),
            ("info", "version", version),
            ("warning", "one", dated),
            ("warning", "two", dated),
            ("warning", "", mini),
        ]
    )
