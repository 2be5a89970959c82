"""The page: whole HTML, the report's own numbers, nothing alive in it, and small."""

import json
import re
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from harness.cpu_time import at_most
from report_pages import HOSTILE, hostile_report, report_of
from test_review_recorded import NAMES, report

from keywordsai_dynamic.core.formatting import format_dollars, format_dollars_change, format_price
from keywordsai_dynamic.core.redaction import hide
from keywordsai_dynamic.page.markup import page, tag
from keywordsai_dynamic.review import Report
from keywordsai_dynamic.review.headline import headline
from keywordsai_dynamic.review.html import html

VOID = {"meta", "link"}
ALLOWED = {
    *("html", "head", "meta", "title", "link", "style", "body", "header", "main", "footer"),
    *("section", "h1", "h2", "h3", "p", "span", "ul", "li", "a", "code", "pre", "strong", "small"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "div", "details", "summary"),
    *("svg", "defs", "g", "use", "line", "rect", "circle", "text"),
}


class Tree(HTMLParser):
    """Reads a page strictly: what is opened is closed, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names))
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


def rows(tree_of: str) -> list[str]:
    """The text of each table row."""
    found = re.findall(r"<tr[ >].*?</tr>", tree_of, re.DOTALL)
    return [" ".join(re.sub("<[^>]*>", " ", row).split()) for row in found]


@pytest.mark.parametrize("name", NAMES)
def test_every_recorded_report_is_a_whole_page(name: str) -> None:
    """Known elements alone, one h1, headings in order, each id once, each reference has its end."""
    tree = Tree(html(report(name)))
    assert {tag for tag, _ in tree.tags} <= ALLOWED
    headings = [int(tag[1]) for tag, _ in tree.tags if re.fullmatch("h[1-6]", tag)]
    assert headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip([0, *headings], headings, strict=False))
    ids = [each["id"] for _, each in tree.tags if "id" in each]
    assert len(ids) == len(set(ids))
    references = [(each.get("href") or "") for _, each in tree.tags if "href" in each]
    named = [each["aria-labelledby"] for _, each in tree.tags if "aria-labelledby" in each]
    assert {each for each in references if each != "data:,"} <= {f"#{each}" for each in ids}
    assert set(named) <= set(ids)
    assert [tree.count(each) for each in ("main", "header", "footer")] == [1, 1, 1]


@pytest.mark.parametrize("name", NAMES)
def test_every_number_is_the_json_s(name: str) -> None:
    """Each price before and after, its list price, each effect, and the total."""
    found = report(name)
    written = html(found)
    shown, text = rows(written), Tree(written).text
    (stack,) = json.loads(found.model_dump_json())["stacks"]
    changes = (*stack["changes"], *(stack["outside"] or ()))
    prices = [(change, price) for change in changes for price in change["prices"]]
    assert written.count('<tr class="price">') == len(prices)
    for change, price in prices:
        none = "none" if change["action"] in ONE_SIDED else "not declared"
        old, new = (as_written(price[side], none) for side in ("old", "new"))
        row = next(row for row in shown if row.startswith(f"{price['field']} {old} → {new}"))
        listed = price["list_price"]
        assert listed is None or f"list {as_written(listed, '')}" in row
    for amount in (stack["monthly"], *(change["monthly"] for change in changes)):
        if amount is not None and Decimal(amount):
            assert format_dollars_change(Decimal(amount)) in text
    for amount in (stack["monthly_before"], stack["monthly_after"]):
        if amount is not None and changes:
            assert format_dollars(Decimal(amount)) in text


ONE_SIDED = {"created", "deleted", "deleted outside"}


def as_written(value: str | None, none: str) -> str:
    if value is None:
        return none
    return format_price(Decimal(value)) if re.fullmatch(r"[0-9.]+", value) else value


@pytest.mark.parametrize("name", ["price_up", "deleted", "unchanged", "ended_early"])
def test_the_first_screen_has_verdict_and_headline(name: str) -> None:
    """Both stand before the first section."""
    found = report(name)
    first = html(found).partition("<main>")[0]
    text = " ".join(re.sub("<[^>]*>", " ", first.partition("<body>")[2]).split())
    (review,) = found.stacks
    for part in headline(review).split("; "):
        assert part in text


@pytest.mark.parametrize("text", HOSTILE)
def test_no_name_comes_alive(text: str) -> None:
    """In names, stacks, sentences, errors and remarks it is text, and nothing else."""
    tree = Tree(html(hostile_report(text)))
    assert {tag for tag, _ in tree.tags} <= ALLOWED
    attributes = {name for _, each in tree.tags for name in each}
    assert not {each for each in attributes if each.startswith("on") or each in {"src", "style"}}
    targets = {each["href"] for tag, each in tree.tags if tag in {"a", "link", "use"}}
    assert all(re.fullmatch(r"#stack-\d+(-[a-z]+)?|data:,", each or "") for each in targets)


def test_200_changed_models_are_small_and_fast() -> None:
    """Names of 80 characters, four prices each: under 300 kB in under 2 s, and none is missing."""
    found = report_of(200)
    with at_most(2):
        written = html(found)
    assert len(written.encode()) < 300_000
    for change in found.stacks[0].changes:
        assert len(change.model_name) >= 80
        assert written.count(f"<code>{change.model_name}</code>") >= 1
    assert "<summary>175 more models: " in written


@pytest.mark.parametrize(("models", "charts"), [(0, 0), (1, 0), (2, 1), (200, 1)])
def test_no_chart_of_a_single_number(models: int, charts: int) -> None:
    """One effect is the headline's; two are compared."""
    assert html(report_of(models)).count("Effect on the bill</h3>") == charts


def test_the_page_allows_nothing_from_elsewhere() -> None:
    """Its policy names the one stylesheet by its digest; there is no script to allow."""
    written = html(report_of(3))
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', written)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src" not in policy
    assert not re.search(r"https?:|//|@import|url\(", written)


def test_a_secret_is_not_shown() -> None:
    """Whatever is hidden in this process is hidden in a page."""
    hide("sk-0123456789abcdef")
    assert "0123456789abcdef" not in page("t sk-0123456789abcdef", tag("p", "sk-0123456789abcdef"))


def test_several_stacks_are_told_apart() -> None:
    """Each has a card with a link, and findings say whose they are."""
    one, other = report_of(3), report_of(2)
    stacks = (
        one.stacks[0].model_copy(update={"stack": "dev"}),
        other.stacks[0].model_copy(update={"stack": "prod"}),
    )
    both = Report.model_validate(one.model_dump() | {"stacks": [s.model_dump() for s in stacks]})
    written = html(both)
    assert '<a href="#stack-1"><code>dev</code></a>' in written
    assert '<h2 id="stack-2">Stack <code>prod</code></h2>' in written
    assert '<th scope="col">stack and model</th>' in written
