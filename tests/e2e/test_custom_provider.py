"""Custom providers with the models on them: nothing lost or overwritten, in the right order.

At its end each stack looks for every credential in all that it printed and wrote (leaks.py).
"""

import json
import signal
import time
from typing import Any

import pytest
from harness.cli_run import Running
from harness.lengths import few, long_form_of
from harness.pulumi_stack import NewStack, Stack
from harness.traces import LISTED, deleted, posted, read, taken, told

from keywordsai_dynamic.emulator import Emulator, RecordedRequest, running_emulator

OLD, NEW, FOREIGN = "sk-Jq8Xw2Lz9TbR4cNwYd3H", "sk-Vm5Kp1Ge7UoA6iVtZq2S", "sk-Hd4Rf8Bn3WsE5xCyMj9L"
LABEL = "pulumi-python:dynamic/keywordsai:CustomProvider"
HEAD = """
import pulumi
from pulumi import Alias, ResourceOptions
from keywordsai_dynamic import CustomModel, CustomProvider

def provider(resource="vllm", provider_id="acme-vllm", key="{key}", name="Acme vLLM", **fields):
    options = {{k: fields.pop(k) for k in list(fields) if k in OPTIONS}}
    fields = {{"base_url": "https://llm.acme.example/v1", "timeout": 30, **fields}}
    return CustomProvider(resource, provider_id=provider_id, provider_name=name, api_key=key,
                          opts=ResourceOptions(**options), **fields)

OPTIONS = {{"parent", "aliases", "delete_before_replace", "ignore_changes", "depends_on",
           "retain_on_delete", "deleted_with"}}

def model(resource, provider_id, **options):
    return CustomModel(resource, model_name="acme/" + resource, custom_provider_id=provider_id,
                       input_cost=1, opts=ResourceOptions(**options))

"""
BOTH = "vllm = provider()\nmodel('one', vllm.provider_id)\nmodel('two', vllm.provider_id)"
KWARGS = {"base_url": "https://llm.acme.example/v1", "api_key": OLD, "timeout": 30}
STORED = {
    "provider_id": "acme-vllm",
    "provider_name": "Acme vLLM",
    "extra_kwargs": KWARGS,
    "api_key": None,
}
ASKED = ("GET", "/api/providers/acme-vllm/", None)
GONE = ("DELETE", "/api/providers/acme-vllm/", None)


def program(body: str, key: str = OLD) -> str:
    return HEAD.format(key=key) + body


def sent(method: str, provider_id: str = "acme-vllm", name: str = "Acme vLLM") -> Any:  # noqa: ANN401  (JSON)
    """A write of `provider()`, as the emulator records it: without the values of extra_kwargs."""
    hidden = dict.fromkeys(KWARGS, "[hidden]")
    if method == "POST":
        body = {"provider_id": provider_id, "provider_name": name, "extra_kwargs": hidden}
        return ("POST", "/api/providers/", body)
    body = {"provider_name": name, "extra_kwargs": hidden}
    return (method, f"/api/providers/{provider_id}/", body)


def on(name: str, provider_id: str = "acme-vllm") -> Any:  # noqa: ANN401  (JSON)
    """The upsert of `model()` on a provider."""
    return posted(f"acme/{name}", custom_provider_id=provider_id, input_cost=1)


def writes(emulator: Emulator) -> list[Any]:
    """Take every call since the last `taken` that changes something, in the order of arrival."""
    return [call for call in taken(emulator) if call[0] != "GET"]


@pytest.fixture(autouse=True)
def _credentials_are_secrets(stack: Stack) -> None:
    """Let every stack of these tests look for the credentials; its program may hold them."""
    for key in (OLD, NEW, FOREIGN):
        stack.secrets.add(key, stack.project / "__main__.py")


# One life -------------------------------------------------------------------------------------


def test_a_provider_and_its_models_live_their_lives(stack: Stack, emulator: Emulator) -> None:
    """Created first and deleted last; a rotation is one PATCH, and `[secret]` in the preview."""
    stack.write_program(program(BOTH))
    stack.up()
    assert writes(emulator) in (
        [sent("POST"), on("one"), on("two")],
        [sent("POST"), on("two"), on("one")],
    )
    assert emulator.providers() == {"acme-vllm": STORED}

    assert "4 unchanged" in stack.refresh().stdout
    assert [call for call in taken(emulator) if "providers" in call[1]] == [ASKED]

    stack.write_program(program(BOTH, NEW))
    plan = stack.project / "plan.json"
    summary = stack.preview_json("--save-plan", str(plan))["changeSummary"]
    assert summary == {"same": 3, "update": 1}
    taken(emulator)
    shown = stack.up("--plan", str(plan), "--diff").stdout
    assert "~ api_key: [secret] => [secret]" in shown
    assert taken(emulator) == [ASKED, sent("PATCH")]
    assert emulator.providers()["acme-vllm"]["extra_kwargs"] == {**KWARGS, "api_key": NEW}
    assert "4 unchanged" in stack.preview().stdout

    stack.destroy()
    first, second, listed, last = taken(emulator)
    assert sorted([first, second]) == [deleted("acme/one"), deleted("acme/two")]
    assert (listed, last) == (LISTED, GONE)
    assert (emulator.providers(), emulator.models()) == ({}, {})


@long_form_of("plugin/test_custom_providers.py::test_one_run_serves_both_resources")
def test_twenty_models_cost_no_more_requests_than_one(stack: Stack, emulator: Emulator) -> None:
    """Each step of a stack makes the same requests beside the models' own writes."""
    counts = []
    for number in few((20, 1), 1):
        models = "\n".join(f"model('m{index}', vllm.provider_id)" for index in range(number))
        stack.write_program(program(f"vllm = provider()\n{models}"))
        requests = []
        for step in (stack.up, stack.preview, stack.refresh, stack.destroy):
            step()
            requests.append(sorted(map(str, filter(about_no_model, taken(emulator)))))
        counts.append(requests)
    assert all(requests == counts[0] for requests in counts)
    assert [len(requests) for requests in counts[0]] == [4, 0, 2, 2]


def about_no_model(call: Any) -> bool:  # noqa: ANN401  (JSON)
    """Return whether a request is not the write of one model."""
    return call[:2] != ("POST", "/api/models/") and not call[1].startswith("/api/models/acme/")


# What is done to a resource --------------------------------------------------------------------


def spared(name: str, resource: str) -> str:
    return f"{name} is not deleted: resource '{resource}' declares it"


def adopted(name: str = "acme-vllm", *, not_shown: str = "") -> str:
    match = "values match"
    if not_shown:
        match += f"; {not_shown}, which the service does not show, will be sent"
    return (
        f"warning: adopts existing provider {name} ({match}); "
        "from then on `pulumi destroy` deletes it"
    )


@long_form_of("plugin/test_custom_providers.py::test_a_provider_that_the_run_leaves_out_is_kept")
def test_renamed(stack: Stack, emulator: Emulator) -> None:
    """Where the key is echoed in full, a provider is adopted unsent, and not deleted."""
    emulator.dialect.generation = "E"
    stack.write_program(program("provider('old')"))
    stack.up()
    taken(emulator)

    stack.write_program(program("provider('new')"))
    result = stack.up()

    assert writes(emulator) == []
    assert read(result) == sorted([adopted(), spared("acme-vllm", "new")])
    assert list(stack.resources()) == ["new"]


@long_form_of(
    "plugin/test_custom_providers.py::test_an_equal_provider_is_adopted_as_far_as_it_is_shown"
)
def test_renamed_where_nothing_is_echoed(stack: Stack, emulator: Emulator) -> None:
    """What the service does not show is sent, because another key may be live."""
    stack.write_program(program("provider('old')"))
    stack.up()
    emulator.edit_provider("acme-vllm", extra_kwargs={**KWARGS, "api_key": FOREIGN})
    taken(emulator)

    stack.write_program(program("provider('new')"))
    result = stack.up()

    assert writes(emulator) == [sent("PATCH")]
    shown = adopted(not_shown="api_key, base_url, timeout")
    assert read(result) == sorted([shown, spared("acme-vllm", "new")])
    assert emulator.providers() == {"acme-vllm": STORED}


@long_form_of("e2e/test_options.py::test_aliases")
def test_renamed_with_an_alias(stack: Stack, emulator: Emulator) -> None:
    """An alias is no change, and sends nothing."""
    stack.write_program(program("provider('old')"))
    stack.up()
    taken(emulator)
    stack.write_program(program("provider('new', aliases=[Alias(name='old')])"))
    assert read(stack.up()) == []
    assert taken(emulator) == []


FIRST = """
def first(args):
    if "CustomProvider" not in args.type_:
        return None
    options = ResourceOptions.merge(args.opts, ResourceOptions(delete_before_replace=True))
    return pulumi.ResourceTransformResult(args.props, options)

pulumi.runtime.register_resource_transform(first)
"""


@pytest.mark.parametrize(
    ("post", "provider_id"), few([("create", "acme-vllm"), ("upsert", "acme-next")], 1)
)
def test_what_replaces_a_provider(
    stack: Stack,
    emulator: Emulator,
    post: Any,  # noqa: ANN401  (a literal)
    provider_id: str,
) -> None:
    """A delete that would come first, by a transform, is not sent, under the same id or another.

    `--replace` of the same id sends no POST that a service could refuse, and no DELETE. For another
    id there is a new provider, then its models move, then the old provider goes.
    """
    emulator.dialect.generation, emulator.dialect.provider_post = "E", post
    stack.write_program(program(BOTH))
    stack.up()
    before = emulator.providers(), emulator.models()
    taken(emulator)
    vllm = stack.resources()["vllm"]["urn"]
    changed = BOTH.replace("provider()", f"provider(provider_id={provider_id!r})")
    stack.write_program(program(FIRST + changed))
    refused = stack.up("--replace", vllm, check=False)
    assert refused.returncode != 0
    assert "acme-vllm is not deleted before its replacement exists" in " ".join(told(refused))
    assert writes(emulator) == []
    assert (emulator.providers(), emulator.models()) == before

    stack.write_program(program(BOTH))
    result = stack.up("--replace", vllm)
    assert {call[0] for call in writes(emulator)} <= {"PATCH"}
    assert spared("acme-vllm", "vllm") in read(result)
    assert emulator.providers() == {"acme-vllm": STORED}

    stack.write_program(program(BOTH.replace("provider()", "provider(provider_id='acme-next')")))
    stack.up()
    created, *moved, last = writes(emulator)
    assert (created, last) == (sent("POST", "acme-next"), GONE)
    assert sorted(moved, key=str) == [on("one", "acme-next"), on("two", "acme-next")]
    assert list(emulator.providers()) == ["acme-next"]


@long_form_of("unit/test_custom_provider.py::test_what_a_constructor_refuses")
def test_delete_before_replace_is_refused_by_the_constructor(
    stack: Stack, emulator: Emulator
) -> None:
    """Where the option stands, in one line."""
    stack.write_program(program("provider(delete_before_replace=True)"))
    result = stack.pulumi("preview", check=False)
    assert result.returncode != 0
    assert (
        "error: CustomProvider vllm: delete_before_replace would leave its models without a "
        "provider; remove it."
    ) in told(result)
    assert taken(emulator) == []


# What a create meets ---------------------------------------------------------------------------


def test_a_provider_with_other_values_is_refused(stack: Stack, emulator: Emulator) -> None:
    """The preview refuses it: a line per field that differs, the key without its value.

    Overwritten because that is declared, and changed by hand again, it is not written with what a
    refresh puts in place of a key that this stack does not know: `ignore_changes` would send that.
    """
    emulator.dialect.generation = "E"
    emulator.put_provider(
        "acme-vllm",
        provider_name="Acme",
        extra_kwargs={**KWARGS, "api_key": FOREIGN, "timeout": 60},
    )
    before = emulator.providers()
    stack.write_program(program("provider()"))
    refusal = """\
acme-vllm already exists with different values, and the service would overwrite it silently:
provider_name  declared Acme vLLM → live Acme
api_key        declared [secret]  → live [secret]
timeout        declared 30        → live 60
Nothing was sent. To resolve this, do one of:
- to keep the live values, declare them: a provider with equal values is adopted; a key that the \
service shows in full must be the same
- if the resource was only renamed, declare its old name in the program:
opts=ResourceOptions(aliases=[Alias(name="OLD-NAME")])
- if this is a replacement, run without --replace, so that it is updated
- to overwrite the live values, declare overwrite_existing=True"""

    result = stack.pulumi("up", "--yes", check=False)
    assert result.returncode != 0
    assert refusal in "\n".join(told(result))
    # Twice: an unknown key might be a mask that differs at each read.
    assert taken(emulator) == [ASKED] * 2
    assert emulator.providers() == before

    stack.write_program(program("provider(overwrite_existing=True)"))
    overwritten = [
        "warning: overwrites existing provider acme-vllm (overwriting is declared):",
        "provider_name  declared Acme vLLM → live Acme",
    ]
    assert set(overwritten) <= set(told(stack.up()))
    assert writes(emulator) == [sent("PATCH")]
    assert emulator.providers() == {"acme-vllm": STORED}

    emulator.edit_provider("acme-vllm", extra_kwargs={**KWARGS, "api_key": FOREIGN})
    stack.refresh()
    taken(emulator)
    stack.write_program(program("provider(name='Other', ignore_changes=['api_key'])"))
    result = stack.up(check=False)
    assert result.returncode != 0
    assert (
        "api_key of acme-vllm was changed by somebody else, and its value is not known: nothing "
        "was sent. Declare it, without ignore_changes."
    ) in " ".join(told(result))
    assert writes(emulator) == []


def test_a_provider_of_another_organization(stack: Stack, emulator: Emulator) -> None:
    """A 403 is neither free nor ours."""
    emulator.faults.fail_next(
        1, status=403, body={"detail": "Not yours."}, path="/api/providers/acme-vllm/"
    )
    stack.write_program(program("provider()"))
    run = stack.up(check=False)
    assert run.returncode != 0
    assert "returned 403: Not yours. acme-vllm may belong to somebody else" in " ".join(told(run))
    assert emulator.providers() == {}


# Drift -----------------------------------------------------------------------------------------


@long_form_of("plugin/test_custom_providers.py::test_a_life_under_every_service")
def test_a_key_changed_by_hand_is_found_and_kept_out_of_the_state(
    stack: Stack, emulator: Emulator
) -> None:
    """Refresh and preview show `[secret] => [secret]`; the next `up` sends the declared key."""
    emulator.dialect.generation = "E"
    stack.write_program(program(BOTH))
    stack.up()
    emulator.edit_provider("acme-vllm", extra_kwargs={**KWARGS, "api_key": FOREIGN})

    refresh = stack.refresh("--diff").stdout
    assert "~ api_key: [secret] => [secret]" in refresh
    shown = stack.preview().stdout
    assert "~ api_key: [secret] => [secret]" in shown
    exported = stack.pulumi("stack", "export", "--show-secrets").stdout
    assert FOREIGN not in exported
    assert "changed by somebody else; this stack does not know the value" in exported
    taken(emulator)
    stack.up()
    assert writes(emulator) == [sent("PATCH")]
    assert emulator.providers() == {"acme-vllm": STORED}
    assert "4 unchanged" in stack.preview().stdout
    assert "4 unchanged" in stack.refresh().stdout


@long_form_of(
    "unit/test_provider_decisions.py::test_a_credential_in_an_address_is_drift_and_stays_outside"
)
def test_a_key_in_an_address_stays_out_of_the_state(stack: Stack, emulator: Emulator) -> None:
    """Somebody put a key into the address by hand: theirs, or ours."""
    emulator.dialect.generation = "E"
    stack.write_program(program("provider()"))
    for key in (FOREIGN, OLD):
        stack.up()
        address = f"https://llm.acme.example/v1?api-key={key}"
        emulator.edit_provider("acme-vllm", extra_kwargs={**KWARGS, "base_url": address})
        assert "~ base_url" in stack.refresh("--diff").stdout
        assert "2 unchanged" in stack.refresh().stdout
    stack.write_program(program("provider(name='Other', ignore_changes=['base_url'])"))
    result = stack.up(check=False)
    assert "base_url of acme-vllm was changed by somebody else" in " ".join(told(result))
    stack.write_program(program("provider()"))
    stack.up()
    assert emulator.providers() == {"acme-vllm": STORED}


@long_form_of("unit/test_provider_decisions.py::test_what_an_update_meets")
def test_an_update_stops_at_what_somebody_else_changed(stack: Stack, emulator: Emulator) -> None:
    """Of a field that it leaves alone; where it changes that field itself, it says what is lost."""
    emulator.dialect.generation = "E"
    stack.write_program(program("provider()"))
    stack.up()
    emulator.edit_provider("acme-vllm", extra_kwargs={**KWARGS, "timeout": 5, "api_key": FOREIGN})
    taken(emulator)

    stack.write_program(program("provider(name='Other')"))
    result = stack.up(check=False)
    assert result.returncode != 0
    assert sorted(line for line in told(result) if "→" in line) == [
        "api_key  last [secret] → live [secret]",
        "timeout  last 30       → live 5",
    ]
    assert writes(emulator) == []

    stack.write_program(program("provider(timeout=60)", NEW))
    result = stack.up()
    assert "warning: this update overwrites changes to acme-vllm that somebody else made:" in told(
        result
    )
    assert writes(emulator) == [sent("PATCH")]


@long_form_of("plugin/test_custom_providers.py::test_only_the_apis_own_404_is_gone")
def test_a_provider_that_is_gone_is_created_again(stack: Stack, emulator: Emulator) -> None:
    """By a refresh and an `up`, with its models untouched."""
    emulator.dialect.provider_delete = "orphans"
    stack.write_program(program(BOTH))
    stack.up()
    emulator.remove_provider("acme-vllm")
    stack.pulumi("refresh", "--yes", "--skip-preview", "--exclude-protected", check=False)
    stack.refresh("--target", stack.resources()["vllm"]["urn"], check=False)
    taken(emulator)
    stack.up("--refresh")
    assert sent("POST") in writes(emulator)
    assert emulator.providers() == {"acme-vllm": STORED}


@long_form_of(
    "plugin/test_custom_providers.py::test_a_provider_that_was_written_elsewhere_is_neither_changed_nor_deleted"
)
def test_another_host_is_refused(stack: Stack, emulator: Emulator) -> None:
    """A provider that was written elsewhere is neither changed nor deleted nor taken for gone."""
    stack.write_program(program("provider()"))
    stack.up()
    with running_emulator(api_keys={emulator.api_key: "demo"}) as other:
        there = {"KEYWORDSAI_BASE_URL": other.url}
        sentence = f"acme-vllm was written to {emulator.url}, and the base URL is now {other.url}."
        sentence = sentence.replace(", and", ", but")
        stack.write_program(program("provider(timeout=60)"))
        for run in (
            stack.up(env=there, check=False),
            stack.refresh(env=there, check=False),
            stack.destroy(env=there, check=False),
        ):
            assert run.returncode != 0
            assert sentence in " ".join(told(run))
        assert [call for call in other.calls if call[0] != "GET"] == []
    assert emulator.providers() == {"acme-vllm": STORED}


# Deletes ---------------------------------------------------------------------------------------


def test_a_provider_that_is_not_deleted(stack: Stack, emulator: Emulator) -> None:
    """Not while models use it, of this program that name it as text or of somebody else, nor where
    the service says 403, in its words. A 404 is as good as done.
    """
    stack.write_program(program("provider()\nmodel('mine', 'acme-vllm')"))
    stack.up()
    emulator.put_model("acme/theirs", custom_provider_id="acme-vllm", input_cost=1)
    taken(emulator)

    stack.write_program(program("model('mine', 'acme-vllm')"))
    result = stack.up(check=False)
    assert result.returncode != 0
    assert "acme-vllm is not deleted, because models use it: acme/mine. " in " ".join(told(result))

    result = stack.destroy(check=False)
    assert "acme-vllm is not deleted, because models use it: acme/theirs. " in " ".join(
        told(result)
    )
    assert list(emulator.providers()) == ["acme-vllm"]
    assert list(emulator.models()) == ["acme/theirs"]

    emulator.remove_model("acme/theirs")
    emulator.faults.fail_next(
        1, status=403, body={"error": "This provider is locked."}, method="DELETE"
    )
    result = stack.destroy(check=False)
    assert (
        "returned 403: This provider is locked. To leave acme-vllm alone, remove its resource from "
        "the state with `pulumi state delete`."
    ) in " ".join(told(result))
    emulator.remove_provider("acme-vllm")
    stack.destroy()
    assert stack.resources() == {}


@long_form_of("e2e/test_custom_provider.py::test_all_is_taken_out_of_the_program_at_once")
def test_models_without_dependency_are_waited_for(stack: Stack, emulator: Emulator) -> None:
    """`destroy` sends their deletes at the same time; the provider's goes last all the same."""
    names = [f"m{index}" for index in range(6)]
    models = "\n".join(f"model({name!r}, 'acme-vllm')" for name in names)
    stack.write_program(program(f"provider()\n{models}"))
    assert len([line for line in read(stack.up()) if "as text" in line]) == 6
    emulator.faults.latency = 0.2
    taken(emulator)

    stack.destroy()

    sent_deletes = writes(emulator)
    assert sent_deletes[-1] == GONE
    assert sorted(sent_deletes[:-1]) == [deleted(f"acme/{name}") for name in names]
    assert (emulator.providers(), emulator.models()) == ({}, {})


# Interrupted -----------------------------------------------------------------------------------


KILLS = [
    *(("provider", "E"), ("old provider", "D"), ("model", "A"), ("rotation", "E")),
    *(("provider", "A"), ("model", "D"), ("old provider", "E"), ("rotation", "A")),
    *(("provider", "D"), ("model", "E"), ("old provider", "A"), ("rotation", "D")),
]


@long_form_of("simulation/test_worlds.py::test_no_world_breaks_a_promise")
@pytest.mark.parametrize(("at", "generation"), few(KILLS, 1))
def test_a_killed_run_is_healed_by_the_next(
    new_stack: NewStack,
    at: str,
    generation: Any,  # noqa: ANN401  (a literal)
) -> None:
    """Killed at a POST, at a rotation's PATCH or at the old provider's DELETE: nothing is lost."""
    doomed: list[Running] = []

    def kill(arrived: RecordedRequest) -> None:
        call = (arrived.method, arrived.path)
        fatal = {
            "provider": ("POST", "/api/providers/"),
            "model": ("POST", "/api/models/"),
            "old provider": ("DELETE", "/api/providers/acme-old/"),
            "rotation": ("PATCH", "/api/providers/acme-vllm/"),
        }[at]
        if doomed and call == fatal:
            time.sleep(0.5)  # a file of the engine that a kill tears is its own matter
            doomed.pop().kill()

    with running_emulator(on_request=kill) as emulator:
        emulator.dialect.generation = generation
        stack = new_stack(
            {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
        )
        stack.secrets.add(OLD, stack.project / "__main__.py")
        stack.write_program(program(BOTH.replace("provider()", "provider(provider_id='acme-old')")))
        if at == "rotation":
            stack.secrets.add(NEW, stack.project / "__main__.py")
            stack.write_program(program(BOTH, NEW))
        if at in {"old provider", "rotation"}:
            stack.up()
        stack.write_program(program(BOTH))
        running = stack.start("up", "--yes", "--skip-preview")
        doomed.append(running)
        assert running.wait().returncode == -signal.SIGKILL
        stack.pulumi("cancel", "--yes")

        stack.up()

        assert emulator.providers() == {"acme-vllm": STORED}
        assert sorted(emulator.models()) == ["acme/one", "acme/two"]
        assert "4 unchanged" in stack.preview().stdout


# Secrets ---------------------------------------------------------------------------------------


@long_form_of("plugin/test_custom_providers.py::test_a_refused_post_is_the_services_word")
def test_every_error_of_the_service_is_clean(stack: Stack, emulator: Emulator) -> None:
    """A service may repeat the whole body; no message shows a value of `extra_kwargs`."""
    token = "tok-Wq3Er6Ty9Ui2Op5As8Df"  # noqa: S105  (of a test)
    stack.secrets.add(token, stack.project / "__main__.py")
    extra = {"token": token, "region": "eu-frankfurt-1"}
    body = {"detail": f"bad body: {json.dumps({**KWARGS, **extra})} near {OLD[:14]}"}
    stack.write_program(program(f"provider(extra_kwargs={extra!r})"))
    for method in ("POST", "PATCH"):
        emulator.faults.fail_next(1, status=400, body=body, method=method)
        result = stack.up(check=False)
        assert result.returncode != 0
        words = " ".join(told(result))
        assert "bad body" in words
        assert "eu-frankfurt-1" not in words.partition("bad body")[2]
        assert "llm.acme.example" not in words.partition("bad body")[2]
        stack.up()
        stack.write_program(program(f"provider(name='Other', extra_kwargs={extra!r})"))
    inputs = stack.resources()["vllm"]["inputs"]["extra_kwargs"]
    assert (inputs["region"], "ciphertext" in inputs["token"]) == ("eu-frankfurt-1", True)


@long_form_of("unit/test_provider_decisions.py::test_what_is_secret")
def test_credentials_in_lists_and_maps(stack: Stack, emulator: Emulator) -> None:
    """A key inside a list, or below `credentials`, is a secret, ours and a stranger's."""
    emulator.dialect.generation = "E"
    pins = "pin-Wq3Er6Ty9Ui2Op5As8Df", "pin-Zx4Cv7Bn1Ma8Sd5Fg2Hj"
    for pin in pins:
        stack.secrets.add(pin, stack.project / "__main__.py")
    extra, theirs = (
        {"backends": [{"api_key": pin, "region": "eu"}], "credentials": {"user": pin}}
        for pin in pins
    )
    stack.write_program(program(f"provider(extra_kwargs={extra!r})"))
    stack.preview()
    stack.up()
    assert emulator.providers()["acme-vllm"]["extra_kwargs"] == {**KWARGS, **extra}
    assert "2 unchanged" in stack.refresh().stdout
    emulator.edit_provider("acme-vllm", extra_kwargs={**KWARGS, **theirs})
    assert "~ 1 updated" in stack.refresh("--diff").stdout
    stack.up()
    assert emulator.providers()["acme-vllm"]["extra_kwargs"] == {**KWARGS, **extra}
    words = {"detail": f"in use with {json.dumps(extra)}"}
    emulator.faults.fail_next(1, status=403, body=words, method="DELETE")
    assert "in use with" in " ".join(told(stack.destroy(check=False)))


MISTAKES = {
    "api_key=' " + OLD + "'": "api_key must not begin or end with whitespace",
    "base_url='https://me:" + NEW + "@llm.acme.example'": (
        "base_url must not contain a user or a password; declare api_key"
    ),
    "extra_kwargs={'api_key': '" + NEW + "'}": (
        "extra_kwargs contains api_key; declare it as the field api_key"
    ),
    "timeout=0": "property timeout value {0} has a problem: must be more than 0 seconds",
    "provider_id='a/b'": (
        "property provider_id value {a/b} has a problem: must not contain a slash, or be `.` or "
        "`..`"
    ),
}


def test_no_mistake_shows_a_credential(stack: Stack, emulator: Emulator) -> None:
    """Each is named with its field and without its value."""
    stack.write_program(
        program(f"CustomProvider('vllm', provider_name='Acme', {', '.join(MISTAKES)})")
    )
    result = stack.pulumi("preview", check=False)
    assert result.returncode != 0
    words = " ".join(told(result))
    assert [mistake for mistake in MISTAKES.values() if mistake not in words] == []
    assert taken(emulator) == []


@long_form_of("plugin/test_custom_providers.py::test_what_the_state_holds")
def test_a_wholly_secret_map_is_hidden_everywhere(stack: Stack, emulator: Emulator) -> None:
    """And so is an address that the program calls secret; a rotation of a part is one PATCH."""
    emulator.dialect.generation = "E"
    body = (
        "pulumi.export('all', CustomProvider('vllm', provider_name='Acme', base_url="
        "pulumi.Output.secret('https://hush-address.acme.example/v1'), extra_kwargs="
        "pulumi.Output.secret({{'region': '{region}-7x', "
        "'nested': {{'deep': 'value-under-a-lid'}}}}))"
        ".extra_kwargs)"
    )
    stack.write_program(program(body.format(region="frankfurt")))
    stack.preview()
    stack.up()
    assert "2 unchanged" in stack.preview().stdout
    assert "2 unchanged" in stack.refresh().stdout
    stack.secrets.add("frankfurt-7x", stack.project / "__main__.py")
    stack.write_program(program(body.format(region="virginia")))
    stack.preview_json()
    taken(emulator)
    stack.up()
    assert [call[0] for call in writes(emulator)] == ["PATCH"]
    sent_now = emulator.providers()["vllm"]["extra_kwargs"]
    assert (sent_now["region"], sent_now["nested"]) == (
        "virginia-7x",
        {"deep": "value-under-a-lid"},
    )

    emulator.edit_provider("vllm", extra_kwargs={**sent_now, "region": "somebody-elses-region"})
    stack.secrets.add("somebody-elses-region")
    assert "~ 1 updated" in stack.refresh().stdout
    assert "region" in stack.preview().stdout
    stack.up()
    assert emulator.providers()["vllm"]["extra_kwargs"] == sent_now


@long_form_of("plugin/test_custom_providers.py::test_what_the_state_holds")
def test_under_a_transform_everything_may_be_secret(stack: Stack, emulator: Emulator) -> None:
    """Nothing drifts by it, and nothing is shown."""
    emulator.dialect.generation = "E"
    transform = """
def hide(args):
    options = ResourceOptions(additional_secret_outputs=["base_url", "provider_name"])
    return pulumi.ResourceTransformResult(args.props, ResourceOptions.merge(args.opts, options))

pulumi.runtime.register_resource_transform(hide)
"""
    stack.write_program(program(transform + BOTH))
    stack.up()
    assert "4 unchanged" in stack.preview().stdout
    assert "4 unchanged" in stack.refresh().stdout
    emulator.edit_provider("acme-vllm", provider_name="Theirs")
    stack.refresh()
    taken(emulator)
    stack.up()
    assert writes(emulator) == [sent("PATCH")]
    assert "4 unchanged" in stack.preview().stdout


@pytest.mark.parametrize("cascades", few(["refuses", "cascades", "orphans"], 1))
def test_all_is_taken_out_of_the_program_at_once(
    stack: Stack,
    emulator: Emulator,
    cascades: Any,  # noqa: ANN401  (a literal)
) -> None:
    """The provider goes last, whatever the service does, also of models that name it as text, of
    which each is warned of.
    """
    emulator.dialect.provider_delete = cascades
    models = "\n".join(f"model('m{index}', 'acme-vllm')" for index in range(6))
    stack.write_program(program(f"provider()\n{models}"))
    assert len([line for line in read(stack.up()) if "as text" in line]) == 6
    taken(emulator)
    emulator.faults.latency = 0.1
    stack.write_program(program(""))
    stack.up()
    last = writes(emulator)[-1]
    assert last == GONE
    assert (emulator.providers(), emulator.models()) == ({}, {})


@long_form_of("unit/test_custom_provider.py::test_models_that_name_a_provider_as_text")
def test_a_model_without_order_is_warned_of_in_the_preview(
    stack: Stack, emulator: Emulator
) -> None:
    """Once, for the model, and not where `depends_on` names it, or a component that holds it."""
    stack.write_program(
        program(
            "vllm = provider()\nmodel('one', 'acme-vllm')\n"
            "model('two', 'acme-vllm', depends_on=[vllm])\n"
            "group = pulumi.ComponentResource('acme:group:Group', 'group')\n"
            "provider('inside', 'acme-inside', parent=group)\n"
            "model('three', 'acme-inside', depends_on=[group])"
        )
    )
    lines = [line for line in told(stack.pulumi("preview")) if "as text" in line]
    assert lines == [
        "warning: custom_provider_id is the id of the provider that 'vllm' declares, as text: "
        "Pulumi does not know that the model needs it. Give the model the provider's output, "
        "custom_provider_id=….provider_id, or depends_on it"
    ]


@long_form_of(
    "unit/test_custom_provider.py::test_a_model_is_not_left_to_the_deletion_of_its_provider"
)
def test_deleted_with_is_refused_by_the_constructor(stack: Stack, emulator: Emulator) -> None:
    """A `destroy` would drop the model from the state, and then stop because it is still there."""
    stack.write_program(program("vllm = provider()\nmodel('one', 'acme-vllm', deleted_with=vllm)"))
    result = stack.pulumi("preview", check=False)
    assert result.returncode != 0
    assert (
        "error: CustomModel one: deleted_with would leave the model behind, because a provider is "
        "not deleted while models use it; remove it."
    ) in told(result)
    assert writes(emulator) == []


def test_from_owned_to_read_and_back(stack: Stack, emulator: Emulator) -> None:
    """A provider that is only read from now on is not deleted, and nothing changes it: its id, name
    and address are read, and no key of it is in the state. Owned again, it is kept.
    """
    emulator.dialect.generation = "E"
    read_only = (
        "vllm = CustomProvider.get('vllm', 'acme-vllm')\nmodel('one', vllm.provider_id)\n"
        "pulumi.export('seen', [vllm.provider_name, vllm.base_url, vllm.timeout])"
    )
    owned = "vllm = provider()\nmodel('one', vllm.provider_id)"
    stack.write_program(program(owned))
    stack.up()
    theirs = {**KWARGS, "api_key": FOREIGN}
    emulator.edit_provider("acme-vllm", extra_kwargs=theirs)
    taken(emulator)

    stack.write_program(program(read_only))
    stack.up()
    assert writes(emulator) == []
    assert stack.resources()["vllm"]["external"]
    assert stack.outputs() == {"seen": ["Acme vLLM", "https://llm.acme.example/v1", 30]}
    address = f"https://me:{FOREIGN}@llm.acme.example/v2"
    emulator.edit_provider("acme-vllm", extra_kwargs={**theirs, "base_url": address})
    assert "~ 1 updated" in stack.refresh().stdout
    assert stack.resources()["vllm"]["outputs"]["base_url"] == "https://llm.acme.example/v2"
    assert "3 unchanged" in stack.refresh().stdout
    exported = stack.pulumi("stack", "export", "--show-secrets").stdout
    assert FOREIGN not in exported
    emulator.edit_provider("acme-vllm", extra_kwargs=KWARGS)

    stack.write_program(program(owned))
    stack.up()
    assert writes(emulator) == []
    assert not stack.resources()["vllm"].get("external")
    assert emulator.providers() == {"acme-vllm": STORED}
