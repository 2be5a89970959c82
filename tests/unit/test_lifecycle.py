"""The steps of a model's life without an engine: plain values in and out."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from keywordsai_dynamic.api.client import KeywordsAIClient, UpsertResult
from keywordsai_dynamic.api.sending import Sender
from keywordsai_dynamic.core.errors import KeywordsAIError, NotFoundError
from keywordsai_dynamic.core.settings import resolve
from keywordsai_dynamic.dynamic.wording import PYTHON
from keywordsai_dynamic.lifecycle import run as run_module
from keywordsai_dynamic.lifecycle import steps as lifecycle
from keywordsai_dynamic.lifecycle.declaration import Declaration
from keywordsai_dynamic.lifecycle.run import Run
from keywordsai_dynamic.lifecycle.wording import Wording

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


def camel(field: str) -> str:
    """Return a field's name as programs in YAML and TypeScript have it."""
    first, *rest = field.split("_")
    return first + "".join(map(str.title, rest))


CAMEL = Wording(
    field=camel,
    declare=lambda field, value: f"{camel(field)}: {str(value).lower()}",
    alias=lambda urn: f"options: {{aliases: [{urn}]}}",
    plain_name="must not be secret; wrap it in unsecret()",
    import_commands=lambda model, resource: f"pulumi import kai:CustomModel {resource} {model}",
)
OF_PYTHON = re.compile(
    r"\w_(cost|name|window|existing|id|call|support|override)|=True|Output|Options|import-file"
)


class Service(KeywordsAIClient):
    """A service with these models, which returns another price than an upsert sends."""

    def __init__(self, *models: dict[str, Any]) -> None:
        super().__init__(Sender(resolve(environ={"KEYWORDSAI_API_KEY": "of-the-test"})))
        self.models = {model["model_name"]: model for model in models}

    def find_model(
        self, model_name: str, *, deadline: float | None = None
    ) -> tuple[dict[str, Any] | None, float]:
        """Return the model as it is."""
        return self.models.get(model_name), self.now

    def list_models(self, **_: Any) -> Any:  # noqa: ANN401  (raises)
        """Have no list."""
        raise NotFoundError("gone", status_code=404, detail="Not found.")

    def upsert_model(self, body: Mapping[str, Any], **_: Any) -> UpsertResult:  # noqa: ANN401  (ignored)
        """Change the context window unasked, and return another price."""
        own = {"affiliation_category": "custom", "input_cost": 99, "max_context_window": 1}
        self.models[body["model_name"]] = model = {**body, **own}
        return UpsertResult(model, 200, repeated=False)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> tuple[Run, list[str]]:
    """Return a run of the other adapter, and everything that its user reads."""
    own = {"affiliation_category": "custom", "input_cost": 7, "max_context_window": 8}
    service = Service(
        {"model_name": "own", **own},
        {"model_name": "gpt", "affiliation_category": "respan"},
    )
    monkeypatch.setenv("KEYWORDSAI_API_KEY", "of-the-test")
    monkeypatch.setattr(run_module, "KeywordsAIClient", lambda *_, **__: service)
    run, sentences = Run(lambda _key: None, CAMEL), list[str]()
    monkeypatch.setattr(run.log, "warning", lambda text, _urn=None: sentences.append(text))
    return run, sentences


def declare(**fields: object) -> Declaration:
    """Declare these fields."""
    return Declaration.from_props(fields, is_unknown=lambda _value: False)


def test_another_adapter_gives_its_own_words(heard: tuple[Run, list[str]]) -> None:
    """Fields, ways to declare them, aliases and imports are those of the adapter's programs."""
    run, sentences = heard
    for wanted in (
        declare(model_name="own", input_cost=1),
        declare(model_name="gpt", input_cost=1),
        declare(model_name="x", __secret=["model_name", "input_cost"], input_cost="y" * 300),
        declare(model_name="own", input_cost=0.0000025, output_cost=1, overwrite_existing=True),
    ):
        problems = lifecycle.check(run, {}, wanted)
        sentences += [sentence for _, sentence in problems]
    stored = {"model_name": "own", "input_cost": 5, "base_model_name": "a", "output_cost": 3}
    lifecycle.check(run, stored, declare(model_name="own", base_model_name="b"))
    for declared in ({"input_cost": 5, "output_cost": 1}, {"input_cost": 6}):
        inputs = {"model_name": "own", **declared}
        try:
            lifecycle.update(run, "own", stored, inputs, declare(**inputs))
        except KeywordsAIError as error:
            sentences.append(str(error))
    everything = "\n".join(sentences)
    for words in (
        "overwriteExisting: true",
        "baseModelName: gpt",
        "options: {aliases",
        "pulumi import kai:CustomModel own own",
        "wrap it in unsecret()",
        "outputCost is no longer declared",
        "baseModelName changes",
        "inputCost  last 5 → live 7",
        "inputCost  declared 6 → returned 99",
        "maxContextWindow  before 8 → after 1",
    ):
        assert re.sub(" +", " ", words) in re.sub(" +", " ", everything), words
    assert OF_PYTHON.search(everything) is None, everything


def test_no_sentence_about_a_field_names_another_one_as_python_does(
    heard: tuple[Run, list[str]],
) -> None:
    """A problem or a warning may be about two fields; flags are no words of one language."""
    run, sentences = heard
    twice = declare(model_name="x", provider_id="a", custom_provider_id="b", function_call="yes")
    swapped = declare(model_name="x", input_cost=1, cache_hit_input_cost=2)
    switch = declare(model_name="x", overwrite_existing="yes", supported_params_override=[1])
    problems = [each for wanted in (twice, switch) for each in lifecycle.check(run, {}, wanted)]
    with pytest.raises(KeywordsAIError) as raised:
        twice.require_valid(CAMEL)
    run.looks_up = set()
    assert lifecycle.check(run, {}, swapped) == []
    said = [*(sentence for _, sentence in problems), str(raised.value), *sentences]
    assert "is an alias of customProviderId; declare only one of the two" in said
    assert "cacheHitInputCost is higher than inputCost; did you swap the two?" in said
    everything = "\n".join(said)
    assert OF_PYTHON.search(everything) is None, everything
    assert re.search("True|False", everything) is None, everything
