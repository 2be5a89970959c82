"""The protocol modules of Pulumi's SDK without the SDK, which takes half a second to import.

They need nothing of `pulumi/__init__.py`, so its packages are entered as bare folders. That relies
on the SDK's layout: with any other one, the SDK is imported as usual.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec
from pathlib import Path

_PACKAGES = ("pulumi", "pulumi.runtime", "pulumi.runtime.proto")
_NEEDED = ("pulumi.errors", "pulumi.runtime.proto.provider_pb2_grpc")


def load() -> None:
    """Import the protocol modules; call it before anything else imports the SDK."""
    if "pulumi" not in sys.modules and (folder := _folder()) is not None:
        _enter(folder)
        try:
            _import()
        except Exception:  # noqa: BLE001  (whatever another layout raises, the usual import decides)
            _leave()
    _import()


def _folder() -> Path | None:
    spec = PathFinder.find_spec("pulumi")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    return Path(folders[0]) if len(folders) == 1 else None


def _enter(folder: Path) -> None:
    for name in _PACKAGES:
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(folder.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = module_from_spec(spec)


def _leave() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "pulumi"]:
        del sys.modules[name]


def _import() -> None:
    for name in _NEEDED:
        import_module(name)
