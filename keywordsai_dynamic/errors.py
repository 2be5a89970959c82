"""What can go wrong, as sentences that end with the way out.

KeywordsAIError
├── ConfigurationError     no key, or a base URL that cannot be used
├── DeclarationError       the program or its files declare what cannot be
├── APIConnectionError     no answer came
└── APIStatusError         an answer came and it was not a success
    └── NotFoundError      404: caught where "gone" is an answer
"""

from __future__ import annotations

from pulumi import RunError

from .redaction import redact


class KeywordsAIError(Exception):
    """Base of every error this package raises.

    Its text is without the key and what is secret, wherever it is printed.
    """

    def __str__(self) -> str:
        return redact(super().__str__())


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


# The engine shows an exception as `traceback` writes it, with the module's path in front unless the
# module is "builtins". A user reads `KeywordsAIError: …`, not where our file lies.
for _error in (
    KeywordsAIError,
    ConfigurationError,
    DeclarationError,
    APIConnectionError,
    APIStatusError,
    NotFoundError,
):
    _error.__module__ = "builtins"
