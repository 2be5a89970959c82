"""The provider in its own process, through both doors: floats on the wire, many threads, no CLI.

What is said here as lifecycles is what the engine does, call by call; the real CLI comes on top.
Tests of `dynamic` are about what only the dynamic provider has.
"""

import json
import time
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from harness.lengths import ONE_DOOR, few
from harness.provider_process import (
    SECRET,
    UNKNOWN,
    NewPlugin,
    Plugin,
    Props,
    failure,
)
from harness.raw_server import raw_server

from keywordsai_dynamic.emulator import Emulator
from keywordsai_dynamic.emulator.dialect import ListAnswer, WriteAnswer

URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/keywordsai:CustomModel::support-llm"
DECLARED = {
    "model_name": "acme/support-llm",
    "base_model_name": "gpt-4o",
    "input_cost": 2.5,
    "output_cost": "10.00",
    "max_context_window": 128_000,
    "function_call": True,
    "supported_params_override": {"temperature": {"min": 0, "max": 1.5}},
    "__urn": URN,
}
CHECKED = {
    "model_name": "acme/support-llm",
    "base_model_name": "gpt-4o",
    "input_cost": 2.5,
    "output_cost": 10.0,
    "max_context_window": 128_000,
    "function_call": 1,
    "supported_params_override": {"temperature": {"min": 0, "max": 1.5}},
}
LIST = ("GET", "/api/models/?all=true", None)
ASK = ("GET", "/api/models/acme/m/", None)
UPSERT = ("POST", "/api/models/")
DELETE = ("DELETE", "/api/models/acme/m/", None)
WAY_BACK = (
    "Change keywordsai:baseUrl (or KEYWORDSAI_BASE_URL) back. If the service has moved, `pulumi "
    "refresh` accepts models whose values are equal; remove others from the state with "
    "`pulumi state delete`."
)


def small(**values: object) -> Props:
    """Declare little: one model, one price."""
    return {"model_name": "acme/m", "input_cost": 1, "__urn": URN, **values}


def stored(plugin: Plugin, emulator: Emulator, url: str = "", **more: object) -> Props:
    """Give what an earlier run left in the state of `small()`, and let the model live."""
    emulator.put_model("acme/m", input_cost=1, output_cost=2)
    declared = {"model_name": "acme/m", "input_cost": 1.0, **more}
    answered = {"output_cost": 2.0, "model_id": "acme/m"}
    return plugin.state(declared, url or emulator.url, answered)


def posts(emulator: Emulator) -> list[Props]:
    """Give the bodies of the upserts that arrived."""
    return [body for method, path, body in emulator.calls if (method, path) == UPSERT]


def written(call: object) -> str:
    """Write a call so that 1 and 1.0 differ; the engine's maps have no order."""
    return json.dumps(call, sort_keys=True)


def test_a_model_lives_its_life(plugin: Plugin, new_plugin: NewPlugin, emulator: Emulator) -> None:
    """Create, no change, update, no change, delete: each request once, ints as ints."""
    inputs = plugin.check(DECLARED)
    outputs = plugin.create(inputs)
    assert inputs == CHECKED
    assert plugin.attributes(outputs) == {
        **CHECKED,
        "provider_id": "openai",
        "provider_name": "OpenAI",
        "cache_hit_input_cost": 1.25,
        "cache_creation_input_cost": 0,
        "streaming_support": 1,
        "image_support": 1,
        "model_id": "acme/support-llm",
        "affiliation_category": "custom",
        "source": "db",
    }
    assert plugin.service_url(outputs) == emulator.url
    assert plugin.diff("acme/support-llm", outputs, inputs) == ("NONE", [])

    news = plugin.check({**DECLARED, "input_cost": "3"}, inputs)
    assert plugin.diff("acme/support-llm", outputs, news) == (plugin.changed, [])
    updated = plugin.update("acme/support-llm", outputs, news)
    assert plugin.diff("acme/support-llm", updated, news) == ("NONE", [])
    assert plugin.diff("acme/support-llm", updated, inputs) == (plugin.changed, [])

    env = {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
    new_plugin(env).delete("acme/support-llm", updated)
    sent = [written(call) for call in emulator.calls]
    assert sent == [
        written(call)
        for call in (
            LIST,
            ("POST", "/api/models/", CHECKED),
            ("POST", "/api/models/", {**CHECKED, "input_cost": 3.0}),
            ("DELETE", "/api/models/acme/support-llm/", None),
        )
    ]
    assert emulator.models() == {}


def test_what_a_dynamic_state_remembers(dynamic: Plugin, emulator: Emulator) -> None:
    """Beside the fields: what was answered undeclared, the base URL and the URN."""
    _, outputs = dynamic.declare(small())
    hidden = {name: outputs[name] for name in outputs if name.startswith("__")}
    assert hidden.pop("__answered").startswith("{")
    assert hidden == {"__base_url": emulator.url, "__urn": URN}


def test_what_is_not_known_yet_passes_through(plugin: Plugin, emulator: Emulator) -> None:
    """A preview with values of other resources is checked as far as it is known."""
    emulator.put_model("acme/m", base_model_name="gpt-4o", input_cost=1)
    news = small(base_model_name="gpt-4o", output_cost=UNKNOWN)
    assert plugin.check(news) == {
        "model_name": "acme/m",
        "base_model_name": "gpt-4o",
        "input_cost": 1,
        "output_cost": UNKNOWN,
    }
    assert plugin.messages == [
        plugin.warning(
            "adopts existing model acme/m (values known so far match); "
            "from then on `pulumi destroy` deletes it",
        )
    ]
    unnamed = {"model_name": UNKNOWN, "input_cost": -1}
    assert plugin.try_check(unnamed) == (unnamed, [("input_cost", "must be 0 or more")])


def test_a_name_that_is_not_known_yet_may_replace(plugin: Plugin) -> None:
    """In an update whose name is still unknown the preview shows a replacement."""
    inputs, outputs = plugin.declare(small())
    news = plugin.check(small(model_name=UNKNOWN), inputs)
    assert plugin.diff("acme/m", outputs, news) == (plugin.changed, ["model_name"])


def test_only_the_name_replaces(plugin: Plugin) -> None:
    """Another name is another model; everything else, base and provider too, is an update."""
    inputs, outputs = plugin.declare(small(base_model_name="gpt-4o"))
    for change, replaces in (
        (small(model_name="acme/other", base_model_name="gpt-4o"), ["model_name"]),
        (small(base_model_name="gpt-4"), []),
        (small(base_model_name="gpt-4o", custom_provider_id="acme"), []),
        (small(), []),
    ):
        news = plugin.check(change, inputs)
        assert plugin.diff("acme/m", outputs, news) == (plugin.changed, replaces)


def test_flipping_overwrite_existing_is_no_change(plugin: Plugin) -> None:
    """The switch for the first `up` can be taken away without an update."""
    inputs, outputs = plugin.declare(small(overwrite_existing=True))
    news = plugin.check(small(), inputs)
    assert plugin.diff("acme/m", outputs, news) == ("NONE", [])


def test_eight_creates_on_four_threads_share_one_list(plugin: Plugin, emulator: Emulator) -> None:
    """Threads share one configured provider: one list serves all, and no request is lost."""
    emulator.faults.latency = 0.05
    names = [f"acme/m{index}" for index in range(8)]
    with ThreadPoolExecutor(8) as threads:
        created = list(threads.map(lambda name: plugin.create({"model_name": name}), names))
    assert [plugin.attributes(outputs)["model_id"] for outputs in created] == names
    assert emulator.calls[0] == LIST
    assert sorted(body["model_name"] for *_, body in emulator.calls[1:]) == names


def test_one_configuration_serves_the_process(new_plugin: NewPlugin, emulator: Emulator) -> None:
    """Key and host come from the stack's configuration, and beat the environment."""
    plugin = new_plugin({"KEYWORDSAI_API_KEY": "wrong", "KEYWORDSAI_BASE_URL": "https://wrong"})
    plugin.configure(apiKey=emulator.api_key, baseUrl=f"{emulator.url}/api/")
    _, outputs = plugin.declare(small())
    assert plugin.service_url(outputs) == emulator.url
    assert emulator.calls == [LIST, (*UPSERT, {"model_name": "acme/m", "input_cost": 1.0})]


def test_an_error_is_one_line(dynamic: Plugin, emulator: Emulator) -> None:
    """What the user reads is the error's name and its sentence, and no traceback."""
    emulator.faults.fail_next(status=400, body={"error": "Base model not found"}, method="POST")
    inputs = dynamic.check(small(base_model_name="gtp-4"))
    assert failure(lambda: dynamic.create(inputs)) == (
        "KeywordsAIError: POST /api/models/ returned 400: Base model not found. "
        "The base model is 'gtp-4'; `keywordsai-dynamic models --all` lists all models.\n"
    )


def test_debugging_brings_the_traceback_back(new_dynamic_plugin: NewPlugin) -> None:
    """KEYWORDSAI_DEBUG=1 shows where an error came from."""
    plugin = new_dynamic_plugin({"KEYWORDSAI_DEBUG": "1"})
    lines = failure(lambda: plugin.create(small())).splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-1] == (
        "keywordsai_dynamic.ConfigurationError: No Keywords AI API key. Run `pulumi config set "
        "--secret keywordsai:apiKey KEY`, or set KEYWORDSAI_API_KEY."
    )


def test_without_a_key_a_preview_says_once_that_nothing_was_looked_up(
    new_plugin: NewPlugin,
) -> None:
    """A preview needs no key; the user is told what it therefore does not show."""
    plugin = new_plugin()
    plugin.check(small())
    plugin.check(small(model_name="acme/n", __urn=f"{URN}-2"))
    assert plugin.messages == [
        plugin.warning(
            "Skipped checking for existing models: there is no API key",
            None,
        )
    ]


def test_a_wrong_key_fails_the_preview(new_plugin: NewPlugin, emulator: Emulator) -> None:
    """What `create` would be refused for is refused in the preview, with the way out."""
    plugin = new_plugin({"RESPAN_API_KEY": "wrong", "RESPAN_BASE_URL": emulator.url})
    _, failures = plugin.try_check(small())
    assert failures == [
        (
            "",
            "GET /api/models/?all=true returned 401: Your API key is invalid or expired, "
            "please check your API key. The key came from RESPAN_API_KEY. `refresh` and `destroy` "
            "take configuration from the state: if the key has changed since, set "
            "KEYWORDSAI_API_KEY_OVERRIDE.",
        )
    ]


def test_a_secret_value_is_shown_nowhere(plugin: Plugin, emulator: Emulator) -> None:
    """The engine strips secrets from what it hands over: no message repeats a field it names."""
    emulator.put_model("acme/m", input_cost=0.0123)
    wanted = plugin.secretly(small(input_cost=0.0456), "input_cost")
    _, [(prop, sentence)] = plugin.try_check(wanted)
    assert prop == ""
    assert plugin.words.named("  input_cost  declared [secret] → live [secret]\n") in sentence
    assert plugin.try_check(plugin.secretly(small(input_cost="x-0.0456"), "input_cost"))[1] == [
        ("", plugin.words.named("input_cost must be a number of USD per million tokens"))
    ]
    assert "0.0456" not in str(plugin.messages) + sentence
    assert "0.0123" not in str(plugin.messages) + sentence


def test_what_was_declared_secretly_is_secret_in_the_state(
    dynamic: Plugin, emulator: Emulator
) -> None:
    """What repeats a secret under another name is marked, so that the engine encrypts it."""
    emulator.dialect.price_decimals = 2
    secret = {"input_cost": 0.025, "custom_provider_id": "acme-azure"}
    inputs, outputs = dynamic.declare(small(**secret, __secret=list(secret)))
    assert outputs["__declared"] == {**SECRET, "value": {"input_cost": 0.025}}
    assert outputs["__answered"].items() > SECRET.items()
    assert dynamic.diff("acme/m", outputs, inputs) == ("NONE", [])


def test_what_may_be_secret_by_a_transform_is_secret_in_the_state(
    dynamic: Plugin, emulator: Emulator
) -> None:
    """A transform adds additional_secret_outputs, of which no provider hears."""
    emulator.dialect.price_decimals = 2
    _, outputs = dynamic.declare(small(input_cost=0.025))
    assert outputs["__declared"] == {**SECRET, "value": {"input_cost": 0.025}}


def test_what_an_answer_repeats_of_a_secret_is_secret_in_the_state(
    dynamic: Plugin, emulator: Emulator
) -> None:
    """Under whatever name the service repeats it."""
    emulator.put_model("acme/m", display_name="like acme/hush", input_cost=1)
    emulator.put_model("acme/hush", input_cost=1)
    wanted = small(
        overwrite_existing=True, base_model_name="acme/hush", __secret=["base_model_name"]
    )
    _, outputs = dynamic.declare(wanted)
    assert outputs["__answered"].items() > SECRET.items()


def test_an_answered_field_that_the_program_calls_secret_is(dynamic: Plugin) -> None:
    """`additional_secret_outputs` may name what is answered undeclared."""
    _, outputs = dynamic.declare(small(__secret=["output_cost", "source"]))
    assert outputs["__answered"].items() > SECRET.items()


def test_the_key_is_kept_out_of_the_state(plugin: Plugin, emulator: Emulator) -> None:
    """Whatever the service repeats in what it answers."""
    emulator.put_model("acme/m", display_name=f"made with {emulator.api_key}", input_cost=1)
    _, outputs = plugin.declare(small())
    assert plugin.attributes(outputs)["display_name"] == "made with [key]"


def test_what_repeats_no_secret_is_not_marked(dynamic: Plugin) -> None:
    """A secret price makes neither the rest of the answer secret nor a copy of itself."""
    _, outputs = dynamic.declare(small(__secret=["input_cost"]))
    assert "__declared" not in outputs
    assert dynamic.attributes(outputs)["model_id"] == "acme/m"


def test_an_equal_model_is_taken_over_without_a_write(plugin: Plugin, emulator: Emulator) -> None:
    """What stands as declared becomes the stack's own, which the user is told once.

    That it stands is asked once, because a list may lag behind.
    """
    emulator.put_model("acme/m", input_cost=1)
    inputs, outputs = plugin.declare(small())
    assert emulator.calls == [LIST, ASK]
    assert plugin.attributes(outputs)["model_id"] == "acme/m"
    assert plugin.messages == [
        plugin.warning(
            "adopts existing model acme/m (values match); from then on `pulumi destroy` deletes it"
        )
    ]
    assert plugin.diff("acme/m", outputs, inputs) == ("NONE", [])


@ONE_DOOR
def test_one_model_that_is_as_listed_speaks_for_the_others(
    plugin: Plugin, emulator: Emulator
) -> None:
    """Many models are taken over with one list and one request; one that differs is asked for."""
    for name in ("acme/m", "acme/n", "acme/o"):
        emulator.put_model(name, input_cost=1)
    plugin.check(small())
    plugin.check(small(model_name="acme/n", __urn=f"{URN}-n"))
    assert emulator.calls == [LIST, ASK]
    _, failures = plugin.try_check(small(model_name="acme/o", input_cost=2, __urn=f"{URN}-o"))
    assert len(failures) == 1
    assert emulator.calls == [LIST, ASK, ("GET", "/api/models/acme/o/", None)]


@ONE_DOOR
def test_a_take_over_that_writes_is_confirmed_each_time(plugin: Plugin, emulator: Emulator) -> None:
    """What the list shows is enough to leave a model as it is, and not to write over it."""
    for name in ("acme/m", "acme/n", "acme/o"):
        emulator.put_model(name, input_cost=1)
    override: Props = {"supported_params_override": {"t": {}}}
    plugin.check(small())
    assert emulator.calls == [LIST, ASK]
    for name in ("acme/n", "acme/o"):
        plugin.check(small(model_name=name, **override, __urn=f"{URN}-{name}"))
    asked = [("GET", f"/api/models/{name}/", None) for name in ("acme/n", "acme/o")]
    assert emulator.calls == [LIST, ASK, *asked]


@ONE_DOOR
def test_a_take_over_that_writes_speaks_for_no_other(plugin: Plugin, emulator: Emulator) -> None:
    """That it is as listed is asked of the first one too that is to be left as it is."""
    for name in ("acme/m", "acme/n"):
        emulator.put_model(name, input_cost=1)
    override: Props = {"supported_params_override": {"t": {}}}
    plugin.check(small(model_name="acme/n", **override, __urn=f"{URN}-n"))
    plugin.check(small())
    assert emulator.calls == [LIST, ("GET", "/api/models/acme/n/", None), ASK]


@ONE_DOOR
@pytest.mark.parametrize("input_cost", [1, 7])
def test_what_a_list_still_shows_and_nobody_has_is_created(
    plugin: Plugin, emulator: Emulator, input_cost: float
) -> None:
    """A list that lags behind a deletion neither refuses a model nor has it taken over."""
    plugin.diff("any", small(), small())  # the process has begun, and has asked for nothing
    emulator.put_model("acme/m", input_cost=input_cost)
    emulator.dialect.list_lags = 3.0
    time.sleep(3.1)
    emulator.remove_model("acme/m")
    plugin.declare(small())
    assert emulator.calls[:2] == [LIST, ASK]
    assert posts(emulator) == [{"model_name": "acme/m", "input_cost": 1.0}]
    assert emulator.models().keys() == {"acme/m"}
    assert plugin.messages == []


def test_another_model_is_refused_in_preview_and_in_create(
    plugin: Plugin, emulator: Emulator
) -> None:
    """Both say the same sentence, and neither sends anything."""
    emulator.put_model("acme/m", input_cost=7)
    _, [(prop, sentence)] = plugin.try_check(small())
    assert prop == ""
    assert sentence.splitlines()[:2] == [
        "acme/m already exists with different values, and the service would overwrite it silently:",
        plugin.words.named("  input_cost  declared 1 → live 7"),
    ]
    assert plugin.failure(lambda: plugin.create(small())) == sentence
    assert (emulator.calls, emulator.models()["acme/m"]["input_cost"]) == ([LIST, ASK], 7)


@ONE_DOOR
def test_a_name_that_the_service_spells_otherwise_fails_in_the_preview(
    plugin: Plugin, emulator: Emulator
) -> None:
    """The spelling to declare is said, and the other models are looked up all the same."""
    emulator.dialect.lowers_names = True
    emulator.put_model("acme/m", input_cost=1)
    emulator.put_model("acme/n", input_cost=7)
    _, failures = plugin.try_check(small(model_name="Acme/M"))
    assert failures == [
        (
            "",
            "The service returns acme/m for Acme/M: it treats the two as one name. Declare "
            'the name as "acme/m".',
        )
    ]
    _, [(_, sentence)] = plugin.try_check(small(model_name="acme/n", __urn=f"{URN}-n"))
    assert sentence.splitlines()[1] == plugin.words.named("  input_cost  declared 1 → live 7")
    assert (posts(emulator), plugin.messages) == ([], [])


@pytest.mark.parametrize("input_cost", [1, 3])
def test_a_replacement_under_another_base_url_fails_in_the_preview(
    plugin: Plugin, emulator: Emulator, input_cost: float
) -> None:
    """What the state holds was written elsewhere: nothing here is replaced for it.

    A replacement may have another reason than a changed field, as `replacement_trigger` has.
    """
    outputs = stored(plugin, emulator, "https://api.respan.ai")
    news = plugin.check(small(input_cost=input_cost), small())
    changes = "NONE" if input_cost == 1 else plugin.changed
    assert plugin.diff("acme/m", outputs, news) == (changes, [])
    sentence = (
        f"acme/m was written to https://api.respan.ai, but the base URL is now {emulator.url}. "
        f"{WAY_BACK}"
    )
    assert plugin.try_check(small(input_cost=input_cost))[1] == [("", sentence)]
    create = plugin.failure(lambda: plugin.create(small(input_cost=input_cost)))
    assert create == sentence
    assert posts(emulator) == []


def test_overwriting_says_what_it_overwrites(plugin: Plugin, emulator: Emulator) -> None:
    """With overwrite_existing the model is written, and the old values are told."""
    emulator.put_model("acme/m", input_cost=7)
    plugin.declare(small(overwrite_existing=True))
    assert posts(emulator) == [{"model_name": "acme/m", "input_cost": 1.0}]
    assert plugin.messages == [
        plugin.warning(
            "overwrites existing model acme/m (overwriting is declared):\n"
            "  input_cost  declared 1 → live 7",
        )
    ]


def test_an_answer_that_differs_is_a_warning_and_no_drift(
    plugin: Plugin, emulator: Emulator
) -> None:
    """A server that rounds is told of at the write, and never shows as a change afterwards."""
    emulator.dialect.price_decimals = 2
    inputs, outputs = plugin.declare(small(input_cost=0.025))
    assert plugin.messages == [
        plugin.warning(
            "the service returned different values for acme/m than declared:\n"
            f"  input_cost  declared 0.025 → returned {outputs['input_cost']}",
        )
    ]
    assert plugin.diff("acme/m", outputs, inputs) == ("NONE", [])
    read = plugin.read("acme/m", outputs)
    assert read is not None
    assert plugin.diff("acme/m", read[0], inputs) == ("NONE", [])


def test_drift_comes_back_as_inputs(plugin: Plugin, emulator: Emulator) -> None:
    """A refresh gives the live value as input, so that the next preview shows it.

    One list, and one request of the model by itself before it is told.
    """
    override = {"supported_params_override": {"a": 1}}
    outputs = stored(plugin, emulator, **override)
    emulator.edit_model("acme/m", input_cost=7, output_cost=9)
    read = plugin.read("acme/m", outputs)
    assert read is not None
    live, seen = read
    assert emulator.calls == [LIST, ASK]
    assert seen == {"model_name": "acme/m", "input_cost": 7, **override}
    assert (live["input_cost"], plugin.attributes(live)["output_cost"]) == (7, 9)
    assert plugin.diff("acme/m", live, small(**override)) == (plugin.changed, [])
    assert plugin.diff("acme/m", live, seen) == ("NONE", [])


@ONE_DOOR
def test_drift_is_confirmed_once_in_a_process(plugin: Plugin, emulator: Emulator) -> None:
    """One model that has moved as the list shows it speaks for the others of the refresh."""
    outputs = stored(plugin, emulator)
    for name in ("acme/n", "acme/o"):
        emulator.put_model(name, input_cost=7)
    read = plugin.read("acme/m", outputs)
    assert read is not None
    assert (read[0]["input_cost"], read[1], emulator.calls) == (1, {}, [LIST])
    for name in ("acme/n", "acme/o"):
        other = plugin.state({"model_name": name, "input_cost": 1.0}, emulator.url, {})
        read = plugin.read(name, other)
        assert read is not None
        assert read[1] == {"model_name": name, "input_cost": 7}
    assert emulator.calls == [LIST, ("GET", "/api/models/acme/n/", None)]


@ONE_DOOR
def test_drift_that_only_a_list_shows_is_none(new_plugin: NewPlugin) -> None:
    """A list that lags behind a write is not told as somebody's edit, and is believed no more."""
    own = {"affiliation_category": "custom"}
    listed = [
        {"id": name, "model_name": name, "input_cost": 7, **own} for name in ("acme/m", "acme/n")
    ]
    lives = [{**model, "input_cost": 1} for model in listed]
    with raw_server([(200, listed), (200, lives[0]), (200, lives[1])]) as server:
        plugin = new_plugin({"KEYWORDSAI_API_KEY": "k", "KEYWORDSAI_BASE_URL": server.url})
        for name in ("acme/m", "acme/n"):
            outputs = plugin.state({"model_name": name, "input_cost": 1.0}, server.url, {})
            read = plugin.read(name, outputs)
            assert read is not None
            assert (read[0]["input_cost"], read[1]) == (1, {})
        assert [request.target for request in server.requests] == [
            "/api/models/?all=true",
            "/api/models/acme/m/",
            "/api/models/acme/n/",
        ]


@ONE_DOOR
def test_what_has_moved_in_a_list_may_be_gone(new_plugin: NewPlugin) -> None:
    """The model by itself is what counts, when it is answered 404 too."""
    listed = [{"id": "acme/m", "model_name": "acme/m", "input_cost": 7, "source": "db"}]
    with raw_server([(200, listed), (404, {"detail": "Not found."})]) as server:
        plugin = new_plugin({"KEYWORDSAI_API_KEY": "k", "KEYWORDSAI_BASE_URL": server.url})
        outputs = plugin.state({"model_name": "acme/m", "input_cost": 1.0}, server.url, {})
        assert plugin.read("acme/m", outputs) is None
        assert len(server.requests) == 2


@ONE_DOOR
@pytest.mark.parametrize("list_answer", ["array", "page", "not_found", "not_allowed"])
def test_only_404_is_gone(plugin: Plugin, emulator: Emulator, list_answer: ListAnswer) -> None:
    """Whatever the list looks like, a model is gone when the service says so by itself."""
    outputs = stored(plugin, emulator)
    emulator.dialect.list_answer = list_answer
    assert plugin.read("acme/m", outputs) is not None
    gone = plugin.state({"model_name": "acme/gone"}, emulator.url)
    assert plugin.read("acme/gone", gone) is None
    assert emulator.calls[-1] == ("GET", "/api/models/acme/gone/", None)


@ONE_DOOR
@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_refused_read_is_an_error_and_not_gone(
    plugin: Plugin, emulator: Emulator, status: int
) -> None:
    """The state stays as it is when the service does not say that the model is gone."""
    outputs = stored(plugin, emulator)
    emulator.remove_model("acme/m")
    emulator.faults.fail_next(9, status=status)
    assert plugin.failure(lambda: plugin.read("acme/m", outputs)).startswith(
        f"GET /api/models/?all=true returned {status}: "
    )


def test_a_model_is_not_gone_under_another_base_url(plugin: Plugin, emulator: Emulator) -> None:
    """Looked for on another host than it was written to, a missing model is an error."""
    lost = plugin.state({"model_name": "acme/m"}, "https://api.respan.ai")
    sentence = (
        f"acme/m was written to https://api.respan.ai, but the base URL is now "
        f"{emulator.url}. {WAY_BACK}"
    )
    assert plugin.failure(lambda: plugin.read("acme/m", lost)) == sentence
    assert plugin.failure(lambda: plugin.delete("acme/m", lost)) == sentence
    assert [call[0] for call in emulator.calls] == ["GET", "GET"]
    emulator.requests.clear()
    assert plugin.failure(lambda: plugin.update("acme/m", lost, small())) == sentence
    assert emulator.calls == []


@ONE_DOOR
@pytest.mark.parametrize(
    ("state", "edit", "accepted"),
    few(
        [
            (({"input_cost": 1.0}, {}), {}, True),
            (({"input_cost": 1.0}, {"output_cost": 2.0}), {}, True),
            (({"input_cost": 1.0}, {"output_cost": 2.0}), {"output_cost": 99}, False),
            (({"input_cost": 1.0}, {}), {"output_cost": 99}, True),
            (
                ({"supported_params_override": {}}, {"output_cost": 2.0}),
                {"output_cost": 99},
                False,
            ),
            (({"input_cost": 1.0}, {}), {"input_cost": 7}, False),
            (({"input_cost": 1.0, "display_name": "Acme"}, {}), {"display_name": "Acme"}, True),
            (({"display_name": "Acme"}, {}), {"display_name": "Acme"}, False),
            (({"supported_params_override": {}}, {}), {}, False),
            (({}, {"model_id": "acme/m", "source": "db"}), {}, False),
            (({}, {"output_cost": 2.0}), {}, True),
        ],
        5,
    ),
)
def test_a_service_may_move_that_has_the_model_with_the_same_values(
    plugin: Plugin, emulator: Emulator, state: tuple[Props, Props], edit: Props, accepted: bool
) -> None:
    """Read on another host than it was written to: equal is managed from now on, else refused.

    All that was answered must be equal, declared or not, and one thing besides the display name.
    """
    moved_on, (known, answered) = "https://api.respan.ai", state
    emulator.put_model("acme/m", input_cost=1, output_cost=2)
    emulator.edit_model("acme/m", **edit)
    outputs = plugin.state({"model_name": "acme/m", **known}, moved_on, answered)
    if not accepted:
        assert plugin.failure(lambda: plugin.read("acme/m", outputs)) == (
            f"acme/m was written to {moved_on}, but the base URL is now {emulator.url}. {WAY_BACK}"
        )
        assert plugin.messages == []
        return
    read = plugin.read("acme/m", outputs)
    assert read is not None
    assert (plugin.service_url(read[0]), read[1]) == (emulator.url, {})
    assert plugin.messages == [
        plugin.warning(
            f"acme/m was written to {moved_on}, and {emulator.url} has it with the same "
            "values: from now on, this stack manages that model",
        )
    ]


def test_an_update_stops_where_somebody_else_was(plugin: Plugin, emulator: Emulator) -> None:
    """A declared field that moved, and that the change leaves, stops the update."""
    outputs = stored(plugin, emulator, output_cost=2.0)
    emulator.edit_model("acme/m", output_cost=5)
    news = small(output_cost=2, input_cost=3)
    assert plugin.failure(lambda: plugin.update("acme/m", outputs, news)) == (
        "acme/m was changed by somebody else since it was last read:\n"
        f"  {plugin.words.field('output_cost')}  last 2 → live 5\n"
        "Nothing was sent. Run `pulumi up --refresh` to see the change in the preview and decide."
    )
    assert emulator.calls == [LIST, ASK]


def test_an_update_of_a_field_that_moved_tells_what_it_overwrites(
    plugin: Plugin, emulator: Emulator
) -> None:
    """Where the change touches the field that moved, the program wins, and says so."""
    outputs = stored(plugin, emulator)
    emulator.edit_model("acme/m", input_cost=5)
    plugin.update("acme/m", outputs, plugin.check(small(input_cost=3), small()))
    assert posts(emulator) == [{"model_name": "acme/m", "input_cost": 3.0}]
    assert plugin.messages == [
        plugin.warning(
            "this update overwrites changes to acme/m that somebody else made:\n"
            "  input_cost  last 1 → live 5",
        )
    ]


def test_an_update_of_a_model_that_is_gone_creates_it_again(
    plugin: Plugin, emulator: Emulator
) -> None:
    """Deleted in the console, the model is made again as declared, and the user is told."""
    outputs = stored(plugin, emulator)
    emulator.remove_model("acme/m")
    plugin.update("acme/m", outputs, plugin.check(small(input_cost=3), small()))
    assert posts(emulator) == [{"model_name": "acme/m", "input_cost": 3.0}]
    assert plugin.messages == [plugin.warning("acme/m no longer exists and is recreated")]


def test_a_field_no_longer_declared_is_left_and_told(plugin: Plugin, emulator: Emulator) -> None:
    """Taking a field out of the program sends the others and leaves it as it lives."""
    inputs, outputs = plugin.declare(small(output_cost=2))
    news = plugin.check(small(), inputs)
    updated = plugin.update("acme/m", outputs, news)
    assert plugin.messages == [
        plugin.warning("output_cost is no longer declared; the live model keeps its value")
    ]
    assert posts(emulator)[-1] == {"model_name": "acme/m", "input_cost": 1.0}
    assert plugin.diff("acme/m", updated, news) == ("NONE", [])
    assert plugin.attributes(updated)["output_cost"] == 2


def test_a_renamed_resource_keeps_its_model(plugin: Plugin, emulator: Emulator) -> None:
    """Create under the new name, then delete of the old one: nothing is lost, nothing is sent."""
    emulator.put_model("acme/m", input_cost=1)
    old = plugin.state({"model_name": "acme/m", "input_cost": 1}, emulator.url)
    plugin.declare(small(__urn=f"{URN}-renamed"))
    plugin.delete("acme/m", old)
    assert emulator.calls == [LIST, ASK]
    assert plugin.messages[-1] == plugin.message(
        "INFO", "acme/m is not deleted: resource 'support-llm-renamed' declares it"
    )


def test_a_model_that_is_replaced_by_deleting_first_is_deleted(
    plugin: Plugin, emulator: Emulator
) -> None:
    """check({}), delete, create of one resource is a true replacement: both requests go out.

    What was looked at a moment ago is looked at no more: the model is as the state has it.
    """
    emulator.put_model("acme/m", input_cost=1)
    old = plugin.state({"model_name": "acme/m", "input_cost": 1}, emulator.url)
    inputs = plugin.check(small())
    plugin.delete("acme/m", old)
    plugin.create(inputs)
    create = (*UPSERT, {"model_name": "acme/m", "input_cost": 1.0})
    assert emulator.calls == [LIST, ASK, DELETE, create]


def test_a_model_that_somebody_changed_is_not_replaced_by_deleting_it_first(
    plugin: Plugin, emulator: Emulator
) -> None:
    """A replacement stops before its delete, where a declared field has moved since."""
    old = stored(plugin, emulator)
    emulator.edit_model("acme/m", input_cost=7)
    plugin.check(small(input_cost=7))
    assert plugin.failure(lambda: plugin.delete("acme/m", old)) == (
        "acme/m was changed by somebody else since it was last read:\n"
        f"  {plugin.words.field('input_cost')}  last 1 → live 7\n"
        "Nothing was sent. Run `pulumi up --refresh` to see the change in the preview and decide."
    )
    assert [call for call in emulator.calls if call[0] != "GET"] == []


@pytest.mark.parametrize("unknown", ["model_name", "input_cost"])
@pytest.mark.parametrize("edited", [True, False])
def test_what_depends_on_a_model_that_is_deleted_first_is_looked_at_too(
    plugin: Plugin, emulator: Emulator, unknown: str, edited: bool
) -> None:
    """diff with a value that comes from that model, then delete, without a check: the replacement
    may have the same name, so that a change by somebody else stops it.
    """
    old = stored(plugin, emulator)
    if edited:
        emulator.edit_model("acme/m", input_cost=7)
    assert plugin.diff("acme/m", old, small(**{unknown: UNKNOWN}))[0] == plugin.changed
    if edited:
        assert plugin.failure(lambda: plugin.delete("acme/m", old)) == (
            "acme/m was changed by somebody else since it was last read:\n"
            f"  {plugin.words.field('input_cost')}  last 1 → live 7\n"
            "Nothing was sent. Run `pulumi up --refresh` to see the change in the preview and "
            "decide."
        )
    else:
        plugin.delete("acme/m", old)
    assert [call for call in emulator.calls if call[0] != "GET"] == ([] if edited else [DELETE])


def test_a_replacement_in_place_of_what_somebody_changed_is_refused(
    plugin: Plugin, emulator: Emulator
) -> None:
    """check, diff, check({}), create: what the state holds is compared, in the preview already."""
    outputs = stored(plugin, emulator)
    emulator.edit_model("acme/m", input_cost=7)
    news = plugin.check(small(input_cost=3), small())
    assert plugin.diff("acme/m", outputs, news) == (plugin.changed, [])
    sentence = (
        "acme/m was changed by somebody else since it was last read:\n"
        f"  {plugin.words.field('input_cost')}  last 1 → live 7\n"
        "Nothing was sent. Run `pulumi up --refresh` to see the change in the preview and decide. "
        "If that shows no change, a replacement was interrupted: to overwrite the live values, "
        f"declare {plugin.words.declare('overwrite_existing', True)}."
    )
    assert plugin.try_check(small(input_cost=3))[1] == [("", sentence)]
    assert plugin.failure(lambda: plugin.create(news)) == sentence
    assert posts(emulator) == []


def test_a_replacement_in_place_of_an_unchanged_model_is_written(
    plugin: Plugin, emulator: Emulator
) -> None:
    """What stands as the state has it may be overwritten with what the program has now."""
    outputs = stored(plugin, emulator)
    news = plugin.check(small(input_cost=3), small())
    plugin.diff("acme/m", outputs, news)
    plugin.check(small(input_cost=3))
    plugin.create(news)
    assert posts(emulator) == [{"model_name": "acme/m", "input_cost": 3.0}]
    assert plugin.messages == []


@ONE_DOOR
def test_a_model_that_is_gone_already_is_deleted(plugin: Plugin, emulator: Emulator) -> None:
    """404 at a delete is what was wanted, where neither a GET nor the list has got the model."""
    plugin.delete("acme/m", plugin.state({"model_name": "acme/m"}, emulator.url))
    assert emulator.calls == [DELETE, ASK, LIST]
    assert [request.status for request in emulator.requests] == [404, 404, 200]


@ONE_DOOR
def test_a_model_is_not_gone_where_nothing_shows_the_api(new_plugin: NewPlugin) -> None:
    """A server that answers 404 to everything takes nothing out of the state."""
    with raw_server([(404, {"detail": "Not found."})] * 20) as server:
        env = {"KEYWORDSAI_API_KEY": "k", "KEYWORDSAI_BASE_URL": server.url}
        deleting, reading = new_plugin(env), new_plugin(env)
        props = deleting.state({"model_name": "acme/m", "input_cost": 1}, server.url)
        sentence = (
            f"acme/m returned 404, and nothing shows that {server.url} is the "
            "Keywords AI API: it lists no model and returns no other one. Check "
            "keywordsai:baseUrl; if the model is gone, remove it from the state with `pulumi state "
            "delete`."
        )
        assert deleting.failure(lambda: deleting.delete("acme/m", props)) == sentence
        assert reading.failure(lambda: reading.read("acme/m", props)) == sentence


@ONE_DOOR
@pytest.mark.parametrize("verb", ["DELETE", "GET"])
def test_404_of_a_proxy_takes_nothing_out_of_the_state(
    plugin: Plugin, emulator: Emulator, verb: str
) -> None:
    """A proxy whose backend is gone says nothing about models, at a delete and at a refresh."""
    outputs = stored(plugin, emulator)
    emulator.faults.proxy(404, raw="<html><h1>404 Not Found</h1></html>")
    call = plugin.delete if verb == "DELETE" else plugin.read
    assert plugin.failure(lambda: call("acme/m", outputs)) == (
        f"{verb} /api/models/acme/m/ returned 404, but not from the "
        "Keywords AI API (check the base URL): 404 Not Found"
    )
    emulator.faults.clear()
    assert emulator.models().keys() == {"acme/m"}


@ONE_DOOR
def test_a_delete_that_is_refused_is_an_error(plugin: Plugin, emulator: Emulator) -> None:
    """A built-in model stays, and the user is told in the service's words."""
    gpt = plugin.state({"model_name": "openai/gpt-4o"}, emulator.url)
    assert plugin.failure(lambda: plugin.delete("openai/gpt-4o", gpt)) == (
        "DELETE /api/models/openai/gpt-4o/ returned 403: Hardcoded models "
        "cannot be deleted: they are synced from code."
    )


def test_two_resources_with_one_model_fail_in_preview(plugin: Plugin, emulator: Emulator) -> None:
    """The second resource is refused, and named with the first."""
    plugin.check(small())
    _, failures = plugin.try_check(small(__urn=URN.replace("support-llm", "copy")))
    assert failures == [
        (
            "model_name",
            "is also declared by resource 'support-llm'; only one resource can own a model",
        )
    ]


def test_a_model_is_read_without_being_owned(plugin: Plugin, emulator: Emulator) -> None:
    """`get` reads a built-in model by its name; one that does not exist is an error."""
    read = plugin.read("openai/gpt-4o", {"model_name": "openai/gpt-4o"})
    assert read is not None
    outputs, inputs = read
    assert plugin.attributes(outputs) == {
        "model_name": "openai/gpt-4o",
        "display_name": "gpt-4o",
        "input_cost": 2.5,
        "output_cost": 10,
        "cache_hit_input_cost": 1.25,
        "cache_creation_input_cost": 0,
        "max_context_window": 128_000,
        "streaming_support": 1,
        "function_call": 1,
        "image_support": 1,
        "model_id": "openai/gpt-4o",
        "affiliation_category": "keywordsai",
        "source": "hardcoded",
    }
    assert (plugin.service_url(outputs), inputs) == (emulator.url, {})
    assert plugin.failure(lambda: plugin.read("gtp", {"model_name": "gtp"})) == (
        "There is no model gtp. `keywordsai-dynamic models --all` lists all models."
    )


def test_what_is_being_deleted_is_not_read(plugin: Plugin, emulator: Emulator) -> None:
    """A lookup waits for a delete that is under way, although the list still has the model: a
    program must not get what it has just given up.
    """
    emulator.put_model("acme/m", input_cost=1)
    old = plugin.state({"model_name": "acme/m", "input_cost": 1}, emulator.url)
    plugin.check(small(model_name="acme/other", __urn=f"{URN}-other"))  # which reads the list
    with emulator.faults.hold_answers(method="DELETE") as held, ThreadPoolExecutor(2) as calling:
        deleting = calling.submit(plugin.delete, "acme/m", old)
        held.wait_until_held()
        lookup = {"model_name": "acme/m"}
        reading = calling.submit(plugin.failure, lambda: plugin.read("acme/m", lookup))
        assert wait([reading], timeout=0.5).done == set()
        held.release()
        deleting.result()
        assert reading.result() == (
            "There is no model acme/m. `keywordsai-dynamic models --all` lists all models."
        )


@ONE_DOOR
def test_somebody_elses_model_made_a_moment_ago_is_noticed(
    plugin: Plugin, emulator: Emulator
) -> None:
    """A 200 where 201 was due is told, with a doubt as long as no 201 has been seen."""
    plugin.check(small(model_name="acme/looked-up", __urn=f"{URN}-0"))
    sentence = "somebody else created {} a moment ago, and it has been overwritten"
    emulator.put_model("acme/m", input_cost=7)
    plugin.create(small())
    plugin.declare(small(model_name="acme/first", __urn=f"{URN}-1"))
    emulator.put_model("acme/n", input_cost=7)
    plugin.create(small(model_name="acme/n"))
    doubt = " (unless the service returns 200 for new models too)"
    assert plugin.messages == [
        plugin.warning(sentence.format("acme/m") + doubt, None),
        plugin.warning(sentence.format("acme/n"), None),
    ]


@ONE_DOOR
def test_what_was_sent_twice_is_nobody_elses(plugin: Plugin, emulator: Emulator) -> None:
    """An answer that got lost is no proof that somebody else made the model."""
    plugin.check(small())
    emulator.faults.drop_next(when="after", method="POST")
    plugin.create(small())
    assert [request.status for request in emulator.requests if request.method == "POST"][1:] == [
        200
    ]
    assert plugin.messages == []


@ONE_DOOR
def test_a_full_minute_is_waited_out_and_told_once(plugin: Plugin, emulator: Emulator) -> None:
    """A 429 holds all threads for as long as the service asks, with one line that passes."""
    emulator.faults.limit(3, per=1.0)
    names = [f"acme/m{index}" for index in range(6)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda name: plugin.create({"model_name": name}), names))
    assert emulator.models().keys() == set(names)
    told = {message.sentence for message in plugin.messages}
    assert told == {"the service's request limit is reached, retrying in 1 s"}


@ONE_DOOR
@pytest.mark.parametrize("way", ["202", "204"])
def test_a_write_that_is_answered_without_a_model_is_read(
    plugin: Plugin, emulator: Emulator, way: WriteAnswer
) -> None:
    """The outputs are those of the model that lives then, and nothing is said of it."""
    emulator.dialect.write_answer = way
    inputs, outputs = plugin.declare(small(base_model_name="gpt-4o"))
    assert emulator.calls[1:] == [(*UPSERT, inputs), ASK]
    assert plugin.attributes(outputs)["output_cost"] == 10
    assert plugin.diff("acme/m", outputs, inputs) == ("NONE", [])
    assert plugin.messages == []


@ONE_DOOR
def test_a_price_as_text_is_the_price(plugin: Plugin, emulator: Emulator) -> None:
    """What is answered as "1.0000000000" is compared and stored as a number."""
    emulator.put_model("acme/m", input_cost=1)
    emulator.dialect.prices_as_text = True
    inputs, outputs = plugin.declare(small())
    assert (posts(emulator), outputs["input_cost"], type(outputs["input_cost"])) == ([], 1, float)
    assert plugin.attributes(outputs)["output_cost"] == 0
    assert plugin.diff("acme/m", outputs, inputs) == ("NONE", [])
    read = plugin.read("acme/m", outputs)
    assert read == (outputs, {})


@ONE_DOOR
def test_a_service_that_rounds_in_its_reads_does_not_drift(
    new_plugin: NewPlugin, emulator: Emulator
) -> None:
    """A price is exact where it was just written, and read back in cents: nothing to do."""
    env = {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
    emulator.dialect.price_decimals, emulator.dialect.rounds = 2, "reads"
    inputs, outputs = new_plugin(env).declare(small(input_cost=0.025))
    assert outputs["input_cost"] == 0.025
    later = new_plugin(env)
    read = later.read("acme/m", outputs)
    assert read is not None
    assert (read[0]["input_cost"], read[1]) == (0.03, {})
    assert later.diff("acme/m", read[0], inputs) == ("NONE", [])
    emulator.edit_model("acme/m", input_cost=0.04)
    moved = new_plugin(env).read("acme/m", outputs)
    assert moved is not None
    assert moved[1] == {"model_name": "acme/m", "input_cost": 0.04}


@ONE_DOOR
def test_what_was_taken_away_in_the_console_is_drift(
    new_plugin: NewPlugin, emulator: Emulator
) -> None:
    """A declared field that is null now is no input any more, so that the preview shows it."""
    env = {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
    inputs, outputs = new_plugin(env).declare(small(display_name="Acme"))
    emulator.dialect.nulls = frozenset({"display_name"})
    later = new_plugin(env)
    read = later.read("acme/m", outputs)
    assert read is not None
    live, seen = read
    assert seen == {"model_name": "acme/m", "input_cost": 1}
    assert "display_name" not in later.attributes(live)
    assert later.diff("acme/m", live, inputs) == (later.changed, [])
    assert later.diff("acme/m", live, seen) == ("NONE", [])


@ONE_DOOR
def test_what_a_service_never_keeps_does_not_drift(
    new_plugin: NewPlugin, emulator: Emulator
) -> None:
    """A declared field that is answered as null from the first is told once, and left at that."""
    env = {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
    emulator.dialect.nulls = frozenset({"display_name"})
    plugin = new_plugin(env)
    inputs, outputs = plugin.declare(small(display_name="Acme"))
    assert plugin.messages == [
        plugin.warning(
            "the service returned different values for acme/m than declared:\n"
            "  display_name  declared Acme → returned null",
        )
    ]
    later = new_plugin(env)
    assert later.read("acme/m", outputs) == (outputs, {})
    assert later.diff("acme/m", outputs, inputs) == ("NONE", [])


@ONE_DOOR
def test_an_edit_of_what_was_answered_as_null_is_seen(
    new_plugin: NewPlugin, emulator: Emulator
) -> None:
    """After a write it is drift; after a refresh that has seen null, the update tells it."""
    env = {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
    emulator.dialect.nulls = frozenset({"output_cost"})
    inputs, outputs = new_plugin(env).declare(small(output_cost=5))
    emulator.dialect.nulls = frozenset()
    first = new_plugin(env).read("acme/m", outputs)
    assert first is not None
    assert first[1] == {}
    emulator.edit_model("acme/m", output_cost=9)
    found = new_plugin(env).read("acme/m", first[0])
    assert found is not None
    assert found[1] == {"model_name": "acme/m", "input_cost": 1, "output_cost": 9}

    emulator.edit_model("acme/m", output_cost=5)
    emulator.dialect.nulls = frozenset({"output_cost"})
    seen = new_plugin(env).read("acme/m", first[0])
    assert seen is not None
    assert seen[1] == {"model_name": "acme/m", "input_cost": 1}
    emulator.dialect.nulls = frozenset()
    emulator.edit_model("acme/m", output_cost=9)
    updating = new_plugin(env)
    updating.update("acme/m", seen[0], updating.check(small(output_cost=5), inputs))
    assert [message.sentence.splitlines()[-1] for message in updating.messages] == [
        updating.words.named("  output_cost  last null → live 9")
    ]


@ONE_DOOR
def test_an_upsert_that_resets_what_it_leaves_out_is_told(
    plugin: Plugin, emulator: Emulator
) -> None:
    """Fields that nobody declares and that a write has changed are shown, with both values."""
    outputs = stored(plugin, emulator)
    emulator.dialect.keep_omitted = False
    plugin.update("acme/m", outputs, plugin.check(small(input_cost=3), small()))
    assert emulator.calls == [LIST, (*UPSERT, {"model_name": "acme/m", "input_cost": 3.0}), ASK]
    assert plugin.messages == [
        plugin.warning(
            "this write changed fields of acme/m that are not declared:\n"
            "  output_cost  before 2 → after 0",
        )
    ]


@ONE_DOOR
@pytest.mark.parametrize("wiped", [False, True])
def test_an_answer_that_repeats_less_than_there_is_wipes_nothing(
    new_plugin: NewPlugin, wiped: bool
) -> None:
    """What a write seems to have changed is read again: only what is gone then is told."""
    before = {"id": "acme/m", "model_name": "acme/m", "source": "db", "input_cost": 1}
    before |= {"output_cost": 2, "cache_hit_input_cost": 0, "cache_creation_input_cost": 0}
    before |= {"max_context_window": 8, "function_call": 1, "image_support": 0}
    answer = {**before, "input_cost": 3, "output_cost": 0}
    after = answer if wiped else {**before, "input_cost": 3}
    with raw_server([(200, [before]), (200, answer), (200, after)]) as server:
        plugin = new_plugin({"KEYWORDSAI_API_KEY": "k", "KEYWORDSAI_BASE_URL": server.url})
        declared = {"model_name": "acme/m", "input_cost": 1.0}
        outputs = plugin.state(declared, server.url, {"output_cost": 2})
        updated = plugin.update("acme/m", outputs, small(input_cost=3))
        assert [request.method for request in server.requests] == ["GET", "POST", "GET"]
    sentence = "this write changed fields of acme/m that are not declared:\n"
    told = [plugin.warning(f"{sentence}  output_cost  before 2 → after 0", None)]
    assert plugin.messages == (told if wiped else [])
    assert plugin.attributes(updated)["output_cost"] == (0 if wiped else 2)


@ONE_DOOR
def test_own_models_of_another_category_are_own(plugin: Plugin, emulator: Emulator) -> None:
    """A category that nobody knows makes no model a built-in one: it is taken over and changed."""
    emulator.dialect.own_category = "organization"
    emulator.put_model("acme/m", input_cost=1)
    inputs, outputs = plugin.declare(small())
    assert plugin.attributes(outputs)["affiliation_category"] == "organization"
    plugin.update("acme/m", outputs, plugin.check(small(input_cost=3), inputs))
    assert posts(emulator) == [{"model_name": "acme/m", "input_cost": 3.0}]


@ONE_DOOR
def test_a_base_gets_its_vendors_prefix_without_a_word(plugin: Plugin, emulator: Emulator) -> None:
    """`gpt-4o` answered as `openai/gpt-4o` is what was declared, at a write and at a take-over."""
    emulator.dialect.prefix_base_names = True
    emulator.put_model("acme/n", base_model_name="gpt-4o", input_cost=1)
    _, outputs = plugin.declare(small(base_model_name="gpt-4o"))
    assert outputs["base_model_name"] == "openai/gpt-4o"
    assert plugin.messages == []
    _, failures = plugin.try_check(
        small(model_name="acme/n", base_model_name="gpt-4o", __urn=f"{URN}-n")
    )
    assert failures == []


@ONE_DOOR
def test_a_base_of_ones_own_is_not_a_vendors(plugin: Plugin, emulator: Emulator) -> None:
    """`acme/gpt-4o` is another base than `gpt-4o`: a model that has it is not taken over."""
    emulator.put_model("acme/gpt-4o", base_model_name="gpt-4o")
    emulator.put_model("acme/m", base_model_name="acme/gpt-4o", input_cost=1)
    _, [(_, sentence)] = plugin.try_check(small(base_model_name="gpt-4o"))
    assert sentence.splitlines()[1:2] == [
        plugin.words.named("  base_model_name  declared gpt-4o → live acme/gpt-4o")
    ]


@ONE_DOOR
@pytest.mark.parametrize("first", [None, 5])
def test_a_field_that_lists_lack_is_asked_for_at_every_model(
    plugin: Plugin, emulator: Emulator, first: int | None
) -> None:
    """Even if the model before does not have it, or has the declared value: another value is
    refused, and its drift is seen.
    """
    emulator.dialect.list_leaves_out = frozenset({"max_context_window"})
    emulator.dialect.leaves_out_unset = True
    bare, roomy = (
        {"model_name": name, "input_cost": 1, "max_context_window": 5, "__urn": plugin.urn(name)}
        for name in ("acme/bare", "acme/roomy")
    )
    emulator.put_model(
        "acme/bare", input_cost=1, **({"max_context_window": first} if first else {})
    )
    emulator.put_model("acme/roomy", input_cost=1, max_context_window=7)
    plugin.check(bare)
    _, ((_, reason),) = plugin.try_check(roomy)
    assert plugin.words.named("max_context_window  declared 5 → live 7") in reason
    assert posts(emulator) == []

    declared = {"model_name": "acme/roomy", "input_cost": 1.0, "max_context_window": 5}
    outputs = plugin.state(declared, emulator.url, {}, "acme/roomy")
    read = plugin.read("acme/roomy", outputs)
    assert read is not None
    assert read[1][plugin.words.named("max_context_window")] == 7


@ONE_DOOR
def test_a_wiped_value_that_lists_lack_is_reported(plugin: Plugin, emulator: Emulator) -> None:
    """An undeclared field that an update has reset is read from the model itself."""
    emulator.dialect.keep_omitted = False
    emulator.dialect.list_leaves_out = frozenset({"max_context_window"})
    based: Props = {"model_name": "acme/m", "base_model_name": "gpt-4o", "input_cost": 1.0}
    emulator.put_model(**based, max_context_window=7)
    outputs = plugin.state(based, emulator.url, {"output_cost": 10.0})
    plugin.update("acme/m", outputs, plugin.check({**based, "input_cost": 2, "__urn": URN}, based))
    assert plugin.messages == [
        plugin.warning(
            "this write changed fields of acme/m that are not declared:\n"
            "  max_context_window  before 7 → after 128,000",
        )
    ]


@ONE_DOOR
def test_values_that_a_write_has_not_changed_are_not_reported(
    plugin: Plugin, emulator: Emulator
) -> None:
    """Prices that are rounded in reads are the same before and after."""
    emulator.dialect.price_decimals, emulator.dialect.rounds = 2, "own reads"
    based: Props = {"model_name": "acme/m", "base_model_name": "gpt-4o-mini", "input_cost": 1.0}
    emulator.put_model(**based)
    outputs = plugin.state(based, emulator.url, {"output_cost": 0.6})
    plugin.update("acme/m", outputs, plugin.check({**based, "input_cost": 2}, based))
    assert len(posts(emulator)) == 1
    assert plugin.messages == []


@ONE_DOOR
def test_a_delete_that_was_not_carried_out_is_an_error(plugin: Plugin, emulator: Emulator) -> None:
    """A success with an error in its body, and a 404 beside a list that is not whole, are believed
    only where the model is not found by itself; one that took effect and was answered an error is.
    """
    outputs = stored(plugin, emulator)
    sentence = "DELETE of acme/m had no effect: the model still exists. It stays in the state; "
    emulator.faults.fail_next(1, status=200, method="DELETE", body={"error": "Something broke"})
    assert plugin.failure(lambda: plugin.delete("acme/m", outputs)).startswith(sentence)
    emulator.dialect.list_answer, emulator.dialect.all_is_ignored = "page", True
    emulator.dialect.max_page_size, emulator.dialect.tells_next = 3, False
    emulator.faults.proxy(404, method="DELETE", body={"detail": "Not Found"})
    assert plugin.failure(lambda: plugin.delete("acme/m", outputs)).startswith(sentence)
    assert "acme/m" in emulator.models()

    emulator.faults.clear()
    emulator.dialect.max_page_size, emulator.dialect.tells_next = 100, True
    emulator.dialect.list_lags = 30.0
    emulator.faults.fail_next(1, status=502, method="DELETE", when="after")
    plugin.delete("acme/m", outputs)
    assert emulator.models() == {}


@ONE_DOOR
def test_a_built_in_model_that_cannot_be_read_stops_nothing(
    plugin: Plugin, emulator: Emulator
) -> None:
    """The program never named it, so a failure to read it is ignored."""
    emulator.dialect.generation = "E"
    named: Props = {
        "model_name": "acme/m",
        "base_model_name": "gpt-4o",
        "display_name": "One",
        "input_cost": 1.0,
    }
    emulator.put_model(**named)
    outputs = plugin.state(named, emulator.url, {})
    emulator.faults.fail_next(9, status=403, method="GET", path="/api/models/anthropic/*")
    plugin.update("acme/m", outputs, plugin.check({**named, "input_cost": 2}, named))
    assert [each["input_cost"] for each in posts(emulator)] == [2]
