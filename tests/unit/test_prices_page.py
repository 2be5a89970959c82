"""The page of a catalog: every model and price of it, and the distance of each from the list."""

import re
from datetime import date

import pytest
from report_pages import HOSTILE

from keywordsai_dynamic.catalog.model_catalog import ModelCatalog
from keywordsai_dynamic.catalog.price_check import PriceCheck, check
from keywordsai_dynamic.page.prices import prices_page

DAY = date(2026, 11, 26)
MODELS = {
    "acme/a": {"base_model_name": "gpt-4o", "input_cost": 3, "output_cost": 10},
    "acme/b": {"base_model_name": "gpt-4o-mini", "input_cost": 0.15, "output_cost": 1.2},
    "acme/own": {"input_cost": 7},
}


def page(models: dict[str, dict[str, object]]) -> tuple[str, PriceCheck]:
    catalog = ModelCatalog(models)
    found = check(catalog, day=DAY)
    return prices_page("prod", catalog.models, found, "the list 1"), found


def rows(written: str) -> list[str]:
    found = re.findall(r"<tr[ >].*?</tr>", written, re.DOTALL)
    return [" ".join(re.sub("<[^>]*>", " ", row).split()) for row in found]


def test_every_cost_stands_beside_its_list_price() -> None:
    """Those of the check, and those that no list has."""
    written, found = page(dict(MODELS))
    assert (
        f"<h1>{len(found.differing)} of {len(found.compared)} costs differ from the list</h1>"
        in (written)
    )
    shown = rows(written)
    assert "1 acme/a listed as openai/gpt-4o 3 list 2.5 (+20%) 10 list 10 (equal) — —" in shown
    assert "3 acme/own 7 — — —" in shown
    assert "<li><code>acme/own</code>: no list price for acme/own</li>" in written
    assert shown[:3] == [
        "model and cost over list 0% 50% 100%",
        "acme/b output +100%",
        "acme/a input +20%",
    ]


def test_a_chart_needs_two_models() -> None:
    """One model is a pair of numbers, which the table has."""
    assert 'class="scatter"' in page(dict(MODELS))[0]
    alone, _ = page({"acme/a": MODELS["acme/a"]})
    assert 'class="scatter"' not in alone
    assert "Markup over list" not in alone


@pytest.mark.parametrize("text", HOSTILE)
def test_no_name_comes_alive(text: str) -> None:
    """The only script is the page's own, and its policy names it by its digest."""
    named = text.replace("\x00", "").replace("<{%", "<{")
    written, _ = page({f"{named}{each}": dict(MODELS["acme/a"]) for each in "ab"})
    assert written.count("<script") == 1
    assert re.search(r"script-src 'sha256-[\w+/=]+'", written)
    assert not re.search(r"<(img|a|iframe|svg [^>]*onload)\b", written)
