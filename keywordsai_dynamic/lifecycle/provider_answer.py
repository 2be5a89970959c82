"""What may be kept of an answer about a provider: no credential, only how it is echoed.

The service may return credentials in full, masked, masked differently each time, or not at all.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from ..core.credentials import looks_masked
from ..core.formatting import plain
from ..core.names import CHANGED_BY_OTHERS
from ..core.redaction import hide, hide_from_service, redact, storable, without_credentials
from .provider_parts import (
    KWARGS,
    NAME,
    Parts,
    Path,
    alike,
    holds_credential,
    parts_of_answer,
    secret_among,
)

EchoKind = Literal["full", "masked", "varying"]
Match = Literal["equal", "different", "not shown"]


class Echo(NamedTuple):
    """How the service showed a secret: the kind, and a keyed hash of what it showed."""

    kind: EchoKind
    digest: str


def digest(salt: str, value: object) -> str:
    """Return a keyed hash of a secret value."""
    return hmac.new(salt.encode(), plain(value).encode(errors="replace"), "sha256").hexdigest()


@dataclass(frozen=True)
class LiveProvider:
    """A provider as the service shows it. `values` are plain parts, `echoes` those of secrets.

    `others` are further parts, without their values. `shows_kwargs` is False where the answer lacks
    the whole map.
    """

    values: Mapping[Path, Any]
    echoes: Mapping[Path, Echo]
    others: frozenset[Path]
    shows_kwargs: bool
    salt: str

    def match(self, path: Path, value: object, *, secret: bool) -> Match:
        """Compare a declared value with what is shown; a masked secret counts as not shown."""
        if secret:
            echo = self.echoes.get(path)
            if echo is None:
                return "not shown"
            if echo.digest == digest(self.salt, value):
                return "equal"
            return "different" if echo.kind == "full" else "not shown"
        if path in self.values:
            return "equal" if alike(path, self.values[path], value) else "different"
        return "different" if self.shows(path) else "not shown"

    def shows(self, path: Path) -> bool:
        """Return whether the answer would have a plain part that is set."""
        return self.shows_kwargs and path != (NAME,)

    def settled(self, again: LiveProvider) -> LiveProvider:
        """Return this with each echo as `varying` that another read shows differently."""
        echoes = {
            path: echo if again.echoes.get(path) == echo else Echo("varying", "")
            for path, echo in self.echoes.items()
        }
        return replace(self, echoes=echoes)


def _kept(path: Path, value: object, declared: tuple[Any, ...]) -> object:
    """Return a plain value as it may enter a state.

    What nobody declared may repeat a secret, and a login or a key in an address is one.
    """
    if any(alike(path, value, each) for each in declared):
        return storable(value)
    is_owned = None not in declared
    if path == ("base_url",) and isinstance(value, str) and holds_credential(value):
        return CHANGED_BY_OTHERS if is_owned else without_credentials(value)
    return _without_secrets(value) if is_owned else storable(value)


def _without_secrets(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _without_secrets(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    return redact(value) if isinstance(value, str) else value


@dataclass(frozen=True)
class Lens:
    """How answers about one provider are read.

    `values` are what the program and the state declare, by path; `secret` names their secret parts.
    `last` are the echoes in the state, of which `salt` is the key.
    """

    values: Mapping[Path, tuple[Any, ...]]
    secret: frozenset[Path]
    salt: str
    last: Mapping[Path, Echo]

    @classmethod
    def of(
        cls, secret: frozenset[Path], salt: str, last: Mapping[Path, Echo], *declared: Parts
    ) -> Lens:
        """Return a lens for what is declared, by the program or in the state or both."""
        paths = {path for parts in declared for path in parts}
        values = {path: tuple(parts[path] for parts in declared if path in parts) for path in paths}
        return cls(values, secret, salt, last)

    def read(self, answer: Mapping[str, Any]) -> LiveProvider:
        """Read an answer; from then on no message shows a secret in it."""
        parts = parts_of_answer(answer)
        secret = self.secret | secret_among(parts, ())
        for path in parts:
            hide_from_service(parts[path])
        echoes = {}
        for path in parts.keys() & secret & self.values.keys():
            kind: EchoKind = "masked" if self._is_masked(path, parts[path]) else "full"
            echoes[path] = Echo(kind, digest(self.salt, parts[path]))
            if kind == "full":
                hide(parts[path])
        own = parts.keys() & self.values.keys() - secret
        return LiveProvider(
            {path: _kept(path, parts[path], self.values[path]) for path in parts if path in own},
            echoes,
            frozenset(parts.keys() - self.values.keys()),
            isinstance(answer.get(KWARGS), Mapping),
            self.salt,
        )

    def is_doubtful(self, live: LiveProvider) -> bool:
        """Return whether another read must show if an unknown echo is a mask that varies."""
        return any(self._is_doubtful(path, echo) for path, echo in live.echoes.items())

    def _is_doubtful(self, path: Path, echo: Echo) -> bool:
        last = self.last.get(path)
        known = {digest(self.salt, value) for value in self.values[path]}
        if echo.digest in known | ({last.digest} if last else set()):
            return False
        if last is None or last.kind == "full":
            return echo.kind == "full"
        return last.kind == "masked"

    def _is_masked(self, path: Path, shown: object) -> bool:
        """Return whether a value looks masked, or is a part of a declared one."""
        text = plain(shown)
        whole = [plain(value) for value in self.values[path]]
        if text in whole:
            return False
        return looks_masked(text) or any(
            len(text) < len(each) and (each.startswith(text) or each.endswith(text))
            for each in whole
        )
