"""The start of the plugin from Pulumi's home, by the launcher that `plugin install` has put there.

Launchers stay as they are when the package is upgraded: this module, `main_of` and its argument
never change their names or meaning.
"""

from __future__ import annotations

import sys
from pathlib import Path

from . import package_schema
from .main import main


def main_of(version: str) -> None:
    """Serve as the plugin of this version, or end on one line if the package has another now."""
    try:
        here = package_schema.version()
    except Exception as error:  # noqa: BLE001  (whatever a broken file raises)
        from .damage import cannot_start  # noqa: PLC0415  (a plugin that starts needs it never)

        sys.exit(f"\n{cannot_start(error, version)}")
    if here != version:
        sys.exit(f"\n{_has_another(version, here)}")
    main()


def _has_another(version: str, here: str) -> str:
    import shlex  # noqa: PLC0415  (a plugin that starts needs neither of the two)

    from ..core.redaction import one_line  # noqa: PLC0415

    command = Path(sys.executable).with_name("keywordsai-dynamic")
    return one_line(
        f"keywordsai {version} cannot start: {sys.executable} has keywordsai-dynamic {here} now. "
        f"Run `{shlex.quote(str(command))} plugin install` to use that, or `keywordsai-dynamic "
        f"plugin install` in an environment with keywordsai-dynamic {version}."
    )
