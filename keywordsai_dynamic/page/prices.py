"""A whole catalog as a page: its prices beside the vendors', as charts and as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..catalog.price_check import Checked, PriceCheck, distance
from ..core.fields import UNITS, Kind
from ..core.formatting import format_count, format_price, plain
from ..core.names import PRICE_FIELDS
from . import charts
from .charts import Point
from .markup import Markup, name, page, tag

_PRICES = UNITS[Kind.PRICE]
_INPUT, _OUTPUT = PRICE_FIELDS[:2]
_OPEN_BARS = 20

_SORT = """
for (const table of document.querySelectorAll('table.sortable')) {
  const body = table.tBodies[0];
  for (const head of table.tHead.rows[0].cells) {
    const button = document.createElement('button');
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const down = head.getAttribute('aria-sort') !== 'descending';
      for (const each of table.tHead.rows[0].cells) each.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const key = row => row.cells[head.cellIndex].dataset.value;
      const order = (a, b) => {
        const [x, y] = [key(a), key(b)];
        if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
        const found = isNaN(x) || isNaN(y) ? x.localeCompare(y) : x - y;
        return down ? -found : found;
      };
      body.append(...[...body.rows].sort(order));
    });
  }
}
"""
"""Makes each header a button that sorts by its column; a cell without a value stays last."""

Models = Mapping[str, Mapping[str, Any]]
"""A catalog's models with their fields."""


def prices_page(source: str, models: Models, found: PriceCheck, data: str) -> str:
    """Write the page of a catalog; `source` is its name, `data` the list's with its version."""
    checked = {(row.model, row.field): row for row in found.checked}
    numbers = {model: number for number, model in enumerate(models, 1)}
    head = tag(
        "header",
        tag("p", "Prices of ", name(source), class_="eyebrow"),
        tag("h1", _headline(found)),
        tag("p", f"{format_count(len(models), 'model')}; list: {data}", class_="soft"),
    )
    main = tag(
        "main",
        _scatter(models, numbers, checked),
        _markup(found.compared),
        _table(models, numbers, checked),
        _notes(found),
    )
    foot = tag("footer", f"Prices are {_PRICES}.")
    return page(f"Prices of {source}", head, main, foot, script=_SORT)


def _headline(found: PriceCheck) -> str:
    if not found.compared:
        return "No cost has a list price"
    costs = format_count(len(found.compared), "cost")
    return f"{len(found.differing):,} of {costs} differ from the list"


def _scatter(
    models: Models, numbers: Mapping[str, int], checked: Mapping[tuple[str, str], Checked]
) -> Markup | None:
    points = [
        _point(model, str(numbers[model]), fields[_INPUT], fields[_OUTPUT], checked)
        for model, fields in models.items()
        if all(isinstance(fields.get(field), int | float) for field in (_INPUT, _OUTPUT))
    ]
    if len(points) < 2:
        return None
    named = f"Input against output price of {len(points)} models, {_PRICES}; the table has them all"
    drawn = charts.scatter(points, named, f"input, {_PRICES}", f"output, {_PRICES}")
    caption = tag(
        "figcaption",
        "Each number is a row of the table: ",
        charts.key(charts.KEYS[1]),
        " declared, ",
        charts.key(charts.KEYS[0]),
        " its list price, where that differs.",
    )
    title = tag("h2", "Input against output price", id="scatter")
    return tag("section", title, tag("figure", caption, drawn), aria_labelledby="scatter")


def _point(
    model: str, mark: str, x: float, y: float, checked: Mapping[tuple[str, str], Checked]
) -> Point:
    rows = [checked.get((model, field)) for field in (_INPUT, _OUTPUT)]
    listed = [row.nearest for row in rows if row and row.nearest is not None]
    both = (listed[0], listed[1]) if len(listed) == 2 else None
    words = f"{model}: input {format_price(x)}, output {format_price(y)}"
    if both:
        words += f"; list {format_price(both[0])}, {format_price(both[1])}"
    return Point(mark, words, x, y, both)


def _markup(compared: Sequence[Checked]) -> Markup | None:
    """Draw how far costs are from the list, the farthest first; none where all are equal to it."""
    apart = [(row, row.change * 100) for row in compared if row.change]
    if len(apart) < 2:
        return None
    apart.sort(key=lambda each: -abs(each[1]))
    scale = charts.linear(percent for _, percent in apart)
    rows = [
        tag(
            "tr",
            tag("th", name(row.model), " ", _words(row.field), scope="row"),
            tag("td", distance(row), class_="number " + ("up" if percent > 0 else "down")),
            tag("td", charts.bar(scale, percent, "markup-grid"), class_="plot"),
        )
        for row, percent in apart
    ]
    axis = tag("td", charts.axis(scale, after="%"), class_="plot")
    heads = tag("thead", tag("tr", *_columns("model and cost", "over list"), axis))
    drawn = [tag("table", heads, tag("tbody", *rows[:_OPEN_BARS]), class_="wide bars")]
    if rest := rows[_OPEN_BARS:]:
        table = tag("table", heads, tag("tbody", *rest), class_="wide bars")
        drawn.append(tag("details", tag("summary", f"{len(rest):,} more"), table))
    caption = tag("p", "Percent of the list price, the farthest first.", class_="soft small")
    title = tag("h2", "Markup over list", id="markup")
    shared = charts.grid(scale, "markup-grid")
    return tag("section", title, caption, shared, *drawn, aria_labelledby="markup")


def _columns(*words: str) -> Iterator[Markup]:
    return (tag("th", each, scope="col") for each in words)


def _words(field: str) -> str:
    return field.removesuffix("_cost").replace("_", " ")


def _table(
    models: Models, numbers: Mapping[str, int], checked: Mapping[tuple[str, str], Checked]
) -> Markup:
    listed = {row.model: row.list_model for row in checked.values()}
    rows = [
        tag(
            "tr",
            tag("td", str(numbers[model]), data_value=numbers[model]),
            tag("th", name(model), _listed_as(listed.get(model)), scope="row", data_value=model),
            *(_cost(fields.get(field), checked.get((model, field))) for field in PRICE_FIELDS),
        )
        for model, fields in models.items()
    ]
    heads = tag("thead", tag("tr", *_columns("#", "model", *map(_words, PRICE_FIELDS))))
    caption = tag("caption", f"Prices in {_PRICES}, each above its list price")
    table = tag("table", caption, heads, tag("tbody", *rows), class_="sortable")
    # A region that scrolls must be reachable with the keyboard.
    scroll = tag("div", table, class_="scroll", tabindex=0, role="region", aria_labelledby="all")
    return tag("section", tag("h2", "All models", id="all"), scroll, aria_labelledby="all")


def _listed_as(entry: str | None) -> Markup | None:
    return tag("small", "listed as ", entry) if entry else None


def _cost(declared: object, row: Checked | None) -> Markup:
    if declared is None:
        return tag("td", "—")
    if not isinstance(declared, int | float):
        return tag("td", "encrypted")
    there = f"list {row.listed} ({distance(row)})" if row and row.differs is not None else None
    shown = format_price(declared)
    return tag("td", shown, tag("small", there) if there else None, data_value=plain(declared))


def _notes(found: PriceCheck) -> Markup | None:
    items = [tag("li", name(model), ": ", why) for model, why in found.unmatched.items()]
    items += [tag("li", remark) for remark in found.remarks]
    if not items:
        return None
    title = tag("h2", "Not compared, and remarks", id="notes")
    return tag("section", title, tag("ul", *items), aria_labelledby="notes")
