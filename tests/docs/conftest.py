"""The list of what the pages show and no test can run, at the end of a test run."""

from pathlib import Path

import pytest
from pages import all_pages


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what is not run, and why, so that nobody has to look for it."""
    for page in all_pages(Path(__file__).parents[2]):
        for section in page.sections:
            for block in section.blocks:
                if block.not_run:
                    terminalreporter.write_line(f"not run: {block.place}: {block.not_run}")
