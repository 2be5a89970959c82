#!/usr/bin/env python3
"""Post a file as the one comment of a pull or merge request, or update that comment.

    python comment.py review/comment.md

Runs in a job of GitHub Actions (token in GITHUB_TOKEN) or GitLab CI (token in REVIEW_TOKEN) and
reads the rest from the variables that these set. The comment is recognized by its first line, and
ends with a link to the page if REPORT_URL has its address. A run that is not for a pull or merge
request has nothing to comment on: one line, exit code 0. Any error is one line and exit code 2.
"""

import json
import os
import re
import sys
from http.client import HTTPException
from pathlib import Path
from typing import Any, NamedTuple, NoReturn
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

MARKER = "<!-- keywordsai-dynamic review -->"
PAGE = 100
PAGES = 100
SECONDS = 30
SET_BY = {
    "GITHUB_API_URL": "GitHub Actions sets it",
    "GITHUB_REPOSITORY": "GitHub Actions sets it",
    "GITHUB_REF": "GitHub Actions sets it",
    "GITHUB_TOKEN": "pass it to the step, as env: GITHUB_TOKEN: ${{ github.token }}",
    "CI_API_V4_URL": "GitLab CI sets it, and GitHub Actions sets GITHUB_ACTIONS=true instead",
    "CI_PROJECT_ID": "GitLab CI sets it",
    "REVIEW_TOKEN": "make it a masked CI/CD variable: a project access token with the scope api; a "
    "protected variable is set on protected branches only",
}


class Host(NamedTuple):
    """Where comments are listed, how one is edited, and the header that allows it."""

    comments: str
    method: str
    edited: str
    auth: tuple[str, str]


def main(*args: str) -> None:
    if len(args) != 1:
        give_up("pass one file, like: python comment.py review/comment.md")
    body = read(args[0]) + link(os.environ.get("REPORT_URL", ""))
    host = on_github() if os.environ.get("GITHUB_ACTIONS") == "true" else on_gitlab()
    old = next((each for each in listed(host) if ours(each)), None)
    if old is None:
        method, url = "POST", host.comments
    elif isinstance(old.get("id"), int):
        method, url = host.method, host.edited.format(old["id"])
    else:
        give_up(f"GET {host.comments}: the response has a comment without an id")
    response = request_json(method, url, host.auth, {"body": body})
    if not isinstance(response, dict) or "id" not in response:
        give_up(f"{method} {url}: the response is not a comment, so it may not have been posted")


def read(path: str) -> str:
    try:
        body = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        give_up(f"{path}: {error.strerror}")
    except ValueError:
        give_up(f"{path}: not UTF-8 text; write it with `keywordsai-dynamic review`")
    if body.partition("\n")[0] != MARKER:
        give_up(f"{path}: its first line must be {MARKER}, by which the comment is found again")
    return body


def link(address: str) -> str:
    """Return a link to the page, or nothing without a valid URL: the comment is complete anyway."""
    return f"\n[Charts]({address})\n" if re.fullmatch(r"https?://[^\s()<>]+", address) else ""


def on_github() -> Host:
    repository = f"{variable('GITHUB_API_URL')}/repos/{variable('GITHUB_REPOSITORY')}/issues"
    ref = variable("GITHUB_REF")
    number = re.fullmatch(r"refs/pull/(\d+)/\w+", ref)
    if number is None:
        nothing_to_do(f"GITHUB_REF is {ref}, which is not a pull request")
    auth = ("Authorization", f"Bearer {token('GITHUB_TOKEN')}")
    return Host(f"{repository}/{number[1]}/comments", "PATCH", f"{repository}/comments/{{}}", auth)


def on_gitlab() -> Host:
    """Return the same for GitLab, where comments are called notes."""
    project = f"{variable('CI_API_V4_URL')}/projects/{variable('CI_PROJECT_ID')}"
    number = os.environ.get("CI_MERGE_REQUEST_IID")
    if not number:
        nothing_to_do("CI_MERGE_REQUEST_IID is not set, so this is not a merge request's pipeline")
    notes = f"{project}/merge_requests/{number}/notes"
    return Host(notes, "PUT", f"{notes}/{{}}", ("PRIVATE-TOKEN", token("REVIEW_TOKEN")))


def variable(name: str) -> str:
    value = os.environ.get(name)
    return value or give_up(f"{name} is not set: {SET_BY[name]}")


def token(name: str) -> str:
    value = variable(name)
    if not (value.isascii() and value.isprintable()):
        give_up(
            f"{name} holds a line break or another character that a token cannot have: set it again"
        )
    return value


def ours(comment: dict[str, Any]) -> bool:
    """Return whether a comment is ours, and not a person's quote of it; we comment as a bot."""
    author = comment.get("user") or comment.get("author")  # neither if the account is gone
    if not isinstance(author, dict):
        return False
    bot = author.get("type") == "Bot" or "_bot_" in str(author.get("username"))
    return bot and str(comment.get("body")).startswith(MARKER)


def listed(host: Host) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number in range(1, PAGES + 1):
        url = f"{host.comments}?per_page={PAGE}&page={number}"
        page = request_json("GET", url, host.auth)
        if not isinstance(page, list) or not all(isinstance(each, dict) for each in page):
            give_up(f"GET {url}: the response is not a list of comments")
        found += page
        if len(page) < PAGE:
            break
    else:
        give_up(f"{host.comments}: has more than {PAGE * PAGES:,} comments")
    return found


def request_json(
    method: str, url: str, auth: tuple[str, str], content: dict[str, str] | None = None
) -> Any:  # noqa: ANN401  (JSON is anything)
    data = None if content is None else json.dumps(content).encode()
    headers = {"Content-Type": "application/json", auth[0]: auth[1]}
    try:
        request = Request(url, data, headers, method=method)  # noqa: S310  (the CI's own address)
        with urlopen(request, timeout=SECONDS) as response:  # noqa: S310  (as above)
            content_read = response.read()
    except HTTPError as error:
        give_up(f"{method} {url}: {error.code} {message(error)}")
    except URLError as error:
        give_up(f"{method} {url}: {error.reason}")
    except (HTTPException, OSError, ValueError) as error:
        give_up(f"{method} {url}: {error or type(error).__name__}")
    try:
        return json.loads(content_read)
    except (RecursionError, ValueError):
        give_up(f"{method} {url}: the response is not JSON")


def message(error: HTTPError) -> str:
    try:
        return error.read(300).decode(errors="replace")
    except (HTTPException, OSError):
        return ""


def nothing_to_do(why: str) -> NoReturn:
    print(one_line(f"{why}: nothing to comment on"))  # noqa: T201  (a script's output)
    sys.exit(0)


def give_up(why: str) -> NoReturn:
    print(one_line(why), file=sys.stderr)  # noqa: T201  (as above)
    sys.exit(2)


def one_line(sentence: str) -> str:
    shown = " ".join(sentence.split())
    return "comment.py: " + "".join(each if each.isprintable() else "?" for each in shown)


if __name__ == "__main__":
    main(*sys.argv[1:])
