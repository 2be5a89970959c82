"""The pages: what they show works, what they link is there, and README leaves nothing out."""

import ast
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import typer.main
from harness.pulumi_stack import Stack
from pages import Page, Section, all_pages, dead_links, unnamed
from reader import Reader, keys_in

import keywordsai_dynamic
from keywordsai_dynamic.cli.app import app
from keywordsai_dynamic.core.names import API_FIELDS, NOT_SENT
from keywordsai_dynamic.emulator import running_emulator

ROOT = Path(__file__).parents[2]
PAGES = {page.name: page for page in all_pages(ROOT)}
README = PAGES["README.md"].text
SECTIONS = {
    f"{page.name}: {section.title}": section
    for page in PAGES.values()
    for section in page.sections
    if any(not block.not_run for block in section.blocks)
}
_SETTING = re.compile(r"(?:KEYWORDSAI|RESPAN)_[A-Z_]+|keywordsai:[a-zA-Z]+")


PICTURES = {picture.name: picture for picture in (ROOT / "docs" / "pictures").iterdir()}
_ELSEWHERE = re.compile(r"url\(http|(?:href|src)=|/(?:home|root|tmp|work|Users)/")


def settings() -> list[str]:
    """Find the variables and configuration keys that the package's code names."""
    found = set()
    for source in (ROOT / "keywordsai_dynamic").rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value} if _SETTING.fullmatch(node.value) else set()
    return sorted(found)


@pytest.mark.parametrize("section", SECTIONS.values(), ids=SECTIONS)
def test_a_section_works_as_it_is_typed(section: Section, stack: Stack) -> None:
    """Every block of code of a section is run, in order, as a reader would type it."""
    keys = dict.fromkeys(("demo-key", *keys_in(section)), "demo")
    with running_emulator(api_keys=keys) as emulator:
        Reader(stack, emulator).follow(section)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_no_code_hides(page: Page) -> None:
    """All code stands in fences that say their language, so that it is found and run."""
    assert page.hidden == []


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_no_link_is_dead(page: Page) -> None:
    """Every link to a file, a picture or a heading of the repository leads there."""
    assert dead_links(page, ROOT) == []


def test_readme_names_every_field() -> None:
    """A reader finds each field of a model in README."""
    assert unnamed([*API_FIELDS, *NOT_SENT], README) == []


def test_readme_names_every_setting() -> None:
    """A reader finds each variable and each configuration key in README."""
    assert {"KEYWORDSAI_API_KEY", "keywordsai:apiKey"} < set(settings())
    assert unnamed(settings(), README) == []


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "DESIGN.md"])
def test_every_module_that_a_page_names_exists(page: str) -> None:
    """A contributor finds each file where the page says it is, from the root or the package."""
    named = set(re.findall(r"`([a-z_]+/[a-z_/]+\.py)`", PAGES[page].text))
    assert named
    folders = (ROOT, ROOT / "keywordsai_dynamic")
    assert [name for name in sorted(named) if not any((f / name).exists() for f in folders)] == []


def test_readme_quotes_messages_that_exist() -> None:
    """Every message of the troubleshooting table is one that the package writes."""
    trees = (ast.parse(file.read_text()) for file in (ROOT / "keywordsai_dynamic").rglob("*.py"))
    constants = (
        node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)
    )
    written = "\n".join(node.value for node in constants if isinstance(node.value, str))
    table = README.partition("| message | what to do |\n|---|---|\n")[2].partition("\n\n")[0]
    messages = [row.split(" | ")[0].removeprefix("| ") for row in table.splitlines()]
    ours = [each for each in messages if "`" not in each and each != "anything else"]
    assert len(ours) > 5
    parts = [part for each in ours for part in re.split(r"… s|; |\d+", each) if part.strip()]
    assert [part for part in parts if part.strip(" ") not in written] == []


def test_readme_names_every_command() -> None:
    """A reader finds each command of the command line in README."""
    commands = typer.main.get_group(app).commands
    assert unnamed([f"keywordsai-dynamic {name}" for name in commands], README) == []


def test_every_public_name_is_told() -> None:
    """Each name of the front door stands in README or in docs/."""
    told = "".join(p.text for p in PAGES.values() if p.name.startswith(("README", "docs/")))
    assert unnamed(keywordsai_dynamic.__all__, told) == []


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_a_picture_is_small_and_tells_no_secrets(picture: Path) -> None:
    """A picture is well-formed, light, loads nothing from elsewhere and names no folder of ours."""
    if picture.suffix == ".png":
        assert picture.read_bytes().startswith(b"\x89PNG\r\n")
        assert picture.stat().st_size < 200_000
        return
    drawn = picture.read_text()
    assert ET.fromstring(drawn).tag.endswith("svg")  # noqa: S314  (our own file)
    assert len(drawn) < 60_000
    assert _ELSEWHERE.findall(drawn) == []
