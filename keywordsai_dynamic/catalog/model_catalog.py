"""ModelCatalog: many models from data, one base for all stacks and what each stack has different.

Everything is validated in the program, so that all mistakes of all models are shown at once: the
engine would show those of one resource.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Self

import pulumi

from ..core.config_keys import MODELS
from ..core.errors import DeclarationError
from ..custom_model import CustomModel
from ..dynamic.program_config import refuse_unread_keys
from ..files.reader import from_json, without_shared
from ..lifecycle.this_run import config_file, is_below_the_cli
from ..prices.listing import Listing, today
from .layers import Entries, Finding, Layer, Secret, overlay
from .program_prices import tell
from .pulumi_yaml import MisreadError
from .resolve_model import settle
from .stack_files import (
    accepted,
    file_layer,
    program_folder,
    project_folder,
    secrets_marked,
    stack_config,
    stack_file,
)


@dataclass(frozen=True)
class ModelCatalog:
    """Models with their fields, checked, by model_name.

    A cost is written as a number of USD per million tokens, as text, or with its unit:
    `{per_1k: 0.0025}`. Instead of costs there may be `list_price: openai/gpt-4o`, with
    `markup: 20%` or `discount: 15%`; a cost that is written out beats it. Each way to make a
    catalog raises DeclarationError with a line for each mistake: file, model, field, what to do,
    what was found.
    """

    models: Mapping[str, Mapping[str, Any]]
    listed: Mapping[str, Listing] = field(default_factory=dict)
    """The list prices that models were written with, by model_name; with markup and discount."""
    changes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Sentences on list prices of models that change within 30 days, by model_name."""

    @classmethod
    def from_config(cls, base: str | Path | None = None) -> Self:
        """Read the stack's `keywordsai:models`, laid over a base file field by field.

        `base` is a YAML, JSON or CSV file, relative to the program's folder. `null` in the stack
        takes a field or a model away. Secrets stay secrets; where the file in use cannot be found,
        and some of it is secret, all of it is taken for secret. Where it is found, it is held to
        the same rules as by the commands: what Pulumi reads otherwise than it is written is
        refused.
        """
        file, origin = _configuration(pulumi.get_stack())
        refuse_unread_keys()
        layers = [] if base is None else [file_layer(Path(base))]
        text = pulumi.Config("keywordsai").get("models") or ""
        models = from_json(text, f"{origin}: {MODELS}") if text.strip() else None
        if models is not None:
            secret = pulumi.runtime.is_config_secret(MODELS)
            marked = secrets_marked(models, file) if secret else models
            layers.append(Layer(origin, without_shared(marked)))
        if not layers:
            raise DeclarationError(_no_models(origin))
        return cls.from_layers(layers)

    @classmethod
    def from_file(cls, path: str | Path) -> Self:
        """Read one YAML or JSON file, a map of model names to their fields, or a CSV table.

        In a map, keys that begin with `x-` or `.` and hold no slash are places for shared values.
        A table has a column `model_name`, and one for each field; an empty cell is not declared.
        """
        return cls.from_layers([file_layer(Path(path))])

    @classmethod
    def from_dict(cls, models: Mapping[str, Mapping[str, Any]]) -> Self:
        """Take models from code; values may be Outputs, which are checked when they are known."""
        return cls.from_layers([Layer("from_dict", models)])

    @classmethod
    def from_layers(cls, layers: Sequence[Layer], day: date | None = None) -> Self:
        """Check and join what several files say, later ones over earlier ones.

        List prices are those of `day`; today's, if none is named.
        """
        entries, findings = overlay(layers)
        day, origin = day or today(), layers[-1].origin
        settled = {name: settle(name, entry, origin, day) for name, entry in entries.items()}
        for each in settled.values():
            findings += each.findings
        models = {name: each.fields for name, each in settled.items()}
        findings += _circles(models, entries)
        if findings:
            raise DeclarationError(_report(findings))
        listed = {name: each.listing for name, each in settled.items() if each.listing}
        return cls(models, listed, {name: each.changes for name, each in settled.items()})

    def declare(self, opts: pulumi.ResourceOptions | None = None) -> dict[str, CustomModel]:
        """Make one CustomModel of each, named by its model_name; a base comes before its heirs.

        The preview says of list prices which are taken from another entry, and which change soon.
        """
        made: dict[str, CustomModel] = {}
        for name in _bases_first(self.models):
            fields = {key: _in_program(value) for key, value in self.models[name].items()}
            base = _base(self.models, name)
            after = pulumi.ResourceOptions(depends_on=[made[base]] if base else None)
            own = pulumi.ResourceOptions.merge(opts, after)
            made[name] = CustomModel(name, model_name=name, **fields, opts=own)
            if name in self.listed:
                tell(self.listed[name], self.changes.get(name, ()), made[name])
        return {name: made[name] for name in self.models}


def _configuration(stack: str) -> tuple[Path, str]:
    """Find the stack's file, and the name of the file that the models are in.

    A file that is sure to be in use is read, and refused by the rules of the commands. A program of
    the Automation API may run elsewhere than its project, and so may one whose `main` is outside.
    Files that only the engine can read, as with unknown tags, are its own to judge.
    """
    named, project = config_file(), project_folder(Path.cwd())
    file = named or Path(f"Pulumi.{stack}.yaml")
    if project is None:
        return file, file.name
    try:
        file = named or stack_file(project, stack)
        runs_here = program_folder(project).resolve() == Path.cwd()
        if not (runs_here and file.is_file() and is_below_the_cli()):
            return file, file.name
        config = stack_config(file, project, stack)
    except MisreadError:
        raise
    except DeclarationError:
        return file, file.name
    return file, accepted(config).origin


def _no_models(origin: str) -> str:
    told = f"There are no models: {origin} has no {MODELS}, and no base file is named."
    if pulumi.Config().get("models") is None:
        return told
    key = f"{pulumi.get_project()}:models"
    return f"{told} There is {key}, which is the program's own key."


def _in_program(value: object) -> Any:  # noqa: ANN401  (an Input of whatever the field is)
    return pulumi.Output.secret(value.value) if isinstance(value, Secret) else value


def _base(models: Mapping[str, Mapping[str, Any]], name: str) -> str | None:
    """Name the model of the same catalog that this one inherits from, if it does."""
    base = models[name].get("base_model_name")
    return base if isinstance(base, str) and base in models else None


def _line_of_bases(models: Mapping[str, Mapping[str, Any]], name: str) -> Iterator[str]:
    """Go from a model to its base, to the base of that, and so on, until a circle closes."""
    seen: set[str] = set()
    heir: str | None = name
    while heir is not None and heir not in seen:
        yield heir
        seen.add(heir)
        heir = _base(models, heir)


def _bases_first(models: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return sorted(models, key=lambda name: len(list(_line_of_bases(models, name))))


def _circles(models: Mapping[str, Mapping[str, Any]], entries: Entries) -> list[Finding]:
    """Find models that inherit from each other in a circle; a circle is one mistake."""
    findings = []
    reported: set[str] = set()
    for name in models:
        line = list(_line_of_bases(models, name))
        if len(line) > 1 and _base(models, line[-1]) == name and name not in reported:
            reported.update(line)
            origin, base = entries[name]["base_model_name"]
            sentence = f"goes in a circle: {' → '.join((*line, name))}; name another base"
            findings.append(Finding(origin, name, "base_model_name", sentence, base))
    return findings


def _report(findings: Sequence[Finding]) -> str:
    count = "1 mistake" if len(findings) == 1 else f"{len(findings)} mistakes"
    lines = "\n".join(f"  {finding}" for finding in findings)
    return f"The model catalog has {count}; nothing was sent.\n{lines}"
