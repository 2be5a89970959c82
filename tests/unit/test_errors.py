"""The tree of errors: what can be caught, and how it reads."""

import traceback

import pulumi
import pytest

from keywordsai_dynamic import errors
from keywordsai_dynamic.settings import Settings

TREE = {
    "KeywordsAIError": Exception,
    "ConfigurationError": errors.KeywordsAIError,
    "DeclarationError": errors.KeywordsAIError,
    "APIConnectionError": errors.KeywordsAIError,
    "APIStatusError": errors.KeywordsAIError,
    "NotFoundError": errors.APIStatusError,
}
DEFINED = {
    name: error
    for name, error in vars(errors).items()
    if isinstance(error, type) and error.__module__ == "builtins" and not name.startswith("_")
}


def test_the_tree_is_what_the_module_says() -> None:
    """Every error that is defined hangs below the base, where the docstring draws it."""
    assert {name: error.__base__ for name, error in DEFINED.items()} == TREE
    assert errors.__doc__ is not None
    assert all(name in errors.__doc__ for name in TREE)


@pytest.mark.parametrize("name", TREE)
def test_the_base_catches_everything(name: str) -> None:
    """One except clause is enough for whatever the package raises."""
    assert issubclass(DEFINED[name], errors.KeywordsAIError)


def test_a_wrong_declaration_is_shown_by_pulumi_without_a_traceback() -> None:
    """In the program, Pulumi shows the text of a RunError and nothing else."""
    assert issubclass(errors.DeclarationError, pulumi.RunError)


@pytest.mark.parametrize("name", TREE)
def test_the_last_line_of_a_traceback_is_the_whole_message(name: str) -> None:
    """A user reads the error's bare name and its sentence, and not where our file lies."""
    error = DEFINED[name]
    told = {"status_code": 500, "detail": "why"} if issubclass(error, errors.APIStatusError) else {}
    text = traceback.format_exception_only(error("what happened, and the way out.", **told))
    assert text == [f"{name}: what happened, and the way out.\n"]


def test_a_refused_request_keeps_its_evidence() -> None:
    """Status and the service's own words can be asked of the error."""
    error = errors.NotFoundError("m is gone", status_code=404, detail="Not found.")
    assert (str(error), error.status_code, error.detail) == ("m is gone", 404, "Not found.")


def test_what_is_hidden_is_in_no_error() -> None:
    """Whoever prints an error, or the service's words in it, shows neither key nor secret."""
    key = "S3cretK3y.0123456789abcdef"
    Settings(key, "the test", "http://127.0.0.1")
    error = errors.APIStatusError(f"{key} is wrong", status_code=401, detail=f"No {key}.")
    assert (str(error), f"{error}", error.detail) == ("[key] is wrong",) * 2 + ("No [key].",)
    assert traceback.format_exception_only(error) == ["APIStatusError: [key] is wrong\n"]
    assert str(errors.DeclarationError(f"name {key}")) == "name [key]"
