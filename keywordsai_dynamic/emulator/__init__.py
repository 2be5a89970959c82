"""The Keywords AI API for models and providers on loopback, for the demo and for tests."""

from .dialect import Dialect
from .faults import Faults
from .held_answers import HeldAnswers
from .logs import Call, made_up
from .metrics import Metrics
from .refusals import RefusedError
from .request_log import RecordedRequest
from .running import Emulator, running_emulator

__all__ = [
    "Call",
    "Dialect",
    "Emulator",
    "Faults",
    "HeldAnswers",
    "Metrics",
    "RecordedRequest",
    "RefusedError",
    "made_up",
    "running_emulator",
]
