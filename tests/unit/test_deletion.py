"""Which deletes are skipped, because this run declares or wrote the model."""

from collections.abc import Callable
from typing import Any

import pytest

from keywordsai_dynamic.lifecycle.deletion import Ledger, Noted, current_urn, reason_to_keep

MODEL = "acme/llm"
URN, OTHER = "urn:pulumi:dev::p::t::old", "urn:pulumi:dev::p::t::new"


def ledger(*steps: tuple[str, str | None]) -> Ledger:
    """Play engine calls on one model: check with state, check without, create."""
    played = Ledger()
    for step, urn in steps:
        if step == "create":
            played.note_write(MODEL)
        else:
            played.claim(MODEL, urn, in_state=step == "known")
    return played


OLD_HOLDS, NEW_HOLDS = "resource 'old' declares it", "resource 'new' declares it"


@pytest.mark.parametrize(
    ("what", "steps", "reason"),
    [
        ("destroy", [], None),
        ("renamed resource", [("fresh", OTHER), ("create", None)], NEW_HOLDS),
        ("replace_on_changes", [("known", URN), ("fresh", URN), ("create", None)], OLD_HOLDS),
        ("--replace, target-replace, taint", [("fresh", URN), ("create", None)], OLD_HOLDS),
        ("any of these, delete before replace", [("fresh", URN)], None),
        ("replace_on_changes, delete first", [("known", URN), ("fresh", URN)], None),
        ("after an interrupted replacement", [("known", URN)], OLD_HOLDS),
        ("after an interrupted rename", [("known", OTHER)], NEW_HOLDS),
        ("another resource is about to create it", [("fresh", OTHER)], NEW_HOLDS),
        ("without a urn", [("fresh", None)], "this run declares it"),
        ("created, and never checked", [("create", None)], "this run declares it"),
        (
            "refused create of a renamed resource",
            [("fresh", OTHER), ("create", None)],
            NEW_HOLDS,
        ),
    ],
)
def test_which_deletes_are_skipped(
    what: str, steps: list[tuple[str, str | None]], reason: str | None
) -> None:
    """A delete is sent only for what this run does not hold, or is truly deleted first.

    Where it is not sent, the resource that holds the model is named.
    """
    assert ledger(*steps).reason_to_skip_delete(MODEL, URN) == reason, what


def test_a_delete_without_a_urn_is_skipped_whenever_the_name_is_held() -> None:
    """A state without the hidden urn cannot prove a delete-before-replace."""
    assert ledger(("fresh", URN)).reason_to_skip_delete(MODEL, None) == OLD_HOLDS
    assert ledger(("fresh", None)).reason_to_skip_delete(MODEL, None) == "this run declares it"
    assert ledger(("fresh", URN)).reason_to_skip_delete("another", None) is None


def test_two_resources_cannot_declare_one_model() -> None:
    """The second resource that claims a name in a run is told the first one's urn."""
    held = Ledger()
    assert held.claim(MODEL, URN, in_state=True) is None
    assert held.claim(MODEL, URN, in_state=False) is None
    assert held.claim(MODEL, OTHER, in_state=False) == URN
    assert held.urn(MODEL) == URN


def test_what_the_state_holds_of_a_model_is_kept_for_its_replacement() -> None:
    """From its diff to the end of the run, through the check and the create of its new self."""
    held = ledger(("known", URN))
    assert held.stored(MODEL) is None
    held.note_stored(MODEL, {"input_cost": 1})
    held.claim(MODEL, URN, in_state=False)
    held.note_write(MODEL)
    assert (held.stored(MODEL), held.stored("another")) == ({"input_cost": 1}, None)
    assert held.urn(MODEL) == URN


def test_what_a_refresh_compares_is_not_declared_by_the_run() -> None:
    """`up --refresh` compares what it reads, also of resources that the program no longer has."""
    held = Ledger()
    held.note_stored(MODEL, {"input_cost": 1})
    assert (held.urn(MODEL), held.recreates(MODEL, URN)) == (None, False)
    assert held.reason_to_skip_delete(MODEL, URN) is None


@pytest.mark.parametrize(
    ("steps", "urn", "replaced"),
    [
        ([], URN, False),
        ([("fresh", URN)], URN, True),
        ([("known", URN), ("fresh", URN)], URN, True),
        ([("fresh", URN), ("create", None)], URN, False),
        ([("known", URN)], URN, False),
        ([("fresh", OTHER)], URN, False),
        ([("fresh", URN)], None, False),
        ([("fresh", None)], None, False),
    ],
)
def test_which_deletes_make_room_for_the_same_resource(
    steps: list[tuple[str, str | None]], urn: str | None, replaced: bool
) -> None:
    """A delete after a check without state, of one resource, is half of its replacement."""
    held = ledger(*steps)
    assert held.recreates(MODEL, urn) == replaced
    assert (held.reason_to_skip_delete(MODEL, urn) is None) == (replaced or not steps)


def test_what_depends_on_a_replaced_one_may_be_recreated() -> None:
    """It is deleted first together with that one, before a check says what its name will be."""
    held = Ledger()
    held.note_chained(MODEL)
    assert held.reason_to_skip_delete(MODEL, URN) is None
    assert (held.recreates(MODEL, URN), held.precedes_its_replacement(MODEL, URN)) == (True, True)
    other = "acme/other"
    assert (held.recreates(other, URN), held.precedes_its_replacement(other, URN)) == (False, False)


HERE, THERE = "host.key", "elsewhere.key"
OTHER_KEY = "host.other"
"""Another key of the same host: it may be of the same organization."""

ME, NEIGHBOUR = 1, 2
DECLARES = "resource 'new' declares it"
READS = "resource 'new' reads it"
UNKNOWN = (
    "resource 'new' may declare it: the name of its model is not known in this run; if "
    "nothing declares the model, delete it in the console"
)


def noted(**facts: Any) -> Noted:  # noqa: ANN401  (fields of several types)
    """Note a resource that the run leaves out, and that declares the model under another name."""
    return Noted(**{"resource": "new", "urn": OTHER, "name": MODEL} | facts)


def old(**facts: Any) -> Noted:  # noqa: ANN401  (fields of several types)
    """Note the resource itself that the delete is for."""
    return noted(**{"resource": "old", "urn": URN} | facts)


def kept(
    *notes: Noted,
    destroys: bool | None = False,
    urn: str | None = URN,
    rewritten: Callable[[], bool] = bool,
) -> str | None:
    """Say why the model is not deleted for the old resource in this account and this process."""
    return reason_to_keep(MODEL, urn, notes, HERE, ME, destroys=destroys, rewritten=rewritten)


@pytest.mark.parametrize(
    ("what", "notes", "reason"),
    [
        ("nobody", [], None),
        ("skipped, excluded or not targeted", [noted()], DECLARES),
        ("skipped, and without a urn", [noted(urn=None)], DECLARES),
        ("another model", [noted(name="acme/other")], None),
        ("checked by this process", [noted(account=HERE, process=ME)], None),
        ("checked by another process", [noted(account=HERE, process=NEIGHBOUR)], DECLARES),
        ("checked in another account", [noted(account=THERE, process=NEIGHBOUR)], None),
        (
            "skipped, its provider is known to be of another account",
            [
                noted(provider="eu"),
                noted(resource="x", name="x", provider="eu", account=THERE, process=2),
            ],
            None,
        ),
        (
            "skipped, its provider is known to be of this account",
            [
                noted(provider="eu"),
                noted(resource="x", name="x", provider="eu", account=HERE, process=2),
            ],
            DECLARES,
        ),
        ("skipped, nothing is known of its provider", [noted(provider="eu")], DECLARES),
        ("only read", [noted(owns=False, urn=None)], READS),
        ("read in another account", [noted(owns=False, account=THERE, process=2)], None),
        ("read by this process", [noted(owns=False, account=HERE, process=ME)], READS),
        ("read by another process", [noted(owns=False, account=HERE, process=2)], READS),
        (
            "read by this process, and declared again by the same resource",
            [noted(owns=False, account=HERE, process=ME), old(account=HERE, process=ME)],
            None,
        ),
        ("read with another key of the host", [noted(owns=False, account=OTHER_KEY)], None),
        ("made with another key of the host", [noted(account=OTHER_KEY, process=2)], None),
        (
            "taken over with another key of the host",
            [noted(account=OTHER_KEY, process=NEIGHBOUR, existed=True)],
            DECLARES,
        ),
        (
            "taken over on another host",
            [noted(account=THERE, process=NEIGHBOUR, existed=True)],
            None,
        ),
        (
            "taken over by this process",
            [noted(account=HERE, process=ME, existed=True)],
            None,
        ),
        (
            "another model, taken over with another key of the host",
            [noted(name="x", account=OTHER_KEY, process=NEIGHBOUR, existed=True)],
            None,
        ),
        (
            "skipped, its provider is known to have another key of the host",
            [
                noted(provider="eu"),
                noted(
                    resource="x",
                    name="x",
                    provider="eu",
                    account=OTHER_KEY,
                    process=2,
                    existed=True,
                ),
            ],
            None,
        ),
        (
            "read, and declared again by the same resource",
            [noted(owns=False, urn=None), old(account=HERE, process=ME)],
            None,
        ),
        (
            "read, while the same resource has another model now",
            [
                noted(owns=False, urn=None),
                old(name="x", account=HERE, process=ME),
            ],
            READS,
        ),
        (
            "declared by another, and again by the same resource",
            [noted(), old(account=HERE, process=ME)],
            DECLARES,
        ),
        ("a name that is not known", [noted(name=None)], UNKNOWN),
        (
            "a name that is not known, in another account",
            [noted(name=None, account=THERE)],
            None,
        ),
        (
            "a name that is not known, although this process has checked the rest (CLI 3.259)",
            [noted(name=None, account=HERE, process=ME)],
            UNKNOWN,
        ),
        ("a name that is not known, read", [noted(name=None, owns=False)], UNKNOWN),
        (
            "a name that is not known, read by this process",
            [noted(name=None, owns=False, account=HERE, process=ME)],
            UNKNOWN,
        ),
        (
            "a name that is not known, of what was transformed",
            [noted(name=None, provider="?")],
            UNKNOWN,
        ),
        (
            "a name that is not known, while the same resource is declared",
            [noted(name=None), old(name="x")],
            None,
        ),
        (
            "a name that is not known, while this process has checked the same resource",
            [noted(name=None), old(name="x", account=HERE, process=ME)],
            None,
        ),
        (
            "a name that is not known, while the same resource is declared in another account",
            [noted(name=None), old(account=THERE, process=NEIGHBOUR)],
            None,
        ),
        ("its own name is not known", [old(name=None)], None),
        (
            "declared by another, while the same resource has another model",
            [noted(), old(name="x")],
            DECLARES,
        ),
        (
            "one that declares it goes before one whose name is not known",
            [noted(resource="x", name=None), noted()],
            DECLARES,
        ),
        ("its own self, which nobody has checked or written since", [old()], None),
        ("its own new self, with another provider", [old(account=HERE, process=2)], OLD_HOLDS),
        ("its own new self, checked by this process", [old(account=HERE, process=ME)], None),
        ("its own new self, in another account", [old(account=THERE, process=NEIGHBOUR)], None),
        (
            "its own new self, made with another key of the host",
            [old(account=OTHER_KEY, process=NEIGHBOUR)],
            None,
        ),
        (
            "its own new self, taken over with another key of the host",
            [old(account=OTHER_KEY, process=NEIGHBOUR, existed=True)],
            OLD_HOLDS,
        ),
        ("its own new self, under another name", [old(name="x")], None),
        (
            "its own self, which nobody has checked, and another one declares it",
            [old(), noted()],
            DECLARES,
        ),
    ],
)
def test_which_deletes_the_rest_of_the_program_forbids(
    what: str, notes: list[Noted], reason: str | None
) -> None:
    """A model stays that another resource of the program has, or may have, in this account.

    So it does for the resource's own new self, which another process has made.
    """
    assert kept(*notes) == reason, what


@pytest.mark.parametrize(
    "note",
    [
        noted(),
        old(),
        old(account=HERE, process=NEIGHBOUR),
        noted(owns=False),
        noted(owns=False, account=HERE, process=ME),
        noted(name=None),
        noted(account=HERE, process=NEIGHBOUR),
        noted(account=OTHER_KEY, process=NEIGHBOUR, existed=True),
    ],
)
def test_a_run_that_destroys_deletes_what_the_program_declares(note: Noted) -> None:
    """`pulumi destroy --run-program` runs the program, and keeps nothing of it."""
    assert kept(note, destroys=True, rewritten=lambda: True) is None


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        (old(), None),
        (old(account=HERE, process=NEIGHBOUR), OLD_HOLDS),
        (noted(), DECLARES),
        (noted(urn=None), DECLARES),
        (noted(owns=False), READS),
        (noted(name=None), UNKNOWN),
    ],
)
def test_where_the_command_cannot_be_seen_a_resource_may_delete_its_own(
    note: Noted, reason: str | None
) -> None:
    """It may be a `destroy`: only what others have, or another process has made, is kept."""
    assert kept(note, destroys=None, rewritten=lambda: True) == reason


@pytest.mark.parametrize(
    ("what", "notes", "rewritten", "reason", "looks"),
    [
        ("written by its new self, left out since", [old()], True, OLD_HOLDS, 1),
        ("as this one wrote it", [old()], False, None, 1),
        ("its own name is not known", [old(name=None)], True, None, 0),
        ("it has another model now", [old(name="x")], True, None, 0),
        ("this process has checked it", [old(account=HERE, process=ME)], True, None, 0),
        ("another process has checked it", [old(account=HERE, process=2)], False, OLD_HOLDS, 0),
        ("it is in another account", [old(account=THERE, process=2)], True, None, 0),
        ("nobody declares it", [], True, None, 0),
        ("another one declares it", [noted()], True, DECLARES, 0),
        ("another one reads it", [noted(owns=False)], True, READS, 0),
        ("another one declares it, and comes first", [noted(), old()], False, DECLARES, 0),
        ("another one declares it, and comes later", [old(), noted()], False, DECLARES, 1),
    ],
)
def test_what_nobody_has_checked_is_an_earlier_self_where_it_was_written_since(
    what: str, notes: list[Noted], rewritten: bool, reason: str | None, looks: int
) -> None:
    """What lives is looked at only where that decides: it takes a request."""
    looked: list[str] = []

    def look() -> bool:
        looked.append(what)
        return rewritten

    assert (kept(*notes, rewritten=look), len(looked)) == (reason, looks), what


@pytest.mark.parametrize("destroys", [True, None])
def test_what_lives_is_not_looked_at_where_it_may_be_a_destroy(destroys: bool | None) -> None:
    """There a resource deletes its own, whatever it has become."""

    def look() -> bool:
        raise AssertionError("not asked for")

    assert kept(old(), destroys=destroys, rewritten=look) is None


@pytest.mark.parametrize(
    ("note", "reason"),
    [(noted(urn=None), DECLARES), (noted(urn=None, name=None), UNKNOWN)],
)
def test_without_a_urn_no_resource_is_ones_own(note: Noted, reason: str) -> None:
    """A delete whose resource is not known is nobody's, and least of all that of another one."""
    assert kept(note, urn=None) == reason


ALIASED = Noted("new", OTHER, ["urn:a", URN], MODEL)


@pytest.mark.parametrize(
    ("urn", "expected"),
    [(URN, OTHER), (OTHER, OTHER), ("urn:a", OTHER), ("urn:b", "urn:b"), (None, None)],
)
def test_a_resource_is_known_by_the_urns_of_its_aliases(
    urn: str | None, expected: str | None
) -> None:
    """What the state has under an earlier name is the resource that the program has now."""
    assert current_urn(urn, [Noted("x", "urn:x", ["urn:y"]), Noted("y"), ALIASED]) == expected
    assert current_urn(urn, []) == urn


@pytest.mark.parametrize("declares_it", [Noted("old", URN), Noted("old", URN, owns=False)])
def test_a_urn_that_the_program_declares_itself_is_no_alias(declares_it: Noted) -> None:
    """Another resource may claim the name as an earlier one of its own: it is not that one."""
    assert current_urn(URN, [ALIASED, declares_it]) == URN
    assert current_urn(URN, [declares_it, ALIASED]) == URN
    assert current_urn("urn:a", [ALIASED, declares_it]) == OTHER


def test_a_resource_that_only_reads_its_model_now_keeps_it() -> None:
    """What was owned and is read under the same resource is not deleted for its earlier self."""
    reads = Noted("old", "urn", name="m", owns=False)
    kept = reason_to_keep("m", "urn", [reads], "h.k", 1, destroys=False, rewritten=lambda: True)
    assert kept == "resource 'old' reads it"


@pytest.mark.parametrize(
    ("is_alias", "reason"), [(True, "resource 'old' declares it"), (False, None)]
)
def test_a_resource_that_is_called_by_its_alias_was_not_seen_by_the_engine(
    is_alias: bool, reason: str | None
) -> None:
    """The run excludes it; a replacement that deletes first is called by the present URN."""
    kept = reason_to_keep(
        MODEL, URN, [old()], HERE, ME, is_alias=is_alias, destroys=False, rewritten=lambda: False
    )
    assert kept == reason
