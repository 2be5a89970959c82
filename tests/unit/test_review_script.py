"""examples/review_in_ci/review.sh with a fake `pulumi`: exit codes and comments."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "review_in_ci"
PREVIEWS = ROOT / "tests" / "recorded" / "previews"
SHELLS = [shell for shell in ("sh", "bash", "dash") if shutil.which(shell)]
BIN = Path(sys.executable).parent
# A folder of its own, so that no other command is found beside this one.
COMMAND = f'#!/bin/sh\nexec "{BIN / "keywordsai-dynamic"}" "$@"\n'
BROKEN = "#!/bin/sh\necho 'ModuleNotFoundError: No module named typer' >&2\nexit 1\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for file in (EXAMPLE / "review.sh", PREVIEWS / "unchanged.json", PREVIEWS / "no_drift.json"):
        shutil.copy(file, tmp_path)
    (tmp_path / "pyproject.toml").write_text(
        '[tool.keywordsai-dynamic.review]\nfail-on = ["delete", "drift"]\n'
    )
    (tmp_path / "bin").mkdir()
    return tmp_path


def command(project: Path, name: str, script: str) -> None:
    file = project / "bin" / name
    file.write_text(script)
    file.chmod(0o755)


def pulumi(project: Path, *, preview_exits: int) -> None:
    command(
        project,
        "pulumi",
        '#!/bin/sh\n[ "$1" = refresh ] && exec cat no_drift.json\n'
        f"cat unchanged.json\nexit {preview_exits}\n",
    )


def run(project: Path, shell: str, stacks: str | None) -> "subprocess.CompletedProcess[str]":
    path = os.pathsep.join([str(project / "bin"), "/usr/bin", "/bin"])
    return subprocess.run(  # noqa: S603  (the script that this is about)
        [str(shutil.which(shell)), "./review.sh"],
        cwd=project,
        env={"PATH": path, "LANG": "C.UTF-8", **({} if stacks is None else {"STACKS": stacks})},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("stacks", [None, ""])
def test_without_stacks_it_is_one_line_and_not_a_finding(
    project: Path, shell: str, stacks: str | None
) -> None:
    """Each shell has its own exit code for a variable that is not set; in bash it is 1."""
    done = run(project, shell, stacks)
    assert (done.returncode, done.stderr) == (
        2,
        'review.sh: set STACKS to the names of your stacks, like STACKS="dev prod"\n',
    )


def test_a_preview_that_fails_without_saying_so_in_its_json_does_not_pass(project: Path) -> None:
    """The JSON of a preview that a mandatory policy refuses looks complete."""
    command(project, "keywordsai-dynamic", COMMAND)
    pulumi(project, preview_exits=0)
    assert run(project, "sh", "dev").returncode == 0
    page = project / "review" / "report.html"
    assert '<h1><span class="pass">✓ </span>2 rules, no findings</h1>' in page.read_text()
    pulumi(project, preview_exits=1)
    done = run(project, "sh", "dev")
    said = "pulumi preview failed for dev, and its JSON does not say why (was it a policy pack?)"
    assert (done.returncode, done.stderr) == (2, f"review.sh: {said}\n")
    assert not page.exists()  # it would say that all is well
    comment = (project / "review" / "comment.md").read_text().splitlines()
    assert comment[:4] == [
        "<!-- keywordsai-dynamic review -->",
        f"### ❌ {said}",
        "",
        "### Model prices: ✅ 2 rules, no findings",
    ]


def test_a_command_that_does_not_run_is_not_a_finding(project: Path) -> None:
    """Python exits with 1 if a module is missing, as the review does for a finding."""
    command(project, "keywordsai-dynamic", BROKEN)
    pulumi(project, preview_exits=0)
    done = run(project, "sh", "dev")
    assert done.returncode == 2
    assert "    ModuleNotFoundError" in (project / "review" / "comment.md").read_text()
