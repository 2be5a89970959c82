"""`make try` opens a shell in which its own advice works, and leaves nothing, however it ends."""

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.lengths import few, long_form_of
from harness.scratch import environments

ROOT = Path(__file__).parents[2]
SCRIPT = [sys.executable, str(ROOT / "scripts" / "try_out.py")]
PROMPT = "try$ "
_LOG_IN = "import os, sys; os.login_tty(int(sys.argv[1])); os.execv(sys.argv[2], sys.argv[2:])"
_COMMAND = re.compile(r"^  (\S.*)$", re.MULTILINE)
_COLORS = re.compile(r"\x1b\[[\d;?]*[a-zA-Z]|\r")


class Terminal:
    """A terminal with the script in it, and a home and a scratch folder of its own."""

    def __init__(self, folder: Path, engine: Path) -> None:
        self.home, self.scratch = folder / "home", folder / "scratch"
        self.home.mkdir()
        self.scratch.mkdir()
        self.shown = ""
        self._master, slave = os.openpty()
        env = {
            "PATH": f"{engine}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "TMPDIR": str(self.scratch),
            "TERM": "dumb",
            "PULUMI_OPTION_COLOR": "never",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.process = subprocess.Popen(  # noqa: S603  (our own script)
            [sys.executable, "-c", _LOG_IN, str(slave), *SCRIPT], env=env, pass_fds=(slave,)
        )
        os.close(slave)

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def until(self, text: str, seconds: float = 120) -> str:
        """Read until the text is shown, and return what came up to it."""
        end = time.monotonic() + seconds
        while text not in self.shown:
            assert time.monotonic() < end, self.shown
            assert self._read(), self.shown
        said, _, self.shown = self.shown.partition(text)
        return said

    def _read(self) -> bool:
        """Take in what is shown; False if nobody has the terminal any more."""
        try:
            if select.select([self._master], [], [], 1)[0]:
                chunk = os.read(self._master, 1 << 16)
                self.shown += _COLORS.sub("", chunk.decode(errors="replace"))
                return bool(chunk)
        except OSError:  # what Linux says at the end of a terminal
            return False
        return True

    def ended(self) -> int:
        """Read to the end, and return the exit code."""
        while self._read():
            pass
        return self.process.wait(60)

    def close(self) -> None:
        os.close(self._master)
        self.process.wait(60)

    def left_behind(self) -> list[str]:
        """Files in the home and the scratch folder, and processes that were told of the latter."""
        files = [str(file) for folder in (self.home, self.scratch) for file in folder.rglob("*")]
        return files + [told for _, told in environments() if str(self.scratch) in told]


@pytest.fixture
def terminal(tmp_path: Path, engine: Path) -> Iterator[Terminal]:
    opened = Terminal(tmp_path, engine)
    yield opened
    opened.process.terminate()
    opened.close()


@long_form_of("e2e/test_demo.py::test_the_demo_tells_its_story_and_leaves_nothing")
def test_what_it_tells_to_type_works(terminal: Terminal) -> None:
    """Each command that it prints ends well, and together they are the whole story."""
    before = {file: file.read_bytes() for file in ROOT.glob("examples/*/*") if file.is_file()}
    commands = _COMMAND.findall(terminal.until(PROMPT))
    assert len(commands) == 10
    said = {}
    for number, command in enumerate(commands):
        terminal.type(f"{command}; echo ended:$?\n")
        terminal.until("ended:$?")
        said[number] = terminal.until("ended:")
        code = terminal.until(PROMPT).split()[0]
        assert code == "0", f"{command}\n{said[number]}"
    assert "+ 2 created" in said[1]
    assert "2.5 => 3" in said[4]
    assert "+$450.00 a month" in said[6]
    assert "~ 1 updated" in said[7]
    assert "- 2 deleted" in said[9]
    terminal.type("exit\n")
    assert terminal.ended() == 0
    assert "try: over, and cleared away" in terminal.shown
    assert terminal.left_behind() == []
    assert {file: file.read_bytes() for file in before} == before


@pytest.mark.parametrize("end", few(["exit 3\n", "\x04"], 1))
def test_what_still_runs_ends_with_the_shell(terminal: Terminal, end: str) -> None:
    """A job in the background goes, whatever the shell ends with, and nothing counts as failed."""
    terminal.until(PROMPT)
    terminal.type("\x03")
    terminal.until("^C")
    terminal.type("\n")
    terminal.until(PROMPT)
    terminal.type("sleep 1000 & echo begun:$?\n")
    terminal.until("begun:0")
    terminal.until(PROMPT)
    terminal.type(end)
    assert terminal.ended() == 0
    assert terminal.left_behind() == []


@pytest.mark.parametrize("how", few([signal.SIGTERM, signal.SIGHUP], 1))
def test_a_signal_ends_it_in_the_middle_of_an_up(terminal: Terminal, how: signal.Signals) -> None:
    """Told to stop while the CLI runs in the shell, it ends all of that and clears away."""
    terminal.until(PROMPT)
    terminal.type("pulumi up --yes\n")
    terminal.until("Updating")
    terminal.process.send_signal(how)
    assert terminal.ended() == 128 + how
    assert terminal.left_behind() == []


def test_ctrl_c_before_there_is_a_shell(terminal: Terminal) -> None:
    """Stopped while it prepares, it says so and clears away."""
    end = time.monotonic() + 60
    while not list(terminal.scratch.iterdir()):
        assert time.monotonic() < end
        time.sleep(0.01)
    terminal.type("\x03")
    assert terminal.ended() == 130
    assert "try: stopped, and cleared away" in terminal.shown
    assert terminal.left_behind() == []


def test_without_a_terminal_it_says_so() -> None:
    """In a pipe there is nobody to type: exit code 2, and one line."""
    done = subprocess.run(  # noqa: S603  (our own script)
        SCRIPT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "try: needs a terminal, because it opens a shell; `make demo` needs none\n"
    )
