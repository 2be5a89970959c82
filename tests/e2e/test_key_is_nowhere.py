"""The key and secret values enter no state, preview, plan, log or message (leaks.py looks)."""

import pytest
from harness.leaks import KEY, PROGRAM
from harness.lengths import few
from harness.pulumi_stack import NewStack, Stack

from keywordsai_dynamic.emulator import running_emulator

PLAIN = """
from keywordsai_dynamic import CustomModel
CustomModel("acme/support-llm", input_cost=2.5)
"""
LOGS = ("--logtostderr", "--logflow")


@pytest.mark.parametrize(
    ("origin", "gzipped"), few([("environment", "true"), ("configuration", "false")], 1)
)
def test_the_key_is_nowhere(new_stack: NewStack, origin: str, gzipped: str) -> None:
    """Plans, updates, refreshes, exports, refusals and the most talkative logs, on the terminal and
    in files, hold no trace of the key, nor of a secret price, text or map.
    """
    with running_emulator(api_keys={KEY: "acme"}) as emulator:
        stack = new_stack({"KEYWORDSAI_BASE_URL": emulator.url, "PULUMI_DIY_BACKEND_GZIP": gzipped})
        stack.write_program(PROGRAM.format(1))
        if origin == "environment":
            stack.env["KEYWORDSAI_API_KEY"] = KEY
        else:
            stack.config("keywordsai:apiKey", KEY, secret=True)

        stack.pulumi("preview", "--json", "--save-plan", "plan.json", "-v=8", *LOGS)
        stack.up("--plan", "plan.json", "-v=8", *LOGS)
        stack.pulumi("stack", "export", "--file", "state.json")
        assert emulator.models()["acme/support-llm"]["input_cost"] == 2.7182818
        emulator.edit_model("acme/support-llm", input_cost=9, display_name="Theirs")
        stack.write_program(PROGRAM.format(3))
        refused = stack.up("-v=9", *LOGS, check=False)
        stack.refresh("--diff", "-v=9")

        assert refused.returncode != 0, "its message is one of those looked at"
        written = {file.name.partition(".")[0] for file in stack.project.parent.glob("tmp/*")}
        assert "pulumi" in written, "the log files are looked at too"


def test_a_key_of_the_environment_is_in_no_record_of_the_engine(stack: Stack) -> None:
    """What the CLI writes for finding its faults holds secrets (SECURITY.md), and not this one.

    The stack itself looks for it at the end (leaks.py).
    """
    trace, calls = stack.project / "trace.out", stack.project / "calls.json"
    stack.write_program(PLAIN)
    record = {"PULUMI_DEBUG_GRPC": str(calls)}
    stack.up("-v=9", "--tracing", f"file:{trace}", env=record)
    assert "acme/support-llm" in trace.read_text(errors="replace")
    assert "acme/support-llm" in calls.read_text()
