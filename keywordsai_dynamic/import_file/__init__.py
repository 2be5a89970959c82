"""Turns live models into a file for `pulumi import`, and the program or catalog that matches it."""

from .adoption import Adoption, Held, Note, Selection, held_by, select
from .catalog import models_in, with_models
from .engine_file import engine_file, is_engine_file
from .program import program

__all__ = [
    "Adoption",
    "Held",
    "Note",
    "Selection",
    "engine_file",
    "held_by",
    "is_engine_file",
    "models_in",
    "program",
    "select",
    "with_models",
]
