"""What program and provider tell each other of a run: in a private file, read as it was written."""

import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from keywordsai_dynamic.lifecycle import run_notes
from keywordsai_dynamic.lifecycle.deletion import Noted
from keywordsai_dynamic.lifecycle.run_notes import RunNotes

ADDRESS = "127.0.0.1:1"
URN, OTHER = "urn:pulumi:dev::p::t::one", "urn:pulumi:dev::p::t::two"
NAMED = "keywordsai-dynamic-"


@pytest.fixture(autouse=True)
def parents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Stand in for /tmp and the folder of TMPDIR."""
    made = [tmp_path / "first", tmp_path / "second"]
    for folder in made:
        folder.mkdir()
    real = Path

    def stand_in(path: str) -> Path:
        return made[0] if path == "/tmp" else real(path)  # noqa: S108  (what is stood in for)

    monkeypatch.setattr(run_notes, "Path", stand_in)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(made[1]))
    return made


@pytest.fixture
def notes() -> RunNotes:
    """Begin the notes of a run."""
    begun = RunNotes(ADDRESS)
    begun.begin()
    return begun


def folder_in(parent: Path) -> Path:
    """Name the folder of this user."""
    return parent / f"{NAMED}{os.getuid()}"


def files(parents: list[Path]) -> list[Path]:
    """Give all files of notes."""
    return [path for parent in parents for path in parent.glob(f"{NAMED}*/*.jsonl")]


def test_what_is_noted_bit_by_bit_is_read_as_a_whole(notes: RunNotes) -> None:
    """What the program says of one resource, and what a provider's process adds to it."""
    notes.add(declared="7-0", resource="one", urn=URN, aliases=["urn:a"])
    notes.add(declared="7-1", resource="two")
    notes.add(declared="7-0", resource="one", name="acme/one", provider="eu")
    notes.add(checked=URN, name="acme/one", account="a", process=5, existed=True)
    notes.add(declared="7-2", resource="three", name="acme/three", provider="", owns=False)
    assert notes.read() == [
        Noted("one", URN, ["urn:a"], "acme/one", "eu", account="a", process=5, existed=True),
        Noted("two"),
        Noted("three", name="acme/three", owns=False),
    ]


def test_what_was_checked_is_what_counts(notes: RunNotes) -> None:
    """The name that the engine handed over, and the last process that had it."""
    notes.add(checked=URN, name="acme/first", account="a", process=5)
    notes.add(declared="7-0", resource="one", urn=URN)
    notes.add(checked=OTHER, name="acme/other", account="a", process=5)
    notes.add(checked=URN, name="acme/known", account="b", process=6)
    assert notes.read() == [Noted("one", URN, name="acme/known", account="b", process=6)]


def test_what_was_created_counts_after_what_was_checked(notes: RunNotes) -> None:
    """A create tells that it took a model over; a check after it tells of another self."""
    facts = {"checked": URN, "name": "acme/one", "account": "a", "process": 5}
    notes.add(declared="7-0", resource="one", urn=URN)
    read = []
    for existed in (False, True, False):
        notes.add(**facts, existed=existed)
        read += notes.read()
    assert read == [
        Noted("one", URN, name="acme/one", account="a", process=5, existed=existed)
        for existed in (False, True, False)
    ]


def test_of_what_was_transformed_only_a_check_tells_name_and_provider(notes: RunNotes) -> None:
    """What was declared may have been changed on its way to the provider."""
    names = {"name": "acme/declared", "provider": "eu"}
    notes.add(declared="7-0", resource="one", urn=URN, **names)
    notes.add(declared="7-1", resource="two", urn=OTHER, **names, transformed=True)
    notes.add(declared="7-2", resource="read", owns=False, **names, transformed=True)
    notes.add(declared="7-3", resource="no", urn="urn:no", **names, transformed=False)
    one, no = Noted("one", URN, **names), Noted("no", "urn:no", **names)
    read = Noted("read", provider="?", owns=False)
    assert notes.read() == [one, Noted("two", OTHER, provider="?"), read, no]
    notes.add(checked=OTHER, name="acme/sent", account="a", process=5, existed=False)
    assert notes.read() == [
        one,
        Noted("two", OTHER, name="acme/sent", provider="eu", account="a", process=5),
        read,
        no,
    ]
    notes.add(declared="7-0", resource="one", urn=URN, transformed=True)
    assert notes.read()[0] == Noted("one", URN, provider="?")


def test_what_comes_later_is_read_too(notes: RunNotes) -> None:
    """Each look sees what all processes have noted until then, and spoils none of it."""
    other = RunNotes(ADDRESS)
    assert (notes.read(), other.read()) == ([], [])
    notes.add(declared="7-0", resource="one")
    assert [other.read(), other.read()] == [[Noted("one")]] * 2
    other.add(declared="8-0", resource="two")
    assert notes.read() == other.read() == [Noted("one"), Noted("two")]


def test_who_deletes_a_name_is_known_until_the_end_of_the_run(notes: RunNotes) -> None:
    """Each process that has begun to, and whether it has ended; a name is one of its kind."""
    other = RunNotes(ADDRESS)
    assert other.deletes("acme/m", "model") == {}
    for process, ended in [(1, False), (2, False), (1, True)]:
        notes.add(deletes="acme/m", kind="model", process=process, ended=ended)
    assert other.deletes("acme/m", "model") == notes.deletes("acme/m", "model")
    assert other.deletes("acme/m", "model") == {1: True, 2: False}
    assert other.deletes("acme/m", "provider") == other.deletes("acme/n", "model") == {}
    assert other.read() == []


def test_half_a_line_is_read_once_it_is_whole(notes: RunNotes, parents: list[Path]) -> None:
    """A note that another process is writing is not taken for a broken one."""
    [file] = files(parents)
    line = b'{"declared": "7-0", "resource": "one"}\n'
    for part, known in [(line[:9], []), (line[9:], [Noted("one")])]:
        with file.open("ab") as writing:
            writing.write(part)
        assert notes.read() == known


def test_a_name_with_any_characters_is_one_line(notes: RunNotes) -> None:
    """Line ends of every kind, quotes and Unicode stay in the name."""
    name = 'a\nb\r\u2028\x85"ß模{}'
    notes.add(declared="7-0", resource="one", name=name)
    assert notes.read() == [Noted("one", name=name)]


def test_without_a_program_there_are_no_notes(parents: list[Path]) -> None:
    """In a preview and in `destroy` nobody has begun any: nothing is written, nothing is read."""
    notes = RunNotes(ADDRESS)
    notes.add(declared="7-0", resource="one")
    assert (notes.exist, notes.read(), files(parents)) == (False, [], [])


def test_notes_are_for_the_user_alone(notes: RunNotes, parents: list[Path]) -> None:
    """The folder is named by the user's number; nobody else can look into it, or into the file."""
    [file] = files(parents)
    assert notes.exist
    assert file.parent == folder_in(parents[0])
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def lie(folder: Path, notes: RunNotes) -> None:
    """Write a note into another folder, under the name of this run."""
    [file] = files([folder.parent]) or [folder / notes._paths[0].name]
    file.write_text('{"declared": "6-6", "resource": "somebody elses"}\n')


@pytest.mark.parametrize("mode", [0o700, 0o2700, 0o1700, 0o3700, 0o4700])
def test_a_folder_of_the_user_alone_is_used(parents: list[Path], mode: int) -> None:
    """Its group may have been inherited (setgid), which lets nobody in."""
    folder_in(parents[0]).mkdir()
    folder_in(parents[0]).chmod(mode)
    assert stat.S_IMODE(folder_in(parents[0]).stat().st_mode) == mode
    notes = RunNotes(ADDRESS)
    notes.begin()
    notes.add(declared="7-0", resource="one")
    assert notes.read() == [Noted("one")]
    assert [file.parent for file in files(parents)] == [folder_in(parents[0])]


@pytest.mark.parametrize("mode", [0o701, 0o710, 0o720, 0o704, 0o750, 0o755, 0o770, 0o777, 0o2750])
def test_a_folder_that_others_may_use_is_not_used(parents: list[Path], mode: int) -> None:
    """Notes go to the next folder, and nothing in the open one is believed."""
    folder_in(parents[0]).mkdir()
    folder_in(parents[0]).chmod(mode)
    notes, reader = RunNotes(ADDRESS), RunNotes(ADDRESS)
    lie(folder_in(parents[0]), notes)
    notes.begin()
    notes.add(declared="7-0", resource="one")
    assert notes.read() == reader.read() == [Noted("one")]
    assert [file.parent for file in files(parents)] == list(map(folder_in, parents))


def test_a_folder_of_another_user_is_not_used(
    parents: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever makes the folder first gets nothing to read, and nothing believed."""
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    notes = RunNotes(ADDRESS)
    folder_in(parents[0]).mkdir(mode=0o700)
    lie(folder_in(parents[0]), notes)
    with pytest.raises(PermissionError) as refused:
        notes.begin()  # the second one is made, but by the user whom the system knows
    assert str(refused.value) == f"{folder_in(parents[1])} is not private to this user"
    notes.add(declared="7-0", resource="one")
    assert notes.read() == []
    assert len(files(parents)) == 1


@pytest.mark.parametrize("kind", ["a link to a private folder", "a link to nowhere", "a file"])
def test_what_is_no_folder_is_not_used(parents: list[Path], kind: str) -> None:
    """A link is not followed, wherever it leads."""
    first = folder_in(parents[0])
    if kind == "a file":
        first.touch(mode=0o600)
    else:
        first.symlink_to(parents[0] / "target")
    if kind == "a link to a private folder":
        (parents[0] / "target").mkdir(mode=0o700)
    notes = RunNotes(ADDRESS)
    notes.begin()
    notes.add(declared="7-0", resource="one")
    assert notes.read() == [Noted("one")]
    [file] = files(parents)
    assert file.parent == folder_in(parents[1])
    assert list(parents[0].glob("target/*")) == []


def test_a_file_that_is_a_link_is_not_written(parents: list[Path]) -> None:
    """Not even in the private folder: the notes go to the next one."""
    folder_in(parents[0]).mkdir(mode=0o700)
    victim = parents[0] / "victim"
    victim.write_text("as it was")
    notes = RunNotes(ADDRESS)
    (folder_in(parents[0]) / notes._paths[0].name).symlink_to(victim)
    notes.begin()
    notes.add(declared="7-0", resource="one")
    assert victim.read_text() == "as it was"
    assert (folder_in(parents[1]) / notes._paths[1].name).exists()


def test_where_no_folder_will_do_the_reason_is_raised(parents: list[Path]) -> None:
    """The program can say that it noted nothing, and why."""
    for parent in parents:
        folder_in(parent).mkdir()
        folder_in(parent).chmod(0o755)
    with pytest.raises(PermissionError) as refused:
        RunNotes(ADDRESS).begin()
    assert str(refused.value) == f"{folder_in(parents[1])} is not private to this user"


def test_where_there_is_no_folder_for_temporary_files_that_is_raised(parents: list[Path]) -> None:
    """A machine without one has no notes."""
    for parent in parents:
        parent.rmdir()
    with pytest.raises(FileNotFoundError) as missing:
        RunNotes(ADDRESS).begin()
    assert str(missing.value) == "no folder for temporary files"


def test_notes_of_runs_that_are_over_are_forgotten(notes: RunNotes, parents: list[Path]) -> None:
    """Whoever begins takes away what is a day old, and no file of another kind."""
    folder = folder_in(parents[0])
    ages = {"old.jsonl": 25, "young.jsonl": 23, "old.txt": 25}
    for name, hours in ages.items():
        (folder / name).touch()
        then = time.time() - hours * 60 * 60
        os.utime(folder / name, (then, then))
    RunNotes("127.0.0.1:2").begin()
    names = {file.name for file in folder.iterdir()}
    assert names == {"old.txt", "young.jsonl", "127.0.0.1-1-.jsonl", "127.0.0.1-2-.jsonl"}


def test_notes_that_are_begun_again_are_kept(notes: RunNotes) -> None:
    """Several processes of one run may begin them: none takes away what the others noted."""
    notes.add(declared="7-0", resource="one")
    RunNotes(ADDRESS).begin()
    assert notes.read() == [Noted("one")]


@pytest.mark.parametrize("line", ["{}", '{"said": "7-0", "resource": "x"}', '{"resource": "x"}'])
def test_lines_that_say_something_else_say_nothing(
    notes: RunNotes, parents: list[Path], line: str
) -> None:
    """A line that is neither of a declaration nor of a check is passed over."""
    [file] = files(parents)
    file.write_text(f'{line}\n{{"declared": "7-0", "resource": "one"}}\n')
    assert notes.read() == [Noted("one")]


PROC = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1
   1: 0100007F:1F91 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 222 1
   2: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1
   3: 00000000:1F92 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 444 1
"""


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("127.0.0.1:8080", "127.0.0.1-8080-111.jsonl"),
        ("127.0.0.1:8081", "127.0.0.1-8081-333.jsonl"),
        ("0.0.0.0:8082", "0.0.0.0-8082-444.jsonl"),
        ("127.0.0.1:8082", "127.0.0.1-8082-.jsonl"),
        ("localhost:8080", "localhost-8080-.jsonl"),
        ("unix:///run/engine.sock", "unix----run-engine.sock-.jsonl"),
        ("../../etc:8080", "..-..-etc-8080-.jsonl"),
        ("", "-.jsonl"),
    ],
)
def test_the_notes_of_a_run_are_named_by_who_listens_at_its_engines_address(
    parents: list[Path], monkeypatch: pytest.MonkeyPatch, address: str, name: str
) -> None:
    """A later run that gets the same port has another listener, and notes of its own."""
    table = parents[0] / "tcp"
    table.write_text(PROC)
    stand_in = run_notes.Path
    monkeypatch.setattr(
        run_notes, "Path", lambda path: table if path == "/proc/net/tcp" else stand_in(path)
    )
    expected = [folder_in(parent) / name for parent in parents]
    assert RunNotes(address)._paths == expected
    table.unlink()
    without = f"{name.rpartition('-')[0]}-.jsonl"
    assert [path.name for path in RunNotes(address)._paths] == [without] * 2


def test_the_listener_is_found_without_a_look_at_every_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Linux lists listeners first, and takes milliseconds for the rest."""
    read: list[bytes] = []

    def lines() -> Iterator[bytes]:
        for line in PROC.encode().splitlines():
            read.append(line)
            yield line

    class Table:
        @contextmanager
        def open(self, mode: str, buffering: int) -> Iterator[Iterator[bytes]]:
            assert (mode, buffering) == ("rb", 150)
            yield lines()

    with monkeypatch.context() as patch:
        patch.setattr(run_notes, "Path", lambda _: Table())
        assert run_notes._listener("127.0.0.1:8080") == "111"
    assert read == PROC.encode().splitlines()[:2]
