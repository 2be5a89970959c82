"""What may be done to a provider, and what is kept of its answers: decisions only, no requests."""

from typing import Any

import pytest

from keywordsai_dynamic.core.names import CHANGED_BY_OTHERS
from keywordsai_dynamic.core.redaction import hide, redact, redact_words
from keywordsai_dynamic.dynamic.wording import PYTHON
from keywordsai_dynamic.lifecycle.ownership import Decision
from keywordsai_dynamic.lifecycle.provider_answer import Echo, LiveProvider, digest
from keywordsai_dynamic.lifecycle.provider_decisions import (
    decide_create,
    decide_replacement,
    decide_update,
)
from keywordsai_dynamic.lifecycle.provider_parts import (
    Parts,
    Path,
    alike,
    fields_of,
    parts_of,
    parts_of_answer,
    secret_among,
    sent_kwargs,
)
from keywordsai_dynamic.lifecycle.provider_state import (
    Moved,
    Stored,
    after_drift,
    changed,
    drift,
    outputs,
    stored_in,
)

KEY, OTHER = "sk-Jq8Xw2Lz9TbR4cNwYd3H", "sk-Vm5Kp1Ge7UoA6iVtZq2S"
FIELDS = {
    "provider_name": "Acme",
    "base_url": "https://llm.acme.example/v1",
    "api_key": KEY,
    "timeout": 30,
    "extra_kwargs": {"region": "eu", "headers": {"x-team": "nlp"}},
}
PARTS: Parts = {
    ("provider_name",): "Acme",
    ("base_url",): "https://llm.acme.example/v1",
    ("api_key",): KEY,
    ("timeout",): 30,
    ("extra_kwargs", "region"): "eu",
    ("extra_kwargs", "headers", "x-team"): "nlp",
}
SECRET = frozenset({("api_key",)})
STORED = stored_in({}, {"api_key"})


def answer(key: object = KEY, **kwargs: object) -> dict[str, Any]:
    """Return a provider object of the API; a key of None is left out."""
    settings = {**sent_kwargs(FIELDS), "api_key": key, **kwargs}
    return {
        "id": "p",
        "provider_id": "p",
        "provider_name": "Acme",
        "extra_kwargs": {name: value for name, value in settings.items() if value is not None},
    }


def live(*args: object, **kwargs: object) -> LiveProvider:
    """Read an answer as the provider of `FIELDS`."""
    return STORED.lens(PARTS, SECRET).read(answer(*args, **kwargs))


def written(seen: LiveProvider, parts: Parts = PARTS) -> Stored:
    """Return what a state holds after a write that was answered like this."""
    return stored_in(outputs("p", parts, SECRET, STORED, seen), {"api_key"})


def test_parts_are_the_leaves_of_all_maps() -> None:
    """There and back; an empty map is none, and a value that is not known yet is one part."""
    assert parts_of(FIELDS) == PARTS
    assert fields_of(PARTS) == FIELDS
    assert parts_of({"provider_name": "P", "extra_kwargs": {}}) == {("provider_name",): "P"}
    assert parts_of({"extra_kwargs": {"a": {}, "b": [1]}}) == {
        ("extra_kwargs", "a"): {},
        ("extra_kwargs", "b"): [1],
    }
    assert parts_of({"extra_kwargs": "unknown"}) == {("extra_kwargs",): "unknown"}
    assert sent_kwargs(FIELDS) == {
        "base_url": "https://llm.acme.example/v1",
        "api_key": KEY,
        "timeout": 30,
        "region": "eu",
        "headers": {"x-team": "nlp"},
    }
    assert parts_of_answer(answer()) == PARTS
    assert parts_of_answer({"provider_name": None, "extra_kwargs": {"timeout": None}}) == {}


@pytest.mark.parametrize(
    ("path", "value", "is_secret"),
    [
        (("api_key",), "x", True),
        (("base_url",), "x", False),
        (("extra_kwargs", "max_tokens"), 5, False),
        (("extra_kwargs", "aws_secret_access_key"), "x", True),
        (("extra_kwargs", "headers", "Authorization"), "x", True),
        (("extra_kwargs", "keyword"), "x", False),
        (("extra_kwargs", "hush"), "x", True),
        (("extra_kwargs", "credentials", "pin"), "x", True),
        (("extra_kwargs", "backends"), [{"region": "eu"}], False),
        (("extra_kwargs", "backends"), [{"region": "eu"}, [{"auth": {"token": "x"}}]], True),
    ],
)
def test_what_is_secret(path: Path, value: object, *, is_secret: bool) -> None:
    """Parts of secret fields, those whose name or map says so, and lists that hold such a name."""
    fields = {"api_key"} | ({"extra_kwargs"} if path[-1] == "hush" else set())
    assert (path in secret_among({path: value}, fields)) is is_secret


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (30, 30.0, True),
        (0.1 + 0.2, 0.3, True),
        (1, True, False),
        ("a", "b", False),
        ("https://a/v1", "https://a/v1/", True),
        ({"a": 1}, {"a": 1.0}, True),
        ([{"a": 1}], [{"a": True}], False),
        ([1], [1, 2], False),
        (30, "30.0", True),
        ("30", "30.0", False),
        (True, "1", False),
        (30, "thirty", False),
    ],
)
def test_values_that_mean_the_same(one: object, other: object, *, same: bool) -> None:
    """Numbers with rounding errors, and an address with a slash at its end."""
    assert alike(("base_url",), one, other) is same


@pytest.mark.parametrize(
    ("shown", "kind"),
    [
        (KEY, "full"),
        (OTHER, "full"),
        ("sk-…Yd3H", "masked"),
        ("sk-J***", "masked"),
        (KEY[:8], "masked"),
        (KEY[-4:], "masked"),
        ("[REDACTED]", "masked"),
    ],
)
def test_how_a_key_is_shown(shown: str, kind: str) -> None:
    """In full, or masked; a part of our own is a mask too."""
    assert live(shown).echoes == {("api_key",): Echo(kind, digest(STORED.salt, shown))}  # type: ignore[arg-type]  # one of its kinds


def test_what_is_kept_of_an_answer() -> None:
    """Plain values of what is declared, hashes of secrets, and the names of all else."""
    seen = live(OTHER, temperature=0.5, other_secret=OTHER)
    assert seen.values == {path: value for path, value in PARTS.items() if path not in SECRET}
    assert seen.others == {("extra_kwargs", "temperature"), ("extra_kwargs", "other_secret")}
    assert OTHER not in repr(seen)
    assert "0.5" not in repr(seen)


def test_no_message_shows_what_an_answer_held() -> None:
    """A stranger's key nowhere, other values not in the service's words."""
    live(OTHER, region="frankfurt-7")
    assert redact(f"the key {OTHER} of frankfurt-7") == "the key [secret] of frankfurt-7"
    assert redact_words(f"no {OTHER} in frankfurt-7") == "no [secret] in [value]"


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://me:hush@llm.acme.example/v1", CHANGED_BY_OTHERS),
        (f"https://llm.acme.example/v1?api-version=1&api-key={OTHER}", CHANGED_BY_OTHERS),
        (f"https://llm.acme.example/{KEY}/v1", "https://llm.acme.example/[secret]/v1"),
        ("https://llm.acme.example/v1?version=1", "https://llm.acme.example/v1?version=1"),
    ],
)
def test_a_credential_in_an_address_is_drift_and_stays_outside(address: str, kept: str) -> None:
    """Somebody may have set one by hand."""
    hide(KEY)
    seen = live(base_url=address)
    assert seen.values["base_url",] == kept
    assert [row.after for row in drift(written(live()), seen)] == [kept]


DECIDED: dict[str, tuple[LiveProvider | None, dict[str, Any], Decision]] = {
    "free": (None, {}, Decision("create")),
    "equal": (
        live(),
        {},
        Decision(
            "adopt",
            "adopts existing provider p (values match); from then on `pulumi destroy` deletes it",
            write=False,
        ),
    ),
    "equal as far as it is shown": (
        live(None),
        {},
        Decision(
            "adopt",
            "adopts existing provider p (values match; api_key, which the service does not show, "
            "will be sent); from then on `pulumi destroy` deletes it",
        ),
    ),
    "equal as far as it is known": (
        live(),
        {"unknown": ["timeout"]},
        Decision(
            "adopt",
            "adopts existing provider p (values known so far match); from then on `pulumi destroy` "
            "deletes it",
            write=False,
        ),
    ),
    "overwritten": (
        live(OTHER, timeout=5),
        {"overwrite": True},
        Decision(
            "overwrite",
            "overwrites existing provider p (overwriting is declared):\n"
            "  api_key  declared [secret] → live [secret]\n"
            "  timeout  declared 30       → live 5",
        ),
    ),
    "overwritten, with a key that is not shown": (
        live(None, timeout=5),
        {"overwrite": True},
        Decision(
            "overwrite",
            "overwrites existing provider p (overwriting is declared; api_key, which the service "
            "does not show, will be sent):\n"
            "  timeout  declared 30 → live 5",
        ),
    ),
}


@pytest.mark.parametrize("case", DECIDED)
def test_what_a_create_meets(case: str) -> None:
    """A free id, an equal provider, and one that is overwritten because the program says so."""
    seen, options, decision = DECIDED[case]
    assert decide_create("p", PARTS, seen, wording=PYTHON, secret=SECRET, **options) == decision


@pytest.mark.parametrize(
    ("seen", "row"),
    [
        (live(OTHER), "  api_key  declared [secret] → live [secret]\n"),
        (live(timeout=5), "  timeout  declared 30 → live 5\n"),
        (live(timeout=None), "  timeout  declared 30 → live null\n"),
        (live(region="us"), "  extra_kwargs.region  declared eu → live us\n"),
    ],
)
def test_a_create_refuses_other_values(seen: LiveProvider, row: str) -> None:
    """With a row for each of them; a value that is not set is another value."""
    decision = decide_create("p", PARTS, seen, wording=PYTHON, secret=SECRET)
    assert decision.action == "refuse"
    assert row in decision.sentence
    assert decision.sentence.count("→") == 1


def test_drift_of_plain_parts() -> None:
    """Live ≠ answered: a changed, a removed and an added value; what is not shown says nothing."""
    stored = written(live())
    assert drift(stored, live()) == []
    assert drift(stored, live(timeout=5, region=None)) == [
        Moved(("timeout",), 30, 5),
        Moved(("extra_kwargs", "region"), "eu", None),
    ]
    silent = STORED.lens(PARTS, SECRET).read({"provider_name": "Acme"})
    assert drift(stored, silent) == []
    assert drift(written(silent), live(timeout=5)) == [Moved(("timeout",), 30, 5)]
    assert drift(written(silent), live(timeout=None)) == []


MASKED, OTHERS_MASKED = "sk-…Yd3H", "sk-…q2Sx"


@pytest.mark.parametrize(
    ("before", "now", "drifted"),
    [
        (KEY, KEY, False),
        (KEY, OTHER, True),
        (KEY, MASKED, False),
        (KEY, None, False),
        (MASKED, MASKED, False),
        (MASKED, OTHERS_MASKED, True),
        (MASKED, KEY, False),
        (MASKED, OTHER, True),
        (MASKED, None, False),
        (None, KEY, False),
        (None, OTHER, False),
        ("1f3870be", "1f3870be", False),
        ("1f3870be", "2ab96390", True),
    ],
)
def test_drift_of_a_key(before: str | None, now: str | None, *, drifted: bool) -> None:
    """Only like is compared with like; our own key in full is no drift, whatever was before.

    The last two are a service that shows a hash of the key.
    """
    moved = drift(written(live(before)), live(now))
    assert [row.path for row in moved] == ([("api_key",)] if drifted else [])


def test_a_mask_that_varies_is_no_drift() -> None:
    """Two reads that differ say that nothing can be compared, now and later."""
    stored = written(live("1f3870be"))
    lens = stored.lens({})
    first, second = lens.read(answer("2ab96390")), lens.read(answer("9d4e1e23"))
    assert lens.is_doubtful(first)
    settled = first.settled(second)
    assert drift(stored, settled) == []
    later = stored_in(outputs("p", stored.declared, SECRET, stored, settled), {"api_key"})
    assert later.echoes == {("api_key",): Echo("varying", "")}
    assert not later.lens({}).is_doubtful(lens.read(answer("77777777")))
    assert drift(later, lens.read(answer("77777777"))) == []


def test_after_drift_a_marker_stands_for_a_secret() -> None:
    """And the live value for anything else; what is no longer set is left out."""
    stored = written(live())
    moved = drift(stored, live(OTHER, timeout=5, region=None))
    parts = dict(PARTS) | {("api_key",): CHANGED_BY_OTHERS, ("timeout",): 5}
    del parts["extra_kwargs", "region"]
    assert after_drift(stored, moved) == parts


@pytest.mark.parametrize(
    ("change", "seen", "decision"),
    [
        ({("timeout",): 60}, live(), Decision("overwrite")),
        ({}, live(timeout=5), "  timeout  last 30 → live 5"),
        ({}, live(OTHER), "  api_key  last [secret] → live [secret]"),
        ({("timeout",): 60}, live(timeout=60), Decision("overwrite")),
        (
            {("timeout",): 60},
            live(timeout=5),
            Decision(
                "overwrite",
                "this update overwrites changes to p that somebody else made:\n"
                "  timeout  last 30 → live 5",
            ),
        ),
        ({("api_key",): OTHER}, live(OTHER), Decision("overwrite")),
        (
            {("timeout",): None},
            live(timeout=5),
            Decision(
                "overwrite",
                "this update overwrites changes to p that somebody else made:\n"
                "  timeout  last 30 → live 5",
            ),
        ),
        (
            {("api_key",): None},
            live(OTHER),
            Decision(
                "overwrite",
                "this update overwrites changes to p that somebody else made:\n"
                "  api_key  last [secret] → live [secret]",
            ),
        ),
        ({("timeout",): None}, live(timeout=None), Decision("overwrite")),
        ({("timeout",): None}, live(), Decision("overwrite")),
    ],
)
def test_what_an_update_meets(
    change: dict[Path, Any], seen: LiveProvider, decision: Decision | str
) -> None:
    """It stops at somebody else's change of what it leaves alone, and says what else it loses."""
    declared = {path: value for path, value in (PARTS | change).items() if value is not None}
    decided = decide_update("p", written(live()), declared, seen, wording=PYTHON, secret=SECRET)
    if isinstance(decision, Decision):
        assert decided == decision
    else:
        assert decided.action == "refuse"
        assert decided.sentence.splitlines()[1] == decision


LATER: Parts = {("provider_name",): "Acme", ("api_key",): KEY}


@pytest.mark.parametrize(
    ("seen", "rows"),
    [
        (live(), ""),
        (live(OTHER), "  api_key  last [secret] → live [secret]"),
        (live(MASKED), "  api_key  last [secret] → live [secret]"),
        (live(None), ""),
    ],
)
def test_what_is_declared_for_the_first_time_may_be_somebody_elses(
    seen: LiveProvider, rows: str
) -> None:
    """An update and a replacement say what they overwrite that the state never held."""
    before = written(live(None), {("provider_name",): "Acme"})
    sentence = f"this update overwrites changes to p that somebody else made:\n{rows}"
    expected = Decision("overwrite", sentence if rows else "")
    for decide in (decide_update, decide_replacement):
        assert decide("p", before, LATER, seen, wording=PYTHON, secret=SECRET) == expected


@pytest.mark.parametrize(
    ("seen", "action"),
    [
        (live(), "overwrite"),
        (live(timeout=5), "refuse"),
        (live(OTHER), "refuse"),
        (live(MASKED), "overwrite"),
    ],
)
def test_what_a_replacement_meets(seen: LiveProvider, action: str) -> None:
    """Any drift stops it, unless overwriting is declared."""
    allowed = {"wording": PYTHON, "secret": SECRET}
    decided = decide_replacement("p", written(live()), PARTS, seen, **allowed)  # type: ignore[arg-type]  # as above
    assert decided.action == action
    forced = decide_replacement("p", written(live()), PARTS, seen, **allowed, overwrite=True)  # type: ignore[arg-type]  # as above
    assert forced.action == "overwrite"
    assert bool(forced.sentence) is (action == "refuse")


def test_what_changed_between_declarations() -> None:
    """By fields, in their order; numbers from the engine are floats."""
    stored = written(live())
    inputs = {"provider_id": "p", **FIELDS, "timeout": 30.0}
    assert changed(stored, inputs, provider_id="p") == []
    other = {**inputs, "provider_id": "q", "api_key": OTHER, "extra_kwargs": {"region": "us"}}
    assert changed(stored, other, provider_id="p") == ["provider_id", "api_key", "extra_kwargs"]
    assert changed(stored, {**inputs, "extra_kwargs": None}, provider_id="p") == ["extra_kwargs"]
    flags, numbers = ({"extra_kwargs": {"on": [each]}} for each in (True, 1.0))
    as_numbers = stored_in(outputs("p", parts_of(numbers), (), stored, live()), ())
    assert changed(as_numbers, {"provider_id": "p", **flags}, provider_id="p") == ["extra_kwargs"]
