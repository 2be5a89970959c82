"""Draw docs/pictures/: a real preview, review and its page, refusal, and what doctor says.

Examples are put up on the emulator with the real CLI; then something changes. Run it as
`.venv/bin/python scripts/pictures.py [preview] [review] [page] [refusal] [doctor]`; the page needs
Chromium.
"""

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from engine import engine_bin
from harness.browser import browsing
from harness.pulumi_stack import Stack
from rich.console import Console, RenderableType
from rich.text import Text

from keywordsai_dynamic.emulator import Emulator, running_emulator
from keywordsai_dynamic.review import Report, command
from keywordsai_dynamic.review.html import html
from keywordsai_dynamic.review.text import text

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
PRICE = 'keywordsai:models["acme/support-llm"].input_cost'
TITLE = "keywordsai-dynamic review prod.json --drift drift.json --usage usage.yaml"
WIDTH, HEIGHT = 900, 1_500
RULES = ["increase>15%", "decrease>50%", "delete", "drift"]
PROGRAM = """
from keywordsai_dynamic import ModelCatalog
ModelCatalog.from_config(base="models.yaml").declare()
"""
USAGE = """
acme/*: {input_tokens: 25M, output_tokens: 4M}
acme/support-llm: {input_tokens: 620M, output_tokens: 90M, cache_hit_input_tokens: 30M}
acme/agent: {input_tokens: 140M, output_tokens: 22M}
acme/faq: {input_tokens: 80M, output_tokens: 10M}
acme/plan-next: {input_tokens: 30M, output_tokens: 5M}
"""
PULL_REQUEST: dict[str, Any] = {
    "acme/support-llm": {"input_cost": 3, "cache_hit_input_cost": 1.5},
    "acme/agent": {"output_cost": 1.65},  # a slipped decimal
    "acme/faq": None,
    "acme/plan-next": {
        "base_model_name": "gpt-4.1-mini",
        "input_cost": 0.40,
        "output_cost": 1.60,
        "max_context_window": 1_000_000,
        "function_call": True,
    },
}

Picture = Callable[[Stack, Emulator, Path], bytes]


def preview(stack: Stack, _emulator: Emulator, _folder: Path) -> bytes:
    """Draw the preview of one price increase, in the stack that `make demo` shows."""
    stack.copy_program(ROOT)
    stack.up()
    stack.pulumi("config", "set", "--path", PRICE, "3")
    shown = Text.from_ansi(stack.preview("--color", "always").stdout.strip())
    return svg(shown, "pulumi preview --diff", width=max(map(len, shown.plain.splitlines())))


def review(stack: Stack, emulator: Emulator, folder: Path) -> bytes:
    """Draw the review of a pull request that changes the production stack."""
    return svg(text(report_of_a_pull_request(stack, emulator, folder)), TITLE, width=80)


def page(stack: Stack, emulator: Emulator, folder: Path) -> bytes:
    """Photograph the same review as a page: its first screens."""
    file = folder / "report.html"
    file.write_text(html(report_of_a_pull_request(stack, emulator, folder)), encoding="utf-8")
    with browsing() as browser:
        if browser is None:
            sys.exit("pictures: the page needs Chromium (Debian: apt-get install chromium)")
        browser.open(file, width=WIDTH)
        return browser.picture(tallest=HEIGHT)


def refusal(stack: Stack, emulator: Emulator, _folder: Path) -> bytes:
    """Draw what a preview says of a model that exists already, with another price."""
    stack.copy_program(ROOT / "examples" / "one_model")
    emulator.put_model("acme/support-llm", base_model_name="gpt-4o", output_cost=12)
    said = stack.pulumi("preview", "--color", "always", check=False).stdout
    problem = said.partition("Diagnostics:")[2].partition("(support-llm)")[2].partition("\n\n")[0]
    indented = problem.partition("\n")[2]
    return svg(Text.from_ansi(re.sub("(?m)^ {4}", "", indented)), "pulumi preview", width=104)


def doctor(stack: Stack, _emulator: Emulator, folder: Path) -> bytes:
    """Draw a setup with a mistake in its configuration, in a terminal of 80 columns."""
    stack.copy_program(ROOT / "examples" / "one_model")
    stack.pulumi("config", "set", "keywordsai:models.acme/support-llm.input_cost", "3")
    said = in_a_terminal(["keywordsai-dynamic", "doctor"], stack, width=80)
    shown = Text.from_ansi(said.strip().replace(str(folder), "~"))
    return svg(shown, "keywordsai-dynamic doctor", width=80)


def in_a_terminal(command: list[str], stack: Stack, width: int) -> str:
    """Return what a command writes to a terminal, with its colors."""
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (40, width))
    env = {**stack.env, "TERM": "xterm-256color"}
    with open(ours, "rb", buffering=0) as terminal:
        process = subprocess.Popen(command, cwd=stack.project, env=env, stdout=theirs)  # noqa: S603
        os.close(theirs)
        said = b""
        with contextlib.suppress(OSError):  # how Linux tells the end of a terminal
            while chunk := terminal.read(1 << 16):
                said += chunk
        process.wait()
    return said.decode().replace("\r", "")


def report_of_a_pull_request(stack: Stack, emulator: Emulator, folder: Path) -> Report:
    (folder / "usage.yaml").write_text(USAGE)
    preview_of_a_pull_request(stack, emulator, folder)
    return command.report_of(
        [f"prod={folder / 'prod.json'}"],
        [f"prod={folder / 'drift.json'}"],
        [str(folder / "usage.yaml")],
        RULES,
    )


def preview_of_a_pull_request(stack: Stack, emulator: Emulator, folder: Path) -> None:
    """Write prod.json and drift.json, as a workflow would on the pull request."""
    shutil.copy(ROOT / "examples" / "model_catalog" / "models.yaml", stack.project)
    stack.write_program(PROGRAM)
    config = yaml.safe_load((ROOT / "Pulumi.prod.yaml").read_text())["config"]
    models = config["keywordsai:models"]
    stack.config("keywordsai:models", models)
    stack.up()
    emulator.edit_model("acme/translate", input_cost=20)
    drift = stack.pulumi("refresh", "--preview-only", "--json").stdout
    (folder / "drift.json").write_text(drift)
    changed = {
        name: models.get(name, {}) | fields for name, fields in PULL_REQUEST.items() if fields
    }
    gone = {name: None for name, fields in PULL_REQUEST.items() if fields is None}
    stack.config("keywordsai:models", {**models, **changed, **gone})
    (folder / "prod.json").write_text(stack.pulumi("preview", "--json", "--show-sames").stdout)


def svg(shown: RenderableType, title: str, width: int) -> bytes:
    """Render text in a terminal of `width` columns as SVG."""
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True)
    console.print(shown, end="\n\n")  # the SVG cuts off what hangs below the last line
    # The id would change with every word; a font from elsewhere is not loaded in a README.
    drawn = console.export_svg(title=title, unique_id="picture")
    return re.sub(r"\s*@font-face \{.*?\}", "", drawn, flags=re.DOTALL).encode()


def draw(picture: Picture) -> bytes:
    with tempfile.TemporaryDirectory() as scratch, running_emulator() as emulator:
        folder = Path(scratch)
        env = {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
        # Stack prints what it runs, for pytest to show.
        output = contextlib.redirect_stdout(io.StringIO())
        with output, Stack(folder / "stack", engine_bin(), env, plain=True) as stack:
            return picture(stack, emulator, folder)


DRAWN: dict[str, Picture] = {
    "preview.svg": preview,
    "review.svg": review,
    "page.png": page,
    "refusal.svg": refusal,
    "doctor.svg": doctor,
}


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    for file, picture in DRAWN.items():
        if picture.__name__ in (sys.argv[1:] or [each.__name__ for each in DRAWN.values()]):
            (PICTURES / file).write_bytes(draw(picture))


if __name__ == "__main__":
    main()
