"""Programs in TypeScript and Go that pages show, with the SDK that Pulumi generates."""

import json
from pathlib import Path

import pytest
from harness.lengths import long_form_of
from harness.pulumi_stack import Stack
from harness.typed_programs import copy_typed
from pages import Block, all_pages

from keywordsai_dynamic.emulator import Emulator

ROOT = Path(__file__).parents[2]
PAGES = all_pages(ROOT)
FILES = {"typescript": "index.ts", "go": "main.go"}
PROGRAMS = {
    block.place: block
    for page in PAGES
    for section in page.sections
    for block in section.blocks
    if block.language in FILES and block.not_run.endswith("`make test-long` runs it")
}


@long_form_of("e2e/test_languages.py::test_a_stack_lives")
@pytest.mark.timeout(900)  # the first Go program on a machine compiles Pulumi's SDK
@pytest.mark.parametrize("block", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_of_a_page_runs(
    block: Block, stack: Stack, emulator: Emulator, tmp_path: Path
) -> None:
    """It compiles, makes what it declares, and has nothing to do after that."""
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / FILES[block.language]).write_text(block.text)
    copy_typed(stack, block.language, folder)
    stack.up()
    made = emulator.models().keys() | emulator.providers().keys()
    assert {resource["id"] for resource in stack.resources().values()} == made
    assert made
    stack.preview("--expect-no-changes")


def test_a_page_names_the_packages_that_the_example_has() -> None:
    """From an empty folder, the SDK is all that is missing in package.json."""
    (page,) = [page for page in PAGES if page.name == "docs/guides/other-languages.md"]
    blocks = [block for section in page.sections for block in section.blocks]
    (shown,) = [json.loads(block.text) for block in blocks if block.language == "json"]
    example = json.loads((ROOT / "examples/typescript_prices/package.json").read_text())
    del example["dependencies"]["@pulumi/keywordsai"]
    assert shown == {**example, "name": shown["name"]}
