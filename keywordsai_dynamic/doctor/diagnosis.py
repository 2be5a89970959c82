"""One result of a check, and what a list of them amounts to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True)
class Diagnosis:
    """What was found about a subject; a bad one says what to do."""

    subject: str
    state: Literal["good", "note", "bad"]
    found: str
    to_do: str = ""


def healthy(diagnoses: Iterable[Diagnosis]) -> bool:
    """Return whether none is bad."""
    return all(each.state != "bad" for each in diagnoses)


def as_json(diagnoses: Sequence[Diagnosis]) -> str:
    """Return the diagnoses as JSON for programs."""
    document = {"healthy": healthy(diagnoses), "findings": [asdict(each) for each in diagnoses]}
    return json.dumps(document, indent=2, ensure_ascii=False)
