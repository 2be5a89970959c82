"""CustomModel: what a Pulumi program declares."""

import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any, Self

import pulumi
from pulumi.dynamic import Resource

from .provider import custom_model_provider
from .schema import API_FIELDS
from .state import READ_ONLY, SECRET_FIELDS, TYPE, URN

Price = pulumi.Input[float | int | Decimal | str]
Flag = pulumi.Input[bool | int]


class CustomModel(Resource, module="keywordsai", name="CustomModel"):
    """A custom LLM model of the Keywords AI organization: its prices and capabilities.

    What is not declared is left to the service: inherited from the base model, or kept as it is.
    API page: https://docs.keywordsai.co/api-endpoints/manage/models/custom-models/create
    """

    # The SDK reads annotations anew for every resource, to make an int of the engine's 128000.0.
    # What needs no such help is spared: it would cost a millisecond for each model.
    max_context_window: pulumi.Output[int | None]
    streaming_support: pulumi.Output[int | None]
    function_call: pulumi.Output[int | None]
    image_support: pulumi.Output[int | None]
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
        supported_params_override: pulumi.Output[dict[str, Any] | None]
        model_id: pulumi.Output[str | None]
        affiliation_category: pulumi.Output[str | None]
        source: pulumi.Output[str | None]
        provider_name: pulumi.Output[str | None]

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
        props = {name: _wire(name, value) for name, value in fields.items()}
        props |= _hidden(props, resource_name, opts)
        with _pickler_left_alone():
            super().__init__(custom_model_provider, resource_name, _named(**props), opts)

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
        model = cls.__new__(cls)
        read = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=model_name))
        with _pickler_left_alone():
            Resource.__init__(
                model, custom_model_provider, resource_name, _named(model_name=model_name), read
            )
        return model


def _named(**props: object) -> dict[str, Any]:
    """Name every output, because the SDK makes an attribute of what is named, answered or not."""
    return dict.fromkeys((*API_FIELDS, *READ_ONLY)) | props


def _wire(name: str, value: object) -> object:
    """Bring a value into a form that the SDK can carry and that `check` can still judge."""
    if isinstance(value, pulumi.Output):
        return value.apply(lambda known: _wire(name, known))
    if isinstance(value, Decimal) or (isinstance(value, float) and not isfinite(value)):
        return str(value)  # exact; and a NaN would break the wire before `check` can name it
    if name == "supported_params_override":
        _refuse_what_gets_lost(name, value)
    return value


def _refuse_what_gets_lost(path: str, value: object) -> None:
    """Refuse, inside a map, what Pulumi would drop or break before `check` could name it."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            _refuse_what_gets_lost(f"{path}[{key!r}]", item)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _refuse_what_gets_lost(f"{path}[{index}]", item)
    elif value is None and "[" in path:
        raise pulumi.RunError(f"{path} is None, which Pulumi drops on its way; leave it out.")
    elif isinstance(value, Decimal) or (isinstance(value, float) and not isfinite(value)):
        raise pulumi.RunError(f"{path} is {value!r}; write an int, or a float that is finite.")


def _hidden(
    props: Mapping[str, Any], resource_name: str, opts: pulumi.ResourceOptions | None
) -> dict[str, Any]:
    """Tell the provider what it is not told otherwise: the URN, and which fields are secret."""
    hidden: dict[str, Any] = {URN: _urn(resource_name, opts.parent if opts is not None else None)}
    outputs = {
        name: pulumi.Output.from_input(value)
        for name, value in props.items()
        if isinstance(value, pulumi.Output | dict)
    }
    if outputs:
        hidden[SECRET_FIELDS] = _secret_names(outputs)
    return hidden


def _urn(resource_name: str, parent: pulumi.Resource | None) -> pulumi.Input[str | None]:
    if parent is None:  # what `create_urn` gives, without the futures that it makes
        return f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{TYPE}::{resource_name}"
    # Its bare value: as an Output it depends on the parent, which depends on its children.
    return pulumi.create_urn(resource_name, TYPE, parent).future()


async def _secret_names(outputs: Mapping[str, pulumi.Output[Any]]) -> list[str]:
    return [name for name, output in outputs.items() if await output.is_secret()]


@contextmanager
def _pickler_left_alone() -> Iterator[None]:
    """Take back what the SDK does to `pickle` at each resource and never undoes.

    From the 320th resource on, a neighbour's provider that is pickled by value dies of it with a
    RecursionError (pulumi SDK, `serialize_provider`).
    """
    pickler = pickle._Pickler
    methods = {name: getattr(pickler, name) for name in ("_batch_setitems", "save_dict")}
    try:
        yield
    finally:
        for name, method in methods.items():
            setattr(pickler, name, method)
