"""`models` and `import-file` against the API: their requests, their output, their exit codes."""

import csv
import json
import os
import pty
import subprocess
import sys
from importlib import metadata
from io import StringIO
from pathlib import Path

import pytest
import yaml
from harness.raw_server import raw_server

from keywordsai_dynamic.cli import app as cli
from keywordsai_dynamic.core.redaction import printable
from keywordsai_dynamic.emulator import Emulator
from keywordsai_dynamic.emulator.built_in import built_in_models

LIST = ("GET", "/api/models/?all=true", None)
TOOL = str(Path(sys.executable).with_name("keywordsai-dynamic"))

SUPPORT = {
    "model_name": "acme/support",
    "built_in": False,
    "base_model_name": "gpt-4o",
    "provider_id": "openai",
    "input_cost": 3.0,
    "output_cost": 10.0,
    "cache_hit_input_cost": 1.25,
    "cache_creation_input_cost": 0.0,
    "max_context_window": 128000,
    "streaming_support": 1,
    "function_call": 1,
    "image_support": 1,
}


@pytest.fixture
def console(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Emulator:
    """An organization with two models, whose key and URL are in the environment."""
    monkeypatch.setenv("KEYWORDSAI_API_KEY", emulator.api_key)
    monkeypatch.setenv("KEYWORDSAI_BASE_URL", emulator.url)
    monkeypatch.chdir(tmp_path)
    emulator.put_model("acme/support", base_model_name="gpt-4o", input_cost=3)
    emulator.put_model("[beta] x", custom_provider_id="vllm", input_cost=0.0000001)
    return emulator


def run(monkeypatch: pytest.MonkeyPatch, *args: str) -> int:
    """Run the command as its script does; return the exit code."""
    monkeypatch.setattr(sys, "argv", ["keywordsai-dynamic", *args])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_the_table(
    console: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Custom models, a line each, with exact prices: no exponent, no cut; one list request."""
    assert run(monkeypatch, "models") == 0
    out, err = capsys.readouterr()
    assert [line.split() for line in out.splitlines()] == [
        ["model", "base", "input", "output", "hit", "creation", "context"],
        ["[beta]", "x", "0.0000001", "0", "0", "0"],
        ["acme/support", "gpt-4o", "3", "10", "1.25", "0", "128,000"],
    ]
    assert err == "2 models\n"
    assert console.calls == [LIST]


def test_a_catalog_as_a_person_would_write_it(
    console: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Own models alone, without what they inherit; what YAML cannot hold is named."""
    console.put_model(".draft", input_cost=1)
    assert run(monkeypatch, "models", "--format", "catalog") == 0
    assert tuple(capsys.readouterr()) == (
        '"[beta] x":\n  custom_provider_id: vllm\n  input_cost: {per_million: 0.0000001}\n'
        "  output_cost: 0\n\n"
        "acme/support:\n  base_model_name: gpt-4o\n  input_cost: 3.00\n",
        ".draft: left out: a name that a catalog reads as shared values\n",
    )
    assert run(monkeypatch, "models", "--format", "catalog", "--all") == 2
    assert "--format yaml also has built-in ones" in capsys.readouterr().err


def test_all_has_the_built_in_ones(
    console: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Messages refer to `--all`, which lists what can be a base."""
    assert run(monkeypatch, "models", "--all", "--format", "json") == 0
    listed = json.loads(capsys.readouterr().out)
    names = sorted([*built_in_models(), "acme/support", "[beta] x"])
    assert [row["model_name"] for row in listed] == names
    assert [row["model_name"] for row in listed if not row["built_in"]] == [
        "[beta] x",
        "acme/support",
    ]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "no custom models; --all includes built-in models"),
        (["--format", "json"], "no custom models; --all includes built-in models"),
        (
            ["--match", "gpt-*", "--match", "a\x1b"],
            "no custom model matches gpt-* or a\\x1b; --all includes built-in models",
        ),
        (["--match", "acme/*", "--all"], "no model matches acme/*"),
    ],
)
def test_nothing_to_list_is_said_with_where_to_look(
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    line: str,
) -> None:
    """An organization without models is fine (0), its list is empty, and a line names `--all`."""
    monkeypatch.setenv("KEYWORDSAI_API_KEY", emulator.api_key)
    monkeypatch.setenv("KEYWORDSAI_BASE_URL", emulator.url)
    assert run(monkeypatch, "models", *arguments) == 0
    assert capsys.readouterr() == ("[]\n" if "json" in arguments else "", f"{line}\n")


def test_there_is_nothing_to_import_without_models(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`import-file` does not refer to a list that is empty."""
    monkeypatch.setenv("KEYWORDSAI_API_KEY", emulator.api_key)
    monkeypatch.setenv("KEYWORDSAI_BASE_URL", emulator.url)
    assert run(monkeypatch, "import-file") == 2
    assert capsys.readouterr() == (
        "",
        "The organization has no custom models, so there is nothing to import.\n",
    )


def test_the_version_is_the_installed_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--version` prints pip's name of the package, and sends no request."""
    assert run(monkeypatch, "--version") == 0
    installed = metadata.version("keywordsai-dynamic")
    assert capsys.readouterr() == (f"keywordsai-dynamic {installed}\n", "")


def test_other_programs_read_it(
    console: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON and CSV are lists, YAML is a catalog; `--match` takes a glob or an exact name."""
    assert run(monkeypatch, "models", "--match", "acme/*", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == [SUPPORT]
    assert run(monkeypatch, "models", "--match", "acme/support", "--format", "yaml") == 0
    fields = {key: value for key, value in SUPPORT.items() if key not in {"model_name", "built_in"}}
    assert yaml.safe_load(capsys.readouterr().out) == {"acme/support": fields}
    assert run(monkeypatch, "models", "--match", "[beta] x", "--format", "csv") == 0
    (row,) = csv.DictReader(StringIO(capsys.readouterr().out))
    assert (row["model_name"], row["provider_id"], row["input_cost"]) == (
        "[beta] x",
        "vllm",
        "1e-07",
    )


HALF = "\ud83d"  # becomes U+FFFD where the answer is read
STEERING = "\x1b]0;t\x07\x9b31m\u202e\r\n"
ODD = [
    {
        "model_name": f"a{STEERING}{HALF}",
        "display_name": f"b{STEERING}{HALF}",
        "max_context_window": "many",
    },
    {"model_name": "=1+1", "display_name": ':x: [red]"y"; -2', "input_cost": -2.5},
    {"model_name": "no", "display_name": "1e3", "base_model_name": 7},
]


def of_odd_models(*arguments: str, encoding: str = "utf-8") -> tuple[str, str]:
    """Run the command against a service whose models have odd values; return both outputs."""
    models = [{**model, "affiliation_category": "custom"} for model in ODD]
    with raw_server([(200, models)]) as server:
        env = {
            "KEYWORDSAI_API_KEY": "k" * 20,
            "KEYWORDSAI_BASE_URL": server.url,
            "PYTHONIOENCODING": encoding,
        }
        done = subprocess.run([TOOL, *arguments], env=env, capture_output=True, check=True)  # noqa: S603
    return done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_the_service_cannot_steer_the_terminal_by_a_table(encoding: str) -> None:
    """Any name is shown in its row, escaped, and not read as markup."""
    out, err = of_odd_models("models", encoding=encoding)
    shown = "\\x1b]0;t\\x07\\x9b31m\\u202e\\r\\n" + ("\ufffd" if encoding == "utf-8" else "\\ufffd")
    assert [line.split() for line in out.splitlines()] == [
        ["model", "base", "input", "output", "hit", "creation", "context"],
        ["=1+1", "-2.5"],
        [f"a{shown}", "many"],
        ["no", "7"],
    ]
    assert err == "3 models\n"


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_data_holds_the_values_as_they_are(form: str) -> None:
    """JSON and YAML read back as the same values, and steer no terminal."""
    out, _ = of_odd_models("models", "--format", form)
    assert printable(out) == out
    own = {"built_in": False}
    rows = [
        {**own, "model_name": "=1+1", "display_name": ':x: [red]"y"; -2', "input_cost": -2.5},
        {**own, **{k: str(v).replace(HALF, "\ufffd") for k, v in ODD[0].items()}},
        {**own, **ODD[2]},
    ]
    if form == "json":
        assert json.loads(out) == rows
    else:
        names = [row.pop("model_name") for row in rows]
        assert yaml.safe_load(out) == {
            name: {field: value for field, value in row.items() if field != "built_in"}
            for name, row in zip(names, rows, strict=True)
        }


def test_a_spreadsheet_computes_nothing() -> None:
    """In CSV no text is a formula, a negative price is a number, and the rest is escaped."""
    out, _ = of_odd_models("models", "--format", "csv")
    assert printable(out) == out
    rows = [list(filter(None, row)) for row in csv.reader(StringIO(out))]
    escaped = "\\x1b]0;t\\x07\\x9b31m\\u202e\\r\\n\ufffd"
    assert rows[1:] == [
        ["'=1+1", "False", ':x: [red]"y";\' -2', "-2.5"],
        [f"a{escaped}", "False", f"b{escaped}", "many"],
        ["no", "False", "7", "1e3"],
    ]


def test_what_cannot_be_declared_is_said_in_a_line(tmp_path: Path) -> None:
    """A name or a field that no file can hold is reported; the rest is kept."""
    out, err = of_odd_models("import-file", "-o", str(tmp_path / "import.json"))
    odd = "a\\x1b]0;t\\x07\\x9b31m\\u202e\\r\\n\ufffd"
    assert out.splitlines()[1:5] == [
        "not declared: =1+1: input_cost must be 0 or more",
        f"skipped: {odd}: model_name must not contain control or other invisible characters",
        f"skipped: {odd}: max_context_window must be a whole number of tokens",
        "not declared: no: base_model_name must be a string",
    ]
    assert err == ""


def test_a_price_that_is_no_number_is_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """1e999 is a number in JSON and infinite in Python; the output is valid JSON anyway."""
    model = {"model_name": "m", "affiliation_category": "custom", "input_cost": float("inf")}
    monkeypatch.setenv("KEYWORDSAI_API_KEY", "k")
    monkeypatch.setattr(
        "keywordsai_dynamic.terminal.list_models.live_models", lambda _: {"m": model}
    )
    assert run(monkeypatch, "models", "--format", "json") == 0
    rows = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert rows == [{"model_name": "m", "built_in": False, "input_cost": "inf"}]


def test_a_name_that_a_catalog_cannot_hold_is_said(
    console: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A catalog reads `x-large` as shared values: the list says so, and no file is changed."""
    console.put_model("x-large", base_model_name="gpt-4o", input_cost=3)
    assert run(monkeypatch, "models", "--format", "yaml") == 0
    assert capsys.readouterr().err == (
        "x-large: a YAML catalog reads this name as shared values; CSV keeps the model\n"
    )
    assert run(monkeypatch, "models", "--format", "csv") == 0
    assert capsys.readouterr().err == ""
    assert run(monkeypatch, "import-file", "--catalog", "models.yaml") == 2
    assert capsys.readouterr() == (
        "",
        "models.yaml: x-large: a catalog reads this name as shared values; use --program, "
        "or exclude the model with --match\n",
    )
    assert not Path("models.yaml").exists()


def test_prices_reads_a_list_of_live_models(
    console: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What `models` writes is what `prices` compares, in each format."""
    found = []
    for form in ("yaml", "csv", "json"):
        assert run(monkeypatch, "models", "--all", "--format", form) == 0
        Path(f"live.{form}").write_text(capsys.readouterr().out)
        assert run(monkeypatch, "prices", f"live.{form}") == 1
        found.append(capsys.readouterr())
    assert found[0].out == found[1].out == found[2].out
    assert "+20%" in found[0].out
    assert found[0].err == "not compared: [beta] x: no list price for [beta] x\n"
    assert run(monkeypatch, "parity", "live.yaml", "live.csv") == 0


@pytest.mark.parametrize("command", ["models", "import-file"])
def test_what_goes_wrong_is_one_line(
    console: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:
    """No key and a wrong key each end with 2 and one line, without a traceback or the key."""
    monkeypatch.setenv("KEYWORDSAI_API_KEY", "sesame-1234")
    assert run(monkeypatch, command) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("GET /api/models/?all=true returned 401: ")
    assert err.endswith(
        " The key came from KEYWORDSAI_API_KEY. Check that it is complete and was not revoked.\n"
    )
    assert "sesame" not in err
    monkeypatch.delenv("KEYWORDSAI_API_KEY")
    assert run(monkeypatch, command) == 2
    assert capsys.readouterr() == (
        "",
        "No Keywords AI API key. Set KEYWORDSAI_API_KEY, or name a stack that has one: --stack "
        "NAME.\n",
    )
    assert not Path("import.json").exists()


def test_wrong_use_ends_with_2(
    console: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown option is wrong use."""
    assert run(monkeypatch, "models", "--bogus") == 2
    assert "No such option: --bogus" in capsys.readouterr().err
    assert console.calls == []


REFUSALS = {
    "two targets": (
        ["--program", "a.py", "--catalog", "m.yaml"],
        "Use only one of --program, --catalog and --config.",
    ),
    "the same file twice": (
        ["-o", "x.py", "--program", "x.py"],
        "x.py is given twice; -o is the file for `pulumi import`.",
    ),
    "a program that is there": (
        ["--program", "there.py"],
        "there.py already exists; --force overwrites it.",
    ),
    "an output that is something else": (
        ["-o", "there.py"],
        "there.py already exists and is not a file for `pulumi import`; --force overwrites it.",
    ),
    "no stack's file": (
        ["--config", "Pulumi.yaml"],
        "--config must be a stack's file, Pulumi.<stack>.yaml, not Pulumi.yaml.",
    ),
    "no YAML": (
        ["--catalog", "models.json"],
        "--catalog must be a YAML file, like models.yaml, not models.json.",
    ),
    "no such export": (
        ["--stack-export", "no.json"],
        "no.json: cannot be read: No such file or directory",
    ),
    "an export of PowerShell's": (
        ["--stack-export", "utf-16.json"],
        "utf-16.json: is UTF-16; save it as UTF-8",
    ),
    "a folder": (["--catalog", "dir.yaml"], "dir.yaml: cannot be read: Is a directory"),
    "nothing matches": (
        ["--match", "acm/*"],
        "No custom model matches acm/*; `keywordsai-dynamic models` lists them.",
    ),
    "a name that nobody sees": (
        ["--name", "n\x1b\udcff", "--match", "acme/*"],
        "--name n\\x1b\\udcff contains invisible characters.",
    ),
    "one name for two": (["--name", "n"], "--name is for one model, but 2 match; narrow --match."),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_nothing_is_written_where_anything_is_wrong(
    console: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    case: str,
) -> None:
    """Each wrong use is one line and exit code 2, and changes no file."""
    arguments, sentence = REFUSALS[case]
    Path("there.py").write_text("print('mine')\n")
    Path("dir.yaml").mkdir()
    Path("utf-16.json").write_bytes("{}".encode("utf-16"))
    assert run(monkeypatch, "import-file", *arguments) == 2
    assert capsys.readouterr() == ("", f"{sentence}\n")
    assert Path("there.py").read_text() == "print('mine')\n"
    names = sorted(path.name for path in Path().iterdir())
    assert names == ["dir.yaml", "there.py", "utf-16.json"]


def test_an_empty_program_is_written_and_a_full_one_with_force(
    console: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty file from `pulumi new` may be filled; an import file is written again unchanged."""
    monkeypatch.setenv("PATH", "")
    Path("p.py").write_text("\n")
    assert run(monkeypatch, "import-file", "--match", "acme/support", "--program", "p.py") == 0
    first = Path("import.json").read_text()
    assert capsys.readouterr() == (
        "1 model → import.json, p.py\n"
        "The API never returns supported_params_override. If it was set in the console, declare it "
        "again, or an update of the model may lose it. This may affect: acme/support.\n"
        "\n"
        "Next, in the project's folder, run:\n"
        "  pulumi import --file import.json --generate-code=false --protect=false --yes\n"
        "  pulumi preview\n",
        "",
    )
    forced = ["--match", "acme/support", "--program", "p.py", "--force"]
    assert run(monkeypatch, "import-file", *forced) == 0
    assert Path("import.json").read_text() == first


def test_progress_is_for_people(console: Emulator) -> None:
    """Work that takes over a second is announced at a terminal, and never in a pipe."""
    console.faults.latency = 1.5
    command = [TOOL, "models", "--format", "json"]
    watched, terminal = pty.openpty()
    seen = subprocess.run(command, stdout=subprocess.PIPE, stderr=terminal, check=True)  # noqa: S603
    os.close(terminal)
    shown = os.read(watched, 100_000).decode()
    os.close(watched)
    assert "listing models" in shown
    piped = subprocess.run(command, capture_output=True, check=True)  # noqa: S603
    assert (piped.stdout, piped.stderr) == (seen.stdout, b"")
