"""examples/review_in_ci/comment.py: on any problem, one line and no comment."""

from collections.abc import Callable
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from harness.raw_server import byte_server, raw_server

SCRIPT = Path(__file__).parents[2] / "examples" / "review_in_ci" / "comment.py"
MARKER = "<!-- keywordsai-dynamic review -->"
NOWHERE = "http://127.0.0.1:9"
GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_API_URL": NOWHERE,
    "GITHUB_REPOSITORY": "acme/prices",
    "GITHUB_REF": "refs/pull/12/merge",
    "GITHUB_TOKEN": "token-of-the-job",
}
GITLAB = {
    "CI_API_V4_URL": NOWHERE,
    "CI_PROJECT_ID": "7",
    "CI_MERGE_REQUEST_IID": "12",
    "REVIEW_TOKEN": "token-of-the-project",
}
BOT = {"type": "Bot"}


class Ended(NamedTuple):
    code: object
    out: str
    err: str


Comment = Callable[..., Ended]


def script() -> ModuleType:
    spec = util.spec_from_file_location("comment", SCRIPT)
    assert spec
    assert spec.loader
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def comment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Comment:
    """Run the script with only these variables, next to a valid comment.md."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "comment.md").write_text(f"{MARKER}\n### Model prices\n")

    def run(variables: dict[str, str], *args: str, seconds: float = 30) -> Ended:
        for name in (*GITHUB, *GITLAB):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        module = script()
        module.SECONDS = seconds  # type: ignore[attr-defined]  # a constant of the script
        code: object = None
        try:
            module.main(*(args or ("comment.md",)))
        except SystemExit as end:
            code = end.code
        return Ended(code, *capsys.readouterr())

    return run


def line(ended: Ended) -> str:
    """The one line of a script that gave up."""
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert "token-of-" not in ended.err
    return ended.err.removeprefix("comment.py: ").strip()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("GITHUB_API_URL", "GitHub Actions sets it"),
        ("GITHUB_REPOSITORY", "GitHub Actions sets it"),
        ("GITHUB_REF", "GitHub Actions sets it"),
        ("GITHUB_TOKEN", "pass it to the step, as env: GITHUB_TOKEN: ${{ github.token }}"),
        ("CI_API_V4_URL", "GitLab CI sets it, and GitHub Actions sets GITHUB_ACTIONS=true instead"),
        ("CI_PROJECT_ID", "GitLab CI sets it"),
        (
            "REVIEW_TOKEN",
            "make it a masked CI/CD variable: a project access token with the scope api; a "
            "protected variable is set on protected branches only",
        ),
    ],
)
@pytest.mark.parametrize("empty", [True, False])
def test_a_missing_variable_is_named_with_where_it_comes_from(
    comment: Comment, name: str, sentence: str, empty: bool
) -> None:
    """An empty one is missing too: that is what a pull request from a fork gets for a secret."""
    variables = dict(GITHUB if name.startswith("GITHUB") else GITLAB)
    del variables[name]
    if empty:
        variables[name] = ""
    assert line(comment(variables)) == f"{name} is not set: {sentence}"


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        (
            {**GITHUB, "GITHUB_REF": "refs/heads/main"},
            "GITHUB_REF is refs/heads/main, which is not a pull request",
        ),
        (
            {**GITHUB, "GITHUB_REF": "refs/tags/v1"},
            "GITHUB_REF is refs/tags/v1, which is not a pull request",
        ),
        (
            {**GITLAB, "CI_MERGE_REQUEST_IID": ""},
            "CI_MERGE_REQUEST_IID is not set, so this is not a merge request's pipeline",
        ),
    ],
)
def test_a_run_without_a_pull_request_posts_nothing(
    comment: Comment, variables: dict[str, str], why: str
) -> None:
    """A push to a branch has nothing to comment on; that is reported, but not a failure."""
    with raw_server([]) as host:
        named = {name: host.url if value == NOWHERE else value for name, value in variables.items()}
        assert comment(named) == (0, f"comment.py: {why}: nothing to comment on\n", "")
    assert host.requests == []


ISSUES = "/repos/acme/prices/issues"


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ([(200, None)], "GET {url}/12/comments?per_page=100&page=1: the response is not JSON"),
        (
            [(200, {"message": "moved"})],
            "GET {url}/12/comments?per_page=100&page=1: the response is not a list of comments",
        ),
        (
            [(200, ["one"])],
            "GET {url}/12/comments?per_page=100&page=1: the response is not a list of comments",
        ),
        (
            [(200, [{"body": MARKER, "user": BOT}])],
            "GET {url}/12/comments: the response has a comment without an id",
        ),
        (
            [(404, {"message": "Not\nFound"})],
            'GET {url}/12/comments?per_page=100&page=1: 404 {{"message": "Not\\nFound"}}',
        ),
        (
            [(200, []), (200, {"message": "sign in"})],
            "POST {url}/12/comments: the response is not a comment, so it may not have been posted",
        ),
        ([(200, []), (201, None)], "POST {url}/12/comments: the response is not JSON"),
        (
            [(200, [{"id": 3, "body": f"{MARKER}\nold", "user": BOT}]), (200, [])],
            "PATCH {url}/comments/3: the response is not a comment, so it may not have been posted",
        ),
        ([(200, [{}] * 100)] * 100, "{url}/12/comments: has more than 10,000 comments"),
    ],
)
def test_an_odd_answer_is_one_line(
    comment: Comment, answers: list[tuple[int, Any]], sentence: str
) -> None:
    """The response may come from a proxy, a sign-in page or an error page."""
    with raw_server(answers) as host:
        said = line(comment({**GITHUB, "GITHUB_API_URL": host.url}))
    assert said == sentence.format(url=host.url + ISSUES)


@pytest.mark.parametrize("user", [None, {}, "ghost", {"type": "Bot"}])
@pytest.mark.parametrize("body", [None, 5, "other"])
def test_comments_of_others_are_passed_over(comment: Comment, user: object, body: object) -> None:
    """GitHub returns no user if the account is gone."""
    answers = [(200, [{"id": 1, "body": body, "user": user}]), (201, {"id": 2})]
    with raw_server(answers) as host:
        assert comment({**GITHUB, "GITHUB_API_URL": host.url}) == (None, "", "")
    assert [(each.method, each.target) for each in host.requests][1:] == [
        ("POST", f"{ISSUES}/12/comments")
    ]


def test_a_host_that_says_nothing_or_breaks_off_is_one_line(comment: Comment) -> None:
    """A timeout, a connection that ends early, a response that is not HTTP, no host."""
    for pieces, said in (
        ((5.0,), "timed out"),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n[", 5.0), "timed out"),
        ((b"SSH-2.0-OpenSSH\r\n",), "SSH-2.0-OpenSSH"),
    ):
        with byte_server(*pieces) as server:
            ended = comment({**GITHUB, "GITHUB_API_URL": server.url}, seconds=0.2)
        assert line(ended).endswith(f": {said}")
    assert "refused" in line(comment(GITHUB))
    assert "unknown url type" in line(comment({**GITHUB, "GITHUB_API_URL": "github"}))


def test_a_token_that_no_header_can_hold_is_not_shown(comment: Comment) -> None:
    """A line break gets into secrets when they are pasted."""
    said = line(comment({**GITLAB, "REVIEW_TOKEN": "token-of-the-project\n"}))
    assert said == (
        "REVIEW_TOKEN holds a line break or another character that a token cannot have: set it "
        "again"
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "No such file or directory"),
        (b"\xff\xfe", "not UTF-8 text; write it with `keywordsai-dynamic review`"),
        (b"", f"its first line must be {MARKER}, by which the comment is found again"),
        (b"hello\n", f"its first line must be {MARKER}, by which the comment is found again"),
    ],
)
def test_a_file_that_is_no_comment_is_one_line(
    comment: Comment, tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    """An empty one would have been taken for every comment of a bot."""
    if content is not None:
        (tmp_path / "other.md").write_bytes(content)
    assert line(comment(GITHUB, "other.md")) == f"other.md: {sentence}"


def test_it_wants_one_file(comment: Comment) -> None:
    """The line shows how to call it."""
    assert line(comment(GITHUB, "a", "b")) == (
        "pass one file, like: python comment.py review/comment.md"
    )


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://github.com/a/b/actions/runs/1/artifacts/2", True),
        ("", False),
        ("javascript:alert(1)", False),
        ("https://a.example/x) [click](https://evil.example", False),
        ("https://a.example/\n/close", False),
    ],
)
def test_a_link_is_added_for_an_address_alone(address: str, link: bool) -> None:
    """Without the page the comment is complete, so anything else is left out."""
    assert script().link(address) == (f"\n[Charts]({address})\n" if link else "")
