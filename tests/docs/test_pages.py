"""The pages: what they show works, what they link is there, and together they leave nothing out."""

import ast
import json
import re
from dataclasses import fields
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import typer.main
from harness.lengths import long_form_of
from harness.pulumi_stack import Stack
from pages import Page, Section, all_pages, dead_links, unnamed
from reader import Reader, keys_in

import keywordsai_dynamic
from keywordsai_dynamic import doctor
from keywordsai_dynamic.catalog.parity import FieldGap, Parity
from keywordsai_dynamic.catalog.price_check import Checked, PriceCheck
from keywordsai_dynamic.cli.app import app
from keywordsai_dynamic.core.names import API_FIELDS, NOT_SENT
from keywordsai_dynamic.core.schema import CustomProviderFields
from keywordsai_dynamic.doctor import Diagnosis
from keywordsai_dynamic.emulator import running_emulator
from keywordsai_dynamic.review.rules import RULES, parse_rule
from keywordsai_dynamic.terminal import models_table, providers_table

ROOT = Path(__file__).parents[2]
PAGES = {page.name: page for page in all_pages(ROOT)}
README = PAGES["README.md"].text
FIELDS = PAGES["docs/reference/fields.md"].text
SETTINGS = PAGES["docs/reference/settings.md"].text
ERRORS = PAGES["docs/reference/errors.md"]
SECTIONS = {
    f"{page.name}: {section.title}": section
    for page in PAGES.values()
    for section in page.sections
    if any(not block.not_run for block in section.blocks)
}
CODE = ROOT / "keywordsai_dynamic"
OF_A_RUN = (
    *("lifecycle", "api", "dynamic", "native", "core/settings.py", "provider.py"),
    *("custom_model.py", "custom_provider.py"),
)
OUR_ERRORS = {
    *("KeywordsAIError", "ConfigurationError", "DeclarationError"),
    *("APIConnectionError", "APIStatusError", "NotFoundError", "RunError", "pulumi.RunError"),
}
_SETTING = re.compile(r"(?:KEYWORDSAI|RESPAN)_[A-Z_]+|keywordsai:[a-zA-Z]+")


PICTURES = {picture.name: picture for picture in (ROOT / "docs" / "pictures").iterdir()}
_ELSEWHERE = re.compile(r"url\(http|(?:href|src)=|/(?:home|root|tmp|work|Users)/")


def settings() -> list[str]:
    """Find the variables and configuration keys that the package's code names."""
    found = set()
    for source in CODE.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value} if _SETTING.fullmatch(node.value) else set()
    return sorted(found)


TRIED_ELSEWHERE = {
    "docs/reference/schema.md": (
        "docs/test_schema_page.py::test_the_examples_say_the_same_in_every_language"
    ),
    "docs/guides/moving.md: From Python to YAML": "e2e/test_moving.py::test_a_stack_moves_to_yaml",
}
"""Sections whose code other tests run, by the beginnings of their names."""


def marks(name: str) -> list[pytest.MarkDecorator]:
    """Leave a section to `make test-cases` if other tests run its code."""
    return [long_form_of(twin) for begin, twin in TRIED_ELSEWHERE.items() if name.startswith(begin)]


@pytest.mark.parametrize(
    "section",
    [pytest.param(section, id=name, marks=marks(name)) for name, section in SECTIONS.items()],
)
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


def test_readme_is_one_screen_and_maps_every_page() -> None:
    """README is short, and leads to each page of docs/."""
    assert len(README.splitlines()) <= 130
    pages = {name for name in PAGES if name.startswith("docs/")}
    assert pages - set(PAGES["README.md"].links) == set()


def test_every_field_is_in_the_reference() -> None:
    """A reader finds each field of a model and of a provider in the page of fields."""
    assert unnamed([*API_FIELDS, *NOT_SENT, *CustomProviderFields.model_fields], FIELDS) == []


def test_every_setting_is_in_the_reference() -> None:
    """A reader finds each variable and each configuration key in the page of settings."""
    read = settings()
    assert {"KEYWORDSAI_API_KEY", "keywordsai:apiKey"} < set(read)
    assert unnamed(read, SETTINGS) == []


def test_every_rule_is_in_the_reference() -> None:
    """The page of rules names each rule of the review, with a limit where it has one."""
    text = PAGES["docs/reference/review-rules.md"].text
    rows = [line.split(" | ")[0] for line in text.splitlines() if line.startswith("| `")]
    named = [parse_rule(rule) for row in rows for rule in re.findall(r"`([^`]+)`", row)]
    assert sorted(rule.name for rule in named) == sorted(RULES)


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "DESIGN.md"])
def test_every_module_that_a_page_names_exists(page: str) -> None:
    """A contributor finds each file where the page says it is, from the root or the package."""
    named = set(re.findall(r"`([a-z_]+/[a-z_/]+\.py)`", PAGES[page].text))
    assert named
    folders = (ROOT, ROOT / "keywordsai_dynamic")
    assert [name for name in sorted(named) if not any((f / name).exists() for f in folders)] == []


@cache
def messages_of_the_code() -> list[str]:
    """Return every string of the package's code, with … for what is put into it."""
    return [text for file in sorted(CODE.rglob("*.py")) for text in strings(file)]


def strings(file: Path) -> list[str]:
    """Return the strings of a module, docstrings included."""
    tree = ast.parse(file.read_text())
    parts = {id(part) for node in ast.walk(tree) for part in getattr(node, "values", [])}
    return [
        text
        for node in ast.walk(tree)
        if id(node) not in parts and (text := written(node)) is not None
    ]


def written(node: ast.AST) -> str | None:
    """Return the text of a string or an f-string, with … for what is put into it."""
    if isinstance(node, ast.JoinedStr):
        return "".join(written(part) or "…" for part in node.values)
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return node.value if is_text else None


def messages_of_the_page() -> list[str]:
    """Return the messages in the tables of the page of errors that are this package's."""
    rows = [line.split(" | ")[0][2:] for line in ERRORS.text.splitlines() if line[:2] == "| "]
    cells = [row for row in rows if row != "message" and row[0] != "`"]
    return [message for cell in cells for message in cell.split("; ")]


def says(message: str, text: str) -> bool:
    """Tell whether a text has a message of the page; … and numbers stand for anything."""
    parts = re.split(r"…|\d+", message)
    return bool(re.search(".*".join(map(re.escape, parts)), text, re.DOTALL))


@pytest.mark.parametrize("message", messages_of_the_page())
def test_the_page_of_errors_quotes_messages_that_exist(message: str) -> None:
    """Every message in the tables is one that the package writes."""
    assert any(says(message, text) for text in messages_of_the_code())


def test_the_page_of_errors_has_every_error_of_a_run() -> None:
    """Whatever the code of a run raises in a sentence of its own is in a table."""
    page = messages_of_the_page()
    raised = [text for part in OF_A_RUN for file in files_of(part) for text in raised_in(file)]
    assert len(raised) > 40
    assert [text for text in raised if not any(says(each, text) for each in page)] == []


def files_of(part: str) -> list[Path]:
    return sorted((CODE / part).rglob("*.py")) if (CODE / part).is_dir() else [CODE / part]


def raised_in(file: Path) -> list[str]:
    """Return the sentences that a module writes where it raises one of our errors."""
    calls = (
        node.exc
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args
    )
    texts = [written(call.args[0]) for call in calls if ast.unparse(call.func) in OUR_ERRORS]
    return [text for text in texts if text and re.search(r"[a-z]{2,} [a-z]{2,}", text)]


def test_every_command_is_shown_at_work() -> None:
    """Each command is typed in a page, and not only in the one that lists its options."""
    commands = typer.main.get_group(app).commands
    shown = "".join(p.text for name, p in PAGES.items() if name != "docs/reference/cli.md")
    assert unnamed([f"keywordsai-dynamic {name}" for name in commands], shown) == []


JSON_KEYS = {
    "models": models_table.FIELDS,
    "providers": providers_table.FIELDS,
    "prices": (*PriceCheck([], {}, []).as_dict(), "data", *Checked._fields),
    "parity": (*Parity([], [], [], []).as_dict("", ""), *FieldGap._fields),
    "doctor": (*json.loads(doctor.as_json([])), *(each.name for each in fields(Diagnosis))),
}


@pytest.mark.parametrize("command", JSON_KEYS)
def test_the_page_of_json_has_every_key(command: str) -> None:
    """What `--format json` prints is described, key by key, and nothing else is."""
    text = PAGES["docs/reference/json-formats.md"].text.partition(f"\n## {command}\n")[2]
    told = [
        name
        for line in text.partition("\n## ")[0].splitlines()
        if line.startswith("| `")
        for cell in (
            line.split(" | ") if command in {"parity", "doctor"} else line.split(" | ")[:1]
        )
        for name in re.findall(r"`(\w+)`", cell)
    ]
    assert set(told) - {"good", "note", "bad"} == set(JSON_KEYS[command])


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
