"""Custom providers in the provider's own process, under every way a service may treat them."""

import json
from itertools import cycle, product
from typing import Any, get_args

import pytest
from harness.lengths import ONE_DOOR, WHOLE, few
from harness.provider_process import (
    SECRET,
    UNKNOWN,
    NewPlugin,
    Plugin,
    Props,
)

from keywordsai_dynamic.core.kinds import PROVIDER
from keywordsai_dynamic.core.names import CHANGED_BY_OTHERS
from keywordsai_dynamic.emulator import Emulator
from keywordsai_dynamic.emulator.dialect import (
    Echo,
    Generation,
    ProviderDelete,
    ProviderPatch,
    ProviderPost,
)
from keywordsai_dynamic.lifecycle.run_notes import RunNotes

OLD, NEW, FOREIGN = "sk-Jq8Xw2Lz9TbR4cNwYd3H", "sk-Vm5Kp1Ge7UoA6iVtZq2S", "sk-Hd4Rf8Bn3WsE5xCyMj9L"
URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/keywordsai:CustomProvider::vllm"
ASK = ("GET", "/api/providers/acme-vllm/", None)
LIST = ("GET", "/api/models/?all=true", None)


def declared(**values: object) -> Props:
    """Declare a provider; a value of None is left out."""
    fields = {
        "provider_id": "acme-vllm",
        "provider_name": "Acme vLLM",
        "base_url": "https://llm.acme.example/v1",
        "api_key": OLD,
        "timeout": 30,
        "extra_kwargs": {"region": "eu"},
        "__urn": URN,
        **values,
    }
    return {name: value for name, value in fields.items() if value is not None}


def kwargs(**values: object) -> Props:
    """Return `extra_kwargs` of `declared()`, as it is stored."""
    sent = {"base_url": "https://llm.acme.example/v1", "api_key": OLD, "timeout": 30}
    return {**sent, "region": "eu", **values}


def secret(value: object) -> Props:
    """Return a value as a secret, as it comes out of the process."""
    return {**SECRET, "value": value}


def stored(emulator: Emulator) -> Props:
    """Return what the service holds of the provider."""
    return {
        name: value
        for name, value in emulator.providers()["acme-vllm"].items()
        if name in {"provider_name", "extra_kwargs"}
    }


def state(providers: Plugin, emulator: Emulator) -> Props:
    """Give what an earlier run left in the state of a provider without values."""
    known = {"provider_id": "acme-vllm", "provider_name": "Acme vLLM"}
    return providers.state(known, emulator.url)


@pytest.fixture
def providers(plugin: Plugin) -> Plugin:
    """Start a provider process, for custom providers."""
    return plugin.of(PROVIDER)


@pytest.fixture
def destroying(new_plugin: NewPlugin, emulator: Emulator) -> Plugin:
    """Start another process, which deletes what it has not checked."""
    env = {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
    return new_plugin(env).of(PROVIDER)


@pytest.fixture
def notes(providers: Plugin) -> RunNotes:
    """Hold the notes of the process's run, begun as a program does."""
    begun = RunNotes(providers.engine_address)
    begun.begin()
    return begun


FOUND = {"full", "masked", "partly"}
"""Echoes that show that a key was changed by hand."""


@pytest.mark.parametrize("echo", few(get_args(Echo), 2))
def test_a_life_under_every_service(
    providers: Plugin,
    destroying: Plugin,
    emulator: Emulator,
    echo: Any,  # noqa: ANN401  (a literal)
) -> None:
    """Create, no change, rotate, drift where it shows, remove a value, destroy; nothing is left."""
    posts, patches, deletes = map(get_args, (ProviderPost, ProviderPatch, ProviderDelete))
    writes = list(product(posts, patches))
    services = product(writes, deletes) if WHOLE else zip(writes, cycle(deletes), strict=False)
    for (post, patch), delete in services:
        dialect = emulator.dialect
        dialect.provider_echo, dialect.provider_post = echo, post
        dialect.provider_patch, dialect.provider_delete = patch, delete
        lives_its_life(providers, destroying, emulator)
        assert emulator.providers() == {}


def lives_its_life(providers: Plugin, destroying: Plugin, emulator: Emulator) -> None:
    """Let one provider live, whatever the service does."""
    echo, patch = emulator.dialect.echo, emulator.dialect.provider_patch
    inputs, outputs = providers.declare(declared())
    assert {name: inputs[name] for name in inputs if name != "__secret"} == {
        **{name: value for name, value in declared().items() if name != "__urn"},
        "api_key": secret(OLD),
    }
    assert stored(emulator) == {"provider_name": "Acme vLLM", "extra_kwargs": kwargs()}
    unchanged(providers, inputs, outputs)

    inputs = providers.check(declared(api_key=NEW), inputs)
    assert providers.diff("acme-vllm", outputs, inputs) == (providers.changed, [])
    outputs = providers.update("acme-vllm", outputs, inputs)
    assert stored(emulator)["extra_kwargs"] == kwargs(api_key=NEW)
    unchanged(providers, inputs, outputs)

    # Somebody else's key.
    emulator.put_provider(
        "acme-vllm", provider_name="Acme vLLM", extra_kwargs=kwargs(api_key=FOREIGN)
    )
    found = providers.read("acme-vllm", outputs)
    assert found is not None
    assert FOREIGN not in str(found)
    if echo in FOUND:
        assert found[1] == {**inputs, "api_key": secret(CHANGED_BY_OTHERS)}
        assert providers.diff("acme-vllm", found[0], inputs) == (providers.changed, [])
    else:
        assert found[1] == {}
    outputs = providers.update("acme-vllm", found[0], inputs)
    assert stored(emulator)["extra_kwargs"] == kwargs(api_key=NEW)
    unchanged(providers, inputs, outputs)

    # Somebody else's address.
    moved = kwargs(api_key=NEW, base_url="https://elsewhere.example")
    emulator.put_provider("acme-vllm", provider_name="Acme vLLM", extra_kwargs=moved)
    found = providers.read("acme-vllm", outputs)
    assert found is not None
    if echo == "no_extra_kwargs":
        assert found[1] == {}
    else:
        assert found[1] == {**inputs, "base_url": "https://elsewhere.example"}
    outputs = providers.update("acme-vllm", found[0], inputs)
    assert stored(emulator)["extra_kwargs"] == kwargs(api_key=NEW)

    # A value that is no longer declared.
    before = len(providers.messages)
    inputs = providers.check(declared(api_key=NEW, extra_kwargs=None), inputs)
    outputs = providers.update("acme-vllm", outputs, inputs)
    removed = kwargs(api_key=NEW)
    del removed["region"]
    assert stored(emulator)["extra_kwargs"] == (
        removed if patch == "replace" else kwargs(api_key=NEW)
    )
    kept = [
        "acme-vllm still has extra_kwargs.region, no longer declared: this service keeps what an "
        "update leaves out. A new provider_id is the sure way to remove it"
    ]
    told = [
        "no longer declared: extra_kwargs.region; not every service removes what an update leaves "
        "out. This update says what it finds; a new provider_id is the sure way",
        *(kept if patch == "merge" and echo != "no_extra_kwargs" else []),
    ]
    assert [message.sentence for message in providers.messages[before:]] == [
        providers.words.named(sentence) for sentence in told
    ]
    unchanged(providers, inputs, outputs)
    destroying.delete("acme-vllm", outputs)


def unchanged(providers: Plugin, inputs: Props, outputs: Props) -> None:
    """Expect no change in a preview, and the same outputs from every refresh."""
    assert providers.check(declared_again(inputs), inputs) == inputs
    assert providers.diff("acme-vllm", outputs, inputs) == ("NONE", [])
    for _ in range(2):
        assert providers.read("acme-vllm", outputs) == (outputs, {})


def declared_again(inputs: Props) -> Props:
    """Return what a program sends for inputs: the key in plain text."""
    return {**inputs, "api_key": inputs["api_key"]["value"], "__urn": URN}


@ONE_DOOR
@pytest.mark.parametrize("generation", get_args(Generation))
def test_an_equal_provider_is_adopted_as_far_as_it_is_shown(
    providers: Plugin,
    emulator: Emulator,
    generation: Any,  # noqa: ANN401  (a literal)
) -> None:
    """What is not shown is sent: another key may be live. Preview and create say the same, once."""
    emulator.dialect.generation = generation
    emulator.put_provider("acme-vllm", provider_name="Acme vLLM", extra_kwargs=kwargs())
    providers.declare(declared())

    not_shown = {
        "D": "api_key",
        "E": "",
    }.get(generation, "api_key, base_url, extra_kwargs.region, timeout")
    match = f"; {not_shown}, which the service does not show, will be sent" if not_shown else ""
    assert providers.messages == [
        providers.warning(
            f"adopts existing provider acme-vllm (values match{match}); from then on "
            "`pulumi destroy` deletes it",
            "vllm",
        )
    ]
    methods = [method for method, *_ in emulator.calls]
    assert methods == ["GET", "GET", *(["PATCH"] if not_shown else [])]
    assert stored(emulator) == {"provider_name": "Acme vLLM", "extra_kwargs": kwargs()}


@ONE_DOOR
@pytest.mark.parametrize("echo", ["masked", "partly", "varies", "absent"])
def test_a_key_that_is_not_shown_does_not_stop_an_adoption(
    providers: Plugin,
    emulator: Emulator,
    echo: Any,  # noqa: ANN401  (a literal)
) -> None:
    """Whatever stands in its place."""
    emulator.dialect.provider_echo = echo
    emulator.put_provider(
        "acme-vllm", provider_name="Acme vLLM", extra_kwargs=kwargs(api_key=FOREIGN)
    )
    providers.declare(declared())
    told = providers.words.named("(values match; api_key, which")
    assert told in providers.messages[0].sentence
    assert stored(emulator) == {"provider_name": "Acme vLLM", "extra_kwargs": kwargs()}


@ONE_DOOR
@pytest.mark.parametrize("echo", ["full", "masked"])
def test_a_replacement_is_compared_with_what_its_own_state_holds(
    providers: Plugin,
    emulator: Emulator,
    echo: Any,  # noqa: ANN401  (a literal)
) -> None:
    """A key that nobody has touched does not stop it, as `replace_on_changes` would ask for it."""
    emulator.dialect.provider_echo = echo
    inputs, outputs = providers.declare(declared())
    changes = declared(base_url="https://eu.acme.example/v1")
    assert providers.diff("acme-vllm", outputs, providers.check(changes, inputs)) == (
        providers.changed,
        [],
    )
    assert providers.try_check(changes)[1] == []


@ONE_DOOR
def test_a_service_that_begins_to_mask_shows_no_drift(
    providers: Plugin, emulator: Emulator
) -> None:
    """Not at first, and not later; what changes after that is found."""
    emulator.dialect.provider_echo = "full"
    _, outputs = providers.declare(declared())
    emulator.dialect.provider_echo = "masked"
    first = providers.read("acme-vllm", outputs)
    assert first is not None
    assert first[1] == {}
    assert providers.read("acme-vllm", first[0]) == (first[0], {})
    emulator.edit_provider("acme-vllm", extra_kwargs=kwargs(api_key=FOREIGN))
    found = providers.read("acme-vllm", first[0])
    assert found is not None
    assert found[1]["api_key"] == secret(CHANGED_BY_OTHERS)


@ONE_DOOR
def test_a_service_that_begins_to_show_keys_shows_no_drift_of_ours(
    providers: Plugin, emulator: Emulator
) -> None:
    """Ours in full is ours, whatever was shown before."""
    for before in ("absent", "masked", "varies", "no_extra_kwargs"):
        emulator.dialect.provider_echo = before  # type: ignore[assignment]  # each is one
        name = f"acme-{before}"
        inputs, outputs = providers.declare(declared(provider_id=name, __urn=f"{URN}-{before}"))
        emulator.dialect.provider_echo = "full"
        found = providers.read(name, outputs)
        assert found is not None
        assert found[1] == {}
        assert providers.diff(name, found[0], inputs) == ("NONE", [])


def test_what_the_state_holds(dynamic: Plugin, emulator: Emulator) -> None:
    """Declared values under their names, and a keyed hash of what was shown: all of it secret."""
    providers = dynamic.of(PROVIDER)
    emulator.dialect.provider_echo = "full"
    token = {"headers": {"x-token": "tok-Wq3Er6Ty9Ui2", "x-team": "nlp"}}
    inputs, outputs = providers.declare(declared(extra_kwargs=token))
    assert inputs["extra_kwargs"] == {
        "headers": {"x-token": secret("tok-Wq3Er6Ty9Ui2"), "x-team": "nlp"}
    }
    echo = json.loads(outputs.pop("__echo")["value"])
    assert outputs == {
        **{name: value for name, value in declared().items() if name != "__urn"},
        "api_key": secret(OLD),
        "extra_kwargs": inputs["extra_kwargs"],
        "__secret": ["api_key"],
        "__base_url": emulator.url,
        "__urn": URN,
    }
    assert [(path, kind) for path, kind, _ in echo["of"]] == [
        (["api_key"], "full"),
        (["extra_kwargs", "headers", "x-token"], "full"),
    ]
    assert echo["shown"] == [
        ["base_url"],
        ["extra_kwargs", "headers", "x-team"],
        ["provider_name"],
        ["timeout"],
    ]
    assert (len(echo["salt"]), len(echo["of"][0][2])) == (32, 64)
    assert OLD not in json.dumps(echo)


def rewrite_the_address(emulator: Emulator) -> None:
    """Let the service answer the next POST with another address than was sent."""
    emulator.dialect.provider_echo = "full"
    answered = {
        "id": "acme-vllm",
        "provider_id": "acme-vllm",
        "provider_name": "Acme vLLM",
        "extra_kwargs": kwargs(base_url="https://gw.acme.example/v1"),
    }
    emulator.faults.fail_next(1, status=201, body=answered, method="POST", when="after")


def test_what_was_answered_otherwise_is_declared_in_secret(
    dynamic: Plugin, emulator: Emulator
) -> None:
    """What was declared stands beside the answer, as a secret."""
    rewrite_the_address(emulator)
    _, outputs = dynamic.of(PROVIDER).declare(declared())
    assert outputs["__declared"] == secret({"base_url": "https://llm.acme.example/v1"})


@ONE_DOOR
def test_a_service_that_rewrites_an_address_shows_no_drift(
    providers: Plugin, emulator: Emulator
) -> None:
    """The answered value is an output; what was declared is remembered."""
    rewrite_the_address(emulator)
    inputs, outputs = providers.declare(declared())
    assert outputs["base_url"] == "https://gw.acme.example/v1"
    assert providers.diff("acme-vllm", outputs, inputs) == ("NONE", [])
    assert providers.messages[-1].sentence == providers.words.named(
        "the service returned different values for acme-vllm than declared:\n"
        "  base_url  declared https://llm.acme.example/v1 → returned https://gw.acme.example/v1"
    )


def test_values_that_nobody_declares_are_named_where_a_write_removes_them(
    providers: Plugin, emulator: Emulator
) -> None:
    """All their names, never their values."""
    emulator.dialect.provider_echo = "masked"
    extra = kwargs(temperature=0.5, other_token=FOREIGN, top_p=1, **{"a\nb": 1, "zone": "eu"})
    emulator.put_provider("acme-vllm", provider_name="Acme vLLM", extra_kwargs=extra)
    providers.declare(declared())
    assert providers.messages[-1] == providers.warning(
        "this write removed values of acme-vllm that are not declared: "
        "extra_kwargs.a\\nb, extra_kwargs.other_token, "
        "extra_kwargs.temperature, extra_kwargs.top_p, extra_kwargs.zone",
        "vllm",
    )


@ONE_DOOR
@pytest.mark.parametrize("post", get_args(ProviderPost))
def test_a_lost_answer_to_a_post_is_no_second_provider(
    providers: Plugin,
    emulator: Emulator,
    post: Any,  # noqa: ANN401  (a literal)
) -> None:
    """Where the retry meets what the first try made, that is ours: looked up, and written."""
    emulator.dialect.provider_post = post
    emulator.faults.fail_next(1, status=502, body={}, method="POST", when="after")
    providers.declare(declared())
    assert [message for message in providers.messages if "somebody" in message.sentence] == []
    assert stored(emulator) == {"provider_name": "Acme vLLM", "extra_kwargs": kwargs()}


@ONE_DOOR
def test_a_provider_that_appears_after_the_look(providers: Plugin, emulator: Emulator) -> None:
    """An upsert overwrites it, and the user is told; where a POST only creates, it is judged."""
    free = {"status": 404, "body": {"detail": "Not found."}, "path": "/api/providers/acme-vllm/"}
    emulator.put_provider("acme-vllm", provider_name="Theirs", extra_kwargs={})
    emulator.dialect.provider_post = "create"
    emulator.faults.fail_next(2, **free)  # type: ignore[arg-type]  # as above
    inputs = providers.check(declared())
    sentence = providers.failure(lambda: providers.create(inputs))
    assert "acme-vllm already exists with different values" in sentence
    assert stored(emulator)["provider_name"] == "Theirs"

    emulator.dialect.provider_post = "upsert"
    emulator.faults.fail_next(1, **free)  # type: ignore[arg-type]  # as above
    providers.create(inputs)
    assert providers.messages[-1].sentence == (
        "somebody else created acme-vllm a moment ago, and it has been overwritten "
        "(unless the service returns 200 for new providers too)"
    )


@ONE_DOOR
def test_a_refused_post_is_the_services_word(providers: Plugin, emulator: Emulator) -> None:
    """A 400 without such a provider is an error, with the words and without the values."""
    words = f"bad extra_kwargs: {json.dumps(kwargs())}"
    emulator.faults.fail_next(1, status=400, body={"detail": words}, method="POST")
    inputs = providers.check(declared())
    sentence = providers.failure(lambda: providers.create(inputs))
    assert sentence == (
        'POST /api/providers/ returned 400: bad extra_kwargs: {"base_url": '
        '"[value]", "api_key": "[secret]", "timeout": [value], "region": "[value]"}'
    )


def test_what_is_not_known_yet_passes_through(providers: Plugin, emulator: Emulator) -> None:
    """A preview with values of other resources is checked as far as it is known."""
    emulator.put_provider("acme-vllm", provider_name="Acme vLLM", extra_kwargs=kwargs())
    emulator.dialect.provider_echo = "full"
    for field in ("provider_name", "api_key", "base_url", "timeout", "extra_kwargs"):
        news = declared(**{field: UNKNOWN})
        inputs = providers.check(news)
        assert inputs[field] == UNKNOWN
        assert "values known so far match" in providers.messages[0].sentence
    assert providers.check(declared(provider_id=UNKNOWN))["provider_id"] == UNKNOWN


def test_one_run_serves_both_resources(plugin: Plugin, emulator: Emulator) -> None:
    """One list, one limit: what a model's check has fetched serves a provider's delete."""
    plugin.check({"model_name": "acme/m", "input_cost": 1, "__urn": "urn:m"})
    emulator.put_provider("acme-vllm", provider_name="Acme vLLM", extra_kwargs=kwargs())
    providers = plugin.of(PROVIDER)
    providers.delete("acme-vllm", state(providers, emulator))
    assert emulator.calls == [LIST, ("DELETE", "/api/providers/acme-vllm/", None)]


@ONE_DOOR
def test_only_the_apis_own_404_is_gone(providers: Plugin, emulator: Emulator) -> None:
    """A list of models shows that this is the API; a proxy's 404 is an error."""
    _, outputs = providers.declare(declared())
    emulator.remove_provider("acme-vllm")
    assert providers.read("acme-vllm", outputs) is None
    assert emulator.calls[-2:] == [ASK, LIST]
    emulator.faults.fail_next(1, status=404, raw="<html>nothing here</html>")
    assert "but not from the Keywords AI API" in providers.failure(
        lambda: providers.read("acme-vllm", outputs)
    )


def test_a_model_and_a_provider_of_one_name_are_two(plugin: Plugin, emulator: Emulator) -> None:
    """Neither claims the other's name, and neither keeps the other from being deleted."""
    providers = plugin.of(PROVIDER)
    plugin.check({"model_name": "acme-vllm", "input_cost": 1, "__urn": "urn:m"})
    emulator.put_provider("acme-vllm", provider_name="Acme vLLM", extra_kwargs=kwargs())
    providers.delete("acme-vllm", state(providers, emulator))
    assert emulator.providers() == {}
    providers.check(declared())
    assert providers.try_check(declared(__urn=f"{URN}-2"))[1] == [
        (
            "provider_id",
            "is also declared by resource 'vllm'; only one resource can own a provider",
        )
    ]


def test_a_credential_beside_an_unknown_value_is_a_secret(
    providers: Plugin, emulator: Emulator
) -> None:
    """In a preview too; what is not known yet stays as it is."""
    extra = {"token": "tok-Wq3Er6Ty9Ui2", "region": UNKNOWN, "other_key": UNKNOWN}
    inputs = providers.check(declared(extra_kwargs=extra, api_key=UNKNOWN))
    assert inputs["extra_kwargs"] == {**extra, "token": secret("tok-Wq3Er6Ty9Ui2")}
    assert inputs["api_key"] == UNKNOWN


@ONE_DOOR
@pytest.mark.parametrize("body", [{"message": "ok"}, None])
def test_a_write_that_returns_no_provider_is_followed_by_a_read(
    providers: Plugin,
    emulator: Emulator,
    body: Any,  # noqa: ANN401  (JSON)
) -> None:
    """A success is one, whatever it says."""
    emulator.dialect.provider_echo = "full"
    raw = {"raw": b""} if body is None else {"body": body}
    emulator.faults.fail_next(1, status=201, method="POST", when="after", **raw)
    inputs, outputs = providers.declare(declared())
    assert providers.diff("acme-vllm", outputs, inputs) == ("NONE", [])
    assert [method for method, *_ in emulator.calls] == ["GET", "GET", "POST", "GET"]
    assert providers.read("acme-vllm", outputs) == (outputs, {})


@ONE_DOOR
def test_a_service_that_returns_no_name_shows_no_drift(
    providers: Plugin, emulator: Emulator
) -> None:
    """A field that an answer lacks says nothing, although the map is shown."""
    _, outputs = providers.declare(declared())
    emulator.faults.fail_next(
        1, status=200, method="GET", body={"id": "acme-vllm", "extra_kwargs": kwargs()}
    )
    found = providers.read("acme-vllm", outputs)
    assert found is not None
    assert found[1] == {}


@ONE_DOOR
def test_a_provider_that_goes_between_look_and_patch_is_created(
    providers: Plugin, emulator: Emulator
) -> None:
    """The PATCH of the gone one is a 404, which the next look explains."""
    inputs, outputs = providers.declare(declared())
    shown = {"id": "acme-vllm", "provider_id": "acme-vllm", "provider_name": "Acme vLLM"}
    emulator.remove_provider("acme-vllm")
    emulator.faults.fail_next(1, status=200, method="GET", body=shown)
    inputs = providers.check(declared(timeout=60), inputs)
    providers.update("acme-vllm", outputs, inputs)
    assert [method for method, path, _ in emulator.calls if "providers" in path][3:] == [
        *("GET", "PATCH", "GET", "GET", "POST"),
    ]
    assert stored(emulator)["extra_kwargs"] == kwargs(timeout=60)


@ONE_DOOR
@pytest.mark.parametrize(("echo", "accepted"), [("full", True), ("absent", True), (None, False)])
def test_a_service_that_has_moved_is_accepted_by_a_refresh(
    providers: Plugin,
    emulator: Emulator,
    echo: Any,  # noqa: ANN401  (a literal)
    *,
    accepted: bool,
) -> None:
    """Where the new address shows a provider with the same values, and more than its name."""
    emulator.dialect.provider_echo = echo
    _, outputs = providers.declare(declared())
    outputs = providers.moved(outputs, "https://old.example")
    if not accepted:
        assert "acme-vllm was written to https://old.example" in providers.failure(
            lambda: providers.read("acme-vllm", outputs)
        )
        return
    found = providers.read("acme-vllm", outputs)
    assert found is not None
    assert (providers.service_url(found[0]), found[1]) == (emulator.url, {})
    assert providers.messages[-1].sentence == (
        f"acme-vllm was written to https://old.example, and {emulator.url} has it with the same "
        "values: from now on, this stack manages that provider"
    )


def test_a_provider_that_was_written_elsewhere_is_neither_changed_nor_deleted(
    providers: Plugin, emulator: Emulator
) -> None:
    """Nor taken for gone, where the host of now does not have it."""
    inputs, outputs = providers.declare(declared())
    outputs = providers.moved(outputs, "https://old.example")
    news = providers.check(declared(timeout=60), inputs)
    emulator.remove_provider("acme-vllm")
    sentence = (
        f"acme-vllm was written to https://old.example, but the base URL is now {emulator.url}."
    )
    for verb in (
        lambda: providers.update("acme-vllm", outputs, news),
        lambda: providers.delete("acme-vllm", outputs),
        lambda: providers.read("acme-vllm", outputs),
    ):
        assert providers.failure(verb).startswith(sentence)
    assert [method for method, *_ in emulator.calls if method != "GET"] == ["POST"]


@ONE_DOOR
def test_another_provider_at_the_new_address_is_refused(
    providers: Plugin, emulator: Emulator
) -> None:
    """With any other value."""
    emulator.dialect.provider_echo = "full"
    _, outputs = providers.declare(declared())
    outputs = providers.moved(outputs, "https://old.example")
    emulator.edit_provider("acme-vllm", extra_kwargs=kwargs(api_key=FOREIGN))
    assert "`pulumi refresh` accepts providers whose values are equal" in providers.failure(
        lambda: providers.read("acme-vllm", outputs)
    )


@pytest.mark.parametrize(
    ("kind", "name", "kept"),
    [
        ("provider", "acme-vllm", True),
        ("provider", "acme-other", False),
        ("model", "acme-vllm", False),
    ],
)
def test_a_provider_that_the_run_leaves_out_is_kept(
    providers: Plugin,
    emulator: Emulator,
    notes: RunNotes,
    kind: str,
    name: str,
    *,
    kept: bool,
) -> None:
    """The program's notes say who declares it; a model of that name is something else."""
    emulator.put_provider("acme-vllm", provider_name="Acme vLLM", extra_kwargs=kwargs())
    notes.add(declared="1-1", resource="new", urn=providers.urn("new"), kind=kind, name=name)
    providers.delete("acme-vllm", state(providers, emulator), providers.urn("old"))
    assert ("acme-vllm" in emulator.providers()) is kept
    told = ["acme-vllm is not deleted: resource 'new' declares it"] if kept else []
    assert [message.sentence for message in providers.messages] == told


def test_what_was_checked_is_noted_with_its_kind(providers: Plugin, notes: RunNotes) -> None:
    """For the other processes of the run."""
    urn = providers.urn("vllm")
    notes.add(declared=urn, resource="vllm", urn=urn, kind="provider")
    providers.declare(declared())
    [noted] = notes.read()
    assert (noted.kind, noted.name, noted.existed) == ("provider", "acme-vllm", False)
    assert OLD not in str(noted)


@ONE_DOOR
def test_a_write_at_the_rate_limit_looks_again(providers: Plugin, emulator: Emulator) -> None:
    """A 429 in between holds it up; the provider is written once."""
    inputs = providers.check(declared())
    emulator.faults.fail_next(
        1, status=429, method="POST", body={"detail": "slow"}, headers={"Retry-After": "1"}
    )
    providers.create(inputs)
    assert [method for method, *_ in emulator.calls] == ["GET", "GET", "POST", "POST"]
    assert stored(emulator) == {"provider_name": "Acme vLLM", "extra_kwargs": kwargs()}


def test_a_preview_without_a_key_or_with_a_wrong_one(
    new_plugin: NewPlugin, emulator: Emulator
) -> None:
    """Without a key a preview says once that nothing was looked up; with a wrong one it fails."""
    keyless = new_plugin({}).of(PROVIDER)
    keyless.check(declared())
    assert [message.sentence for message in keyless.messages] == [
        "Skipped checking for existing models: there is no API key"
    ]
    wrong = new_plugin({"KEYWORDSAI_API_KEY": "wrong", "KEYWORDSAI_BASE_URL": emulator.url})
    [(prop, sentence)] = wrong.of(PROVIDER).try_check(declared())[1]
    assert prop == ""
    assert "GET /api/providers/acme-vllm/ returned 401" in sentence
