"""The file that Pulumi's home gets: it starts the plugin of one environment, or says why not."""

from __future__ import annotations

import shlex
from pathlib import Path

from ..core.installing import PACKAGE, installing
from ..core.redaction import one_line

# `-E` and `-P` keep out what the shell and the folder of the project could bring in. Whatever is in
# the place of that Python has to answer before it is trusted with the port.
_TEXT = """\
#!/bin/sh
# Made by `keywordsai-dynamic plugin install`.
python={python}
end() {{ printf '\\n%s\\n' "$1" >&2; exit 1; }}
[ -e "$python" ] || end {gone}
[ "$("$python" -EPSc 'print(1)' 2>/dev/null </dev/null)" = 1 ] || end {replaced}
exec "$python" -EPc {start} "$@"
"""
_START = """\
import sys
try:
    from keywordsai_dynamic.native.installed import main_of
except ImportError:
    sys.exit({missing!a})
main_of({version!a})
"""


def launcher(version: str, python: str) -> str:
    """Write the launcher of a version, for the Python at this path, which may be any path.

    What it says if it cannot start is one line, after an empty one: the CLI puts its own words
    right before what a plugin has printed.
    """
    shown = one_line(python)
    again = (
        "Run `keywordsai-dynamic plugin install` in an environment with keywordsai-dynamic "
        f"{version}."
    )
    command = installing(python, Path(python).parent.parent)
    into = f"Run `{one_line(command)} {PACKAGE}=={version}`."
    why = f"keywordsai {version} cannot start:"
    missing = f"\n{why} {shown} has no keywordsai-dynamic. {into}"
    return _TEXT.format(
        python=shlex.quote(python),
        gone=shlex.quote(f"{why} {shown} does not exist. {again}"),
        replaced=shlex.quote(f"{why} {shown} is not Python 3.11 or newer. {again}"),
        start=shlex.quote(_START.format(missing=missing, version=version)),
    )
