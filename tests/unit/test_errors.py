"""The tree of errors: what can be caught, and how it reads."""

import copy
import multiprocessing
import pickle
import pickletools
import traceback

import pulumi
import pytest

import keywordsai_dynamic
from keywordsai_dynamic.api.sending import OutdatedError
from keywordsai_dynamic.core import errors, redaction
from keywordsai_dynamic.core.settings import Settings

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
    if isinstance(error, type) and issubclass(error, errors.KeywordsAIError)
}


def made(name: str) -> errors.KeywordsAIError:
    """One of each, as the package raises it."""
    error = DEFINED[name]
    told = {"status_code": 500, "detail": "why"} if issubclass(error, errors.APIStatusError) else {}
    made: errors.KeywordsAIError = error("what happened, and the way out.", **told)
    return made


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
def test_an_error_says_where_to_import_it_from(name: str) -> None:
    """A traceback, a log and a pickle name the package, and there it is."""
    error = DEFINED[name]
    assert f"{error.__module__}.{error.__qualname__}" == f"keywordsai_dynamic.{name}"
    assert getattr(keywordsai_dynamic, name) is error


@pytest.mark.parametrize("name", TREE)
def test_what_the_engine_shows_is_the_whole_message(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the provider a user reads the error's bare name and its sentence, and no path."""
    for error in DEFINED.values():
        monkeypatch.setattr(error, "__module__", error.__module__)  # is put back
    errors.show_bare_names()
    text = traceback.format_exception_only(made(name))
    assert text == [f"{name}: what happened, and the way out.\n"]


def content(error: BaseException) -> tuple[object, ...]:
    """All that an error holds."""
    return type(error), error.args, vars(error)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", TREE)
def test_an_error_can_be_pickled_and_copied(name: str, protocol: int) -> None:
    """It comes back as it went, however `pickle` writes it; `copy` makes one like it."""
    error = made(name)
    error.add_note("seen in passing")
    assert content(pickle.loads(pickle.dumps(error, protocol))) == content(error)  # noqa: S301
    assert content(copy.copy(error)) == content(copy.deepcopy(error)) == content(error)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_names_no_module_that_may_move(protocol: int) -> None:
    """Another version of the package reads it: it names only where users import errors from."""
    opcodes = list(pickletools.genops(pickle.dumps(made("NotFoundError"), protocol)))
    named = {str(argument).split(" ")[0] for _, argument, _ in opcodes}
    assert {each for each in named if each.startswith("keywordsai")} == {"keywordsai_dynamic"}


def test_an_error_of_its_own_kind_can_be_pickled() -> None:
    """Also one whose `__init__` takes something else than its text."""
    error = OutdatedError(3)
    assert content(pickle.loads(pickle.dumps(error))) == content(error)  # noqa: S301


def refuse(_: int) -> None:
    raise errors.NotFoundError("m is gone", status_code=404, detail="Not found.")


def test_an_error_crosses_processes() -> None:
    """A pool raises what its worker raised, instead of hanging on it."""
    with (
        multiprocessing.get_context("spawn").Pool(1) as pool,
        pytest.raises(errors.NotFoundError, match=r"^m is gone$") as raised,
    ):
        pool.map_async(refuse, [0]).get(timeout=60)
    assert (raised.value.status_code, raised.value.detail) == (404, "Not found.")


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
    told = "keywordsai_dynamic.APIStatusError: [key] is wrong\n"
    assert traceback.format_exception_only(error) == [told]
    assert str(errors.DeclarationError(f"name {key}")) == "name [key]"
    assert repr(error) == "APIStatusError('[key] is wrong')"


def test_what_is_hidden_is_in_no_pickle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process does not know what is secret, so that it is not told."""
    key = "S3cretK3y.0123456789abcdef"
    error = errors.APIStatusError(f"{key} is wrong", status_code=401, detail=f"No {key}.")
    Settings(key, "the test", "http://127.0.0.1")
    pickled = pickle.dumps(error)
    assert key.encode() not in pickled
    monkeypatch.setattr(redaction, "_hidden", {})
    monkeypatch.setattr(redaction, "_hidden_parts", {})
    there = pickle.loads(pickled)  # noqa: S301
    assert (str(there), there.args, there.detail) == (
        "[key] is wrong",
        ("[key] is wrong",),
        "No [key].",
    )
