"""What can go wrong; every message ends with what to do about it.

KeywordsAIError
├── ConfigurationError     no key, or a base URL that cannot be used
├── DeclarationError       the program or its files declare something invalid
├── APIConnectionError     the service did not answer
└── APIStatusError         the service answered with an error
    └── NotFoundError      404: caught where a model may be gone
"""

from __future__ import annotations

from copyreg import __newobj__  # type: ignore[attr-defined]  # what the protocol names
from typing import Any

from pulumi.errors import RunError

from .redaction import redact


class KeywordsAIError(Exception):
    """Base of every error this package raises.

    Its text never shows the key or a secret, wherever it is printed. A pickle or a copy is the same
    error with the redacted text, because another process does not know what is secret.
    """

    def __str__(self) -> str:
        return redact(super().__str__())

    def __repr__(self) -> str:
        return redact(super().__repr__())

    def __reduce__(self) -> tuple[Any, ...]:
        # With the arguments of `Exception`: those of a subclass's `__init__` differ.
        state = {name: _redacted(value) for name, value in vars(self).items()}
        # Nothing in it names a module of this package but the one where users import errors.
        return __newobj__, (type(self), *map(_redacted, self.args)), state


class ConfigurationError(KeywordsAIError):
    """Raised when the API key or the base URL is missing or cannot be used."""


class DeclarationError(KeywordsAIError, RunError):
    """Raised before anything is sent, mostly in the program, for values that must be a mistake.

    Pulumi shows it without a traceback, because it is a `pulumi.RunError`.
    """


class APIConnectionError(KeywordsAIError):
    """Raised when the service could not be reached, or the connection broke before its answer."""


class APIStatusError(KeywordsAIError):
    """Raised when the service returned an error.

    `status_code` is the HTTP status, `detail` the service's own words (never 0 or "").
    """

    def __init__(self, message: str, *, status_code: int, detail: str) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.detail = redact(detail)


class NotFoundError(APIStatusError):
    """Raised when the service returned 404."""


def _redacted(value: object) -> object:
    return redact(value) if isinstance(value, str) else value


def _name_after(module: str) -> None:
    for error in (
        KeywordsAIError,
        ConfigurationError,
        DeclarationError,
        APIConnectionError,
        APIStatusError,
        NotFoundError,
    ):
        error.__module__ = module


_name_after("keywordsai_dynamic")  # where users import them


def show_bare_names() -> None:
    """Make tracebacks say `KeywordsAIError: …`, without the module.

    The engine shows users a traceback's last line. Call it only in the provider's process, where
    nothing is pickled: no other process could find these errors under the new name.
    """
    _name_after("builtins")
