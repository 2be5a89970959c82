"""ModelCatalog: many models from data, a base for all stacks and what each stack overrides.

Everything is validated in the program, so that all mistakes in all models are shown at once; the
engine would show only those of one resource.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Self

import pulumi

from ..core.config_keys import MODELS_CONFIG_KEY
from ..core.errors import DeclarationError
from ..custom_model import CustomModel
from ..dynamic.program_config import refuse_unread_keys
from ..files.json_reader import from_json
from ..files.models import without_shared
from ..lifecycle.this_run import config_file, is_below_the_cli
from ..model_set import ModelSet
from ..prices.listing import Listing, today
from .layers import Entries, Layer, Mistake, Secret, merge
from .program_prices import tell
from .project_files import program_folder, project_folder, stack_file
from .pulumi_yaml import MisreadError
from .resolve_model import resolve
from .sources import file_layer
from .stack_config import accepted, secrets_marked, stack_config


@dataclass(frozen=True)
class ModelCatalog:
    """Models with their fields, checked, by model_name.

    A cost is a number of USD per million tokens, a string, or an amount with its unit:
    `{per_1k: 0.0025}`. Instead of costs there may be `list_price: openai/gpt-4o`, with
    `markup: 20%` or `discount: 15%`; an explicit cost overrides it. Every constructor raises
    DeclarationError with a line for each mistake: file, model, field, what to do, what was found.
    """

    models: Mapping[str, Mapping[str, Any]]
    listed: Mapping[str, Listing] = field(default_factory=dict)
    """The list prices that models use, markup and discount applied, by model_name."""
    changes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Sentences about list prices that change within 30 days, by model_name."""

    @classmethod
    def from_config(cls, base: str | Path | None = None) -> Self:
        """Read the stack's `keywordsai:models`, merged over a base file field by field.

        `base` is a YAML, JSON or CSV file, relative to the program's folder. `null` in the stack
        removes a field or a model. Secrets stay secret; if the file in use cannot be found and some
        of it is secret, all of it is treated as secret. If it is found, the rules of the commands
        apply: values that Pulumi reads differently from what is written are refused.
        """
        file, origin = _configuration(pulumi.get_stack())
        refuse_unread_keys()
        layers = [] if base is None else [file_layer(Path(base))]
        text = pulumi.Config("keywordsai").get("models") or ""
        models = from_json(text, f"{origin}: {MODELS_CONFIG_KEY}") if text.strip() else None
        if models is not None:
            secret = pulumi.runtime.is_config_secret(MODELS_CONFIG_KEY)
            marked = secrets_marked(models, file) if secret else models
            layers.append(Layer(origin, without_shared(marked)))
        if not layers:
            raise DeclarationError(_no_models(origin))
        return cls.from_layers(layers)

    @classmethod
    def from_file(cls, path: str | Path) -> Self:
        """Read one YAML or JSON file, a map of model names to their fields, or a CSV table.

        In a map, keys that begin with `x-` or `.` and have no slash are for shared values. A table
        has a column `model_name`, and one for each field; an empty cell declares nothing.
        """
        return cls.from_layers([file_layer(Path(path))])

    @classmethod
    def from_dict(cls, models: Mapping[str, Mapping[str, Any]]) -> Self:
        """Return a catalog of models from code; Outputs are checked once they are known."""
        return cls.from_layers([Layer("from_dict", models)])

    @classmethod
    def from_layers(cls, layers: Sequence[Layer], day: date | None = None) -> Self:
        """Merge later layers over earlier ones, and check the result.

        List prices are those of `day`, which is today by default.
        """
        entries, mistakes = merge(layers)
        day, origin = day or today(), layers[-1].origin
        resolved = {name: resolve(name, entry, origin, day) for name, entry in entries.items()}
        for each in resolved.values():
            mistakes += each.mistakes
        models = {name: each.fields for name, each in resolved.items()}
        mistakes += _circles(models, entries)
        if mistakes:
            raise DeclarationError(_report(mistakes))
        listed = {name: each.listing for name, each in resolved.items() if each.listing}
        return cls(models, listed, {name: each.changes for name, each in resolved.items()})

    def declare(self, opts: pulumi.ResourceOptions | None = None) -> dict[str, CustomModel]:
        """Declare one CustomModel for each, named by its model_name; bases come first.

        The preview tells which list prices come from another entry, and which change soon.
        """
        made: dict[str, CustomModel] = {}
        for name in _bases_first(self.models):
            fields = {key: _input(value) for key, value in self.models[name].items()}
            base = _base(self.models, name)
            after = pulumi.ResourceOptions(depends_on=[made[base]] if base else None)
            own = pulumi.ResourceOptions.merge(opts, after)
            made[name] = CustomModel(name, model_name=name, **fields, opts=own)
            if name in self.listed:
                tell(self.listed[name], self.changes.get(name, ()), made[name])
        return {name: made[name] for name in self.models}

    def declare_together(
        self, resource_name: str, opts: pulumi.ResourceOptions | None = None
    ) -> ModelSet:
        """Declare all models as one resource, which a catalog of a hundred models or more wants.

        The preview tells about list prices as `declare` does.
        """
        models = {
            name: {key: _input(value) for key, value in fields.items()}
            for name, fields in self.models.items()
        }
        made = ModelSet(resource_name, models=models, opts=opts)
        for name, listing in self.listed.items():
            tell(listing, [f"{name}: {each}" for each in self.changes.get(name, ())], made)
        return made


def _configuration(stack: str) -> tuple[Path, str]:
    """Return the stack's file, and the name of the file that the models are in.

    A file that is sure to be in use must follow the rules of the commands. A program of the
    Automation API may run outside of its project, and so may one whose `main` is outside. A file
    that only the engine can read, for example with unknown tags, is left to the engine.
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
    except MisreadError as problem:
        raise DeclarationError(str(problem)) from None
    except DeclarationError:
        return file, file.name
    return file, accepted(config).origin


def _no_models(origin: str) -> str:
    sentence = (
        f"There are no models: {origin} has no {MODELS_CONFIG_KEY}, and no base file is given."
    )
    if pulumi.Config().get("models") is None:
        return sentence
    key = f"{pulumi.get_project()}:models"
    return f"{sentence} There is {key}, but that key belongs to the program."


def _input(value: object) -> Any:  # noqa: ANN401  (an Input of the field's type)
    return pulumi.Output.secret(value.value) if isinstance(value, Secret) else value


def _base(models: Mapping[str, Mapping[str, Any]], name: str) -> str | None:
    """Return the model of the same catalog that this one inherits from, if any."""
    base = models[name].get("base_model_name")
    return base if isinstance(base, str) and base in models else None


def _inheritance(models: Mapping[str, Mapping[str, Any]], name: str) -> Iterator[str]:
    """Walk from a model to its base, to that one's base, and so on, until a circle closes."""
    seen: set[str] = set()
    heir: str | None = name
    while heir is not None and heir not in seen:
        yield heir
        seen.add(heir)
        heir = _base(models, heir)


def _bases_first(models: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return sorted(models, key=lambda name: len(list(_inheritance(models, name))))


def _circles(models: Mapping[str, Mapping[str, Any]], entries: Entries) -> list[Mistake]:
    """Find models that inherit from each other in a circle; each circle is one mistake."""
    mistakes = []
    reported: set[str] = set()
    for name in models:
        line = list(_inheritance(models, name))
        if len(line) > 1 and _base(models, line[-1]) == name and name not in reported:
            reported.update(line)
            origin, base = entries[name]["base_model_name"]
            sentence = f"is circular: {' → '.join((*line, name))}; choose another base"
            mistakes.append(Mistake(origin, name, "base_model_name", sentence, base))
    return mistakes


def _report(mistakes: Sequence[Mistake]) -> str:
    count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    lines = "\n".join(f"  {each}" for each in mistakes)
    return f"The model catalog has {count}; nothing was sent.\n{lines}"
