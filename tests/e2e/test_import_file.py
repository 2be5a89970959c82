"""From the console to code: what `import-file` writes is imported, and the first preview is empty.

The names here are the worst that the API can hold and this package accepts.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from harness.lengths import few, long_form_of
from harness.pulumi_stack import NewStack, Stack
from respan import RespanClient

from keywordsai_dynamic.emulator import Dialect, Emulator, running_emulator
from keywordsai_dynamic.emulator.built_in import built_in_models
from keywordsai_dynamic.emulator.dialect import Generation, ListAnswer

IMPORT = ("--file", "import.json", "--generate-code=false", "--protect=false", "--yes")
LIST = ("GET", "/api/models/?all=true", None)
ROOT = Path(__file__).parents[2]

NAMES = [
    "acme/support-llm",
    "acme/support llm",
    "acme support/llm",
    "acme/deep/er/name",
    "Ünïcode/模型-α",  # noqa: RUF001  (look-alikes are a case of their own)
    "emoji 🎈",
    "it's",
    'the "best"',
    "back\\slash $HOME `id` !!",
    "a*",
    "[ab]?",
    "-leading",
    "--dashes",
    "no",
    "1e3",
    "12_000",
    "null",
    "2026-01-01",
    "a: b",
    "#hash",
    "{{ braces }}",
    "%20",
    "a::b",
    "gpt-4o",
    "class",
    "x" * 200,
]


TARGETS: list[tuple[str, str, str | None]] = [
    ("--program", "__main__.py", None),
    ("--catalog", "models.yaml", 'from_file("models.yaml")'),
    ("--config", "Pulumi.dev.yaml", "from_config()"),
]
"""Option, file, and where the program reads it."""


def tool(stack: Stack, *args: str, code: int = 0) -> str:
    """Run `keywordsai-dynamic` in the project's folder and give what it printed."""
    done = stack.run("keywordsai-dynamic", *args, check=False)
    assert done.returncode == code, str(done)
    return done.output


def operations(preview: Any) -> dict[str, int]:  # noqa: ANN401  (JSON)
    """Count what a preview would do to models; the stack itself is always the same."""
    counts: dict[str, int] = preview["changeSummary"]
    return {**counts, "same": counts["same"] - 1}


def fill(emulator: Emulator, names: Sequence[str]) -> None:
    """Put models of every kind into the console: inheriting, priced, free, with an own base."""
    for number, name in enumerate(names):
        kinds: list[dict[str, Any]] = [
            {"base_model_name": "gpt-4o"},
            {"base_model_name": "gpt-4o-mini", "input_cost": 0.1 + number / 7},
            {"custom_provider_id": "my-vllm", "input_cost": 0, "output_cost": 0},
            {"custom_provider_id": "17", "input_cost": 1e-7, "output_cost": 12345.678},
            {"base_model_name": "openai/gpt-4o", "display_name": f"Name № {number}\n'x' \"y\""},
            {
                "base_model_name": names[0],
                "cache_hit_input_cost": 0.3,
                "function_call": 0,
                "max_context_window": 4096 + number,
            },
        ]
        emulator.put_model(name, **kinds[number % len(kinds)])


@long_form_of("e2e/test_import_file.py::test_an_import_leaves_the_state_of_an_up")
def test_hundreds_of_models(stack: Stack, emulator: Emulator) -> None:
    """Models of the official client come under management in a minute, without one write."""
    models = 300
    with httpx.Client(timeout=10) as connection:
        client = RespanClient(
            base_url=emulator.url,
            authorization="",
            respan_api_key=emulator.api_key,
            httpx_client=connection,
        )
        for number in range(models):
            client.models.create_custom_model(
                model_name=f"acme/model-{number:03}",
                base_model_name="gpt-4o-mini" if number % 3 else "gpt-4o",
                input_cost=number / 8,
                output_cost=round(number / 3, 4),
            )
    emulator.requests.clear()
    stack.write_program("")

    began = time.monotonic()
    tool(stack, "import-file", "--program", "__main__.py")
    stack.pulumi("import", *IMPORT)
    preview = stack.preview_json()
    seconds = time.monotonic() - began

    assert operations(preview) == {"same": models}
    assert emulator.calls == [LIST]
    assert seconds < 60


@long_form_of("e2e/test_import_file.py::test_an_import_leaves_the_state_of_an_up")
@pytest.mark.parametrize(
    ("generation", "answered"),
    few(
        [
            ("A", "array"),
            ("C", "not_allowed"),
            ("B", "page"),
            ("D", "not_found"),
            ("E", "not_found"),
        ],
        1,
    ),
)
def test_every_name_in_every_generation(
    new_stack: NewStack, generation: Generation, answered: ListAnswer
) -> None:
    """Whatever the name, and however the API answers, the first preview is empty."""
    dialect = Dialect(generation, list_answer=answered, max_page_size=10)
    with running_emulator(dialect=dialect) as emulator:
        fill(emulator, NAMES)
        env = {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
        stack = new_stack(env)
        stack.write_program("")
        tool(stack, "import-file", "--program", "__main__.py")
        stack.pulumi("import", *IMPORT)

        assert operations(stack.preview_json()) == {"same": len(NAMES)}
        models = len(NAMES) + len(built_in_models())
        pages = -(-models // 10) if answered.startswith("not") else 0
        assert [(method, path.partition("?")[0]) for method, path, _ in emulator.calls] == [
            ("GET", "/api/models/"),
            *[("POST", "/api/models/list/")] * pages,
        ]
        assert held(stack).keys() == set(NAMES)


@pytest.mark.parametrize(
    ("option", "file", "program"),
    few(TARGETS, 1),
)
def test_a_whole_organization_is_adopted_as_one_resource(
    new_stack: NewStack, emulator: Emulator, option: str, file: str, program: str | None
) -> None:
    """Without a write; the state is that of an `up`, and one edited price is one upsert."""
    fill(emulator, [name for name in NAMES if program is None or name != "gpt-4o"])
    env = {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
    stack, other = new_stack(env), new_stack(env)
    declare = f"ModelCatalog.{program}.declare_together('prices')\n"
    stack.write_program(
        f"from keywordsai_dynamic import ModelCatalog\n{declare}" if program else ""
    )
    stack.pulumi("version")  # makes the stack, and with it its file
    said = tool(stack, "import-file", "--together", "prices", option, file)
    if program:
        assert f'ModelCatalog.{program}.declare_together("prices").' in said
    stack.pulumi("import", *IMPORT)
    assert {*map(str, emulator.calls)} == {str(LIST)}
    if program:
        assert operations(stack.preview_json()) == {"same": 1}
        stack.refresh("--expect-no-changes")
        assert {*map(str, emulator.calls)} == {str(LIST)}
        return

    other.write_program((stack.project / file).read_text())
    other.up()
    assert held(stack) == held(other)
    emulator.requests.clear()
    text = (stack.project / file).read_text()
    assert text.count('"input_cost": 0.242857142857143,') == 1
    stack.write_program(text.replace("0.242857142857143", "0.25"))
    stack.up()
    edited = {"model_name": NAMES[1], "base_model_name": "gpt-4o-mini", "input_cost": 0.25}
    assert [call for call in emulator.calls if call[0] != "GET"] == [
        ("POST", "/api/models/", edited)
    ]


TEXTS = [
    "\t".join(["a long display name, with tabs"] * 4),
    "two  spaces,\n\r\n\u00a0and a line that ends in one ",
    " \0\u2028\u2029\x85\x0b\x1c\x7f\ufeff\u202e\x1b[31m",
    "'\"\\ \\n {} $ ` %s #{x} ${x}" * 5,
    *["no", "~", "1e3", "0x1F", "0o17", "12:30", "=", "<<", "!x", "null", "1_000", "2026-01-01"],
]


@long_form_of("unit/test_import_file.py::test_every_value_comes_back_out_of_the_catalog")
@pytest.mark.parametrize(
    ("option", "file", "program"),
    few(TARGETS[1:] + TARGETS[:1], 1),
)
def test_every_text_is_written_as_it_is(
    stack: Stack, emulator: Emulator, option: str, file: str, program: str | None
) -> None:
    """Tabs, blanks, escapes, words that YAML takes for numbers: the next `up` changes nothing."""
    for number, text in enumerate(TEXTS):
        emulator.put_model(f"m{number}", base_model_name="gpt-4o", display_name=text)
    before = emulator.models()
    declare = f"from keywordsai_dynamic import ModelCatalog\nModelCatalog.{program}.declare()\n"
    stack.write_program(declare if program else "")
    stack.pulumi("version")  # makes the stack, and with it its file
    tool(stack, "import-file", option, file)
    stack.pulumi("import", *IMPORT)
    stack.up()
    assert [call for call in emulator.calls if call != LIST] == []
    assert emulator.models() == before
    declared = [inputs["display_name"] for inputs, _ in held(stack).values()]
    assert sorted(declared) == sorted(TEXTS)


def test_an_import_leaves_the_state_of_an_up(new_stack: NewStack, emulator: Emulator) -> None:
    """The state is the one that `up` would have written, had it taken the models over.

    After that one price is edited: `up` shows that one, and sends one upsert.
    """
    fill(emulator, NAMES)
    env = {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
    stack, other = new_stack(env), new_stack(env)
    stack.write_program("")
    tool(stack, "import-file", "--program", "__main__.py")
    stack.pulumi("import", *IMPORT)
    other.write_program((stack.project / "__main__.py").read_text())
    other.up()
    assert held(stack) == held(other)
    *lists, confirmed = emulator.calls
    assert lists == [LIST] * 2
    assert confirmed[0] == "GET"  # of those that are taken over one is asked for

    text = (stack.project / "__main__.py").read_text()
    assert text.count(" input_cost=0.242857142857143,") == 1
    stack.write_program(text.replace(" input_cost=0.242857142857143,", " input_cost=0.25,"))
    shown = [line.strip() for line in stack.up("--diff").stdout.splitlines() if "=>" in line]
    assert [re.sub(" *: ", ": ", line) for line in shown] == [
        "~ input_cost: 0.242857142857143 => 0.25"
    ]
    edited = {"model_name": NAMES[1], "base_model_name": "gpt-4o-mini", "input_cost": 0.25}
    assert emulator.calls[3:] == [LIST, ("POST", "/api/models/", edited)]


def is_secret(value: object) -> bool:
    return isinstance(value, dict) and "plaintext" in value


def held(stack: Stack) -> dict[str, Any]:
    """Give what the state holds of each model, but for the URN, which names the stack.

    What an `up` has encrypted is compared in the clear: an import file cannot ask for that.
    """
    found = {}
    exported = stack.pulumi("stack", "export", "--show-secrets").json
    for resource in exported["deployment"]["resources"]:
        if "__provider" in resource.get("outputs", {}):
            outputs = {
                name: json.loads(value["plaintext"]) if is_secret(value) else value
                for name, value in resource["outputs"].items()
                if name != "__urn"
            }
            found[resource["id"]] = (resource["inputs"], outputs)
    return found


CATALOG = """\
# yaml-language-server: $schema=catalog.schema.json

# Ours since 2024.
acme/old:   # do not touch
    base_model_name:   gpt-4o
    input_cost: 2.50

# the end
"""
STACK_FILE = """\
# For the demo.
OWN
config:
  aws:region: eu-central-1   # Frankfurt
  keywordsai:models:
    acme/old:
      base_model_name:   gpt-4o

  # the last word
"""


@pytest.mark.parametrize(
    ("file", "text"),
    few(
        [
            ("models.yaml", CATALOG),
            ("models.yaml", ""),
            ("Pulumi.dev.yaml", STACK_FILE),
            ("Pulumi.dev.yaml", None),
        ],
        1,
    ),
)
def test_a_catalog_is_added_to(
    stack: Stack, emulator: Emulator, file: str, text: str | None
) -> None:
    """Models join a catalog or a stack's file: its lines stay, and the preview is empty."""
    option, source = ("--catalog", f"from_file({file!r})")
    if file != "models.yaml":
        option, source = ("--config", "from_config()")
    stack.write_program(
        f"from keywordsai_dynamic import ModelCatalog\nModelCatalog.{source}.declare()\n"
    )
    stack.pulumi("version")  # makes the stack, and with it its file
    path = stack.project / file
    if text is not None:
        own = (stack.project / "Pulumi.dev.yaml").read_text()
        text = text.replace("OWN", own.strip())
        path.write_text(text)
    emulator.put_model("acme/old", base_model_name="gpt-4o", input_cost=2.5 if text else 3)
    # The catalog refuses models that inherit from each other in a circle.
    fill(emulator, [name for name in NAMES if name != "gpt-4o"])
    count = len(NAMES)

    said = tool(stack, "import-file", option, file)
    stack.pulumi("import", *IMPORT)

    if text:
        rest = iter(path.read_text().splitlines())
        assert all(line in rest for line in text.splitlines())  # all there, and in order
        assert "Unchanged, because" in said
    assert operations(stack.preview_json()) == {"same": count}
    assert [call for call in emulator.calls if call != LIST] == []


REFUSED = """
from keywordsai_dynamic import CustomModel
CustomModel({resource!r}, model_name={name!r}, base_model_name="gpt-4o", input_cost=3)
"""


@pytest.mark.parametrize(
    ("resource", "name"),
    few(
        [
            ("support's llm", 'it\'s `id` $HOME \\ "x" a* !'),
            ("acme/llm", "acme/llm"),
            ("-dash", "--match"),
        ],
        1,
    ),
)
def test_the_way_out_of_a_refusal_works_as_it_is_printed(
    stack: Stack, emulator: Emulator, resource: str, name: str
) -> None:
    """Typing the two commands of the refusal makes the create an update of that one field."""
    emulator.put_model(name, base_model_name="gpt-4o", input_cost=2)
    emulator.put_model("ab", base_model_name="gpt-4o", input_cost=2)
    stack.write_program(REFUSED.format(resource=resource, name=name))
    refused = stack.preview(check=False).output
    begin = refused.index("keywordsai-dynamic import-file")
    commands = [line.strip() for line in refused[begin:].splitlines()[:2]]
    assert commands[1].startswith("pulumi import --file import.json")

    for command in commands:
        stack.run("/bin/sh", "-c", command)  # as a user types it

    steps = stack.preview_json()["steps"]
    changes = {step["urn"].split("::", 3)[3]: step.get("detailedDiff") for step in steps}
    assert changes[resource] == {"input_cost": {"kind": "update", "inputDiff": True}}
    assert len(changes) == 2  # and the stack
    assert {method for method, _, _ in emulator.calls} == {"GET"}


@long_form_of("unit/test_import_file.py::test_what_the_stack_holds_is_counted_and_left_out")
def test_what_the_stack_holds_is_left_out(stack: Stack, emulator: Emulator) -> None:
    """With the stack's export, a second import brings the rest, under names of their own."""
    emulator.put_model("acme/one", base_model_name="gpt-4o")
    stack.write_program("")
    tool(stack, "import-file", "--program", "one.py")
    stack.pulumi("import", *IMPORT)
    emulator.put_model("acme one", base_model_name="gpt-4o", input_cost=7)
    (stack.project / "state.json").write_text(stack.pulumi("stack", "export").stdout)

    tool(stack, "import-file", "--stack-export", "state.json", "--program", "two.py")
    stack.pulumi("import", *IMPORT)
    (stack.project / "__main__.py").write_text("import one, two\n")

    assert operations(stack.preview_json()) == {"same": 2}
    assert stack.resources().keys() == {"acme-one", "acme-one-2"}
    state = stack.pulumi("stack", "export").stdout
    (stack.project / "state.json").write_text(state)
    said = tool(stack, "import-file", "--stack-export", "state.json")
    assert said == "Nothing to import: the stack already has all 2 models.\n"


def test_the_program_reads_as_if_written_by_hand(stack: Stack, emulator: Emulator) -> None:
    """What is generated passes ruff, its formatter and mypy, with this project's settings."""
    fill(emulator, NAMES)
    tool(stack, "import-file", "--program", "__main__.py")
    tool(stack, "import-file", "--all-fields", "--program", "every_field.py")
    tool(stack, "import-file", "--together", "prices", "--program", "together.py")
    checks = [
        ["ruff", "check", "--config", str(ROOT / "pyproject.toml")],
        ["ruff", "format", "--check", "--config", str(ROOT / "pyproject.toml")],
        ["mypy", "--strict", "--config-file="],
    ]
    for check in few(checks, 2):
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", *check, "__main__.py", "every_field.py", "together.py"],
            cwd=stack.project,
            env={**os.environ, "MYPYPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_an_old_cli_is_named(stack: Stack, emulator: Emulator, tmp_path: Path) -> None:
    """Before 3.254 the CLI would read the resource and fail: this is said, and the way out."""
    emulator.put_model("acme/one", base_model_name="gpt-4o")
    old = tmp_path / "old" / "pulumi"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho v3.253.0\n")
    old.chmod(0o755)
    stack.env["PATH"] = f"{old.parent}:{stack.env['PATH']}"
    assert tool(stack, "import-file", code=1).splitlines()[-1] == (
        "The Pulumi CLI here is 3.253.0; this import needs 3.254.0 or newer: "
        "https://www.pulumi.com/docs/install/"
    )
