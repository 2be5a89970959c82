"""Secret values that the service repeats, or that stand under another name, are shown nowhere.

Each stack looks for its secrets in all that it printed and wrote when its test is over (leaks.py).
"""

from pulumi_stack import Stack
from traces import told

from keywordsai_dynamic.emulator import Emulator

PROGRAM = """
import pulumi
from keywordsai_dynamic import CustomModel
from pulumi import Output, ResourceOptions
CustomModel("support-llm", model_name="acme/support-llm", {arguments})
"""


def test_a_secret_price_that_the_service_repeats_is_hidden(
    stack: Stack, emulator: Emulator
) -> None:
    """In any unit, rounded, or beside the key; numbers that tell nothing stay."""
    words = (
        "input_cost 0.0271828183 (2.71828183e-08 a token, about $0.02718) is out of range, which "
        f"is 0.5 to 1000, for {emulator.api_key}"
    )
    emulator.faults.fail_next(1, status=400, body={"detail": words}, method="POST")
    stack.write_program(PROGRAM.format(arguments="input_cost=Output.secret(0.0271828183)"))

    result = stack.up(check=False)

    assert result.returncode != 0
    assert (
        "POST /api/models/ was answered 400: input_cost [secret] ([secret] a token, about "
        "$[secret]) is out of range, which is 0.5 to 1000, for [key]"
    ) in " ".join(told(result))


def test_a_secret_base_that_does_not_exist_is_hidden(stack: Stack, emulator: Emulator) -> None:
    """Neither the service's words nor ours, which name the base otherwise, show it."""
    stack.write_program(
        PROGRAM.format(arguments="base_model_name=Output.secret('acme/hidden-base-2718')")
    )

    result = stack.up(check=False)

    assert result.returncode != 0
    said = " ".join(told(result))
    assert "base_model_name is '[secret]'; `keywordsai-dynamic models --all` lists what" in said


def test_a_secret_text_that_the_service_escapes_is_hidden(stack: Stack, emulator: Emulator) -> None:
    """`\\u0041cme` is Acme to whoever reads it."""
    escaped = "".join(f"\\u{ord(each):04x}" for each in "Acme Unannounced")
    emulator.faults.fail_next(
        1, status=422, body={"display_name": [f"bad: {escaped}"]}, method="POST"
    )
    stack.write_program(PROGRAM.format(arguments="display_name=Output.secret('Acme Unannounced')"))

    result = stack.up(check=False)

    assert "display_name: bad: [secret]" in " ".join(told(result))


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
    """`additional_secret_outputs` may name what the service answers."""
    emulator.put_model("acme/base", display_name="Acme Unannounced", input_cost=1)
    emulator.put_model("acme/support-llm", display_name="Acme Unannounced", input_cost=1)
    option = "opts=ResourceOptions(additional_secret_outputs=['display_name'])"
    stack.write_program(PROGRAM.format(arguments=f"input_cost=1, {option}"))
    stack.secrets.add("Acme Unannounced")

    stack.up()
    stack.refresh()

    assert "ciphertext" in stack.resources()["support-llm"]["outputs"]["__answered"]
