"""The file that is written: YAML that `review --usage` reads, and what is doubtful in comments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..api.metrics_client import Span
from ..core.redaction import redact
from ..files.models import is_shared
from ..files.patterns import as_key
from ..terminal.output import as_yaml
from .span import described, is_month
from .tokens import Count, Reading

_DOUBTS = (
    "Tokens written to a cache (cache_creation_input_tokens) are in no sum of the service: add "
    "them where their price matters.",
    "No answer shows whether the service counted this environment alone; it was asked to.",
    "The service does not say how long it keeps logs; what it no longer has is not counted.",
    "A gap may have many causes: a price that changed in this time, a discount or markup, tokens "
    "written to a cache, answers from a cache, costs that were logged by the caller.",
)
_NO_MONTH = "This is not a month of 30 days; the review takes the counts for those of a month."


@dataclass(frozen=True)
class UsageFile:
    """What the file says: where it comes from, and what is known of each model.

    `remarks` are about all models.
    """

    source: str
    span: Span
    counts: Mapping[str, Count]
    remarks: Sequence[str] = ()

    @property
    def written(self) -> list[str]:
        """The models whose tokens count: those that are certain, and that YAML can name."""
        return [name for name, each in self.counts.items() if each.sure and not is_shared(name)]

    def text(self) -> str:
        """Return the YAML; every line that is not certain is a comment.

        The first key holds no model. So the file is a map even if no model counts, and stays one
        when somebody uncomments a model.
        """
        start, end = (f"{each:%Y-%m-%dT%H:%MZ}" for each in (self.span.start, self.span.end))
        key = {"x-counted": {"from": start, "to": end, "environment": self.span.environment}}
        return "\n".join([*self._head(), as_yaml(key), *map(self._model, self.counts)])

    def _head(self) -> Iterator[str]:
        yield _comment(f"Tokens for `keywordsai-dynamic review --usage`, counted by {self.source}.")
        yield _comment(f"{described(self.span)}.")
        no_month = () if is_month(self.span) else (_NO_MONTH,)
        for each in (*no_month, *self.remarks, *_DOUBTS):
            yield _comment(each)

    def _model(self, name: str) -> str:
        found = self.counts[name]
        lines = [_comment(f"{described(self.span)}: {'; '.join(found.remarks)}")]
        if is_shared(name):
            lines.append(_comment("not counted: YAML reads this name as shared values; use CSV"))
        if found.sure and not is_shared(name):
            return "\n".join([*lines, _entry(name, found.sure)])
        for each in (found.sure, *found.possible) if found.sure else found.possible:
            lines += [_comment(each.words)] if each.words else []
            lines += map(_comment, _entry(name, each).splitlines())
        if not found.possible and not found.sure:
            lines += map(_comment, as_yaml({as_key(name): {}}).splitlines())
        return "\n".join([*lines, ""])


def _entry(name: str, reading: Reading) -> str:
    return as_yaml({as_key(name): dict(reading.tokens)})


def _comment(text: str) -> str:
    """Return a comment of one line, whatever is in the text: a name may hold anything."""
    shown = redact(text).replace("\n", "\\n")
    return "# " + "".join(each if each.isprintable() else ascii(each)[1:-1] for each in shown)
