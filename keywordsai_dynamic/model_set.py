"""ModelSet: many models in one resource, for catalogs of a hundred models or more."""

from collections.abc import Mapping
from typing import Any

from .dynamic.oldest_sdk import refuse_an_older_sdk

refuse_an_older_sdk()  # which may lack what is imported next

import pulumi
from pulumi.dynamic import Resource

from .core.kinds import MODEL_SET
from .core.names import COUNT_FIELDS, CUSTOM_PROVIDER_FIELDS, FLAG_FIELDS, MODELS
from .dynamic.program_config import refuse_unread_keys
from .dynamic.provider_references import note_model, refuse_deleted_with
from .dynamic.resource_note import ResourceNote, is_transformed, provider_of
from .dynamic.set_inputs import carried_models, hidden_of
from .dynamic.source_lines import nearest_lines
from .dynamic.wire import require_name

Models = pulumi.Input[Mapping[str, pulumi.Input[Mapping[str, Any]]]]

_WHOLE = (*COUNT_FIELDS, *FLAG_FIELDS)


class ModelSet(Resource):
    """Many custom models in one resource: what Pulumi spends on a resource, it spends once.

    Each model is adopted, refused, created, updated and deleted as a CustomModel would be. Options
    such as `protect` and `--target` are those of the whole set.
    """

    def __init__(
        self,
        resource_name: str,
        *,
        models: Models,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare models by their names, each a map of the fields of CustomModel.

        :param models: By model name its fields, such as `{"input_cost": 2.50}`: those that
            CustomModel takes, without `model_name`. Each value may be an Output or a secret.
        """
        require_name(resource_name)
        refuse_unread_keys()
        refuse_deleted_with(resource_name, opts, is_set=True)
        note = ResourceNote(resource_name, MODEL_SET)
        sent = carried_models(models)
        props = {MODELS: sent, **hidden_of(sent, resource_name, opts, note)}
        # As for single models, the parent's constructor is skipped: it would pickle the provider.
        with nearest_lines(callers=1):
            super(Resource, self).__init__(MODEL_SET.type, resource_name, props, opts)
        if is_transformed(self) or (opts is not None and opts.transforms):
            note.keep(transformed=True)
        note.add(provider=provider_of(self))
        for provider_id in _providers_in(sent):
            note_model(self, provider_id, opts)

    @property
    def models(self) -> pulumi.Output[dict[str, dict[str, Any]]]:
        """The declared fields of each model, with the values that the service returned."""
        models: pulumi.Output[dict[str, dict[str, Any]]] = self.__dict__[MODELS]
        return models.apply(_with_whole_numbers)


def _with_whole_numbers(models: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Make counts and flags whole again: the engine turns every number into a float."""
    return {
        name: {
            field: int(value) if field in _WHOLE and isinstance(value, float) else value
            for field, value in fields.items()
        }
        for name, fields in models.items()
    }


def _providers_in(models: object) -> list[object]:
    """Return the custom providers that a program names, each once."""
    if not isinstance(models, Mapping):
        return []
    named = [
        fields[field]
        for fields in models.values()
        if isinstance(fields, Mapping)
        for field in CUSTOM_PROVIDER_FIELDS
        if isinstance(fields.get(field), str)
    ]
    return list(dict.fromkeys(named))
