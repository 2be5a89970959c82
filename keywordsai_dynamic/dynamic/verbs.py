"""Pulumi's verbs for any kind of resource: its types in, the steps of `lifecycle` out, and back."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Generic, NamedTuple

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    UpdateResult,
)
from pulumi.output import contains_unknowns
from pulumi.runtime.rpc import wrap_rpc_secret

from ..core.errors import KeywordsAIError
from ..core.kinds import ResourceKind
from ..core.names import BASE_URL, URN
from ..core.property_paths import has_paths_inside
from ..core.redaction import redact
from ..lifecycle.declaration import Declaration
from ..lifecycle.life import Steps, Wanted
from ..lifecycle.moving import kept
from ..lifecycle.results import Outputs
from ..lifecycle.run import Run
from ..lifecycle.set_failures import PartlyDoneError
from ..lifecycle.this_run import destroys
from . import moving
from .previewed import note_previewed

Props = Mapping[str, Any]
Paths = Collection[tuple[str, ...]]


class Verbs(NamedTuple, Generic[Wanted]):
    """The verbs of one kind of resource; each gets the run of its process."""

    kind: ResourceKind
    steps: Steps[Wanted]

    def check(self, run: Run, olds: Props, news: Props) -> CheckResult:
        """Return normalized inputs, and what is wrong with them."""
        if moving.is_native_set(self.kind, olds):
            return CheckResult(dict(news), [CheckFailure("", moving.NO_ALIAS_OF_A_SET)])
        moves = moving.is_native(self.kind, olds)
        if moves:
            olds = moving.declared_before(run, self.kind, olds)
            news = moving.completed(run, self.kind, olds, news)
        wanted = self._declaration(news, stored=olds)
        note_previewed(run, self.kind, wanted)
        problems = self.steps.check(run, olds, wanted)
        failures = [CheckFailure(field, redact(sentence)) for field, sentence in problems]
        secret = self.steps.always_secret(wanted)
        if moves and isinstance(wanted, Declaration):  # the engine marks what programs make secret
            secret |= {(name,) for name in wanted.secret}
        return CheckResult(_wrapped(wanted.inputs(), secret), failures)

    def diff(self, run: Run, id_: str, olds: Props, news: Props) -> DiffResult:
        """Compare; with `changes=None` the engine compares the fields itself.

        That is the only way for a dynamic provider to get a detailed diff, and fails where a key in
        a map has no path.
        """
        moves = moving.is_native(self.kind, olds)
        if moves:
            olds = moving.stored_in(run, self.kind, id_, olds, news)
        is_known = not contains_unknowns(news)
        fields = self.steps.diff(run, id_, olds, news, is_known=is_known)
        if moves:
            moving.announce(run, self.kind, news, fields)
        elif not fields:
            return DiffResult(changes=False)
        id_field = self.kind.id_field
        values = (props.get(field) for props in (olds, news) for field in fields)
        changes = None if not moves and all(map(has_paths_inside, values)) else True
        return DiffResult(changes=changes, replaces=[id_field] if id_field in fields else [])

    def create(self, run: Run, props: Props, urn: str | None) -> CreateResult:
        """Return the id and the outputs of a new resource."""
        with _told_whole():
            outs = self.steps.create(run, props, self._declaration(props), urn)
        return CreateResult(self._id(outs, urn), _outputs(outs))

    def update(self, run: Run, id_: str, olds: Props, news: Props) -> UpdateResult:
        """Return the outputs of a changed resource; one that only moves is left alone."""
        wanted = self._declaration(news)
        if isinstance(wanted, Declaration) and moving.is_native(self.kind, olds):
            olds = moving.stored_in(run, self.kind, id_, olds, news)
            if not self.steps.diff(run, id_, olds, news, is_known=True):
                return UpdateResult(_outputs(kept(run, olds, news, wanted)))
        with _told_whole():
            outs = self.steps.update(run, id_, olds, news, wanted)
        return UpdateResult(_outputs(outs))

    def read(self, run: Run, id_: str, props: Props, urn: str | None) -> ReadResult:
        """Read; props from a state have a base URL, those of a lookup have none."""
        if BASE_URL not in props:
            return ReadResult(id_, _outputs(self.steps.get(run, id_, props, urn)))
        found = self.steps.read(run, id_, props)
        if found is None:
            return ReadResult(None, {})
        outs, inputs = found
        # Without drift the engine keeps its inputs, and need not read them again.
        kept = None if inputs is None else _wrapped(inputs, _secret(outs))
        return ReadResult(id_, _outputs(outs), kept)

    def delete(self, run: Run, id_: str, props: Props, urn: str | None) -> None:
        """Delete, or leave alone what this run declares under another resource."""
        self.steps.delete(run, id_, props, urn, destroys)

    def _declaration(self, props: Props, stored: Props | None = None) -> Wanted:
        return self.steps.declaration(props, stored, is_unknown=contains_unknowns)

    def _id(self, outs: Outputs, urn: str | None) -> str:
        if self.kind.id_field:
            return str(outs.values[self.kind.id_field])
        return (urn or outs.values[URN]).rpartition("::")[2]


@contextmanager
def _told_whole() -> Iterator[None]:
    """Show what was partly done as any other error: there is no state that could be kept of it."""
    try:
        yield
    except PartlyDoneError as error:
        raise KeywordsAIError(str(error)) from None


def _outputs(outs: Outputs) -> dict[str, Any]:
    return _wrapped(outs.values, _secret(outs))


def _secret(outs: Outputs) -> Paths:
    return {(name,) for name in outs.secret} | outs.inside


def _wrapped(values: Props, secret: Paths) -> dict[str, Any]:
    """Return values with what is at these paths marked as secret, where there is anything."""
    wrapped = dict(values)
    for name in {path[0] for path in secret} & values.keys():
        inside = [path[1:] for path in secret if path[0] == name]
        if () in inside:
            # The engine knows a secret that is not known yet.
            if not contains_unknowns(values[name]):
                wrapped[name] = wrap_rpc_secret(values[name])
        elif isinstance(values[name], Mapping):
            wrapped[name] = _wrapped(values[name], inside)
    return wrapped
