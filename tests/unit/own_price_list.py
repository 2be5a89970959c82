"""A price list of the tests' own: siblings, resellers, and prices that change on known days."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, time
from decimal import Decimal

from genai_prices.data_snapshot import DataSnapshot, set_custom_snapshot
from genai_prices.types import (
    ClauseEquals,
    ClauseStartsWith,
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    Provider,
    StartDateConstraint,
    TimeOfDateConstraint,
)


def _cost(of_input: str, of_output: str) -> ModelPrice:
    return ModelPrice(input_mtok=Decimal(of_input), output_mtok=Decimal(of_output))


def _from(day: date, prices: ModelPrice) -> ConditionalPrice:
    return ConditionalPrice(StartDateConstraint(day), prices=prices)


@contextmanager
def own_price_list() -> Iterator[None]:
    """Have a list with vendors `acme` and `resells` instead of the installed one."""
    dated = [
        ConditionalPrice(prices=_cost("2", "10")),
        _from(date(2026, 12, 1), _cost("4", "10")),
        _from(date(2026, 12, 20), _cost("4", "12.5")),
        _from(date(2027, 1, 10), _cost("8", "12.5")),
    ]
    at_night = TimeOfDateConstraint(time(0, 30, tzinfo=UTC), time(16, 30, tzinfo=UTC))
    models = [
        ModelInfo("chat", ClauseStartsWith("chat"), prices=_cost("1", "2")),
        ModelInfo("chat-large", ClauseEquals("chat-large-2"), prices=_cost("5", "6")),
        ModelInfo("dated", ClauseStartsWith("dated"), prices=dated),
        ModelInfo(
            "by-the-hour",
            ClauseEquals("by-the-hour"),
            prices=[
                ConditionalPrice(prices=_cost("1", "2")),
                _from(date(2026, 12, 1), _cost("3", "2")),
                ConditionalPrice(at_night, prices=_cost("1", "2")),
            ],
        ),
    ]
    acme = Provider("acme", "Acme", "acme", models=models, model_match=ClauseStartsWith("chat"))
    resells = Provider("resells", "Resells", "resells", fallback_model_providers=["acme"])
    set_custom_snapshot(DataSnapshot([acme, resells], from_auto_update=False))
    try:
        yield
    finally:
        set_custom_snapshot(None)
