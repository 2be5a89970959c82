"""Make README's links absolute for a package index; everything else stands in pyproject.toml."""

import re
import tomllib
from pathlib import Path

from setuptools import setup  # type: ignore[import-untyped]  # no stubs

HERE = Path(__file__).parent
PROJECT = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SOURCE, TAG = PROJECT["urls"]["Source"], f"v{PROJECT['version']}"
LINK = re.compile(r"(?P<picture>!?)(?P<text>\[[^\]]*\])\((?P<path>[^):#]+)(?P<place>#[^)]*)?\)")


def absolute(link: re.Match[str]) -> str:
    """Lead a link into the repository, as it was when this version was tagged."""
    kind = "raw" if link["picture"] else "blob"
    address = f"{SOURCE}/{kind}/{TAG}/{link['path']}{link['place'] or ''}"
    return f"{link['picture']}{link['text']}({address})"


setup(
    long_description=LINK.sub(absolute, (HERE / "README.md").read_text(encoding="utf-8")),
    long_description_content_type="text/markdown",
)
