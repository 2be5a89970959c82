"""The schema of the package, which `scripts/package_schema.py` makes, and the version in it."""

from __future__ import annotations

import json
from pathlib import Path

FILE = Path(__file__).with_name("schema.json")


def text() -> str:
    """Return the schema as the engine gets it."""
    return FILE.read_text(encoding="utf-8")


def version() -> str:
    """Return the version of the package, as Pulumi writes versions: `0.1.0`, `0.2.0-rc.1`."""
    found: str = json.loads(text())["version"]
    return found
