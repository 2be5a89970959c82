#!/usr/bin/env python3
"""Post a file as the one comment of a pull or merge request, or update it where it stands already.

    python comment.py review/comment.md

Runs in a job of GitHub Actions (token in GITHUB_TOKEN) or GitLab CI (token in REVIEW_TOKEN) and
takes the rest from the variables that these set. The comment is known by its first line.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

PAGE = 100


def main(path: str) -> None:
    body = Path(path).read_text(encoding="utf-8")
    marker = body.partition("\n")[0]
    github = os.environ.get("GITHUB_ACTIONS") == "true"
    comments, method, auth, editing = on_github() if github else on_gitlab()
    old = next((each for each in listed(comments, auth) if ours(each, marker)), None)
    if old is None:
        asked("POST", comments, auth, {"body": body})
    else:
        asked(method, editing.format(old["id"]), auth, {"body": body})


def on_github() -> tuple[str, str, tuple[str, str], str]:
    """Say where comments are, how one is edited, and with which token."""
    repository = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}/issues"
    number = os.environ["GITHUB_REF"].split("/")[2]  # refs/pull/NUMBER/merge
    auth = ("Authorization", f"Bearer {os.environ['GITHUB_TOKEN']}")
    return f"{repository}/{number}/comments", "PATCH", auth, f"{repository}/comments/{{}}"


def on_gitlab() -> tuple[str, str, tuple[str, str], str]:
    """Say the same for GitLab, where comments are called notes."""
    project = f"{os.environ['CI_API_V4_URL']}/projects/{os.environ['CI_PROJECT_ID']}"
    notes = f"{project}/merge_requests/{os.environ['CI_MERGE_REQUEST_IID']}/notes"
    return notes, "PUT", ("PRIVATE-TOKEN", os.environ["REVIEW_TOKEN"]), f"{notes}/{{}}"


def ours(comment: dict[str, Any], marker: str) -> bool:
    """Tell our comment from one in which a person quotes it; tokens of jobs belong to bots."""
    author = comment.get("user") or comment["author"]
    bot = author.get("type") == "Bot" or "_bot_" in author.get("username", "")
    return bot and comment["body"].startswith(marker)


def listed(comments: str, auth: tuple[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while len(found) % PAGE == 0:
        number = len(found) // PAGE + 1
        page = asked("GET", f"{comments}?per_page={PAGE}&page={number}", auth)
        if not page:
            break
        found += page
    return found


def asked(
    method: str, url: str, auth: tuple[str, str], content: dict[str, str] | None = None
) -> Any:  # noqa: ANN401  (JSON is anything)
    data = None if content is None else json.dumps(content).encode()
    headers = {"Content-Type": "application/json", auth[0]: auth[1]}
    request = Request(url, data, headers, method=method)  # noqa: S310  (the CI's own address)
    try:
        with urlopen(request, timeout=30) as answer:  # noqa: S310  (as above)
            return json.load(answer)
    except HTTPError as error:
        sys.exit(f"comment.py: {method} {url}: {error.code} {error.read(300).decode()}")
    except URLError as error:
        sys.exit(f"comment.py: {method} {url}: {error.reason}")


if __name__ == "__main__":
    main(*sys.argv[1:])
