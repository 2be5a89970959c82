"""The steps of a model's life without an engine: plain values in and out."""

from typing import Any

import pytest

from keywordsai_dynamic.dynamic.wording import PYTHON
from keywordsai_dynamic.lifecycle import steps as lifecycle
from keywordsai_dynamic.lifecycle.declaration import Declaration
from keywordsai_dynamic.lifecycle.run import Run

STORED = {"model_name": "m", "base_model_name": "gpt-4o", "output_cost": 2.0}
KEPT = ["output_cost is no longer declared; the live model keeps its value"]
BASE = ["base_model_name changes; values inherited from the old base may remain"]


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({"model_name": "m", "base_model_name": "gpt-4o"}, KEPT),
        ({"model_name": "m", "base_model_name": "gpt-4"}, [*KEPT, *BASE]),
        ({"model_name": "new", "base_model_name": "gpt-4"}, []),
    ],
)
def test_what_stays_of_a_model_is_told_where_it_is_the_same_one(
    monkeypatch: pytest.MonkeyPatch, declared: dict[str, Any], told: list[str]
) -> None:
    """A model under a new name is a new one, which has nothing that could stay."""
    run, heard = Run(lambda _key: None, PYTHON), list[str]()
    monkeypatch.setattr(run.log, "warning", lambda sentence, _urn=None: heard.append(sentence))
    wanted = Declaration.from_props(declared, STORED, is_unknown=lambda _value: False)
    assert lifecycle.check(run, STORED, wanted) == []
    assert heard == told
