"""The usage files of a review: which stacks each is for, and what its patterns match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..core.errors import KeywordsAIError
from ..core.redaction import one_line
from .inputs import Document, called, content_of, named
from .unmatched import UnmatchedUsage, unmatched
from .usage import Usage, read_with_note
from .usage_patterns import expanded


def usages_of(
    arguments: Sequence[str], previews: Sequence[Document]
) -> tuple[dict[str, Usage], list[str]]:
    """Read usage files, by stack; one without a name is used for every stack that has no other.

    Returned with them: what was added up, and what patterns matched. Raises KeywordsAIError, one
    line, for a file that cannot be read, or is for no stack, or for one that has another.
    """
    common: dict[str, Usage] = {}
    own: dict[str, Usage] = {}
    notes: list[str] = []
    for name, file in map(named, arguments):
        read, note = read_with_note(content_of(file), called(file))
        of = [each.name for each in previews if name in {None, each.name, each.stack}]
        if not of:
            raise KeywordsAIError(
                f"--usage {file} is of {one_line(name or '')}, but no preview is."
            )
        target = common if name is None else own
        if target.keys() & set(of):
            raise KeywordsAIError(
                f"--usage {file}: {one_line(of[0])} already has a --usage; put both into one file."
            )
        names = frozenset[str]().union(*(each.seen.names for each in previews if each.name in of))
        usage, matched = expanded(read, names)
        notes += [*([note] if note else []), *matched]
        target.update(dict.fromkeys(of, usage))
    return common | own, notes


def unmatched_of(usages: Mapping[str, Usage], previews: Sequence[Document]) -> list[UnmatchedUsage]:
    """Compare each usage file with all the previews that it is for."""
    files = {id(usage): usage for usage in usages.values()}
    return [
        each
        for usage in files.values()
        for each in unmatched(
            usage, {each.name: each.seen for each in previews if usages.get(each.name) is usage}
        )
    ]
