"""The harness of these tests: what it starts, it can end."""

from harness.pulumi_stack import NewStack

PROGRAM = """
from pulumi.dynamic import Resource, ResourceProvider

class Slow(ResourceProvider):
    def create(self, props):
        import time
        time.sleep(60)

class Note(Resource):
    def __init__(self):
        super().__init__(Slow(), "greeting", {})

Note()
"""


def test_a_killed_run_leaves_no_process_behind(new_stack: NewStack) -> None:
    """Killing a run in the middle of a create ends the CLI, the host, program and provider."""
    stack = new_stack()
    stack.write_program(PROGRAM)
    running = stack.start("up", "--yes", "--skip-preview")
    running.wait_for("greeting creating")
    commands = " ".join(running.processes().values())
    assert "pulumi-language-python" in commands
    assert "pulumi.dynamic" in commands
    running.kill()
    assert running.processes() == {}
