"""Recorded previews of the real CLI, and the three reports that each of them becomes, in whole.

`python tests/unit/test_review_recorded.py` writes the reports anew; read the difference.
"""

import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from keywordsai_dynamic.review import Report, evaluate, parse_rule, review
from keywordsai_dynamic.review.markdown import markdown
from keywordsai_dynamic.review.text import text

RECORDED = Path(__file__).parents[1] / "recorded"
IN_PYTHON = sorted(file.stem for file in (RECORDED / "previews").glob("*.json"))
IN_YAML = sorted(f"yaml/{file.stem}" for file in (RECORDED / "previews" / "yaml").glob("*.json"))
OF_SETS = sorted(
    f"{folder}/{file.stem}"
    for folder in ("sets", "yaml/sets")
    for file in (RECORDED / "previews" / folder).glob("*.json")
)
NAMES = [*IN_PYTHON, *IN_YAML, *OF_SETS]
OLD_NAMES = sorted(file.stem for file in (RECORDED / "previews" / "v0.1.0").glob("*.json"))
REFRESHES = {
    *("drift", "no_drift", "yaml/drift", "yaml/moved_and_refreshed"),
    *("sets/drift", "yaml/sets/drift"),
}
RULES = [
    "increase>15%",
    "decrease>50%",
    "monthly>400",
    "zero-price",
    "below-list>10%",
    "above-list>10%",
    "delete",
    "replace",
    "overwrite",
    "unit",
    "unknown",
]
USAGE = {
    "acme/support-llm": {
        "input_tokens": Decimal(620_000_000),
        "output_tokens": Decimal(90_000_000),
    },
    "acme/new": {"input_tokens": Decimal(10_000_000), "cache_hit_input_tokens": Decimal(5_000_000)},
}
LIST = {
    "gpt-4o": {
        "input_cost": Decimal("2.5"),
        "output_cost": Decimal(10),
        "cache_hit_input_cost": Decimal("1.25"),
    }
}


def document(name: str) -> dict[str, Any]:
    """Return a recorded preview."""
    found: dict[str, Any] = json.loads((RECORDED / "previews" / f"{name}.json").read_text())
    return found


def report(name: str) -> Report:
    """Review a recording with all inputs; a refresh goes with an unchanged preview."""
    refresh = name in REFRESHES
    reviewed = review(
        document("unchanged" if refresh else name),
        stack="prod",
        drift=document(name) if refresh else None,
        usage=USAGE,
        list_price=LIST.get,
    )
    rules = [*RULES, *(["drift"] if refresh else [])]
    return evaluate([reviewed], [parse_rule(rule) for rule in rules])


def written(name: str) -> dict[str, str]:
    """Write the report of a recording in the three formats, by the ending of its file."""
    found = report(name)
    console = Console(file=io.StringIO(), width=80, color_system=None)
    console.print(text(found))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]  # it is a StringIO
    return {
        "txt": "\n".join(line.rstrip() for line in lines) + "\n",
        "md": markdown(found),
        "json": found.model_dump_json(indent=1) + "\n",
    }


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("ending", ["txt", "md", "json"])
def test_a_recorded_preview_becomes_the_recorded_report(name: str, ending: str) -> None:
    """Each report equals a file that a person has read, to the character."""
    expected = (RECORDED / "reviews" / f"{name}.{ending}").read_text()
    assert written(name)[ending] == expected


@pytest.mark.parametrize("name", NAMES)
def test_a_terminal_of_80_columns_is_wide_enough(name: str) -> None:
    """No line of the text is wider than 80 columns, and no price is broken in two."""
    lines = written(name)["txt"].splitlines()
    assert [line for line in lines if len(line) > 80] == []
    prices = [price for change in report(name).stacks[0].changes for price in change.prices]
    assert [
        p.field for p in prices if not any(p.field in line and "→" in line for line in lines)
    ] == []


@pytest.mark.parametrize("name", OLD_NAMES)
def test_a_preview_of_version_0_1_0_is_reviewed_like_one_made_today(name: str) -> None:
    """Its announcements have other words, which the remarks quote; everything else is the same."""
    old, new = (
        review(document(each), stack="prod", usage=USAGE, list_price=LIST.get).model_dump()
        for each in (f"v0.1.0/{name}", name)
    )
    for reviewed in (old, new):
        reviewed["remarks"] = len(reviewed["remarks"])
        for change in reviewed["changes"]:
            change["remarks"] = len(change["remarks"])
    assert old == new


if __name__ == "__main__":
    for each in NAMES:
        for suffix, content in written(each).items():
            file = RECORDED / "reviews" / f"{each}.{suffix}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
