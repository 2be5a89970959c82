"""The likeliest mistakes, through the real CLI: one clear line each, with the way out."""

import pytest
from harness.cli_run import Result
from harness.lengths import few, long_form_of
from harness.pulumi_stack import Stack
from harness.traces import told, without_host_noise

from keywordsai_dynamic.emulator import Emulator

ONE = "from keywordsai_dynamic import CustomModel\nCustomModel('support-llm', {arguments})\n"

IN_PREVIEW = {
    "text for a price": (
        "input_cost='cheap'",
        "support-llm': property input_cost value {cheap} has a problem: "
        "must be a number of USD per million tokens",
    ),
    "a bool for a price": (
        "input_cost=True",
        "support-llm': property input_cost value {true} has a problem: "
        "must be a number of USD per million tokens",
    ),
    "a negative price": (
        "output_cost=-2.5",
        "support-llm': property output_cost value {-2.5} has a problem: must be 0 or more",
    ),
    "NaN": (
        "input_cost=float('nan')",
        "support-llm': property input_cost value {nan} has a problem: "
        "must be a finite number of USD per million tokens",
    ),
    "a leading slash": (
        "model_name='/acme'",
        "support-llm': property model_name value {/acme} has a problem: "
        "must not begin or end with a slash",
    ),
    "both provider ids": (
        "custom_provider_id='a', provider_id='b'",
        "support-llm': property provider_id value {b} has a problem: "
        "is an alias of custom_provider_id; declare only one of the two",
    ),
}

IN_PROGRAM = {
    "a number beyond every number": (
        "CustomModel('a', input_cost=10**400)",
        "input_cost is too large.",
    ),
    "half a character, known late": (
        "CustomModel('a', display_name=pulumi.Output.from_input('half \\ud83d'))",
        "display_name contains a lone surrogate (half a character), which UTF-8 cannot encode.",
    ),
    "half a character in a resource's name": (
        "CustomModel('half \\ud83d', input_cost=1)",
        "The resource's name contains a lone surrogate (half a character), which UTF-8 cannot "
        "encode.",
    ),
    "a map that holds itself": (
        "around = {}; around['a'] = around; CustomModel('a', supported_params_override=around)",
        "… is nested more than 50 levels deep.",
    ),
    "bytes in a secret map": (
        "CustomModel('a', supported_params_override=pulumi.Output.secret({'stop': b'hush-hush'}))",
        "supported_params_override['stop'] is of type bytes, which Pulumi cannot send.",
    ),
    "a secret name that is read": (
        "CustomModel.get('a', pulumi.Output.secret('acme/hush'))",
        "model_name must not be secret: it is the resource's id, which every state and message "
        "shows; unwrap it with pulumi.Output.unsecret",
    ),
}


def errors(result: Result) -> str:
    """What the CLI says went wrong, as one text without the old host's own traceback."""
    said = without_host_noise(result.output)
    assert "Traceback" not in said, str(result)
    return said


@long_form_of("e2e/test_mistakes.py::test_all_problems_of_a_model_come_at_once")
@pytest.mark.parametrize("mistake", IN_PREVIEW)
def test_a_wrong_value_is_one_line_in_preview(
    stack: Stack, emulator: Emulator, mistake: str
) -> None:
    """A value that cannot be is named with resource, property and limit; nothing is sent."""
    arguments, line = IN_PREVIEW[mistake]
    stack.write_program(ONE.format(arguments=arguments))

    result = stack.preview(check=False)

    assert result.returncode != 0
    assert line in errors(result)
    assert emulator.calls == []


@pytest.mark.parametrize("mistake", few(IN_PROGRAM, 1))
def test_what_cannot_be_sent_is_one_line_in_preview(
    stack: Stack, emulator: Emulator, mistake: str
) -> None:
    """What would break Pulumi's own code is named by the program, without a traceback."""
    line, sentence = IN_PROGRAM[mistake]
    stack.write_program(f"import pulumi\nfrom keywordsai_dynamic import CustomModel\n{line}\n")

    result = stack.preview(check=False)

    assert result.returncode != 0
    assert sentence in errors(result)
    assert "hush" not in result.output
    assert emulator.calls == []


def test_a_name_that_steers_a_terminal_is_not_repeated(stack: Stack) -> None:
    """The engine prints the value of a property that is named to it, escapes included."""
    stack.write_program(ONE.format(arguments="model_name='acme/\\x1b[31mred'"))

    said = errors(stack.preview(check=False))

    assert "model_name must not contain control or other invisible characters" in said
    assert "\x1b[31mred" not in said


def test_all_problems_of_a_model_come_at_once(stack: Stack) -> None:
    """Two wrong values of one model are two lines of one preview."""
    stack.write_program(ONE.format(arguments="input_cost=-1, function_call='yes'"))

    said = errors(stack.preview(check=False))

    assert "property input_cost value {-1} has a problem: must be 0 or more" in said
    assert "property function_call value {yes} has a problem: must be a boolean" in said


def test_a_missing_key_lets_preview_pass_and_stops_up(stack: Stack) -> None:
    """Without a key preview works and says what it left out; `up` names both ways to set one."""
    stack.write_program(ONE.format(arguments="input_cost=1"))
    no_key = {"KEYWORDSAI_API_KEY": None}

    up = stack.pulumi("up", "--yes", env=no_key, check=False)

    skipped = [line for line in told(up) if "Skipped checking for existing models" in line]
    assert len(skipped) == 1
    assert "there is no API key" in up.output
    assert up.returncode != 0
    assert (
        "ConfigurationError: No Keywords AI API key. Run `pulumi config set --secret "
        "keywordsai:apiKey KEY`, or set KEYWORDSAI_API_KEY."
    ) in errors(up)
    assert stack.resources() == {}


def test_a_wrong_key_is_named_by_its_origin(stack: Stack, emulator: Emulator) -> None:
    """A key that the service refuses stops the preview; its origin is said, its text is not."""
    stack.write_program(ONE.format(arguments="input_cost=1"))

    result = stack.preview(env={"KEYWORDSAI_API_KEY": "a-key-nobody-knows"}, check=False)

    assert result.returncode != 0
    said = errors(result)
    assert "resource 'support-llm' has a problem: GET /api/models/?all=true returned 401" in said
    assert "The key came from KEYWORDSAI_API_KEY." in said
    assert "KEYWORDSAI_API_KEY_OVERRIDE" in said
    assert "a-key-nobody-knows" not in result.output
    assert [method for method, *_ in emulator.calls] == ["GET"]


def test_an_unreachable_host_is_named(stack: Stack) -> None:
    """Where no answer comes, `up` names the host and where to set it; the state stays as it was."""
    stack.write_program(ONE.format(arguments="input_cost=1"))
    nowhere = {"KEYWORDSAI_BASE_URL": "http://127.0.0.1:9", "KEYWORDSAI_DEADLINE": "2"}

    result = stack.up(env=nowhere, check=False)

    assert result.returncode != 0
    said = errors(result)
    assert "APIConnectionError: http://127.0.0.1:9 could not be reached" in said
    assert "Check the network and the base URL (KEYWORDSAI_BASE_URL or keywordsai:baseUrl)" in said
    assert stack.resources() == {}


@long_form_of("unit/test_settings.py::test_a_key_is_not_sent_unencrypted")
def test_plain_http_to_another_host_is_refused(stack: Stack) -> None:
    """A base URL that would send the key unencrypted fails the preview of the first model."""
    stack.write_program(ONE.format(arguments="input_cost=1"))
    stack.config("keywordsai:baseUrl", "http://models.example.com")

    result = stack.preview(check=False)

    assert result.returncode != 0
    assert (
        "resource 'support-llm' has a problem: The base URL http://models.example.com would send "
        "the API key unencrypted; use https:// or a loopback address."
    ) in errors(result)


@long_form_of("e2e/test_secrets.py::test_a_secret_base_that_does_not_exist_is_hidden")
def test_an_unknown_base_model_is_the_services_word(stack: Stack, emulator: Emulator) -> None:
    """What only the service can know is said in its words, with the field and the way out."""
    stack.write_program(ONE.format(arguments="base_model_name='gpt-nobody-trained'"))

    result = stack.up(check=False)

    assert result.returncode != 0
    assert (
        "KeywordsAIError: POST /api/models/ returned 400: Base model not found. "
        "The base model is 'gpt-nobody-trained'; `keywordsai-dynamic models --all` lists all "
        "models."
    ) in errors(result)
    assert stack.resources() == {}
    assert emulator.models() == {}
