"""The settings of the docs site: every page of the repository as it stands, with a search.

`make docs` builds it from the root of the repository, so that links between pages work as they do
there. What README links to comes first in the menu, in the order of README.
"""

import re
import tomllib
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = {
    "docs/guides": "Guides",
    "docs/reference": "Reference",
    "docs/explanation": "Explanation",
    "examples": "Examples",
    "": "Project",
}
_about = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

project, version = _about["name"], _about["version"]
extensions = ["myst_parser"]
root_doc = "README"
include_patterns = ["*.md", "docs/**/*.md", "**/README.md"]
exclude_patterns = [".*", "build", "dist", "venv"]
smartquotes = False  # `--path` stays as it is
myst_heading_anchors = 3  # named as GitHub names them
html_theme = "furo"
html_title = f"{project} {version}"
html_show_sourcelink = html_copy_source = False
templates_path = ["site"]
html_additional_pages = {"index": "to-readme.html"}


def setup(app: Sphinx) -> None:
    """Have the menu made from the pages that there are."""
    app.connect("source-read", _add_menu)


def _add_menu(app: Sphinx, name: str, source: list[str]) -> None:
    if name != root_doc:
        return
    linked = [link.removesuffix(".md") for link in re.findall(r"\]\(([^):]+\.md)\)", source[0])]
    mapped = list(dict.fromkeys(reversed(linked)))[::-1]  # in the order of its last table
    pages = list(dict.fromkeys([*mapped, *sorted(app.project.docnames)]))
    for folder, caption in FOLDERS.items():
        here = [page for page in pages if page != root_doc and _folder(page) == folder]
        lines = ["```{toctree}", ":hidden:", f":caption: {caption}", *here, "```"]
        source[0] += "\n" + "\n".join(lines) + "\n"


def _folder(page: str) -> str:
    return next(folder for folder in FOLDERS if page.startswith(folder))
