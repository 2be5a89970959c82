"""Prices and capabilities of LLM models, declared beside the rest of the infrastructure.

    from . import CustomModel

    CustomModel("support-llm", base_model_name="gpt-4o", input_cost=2.50, output_cost=10.00)

Prices are USD per million tokens.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .catalog.model_catalog import ModelCatalog
    from .catalog.program_prices import list_price
    from .core.errors import (
        APIConnectionError,
        APIStatusError,
        ConfigurationError,
        DeclarationError,
        KeywordsAIError,
        NotFoundError,
    )
    from .custom_model import CustomModel
    from .custom_provider import CustomProvider
    from .model_set import ModelSet
    from .prices.units import per_1k, per_million, per_token

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "ConfigurationError",
    "CustomModel",
    "CustomProvider",
    "DeclarationError",
    "KeywordsAIError",
    "ModelCatalog",
    "ModelSet",
    "NotFoundError",
    "list_price",
    "per_1k",
    "per_million",
    "per_token",
]

_MODULES = {
    "CustomModel": "custom_model",
    "CustomProvider": "custom_provider",
    "ModelCatalog": "catalog.model_catalog",
    "ModelSet": "model_set",
    "list_price": "catalog.program_prices",
    "per_1k": "prices.units",
    "per_million": "prices.units",
    "per_token": "prices.units",
}


def __getattr__(name: str) -> object:
    # Imported when asked for: Pulumi's SDK takes half a second, which the command line and users'
    # pytest runs (the emulator's fixture is a plugin) need not pay.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES.get(name, 'core.errors')}", __name__), name)
