"""A page in headless Chromium, driven over its debugging pipe: what a reader and a robot see."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select
from types import TracebackType
from typing import Any, Self

NAMES = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 60


def find_chromium() -> str | None:
    """Return the browser on PATH, if there is one."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Browser:
    """One browser with one tab; `events` are those since the last page was opened."""

    def __init__(self, program: str) -> None:
        self.events: list[dict[str, Any]] = []
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        read_by_it, self._write = os.pipe()
        self._read, written_by_it = os.pipe()
        self._process = _started(program, self._profile.name, read_by_it, written_by_it)
        self._rest = b""
        self._number = 0
        self._session: str | None = None
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        attached = self.send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Accessibility"):
            self.send(f"{domain}.enable")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._session = None
        try:
            self.send("Browser.close")
            self._process.wait(SECONDS)
        finally:
            self._process.kill()
            self._process.wait()
            os.close(self._read)
            os.close(self._write)
            self._profile.cleanup()

    def send(self, method: str, **params: Any) -> Any:  # noqa: ANN401  (JSON)
        """Send a command and return its result; raises RuntimeError where it fails."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def open(
        self,
        file: Path,
        *,
        query: str = "",
        width: int = 1200,
        dark: bool = False,
        media: str = "screen",
    ) -> None:
        """Show a page in a window of this width; `query` ends its address, as `?q=word`."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", media=media, features=[scheme])
        self.resize(width, 800)
        self.events.clear()
        self.send("Page.navigate", url=file.resolve().as_uri() + query)
        while not any(each.get("method") == "Page.loadEventFired" for each in self.events):
            self.events.append(self._next())

    def resize(self, width: int, height: int) -> None:
        """Give the window another size, in CSS pixels."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.send("Emulation.setDeviceMetricsOverride", **size)

    def run(self, script: str) -> Any:  # noqa: ANN401  (JSON)
        """Evaluate JavaScript in the page and return its value."""
        found = self.send("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in found:
            raise RuntimeError(str(found["exceptionDetails"]))
        return found["result"].get("value")

    def press(self, key: str, text: str = "") -> None:
        """Press a key and let go of it."""
        code = {"Tab": 9, "Enter": 13, " ": 32}[key]
        pressed = {"key": key, "windowsVirtualKeyCode": code, "text": text}
        self.send("Input.dispatchKeyEvent", type="keyDown", **pressed)
        self.send("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def picture(self, tallest: int = 4_000) -> bytes:
        """Return the page as a PNG, up to this height."""
        self.send("Emulation.setScrollbarsHidden", hidden=True)
        width = self.run("innerWidth")
        height = min(tallest, self.run("document.documentElement.scrollHeight"))
        self.resize(width, height)
        return b64decode(self.send("Page.captureScreenshot", format="png")["data"])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            if not select([self._read], [], [], SECONDS)[0]:
                raise TimeoutError(f"Chromium said nothing for {SECONDS} s")
            chunk = os.read(self._read, 1 << 20)
            if not chunk:
                raise EOFError("Chromium has ended")
            self._rest += chunk
        first, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(first)
        return message


_MOVE = """
import fcntl, os, sys
read, write = (fcntl.fcntl(int(end), fcntl.F_DUPFD, 5) for end in sys.argv[1:3])
for end, at in ((read, 3), (write, 4)):
    os.dup2(end, at)
    os.set_inheritable(at, True)
os.execv(sys.argv[3], sys.argv[3:])
"""


def _started(program: str, profile: str, read: int, write: int) -> subprocess.Popen[bytes]:
    """Start it with the pipe's ends as its descriptors 3 and 4, where it looks for them."""
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe")
    calm = ("--no-first-run", "--disable-background-networking", "--disable-component-update")
    here = f"--user-data-dir={profile}"
    started = subprocess.Popen(  # noqa: S603  (a browser, and options that stand here)
        [sys.executable, "-c", _MOVE, str(read), str(write), program, *options, *calm, here],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(read, write),
    )
    os.close(read)
    os.close(write)
    return started


@contextmanager
def browsing() -> Iterator[Browser | None]:
    """Open the browser that is found; None without one."""
    program = find_chromium()
    if program is None:
        yield None
        return
    with Browser(program) as browser:
        yield browser
