"""The docs site: built from the pages as they stand, complete, and of use without a network."""

import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.browser import browsing
from pages import all_pages

ROOT = Path(__file__).parents[2]
# What a browser would load by itself, in a tag or in a style.
_LOADED = re.compile(
    r"""<(?:script|img|iframe|source)[^>]*\ssrc=["']https?:[^"']*|"""
    r"""<link[^>]*rel=["'](?!canonical)[^>]*href=["']https?:[^"']*|url\(["']?https?:[^)]*"""
)
_FOUND = "[...document.querySelectorAll('#search-results li a')].map(each => each.textContent)"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build it as `make docs` does, in another folder."""
    folder = tmp_path_factory.mktemp("site")
    strictly = ("-q", "-W", "--keep-going", "-c", "docs", "-d", folder / "read")
    done = subprocess.run(  # noqa: S603  (our own pages)
        [sys.executable, "-m", "sphinx", *strictly, ".", folder / "site"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return folder / "site"


def test_every_page_is_in_the_menu(site: Path) -> None:
    """The site has each page of the repository, and its first page leads to all of them."""
    menu = (site / "README.html").read_text()
    pages = {page.name.removesuffix(".md") + ".html" for page in all_pages(ROOT)} - {"README.html"}
    assert {page for page in pages if not (site / page).is_file()} == set()
    assert {page for page in pages if f'href="{page}"' not in menu} == set()
    assert "url=README.html" in (site / "index.html").read_text()


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    """No page, style or script of the site asks another host for anything."""
    files = [file for file in site.rglob("*") if file.suffix in {".html", ".css", ".js"}]
    assert {found for file in files for found in _LOADED.findall(file.read_text())} == set()


def test_the_search_works_from_a_folder(
    site: Path, record_property: Callable[[str, object], None]
) -> None:
    """Opened from a disk, the search finds the page that has a word."""
    with browsing() as browser:
        if browser is None:
            record_property("browser", "Chromium is not installed: looked at the index alone")
            stem = "keywordsai_deadlin"  # the index holds words without their endings
            assert f'"{stem}":' in (site / "searchindex.js").read_text()
            return
        browser.open(site / "search.html", query="?q=deadline")
        end = time.monotonic() + 60
        while "Settings" not in browser.run(_FOUND):
            assert time.monotonic() < end, "the search does not find it"
            time.sleep(0.1)
