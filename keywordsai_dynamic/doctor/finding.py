"""One line of a diagnosis, and what a list of them says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """What was found of a subject; what is bad says what to do."""

    subject: str
    state: Literal["good", "note", "bad"]
    found: str
    to_do: str = ""


def healthy(findings: Iterable[Finding]) -> bool:
    """Tell whether nothing is bad."""
    return all(each.state != "bad" for each in findings)


def as_json(findings: Sequence[Finding]) -> str:
    """Write a diagnosis for programs."""
    told = {"healthy": healthy(findings), "findings": [asdict(each) for each in findings]}
    return json.dumps(told, indent=2, ensure_ascii=False)
