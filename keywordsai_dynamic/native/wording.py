"""How programs in YAML and other languages declare a model, for the messages of the lifecycle."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace

from ..core.camel_case import camel_case
from ..core.kinds import MODEL
from ..lifecycle.wording import Wording


def _declare(field: str, value: object) -> str:
    return f"{camel_case(field)}: {json.dumps(value, ensure_ascii=False)}"


def _import_commands(model_name: str, resource_name: str) -> str:
    names = f"{shlex.quote(resource_name)} {shlex.quote(model_name)}"
    return f"pulumi import {MODEL.native_type} {names} --generate-code=false --protect=false --yes"


def _alias(urn: str | None) -> str:
    # YAML takes no alias but a whole URN; other languages take that as well.
    others, _, _ = (urn or "").rpartition("::")
    return f'options: {{aliases: ["{others}::OLD-NAME"]}}'


CAMEL = Wording(
    field=camel_case,
    declare=_declare,
    alias=_alias,
    plain_name="must not be secret: it is the resource's id, which every state and message shows",
    import_commands=_import_commands,
)
"""The words of the native plugin: fields in camelCase, declarations as in YAML."""

OF_AN_EXPLICIT_PROVIDER = replace(CAMEL, import_commands=lambda _model, _resource: "")
"""The same where a program declares the provider itself: an import would take the default one."""
