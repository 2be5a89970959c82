"""Prices and capabilities of LLM models, declared beside the rest of the infrastructure.

    from keywordsai_dynamic import CustomModel

    CustomModel("support-llm", base_model_name="gpt-4o", input_cost=2.50, output_cost=10.00)

Prices are USD per million tokens.
"""

from .custom_model import CustomModel
from .errors import (
    APIConnectionError,
    APIStatusError,
    ConfigurationError,
    KeywordsAIError,
    NotFoundError,
)

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "ConfigurationError",
    "CustomModel",
    "KeywordsAIError",
    "NotFoundError",
]
