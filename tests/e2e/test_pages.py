"""The pages in a real browser: nothing comes alive, nothing overflows, everything can be read.

Without Chromium (in Debian `apt-get install chromium`) each test says so, and checks the document
alone.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness.browser import Browser, browsing
from report_pages import HOSTILE, hostile_report, report_of
from test_review_html import Tree

from keywordsai_dynamic.core.redaction import one_line
from keywordsai_dynamic.review.html import html

ROOT = Path(__file__).parents[2]
ABSENT = "Chromium is not installed: checked the document alone, in no browser"
WIDTHS = [(1200, False), (1200, True), (360, False), (360, True)]

Show = Callable[..., Browser | None]

FAINT = """
(() => {
  const parse = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= .04045 ? v / 12.92 :
    ((v + .055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = node => {
    for (; node; node = node.parentElement) {
      const color = parse(getComputedStyle(node).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || node.closest('script,style,title')) continue;
    const style = getComputedStyle(node);
    const color = parse(node.closest('svg') ? style.fill : style.color);
    const [a, b] = [light(color), light(behind(node))].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) found.push(walker.currentNode.data + ' ' + color);
  }
  return [...new Set(found)];
})()
"""
ALIVE = """
[...document.querySelectorAll('*')].filter(each =>
  /^(script|img|iframe|object|embed|base|form|input|video|audio|foreignobject)$/i.test(each.tagName)
  || [...each.attributes].some(({name, value}) => /^on/i.test(name) ||
    (/^(href|src|action|formaction)$/.test(name) && !/^#|^data:,$/.test(value)))
).map(each => each.outerHTML.slice(0, 200))
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser | None]:
    with browsing() as browser:
        yield browser


@pytest.fixture
def show(
    chromium: Browser | None, tmp_path: Path, record_property: Callable[[str, object], None]
) -> Iterator[Show]:
    """Open a page; afterwards it has asked for nothing, logged nothing and said nothing."""

    def opened(
        page: str, *, width: int = 1200, dark: bool = False, media: str = "screen"
    ) -> Browser | None:
        Tree(page)
        if chromium is None:
            record_property("browser", ABSENT)
            return None
        file = tmp_path / "page.html"
        file.write_text(page, encoding="utf-8")
        chromium.open(file, width=width, dark=dark, media=media)
        return chromium

    yield opened
    if chromium is not None:
        chromium.run("document.readyState")  # so that events under way have come
        loud = ("Log.entryAdded", "Runtime.exceptionThrown", "Page.javascriptDialogOpening")
        assert [each for each in chromium.events if each.get("method") in loud] == []
        asked = [
            each["params"]["request"]["url"]
            for each in chromium.events
            if each.get("method") == "Network.requestWillBeSent"
        ]
        assert {each.partition("#")[0] for each in asked} <= {
            (tmp_path / "page.html").resolve().as_uri(),
            "data:,",
        }


@pytest.fixture(scope="module")
def prices() -> str:
    """The page of this repository's production stack, written by the command."""
    command = (sys.executable, "-c", "from keywordsai_dynamic.cli.app import main; main()")
    done = subprocess.run(  # noqa: S603  (our own command)
        [*command, "prices", "prod", "--format", "html"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1, done.stderr
    return done.stdout


@pytest.mark.parametrize(("width", "dark"), WIDTHS)
@pytest.mark.parametrize("models", [1, 12, 200])
def test_a_report_fits_and_can_be_read(show: Show, models: int, width: int, dark: bool) -> None:
    """Names of 80 characters on a phone and on a desk, light and dark, with folds open too."""
    browser = show(html(report_of(models)), width=width, dark=dark)
    if browser:
        look_at(browser, dark)


@pytest.mark.parametrize(("width", "dark"), WIDTHS)
def test_a_catalog_fits_and_can_be_read(show: Show, prices: str, width: int, dark: bool) -> None:
    """The same for `prices --format html`; its table scrolls inside of its own region."""
    browser = show(prices, width=width, dark=dark)
    if browser:
        look_at(browser, dark)


ASKEW = """
[...document.querySelectorAll('table')].flatMap(table => {
  const place = each => { const {left, width} = each.getBoundingClientRect();
    return Math.round(left) + '+' + Math.round(width); };
  const [axis, rows] = [table.querySelector('.axis'), [...table.querySelectorAll('.row')]];
  return axis ? rows.filter(row => place(row) !== place(axis)).map(place) : [];
})
"""


def look_at(browser: Browser, dark: bool) -> None:
    browser.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")
    assert browser.run(FAINT) == []
    assert browser.run(ASKEW) == []
    paper = browser.run("getComputedStyle(document.documentElement).backgroundColor")
    assert paper == ("rgb(20, 22, 26)" if dark else "rgb(255, 255, 255)")
    cut = "[...document.querySelectorAll('.row *')].filter(each => each.closest('td') && "
    cut += "each.getBoundingClientRect().right > innerWidth).length"
    assert browser.run(cut) == 0


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_comes_alive(show: Show, text: str) -> None:
    """In the browser's own tree there is no element, attribute or link that a name has made."""
    browser = show(html(hostile_report(text)))
    if browser:
        assert browser.run(ALIVE) == []
        shown = browser.run("[...document.querySelectorAll('code')].map(e => e.textContent)")
        assert one_line(text) in shown


def test_a_robot_reads_what_a_person_sees(show: Show) -> None:
    """Landmarks, tables with column and row headers, and no chart that says it all again."""
    browser = show(html(report_of(12)))
    if not browser:
        return
    tree = browser.send("Accessibility.getFullAXTree")["nodes"]
    roles = [each["role"]["value"] for each in tree if not each["ignored"]]
    assert {"banner", "main", "contentinfo", "region"} <= set(roles)
    named = {
        (each["role"]["value"], each.get("name", {}).get("value", ""))
        for each in tree
        if not each["ignored"]
    }
    assert ("region", "Findings") in named
    assert ("columnheader", "what was found") in named
    assert ("table", "What each model adds to the monthly bill, in USD") in named
    assert ("rowheader", "output_cost") in named
    assert not {role for role in roles if "raphics" in role or role == "image"}


def test_the_keyboard_is_enough(show: Show) -> None:
    """Tab reaches the stack's link, then what is folded; Enter follows and opens."""
    browser = show(html(report_of(200)))
    if not browser:
        return
    browser.press("Tab")
    assert browser.run("document.activeElement.getAttribute('href')") == "#stack-1"
    browser.press("Tab")
    assert browser.run("document.activeElement.tagName") == "SUMMARY"
    outline = browser.run("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    browser.press("Enter", "\r")
    assert browser.run("document.activeElement.parentElement.open") is True


def test_paper_shows_what_is_folded(show: Show) -> None:
    """Printed, a closed fold cannot be opened: everything in it is there."""
    browser = show(html(report_of(200)), media="print", dark=True)
    if not browser:
        return
    heights = "[...document.querySelectorAll('details table')].map(e => e.offsetHeight)"
    assert min(browser.run(heights)) > 100
    assert browser.run("document.querySelector('details').open") is False
    paper = browser.run("getComputedStyle(document.documentElement).backgroundColor")
    assert paper == "rgb(255, 255, 255)"


def test_a_catalog_is_sorted_by_its_headers(show: Show, prices: str) -> None:
    """A header is a button: the first press puts the highest price first, the second the lowest."""
    browser = show(prices)
    if not browser:
        return
    column = (
        "[...document.querySelectorAll('.sortable tbody tr')].map(r => +r.cells[2].dataset.value)"
    )
    before = browser.run(column)
    browser.run("document.querySelectorAll('.sortable th button')[2].focus()")
    for expected in (sorted(before, reverse=True), sorted(before)):
        browser.press("Enter", "\r")
        assert browser.run(column) == expected
    head = browser.run("document.querySelectorAll('.sortable thead th')[2].ariaSort")
    assert head == "ascending"


def test_a_catalog_needs_no_script(show: Show, prices: str, chromium: Browser | None) -> None:
    """Without one it is the same table, and has no button that would do nothing."""
    if chromium:
        chromium.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser = show(prices)
        if browser:
            tree = browser.send("Accessibility.getFullAXTree")["nodes"]
            roles = [each["role"]["value"] for each in tree if not each["ignored"]]
            assert "button" not in roles
            assert "acme/support-llm" in json.dumps(tree)
    finally:
        if chromium:
            chromium.send("Emulation.setScriptExecutionDisabled", value=False)
