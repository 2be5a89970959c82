"""How answers are written: one form for each generation of the vendor's documentation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Generation = Literal["A", "B", "C", "D", "E"]
ListAnswer = Literal["array", "page", "not_found", "not_allowed"]
Rounds = Literal["always", "reads", "own reads"]
ListNames = Literal["model_name", "id"]
WriteAnswer = Literal["model", "202", "204"]
EndlessNext = Literal["no", "empty", "again"]
ProviderPost = Literal["upsert", "create"]
Echo = Literal["full", "masked", "partly", "varies", "absent", "no_extra_kwargs"]
ProviderPatch = Literal["replace", "merge"]
ProviderList = Literal["array", "page"]
ProviderDelete = Literal["cascades", "refuses", "orphans"]
ProviderKey = Literal["kept", "dropped"]
UnknownProvider = Literal["accepted", "refused"]
Asked = Literal[
    "read", "list", "write", "patch"
]  # the kind of request that a model is returned for

COSTS = ("input_cost", "output_cost", "cache_hit_input_cost", "cache_creation_input_cost")
COUNTS = ("max_context_window",)
FLAGS = ("streaming_support", "function_call", "image_support")

_BEFORE_E = (
    *("id", "model_name", "display_name", "base_model_name", "affiliation_category"),
    *COSTS,
    *(*COUNTS, *FLAGS, "source", "provider"),
)
_FROM_D = ("is_called_by_custom_name", "model_type", "supported_params")
_ABSENT_FROM_E = {"display_name", "streaming_support", "source"}

FIELDS: dict[Generation, tuple[str, ...]] = {
    "A": (*_BEFORE_E, "is_called_by_custom_name"),
    "B": (*_BEFORE_E, "is_called_by_custom_name"),
    "C": _BEFORE_E,
    "D": _BEFORE_E + _FROM_D + ("throughput", "created_at", "updated_at"),
    "E": tuple(name for name in _BEFORE_E if name not in _ABSENT_FROM_E) + _FROM_D,
}
BUILT_IN_CATEGORY: dict[Generation, str] = {
    "A": "keywordsai",
    "B": "respan",
    "C": "respan",
    "D": "respan",
    "E": "keywordsai",
}
_PROVIDER_FIELDS: dict[Generation, tuple[str, ...]] = {
    "A": ("id", "provider_id", "provider_name", "organization_id"),
    "B": ("id", "provider_id", "provider_name", "organization_id"),
    "C": ("id", "provider_id", "provider_name"),
    "D": ("id", "provider_id", "provider_name", "extra_kwargs", "created_at", "updated_at"),
    "E": ("id", "provider_id", "provider_name", "extra_kwargs"),
}
# The documented PATCH example of A and B leaves these out.
_ABSENT_FROM_PATCH_ANSWER = frozenset(
    {"cache_hit_input_cost", "cache_creation_input_cost", "is_called_by_custom_name"}
)
# None stands for what the generation does.
_ALLOWED: dict[str, tuple[str | None, ...]] = {
    "generation": get_args(Generation),
    "list_answer": get_args(ListAnswer),
    "rounds": get_args(Rounds),
    "write_answer": get_args(WriteAnswer),
    "list_names_by": get_args(ListNames),
    "endless_next": get_args(EndlessNext),
    "provider_post": (None, *get_args(ProviderPost)),
    "provider_echo": (None, *get_args(Echo)),
    "provider_in_models": get_args(Echo),
    "provider_patch": get_args(ProviderPatch),
    "provider_list": (None, *get_args(ProviderList)),
    "provider_delete": get_args(ProviderDelete),
    "provider_key": (None, *get_args(ProviderKey)),
    "unknown_provider": get_args(UnknownProvider),
}
_ECHO: dict[Generation, Echo] = {
    "A": "no_extra_kwargs",
    "B": "no_extra_kwargs",
    "C": "no_extra_kwargs",
    "D": "absent",
    "E": "full",
}


@dataclass
class Dialect:
    """What the API does where its docs contradict each other or say nothing; change it any time.

    `generation` is the docs generation whose response fields are sent: A (January 2026) to
    E (October 2026). `price_decimals` rounds the prices in answers. `prefix_base_names` returns
    `openai/gpt-4o` where `gpt-4o` was sent. `list_answer` is what `GET /api/models/` returns.
    `inherit_costs` copies unset costs from the base model; without it they are 0.
    `keep_omitted` keeps fields that a POST to an existing model omits; without it they are reset.

    `rounds` is "always" where `price_decimals` applies to every answer, "reads" where writes return
    exact prices, as if answered before they reach a database, and "own reads" where it applies only
    to reads of own models, as if the prices of built-in ones were code. `prices_as_text` writes
    costs as "2.5000000000". `own_category` is the `affiliation_category` of own models. `nulls` are
    fields that are null in every answer about an own model. `fixed` are values that every such
    answer has, whatever is stored: numbers and strings that no check accepts. `leaves_out_unset`
    omits fields that would be null. `base_not_found` is the error for an unknown base; it may quote
    `{base_model_name}`. `write_answer` is what an upsert returns: the model, or this status and no
    body. `lowers_names` stores and returns model names in lower case, and ignores case in requests.

    These are about lists. `list_leaves_out` are fields that list items lack; with
    `list_names_by="id"` they lack `model_name`. `list_hides` are models that only a GET by name
    finds, and `counts_hidden` is whether lists count them. `all_is_ignored` pages in spite of
    `?all=true`. Without `tells_next` the `next` of every page is null. With `endless_next` every
    page has a `next`, and the pages after the last are empty or start over. `list_lags` delays
    lists: they show the organization's own models as of so many seconds ago.

    The rest is about `/api/providers/`; None leaves it to the generation. `provider_post` is
    "upsert" (A to C), or "create" (D, E), which refuses an id that exists. `provider_echo` is how
    answers show the credentials in `extra_kwargs`: in "full" (E), "masked" (`sk-…abcd`), "partly"
    (the first half), "varies" (masked anew in every answer), or "absent" (D); "no_extra_kwargs"
    leaves out the whole map (A to C). `provider_in_models` is the same for the provider in a
    model, where only D and E show the map. `provider_patch` says whether a PATCH replaces
    `extra_kwargs` or is merged into it. `provider_list` is "array" (A to D) or "page" (E).
    `provider_delete` says what becomes of models: they are deleted too ("cascades"), they stop the
    deletion ("refuses"), or they lose their provider ("orphans"). `provider_key` is "kept" where
    a top-level `api_key` is stored (A to D) and "dropped" where it is ignored (E).
    `unknown_provider` says whether a model may name a provider that does not exist.
    """

    generation: Generation = "A"
    price_decimals: int | None = None
    prefix_base_names: bool = False
    list_answer: ListAnswer = "array"
    page_size: int = 100
    max_page_size: int = 100
    refuse_negative_costs: bool = False
    inherit_costs: bool = True
    keep_omitted: bool = True
    rounds: Rounds = "always"
    prices_as_text: bool = False
    own_category: str = "custom"
    nulls: frozenset[str] = frozenset()
    fixed: Mapping[str, Any] = field(default_factory=dict)
    leaves_out_unset: bool = False
    base_not_found: str = "Base model not found"
    write_answer: WriteAnswer = "model"
    lowers_names: bool = False
    list_leaves_out: frozenset[str] = frozenset()
    list_names_by: ListNames = "model_name"
    list_hides: frozenset[str] = frozenset()
    counts_hidden: bool = True
    all_is_ignored: bool = False
    tells_next: bool = True
    endless_next: EndlessNext = "no"
    list_lags: float = 0.0
    provider_post: ProviderPost | None = None
    provider_echo: Echo | None = None
    provider_in_models: Echo = "absent"
    provider_patch: ProviderPatch = "replace"
    provider_list: ProviderList | None = None
    provider_delete: ProviderDelete = "cascades"
    provider_key: ProviderKey | None = None
    unknown_provider: UnknownProvider = "accepted"

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse a misspelled setting, which would otherwise have no effect, silently."""
        if name not in self.__dataclass_fields__:
            raise AttributeError(f"the emulator's dialect has no setting {name!r}")
        if name in _ALLOWED and value not in _ALLOWED[name]:
            allowed = ", ".join(map(str, _ALLOWED[name]))
            raise ValueError(f"{name} is one of {allowed}, not {value!r}")
        super().__setattr__(name, value)

    @property
    def merges_overrides_on_patch(self) -> bool:
        """A and B document that PATCH merges `supported_params_override`, E that it replaces it."""
        return self.generation in ("A", "B")

    @property
    def needs_provider_or_base(self) -> bool:
        """Only E documents that a model needs a provider unless it has a base."""
        return self.generation == "E"

    @property
    def hides_vendors(self) -> bool:
        """The list example of A and B shows no provider for a built-in model."""
        return self.generation in ("A", "B")

    @property
    def counts_the_page(self) -> bool:
        """In E `count` is the number of results on the page, before that the total."""
        return self.generation == "E"

    @property
    def upserts_providers(self) -> bool:
        """A to C document that the POST of a provider that exists updates it."""
        return (self.provider_post or ("create" if self._from_d else "upsert")) == "upsert"

    @property
    def echo(self) -> Echo:
        """How answers show the credentials of a provider."""
        return self.provider_echo or _ECHO[self.generation]

    @property
    def pages_providers(self) -> bool:
        """In E the list of providers is a page, before that an array."""
        return (self.provider_list or ("page" if self.generation == "E" else "array")) == "page"

    @property
    def keeps_top_level_key(self) -> bool:
        """E no longer knows a provider's top-level `api_key`, and drops it without a word."""
        return (self.provider_key or ("dropped" if self.generation == "E" else "kept")) == "kept"

    @property
    def put_needs_provider_name(self) -> bool:
        """Only E requires `provider_name` in the PUT of a provider."""
        return self.generation == "E"

    @property
    def refuses_others_providers(self) -> bool:
        """Only E documents a 403 for reading a provider; before that another's is not found."""
        return self.generation == "E"

    @property
    def _from_d(self) -> bool:
        return self.generation in ("D", "E")

    def named(self, model_name: str) -> str:
        """Return the name under which a model of this name is stored and found."""
        return model_name.lower() if self.lowers_names else model_name

    def cost(self, value: float, asked: Asked = "read", *, own: bool = False) -> float | str:
        """Return one price of an own or a built-in model, in USD per million tokens."""
        read = asked in ("read", "list") and (own or self.rounds == "reads")
        rounded = self.rounds == "always" or read
        if self.price_decimals is not None and rounded:
            value = round(value, self.price_decimals)
        if self.prices_as_text:
            return f"{value:.10f}"
        # The examples of D show whole prices without a decimal point.
        return int(value) if self.generation == "D" and value == int(value) else value

    def write(self, facts: dict[str, Any], asked: Asked = "read") -> dict[str, Any]:
        """Return a model as this generation shows it, from everything the backend knows of it."""
        left_out = self._left_out(asked)
        written = {name: facts[name] for name in FIELDS[self.generation]}
        own = facts["source"] == "db"
        written.update({name: self.cost(facts[name], asked, own=own) for name in COSTS})
        provider = written["provider"]
        if provider is not None:
            fields = _PROVIDER_FIELDS[self.generation]
            written["provider"] = {name: provider[name] for name in fields if name in provider}
        if own:
            written.update({**self.fixed, **dict.fromkeys(self.nulls)})
        return self.present({name: written[name] for name in written if name not in left_out})

    def present(self, written: dict[str, Any]) -> dict[str, Any]:
        """Return a model without its null fields, where the service omits unset fields."""
        if not self.leaves_out_unset:
            return written
        return {name: value for name, value in written.items() if value is not None}

    def _left_out(self, asked: Asked) -> frozenset[str]:
        if asked == "list":
            return self.list_leaves_out | ({"model_name"} if self.list_names_by == "id" else set())
        patched = asked == "patch" and self.generation in ("A", "B")
        return _ABSENT_FROM_PATCH_ANSWER if patched else frozenset()
