"""Turns live models and providers into a file for `pulumi import`, and code that matches it."""

from .adoption import Adoption, Held, Note, Selection, held_by, select
from .catalog import models_in, with_models
from .engine_file import engine_file, is_engine_file, native_file
from .program import program, provider_code
from .providers import ProviderAdoption, ProviderSelection, select_providers

__all__ = [
    "Adoption",
    "Held",
    "Note",
    "ProviderAdoption",
    "ProviderSelection",
    "Selection",
    "engine_file",
    "held_by",
    "is_engine_file",
    "models_in",
    "native_file",
    "program",
    "provider_code",
    "select",
    "select_providers",
    "with_models",
]
