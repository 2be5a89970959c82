"""Secret values that the service repeats, or that stand under another name, are shown nowhere.

Each stack looks for its secrets in all that it printed and wrote when its test is over (leaks.py).
"""

from copy import deepcopy

import pytest
from harness import set_programs
from harness.lengths import few, long_form_of
from harness.pulumi_stack import Stack
from harness.set_programs import Code
from harness.traces import told
from harness.yaml_program import write_yaml

from keywordsai_dynamic.emulator import Emulator

PROGRAM = """
import pulumi
from keywordsai_dynamic import CustomModel
from pulumi import Output, ResourceOptions
CustomModel("support-llm", model_name="acme/support-llm", {arguments})
"""


def test_secrets_that_the_service_repeats_are_hidden(stack: Stack, emulator: Emulator) -> None:
    """A price in any unit, rounded, or beside the key, and a text in escapes, as `\\u0041cme`,
    which is Acme to whoever reads it. Numbers that tell nothing stay.
    """
    escaped = "".join(f"\\u{ord(each):04x}" for each in "Acme Unannounced")
    words = (
        "input_cost 0.0271828183 (2.71828183e-08 a token, about $0.02718) is out of range, which "
        f"is 0.5 to 1000, for {emulator.api_key} of {escaped}"
    )
    emulator.faults.fail_next(1, status=400, body={"detail": words}, method="POST")
    hidden = (
        "input_cost=Output.secret(0.0271828183), display_name=Output.secret('Acme Unannounced')"
    )
    stack.write_program(PROGRAM.format(arguments=hidden))

    result = stack.up(check=False)

    assert result.returncode != 0
    assert (
        "POST /api/models/ returned 400: input_cost [secret] ([secret] a token, about "
        "$[secret]) is out of range, which is 0.5 to 1000, for [key] of [secret]"
    ) in " ".join(told(result))


def test_a_secret_base_that_does_not_exist_is_hidden(stack: Stack, emulator: Emulator) -> None:
    """Neither the service's words nor ours, which name the base otherwise, show it."""
    stack.write_program(
        PROGRAM.format(arguments="base_model_name=Output.secret('acme/hidden-base-2718')")
    )

    result = stack.up(check=False)

    assert result.returncode != 0
    said = " ".join(told(result))
    assert "The base model is '[secret]'; `keywordsai-dynamic models --all` lists all" in said


@long_form_of(
    "plugin/test_provider_process.py::test_what_may_be_secret_by_a_transform_is_secret_in_the_state"
)
def test_a_copy_of_a_secret_output_is_secret_in_the_state(stack: Stack, emulator: Emulator) -> None:
    """Of a service that rounds, the state holds the declared price beside the answered one."""
    emulator.dialect.price_decimals = 2
    by_option = "opts=ResourceOptions(additional_secret_outputs=['input_cost'])"
    by_transform = (
        "opts=ResourceOptions(transforms=[lambda args: pulumi.ResourceTransformResult(args.props, "
        "ResourceOptions.merge(args.opts, ResourceOptions(additional_secret_outputs=['input_cost']"
        ")))])"
    )
    for option in (by_option, by_transform):
        stack.write_program(PROGRAM.format(arguments=f"input_cost=0.0271828183, {option}"))
        stack.up()
        stack.refresh()
        outputs = stack.resources()["support-llm"]["outputs"]
        assert {name for name, value in outputs.items() if "0.0271828183" in str(value)} == set()
        assert "ciphertext" in outputs["__declared"]
        stack.destroy()


def test_an_undeclared_output_that_is_to_be_secret_is(stack: Stack, emulator: Emulator) -> None:
    """`additional_secret_outputs` may name what the service answers, of a model that is only read
    too.
    """
    emulator.put_model("acme/base", input_cost=2.7182818, display_name="Acme Unannounced")
    emulator.put_model("acme/support-llm", display_name="Acme Unannounced", input_cost=1)
    stack.secrets.add(["2.7182818", "Acme Unannounced"])
    option = "opts=ResourceOptions(additional_secret_outputs=['display_name'])"
    stack.write_program(
        PROGRAM.format(arguments=f"input_cost=1, {option}")
        + """
secret = ResourceOptions(additional_secret_outputs=["input_cost", "display_name"])
base = CustomModel.get("base", "acme/base", opts=secret)
pulumi.export("cost", base.input_cost)
"""
    )

    stack.up()
    stack.refresh()

    assert "ciphertext" in stack.resources()["support-llm"]["outputs"]["__answered"]


SECRET = {
    "python": {
        "input_cost": Code("Output.secret(7.2468135)"),
        "display_name": Code("Output.secret('Acme Unannounced')"),
    },
    "yaml": {
        "input_cost": {"fn::secret": 7.2468135},
        "display_name": {"fn::secret": "Acme Unannounced"},
    },
}


@pytest.mark.parametrize("door", set_programs.DOORS)
def test_a_secret_that_a_program_gives_up_stays_secret(
    stack: Stack, emulator: Emulator, door: str
) -> None:
    """Live models keep the value, of a set and of a resource of its own, and so does the state,
    under another name too, whatever is read or written since.
    """
    for output_cost, hidden in ((5, SECRET[door]), (5, {}), (6, {})):
        fields = {"output_cost": output_cost, **hidden}
        sets = {"prices": {"acme/a": fields, "acme/b": {"input_cost": 1}}}
        set_programs.DOORS[door](stack, sets, {"single": deepcopy(fields)})
        stack.up()
        assert stack.leaks() == []
    stack.refresh()
    assert stack.leaks() == []
    held = {
        name: (model["input_cost"], model["display_name"])
        for name, model in emulator.models().items()
    }
    secret = 7.2468135, "Acme Unannounced"
    assert held == {"acme/a": secret, "acme/b": (1, None), "single": secret}


def test_a_secret_of_a_provider_that_a_program_gives_up_leaves_the_state(
    stack: Stack, emulator: Emulator
) -> None:
    """Nothing but what is declared is in it; what is left of a map stays secret with it."""
    program = """
resources:
  vllm:
    type: keywordsai:CustomProvider
    properties:
      providerName: {name}
      extraKwargs: {{stream: true{more}}}
"""
    hidden = ", organization: {fn::secret: acme-unannounced}"
    for more, name in ((hidden, "vLLM"), ("", "vLLM"), ("", "vLLM 2")):
        write_yaml(stack, program.format(more=more, name=name))
        stack.up()
        assert stack.leaks() == []
    stack.refresh()
    assert stack.leaks() == []
    (held,) = emulator.providers().values()
    assert held["provider_name"] == "vLLM 2"


def test_a_refused_replacement_shows_no_secret_of_the_state(
    stack: Stack, emulator: Emulator
) -> None:
    """What was secret when the state was written is, whatever the program says now."""
    stack.write_program(PROGRAM.format(arguments="input_cost=Output.secret(2.7182818)"))
    stack.up()
    emulator.edit_model("acme/support-llm", input_cost=9)
    option = "opts=ResourceOptions(replace_on_changes=['*'])"
    stack.write_program(PROGRAM.format(arguments=f"input_cost=7, {option}"))

    refused = stack.up(check=False)

    assert refused.returncode != 0
    assert "input_cost  last [secret] → live [secret]" in refused.output


HIDDEN_WAYS = {
    "a transform of the resource": """
def hide(args):
    props = {**args.props, "input_cost": Output.secret(2.7182818)}
    return pulumi.ResourceTransformResult(props, args.opts)
CustomModel("m", model_name="acme/m", opts=ResourceOptions(transforms=[hide]))
""",
    "a transformation of the resource": """
def hide(args):
    props = {**args.props, "input_cost": Output.secret(2.7182818)}
    return pulumi.ResourceTransformationResult(props, args.opts)
CustomModel("m", model_name="acme/m", opts=ResourceOptions(transformations=[hide]))
""",
    "a transform of the stack": """
def hide(args):
    props = {**args.props, "input_cost": Output.secret(2.7182818)}
    return pulumi.ResourceTransformResult(props, args.opts)
pulumi.runtime.register_resource_transform(hide)
CustomModel("m", model_name="acme/m")
""",
    "a transformation of the stack": """
def hide(args):
    props = {**args.props, "input_cost": Output.secret(2.7182818)}
    return pulumi.ResourceTransformationResult(props, args.opts)
pulumi.runtime.register_stack_transformation(hide)
CustomModel("m", model_name="acme/m")
""",
    "a transform of a component": """
def hide(args):
    if args.type_ != "acme:Team":
        props = {**args.props, "input_cost": Output.secret(2.7182818)}
        return pulumi.ResourceTransformResult(props, args.opts)
team = pulumi.ComponentResource("acme:Team", "team", opts=ResourceOptions(transforms=[hide]))
CustomModel("m", model_name="acme/m", opts=ResourceOptions(parent=team))
""",
    "a model that a transform adds to a set": """
def add(args):
    models = {**args.props["models"], "acme/m": {"input_cost": Output.secret(2.7182818)}}
    return pulumi.ResourceTransformResult({**args.props, "models": models}, args.opts)
ModelSet("m", models={}, opts=ResourceOptions(transforms=[add]))
""",
    "a coroutine": """
async def price():
    return Output.secret(2.7182818)
CustomModel("m", model_name="acme/m", input_cost=price())
""",
    "a map that is no dict": """
from types import MappingProxyType
CustomModel("m", model_name="acme/m", input_cost=1,
    supported_params_override=MappingProxyType({"a": Output.secret("hidden-base-2718")}))
""",
}


@pytest.mark.parametrize("way", few(sorted(HIDDEN_WAYS), 1))
def test_a_secret_is_hidden_however_it_comes(stack: Stack, emulator: Emulator, way: str) -> None:
    """Neither in the words of the service nor in the state."""
    stack.write_program(PROGRAM.partition("CustomModel(")[0] + HIDDEN_WAYS[way])
    words = "no: {input_cost}, {supported_params_override}"
    emulator.faults.fail_next(1, status=400, body={"detail": words}, method="POST")
    assert "[secret]" in stack.up(check=False).output
    stack.up()


def test_words_that_look_like_colours_do_not_crash_the_cli(
    stack: Stack, emulator: Emulator
) -> None:
    """The Pulumi CLI panics at a colour that it does not know, in the middle of an update."""
    stack.write_program(PROGRAM.format(arguments="input_cost=1"))
    words = {"detail": "use the form <{%model%}>"}
    emulator.faults.fail_next(1, status=400, body=words, method="POST")
    assert "use the form <\\{%model%}>" in stack.up("--color", "always", check=False).output

    emulator.put_model("acme/support-llm", display_name="<{%x%}>", input_cost=1)
    stack.write_program(PROGRAM.format(arguments="input_cost=1, display_name='Ours'"))
    refused = stack.up("--color", "always", check=False)
    assert "declared Ours → live <\\{%x%}>" in refused.output

    emulator.edit_model("acme/support-llm", display_name="Ours")
    stack.up("--color", "always")
    emulator.edit_model("acme/support-llm", display_name="<{%x%}>")
    stack.refresh("--diff", "--color", "always")
