"""The report as a page: one file for a browser, with charts, readable without any script."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, localcontext

from ..core.fields import UNITS, Kind
from ..core.formatting import EXACT, format_count, format_dollars_change
from ..page import charts
from ..page.charts import Scale
from ..page.markup import Markup, block, join, name, page, tag
from . import phrases, verdict
from .changes import ModelChange, PriceChange, PriceReview
from .headline import before_and_after, effect, moves
from .report import Report

_OPEN_MODELS = 25
"""Models with their prices on a scale; the rest is folded, as numbers, so that pages stay small."""

_OPEN_ROWS = 10
"""Findings, notes and bars that are seen at once."""

_PRICES = UNITS[Kind.PRICE]


def html(report: Report) -> str:
    """Write the page: the verdict, each stack's effect and the findings first, then each change."""
    sentence = verdict.verdict(report)
    numbered = list(enumerate(report.stacks, 1))
    head = tag(
        "header",
        tag("p", "Price review", class_="eyebrow"),
        tag("h1", *_verdict(report, sentence)),
        tag("ul", *(_card(number, review) for number, review in numbered), class_="stacks"),
    )
    main = tag(
        "main",
        _findings(report),
        _asides(verdict.asides(report)),
        *(_stack(number, review) for number, review in numbered),
    )
    foot = tag("footer", f"Prices are {_PRICES}; effects are USD a month at the usage given.")
    return page(f"Model prices: {sentence}" if sentence else "Model prices", head, main, foot)


def _verdict(report: Report, sentence: str) -> Iterator[Markup | str]:
    if not sentence:
        yield "Model prices"
        return
    passed = report.verdict == "pass"
    yield tag("span", "✓ " if passed else "✗ ", class_="pass" if passed else "fail")
    yield sentence


def _card(number: int, review: PriceReview) -> Markup:
    """Write what a reader must know of a stack, with a link to the rest."""
    money, both = effect(review), before_and_after(review)
    return tag(
        "li",
        tag("p", tag("a", name(review.stack), href=f"#stack-{number}")),
        tag("p", money, class_="figure") if money else None,
        tag("p", moves(review)),
        tag("p", both, class_="soft small") if both else None,
    )


def _findings(report: Report) -> Markup | None:
    """List the findings by rule and model; with a single stack its name goes without saying."""
    groups: dict[tuple[str, str, str | None], list[str]] = {}
    for each in report.findings:
        key = (each.rule, each.stack, each.model_name)
        groups.setdefault(key, []).append(each.sentence)
    if not groups:
        return None
    several = len(report.stacks) > 1
    rows = [
        tag(
            "tr",
            tag("th", tag("code", rule), scope="row", class_="rule"),
            tag("td", *_spaced(stack if several or not model else None, model)),
            tag("td", *(tag("div", each) for each in sentences)),
        )
        for (rule, stack, model), sentences in groups.items()
    ]
    heads = _heads("rule", "stack and model" if several else "model", "what was found")
    shown = _folding(rows, lambda part: _table(None, heads, part, "wide findings"))
    return tag("section", tag("h2", "Findings", id="findings"), *shown, aria_labelledby="findings")


def _spaced(*names: str | None) -> Iterator[Markup]:
    return (join(name(each), " ") for each in names if each)


def _asides(asides: Sequence[str]) -> Markup | None:
    if not asides:
        return None
    items = [tag("li", each) for each in asides]
    shown = _folding(items, lambda part: tag("ul", *part))
    return tag("section", tag("h2", "Notes", id="notes"), *shown, aria_labelledby="notes")


def _stack(number: int, review: PriceReview) -> Markup:
    title = f"stack-{number}"
    outside = review.outside or ()
    return tag(
        "section",
        tag("h2", "Stack ", name(review.stack), id=title),
        tag("p", phrases.counts(review), class_="soft"),
        *_problems(review),
        *(tag("p", each, class_="soft small") for each in phrases.left_out(review)),
        _effects(review.changes, f"{title}-effects"),
        _changes(review.changes, f"{title}-changes", "Changes, before → after"),
        _changes(outside, f"{title}-outside", "Changed outside of Pulumi, last known → live"),
        *_providers(review.providers),
        aria_labelledby=title,
    )


def _problems(review: PriceReview) -> Iterator[Markup]:
    if errors := phrases.errors(review):
        said = "The preview ended in an error; changes may be missing."
        yield tag("p", tag("strong", said), class_="fail")
        yield from map(block, errors)
    yield from (tag("p", remark) for remark in review.remarks)


def _providers(lines: Sequence[str]) -> Iterator[Markup]:
    if lines:
        yield tag("h3", "Custom providers")
        yield tag("ul", *(tag("li", phrases.first_line(line)) for line in lines))


def _effects(changes: Sequence[ModelChange], chart: str) -> Markup | None:
    """Draw the effects on the bill, the largest first; none for a single number."""
    moved = [(each.model_name, each.monthly) for each in changes if each.monthly]
    if len(moved) < 2:
        return None
    bars = [(name(model), effect) for model, effect in moved[:_OPEN_ROWS]]
    if rest := [effect for _, effect in moved[_OPEN_ROWS:]]:
        with localcontext(EXACT):
            summed = sum(rest, Decimal(0))
        bars.append((join(format_count(len(rest), "more model"), " together"), summed))
    scale = charts.linear(effect for _, effect in bars)
    rows = [
        tag(
            "tr",
            tag("th", label, scope="row"),
            tag("td", _signed(effect), class_="number"),
            tag("td", charts.bar(scale, effect, chart), class_="plot"),
        )
        for label, effect in bars
    ]
    heads = _heads("model", "USD a month", axis=charts.axis(scale, "$"))
    caption = tag("caption", "What each model adds to the monthly bill, in USD")
    table = _table(caption, heads, rows, "wide bars")
    return join(tag("h3", "Effect on the bill"), charts.grid(scale, chart), table)


def _signed(effect: Decimal) -> Markup:
    return tag("span", format_dollars_change(effect), class_="up" if effect > 0 else "down")


def _changes(changes: Sequence[ModelChange], chart: str, title: str) -> Markup | None:
    if not changes:
        return None
    open_, rest = changes[:_OPEN_MODELS], changes[_OPEN_MODELS:]
    marks = [mark for change in open_ for price in change.prices for mark in _marks(price)]
    values = [mark for mark in marks if mark is not None]
    scale = charts.scale_of(values) if len(values) > 2 else None
    parts = [tag("h3", title), charts.grid(scale, chart) if scale else None]
    axis = charts.axis(scale) if scale else None
    heads = _heads("model and price", _PRICES, axis=axis)
    parts.append(_table(_caption(scale), heads, [_model(each, scale, chart) for each in open_]))
    if rest:
        rows = [_model(each, None, chart) for each in rest]
        table = _table(tag("caption", f"Prices in {_PRICES}"), heads=None, rows=rows)
        summary = f"{format_count(len(rest), 'more model')}: {phrases.summary(rest)}"
        parts.append(tag("details", tag("summary", summary), table))
    return join(*parts)


def _caption(scale: Scale | None) -> Markup:
    if scale is None:
        return tag("caption", f"Prices in {_PRICES}")
    spaced = ", on a logarithmic scale" if scale.logarithmic else ""
    return tag(
        "caption",
        f"Prices in {_PRICES}{spaced}: ",
        *(join(charts.key(each), f" {each} ") for each in charts.KEYS),
    )


def _marks(price: PriceChange) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Return old, new and list price, as far as they are numbers."""
    old, new = (each if isinstance(each, Decimal) else None for each in (price.old, price.new))
    return old, new, price.list_price


def _model(change: ModelChange, scale: Scale | None, chart: str) -> Markup:
    before = (name(change.previous_name), " → ") if change.previous_name is not None else ()
    action = tag("span", phrases.action_name(change.action), class_="action")
    head = tag(
        "tr",
        tag("th", *before, name(change.model_name), action, scope="rowgroup", colspan=2),
        tag("td", phrases.monthly(change), class_="effect"),
        class_="model",
    )
    rows = [_price(change, price, scale, chart) for price in change.prices]
    return tag("tbody", head, *rows, _words(change))


def _price(change: ModelChange, price: PriceChange, scale: Scale | None, chart: str) -> Markup:
    old, new = phrases.prices(change, price)
    difference, percent = phrases.moved(price)
    moved = f" ({percent})" if percent else ""
    rising = "" if not price.difference else "up" if price.difference > 0 else "down"
    sign = {"up": "▲ ", "down": "▼ "}.get(rising, "")
    listed = phrases.listed(price)
    figures = (
        f"{old} → ",
        tag("strong", new),
        " " if difference else None,
        tag("span", f"{sign}{difference}{moved}", class_=rising) if difference else None,
        tag("small", listed) if listed else None,
    )
    drawn = charts.move(scale, chart, *_marks(price)) if scale else None
    return tag(
        "tr",
        tag("th", tag("code", price.field), scope="row"),
        tag("td", *figures),
        tag("td", drawn, class_="plot") if drawn else None,
        class_="price",
    )


def _words(change: ModelChange) -> Markup | None:
    """Write what no scale can show: capabilities, and what the preview said."""
    said = phrases.remarks(change)
    items = [tag("li", field.sentence) for field in change.capabilities]
    items += [tag("li", block(each) if "\n" in each else each) for each in said]
    if not items:
        return None
    return tag("tr", tag("td", tag("ul", *items), class_="words", colspan=3))


def _heads(*columns: str, axis: Markup | None = None) -> Markup:
    cells = [tag("th", text, scope="col") for text in columns]
    return tag("thead", tag("tr", *cells, tag("td", axis, class_="plot") if axis else None))


def _table(
    caption: Markup | None, heads: Markup | None, rows: Sequence[Markup], kind: str = "wide"
) -> Markup:
    """Lay rows out as a table; rows of one model come as a group of their own."""
    grouped = rows and rows[0].startswith("<tbody")
    body = rows if grouped else [tag("tbody", *rows)]
    return tag("table", caption, heads, *body, class_=kind)


def _folding(
    rows: Sequence[Markup], layout: Callable[[Sequence[Markup]], Markup]
) -> Iterator[Markup]:
    """Lay out the first rows, and the rest below a line that opens it."""
    yield layout(rows[:_OPEN_ROWS])
    if rest := rows[_OPEN_ROWS:]:
        yield tag("details", tag("summary", f"{len(rest):,} more"), layout(rest))
