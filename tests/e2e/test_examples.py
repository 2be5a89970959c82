"""Every folder of examples/ works as it stands."""

from pathlib import Path

import pytest
from harness.lengths import long_form_of
from harness.pulumi_stack import Stack

from keywordsai_dynamic.emulator import Emulator

ROOT = Path(__file__).parents[2]
EXAMPLES = {folder.name: folder for folder in (ROOT / "examples").iterdir() if folder.is_dir()}
PROGRAMS = [name for name, folder in EXAMPLES.items() if (folder / "__main__.py").exists()]
# Other tests that run one of the examples, whole.
TRIED_ELSEWHERE = {
    "model_catalog": "e2e/test_demo.py::test_the_demo_tells_its_story_and_leaves_nothing",
    "one_model": "distribution/test_wheel.py::test_the_smallest_example_runs_from_the_wheel",
    "testing_your_program": "docs/test_pages.py::test_a_section_works_as_it_is_typed",
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name, marks=long_form_of(TRIED_ELSEWHERE[name]) if name in TRIED_ELSEWHERE else ()
        )
        for name in PROGRAMS
    ],
)
def test_a_program_is_applied_and_taken_down(name: str, stack: Stack, emulator: Emulator) -> None:
    """A program makes what it declares, has nothing to do after that, and leaves nothing behind."""
    has_settings = (EXAMPLES[name] / "Pulumi.yaml").exists()
    stack.copy_program(EXAMPLES[name] if has_settings else ROOT)  # the root's program is one
    stack.up()
    assert emulator.models()
    made = emulator.models().keys() | emulator.providers().keys()
    assert {resource["id"] for resource in stack.resources().values()} == made
    stack.preview("--expect-no-changes")
    stack.destroy()
    assert (emulator.models(), emulator.providers()) == ({}, {})


def test_the_roots_program_is_an_example() -> None:
    """`pulumi up` in a clone runs the example that has no settings of its own."""
    main = f"main: {(EXAMPLES['model_catalog']).relative_to(ROOT)}"
    assert main in (ROOT / "Pulumi.yaml").read_text().splitlines()
    assert [name for name in PROGRAMS if not (EXAMPLES[name] / "Pulumi.yaml").exists()] == [
        "model_catalog"
    ]


@pytest.mark.parametrize("name", sorted(EXAMPLES.keys() - set(PROGRAMS)))
def test_what_is_no_program_has_a_test_of_its_own(name: str) -> None:
    """Files that are meant for somewhere else are tried there by another test of this folder."""
    others = [file for file in Path(__file__).parent.glob("test_*.py") if file != Path(__file__)]
    assert any(f"/{name}" in file.read_text() or f'"{name}"' in file.read_text() for file in others)
