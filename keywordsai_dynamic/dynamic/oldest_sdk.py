"""Refuses a Pulumi SDK that is too old, before more of it is imported.

pip brings one that is new enough, and can be overruled. Up to 3.234 the SDK keeps from the provider
every property that begins with two underscores: drift is not found, and secrets show in clear.
"""

from __future__ import annotations

import sys

OLDEST_SDK = (3, 271)
"""What pyproject.toml asks for, and the tests pass with."""


def refuse_an_older_sdk(*, in_provider: bool = False) -> None:
    """Raise `pulumi.RunError`, which Pulumi shows without a traceback, where the SDK is older.

    In the provider's process the SDK shows one, with every kind of error, unless it is forbidden.
    """
    found = _version()
    if tuple(map(int, found.split(".")[:2])) < OLDEST_SDK:
        from pulumi import RunError  # noqa: PLC0415  # loaded by whoever gets here

        if in_provider:
            sys.tracebacklimit = 0
        oldest = ".".join(map(str, OLDEST_SDK))
        raise RunError(
            f"keywordsai-dynamic needs Pulumi's SDK {oldest} or newer, and this environment has "
            f"{found}: pip install 'pulumi>={oldest}'"
        )


def _version() -> str:
    try:
        # The SDK has loaded it for itself, where asking what is installed takes milliseconds.
        from pulumi._version import version  # noqa: PLC0415  # private: it may be gone one day
    except ImportError:
        from importlib.metadata import version as version_of  # noqa: PLC0415  # as said above

        return version_of("pulumi")
    return str(version)
