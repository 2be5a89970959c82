"""Charts as SVG: numbers in, markup out.

Positions are percentages of the width, so that a chart fits every screen and its text keeps its
size. A chart stands beside the numbers that it shows, so it is hidden from screen readers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from math import ceil, floor, log10
from typing import NamedTuple

from ..core.formatting import plain
from .markup import Markup, tag

Number = Decimal | float

_STEPS = (1, 2, 5)
_MOST_TICKS = 5
_FAR_APART = 20
"""From this ratio of largest to smallest on, a scale is logarithmic."""

_ZERO = 8.0
"""Where a logarithmic scale begins, in percent: 0 has its own place on the left."""

_MINUS = "\u2212"
_SHORT = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


class Scale(NamedTuple):
    """Maps numbers to percent of the width; `ticks` are those that the axis names."""

    low: float
    high: float
    ticks: tuple[float, ...]
    logarithmic: bool = False

    def at(self, value: Number) -> float:
        """Return where a number is, in percent."""
        if not self.logarithmic:
            return (float(value) - self.low) * 100 / (self.high - self.low)
        if value <= 0:
            return 0.0
        begin = _ZERO if 0 in self.ticks else 0.0
        share = (log10(value) - log10(self.low)) / (log10(self.high) - log10(self.low))
        return begin + share * (100 - begin)


def scale_of(values: Iterable[Number]) -> Scale:
    """Choose a scale with round ends for these numbers; it has 0, or is logarithmic."""
    numbers = [float(value) for value in values]
    positive = [value for value in numbers if value > 0]
    wide = positive and max(positive) > _FAR_APART * min(positive)
    if wide and min(numbers) >= 0:
        return _logarithmic(min(positive), max(positive), zero=len(positive) < len(numbers))
    return linear(numbers)


def linear(values: Iterable[Number]) -> Scale:
    """Choose a scale with 0 and round ends."""
    numbers = [0.0, *map(float, values)]
    low, high = min(numbers), max(numbers)
    step = _round_step((high - low or 1) / (_MOST_TICKS - 1))
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    last = max(last, first + 1)
    ticks = tuple(float(f"{number * step:.6g}") for number in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], ticks)


def _round_step(least: float) -> float:
    size = 10.0 ** floor(log10(least))
    return next(size * step for step in (*_STEPS, 10) if size * step >= least * (1 - 1e-9))


def _logarithmic(low: float, high: float, *, zero: bool) -> Scale:
    first, last = floor(log10(low) + 1e-9), ceil(log10(high) - 1e-9)
    rounds = [float(f"{step}e{power}") for power in range(first, last + 1) for step in _STEPS]
    begin = max(each for each in rounds if each <= low * (1 + 1e-9))
    end = min(each for each in rounds if each >= high * (1 - 1e-9))
    inside = [each for each in rounds if begin <= each <= end]
    if len(inside) > _MOST_TICKS + 2:
        apart = ceil((last - first + 1) / _MOST_TICKS)
        powers = [float(f"1e{power}") for power in range(first, last + 1, apart)]
        inside = [each for each in powers if begin <= each <= end]
    return Scale(begin, end, (0.0, *inside) if zero else tuple(inside), logarithmic=True)


def label(value: float) -> str:
    """Write a number of an axis, 0 or more, short: 0.5, 20, 5k, 2M."""
    for least, letter in _SHORT:
        if least <= value < _SHORT[0][0] * 1_000:
            return f"{value / least:g}{letter}"
    return plain(value) if value < _SHORT[0][0] else f"{value:.0e}"


def grid(scale: Scale, name: str) -> Markup:
    """Define the lines of the ticks, which the rows of a chart share by `name`."""
    lines = (_upright(scale.at(tick), "zero" if tick == 0 else "") for tick in scale.ticks)
    shared = tag("g", *lines, id=name, class_="grid")
    return tag("svg", tag("defs", shared), class_="defs", aria_hidden="true")


def axis(scale: Scale, before: str = "", after: str = "") -> Markup:
    """Draw the axis above the rows: a line and a number for each tick, like "$5" or "20%"."""
    parts: list[Markup] = []
    for tick in scale.ticks:
        place = scale.at(tick)
        anchor = "start" if place < 3 else "end" if place > 97 else "middle"
        sign, size = _MINUS if tick < 0 else "", label(abs(tick))
        text = f"{sign}{before}{size}{after}"
        parts += [
            tag("text", text, x=_percent(place), y=13, text_anchor=anchor),
            tag("line", x1=_percent(place), x2=_percent(place), y1=18, y2=24),
        ]
    return tag("svg", *parts, class_="axis", aria_hidden="true")


def bar(scale: Scale, value: Number, name: str) -> Markup:
    """Draw a bar from 0 to a number."""
    begin, end = sorted((scale.at(0), scale.at(value)))
    drawn = tag(
        "rect",
        class_="up" if value > 0 else "down",
        x=_percent(begin),
        width=_percent(max(end - begin, 0.4)),
        y=5,
        height=14,
    )
    return _row(name, drawn)


def move(
    scale: Scale, name: str, old: Number | None, new: Number | None, listed: Number | None
) -> Markup:
    """Draw a number before (ring) and after (dot), and the one to compare with (upright line)."""
    way = "" if old is None or new is None or old == new else "up" if new > old else "down"
    parts: list[Markup] = []
    if listed is not None:
        place = _percent(scale.at(listed))
        parts.append(tag("line", class_="list", x1=place, x2=place, y1=3, y2=21))
    if way and old is not None and new is not None:
        ends = _percent(scale.at(old)), _percent(scale.at(new))
        parts.append(tag("line", class_=way, x1=ends[0], x2=ends[1], y1=12, y2=12))
    if old is not None:
        parts.append(tag("circle", class_="old", cx=_percent(scale.at(old)), cy=12, r=4))
    if new is not None:
        parts.append(tag("circle", class_=f"new {way}", cx=_percent(scale.at(new)), cy=12, r=5))
    return _row(name, *parts)


KEYS = ("before", "after", "list price")
"""What the marks of `move` are called."""


def key(word: str) -> Markup:
    """Draw the mark that one of KEYS stands for, for a legend."""
    if word == KEYS[2]:
        drawn = tag("line", class_="list", x1="50%", x2="50%", y1=4, y2=20)
    else:
        drawn = tag("circle", class_="old" if word == KEYS[0] else "new", cx="50%", cy=12, r=4)
    return tag("svg", drawn, class_="key", aria_hidden="true")


class Point(NamedTuple):
    """One thing of a scatter chart, and the place to compare it with; `name` is its tooltip."""

    mark: str
    name: str
    x: Number
    y: Number
    compared: tuple[Number, Number] | None = None


def scatter(points: Sequence[Point], named: str, x_title: str, y_title: str) -> Markup:
    """Draw points over two axes, each with a line to the place that it is compared with.

    `named` says what the chart shows. Marks that would cover others are left out.
    """
    every = [(p.x, p.y) for p in points] + [p.compared for p in points if p.compared]
    across, up = (scale_of(pair[side] for pair in every) for side in (0, 1))
    return tag(
        "svg",
        *_axes(across, up),
        tag("text", y_title, class_="title", x=0, y=-18),
        tag("text", x_title, class_="title", x="100%", y="100%", dy=40, text_anchor="end"),
        *_points(points, across, up),
        class_="scatter",
        role="img",
        aria_label=named,
    )


def _axes(across: Scale, up: Scale) -> list[Markup]:
    parts: list[Markup] = []
    for tick in across.ticks:
        place = _percent(across.at(tick))
        parts += [
            tag("line", class_="tick", x1=place, x2=place, y1=0, y2="100%"),
            tag("text", label(tick), x=place, y="100%", dy=18, text_anchor="middle"),
        ]
    for tick in up.ticks:
        height = _percent(100 - up.at(tick))
        parts += [
            tag("line", class_="tick", x1=0, x2="100%", y1=height, y2=height),
            tag("text", label(tick), x=0, dx=-8, y=height, dy=4, text_anchor="end"),
        ]
    return parts


def _points(points: Sequence[Point], across: Scale, up: Scale) -> list[Markup]:
    parts: list[Markup] = []
    taken: list[tuple[float, float]] = []
    for point in points:
        x, y = across.at(point.x), 100 - up.at(point.y)
        shapes: list[Markup] = [tag("title", point.name)]
        if point.compared:
            there = across.at(point.compared[0]), 100 - up.at(point.compared[1])
            shapes += [
                tag("line", class_="way", **_ends((x, y), there)),
                tag("circle", class_="old", cx=_percent(there[0]), cy=_percent(there[1]), r=4),
            ]
        shapes.append(tag("circle", class_="new", cx=_percent(x), cy=_percent(y), r=5))
        if all(abs(x - other) > 4 or abs(y - height) > 4 for other, height in taken):
            taken.append((x, y))
            shapes.append(tag("text", point.mark, x=_percent(x), y=_percent(y), dx=8, dy=-6))
        parts.append(tag("g", *shapes))
    return parts


def _ends(one: tuple[float, float], other: tuple[float, float]) -> dict[str, str]:
    places = zip(("x1", "y1", "x2", "y2"), (*one, *other), strict=True)
    return {key: _percent(value) for key, value in places}


def _row(name: str, *parts: Markup) -> Markup:
    return tag("svg", tag("use", href=f"#{name}"), *parts, class_="row", aria_hidden="true")


def _upright(place: float, kind: str) -> Markup:
    return tag("line", class_=kind, x1=_percent(place), x2=_percent(place), y1=0, y2="100%")


def _percent(place: float) -> str:
    return f"{round(place, 1):g}%"
