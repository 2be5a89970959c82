"""Good documents made bad: one node of a tree that is another value, a few bytes that are wrong."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
ODD: list[Any] = [
    *(None, True, False, 0, -1, 0.5, 1e300, 10**400, "", "x", "\ud83d", "\x1b[2J", "1e999"),
    *([], {}, ["a"], {"a": 1}, "[secret]", UNKNOWN, SECRET),
]
DROP, DOUBLE = "<dropped>", "<doubled>"
CHANGES = (DROP, DOUBLE, *ODD)

Way = tuple[str | int, ...]


def nodes(value: Any, way: Way = ()) -> Iterator[Way]:  # noqa: ANN401  (JSON is anything)
    """Give the way to each node of a document."""
    yield way
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in inner:
            yield from nodes(item, (*way, key))


def node(document: Any, way: Way) -> Any:  # noqa: ANN401  (as above)
    """Give what stands at the end of a way."""
    for key in way:
        document = document[key]
    return document


def mutated(document: Any, way: Way, change: object) -> Any:  # noqa: ANN401  (as above)
    """Replace one node, drop it, or double it."""
    if not way:
        return [] if change in (DROP, DOUBLE) else change
    whole = deepcopy(document)
    holder = node(whole, way[:-1])
    last: Any = way[-1]
    if change is DROP:
        del holder[last]
    elif change is not DOUBLE:
        holder[last] = change
    elif isinstance(holder, list):
        holder.insert(last, deepcopy(holder[last]))
    else:
        holder[f"{last}2"] = holder[last]
    return whole


def some(
    document: object, name: str, number: int, where: Callable[[Way], bool] = lambda _: True
) -> list[tuple[Way, Any]]:
    """Choose among all mutations of a document, the same ones each time, more near the top.

    With `where`, among those of the nodes that it accepts.
    """
    order = Random(name)  # noqa: S311  (nothing to keep secret)
    cases = [(way, change) for way in nodes(document) if where(way) for change in CHANGES]
    cases.sort(key=lambda case: order.random() * len(case[0]) ** 3)
    return cases[:number]


_PIECES = (
    *(b"\xff", b"\0", b"\xef\xbb\xbf", b"\r", b"\x1b[2J", b"\xed\xa0\xbd", b"\xe2\x80\xae", b"\t"),
    *(b'"', b"'", b"{", b"}", b"[", b"]", b":", b",", b"\n", b"- ", b"&a ", b"*a", b"<<: ", b"!!"),
    *(b"0", b"-", b"1e999", b"NaN", b"null", b"true", b"#", b"%", b"|", b"?", b"...\n", b"---\n"),
)


def torn(content: bytes, random: Random) -> bytes:
    """Break a file as disks, editors, shells and merges do."""
    begin, end = sorted(random.randrange(len(content) + 1) for _ in range(2))
    before, part, after = content[:begin], content[begin:end], content[end:]
    text = content.decode()
    return random.choice(
        [
            before,
            before + after,
            before + part * 2 + after,
            after + part + before,
            before + random.choice(_PIECES) + part + after,
            before + random.choice(_PIECES) + part[1:] + after,
            before + random.choice(_PIECES) + after,
            before + b"<<<<<<< HEAD\n" + part + b"=======\n" + after,
            text.encode(random.choice(["utf-16", "utf-32", "utf-8-sig", "utf-16-le", "cp500"])),
            content.replace(b"\n", random.choice([b"\r\n", b"\r", b"\n\n", b""])),
            content.replace(b" ", random.choice([b"\t", b"", b"\xa0", "\u00a0".encode()])),
        ]
    )
