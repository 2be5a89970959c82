"""Native properties under the API's names, whatever their values are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from native_documents import FLAGS, NAMES

from keywordsai_dynamic.core.kinds import MODEL, PROVIDER, ResourceKind, is_native, kind_of
from keywordsai_dynamic.core.native_properties import api_name, api_path, api_values

WORDS = st.one_of(st.text(max_size=8), st.sampled_from(["inputCost", "input_cost", "__answered"]))
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), WORDS)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)),
    max_leaves=6,
)
KINDS = pytest.mark.parametrize("kind", [MODEL, PROVIDER])


def fields(kind: ResourceKind) -> list[str]:
    return [*kind.fields, *kind.not_sent, *kind.read_only]


def of(kind: ResourceKind) -> st.SearchStrategy[dict[str, object]]:
    return st.dictionaries(st.sampled_from(fields(kind)), VALUES)


@KINDS
@given(st.data())
def test_every_field_keeps_its_value(kind: ResourceKind, data: st.DataObject) -> None:
    """Names change, and booleans of flags; nothing inside of a value, and no other property."""
    values = data.draw(of(kind))
    others = {"serviceUrl": "https://api.keywordsai.co", "__base_url": 1, "inputCost2": True}
    written = {NAMES.get(name, name): value for name, value in values.items()}
    found = api_values(kind, written | others)
    assert found == values | others
    for name in FLAGS:
        assert not isinstance(found.get(name), bool)


@KINDS
@given(st.data())
def test_what_has_the_names_of_the_api_stays(kind: ResourceKind, data: st.DataObject) -> None:
    """A second translation changes nothing: old states are read like new ones."""
    once = api_values(kind, data.draw(of(kind)))
    assert api_values(kind, once) == once


@KINDS
def test_no_property_is_read_under_two_names(kind: ResourceKind) -> None:
    """Each field with two spellings is refused if both are there, and names which."""
    for field in fields(kind):
        if field in NAMES:
            both = {"timeout": 1, NAMES[field]: 1, field: 1}
            with pytest.raises(TypeError, match=f"^{field} and {NAMES[field]} are the same"):
                api_values(kind, both)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("inputCost", "input_cost"),
        ("supportedParamsOverride.inputCost", "supported_params_override.inputCost"),
        ('supportedParamsOverride["a.b"].inputCost', 'supported_params_override["a.b"].inputCost'),
        ("supportedParamsOverride[0]", "supported_params_override[0]"),
        ("serviceUrl", "serviceUrl"),
        ("input_cost", "input_cost"),
        ("", ""),
    ],
)
def test_a_path_has_its_field_under_the_name_of_the_api(path: str, expected: str) -> None:
    """Keys inside of a map are the program's own."""
    assert api_path(MODEL, path) == expected


def test_what_is_no_field_keeps_its_name() -> None:
    """A field of one kind is none of the other's."""
    assert (api_name(MODEL, "apiKey"), api_name(PROVIDER, "apiKey")) == ("apiKey", "api_key")


@KINDS
def test_a_kind_is_found_by_both_of_its_types(kind: ResourceKind) -> None:
    """At the root of a stack and inside of a component; types that only look alike are others'."""
    for type_ in (kind.type, kind.native_type):
        for found in (type_, f"acme:llm:Team${type_}"):
            assert kind_of(found) == kind
            assert is_native(found) is (type_ == kind.native_type)
        for other in (f"{type_}s", f"{type_}$acme:x:Y", f"x{type_}", ""):
            assert kind_of(other) is None
            assert not is_native(other)
