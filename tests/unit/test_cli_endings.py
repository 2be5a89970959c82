"""How commands end if the output, rich or the SDK is missing or broken."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from harness.lengths import few
from review_documents import preview, step

TOOL = str(Path(sys.executable).parent / "keywordsai-dynamic")
NEEDED = "keywordsai-dynamic needs: pip install 'keywordsai-dynamic[cli]'\n"
RUN = (
    "import sys; from types import SimpleNamespace; from keywordsai_dynamic.cli import app as cli; "
)


def shell(command: str) -> tuple[int, str]:
    """Run a command line; return its exit code and its output."""
    line = f"set -o pipefail; {command}"
    run = subprocess.run(  # noqa: S603  (our own program)
        ["/bin/bash", "-c", line], capture_output=True, text=True, check=False, timeout=60
    )
    return run.returncode, run.stdout + run.stderr


def main(before: str, *args: str) -> tuple[int, str]:
    """Run the command in a new interpreter, after some preparation."""
    program = f"{RUN}{before}; sys.argv[1:] = {list(args)!r}; cli.main()"
    run = subprocess.run(  # noqa: S603  (our own program)
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    return run.returncode, run.stderr


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with two catalogs and a preview."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "a.yaml").write_text("m: {base_model_name: gpt-4o, input_cost: 1}\n")
    (tmp_path / "b.yaml").write_text("m: {base_model_name: gpt-4o, input_cost: 2}\n")
    (tmp_path / "preview.json").write_text(
        json.dumps(preview(step("create", "m", None, {"input_cost": 1})))
    )
    return tmp_path


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("command", few(["schema", "emulator", "parity a.yaml b.yaml"], 2))
def test_a_full_disk_is_one_line(command: str) -> None:
    """Failing to write is an error line and exit code 2."""
    full = "standard output: No space left on device\n"
    assert shell(f"{TOOL} {command} >/dev/full") == (2, full)


def test_a_closed_stream_is_nobody_who_listens() -> None:
    """Nothing breaks, and sentences for standard error do not end up on standard output."""
    assert "Traceback" not in shell(f"{TOOL} doctor >&-")[1]
    assert shell(f"{TOOL} review nowhere.json 2>&-") == (2, "")
    assert shell(f"{TOOL} review - <&-")[1].startswith("standard input is empty: ")


def test_a_reader_that_has_enough_is_no_error() -> None:
    """`| head -1` is quiet."""
    code, said = shell(f"{{ {TOOL} schema; {TOOL} schema; }} | head -1")
    assert (code in {0, 2}, said) == (True, "{\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize(
    "command", few(["review preview.json", "schema", "parity a.yaml b.yaml"], 1)
)
def test_a_reader_that_is_gone_has_no_verdict(command: str) -> None:
    """In a shell with `pipefail`, 1 would mean that something was found."""
    assert shell(f"{{ sleep 1; {TOOL} {command}; }} | true") == (2, "")


def test_what_nobody_has_foreseen_is_no_finding() -> None:
    """It is one line, or a traceback with KEYWORDSAI_DEBUG=1, and never exit code 1."""
    before = (
        "from keywordsai_dynamic.review import command; command.report_of = lambda *_: {}['\\n']"
    )
    told = "This is a bug in keywordsai-dynamic: KeyError: '\\n'; KEYWORDSAI_DEBUG=1 shows where\n"
    assert main(before, "review", "preview.json") == (2, told)
    code, said = main(f"{before}; cli.debugging = lambda: True", "review", "preview.json")
    assert (code, said.splitlines()[0]) == (2, "Traceback (most recent call last):")


@pytest.mark.parametrize(
    "args", few([("review", "preview.json"), ("parity", "a.yaml", "b.yaml")], 1)
)
def test_a_missing_rich_is_one_line(args: tuple[str, ...]) -> None:
    """typer can be installed without it."""
    without = "sys.modules.update(dict.fromkeys(['rich', 'rich.console']))"
    assert main(without, *args) == (2, NEEDED)


@pytest.mark.parametrize("args", few([("parity", "a.yaml", "b.yaml"), ("prices", "a.yaml")], 1))
def test_an_older_sdk_is_one_line(args: tuple[str, ...]) -> None:
    """The line says what to install."""
    older = "sys.modules['pulumi._version'] = SimpleNamespace(version='3.234.0')"
    code, said = main(older, *args)
    assert (code, said.count("\n")) == (2, 1)
    assert said.startswith("keywordsai-dynamic needs the Pulumi SDK ")


@pytest.mark.parametrize("content", few([b"[" * 100_000, b"\xff"], 1))
def test_a_stack_export_that_cannot_be_read_is_one_line(folder: Path, content: bytes) -> None:
    """From standard input and from a file."""
    (folder / "export.json").write_bytes(content)
    for name, source in (("standard input", "- <export.json"), ("export.json", "export.json")):
        code, said = shell(f"{TOOL} import-file --stack-export {source}")
        assert (code, said.count("\n"), said.startswith((f"{name}: ", f"{name}, "))) == (2, 1, True)
