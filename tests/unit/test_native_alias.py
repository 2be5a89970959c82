"""The aliases by which a Python program's resources are known as those of the native plugin."""

from typing import Any

import pulumi
import pytest
from pulumi.runtime.proto.alias_pb2 import Alias

from keywordsai_dynamic.core.kinds import MODEL, PROVIDER
from keywordsai_dynamic.dynamic import native_alias
from keywordsai_dynamic.dynamic.native_alias import options, with_native


def typed(native: str, **spec: Any) -> Alias:  # noqa: ANN401  (fields of any type)
    """Return an alias of the native type."""
    return Alias(spec=Alias.Spec(type=native, **spec))


def test_every_earlier_name_is_known_under_the_native_type_too() -> None:
    """A whole URN as well; what names a type itself means that type alone, and none comes twice."""
    urn = "urn:pulumi:dev::shop::acme:llm:Team${}::old"
    aliases = [
        Alias(spec=Alias.Spec(name="old", noParent=True)),
        Alias(urn=urn.format(MODEL.type)),
        Alias(urn=urn.format(MODEL.native_type)),
        Alias(spec=Alias.Spec(name="older", type="acme:index:Model")),
    ]
    assert with_native(MODEL.type, aliases) == [
        *aliases,
        typed(MODEL.native_type),
        typed(MODEL.native_type, name="old", noParent=True),
    ]


def test_an_sdk_without_that_place_gets_the_alias_as_an_option(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The program's own options stay."""
    before = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")], protect=True)
    assert options(before, MODEL) is before
    monkeypatch.setattr(native_alias, "_ARE_ADDED_LATER", False)
    alone, merged = options(None, PROVIDER), options(before, MODEL)
    assert alone is not None
    assert merged is not None
    assert [alias.type_ for alias in alone.aliases or ()] == [PROVIDER.native_type]
    assert merged.protect
    assert [(alias.name, alias.type_) for alias in merged.aliases or ()] == [
        ("old", ...),
        (..., MODEL.native_type),
    ]
