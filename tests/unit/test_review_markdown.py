"""The comment: small for any number of changes, recognized by its marker, safe from its content."""

import re
from html import unescape

import pytest
from harness.cpu_time import at_most
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from review_documents import Fields, preview, step, update

from keywordsai_dynamic.core.formatting import shorten
from keywordsai_dynamic.core.redaction import one_line
from keywordsai_dynamic.review import Report, evaluate, parse_rule, review
from keywordsai_dynamic.review.markdown import LIMIT, MARKER, markdown

GITHUB = MarkdownIt("gfm-like", {"linkify": False})


def many(count: int, name: str = "acme/model-{}") -> Fields:
    """Every model gets more expensive, the last one most; a tenth of them is deleted."""
    return preview(
        *(
            update(
                name.format(number),
                {"input_cost": 1, "output_cost": 4, "function_call": 0},
                {"input_cost": 1 + number / 1000, "output_cost": 5, "function_call": 1},
            )
            for number in range(count)
        ),
        *(step("delete", f"gone-{number}", old={"input_cost": 1}) for number in range(count // 10)),
    )


def report(*documents: Fields, rules: tuple[str, ...] = ()) -> Report:
    reviews = [review(each, stack=f"stack-{number}") for number, each in enumerate(documents)]
    return evaluate(reviews, [parse_rule(rule) for rule in rules])


def cells(text: str) -> list[list[str]]:
    """Read the tables back as GitHub would: the HTML of each cell, row by row."""
    html = GITHUB.render(text)
    rows = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    return [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL) for row in rows]


def test_a_thousand_models_fit_into_one_comment_in_under_two_seconds() -> None:
    """60 kB is the limit; the rest is counted, and the most severe changes come first."""
    with at_most(2):
        text = markdown(report(many(1000), rules=("increase>10%", "delete")))
    assert LIMIT - 3000 < len(text.encode()) <= LIMIT == 60_000
    rows = cells(text)[1:]
    assert [row[0] for row in rows[:1]] == ["<code>gone-0</code><br>deleted"]
    assert rows[100][0] == "<code>acme/model-999</code><br>updated"
    rest = re.search(r"… and (\d+) updated, not shown here\.", text)
    assert rest
    assert len(rows) + int(rest[1]) == 1100
    # 1,000 output prices + 899 input prices beyond 10 % + 100 deletions, of which 20 are named.
    assert "❌ 1,999 findings" in text
    assert "- … and 1,979 more" in text


@pytest.mark.parametrize("stacks", [2, 7])
def test_several_stacks_share_the_space(stacks: int) -> None:
    """Each stack has its heading and its most severe changes, all within the limit."""
    text = markdown(report(*(many(400) for _ in range(stacks))))
    assert len(text.encode()) <= LIMIT
    for number in range(stacks):
        assert f"#### `stack-{number}`: 799 prices rise, 40 models go\n\n40 deleted, 400" in text
    assert text.count("| `acme/model-399`<br>updated |") == stacks


def test_long_names_and_long_errors_are_cut() -> None:
    """A name is cut at 100 characters; an error at 1,500, and its end, the reason, is kept."""
    diagnostics = [{"severity": "error", "message": "e" * 90_000 + "\nValueError: acme"}]
    document = {**many(300, "ü" * 3000 + "{}"), "diagnostics": diagnostics}
    text = markdown(report(document, rules=("increase>0%",)))
    assert len(text.encode()) <= LIMIT
    assert "e…e" in text
    assert "\n    ValueError: acme\n\n" in text


def test_the_marker_is_the_first_line() -> None:
    """A workflow finds its comment by the marker, which never changes."""
    assert MARKER == "<!-- keywordsai-dynamic review -->"
    created = preview(step("create", "m", None, {"input_cost": 1}))
    assert markdown(report(created)).startswith(f"{MARKER}\n")


@pytest.mark.parametrize(
    "name",
    [
        "a|b",
        "a`b",
        "``a``",
        "<b>bold</b>",
        "*a*",
        "@everyone",
        "[x](http://evil)",
        "a\nb | c",
        "\\",
    ],
)
def test_names_are_shown_verbatim(name: str) -> None:
    """A name is one code span in one cell, whatever characters it has."""
    text = markdown(report(preview(update(name, {"input_cost": 1}, {"input_cost": 2}))))
    (_, row) = cells(text)
    shown = name.replace("\n", "\\n").replace("&", "&amp;")
    shown = shown.replace("<", "&lt;").replace(">", "&gt;")
    assert row == [
        f"<code>{shown}</code><br>updated",
        "<code>input_cost</code> 1 → <strong>2</strong> (+1, +100%)",
        "",
    ]


# What GitHub or GitLab makes something of where it stands outside of code.
LIVE = [
    *("http://a.io", "https://a.io", "ftp://a.io", "www.a.io", "mailto:a@b.io", "a@b.io", "irc:a"),
    *("@acme/everyone", "@all", "#1", "!1", "&1", "$1", "~bug", '~"a b"', "%1", "^alert#1", "GH-1"),
    *("acme/shop#1", "acme/shop@0123456", "acme/shop!1", "JIRA-123", "[issue:1]", "[^1]", "[x]"),
    *("0123456", "deadbeef", "0.00000012345678", ":smile:", "$a$", "{+a+}", "[a](b)", "![a](b)"),
    *("<b>bold</b>", "&copy;", "*a* _b_ ~~c~~", "a|b", "a`b`c", "\\|", "``", "`", "a\nb\n\n# c"),
    *("/close", "- a", "# a", "  a  b ", "", " ", "a.", ".", "$1 and $2", "\x1b[31m\u202e"),
]


@pytest.mark.parametrize("name", LIVE)
def test_sentences_are_shown_verbatim(name: str) -> None:
    """A display name stays intact in one cell, and everything but plain words is code."""
    text = markdown(report(preview(update("m", {}, {"display_name": name}))))
    (_, row) = cells(text)
    assert row[::2] == ["<code>m</code><br>updated", ""]
    said = re.sub("</?code>", "", row[1])
    assert unescape(said).rstrip(" ") == f"display name {one_line(name)}".rstrip(" ")
    words = unescape(re.sub("<code>.*?</code>", "", row[1])).split()
    assert [word for word in words if not re.fullmatch(r"[A-Za-z]*[.,:;]?", word)] == []


def visible(html: str) -> str:
    """What a reader sees of HTML."""
    return unescape(re.sub("<[^>]*>", "", html)).strip()


@given(st.text(st.characters() | st.sampled_from("`|\\ *_<&@#/.\n\tab0"), min_size=1))
def test_any_text_is_shown_verbatim(name: str) -> None:
    """In a cell and in a finding's line, where a pipe is written differently."""
    change = step("replace", "a model", {}, {"display_name": name})
    change["oldState"]["inputs"]["model_name"] = name
    html = GITHUB.render(markdown(report(preview(change), rules=("delete",))))
    (finding,) = re.findall("<li>(.*)</li>", html)
    (cell,) = re.findall("<td>(display .*)</td>\n", html)
    words = f"{one_line(name)} is deleted, and this model replaces it"
    assert visible(finding) == f"delete stack-0 a model: {shorten(words, 200)}"
    assert visible(cell) == shorten(f"display name {one_line(name)}", 200).strip()


def test_an_error_stays_in_its_block() -> None:
    """A message may contain a fence, and a GitLab command at the start of a line."""
    diagnostics = [{"severity": "error", "message": "error: ```\n# loud\n\n/close\n````\n"}]
    text = markdown(report(preview(diagnostics=diagnostics)))
    assert "<pre><code>```\n# loud\n\n/close\n````\n</code></pre>" in GITHUB.render(text)
    assert not re.search("^/close", text, re.MULTILINE)
