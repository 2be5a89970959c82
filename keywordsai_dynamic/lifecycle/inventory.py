"""The live models of one run: one list of the service answers every lookup.

Other providers make a request per model. Here the first lookup lists all models while the other
threads wait, and the run's own writes are recorded in it. When the list is too old for a write to
rely on, one new list serves all threads.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from threading import Lock

from ..api.client import KeywordsAIClient
from ..core.errors import KeywordsAIError, NotFoundError
from ..core.fields import FIELDS, Returned
from ..core.names import CUSTOM_PROVIDER_FIELDS
from .comparison import Service
from .live_list import LiveList, Model
from .ownership import is_built_in
from .seen import Seen, SeenByName

FRESH = 10.0
"""Seconds for which a write may rely on a lookup."""

_DROPPED = frozenset(field.name for field in FIELDS if field.returned is Returned.NOT_BY_NEWEST)
"""Fields that the newest generation of the API returns for no model."""

_ALL_HAVE = {field.name for field in FIELDS if field.returned is Returned.ALWAYS} - {"model_name"}
"""Fields that every generation returns for every model."""


class Inventory:
    """Live models by name, as this process knows them."""

    def __init__(self, client: KeywordsAIClient) -> None:
        self.client = client
        self._single = SeenByName()
        self._listing = Lock()
        self._list: LiveList | None = None
        self._list_before: LiveList | None = None
        self._has_no_list = False
        self._failure: KeywordsAIError | None = None
        self._attempts = 0
        self._probing = Lock()
        self._dropped: frozenset[str] | None = None
        self._is_the_api = False

    @property
    def service(self) -> Service:
        """What is known of the service, for comparing values."""
        return Service(self._built_in, self._list.decimals if self._list else None)

    def look_up(
        self,
        model_name: str,
        fields: Collection[str] = (),
        *,
        expected: bool = False,
        whole: bool = False,
        max_age: float = float("inf"),
        deadline: float | None = None,
    ) -> Seen:
        """Return the live model, as the service returned it at most `max_age` seconds ago.

        A name is free where a complete list lacks it, or where two passes over a list in pages do.
        The service is asked for the model by name in all other cases: where it is `expected`,
        because the state holds it, and where the list leaves out one of `fields`, or any field for
        a `whole` lookup. `deadline` (seconds) limits all of it together. Raises KeywordsAIError
        where the service does not say.
        """
        end = self._end(deadline)
        oldest = self.client.now - max_age
        single = self._single.get(model_name)
        if single and single.asked_at >= oldest and not self._is_outdated(model_name, single):
            if single.model is None and expected:
                self._require_api(model_name, end)
            return single
        # A list that takes too long to get, or is gone, is too old: one model is faster to read.
        slow = self._list is not None and self._list.seconds >= max_age
        listed = self._listed(oldest, end) if single is None and not slow else None
        if (
            listed is None
            or listed.listing.asked_at < self.client.now - max_age
            or (expected and model_name not in listed.models)
        ):
            return self._ask(model_name, end, expected=expected)
        model = listed.models.get(model_name)
        if model is None:
            return self._absent(model_name, listed, end)
        seen = Seen(model, listed.listing.asked_at)
        leaves_out = self._leaves_out(model, fields, whole=whole, end=end)
        # Finding out what lists leave out is one more request, which may have to wait.
        if not leaves_out and seen.asked_at >= self.client.now - max_age:
            return seen
        # The list is believed where it shows a model for which a GET returns 404.
        asked = self._ask(model_name, end)
        if asked.model is not None or self._single.is_written(model_name, asked):
            return asked
        return self._single.read(model_name, seen)

    def _is_outdated(self, model_name: str, single: Seen) -> bool:
        """Return whether a later list shows a model otherwise than a read by name did."""
        latest = self._list
        if latest is None or latest.listing.asked_at <= single.asked_at:
            return False
        listed = latest.models.get(model_name)
        if listed is None or self._single.is_written(model_name, single):
            return False  # lists may leave out models, and lag behind this run's own writes
        known = single.model
        return known is None or any(listed[name] != known[name] for name in listed.keys() & known)

    def confirm(
        self,
        model_name: str,
        seen: Seen,
        *,
        expected: bool = False,
        deadline: float | None = None,
    ) -> Seen:
        """Ask by name for a model that only the list has shown, because lists may lag behind."""
        if self._single.get(model_name) is seen:
            return seen
        return self.ask(model_name, expected=expected, deadline=deadline)

    def record(self, model_name: str, model: Model) -> None:
        """Remember a model as a write returned it."""
        self._is_the_api = True
        self._single.write(model_name, Seen(model, self.client.now))

    def mark_deleted(self, model_name: str) -> None:
        """Remember that a model is gone."""
        self._single.write(model_name, Seen(None, self.client.now))

    def listed(self, *, max_age: float, deadline: float) -> dict[str, Model] | None:
        """Return all models as this process knows them; None where the service has no list.

        The list is at most `max_age` seconds old; what this run has written or deleted since, or
        read by name, beats it.
        """
        latest = self._listed(self.client.now - max_age, self._end(deadline))
        if latest is None:
            return None
        models = dict(latest.models)
        for name, (model, asked_at) in self._single.all():
            if model is None:
                models.pop(name, None)
            elif asked_at >= latest.listing.asked_at:
                models[name] = model
        return models

    def require_api(self, name: str, deadline: float) -> None:
        """Raise KeywordsAIError if a 404 for `name` may not be the API's own."""
        self._require_api(name, self._end(deadline))

    def require_gone(
        self, model_name: str, *, sent_before: bool, deadline: float | None = None
    ) -> None:
        """Make sure that a model is gone after a DELETE that found nothing, or returned a message.

        `sent_before` means that an earlier try may have taken effect; then a list may lag behind.
        Raises KeywordsAIError where the model still shows, or the service may not be the API.
        """
        end = self._end(deadline)
        gone = self._ask(model_name, end, expected=True).model is None
        for max_age in () if sent_before or not gone else (FRESH, 0.0):
            oldest = self.client.now - max_age
            listed = self._listed(oldest, end)
            gone = (
                listed is None  # or the list is gone
                or listed.listing.asked_at < oldest
                or model_name not in listed.models
            )
            if gone:
                break
        if not gone:
            self._single.forget(model_name)
            raise KeywordsAIError(
                f"DELETE of {model_name} had no effect: the model still exists. It stays in the "
                "state; run again."
            )

    def ask(
        self, model_name: str, *, expected: bool = False, deadline: float | None = None
    ) -> Seen:
        """Ask for one model by name; the result has None where the API says that there is none."""
        return self._ask(model_name, self._end(deadline), expected=expected)

    def _ask(self, model_name: str, end: float, *, expected: bool = False) -> Seen:
        model, asked_at = self.client.find_model(model_name, deadline=self._left(end))
        seen = Seen(model, asked_at)
        if model is not None:
            self._is_the_api = True
        elif expected:
            self._require_api(model_name, end)
        return self._single.read(model_name, seen)

    def _end(self, deadline: float | None) -> float:
        """Return when a call must end, by the client's clock."""
        return self.client.now + (self.client.settings.deadline if deadline is None else deadline)

    def _left(self, end: float) -> float:
        return end - self.client.now

    def _require_api(self, model_name: str, end: float) -> None:
        if not self._is_the_api:
            self._listed(float("-inf"), end)
        if not self._is_the_api:
            raise KeywordsAIError(
                f"{model_name} returned 404, and nothing shows that "
                f"{self.client.settings.base_url} is the Keywords AI API: it lists no model and "
                "returns no other one. Check keywordsai:baseUrl; if the model is gone, remove it "
                "from the state with `pulumi state delete`."
            )

    def _absent(self, model_name: str, listed: LiveList, end: float) -> Seen:
        """Return whether a name that the list lacks is free."""
        passes = [listed]
        if listed.listing.pages > 1 and listed.lacks(model_name):
            # Pages shift while they are read: a model that two passes lack does not exist.
            passes = self._two_passes(listed, end)
        once = listed.listing.pages > 1 and len(passes) < 2
        if once or not all(each.lacks(model_name) for each in passes):
            return self._ask(model_name, end)
        return Seen(None, passes[-1].listing.asked_at)

    def _two_passes(self, listed: LiveList, end: float) -> list[LiveList]:
        """Return the previous and the current list, listing once more if there is only one."""
        with self._listing:
            if self._list_before is None and self._list is listed:
                failure = self._list_now(end)
                if failure is not None:
                    raise failure
            return [each for each in (self._list_before, self._list) if each is not None]

    def _leaves_out(
        self, model: Model, fields: Collection[str], *, whole: bool, end: float
    ) -> bool:
        """Return whether the list may leave out values that a GET of the model returns."""
        keys = {"provider" if field in CUSTOM_PROVIDER_FIELDS else field for field in fields}
        wanted = keys | _ALL_HAVE if whole else keys
        absent = {field for field in wanted if field not in model}
        if absent & _DROPPED:
            absent -= self._probe(end)
        return bool(absent) or any(field in model and model[field] is None for field in keys)

    def _probe(self, end: float) -> frozenset[str]:
        """Return which fields this service has dropped, by asking for one built-in model.

        All or none: one model may also lack a field because it is not set there.
        """
        with self._probing:
            if self._dropped is None:
                self._dropped = frozenset()
                listed = self._list.models.items() if self._list else ()
                name = next((name for name, model in listed if is_built_in(model)), None)
                # The user did not ask for that model, so a failure to read it is not an error.
                with suppress(KeywordsAIError):
                    left = self._left(end)
                    built_in = self.client.find_model(name, deadline=left)[0] if name else None
                    if built_in is not None and not _DROPPED & built_in.keys():
                        self._dropped = _DROPPED
            return self._dropped

    def _built_in(self, model_name: str) -> bool:
        listed = self._list.models if self._list else {}
        if model_name in listed:
            return is_built_in(listed[model_name])
        if any(is_built_in(model) for model in listed.values()):
            return False
        # A list of own models, or no list: ask for the name itself, once.
        model = (self._single.get(model_name) or self.ask(model_name)).model
        return model is not None and is_built_in(model)

    def _listed(self, oldest: float, end: float) -> LiveList | None:
        """Return a list requested at `oldest` or later; None where the service has no list."""
        attempts = self._attempts
        with self._listing:
            if self._list is not None and self._list.listing.asked_at >= oldest:
                return self._list
            # Threads that waited for a list that failed share its failure, and do not retry.
            if attempts == self._attempts and not self._has_no_list:
                self._failure = self._list_now(end)
                self._attempts += 1
            if self._failure is not None:
                raise self._failure
            return self._list

    def _list_now(self, end: float) -> KeywordsAIError | None:
        try:
            listing = self.client.list_models(deadline=self._left(end))
        except NotFoundError:
            self._has_no_list = self._list is None
            return None
        except KeywordsAIError as error:
            return error
        latest = LiveList.from_listing(listing, self.client.now)
        self._list_before, self._list = self._list, latest
        self._is_the_api = self._is_the_api or bool(latest.models)
        return None
