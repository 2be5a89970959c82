"""The shape of the package: imports go one way, and modules and functions stay readable."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import keywordsai_dynamic

PACKAGE = Path(keywordsai_dynamic.__file__).parent

LAYERS: list[set[str]] = [
    {"core"},
    {"files", "prices", "api"},
    {"lifecycle"},
    {"dynamic", "native"},
    {"provider"},
    {"custom_model", "custom_provider", "model_set"},
    {"catalog"},
    {"terminal", "page"},
    {"review", "usage", "import_file", "convert", "doctor", "plugin_install"},
    {"emulator"},  # which only its command starts
    {"cli"},
]
"""Rooms, from the bottom up; a room imports itself and rooms of the rows before its own."""

FRONT_DOOR = ""
"""`__init__.py`, which is no room: it imports what it exports when that is asked for."""

LONGEST_MODULE, LONGEST_FUNCTION, LONGEST_ADAPTER = 300, 60, 200

LONG_SIGNATURES = {"custom_model.py: __init__", "custom_provider.py: __init__"}
"""Its parameters and their documentation are the public interface: one of each for every field."""


class Import(NamedTuple):
    """One import: where it stands, and the room that it names."""

    file: str
    line: int
    room: str


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(file: Path) -> str:
    """Return the folder below the package, or the module's name at the root."""
    first = file.relative_to(PACKAGE).parts[0]
    return FRONT_DOOR if first == "__init__.py" else first.removesuffix(".py")


def imports(file: Path) -> Iterator[Import]:
    """Find every import of the package: at the top, in functions, and under TYPE_CHECKING."""
    package = file.relative_to(PACKAGE.parent).parent.parts
    for node in ast.walk(ast.parse(file.read_text())):
        named: list[tuple[str, ...]] = []
        if isinstance(node, ast.Import):
            named = [tuple(alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            base += tuple((node.module or "").split(".")) if node.module else ()
            named = [(*base, alias.name) for alias in node.names]
        for path in named:
            if path[0] == PACKAGE.name:
                inside = path[1] if len(path) > 1 else ""
                yield Import(file.relative_to(PACKAGE).as_posix(), node.lineno, inside)


def test_every_room_has_its_layer() -> None:
    """A new folder, or a new module at the root, is put into the list above."""
    listed = [room for layer in LAYERS for room in layer]
    assert len(listed) == len(set(listed))
    assert {room_of(file) for file in modules()} == {*listed, FRONT_DOOR}


def test_imports_go_one_way() -> None:
    """A room imports only rooms below it, wherever in a module the import stands."""
    height = {room: number for number, layer in enumerate(LAYERS) for room in layer}
    wrong = [
        found
        for file in modules()
        if (room := room_of(file)) != FRONT_DOOR
        for found in imports(file)
        if found.room != room and height.get(found.room, len(LAYERS)) >= height[room]
    ]
    assert wrong == []


def test_the_emulator_imports_nothing_else() -> None:
    """So it cannot inherit a misunderstanding of the API."""
    emulator = [file for file in modules() if room_of(file) == "emulator"]
    assert {found.room for file in emulator for found in imports(file)} <= {"emulator"}


@pytest.mark.parametrize("file", modules(), ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_a_module_can_be_read_at_once(file: Path) -> None:
    """No module is longer than 300 lines, and no function than 60."""
    text, name = file.read_text(), file.relative_to(PACKAGE).as_posix()
    functions = {
        f"{name}: {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    long = {function for function, lines in functions.items() if lines > LONGEST_FUNCTION}
    assert long <= LONG_SIGNATURES
    assert text.count("\n") <= LONGEST_MODULE


def test_the_adapter_is_thin() -> None:
    """What turns Pulumi's calls into calls of `lifecycle` and back is at most 200 lines."""
    assert (PACKAGE / "provider.py").read_text().count("\n") <= LONGEST_ADAPTER
