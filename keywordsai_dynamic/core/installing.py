"""The command that installs into an environment of Python: pip's, or uv's where pip is missing."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

PACKAGE = "keywordsai-dynamic"

_OF_UV = re.compile(r"^uv\s*=", re.MULTILINE)


def installing(python: str, prefix: Path, *, again: bool = False) -> str:
    """Return the command, up to what is to be installed, for the Python of an environment.

    `again` replaces what is there with the same versions.
    """
    quoted = shlex.quote(python)
    if _lacks_pip(prefix):
        return f"uv pip install{' --reinstall' if again else ''} --python {quoted}"
    return f"{quoted} -m pip install{' --force-reinstall' if again else ''}"


def _lacks_pip(prefix: Path) -> bool:
    """Return whether uv has made an environment, which it does without pip."""
    try:
        settings = (prefix / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return bool(_OF_UV.search(settings)) and not any(prefix.glob("lib/python*/site-packages/pip"))
