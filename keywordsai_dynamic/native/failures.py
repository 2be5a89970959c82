"""What the user reads where a call fails: one line, without secrets and without a traceback."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from traceback import format_exception
from typing import Protocol, TypeVar

import grpc  # type: ignore[import-untyped]

from ..core.errors import KeywordsAIError
from ..core.redaction import one_line, redact
from ..core.settings import debugging
from .partial_state import DETAILS, PartialStateError


class _Failing(Protocol):
    def note_failure(self) -> None:
        """Note that a call has failed."""


_Servicer = TypeVar("_Servicer", bound=_Failing)
_Request = TypeVar("_Request")
_Response = TypeVar("_Response")


def told_in_one_line(
    verb: Callable[[_Servicer, _Request, grpc.ServicerContext], _Response],
) -> Callable[[_Servicer, _Request, grpc.ServicerContext], _Response]:
    """Make a verb of the servicer end its call with one line about whatever it raises."""

    @wraps(verb)
    def telling(servicer: _Servicer, request: _Request, context: grpc.ServicerContext) -> _Response:
        try:
            return verb(servicer, request, context)
        except PartialStateError as error:
            sentence = str(error)
            context.set_trailing_metadata(((DETAILS, error.status),))
        except KeywordsAIError as error:
            sentence = str(error)
        except Exception as error:  # noqa: BLE001  (a traceback would be all that the user sees)
            sentence = _bug(error)
        servicer.note_failure()
        # No other code: the engine takes some for an answer, such as "not implemented".
        context.abort(grpc.StatusCode.UNKNOWN, sentence)
        raise AssertionError  # abort has raised

    return telling


def _bug(error: Exception) -> str:
    if debugging():
        return redact("".join(format_exception(error)))
    if isinstance(error, ImportError):
        from .damage import not_working  # noqa: PLC0415  (which few runs need)

        return redact(not_working(error))
    what = one_line(redact(f"{type(error).__name__}: {error}"))
    return (
        f"This is a bug in the keywordsai plugin, please report it: {what}. "
        "KEYWORDSAI_DEBUG=1 shows where it is."
    )
