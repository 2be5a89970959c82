"""Files of models: three formats, one set of rules, one line for a file that cannot be read."""

import json
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from harness.cpu_time import at_most
from harness.lengths import times
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keywordsai_dynamic.core.errors import DeclarationError
from keywordsai_dynamic.files.json_reader import from_json
from keywordsai_dynamic.files.models import by_model
from keywordsai_dynamic.files.reader import parse, read
from keywordsai_dynamic.files.yaml_reader import Loader, from_yaml

WRONG: dict[str, tuple[str, str | bytes, str]] = {
    # Bytes
    "UTF-16": ("f.csv", "model_name\nm\n".encode("utf-16"), ": is UTF-16; save it as UTF-8"),
    "UTF-16 without a mark": (
        "f.yaml",
        "m: {}".encode("utf-16-le"),
        ": is UTF-16; save it as UTF-8",
    ),
    "UTF-32": ("f.json", "{}".encode("utf-32"), ": is UTF-32; save it as UTF-8"),
    "Latin-1": ("f.yaml", b"m: 1\nn: \xe9", ", line 2: is not UTF-8; save it as UTF-8"),
    # Formats
    "TOML": ("f.toml", "", ": has an unknown suffix; save it as .yaml, .yml, .json or .csv"),
    "a spreadsheet": (
        "f.xlsx",
        b"PK",
        ": has an unknown suffix; save it as .yaml, .yml, .json or .csv",
    ),
    # Numbers
    "endless": ("f.yaml", "m: 1e30000000", ", line 1: the number '1e30000000' is too long"),
    "endless in JSON": ("f.json", "[1e-9999]", ": the number '1e-9999' is too long"),
    "more than any": ("f.json", f"1e{9 * 10**30}", f": the number '1e{9 * 10**30}' is too long"),
    "thousands of digits": (
        "f.yaml",
        "m: " + "9" * 5000,
        f", line 1: the number '{'9' * 59}…' is too long",
    ),
    "thousands of digits in JSON": (
        "f.json",
        "9" * 5000,
        f": the number '{'9' * 59}…' is too long",
    ),
    "no number of JSON": ("f.json", "[NaN]", ": NaN is not a JSON number"),
    "octal by its tag": ("f.yaml", 'm: !!int "010"', ", line 1: '010' is not a whole number"),
    "underscore by its tag": ("f.yaml", 'm: !!float "1_0.5"', ", line 1: '1_0.5' is not a number"),
    # Twice
    "a key of JSON": (
        "f.json",
        '{"m": {"k": 1, "k": 1}}',
        ": the key 'k' appears twice; keep one",
    ),
    "a key by another form": (
        "f.yaml",
        "m: {true: 1, True: 2}",
        ", line 1: the key 'True' appears twice; keep one",
    ),
    "a number as a key": (
        "f.yaml",
        "1: a\n1.0: b",
        ", line 2: the key '1.0' appears twice; keep one",
    ),
    "a merge": (
        "f.yaml",
        "a: &a {k: 1}\nb: {<<: *a, <<: *a}",
        ", line 2: the key '<<' appears twice; keep one",
    ),
    "an anchor": ("f.yaml", "a: &a 1\nb: &a 2", ", line 2: found duplicate anchor 'a'"),
    "a column": (
        "f.csv",
        "model_name,a,b,a\nm,1,2,3",
        ", line 1: the column 'a' appears twice; keep one",
    ),
    # Keys of YAML
    "a long key": (
        "f.yaml",
        f"m: {{}}\n{'k' * 1025}: {{}}",
        ", line 2: a YAML key has at most 1,024 characters; quote a string with `: ` in it",
    ),
    "a long quoted key in braces": (
        "f.yaml",
        f'{{"{"k" * 1100}": 1}}',
        ", line 1: a YAML key has at most 1,024 characters; quote a string with `: ` in it",
    ),
    "a list as a key": (
        "f.yaml",
        "m:\n  ? [a]\n  : 1",
        ", line 2: a key must be a string, not a map or a list",
    ),
    "a set as a key": (
        "f.yaml",
        "!!set : 1",
        ", line 1: a key must be a string, not a map or a list",
    ),
    "a long tag": (
        "f.yaml",
        f"!{'t' * 300} x",
        f", line 1: could not determine a constructor for the tag '!{'t' * 151}…",
    ),
    # Characters
    "a control character": (
        "f.yaml",
        "m:\n  k: \x07",
        ", line 2: has a character that YAML does not allow, U+0007",
    ),
    "no such character": (
        "f.yaml",
        '"\\UFFFFFFFF"',
        ": is not YAML: an escape stands for a character that does not exist",
    ),
    "a character that is not there yet": (
        "f.yaml",
        '"\\U00110000"',
        ": is not YAML: an escape stands for a character that does not exist",
    ),
    # CSV
    "nothing": ("f.csv", "", ", line 1: needs a header row with a column model_name"),
    "no names": ("f.csv", "model,a\nm,1", ", line 1: needs a header row with a column model_name"),
    "semicolons": (
        "f.csv",
        "model_name;a\nm;1",
        ", line 1: separates its cells with semicolons; use commas",
    ),
    "tabs": (
        "f.csv",
        "model_name\ta\nm\t1",
        ", line 1: separates its cells with tabs; use commas",
    ),
    "a column without a name": ("f.csv", "model_name, ,a\nm,1,", ", line 1: column 2 has no name"),
    "a cell below no name": (
        "f.csv",
        "model_name,a,,\nm,1,,2",
        ", line 2: has a row of 4 cells, but there are 2 columns",
    ),
    "a cell too many": (
        "f.csv",
        "model_name,a\n\nm,1,2",
        ", line 3: has a row of 3 cells, but there are 2 columns",
    ),
    "a cell too few": (
        "f.csv",
        "model_name,a\nm",
        ", line 2: has a row of 1 cells, but there are 2 columns",
    ),
    "a row without a name": (
        "f.csv",
        "a,model_name\n1,",
        ", line 2: has a row without a model_name",
    ),
    "no rows": ("f.csv", "model_name,a\n", ": has no rows below the column names"),
    "an open quote": ("f.csv", 'model_name\n"m', ", line 2: unexpected end of data"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_read_is_one_line(case: str) -> None:
    """The line has the file, the line number if known, what is wrong, and what to do."""
    name, content, line = WRONG[case]
    with pytest.raises(DeclarationError) as refused:
        parse(content, name)
    assert str(refused.value) == name + line


@pytest.mark.parametrize(
    "text",
    ["010", "-0o17", "0x1F", "0b1", "00", "08", "0_1", "1_000", "1_000.5", "010.5", "1_0e3"],
)
def test_a_number_that_readers_take_differently_is_refused(text: str) -> None:
    """YAML 1.1, YAML 1.2 and the engine disagree about it; in quotes it is text to all of them."""
    with pytest.raises(DeclarationError) as refused:
        from_yaml(f"a: 1\nb: {text}", "f.yaml")
    assert str(refused.value) == (
        f"f.yaml, line 2: {text} is not the same number to every YAML reader; write it in full, or "
        "quote it"
    )
    assert from_yaml(f'b: "{text}"', "f.yaml") == {"b": text}


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("m:\t1\t# one\nn: 'a'\t\n", {"m": 1, "n": "a"}),
        ("m\t: {a:\t1,\tb: [\n\t2]\t}\t#\n", {"m": {"a": 1, "b": [2]}}),
    ],
)
def test_tabs_part_what_spaces_part(text: str, content: object) -> None:
    """As in the YAML specification and in the engine, except at the beginning of a line."""
    assert from_yaml(text, "f.yaml") == content


@pytest.mark.parametrize("text", ["1:30", "2024-01-02", "1.2.3", "1.2.3_4", "_1", "no", "gpt_4"])
def test_what_is_text_stays_text(text: str) -> None:
    """Nothing is sexagesimal, a date, or `yes` and `no`."""
    assert from_yaml(f"m: {text}", "f.yaml") == {"m": text}


@pytest.mark.parametrize(
    ("name", "text", "content"),
    [
        ("f.yaml", "m: 1", {"m": 1}),
        ("f.YML", "m: 1", {"m": 1}),
        ("f.json", '{"m": 1.50}', {"m": Decimal("1.50")}),
        (
            "f.csv",
            "model_name,a,b\nm,1,\n'=n,,2\n",
            [{"model_name": "m", "a": "1"}, {"model_name": "=n", "b": "2"}],
        ),
        ("f.csv", "\r\nmodel_name, a,,\r\nm,1,, \r\n,,,\r\n", [{"model_name": "m", "a": "1"}]),
        ("standard input", "m: 1", {"m": 1}),
        ("/dev/fd/63", "m: 1", {"m": 1}),
    ],
)
def test_the_suffix_says_how_to_read(tmp_path: Path, name: str, text: str, content: object) -> None:
    """A byte order mark, as Windows writes it, changes nothing in any format."""
    assert parse(text, name) == content
    assert parse(text.encode("utf-8-sig"), name) == content
    file = tmp_path / Path(name).name
    file.write_text(text, encoding="utf-8-sig")
    assert read(file) == content


def test_what_is_no_file_is_one_line(tmp_path: Path) -> None:
    """A missing file, a folder, and an invalid file name."""
    for path, line in (
        (tmp_path / "no.yaml", f"{tmp_path}/no.yaml: cannot be read: No such file or directory"),
        (tmp_path, f"{tmp_path}: cannot be read: Is a directory"),
        (Path("a\0.yaml"), "'a\\x00.yaml' is not a valid file name"),
    ):
        with pytest.raises(DeclarationError) as refused:
            read(path)
        assert str(refused.value) == line


@pytest.mark.parametrize("read_text", [from_yaml, from_json])
@pytest.mark.parametrize("depth", [51, 900, 3000, 100_000])
def test_what_is_nested_too_deeply_is_one_line(
    read_text: Callable[[str, str], object], depth: int
) -> None:
    """Later readers never see it, and no depth ends in a traceback."""
    with pytest.raises(
        DeclarationError, match=r"^f: is nested too deeply; no field is nested this deeply$"
    ):
        read_text("[" * depth + "1" + "]" * depth, "f")
    assert read_text("[" * 49 + "]" * 49, "f")


def bomb(first: str, line: str) -> str:
    """A few lines that expand to 10 to the power of 40 values."""
    return f"a0: &a0 {first}\n" + "".join(
        f"a{n}: &a{n} {line % ', '.join([f'*a{n - 1}'] * 10)}\n" for n in range(1, 41)
    )


@pytest.mark.parametrize("text", [bomb("[1]", "[%s]"), bomb("{k: 1}", "{<<: [%s]}")])
def test_a_small_file_that_is_a_large_tree_is_refused_at_once(text: str) -> None:
    """Aliases of aliases are counted before anything is expanded."""
    with at_most(1), pytest.raises(DeclarationError) as refused:
        from_yaml(text, "f.yaml")
    assert "aliases (*) repeat more than 250,000 values" in str(refused.value)


def test_shared_fields_are_no_bomb() -> None:
    """Thousands of models may share a dozen fields."""
    shared = ", ".join(f"k{n}: {n}" for n in range(12))
    text = f"x-d: &d {{{shared}}}\n" + "".join(f"m{n}: {{<<: *d}}\n" for n in range(2_000))
    content = from_yaml(text, "f.yaml")
    assert isinstance(content, dict)
    assert content["m1999"] == {f"k{n}": n for n in range(12)}


def test_a_map_that_is_merged_before_it_is_built() -> None:
    """A merged key does not count as repeated, in whatever order maps are built."""
    text = "c: {z: &z {<<: {a: 1}, a: 2}, <<: *z}"
    assert from_yaml(text, "f.yaml") == {"c": {"z": {"a": 2}, "a": 2}}


@pytest.mark.parametrize(
    ("merged", "cost"),
    [
        ("{<<: *b}", 2),
        ("{<<: *b, input_cost: 3}", 3),
        ("{input_cost: 3, <<: *b}", 3),
        ("{<<: [*a, *b]}", 1),
        ("{<<: [*b, *a]}", 2),
        ("{<<: [*c, *a]}", 2),
    ],
)
def test_what_is_written_out_goes_before_what_is_merged(merged: str, cost: int) -> None:
    """Through any number of maps, unlike in PyYAML: 6.0.4 returns 1 for the first of these."""
    shared = "x-a: &a {input_cost: 1}\nx-b: &b {<<: *a, input_cost: 2}\nx-c: &c {<<: *b}\n"
    content = from_yaml(f"{shared}m: {merged}\n", "f.yaml")
    assert isinstance(content, dict)
    assert content["m"] == {"input_cost": cost}


@pytest.mark.parametrize("merged", ["5", "text", "[1]", "[[]]"])
def test_only_maps_can_be_merged(merged: str) -> None:
    """Anything else is one line."""
    with pytest.raises(DeclarationError) as refused:
        from_yaml(f"m: {{<<: {merged}}}", "f.yaml")
    assert str(refused.value) == "f.yaml, line 1: only a map or a list of maps can be merged (`<<`)"


def test_many_keys_are_looked_through_once() -> None:
    """The repeated key may be the last of 100,000."""
    text = "{" + ",".join(f'"k{n}":1' for n in range(100_000)) + ',"k99999":2}'
    with at_most(5), pytest.raises(DeclarationError, match="'k99999' appears twice"):
        from_json(text, "f.json")


def test_models_stand_in_a_map_or_in_rows() -> None:
    """Both shapes are equivalent; only a map leaves out keys for shared values."""
    models = {"m": {"a": 1}, "x-ai/grok-4": {"a": 2}, ".hidden/m": {}}
    assert by_model({**models, "x-d": [1], ".d": 2, "x-": None}, "f") == models
    rows = [{"model_name": name, **fields} for name, fields in models.items()]
    assert by_model([*rows, {"model_name": "x-d"}], "f") == {**models, "x-d": {}}
    assert by_model([*rows, {"a": 1}], "f") == [*rows, {"a": 1}]
    assert by_model([], "f") == []
    assert by_model(None, "f") is None
    with pytest.raises(DeclarationError, match=r"^f: the model 'm' appears twice; keep one$"):
        by_model([*rows, {"model_name": "m"}], "f")


NAMES = st.sampled_from(["f.yaml", "f.json", "f.csv", "f"])
SCALARS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        [
            "010",
            "1_0",
            "1:30",
            "1e30000000",
            "9" * 5000,
            "!!int",
            "!!float '1_0'",
            "<<",
            "*a",
            "&a 1",
        ]
    ),
    st.integers().map(str),
)
PIECES = st.sampled_from(
    ["m", ": ", "\n", "  ", "- ", "[", "]", "{", "}", ",", '"', "'", "&a ", "*a", "<<: *a", "? ",
     "!!set ", "!!omap ", "!!binary ", "!!timestamp ", "|", ">", "%YAML 1.2\n", "---\n", "...",
     "\\u", "\\UFFFFFFFF", "\ufeff", "\0", "\t", "\r", ";", "model_name", "\ud83d", "1e999", "NaN"]
)  # fmt: skip
TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
TEXTS = st.one_of(
    st.lists(PIECES | SCALARS, max_size=30).map("".join),
    TREES.map(json.dumps),
    TREES.map(lambda tree: yaml.safe_dump(tree, allow_unicode=False)),
)
DOCUMENTS = st.one_of(
    TEXTS,
    TEXTS.map(lambda text: text.encode(errors="replace")),
    TEXTS.map(lambda text: text.encode("utf-16", errors="replace")),
    st.binary(max_size=60),
)


@settings(max_examples=times(100, 5_000))
@given(DOCUMENTS, NAMES)
def test_any_document_is_content_or_one_line(document: str | bytes, name: str) -> None:
    """Any content: no traceback, no hang, and the line names the file."""
    try:
        with at_most(2):
            by_model(parse(document, name), name)
    except DeclarationError as refused:
        line = str(refused)
        assert line.startswith((f"{name}:", f"{name}, line "))
        assert "\n" not in line
        assert len(line) < 400


@settings(max_examples=times(100, 10_000))
@given(TEXTS)
@example("a: 1\tb: 2")
@example("\nm: !")
@example("m:\n  a: 1\n\ufeff")
@example("m: |# no comment\n  a")
def test_the_parser_in_c_changes_nothing(text: str) -> None:
    """Values and refusals, with their words, are those of the parser in Python."""
    assert outcome(text, None) == outcome(text, Loader)


def test_the_parser_in_c_is_used_and_faster() -> None:
    """It takes a third of the time; the shortest of three runs each is no busy machine's."""
    text = "".join(f"m{number}: {{input_cost: 2.5, output_cost: 10}}\n" for number in range(1_000))
    assert shortest(text, None) < shortest(text, Loader) / 1.5


def shortest(text: str, loader: Callable[[str], yaml.SafeLoader] | None) -> float:
    times_taken = []
    for _ in range(3):
        started = time.process_time()
        from_yaml(text, "f.yaml", loader)
        times_taken.append(time.process_time() - started)
    return min(times_taken)


def outcome(text: str, loader: Callable[[str], yaml.SafeLoader] | None) -> str:
    try:
        return repr(from_yaml(text, "f.yaml", loader))
    except DeclarationError as refused:
        return str(refused)


@given(TREES)
def test_what_json_says_is_read_alike(tree: object) -> None:
    """JSON is read back as it was written, with exact numbers."""
    content = from_json(json.dumps(tree), "f.json")
    assert json.loads(json.dumps(content, default=float)) == tree
