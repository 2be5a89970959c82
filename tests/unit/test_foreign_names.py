"""Names of other tools, and misspelt ones: what is said of a field that nobody here knows."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keywordsai_dynamic.catalog.foreign_names import explain
from keywordsai_dynamic.catalog.model_catalog import ModelCatalog
from keywordsai_dynamic.catalog.resolve_model import FIELDS
from keywordsai_dynamic.core.errors import DeclarationError
from keywordsai_dynamic.core.names import PRICE_FIELDS
from keywordsai_dynamic.prices.sources.genai import _COSTS

NO_FIELD = "is not a field of a custom model"
THE_PRICES = f"{NO_FIELD}; the prices are {', '.join(PRICE_FIELDS)}, in USD per million tokens"
NONE = "a Keywords AI model has no such field"

# One model, as three tools price it: USD per million tokens of input, output, cache read and write.
LITELLM = {
    "input_cost_per_token": "input_cost",
    "output_cost_per_token": "output_cost",
    "cache_read_input_token_cost": "cache_hit_input_cost",
    "cache_creation_input_token_cost": "cache_creation_input_cost",
}
OPENROUTER = {
    "prompt": "input_cost",
    "completion": "output_cost",
    "pricing.input_cache_read": "cache_hit_input_cost",
    "pricing.input_cache_write": "cache_creation_input_cost",
}
LANGFUSE = {"inputPrice": "input_cost", "outputPrice": "output_cost"}


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        *(
            (
                name,
                "is LiteLLM's name for a price in USD per token; here, use "
                f"{field}: {{per_token: …}}",
            )
            for name, field in LITELLM.items()
        ),
        *(
            (
                name,
                "is OpenRouter's name for a price in USD per token; here, use "
                f"{field}: {{per_token: …}}",
            )
            for name, field in OPENROUTER.items()
        ),
        *(
            (
                name,
                "is Langfuse's name for a price in USD per unit, usually a token; here, use "
                f"{field}: {{per_token: …}}",
            )
            for name, field in LANGFUSE.items()
        ),
        *(
            (
                name,
                f"is genai-prices' name for a price in USD per million tokens; here, use {field}",
            )
            for field, name in _COSTS.items()
        ),
    ],
)
def test_a_price_by_a_foreign_name_is_told_with_its_unit(name: str, sentence: str) -> None:
    """Whose name it is, in which unit, and how the same price is written here."""
    assert explain(name, FIELDS) == sentence


@pytest.mark.parametrize(
    ("name", "sentence"),
    {
        "max_input_tokens": "is LiteLLM's name; here, use max_context_window",
        "context_length": "is OpenRouter's name; here, use max_context_window",
        "context_window": "is genai-prices' name; here, use max_context_window",
        "supports_vision": "is LiteLLM's name; here, use image_support",
        "supports_function_calling": "is LiteLLM's name; here, use function_call",
        "litellm_provider": "is LiteLLM's name; here, the vendor follows from base_model_name",
        "modelName": "is Langfuse's name; here, the key above is the name",
        "unit": "is Langfuse's name; here, each price has its own unit, as in {per_token: …}",
        "pricing": "is OpenRouter's name; here, write each field separately, under its "
        "Keywords AI name",
        "model_info": "is LiteLLM's name; here, write each field separately, under its "
        "Keywords AI name",
        "max_output_tokens": f"is LiteLLM's name for the limit on output tokens; {NONE}",
        "mode": f"is LiteLLM's name for the kind of model; {NONE}",
        "output_cost_per_image": f"is LiteLLM's name for a price per image; {NONE}",
        "output_cost_per_minute": f"is LiteLLM's name for a price per minute; {NONE}",
        "input_cost_per_character": f"is LiteLLM's name for a price per character; {NONE}",
        "output_cost_per_reasoning_token": "is LiteLLM's name for a price per reasoning token; "
        + NONE,
        "input_cost_per_token_batches": "is LiteLLM's name for a price for certain requests only; "
        + NONE,
        "cache_read_input_token_cost_above_200k_tokens": "is LiteLLM's name for a price for "
        f"certain requests only; {NONE}",
        "cache_read_input_audio_token_cost": "is LiteLLM's name for a price per audio token; "
        + NONE,
        "supports_pdf_input": f"is LiteLLM's name for a capability; {NONE}",
        "image": f"is OpenRouter's name for a price per image; {NONE}",
        "request": f"is OpenRouter's name for a price per request; {NONE}",
        "matchPattern": f"is Langfuse's name for a pattern of model names; {NONE}",
        "tokenizerId": f"is Langfuse's name for a tokenizer; {NONE}",
        "input_audio_mtok": f"is genai-prices' name for a price; {NONE}",
    }.items(),
)
def test_another_foreign_name_is_told_with_what_says_the_same(name: str, sentence: str) -> None:
    """Or with the word that nothing does: a price per image is no price of a token."""
    assert explain(name, FIELDS) == sentence


@pytest.mark.parametrize(
    ("name", "sentence"),
    {
        "inptu_cost": f"{NO_FIELD}; did you mean input_cost?",
        "output_cst": f"{NO_FIELD}; did you mean output_cost?",
        "inputCost": f"{NO_FIELD}; did you mean input_cost?",
        "list_prices": f"{NO_FIELD}; did you mean list_price?",
        "max_context": f"{NO_FIELD}; did you mean max_context_window?",
        "supports_streaming": NO_FIELD,
        "cache_hit_cost": THE_PRICES,
        "cache_write_input_cost": THE_PRICES,
        "input_cost_per_million_tokens": THE_PRICES,
        "input_cost_per_1k": THE_PRICES,
        "cost_per_1k_input_tokens": THE_PRICES,
        "output_cost_per_1m": THE_PRICES,
        "input_cost_per_m_tokens": THE_PRICES,
        "costPerThousand": THE_PRICES,
        "price": THE_PRICES,
        "output": THE_PRICES,
        "temperature": NO_FIELD,
        "api_key": NO_FIELD,
    }.items(),
)
def test_a_misspelt_name_is_corrected_where_that_is_sure(name: str, sentence: str) -> None:
    """A price is meant only by a name a letter or two off; else all four are named."""
    assert explain(name, FIELDS) == sentence


WORDS = ("cache", "hit", "read", "creation", "write", "input", "output", "token", "cost", "price")


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6))
def test_no_name_leads_to_another_price(words: list[str]) -> None:
    """Whatever words a price's name is made of, a price with other words is not suggested."""
    _, _, meant = explain("_".join(words), FIELDS).partition("did you mean ")
    assert meant.rstrip("?") not in PRICE_FIELDS or meant.rstrip("?").split("_") == words


def test_a_catalog_answers_with_it_and_shows_no_value() -> None:
    """Nobody knows what an unknown field holds: its value stays out of the message."""
    models = {"m": {"cache_read_input_token_cost": Decimal("0.00000125"), "mode": "sk-123"}}
    with pytest.raises(DeclarationError) as refused:
        ModelCatalog.from_dict(models)
    assert str(refused.value) == (
        "The model catalog has 2 mistakes; nothing was sent.\n"
        "  from_dict: m: cache_read_input_token_cost: is LiteLLM's name for a price in USD per "
        "token; here, use cache_hit_input_cost: {per_token: …}\n"
        f"  from_dict: m: mode: is LiteLLM's name for the kind of model; {NONE}"
    )
