"""What can go wrong, as sentences that end with the way out.

KeywordsAIError
├── ConfigurationError     no key, or a base URL that cannot be used
├── DeclarationError       the program or its files declare what cannot be
├── APIConnectionError     no answer came
└── APIStatusError         an answer came and it was not a success
    └── NotFoundError      404: caught where "gone" is an answer
"""

from __future__ import annotations

from typing import Any

from pulumi import RunError

from .redaction import redact


class KeywordsAIError(Exception):
    """Base of every error this package raises.

    Its text is without the key and what is secret, wherever it is printed. Pickled or copied it is
    the same error with that text: another process does not know what is secret.
    """

    def __str__(self) -> str:
        return redact(super().__str__())

    def __repr__(self) -> str:
        return redact(super().__repr__())

    def __reduce__(self) -> tuple[Any, ...]:
        # By the arguments of `Exception` itself: those of an `__init__` are other ones.
        state = {name: _redacted(value) for name, value in vars(self).items()}
        return _again, (type(self), *map(_redacted, self.args)), state


class ConfigurationError(KeywordsAIError):
    """Raised when the API key or the base URL is missing or cannot be used."""


class DeclarationError(KeywordsAIError, RunError):
    """Raised before anything is sent, mostly in the program, for values that cannot be meant.

    It is a `pulumi.RunError`, which Pulumi shows as its text alone, without a traceback.
    """


class APIConnectionError(KeywordsAIError):
    """Raised when the service could not be reached, or broke off before it answered."""


class APIStatusError(KeywordsAIError):
    """Raised when the service answered, and refused or failed.

    `status_code` is the HTTP status, `detail` the service's own words (0 and "" never occur).
    """

    def __init__(self, message: str, *, status_code: int, detail: str) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.detail = redact(detail)


class NotFoundError(APIStatusError):
    """Raised when the service answered 404."""


def _again(kind: type[KeywordsAIError], *args: object) -> KeywordsAIError:
    return kind.__new__(kind, *args)


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


_name_after("keywordsai_dynamic")  # where users import them from


def show_bare_names() -> None:
    """Let tracebacks say `KeywordsAIError: …`, without the module in front.

    The engine shows users a traceback's last line. Only for the provider's own process, where
    nothing is pickled: no other process would find these errors again.
    """
    _name_after("builtins")
