#!/usr/bin/env python3
"""Build what `make bench` compares with, from the Go modules pinned in peers/, and print where.

That is OpenTofu and Mastercard's provider for REST APIs: minutes, once. Exit code 1: it cannot be
built, and the lines above say why.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

PINNED = Path(__file__).resolve().parent / "peers"


class Peer(NamedTuple):
    """A program of a Go module; `link` is what its own releases tell the linker."""

    module: str
    binary: str
    link: str = ""

    @property
    def version(self) -> str:
        pins = (PINNED / self.binary / "go.mod").read_text()
        found = re.search(rf"\s{re.escape(self.module)} v(\S+)", pins)
        assert found, f"{self.binary}/go.mod does not pin {self.module}"
        return found[1]


PEERS = (
    Peer("github.com/Mastercard/terraform-provider-restapi", "terraform-provider-restapi"),
    Peer("github.com/opentofu/opentofu", "tofu", "-X github.com/opentofu/opentofu/version.dev=no"),
)


def main() -> int:
    try:
        folder = built_peers() or _build()
    except KeyboardInterrupt:
        return 130
    if folder:
        sys.stdout.write(f"{folder}\n")
    return 0 if folder else 1


def built_peers() -> Path | None:
    """Return the folder that holds both programs, or None if they are not built."""
    folder = _folder()
    return folder if all((folder / peer.binary).exists() for peer in PEERS) else None


def _build() -> Path | None:
    """Build beside the final folder, so that a build that was stopped is not taken for a whole."""
    if not shutil.which("go"):
        _say("no `go` on PATH (https://go.dev/dl/)")
        return None
    folder = _folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="unfinished-", dir=folder.parent) as scratch:
        unfinished = Path(scratch) / "bin"
        for peer in PEERS:
            _say(f"building {peer.binary} {peer.version} with Go (minutes, once)")
            built = subprocess.run(  # noqa: S603  (the compiler, and modules that we pin)
                ["go", "install", "-trimpath", "-ldflags", f"-s -w {peer.link}", "tool"],  # noqa: S607
                cwd=PINNED / peer.binary,
                env={**os.environ, "CGO_ENABLED": "0", "GOBIN": str(unfinished)},
                check=False,
            )
            if built.returncode:
                _say(f"{peer.binary} cannot be built")
                return None
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.rename(folder)
    return folder


def _folder() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    versions = "-".join(f"{peer.binary}-{peer.version}" for peer in reversed(PEERS))
    return cache / "keywordsai-dynamic" / "peers" / versions


def _say(line: str) -> None:
    sys.stderr.write(f"peers: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    raise SystemExit(main())
