"""Refuses a Pulumi SDK that is too old, before more of it is imported.

pip installs one that is new enough, but can be overruled. Up to 3.234 the SDK hides from the
provider every property that begins with two underscores: drift goes unnoticed, and secrets show in
plain text.
"""

from __future__ import annotations

import sys

OLDEST_SDK = (3, 271)
"""What pyproject.toml requires, and the tests pass with."""


def refuse_an_older_sdk(*, in_provider: bool = False) -> None:
    """Raise `pulumi.RunError`, which Pulumi shows without a traceback, where the SDK is too old.

    In the provider's process the SDK shows a traceback for every error, unless that is turned off.
    """
    found = _version()
    if tuple(map(int, found.split(".")[:2])) < OLDEST_SDK:
        from pulumi import RunError  # noqa: PLC0415  # already loaded by now

        if in_provider:
            sys.tracebacklimit = 0
        oldest = ".".join(map(str, OLDEST_SDK))
        raise RunError(
            f"keywordsai-dynamic needs the Pulumi SDK {oldest} or newer, but this environment has "
            f"{found}: pip install 'pulumi>={oldest}'"
        )


def _version() -> str:
    try:
        # The SDK has already loaded this; searching installed packages takes milliseconds.
        from pulumi._version import version  # noqa: PLC0415  # private: it may disappear
    except ImportError:
        from importlib.metadata import version as version_of  # noqa: PLC0415  # only where needed

        return version_of("pulumi")
    return str(version)
