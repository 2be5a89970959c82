"""A field is described once, in `core/fields.py`; what cannot be derived from it is tested here.

Each test fails when a field is added to the table alone, or to the other place alone.
"""

import ast
import inspect
import re
import textwrap
from typing import get_args

import pytest

from keywordsai_dynamic.catalog.foreign_names import _NAMES
from keywordsai_dynamic.core.fields import FIELDS, Field, Kind, Returned
from keywordsai_dynamic.core.names import (
    API_FIELDS,
    COUNT_FIELDS,
    FLAG_FIELDS,
    PRICE_FIELDS,
    READ_ONLY,
)
from keywordsai_dynamic.custom_model import CustomModel
from keywordsai_dynamic.emulator import backend, dialect
from keywordsai_dynamic.emulator.built_in import built_in_models
from keywordsai_dynamic.prices.listing import ListPrice

PARAMETER = {
    Kind.MODEL_NAME: "pulumi.Input[str] | None",
    Kind.NAME: "pulumi.Input[str] | None",
    Kind.TEXT: "pulumi.Input[str] | None",
    Kind.PROVIDER: "pulumi.Input[str | int] | None",
    Kind.PRICE: "Price | None",
    Kind.COUNT: "pulumi.Input[int | str] | None",
    Kind.FLAG: "Flag | None",
    Kind.PARAMS: "pulumi.Input[Mapping[str, Any]] | None",
    Kind.SWITCH: "pulumi.Input[bool] | None",
}
OUTPUT = {
    Kind.MODEL_NAME: "pulumi.Output[str]",
    Kind.NAME: "pulumi.Output[str | None]",
    Kind.TEXT: "pulumi.Output[str | None]",
    Kind.PROVIDER: "pulumi.Output[str | None]",
    Kind.PRICE: "pulumi.Output[float | None]",
    Kind.COUNT: "pulumi.Output[int | None]",
    Kind.FLAG: "pulumi.Output[int | None]",
    Kind.PARAMS: "pulumi.Output[dict[str, Any] | None]",
}
SOURCE = ast.parse(textwrap.dedent(inspect.getsource(CustomModel)))


def constructor() -> ast.FunctionDef:
    """Return the constructor of CustomModel, as it is written."""
    found = (node for node in ast.walk(SOURCE) if isinstance(node, ast.FunctionDef))
    return next(function for function in found if function.name == "__init__")


def documented() -> dict[str, str]:
    """Return what the constructor's docstring says of each parameter, on one line."""
    text = inspect.getdoc(CustomModel.__init__) or ""
    _, *parameters = re.split(r"^:param (\w+): ", text, flags=re.MULTILINE)
    texts = (" ".join(text.split()) for text in parameters[1::2])
    return dict(zip(parameters[::2], texts, strict=True))


def test_the_constructor_takes_every_field() -> None:
    """In the table's order, each with the type that its kind has."""
    arguments = {
        argument.arg: ast.unparse(argument.annotation or ast.Constant(None))
        for argument in constructor().args.kwonlyargs
        if argument.arg != "opts"
    }
    assert list(arguments.items()) == [(field.name, PARAMETER[field.kind]) for field in FIELDS]


def test_the_constructor_documents_every_field() -> None:
    """In the table's words; more may follow."""
    texts = documented()
    assert list(texts) == [field.name for field in FIELDS]
    differ = {
        field.name: (texts[field.name], field.description)
        for field in FIELDS
        if not texts[field.name].startswith(field.description)
    }
    assert differ == {}


def test_every_output_is_typed() -> None:
    """Type checkers see each field that is sent, and each read-only output, with its type."""
    typing = next(node for node in ast.walk(SOURCE) if isinstance(node, ast.If))
    assert ast.unparse(typing.test) == "TYPE_CHECKING"
    typed = {
        ast.unparse(node.target): ast.unparse(node.annotation)
        for node in typing.body
        if isinstance(node, ast.AnnAssign)
    }
    declared = {field.name: OUTPUT[field.kind] for field in FIELDS if field.sent}
    assert typed == declared | dict.fromkeys(READ_ONLY, OUTPUT[Kind.NAME])


def test_the_emulator_takes_every_field() -> None:
    """It imports nothing of the package, so that its lists are its own."""
    assert dialect.COSTS == PRICE_FIELDS
    assert dialect.FLAGS == FLAG_FIELDS
    assert dialect.COUNTS == COUNT_FIELDS
    assert tuple(backend.CHECKS) == API_FIELDS
    stored = {field.name for field in FIELDS if field.sent} - {"model_name", "custom_provider_id"}
    assert set(backend.NOTHING_SET) == stored
    assert {frozenset(model) for model in built_in_models().values()} == {
        frozenset(stored | {"model_name"})
    }


RETURNED_BY: dict[Returned, set[dialect.Generation]] = {
    Returned.ALWAYS: set(get_args(dialect.Generation)),
    Returned.NOT_BY_NEWEST: set(get_args(dialect.Generation)) - {"E"},
    Returned.UNDER_ALIAS: set(),
    Returned.NEVER: set(),
}


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_the_emulator_returns_what_the_api_returns(field: Field) -> None:
    """Each generation has the fields that the table says; some are inside of `provider`."""
    inside = field.returned is Returned.INSIDE_PROVIDER
    found = {
        generation
        for generation, names in dialect.FIELDS.items()
        if field.name in (dialect._PROVIDER_FIELDS[generation] if inside else names)
    }
    if field.returned is Returned.WHERE_SET:
        assert found
    else:
        assert found == RETURNED_BY.get(field.returned, RETURNED_BY[Returned.ALWAYS])


def test_a_list_price_has_every_cost_of_the_list() -> None:
    """Its type, which users' type checkers read, names the costs that the data set has."""
    costs = {field.name for field in FIELDS if field.list_price}
    assert set(ListPrice.__annotations__) == costs | {"max_context_window"}


def test_no_field_is_explained_as_another_tools() -> None:
    """What other tools' names lead to exists, and none of our fields is said not to exist."""
    ours = {field.name for field in FIELDS} - {"model_name"}
    foreign = {name for kinds in _NAMES.values() for names in kinds.values() for name in names}
    assert foreign & ours == set()
    meant = {
        word
        for kinds in _NAMES.values()
        for names in kinds.values()
        for text in names.values()
        for word in re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", text)
    }
    assert meant - ours <= {"per_token"}


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_a_field_has_what_its_kind_needs(field: Field) -> None:
    """A price is paid for tokens, a flag is told in two sentences, a count has a noun."""
    assert field.description.endswith(".")
    assert (field.kind is Kind.FLAG) is all(field.sentences)
    assert (field.kind is Kind.PRICE) is bool(field.tokens)
    assert field.kind is not Kind.PRICE or field.description.startswith("USD per million ")
    assert field.kind is not Kind.COUNT or (field.noun and field.column)
    assert not field.alias_of or field.alias_of in API_FIELDS


@pytest.mark.parametrize("attribute", ["name", "column", "list_price", "tokens"])
def test_no_two_fields_have_the_same(attribute: str) -> None:
    """A column, a list price or a kind of tokens belongs to one field."""
    values = [value for field in FIELDS if (value := getattr(field, attribute))]
    assert len(values) == len(set(values))
