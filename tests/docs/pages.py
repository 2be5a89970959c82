"""A Markdown page as its tests see it: sections with blocks of code, links, anchors, words."""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

_COMMENT = re.compile(r"<!--\s*(?P<kind>not run|emulator):\s*(?P<text>.*?)\s*-->", re.DOTALL)
_HTML_LINK = re.compile(r"""<(?:a|img|source)\b[^>]*?\s(?:href|src|srcset)=["']([^"']+)["']""")
_HTML_ANCHOR = re.compile(r"""<a\b[^>]*?\s(?:id|name)=["']([^"']+)["']""")


@dataclass(frozen=True)
class Block:
    """A fenced block of code, or what a comment has the emulator do at that place."""

    place: str
    language: str
    text: str
    not_run: str = ""


@dataclass(frozen=True)
class Section:
    """What stands under one heading of the first or second level."""

    title: str
    blocks: list[Block] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """One page: `name` is its path in the repository."""

    name: str
    text: str
    sections: list[Section]
    links: list[str]
    anchors: set[str]
    hidden: list[str]
    """Code that no test would find, because it says no language or is no fence."""


@functools.cache
def all_pages(root: Path) -> list[Page]:
    """Read every page for users and contributors: those of the root, and of three folders."""
    folders = [root / name for name in ("docs", "examples", "keywordsai_dynamic")]
    found = [*root.glob("*.md"), *(path for folder in folders for path in folder.rglob("*.md"))]
    return [read_page(root, path) for path in sorted(found)]


def read_page(root: Path, path: Path) -> Page:
    """Read a page."""
    name, text = path.relative_to(root).as_posix(), path.read_text()
    page = Page(name, text, [Section("")], [], set(), [])
    reason = ""
    heading = None
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        place = f"{name}:{token.map[0] + 1}" if token.map else name
        if token.type == "code_block" or (token.type == "fence" and not token.info):
            page.hidden.append(f"{place}: write a fence with its language")
        elif token.type == "fence":
            page.sections[-1].blocks.append(Block(place, token.info, token.content, reason))
        reason = ""
        if token.type == "html_block":
            reason, played = _comments(token.content)
            page.sections[-1].blocks.extend(Block(place, "emulator", call) for call in played)
        if token.type == "inline" and heading:
            page.anchors.add(_slug(token.content, page.anchors))
            if heading in {"h1", "h2"}:
                page.sections.append(Section(token.content))
        if token.type in {"inline", "html_block"}:
            page.links.extend(_links(token))
            page.anchors.update(_HTML_ANCHOR.findall(token.content))
        heading = token.tag if token.type == "heading_open" else None
    return page


def _comments(html: str) -> tuple[str, list[str]]:
    """Find why the next block is not run, and what the emulator is to play."""
    found = [(comment["kind"], comment["text"]) for comment in _COMMENT.finditer(html)]
    reasons = [text for kind, text in found if kind == "not run"]
    return "".join(reasons), [text for kind, text in found if kind == "emulator"]


def _links(token: Token) -> list[str]:
    attributes = [child.attrs for child in token.children or []]
    linked = [str(target) for each in attributes if (target := each.get("href") or each.get("src"))]
    return linked + _HTML_LINK.findall(token.content)


def dead_links(page: Page, root: Path) -> list[str]:
    """Name the links into the repository that lead nowhere; those to other hosts are not asked."""
    return [f"{page.name}: {link}" for link in page.links if not _leads_somewhere(link, page, root)]


def _leads_somewhere(link: str, page: Page, root: Path) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    target = root / page.name
    if parts.path:
        target = (target.parent / unquote(parts.path)).resolve()
    if not (target.exists() and target.is_relative_to(root)):
        return False
    if not parts.fragment or target.suffix != ".md":
        return True
    return parts.fragment in read_page(root, target).anchors


def _slug(heading: str, taken: set[str]) -> str:
    """Name a heading as GitHub does."""
    plain = re.sub(r"\[([^]]*)]\([^)]*\)", r"\1", heading)
    slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
    number = 0
    while (name := f"{slug}-{number}" if number else slug) in taken:
        number += 1
    return name


def unnamed(words: Iterable[str], text: str) -> list[str]:
    """Name the words that a text does not hold as words of their own."""
    return [word for word in words if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)]
