"""examples/review_in_ci: its workflows' steps, run with the real CLI and a pretended code host."""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness.lengths import long_form_of
from harness.pulumi_stack import Stack

from keywordsai_dynamic.emulator import running_emulator

EXAMPLE = Path(__file__).parents[2] / "examples" / "review_in_ci"
MARKER = "<!-- keywordsai-dynamic review -->"
PROGRAM = """
from keywordsai_dynamic import CustomModel
CustomModel("support", model_name="acme/support-llm", base_model_name="gpt-4o", input_cost={})
"""
PAGE = "https://github.example/acme/prices/actions/runs/3/artifacts/4"
BOT = {"type": "Bot", "username": "project_7_bot_1"}
PERSON = {"type": "User", "username": "alice"}


class CodeHost:
    """Comments of one pull request, as GitHub and GitLab keep them, and what was asked for."""

    def __init__(self, author: str) -> None:
        self.comments: list[dict[str, Any]] = []
        self.calls: list[tuple[str, str]] = []
        self.tokens: set[str | None] = set()
        self.author = author
        self.url = ""

    def add(self, body: str, by: dict[str, str]) -> dict[str, Any]:
        comment = {"id": len(self.comments) + 1, "body": body, self.author: by}
        self.comments.append(comment)
        return comment

    def answer(self, method: str, path: str, body: Any) -> Any:  # noqa: ANN401  (JSON)
        self.calls.append((method, path))
        if method == "GET":
            page = int(path.rpartition("page=")[2])
            return self.comments[(page - 1) * 100 : page * 100]
        if method == "POST":
            return self.add(body["body"], BOT)
        comment = self.comments[int(path.rpartition("/")[2]) - 1]
        comment["body"] = body["body"]
        return comment


@contextmanager
def serving(host: CodeHost) -> Iterator[CodeHost]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            host.tokens |= {self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN")}
            content = json.dumps(host.answer(self.command, self.path, body)).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = handle_any  # noqa: N815  (the library's names)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (as above)
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    host.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def github(host: CodeHost) -> tuple[list[str], dict[str, str]]:
    """The shell steps after the installation, and what GitHub Actions sets."""
    job = yaml.safe_load((EXAMPLE / "github.yml").read_text())["jobs"]["review"]
    steps = [step["run"] for step in job["steps"] if step.get("name") in {"Review", "Comment"}]
    return steps, {
        "STACKS": job["env"]["STACKS"],
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": host.url,
        "GITHUB_REPOSITORY": "acme/prices",
        "GITHUB_REF": "refs/pull/12/merge",
        "GITHUB_TOKEN": "token-of-the-job",
        "REPORT_URL": PAGE,
    }


def gitlab(host: CodeHost) -> tuple[list[str], dict[str, str]]:
    """The script, which GitLab runs as one, and what GitLab CI sets."""
    job = yaml.safe_load((EXAMPLE / "gitlab-ci.yml").read_text())["price-review"]
    return ["\n".join(job["script"])], {
        "STACKS": job["variables"]["STACKS"],
        "CI_API_V4_URL": f"{host.url}/api/v4",
        "CI_PROJECT_ID": "7",
        "CI_MERGE_REQUEST_IID": "12",
        "CI_JOB_URL": "https://gitlab.example/acme/prices/-/jobs/9",
        "REVIEW_TOKEN": "token-of-the-project",
    }


def run_job(stack: Stack, steps: list[str], env: dict[str, str]) -> list[int]:
    """Run each step as the host would; the exit codes."""
    codes = []
    for step in steps:
        done = stack.run("/bin/sh", "-e", "-c", step, env=env, check=False)
        print(done)  # noqa: T201  (pytest shows it when the test fails)
        codes.append(done.returncode)
    return codes


@pytest.fixture(scope="module")
def two_stacks(tmp_path_factory: pytest.TempPathFactory, engine: Path) -> Iterator[Stack]:
    """Two stacks of the example with one model each; the tests only preview them."""
    with running_emulator() as emulator:
        env = {"KEYWORDSAI_API_KEY": emulator.api_key, "KEYWORDSAI_BASE_URL": emulator.url}
        with Stack(tmp_path_factory.mktemp("review") / "stack", engine, env) as stack:
            shutil.copytree(EXAMPLE, stack.project, dirs_exist_ok=True)
            stack.write_program(PROGRAM.format("2.50"))
            stack.up()
            stack.pulumi("stack", "init", "prod")
            stack.up("--stack", "prod")
            yield stack


@pytest.fixture
def pull_request(two_stacks: Stack) -> Stack:
    """The two stacks, and a program that has been changed since."""
    two_stacks.write_program(PROGRAM.format("3.10"))
    shutil.rmtree(two_stacks.project / "review", ignore_errors=True)
    return two_stacks


def test_github_gets_one_comment_that_is_updated_in_place(pull_request: Stack) -> None:
    """The first run posts it, the next one edits it; a rule that finds something fails the job."""
    with serving(CodeHost("user")) as host:
        host.add(f"{MARKER}\nwhat a person has pasted", PERSON)
        for _ in range(99):
            host.add("me too", PERSON)
        steps, env = github(host)
        assert run_job(pull_request, steps, env) == [1, 0]
        assert len(host.comments) == 101
        body = host.comments[100]["body"]
        (pull_request.project / "review" / "comment.md").write_text(f"{MARKER}\nlater\n")
        assert run_job(pull_request, steps[1:], env) == [0]
    comments = "/repos/acme/prices/issues/12/comments"
    assert host.calls == [
        ("GET", f"{comments}?per_page=100&page=1"),
        ("GET", f"{comments}?per_page=100&page=2"),
        ("POST", comments),
        ("GET", f"{comments}?per_page=100&page=1"),
        ("GET", f"{comments}?per_page=100&page=2"),
        ("PATCH", "/repos/acme/prices/issues/comments/101"),
    ]
    assert host.tokens == {"Bearer token-of-the-job"}
    assert body.startswith(f"{MARKER}\n### Model prices: ❌ 2 findings\n")
    row = "`input_cost` 2.5 → **3.1** (+0.6, +24%) · list 2.5 (+24%) | `+$372.00` a month |"
    assert body.count(row) == 2
    for stack in ("dev", "prod"):
        head = f"#### `{stack}`: `+$372.00` a month (+15%); 1 price rises\n\n1 updated; "
        assert head in body
    assert body.endswith(f"\n[Charts]({PAGE})\n")
    assert host.comments[100]["body"] == f"{MARKER}\nlater\n\n[Charts]({PAGE})\n"
    page = (pull_request.project / "review" / "report.html").read_text()
    assert '<h1><span class="fail">✗ </span>2 findings</h1>' in page
    assert page.count("+$372.00 a month (+15%)") == 2


def test_the_uploaded_page_is_the_one_that_is_written() -> None:
    """GitHub's step uploads a single file; its address is what the comment gets."""
    steps = yaml.safe_load((EXAMPLE / "github.yml").read_text())["jobs"]["review"]["steps"]
    upload, comment = steps[-2:]
    assert upload["with"]["path"] == "review/report.html"
    assert comment["env"]["REPORT_URL"] == f"${{{{ steps.{upload['id']}.outputs.artifact-url }}}}"


@long_form_of("e2e/test_review_in_ci.py::test_github_gets_one_comment_that_is_updated_in_place")
def test_gitlab_s_note_is_updated_in_place(pull_request: Stack) -> None:
    """The same on GitLab, in one script whose exit code is the review's."""
    pull_request.write_program(PROGRAM.format("2.75"))
    with serving(CodeHost("author")) as host:
        host.add(f"{MARKER}\nwhat a person has pasted", PERSON)
        host.add(f"{MARKER}\nearlier", BOT)
        steps, env = gitlab(host)
        assert run_job(pull_request, steps, env) == [0]
    notes = "/api/v4/projects/7/merge_requests/12/notes"
    assert host.calls == [("GET", f"{notes}?per_page=100&page=1"), ("PUT", f"{notes}/2")]
    assert host.tokens == {"token-of-the-project"}
    said = host.comments[1]["body"]
    assert said.startswith(f"{MARKER}\n### Model prices: ✅ 8 rules, no findings\n")
    assert "#### `prod`: `+$155.00` a month (+6.2%); 1 price rises" in said
    job = yaml.safe_load((EXAMPLE / "gitlab-ci.yml").read_text())["price-review"]
    (page,) = job["artifacts"]["paths"]
    assert said.endswith(f"\n[Charts]({env['CI_JOB_URL']}/artifacts/file/{page})\n")
    assert (pull_request.project / page).stat().st_size > 1_000


@long_form_of(
    "unit/test_review_script.py::test_a_preview_that_fails_without_saying_so_in_its_json_does_not_pass"
)
def test_a_program_that_does_not_run_is_told_in_the_comment(pull_request: Stack) -> None:
    """The comment says that a preview failed, instead of showing the last good one."""
    pull_request.write_program('import pulumi\nraise pulumi.RunError("no such customer: acme")\n')
    with serving(CodeHost("user")) as host:
        steps, env = github(host)
        assert run_job(pull_request, steps, env) == [2, 0]
    (comment,) = host.comments
    assert "**The preview ended in an error; changes may be missing.**" in comment["body"]
    assert "no such customer: acme" in comment["body"]


def test_a_stack_that_does_not_exist_is_told_in_the_comment(pull_request: Stack) -> None:
    """Nothing can be reviewed, and the comment says why."""
    with serving(CodeHost("user")) as host:
        steps, env = github(host)
        env = {**env, "STACKS": "staging", "REPORT_URL": ""}  # nothing was uploaded
        assert run_job(pull_request, steps, env) == [2, 0]
        assert not (pull_request.project / "review" / "report.html").exists()
    assert host.comments[0]["body"] == (
        f"{MARKER}\n### Model prices: ❌ not reviewed\n\n"
        "    review/staging.json is empty: `pulumi preview --json` wrote nothing to standard "
        "output.\n"
    )
