"""CustomModel: what a Pulumi program declares."""

import asyncio
import json
from collections.abc import Coroutine, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from .dynamic.oldest_sdk import refuse_an_older_sdk

refuse_an_older_sdk()  # which may lack what is imported next

import pulumi
from pulumi.dynamic import Resource
from pulumi.runtime.resource import all_aliases

from .core.names import (
    ANSWERED,
    API_FIELDS,
    NAME_IN_PLAIN,
    PICKLED_PROVIDER,
    PROVIDER,
    READ_ONLY,
    SECRET_FIELDS,
    TYPE,
    URN,
)
from .dynamic.program_config import refuse_unread_keys
from .dynamic.resource_note import ResourceNote, is_transformed, may_be_transformed, provider_of
from .dynamic.source_lines import nearest_lines
from .dynamic.wire import carried, require_name, require_text

Price = pulumi.Input[float | int | Decimal | str]
Flag = pulumi.Input[bool | int]


_MAY_BE_SECRET = [name for name in API_FIELDS if name != "model_name"]
"""What counts as secret under a transform: what it makes secret, the engine alone knows."""

_NOTING: set["asyncio.Future[object]"] = set()


def _whole(name: str) -> property:
    """Make an output of whole numbers, because every number comes from the engine as a float.

    As an annotation the type would be read anew for every resource: a millisecond for each model.
    """

    @pulumi.getter(name=name)
    def output(model: "CustomModel") -> pulumi.Output[int | None]:
        return model._output(name)

    return property(output)


class CustomModel(Resource):
    """A custom LLM model of the Keywords AI organization: its prices and capabilities.

    What is not declared is left to the service: inherited from the base model, or kept as it is.
    API page: https://docs.keywordsai.co/api-endpoints/manage/models/custom-models/create
    """

    if TYPE_CHECKING:
        model_name: pulumi.Output[str]
        base_model_name: pulumi.Output[str | None]
        display_name: pulumi.Output[str | None]
        custom_provider_id: pulumi.Output[str | None]
        provider_id: pulumi.Output[str | None]
        input_cost: pulumi.Output[float | None]
        output_cost: pulumi.Output[float | None]
        cache_hit_input_cost: pulumi.Output[float | None]
        cache_creation_input_cost: pulumi.Output[float | None]
        max_context_window: pulumi.Output[int | None]
        streaming_support: pulumi.Output[int | None]
        function_call: pulumi.Output[int | None]
        image_support: pulumi.Output[int | None]
        supported_params_override: pulumi.Output[dict[str, Any] | None]
        model_id: pulumi.Output[str | None]
        affiliation_category: pulumi.Output[str | None]
        source: pulumi.Output[str | None]
        provider_name: pulumi.Output[str | None]
    else:
        max_context_window = _whole("max_context_window")
        streaming_support = _whole("streaming_support")
        function_call = _whole("function_call")
        image_support = _whole("image_support")

        def __getattr__(self, name):  # noqa: ANN001, ANN204  # typed above
            if name in (*API_FIELDS, *READ_ONLY):
                return self._output(name)
            raise AttributeError(f"{type(self).__name__} has no output {name!r}")

    def __init__(
        self,
        resource_name: str,
        *,
        model_name: pulumi.Input[str] | None = None,
        base_model_name: pulumi.Input[str] | None = None,
        display_name: pulumi.Input[str] | None = None,
        custom_provider_id: pulumi.Input[str | int] | None = None,
        provider_id: pulumi.Input[str | int] | None = None,
        input_cost: Price | None = None,
        output_cost: Price | None = None,
        cache_hit_input_cost: Price | None = None,
        cache_creation_input_cost: Price | None = None,
        max_context_window: pulumi.Input[int | str] | None = None,
        streaming_support: Flag | None = None,
        function_call: Flag | None = None,
        image_support: Flag | None = None,
        supported_params_override: pulumi.Input[Mapping[str, Any]] | None = None,
        overwrite_existing: pulumi.Input[bool] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a model; `None` means not declared, and 0 means free.

        :param model_name: Unique name in the organization; `resource_name` where it is left out. A
            change of it makes a new model and deletes the old one.
        :param base_model_name: Built-in or custom model to inherit properties from.
        :param display_name: Name for people.
        :param custom_provider_id: Custom provider that serves the model: provider id or number.
        :param provider_id: The API's other word for the same; declare one of the two.
        :param input_cost: USD per million input tokens.
        :param output_cost: USD per million output tokens.
        :param cache_hit_input_cost: USD per million input tokens read from the cache.
        :param cache_creation_input_cost: USD per million input tokens written to the cache.
        :param max_context_window: Largest context, in tokens.
        :param streaming_support: Whether answers can be streamed: True or False, 1 or 0.
        :param function_call: Whether functions (tools) can be called: True or False, 1 or 0.
        :param image_support: Whether images are understood: True or False, 1 or 0.
        :param supported_params_override: Parameters that the Playground offers, as a whole map.
        :param overwrite_existing: Overwrite a model that exists with other values, instead of
            refusing. Changing this alone changes nothing.
        """
        fields = {
            "model_name": resource_name if model_name is None else model_name,
            "base_model_name": base_model_name,
            "display_name": display_name,
            "custom_provider_id": custom_provider_id,
            "provider_id": provider_id,
            "input_cost": input_cost,
            "output_cost": output_cost,
            "cache_hit_input_cost": cache_hit_input_cost,
            "cache_creation_input_cost": cache_creation_input_cost,
            "max_context_window": max_context_window,
            "streaming_support": streaming_support,
            "function_call": function_call,
            "image_support": image_support,
            "supported_params_override": supported_params_override,
            "overwrite_existing": overwrite_existing,
        }
        require_name(resource_name)
        refuse_unread_keys()
        props = {name: carried(name, value) for name, value in fields.items() if value is not None}
        note = ResourceNote(resource_name)
        props |= _hidden(props, resource_name, opts, note)
        # Not through the parent's constructor, which pickles the provider for every resource, and
        # changes Python's pickler for good: from the 320th on, another provider that is pickled by
        # value dies of it (RecursionError).
        with nearest_lines(callers=1):
            super(Resource, self).__init__(TYPE, resource_name, props, opts)
        if is_transformed(self) or (opts is not None and opts.transforms):
            note.keep(transformed=True)
        note.add(model_name=props["model_name"], provider=provider_of(self))

    @classmethod
    def get(
        cls,
        resource_name: str,
        model_name: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> Self:
        """Read a model that exists, own or built-in, without owning it.

        Nothing that happens to the stack changes or deletes it. A model that does not exist fails
        the preview.
        """
        require_name(resource_name)
        refuse_unread_keys()
        require_text("model_name", model_name)
        name = _in_plain(model_name) if isinstance(model_name, pulumi.Output) else model_name
        model, note = cls.__new__(cls), ResourceNote(resource_name)
        read = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=name))
        props: dict[str, Any] = {"model_name": name, PROVIDER: PICKLED_PROVIDER, ANSWERED: None}
        if secret := _secret_outputs(opts):
            props[SECRET_FIELDS] = secret
        with nearest_lines(callers=1):
            super(Resource, model).__init__(TYPE, resource_name, props, read)
        if note.is_kept:
            urn = _urn(resource_name, opts or pulumi.ResourceOptions(), note)
            note.add(model_name=model_name, provider=provider_of(model), owns=False)
            if not isinstance(urn, str):
                _note_later(urn)
            if isinstance(model_name, pulumi.Output):
                _note_later(_note_name(model_name, note))
        return model

    def _output(self, name: str) -> pulumi.Output[Any]:
        """Return the output that the SDK made of a declared field, or pick an answered value."""
        declared: pulumi.Output[Any] | None = self.__dict__.get(name)
        if declared is not None:
            return declared
        answered: pulumi.Output[str | None] = self.__dict__[ANSWERED]
        return answered.apply(lambda text: json.loads(text or "{}").get(name))


def _hidden(
    props: Mapping[str, Any],
    resource_name: str,
    opts: pulumi.ResourceOptions | None,
    note: ResourceNote,
) -> dict[str, Any]:
    """Tell the provider what it is not told otherwise: the URN, and which fields are secret."""
    urn = _urn(resource_name, opts or pulumi.ResourceOptions(), note)
    hidden: dict[str, Any] = {URN: urn, PROVIDER: PICKLED_PROVIDER, ANSWERED: None}
    if may_be_transformed(opts):
        hidden[SECRET_FIELDS] = _MAY_BE_SECRET
        return hidden
    outputs = {name: value for name, value in props.items() if isinstance(value, pulumi.Output)}
    as_outputs = _secret_outputs(opts)
    if outputs or (opts is not None and opts.parent is not None):
        hidden[SECRET_FIELDS] = _secret_names(outputs, as_outputs, opts, note)
    elif as_outputs:
        hidden[SECRET_FIELDS] = as_outputs
    return hidden


def _secret_outputs(opts: pulumi.ResourceOptions | None) -> list[str]:
    """Name the fields that the program wants to be secret as outputs."""
    named = set(opts.additional_secret_outputs or ()) if opts else set()
    return sorted(named & {*API_FIELDS, *READ_ONLY} - {"model_name"})


def _note_later(noting: Coroutine[Any, Any, object]) -> None:
    """Let something be noted when it is known, beside the program."""
    task = asyncio.ensure_future(noting)
    _NOTING.add(task)  # asyncio itself holds tasks weakly
    task.add_done_callback(_NOTING.discard)


def _in_plain(model_name: pulumi.Output[str]) -> pulumi.Output[str]:
    """Refuse a name when it is known to be secret; the SDK dies of an id that is."""

    def plain(known: Sequence[Any]) -> str:
        name, secret = known
        if secret:
            raise pulumi.RunError(f"model_name {NAME_IN_PLAIN}")
        return str(name)

    shown = pulumi.Output.unsecret(model_name)
    return pulumi.Output.all(shown, model_name.is_secret()).apply(plain)


def _urn(
    resource_name: str, opts: pulumi.ResourceOptions, note: ResourceNote
) -> str | Coroutine[Any, Any, str | None]:
    if opts.parent is not None or opts.aliases:
        return _noted_urn(resource_name, opts, note)
    # What `create_urn` gives, without the futures that it makes.
    urn = f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{TYPE}::{resource_name}"
    note.keep(urn=urn)
    return urn


async def _noted_urn(
    resource_name: str, opts: pulumi.ResourceOptions, note: ResourceNote
) -> str | None:
    # Bare values: as Outputs they depend on the parent, which depends on its children.
    urn = await pulumi.create_urn(resource_name, TYPE, opts.parent).future()
    aliases = all_aliases(opts.aliases, resource_name, TYPE, opts.parent)
    earlier = [await pulumi.Output.from_input(alias).future() for alias in aliases]
    note.add(urn=urn, aliases=[alias for alias in earlier if alias is not None])
    return urn


async def _secret_names(
    outputs: Mapping[str, pulumi.Output[Any]],
    named: list[str],
    opts: pulumi.ResourceOptions | None,
    note: ResourceNote,
) -> list[str]:
    secret = [*named, *[name for name, output in outputs.items() if await output.is_secret()]]
    if "model_name" in outputs:
        await _note_name(outputs["model_name"], note)
    if opts is not None and opts.parent is not None:
        await opts.parent.urn.future()  # with it, its transforms are known
        if may_be_transformed(opts):
            return _MAY_BE_SECRET
    return secret


async def _note_name(model_name: pulumi.Output[str], note: ResourceNote) -> None:
    if not await model_name.is_secret():
        note.add(model_name=await model_name.future())
