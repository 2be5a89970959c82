"""The list of live models as data: what is written for programs reads back unchanged."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from harness.lengths import times
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keywordsai_dynamic.catalog.model_catalog import ModelCatalog
from keywordsai_dynamic.catalog.rows import models_of
from keywordsai_dynamic.core.errors import DeclarationError
from keywordsai_dynamic.core.names import FLAG_FIELDS, PRICE_FIELDS
from keywordsai_dynamic.core.redaction import one_line
from keywordsai_dynamic.core.schema import normalize
from keywordsai_dynamic.emulator import Dialect
from keywordsai_dynamic.emulator.backend import Backend
from keywordsai_dynamic.emulator.built_in import built_in_models
from keywordsai_dynamic.files.models import is_shared
from keywordsai_dynamic.files.reader import parse
from keywordsai_dynamic.lifecycle.comparison import answer_of
from keywordsai_dynamic.lifecycle.live_list import by_name
from keywordsai_dynamic.terminal.models_table import (
    FIELDS,
    as_catalog,
    named_like_shared_values,
    select,
)
from keywordsai_dynamic.terminal.output import as_csv, as_json, as_yaml

WRITERS = {
    "live.yaml": lambda rows: as_yaml(as_catalog(rows)),
    "live.csv": lambda rows: as_csv(FIELDS, rows),
    "live.json": as_json,
}


def valid(name: str) -> bool:
    """Whether a custom model may have a name, and CSV can hold it unchanged."""
    if name in built_in_models() or normalize({"model_name": name})[1]:
        return False
    return one_line(name) == name


CHARACTERS = st.sampled_from("ax.-/=+@'\"; :,#{}é1") | st.characters()
NAMES = st.text(CHARACTERS, min_size=1, max_size=12).filter(valid)
PRICES = st.one_of(
    st.floats(0, 1e6, allow_nan=False).map(lambda price: float(f"{price:.15g}")),
    st.sampled_from([0, 1e-7, 2.5, 0.1 + 0.2, 12345.678]),
)
LIVE = st.dictionaries(
    NAMES,
    st.fixed_dictionaries(
        {},
        optional={
            "base_model_name": st.sampled_from(["gpt-4o", "openai/gpt-4o-mini"]),
            "display_name": NAMES,
            "max_context_window": st.integers(0, 2**53),
            **dict.fromkeys(PRICE_FIELDS, PRICES),
            **dict.fromkeys(FLAG_FIELDS, st.integers(0, 1)),
        },
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=times(30, 500), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LIVE, st.sampled_from(["A", "E"]), st.booleans(), st.sampled_from(list(WRITERS)))
def test_a_list_of_live_models_is_a_catalog(
    tmp_path: Path,
    live: dict[str, dict[str, Any]],
    generation: Any,  # noqa: ANN401  (a literal)
    everything: bool,
    file: str,
) -> None:
    """YAML, CSV and JSON read back as the service's values; built-in models are skipped."""
    backend = Backend(["acme"], dialect=Dialect(generation=generation))
    for name, fields in live.items():
        backend.upsert("acme", {"base_model_name": "gpt-4o", **fields, "model_name": name})
    answers = by_name(backend.answer(model) for model in backend.visible("acme"))
    rows = select(answers, [], everything=everything)
    path = tmp_path / file
    path.write_bytes(WRITERS[file](rows).encode())
    expected = {}
    for name in live:
        answered = {field: answer_of(answers[name]).get(field) for field in FIELDS}
        declared, problems = normalize(answered)
        assert problems == []
        if file != "live.yaml" or not is_shared(name):
            expected[name] = {field: declared[field] for field in declared if field != "model_name"}
    assert ModelCatalog.from_file(path).models == expected


ROWS = [
    {"model_name": "x-large", "built_in": False, "input_cost": 1e-7, "function_call": 1},
    {"model_name": "x-ai/grok-4", "built_in": False, "input_cost": 0.1 + 0.2},
    {"model_name": "openai/gpt-4o", "built_in": True, "input_cost": 2.5},
]


def test_a_catalog_of_live_models() -> None:
    """Custom models are declared; built-in ones are shared values."""
    assert as_catalog(ROWS) == {
        "x-large": {"input_cost": {"per_million": 1e-7}, "function_call": True},
        "x-ai/grok-4": {"input_cost": 0.3},
        "x-built-in": {"openai/gpt-4o": {"input_cost": 2.5}},
    }
    assert as_catalog([]) == {}
    assert named_like_shared_values(ROWS) == ["x-large"]


@pytest.mark.parametrize(
    ("cells", "fields"),
    [
        ("input_cost\n2.50", {"input_cost": "2.50"}),
        ("input_cost\n1e-07", {"input_cost": "1e-07"}),
        ("built_in,input_cost\nFalse,1e-07", {"input_cost": {"per_million": 1e-7}}),
        ("built_in,input_cost\nFalse,dear", {"input_cost": "dear"}),
        ("function_call\nTRUE", {"function_call": True}),
        ("function_call\n true", {"function_call": True}),
        ("strict\nTrue", {"strict": True}),
        ("function_call\n0", {"function_call": False}),
        ("function_call\nmaybe", {"function_call": "maybe"}),
        ("overwrite_existing\ntrue", {"overwrite_existing": True}),
        ("tier\n200000", {"tier": 200_000}),
        ("display_name\n'=1", {"display_name": "=1"}),
        ("display_name\n{a: 1}", {"display_name": "{a: 1}"}),
        ("input_cost\n{per_1k: 0.0025}", {"input_cost": {"per_1k": Decimal("0.0025")}}),
        (
            'supported_params_override\n"{""t"": {""max"": 0.7}}"',
            {"supported_params_override": {"t": {"max": Decimal("0.7")}}},
        ),
    ],
)
def test_cells_are_read_as_what_they_stand_for(cells: str, fields: dict[str, Any]) -> None:
    """Text in a CSV file becomes a flag or a tier if the field is one, and stays text otherwise.

    Only in a list of live models is it known that a small price is one for a million tokens.
    """
    columns, values = cells.split("\n")
    content = parse(f"model_name,{columns}\nm,{values}\n", "m.csv")
    assert models_of(content, "m.csv") == {"m": fields}


def test_a_table_says_its_mistakes_as_any_catalog(tmp_path: Path) -> None:
    """File, model and field are named."""
    file = tmp_path / "models.csv"
    file.write_text("model_name,input_cost,maximum\nm,0.0000025,\nn,,5\n")
    with pytest.raises(DeclarationError, match=r"^The model catalog has 2 mistakes") as refused:
        ModelCatalog.from_file(file)
    assert str(refused.value).splitlines()[1:] == [
        "  models.csv: m: input_cost: is an unlikely price for a million tokens; add the unit, "
        "like {per_million: 0.0000025} or {per_token: 0.0000025} (found '0.0000025')",
        "  models.csv: n: maximum: is not a field of a custom model",
    ]
    file.write_text("model_name,input_cost\nm,{per_1k\n")
    with pytest.raises(DeclarationError, match=r"^models.csv: m: input_cost, line 1: expected"):
        ModelCatalog.from_file(file)


def test_json_of_maps_without_names_is_no_catalog(tmp_path: Path) -> None:
    """A list is a catalog only if each of its maps names its model."""
    file = tmp_path / "models.json"
    file.write_text(json.dumps([{"input_cost": 1}]))
    with pytest.raises(DeclarationError, match="must be a map of model names to their fields"):
        ModelCatalog.from_file(file)
