"""The harness of these tests: what it starts, it can end."""

import subprocess

from harness.cli_run import processes
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


def test_processes_of_others_may_have_any_command_line() -> None:
    """A command line that is not UTF-8, of whoever shares the machine, ends no run."""
    command = [b"sh", b"-c", b"echo; read answer", b"\xff"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:  # noqa: S603  (our own)
        assert other.stdin
        assert other.stdout
        other.stdout.readline()  # from here on it has its command line
        found = dict(processes())[other.pid]
        other.stdin.close()
    assert found == "sh -c echo; read answer \ufffd"
