"""The Keywords AI API for models and providers on loopback, for the demo and for tests."""

from .dialect import Dialect
from .faults import Faults
from .held_answers import HeldAnswers
from .refusals import RefusedError
from .request_log import RecordedRequest
from .running import Emulator, running_emulator

__all__ = [
    "Dialect",
    "Emulator",
    "Faults",
    "HeldAnswers",
    "RecordedRequest",
    "RefusedError",
    "running_emulator",
]
