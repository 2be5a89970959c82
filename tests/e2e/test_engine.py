"""The engine that `make engine` found runs a Python program with a dynamic provider."""

from pulumi_stack import NewStack

PROGRAM = """
import pulumi
from note import Note

note = Note("greeting", {"text": pulumi.Config().require("text"), "key": "hidden"})
pulumi.export("text", note.text)
"""

NOTE = """
import os
from pathlib import Path
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult

class Notes(ResourceProvider):
    serialize_as_secret_always = False

    def create(self, props):
        Path(os.environ["NOTES"], "note").write_text(props["text"])
        return CreateResult("note", props)

    def update(self, id, olds, news):
        Path(os.environ["NOTES"], id).write_text(news["text"])
        return UpdateResult(news)

    def delete(self, id, props):
        Path(os.environ["NOTES"], id).unlink()

class Note(Resource):
    def __init__(self, name, props):
        super().__init__(Notes(), name, props)
"""


def test_a_dynamic_provider_creates_updates_and_deletes(new_stack: NewStack) -> None:
    """Create, update and delete reach the provider's code, and `preview` tells them beforehand."""
    stack = new_stack()
    notes = stack.project.parent / "notes"
    notes.mkdir()
    stack.env["NOTES"] = str(notes)
    stack.write_program(PROGRAM, note=NOTE)

    stack.config("test:text", "hello")
    assert [step["op"] for step in stack.preview_json()["steps"]] == ["create", "create"]
    stack.up()
    assert {file.name: file.read_text() for file in notes.iterdir()} == {"note": "hello"}
    assert stack.outputs() == {"text": "hello"}

    stack.config("test:text", "goodbye")
    assert '~ text: "hello" => "goodbye"' in stack.preview().stdout
    stack.up()
    assert {file.name: file.read_text() for file in notes.iterdir()} == {"note": "goodbye"}

    stack.destroy()
    assert list(notes.iterdir()) == []
    assert stack.resources() == {}


def test_a_killed_run_leaves_no_process_behind(new_stack: NewStack) -> None:
    """The harness itself: killing a run in the middle of a create ends all of its processes."""
    stack = new_stack()
    slow = NOTE.replace("write_text(props[", "write_text(time.sleep(60) or props[")
    stack.write_program("import note\nnote.Note('greeting', {})", note="import time\n" + slow)
    stack.env["NOTES"] = str(stack.project)
    running = stack.start("up", "--yes", "--skip-preview")
    running.wait_for("greeting creating")
    commands = " ".join(running.processes().values())
    assert "pulumi-language-python" in commands
    assert "pulumi.dynamic" in commands
    running.kill()
    assert running.processes() == {}
