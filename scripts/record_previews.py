"""Record the previews that tests of the price review read, with the real CLI and the emulator.

Run it as `.venv/bin/python scripts/record_previews.py [NAME …]`; the name of one whose program is
in YAML begins with `yaml/`, that of one which declares a set of models with `sets/` or
`yaml/sets/`. It writes tests/recorded/previews/NAME.json, without what differs from
run to run (times, places in source files, the emulator's port).
"""

import contextlib
import io
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from engine import engine_bin
from harness.pulumi_stack import Stack
from preview_recordings import RECORDINGS as IN_PYTHON
from set_recordings import RECORDINGS as OF_SETS
from yaml_recordings import RECORDINGS as IN_YAML

from keywordsai_dynamic.emulator import running_emulator

RECORDED = Path(__file__).resolve().parents[1] / "tests" / "recorded" / "previews"
RECORDINGS = IN_PYTHON | {f"yaml/{name}": record for name, record in IN_YAML.items()} | OF_SETS
PROVIDER_ID = re.compile(r"::(default\w*)::[0-9a-f-]{36}")
PRINTED = "\x1b[31mError"
"""What begins an error of YAML's language host, which prints it; others print how they end."""
NOISE = {"duration", "created", "modified", "sourcePosition", "stackTrace"}


def without_noise(value: Any, url: str) -> Any:  # noqa: ANN401
    """Drop what differs between runs, and what the language host prints when it is stopped."""
    if isinstance(value, dict):
        return {k: without_noise(v, url) for k, v in value.items() if k not in NOISE}
    if isinstance(value, list):
        told = any(PRINTED in item["message"] for item in value if _is_printed(item))
        kept = [item for item in value if told or not _is_printed(item)]
        return [without_noise(item, url) for item in kept]
    if isinstance(value, str):
        return PROVIDER_ID.sub(r"::\1::0", value.replace(url, "http://127.0.0.1:8000"))
    return value


def _is_printed(item: object) -> bool:
    return isinstance(item, dict) and item.get("severity") == "info#err"


def main() -> None:
    engine = engine_bin()
    for name in sys.argv[1:] or RECORDINGS:
        with tempfile.TemporaryDirectory() as folder, running_emulator() as emulator:
            env = {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
            # Stack prints what it runs, for pytest to show.
            output = contextlib.redirect_stdout(io.StringIO())
            with output, Stack(Path(folder), engine, env, plain=True) as stack:
                document = without_noise(RECORDINGS[name](stack, emulator), emulator.url)
        text = json.dumps(document, indent=1, ensure_ascii=False)
        file = RECORDED / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n")


if __name__ == "__main__":
    main()
