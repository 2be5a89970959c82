"""CustomModel: what a Pulumi program declares."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from .dynamic.oldest_sdk import refuse_an_older_sdk

refuse_an_older_sdk()  # which may lack what is imported next

import pulumi
from pulumi.dynamic import Resource

from .core.kinds import MODEL
from .core.names import ANSWERED, API_FIELDS, COUNT_FIELDS, FLAG_FIELDS, READ_ONLY, TYPE
from .dynamic import hidden_inputs, native_alias
from .dynamic.program_config import refuse_unread_keys
from .dynamic.provider_references import note_model, refuse_deleted_with
from .dynamic.resource_note import ResourceNote, is_transformed, provider_of
from .dynamic.source_lines import nearest_lines
from .dynamic.wire import carried, require_name, require_text

Price = pulumi.Input[float | int | Decimal | str]
Flag = pulumi.Input[bool | int]


class CustomModel(Resource):
    """A custom LLM model of the Keywords AI organization: its prices and capabilities.

    The service decides on fields that are not declared: it inherits them from the base model, or
    leaves them unchanged.
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

        :param model_name: Unique name within the organization, used in API calls; may contain
            slashes. Defaults to `resource_name`. Changing it creates a new model and deletes the
            old one.
        :param base_model_name: Built-in or custom model to inherit properties from.
        :param display_name: Name shown to people.
        :param custom_provider_id: Custom provider that serves the model: its provider ID or its
            number.
        :param provider_id: Alias of custom_provider_id; declare only one of the two.
        :param input_cost: USD per million input tokens; 0 means free.
        :param output_cost: USD per million output tokens; 0 means free.
        :param cache_hit_input_cost: USD per million input tokens read from the cache.
        :param cache_creation_input_cost: USD per million input tokens written to the cache.
        :param max_context_window: Maximum context size, in tokens.
        :param streaming_support: Whether responses can be streamed.
        :param function_call: Whether the model can call functions (tools).
        :param image_support: Whether the model understands images.
        :param supported_params_override: Parameters that the Playground offers; replaces the whole
            map.
        :param overwrite_existing: Overwrite an existing model whose values differ, instead of
            refusing. Not sent. Changing this alone changes nothing.
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
        refuse_deleted_with(resource_name, opts)
        props = {name: carried(name, value) for name, value in fields.items() if value is not None}
        note = ResourceNote(resource_name, MODEL)
        props |= hidden_inputs.for_a_declaration(props, resource_name, opts, note)
        # Skip the parent's constructor, which pickles the provider for every resource and patches
        # Python's pickler each time: from the 320th resource on, pickling any other provider by
        # value fails (RecursionError).
        with nearest_lines(callers=1):
            super(Resource, self).__init__(
                TYPE, resource_name, props, native_alias.options(opts, MODEL)
            )
        if is_transformed(self) or (opts is not None and opts.transforms):
            note.keep(transformed=True)
        note.add(name=props["model_name"], provider=provider_of(self))
        note_model(self, props.get("custom_provider_id", props.get("provider_id")), opts)

    @classmethod
    def get(
        cls,
        resource_name: str,
        model_name: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> Self:
        """Read an existing model, own or built-in, without managing it.

        No operation on the stack changes or deletes it. If the model does not exist, the preview
        fails.
        """
        require_name(resource_name)
        refuse_unread_keys()
        require_text("model_name", model_name)
        model, note = cls.__new__(cls), ResourceNote(resource_name, MODEL)
        name = hidden_inputs.in_plain(MODEL, model_name)
        read = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=name))
        props = {"model_name": name, **hidden_inputs.for_a_read(MODEL, opts)}
        with nearest_lines(callers=1):
            super(Resource, model).__init__(TYPE, resource_name, props, read)
        hidden_inputs.note_read(model, resource_name, model_name, opts, note)
        return model

    def _output(self, name: str) -> pulumi.Output[Any]:
        """Return the SDK's output of a declared field; of others, the value that was returned."""
        declared: pulumi.Output[Any] | None = self.__dict__.get(name)
        if declared is not None:
            return declared
        answered: pulumi.Output[str | None] = self.__dict__[ANSWERED]
        return answered.apply(lambda text: json.loads(text or "{}").get(name))


def _whole(name: str) -> property:
    """Return an output of whole numbers: the engine turns every number into a float.

    A type annotation would do too, but the SDK evaluates it anew for every resource (1 ms each).
    """

    @pulumi.getter(name=name)
    def output(model: CustomModel) -> pulumi.Output[int | None]:
        return model._output(name)

    return property(output)


for _name in (*COUNT_FIELDS, *FLAG_FIELDS):
    setattr(CustomModel, _name, _whole(_name))
