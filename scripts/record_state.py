"""Record the state that this version leaves behind; every later version must preview it empty.

Run it once for a version, before its release: `.venv/bin/python scripts/record_state.py`. It runs
tests/recorded/vVERSION/program.py with the real CLI and the emulator, and writes state.json beside
it: the engine's own export, without times and places. An existing state is kept.
"""

import json
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from engine import engine_bin
from harness.pulumi_stack import Stack

from keywordsai_dynamic.emulator import running_emulator

ROOT = Path(__file__).resolve().parents[1]
NOISE = {"created", "modified", "sourcePosition", "stackTrace", "time"}
PLACEHOLDER = "http://127.0.0.1:8000"


def without_noise(value: Any) -> Any:  # noqa: ANN401  (JSON is anything)
    """Drop when and where the state was written."""
    if isinstance(value, dict):
        return {key: without_noise(item) for key, item in value.items() if key not in NOISE}
    if isinstance(value, list):
        return [without_noise(item) for item in value]
    return value


def record(program: str) -> dict[str, Any]:
    """Run the program in a new stack; return its state, with secrets in clear text."""
    with tempfile.TemporaryDirectory() as folder, running_emulator() as emulator:
        env = {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
        with Stack(Path(folder), engine_bin(), env, plain=True) as stack:
            stack.write_program(program)
            stack.up()
            exported = stack.pulumi("stack", "export", "--show-secrets").stdout
    state: dict[str, Any] = without_noise(json.loads(exported.replace(emulator.url, PLACEHOLDER)))
    return state


def main() -> None:
    """Write the state of this version, unless it was written before."""
    folder = ROOT / "tests" / "recorded" / f"v{version('keywordsai-dynamic')}"
    target = folder / "state.json"
    if target.exists():
        sys.exit(f"{target.relative_to(ROOT)} already exists, and is kept")
    state = record((folder / "program.py").read_text())
    target.write_text(json.dumps(state, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
