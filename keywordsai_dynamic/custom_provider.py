"""CustomProvider: the endpoint behind a model, as a Pulumi program declares it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from .dynamic.oldest_sdk import refuse_an_older_sdk

refuse_an_older_sdk()  # which may lack what is imported next

import pulumi
from pulumi.dynamic import Resource

from .core.kinds import PROVIDER
from .core.names import CUSTOM_PROVIDER_TYPE
from .dynamic import hidden_inputs, native_alias
from .dynamic.program_config import refuse_unread_keys
from .dynamic.provider_references import note_provider
from .dynamic.resource_note import ResourceNote, is_transformed, provider_of
from .dynamic.source_lines import nearest_lines
from .dynamic.wire import carried, require_name, require_text


class CustomProvider(Resource):
    """A custom provider of the Keywords AI organization: an endpoint of your own for models.

    Give its `provider_id` output to models as `custom_provider_id`, so that Pulumi creates it
    before them and deletes it after them.
    API page: https://docs.keywordsai.co/api-endpoints/manage/providers/create
    """

    if TYPE_CHECKING:
        provider_id: pulumi.Output[str]
        provider_name: pulumi.Output[str]
        base_url: pulumi.Output[str | None]
        api_key: pulumi.Output[str | None]
        timeout: pulumi.Output[float | None]
        extra_kwargs: pulumi.Output[dict[str, Any] | None]

    def __init__(
        self,
        resource_name: str,
        *,
        provider_id: pulumi.Input[str] | None = None,
        provider_name: pulumi.Input[str],
        base_url: pulumi.Input[str] | None = None,
        api_key: pulumi.Input[str] | None = None,
        timeout: pulumi.Input[float | int] | None = None,
        extra_kwargs: pulumi.Input[Mapping[str, Any]] | None = None,
        overwrite_existing: pulumi.Input[bool] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a provider; `None` means not declared.

        Raises RunError for the option `delete_before_replace`: models would be left without it.

        :param provider_id: Unique ID within the organization; models refer to it as
            custom_provider_id. Defaults to `resource_name`. Changing it creates a new provider and
            deletes the old one.
        :param provider_name: Name shown to people.
        :param base_url: Address of the OpenAI-compatible endpoint, such as
            https://llm.acme.example/v1.
        :param api_key: Key of the endpoint; always a secret.
        :param timeout: Longest time for a call, in seconds.
        :param extra_kwargs: Whatever else the endpoint takes; declare secret values as secrets.
            Wrap them in pulumi.Output.secret.
        :param overwrite_existing: Overwrite an existing provider whose values differ, instead of
            refusing. Not sent. Changing this alone changes nothing.
        """
        fields = {
            "provider_id": resource_name if provider_id is None else provider_id,
            "provider_name": provider_name,
            "base_url": base_url,
            "api_key": api_key,
            "timeout": timeout,
            "extra_kwargs": extra_kwargs,
            "overwrite_existing": overwrite_existing,
        }
        require_name(resource_name)
        refuse_unread_keys()
        if opts is not None and opts.delete_before_replace:
            raise pulumi.RunError(
                f"CustomProvider {resource_name}: delete_before_replace would leave its models "
                "without a provider; remove it."
            )
        props = {name: carried(name, value) for name, value in fields.items() if value is not None}
        if api_key is not None:
            props["api_key"] = pulumi.Output.secret(props["api_key"])
        note = ResourceNote(resource_name, PROVIDER)
        hidden = hidden_inputs.for_a_declaration(props, resource_name, opts, note)
        # As for models, the parent's constructor is skipped: it would pickle the provider.
        with nearest_lines(callers=1):
            super(Resource, self).__init__(
                CUSTOM_PROVIDER_TYPE,
                resource_name,
                hidden | props,
                native_alias.options(opts, PROVIDER),
            )
        if is_transformed(self) or (opts is not None and opts.transforms):
            note.keep(transformed=True)
        note.add(name=props["provider_id"], provider=provider_of(self))
        note_provider(self, resource_name, props["provider_id"])

    @classmethod
    def get(
        cls,
        resource_name: str,
        provider_id: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> Self:
        """Read an existing provider without managing it; its key is never read.

        No operation on the stack changes or deletes it. If the provider does not exist, the preview
        fails.
        """
        require_name(resource_name)
        refuse_unread_keys()
        require_text("provider_id", provider_id)
        provider, note = cls.__new__(cls), ResourceNote(resource_name, PROVIDER)
        name = hidden_inputs.in_plain(PROVIDER, provider_id)
        read = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=name))
        props = {**hidden_inputs.for_a_read(PROVIDER, opts), "provider_id": name}
        with nearest_lines(callers=1):
            super(Resource, provider).__init__(CUSTOM_PROVIDER_TYPE, resource_name, props, read)
        hidden_inputs.note_read(provider, resource_name, provider_id, opts, note)
        return provider
