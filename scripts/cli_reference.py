"""Write docs/reference/cli.md from the commands' own help; with `--check`, only compare."""

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import typer.main
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from keywordsai_dynamic.cli.app import app

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "cli.md"
HEAD = """\
# The command line

`pip install 'keywordsai-dynamic[cli]'` installs `keywordsai-dynamic`. It prints results on standard
output, and remarks on standard error. Exit codes: 0 if all is well, 1 if a command found something,
and 2 for wrong use, bad input or work that could not be done. `--version` prints the version.
"""


def page() -> str:
    """Return the whole page, a section for each command in the order of `--help`."""
    return "\n".join([HEAD, *_sections("", typer.main.get_group(app))])


def _sections(path: str, group: TyperGroup) -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _sections(f"{path}{name} ", command)
        elif isinstance(command, TyperCommand):
            yield _section(f"{path}{name}", command)


def _section(name: str, command: TyperCommand) -> str:
    """Return a command's usage, help, arguments and options in Markdown."""
    arguments = [_argument(each) for each in command.params if isinstance(each, TyperArgument)]
    usage = " ".join(["keywordsai-dynamic", name, *arguments, "[OPTIONS]"])
    rows = ["| argument or option | meaning |", "|---|---|"]
    for each in command.params:
        if isinstance(each, TyperArgument):
            rows.append(_row(f"`{_argument(each)}`", each.help))
        elif isinstance(each, TyperOption):
            rows.append(_row(_option(each, command), each.help, each.default))
    help_text = inspect.cleandoc(command.help or "").split("\n\n")
    paragraphs = [" ".join(part.split()) for part in help_text]
    table = ["\n".join(rows)] if command.params else []
    return "\n\n".join([f"## {name}", f"`{usage}`", *paragraphs, *table]) + "\n"


def _argument(argument: TyperArgument) -> str:
    return argument.metavar or str(argument.name).upper()


def _option(option: TyperOption, command: TyperCommand) -> str:
    """Write an option as it is typed: `-o FILE`, or `--format table`, `json` if it is a choice."""
    names = ", ".join(f"`{name}`" for name in option.opts)
    if option.is_flag:
        return names
    typed, _ = option.get_help_record(typer.Context(command)) or ("", "")
    choices = re.search(r"[<\[](\w.*\|.*)[>\]]", typed)
    values = choices[1].split("|") if choices else [option.metavar or str(option.name).upper()]
    return f"{names} {', '.join(f'`{value}`' for value in values)}"


def _row(typed: str, meaning: str | None, default: object = None) -> str:
    if not meaning:
        raise SystemExit(f"{typed} has no help")
    known = "" if default is None or default is False else f" Default: {default}."
    return f"| {typed} | {meaning.replace('<', '&lt;')}{known} |"


def main() -> int:
    wanted = page()
    if "--check" not in sys.argv:
        PAGE.write_text(wanted)
    elif not PAGE.exists() or PAGE.read_text() != wanted:
        sys.stderr.write("docs/reference/cli.md is stale: run scripts/cli_reference.py\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
