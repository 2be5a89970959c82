"""Stack files and Pulumi.yaml: what is refused because the engine reads it differently."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pulumi
import pytest
from harness.lengths import times
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from keywordsai_dynamic.catalog import model_catalog
from keywordsai_dynamic.catalog.layers import Layer, Secret
from keywordsai_dynamic.catalog.model_catalog import ModelCatalog
from keywordsai_dynamic.catalog.pulumi_yaml import settings
from keywordsai_dynamic.catalog.sources import Sources, layers_of
from keywordsai_dynamic.core.errors import DeclarationError

TO_PULUMI = "means something else to Pulumi; write it in full, or put it in quotes"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project without a base file."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    return tmp_path


def read(project: Path, models: str, general: str = "") -> Sources:
    """Read the models of a stack's file, or of Pulumi.yaml if it has some."""
    (project / "Pulumi.dev.yaml").write_text(f"config:\n  app:x: 1\n{models}")
    if general:
        (project / "Pulumi.yaml").write_text(f"name: shop\nruntime: python\nconfig:\n{general}")
    return layers_of("dev", None, project)


def refused(project: Path, models: str, general: str = "") -> str:
    with pytest.raises(DeclarationError) as error:
        read(project, models, general)
    return str(error.value)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        *((value, f"{value} {TO_PULUMI}") for value in ("010", "0x10", "0b11", "1_000", "08")),
        *(
            (value, f"{value} {TO_PULUMI}")
            for value in ("0O17", "0X1f", "017.5", "1_000.5", "1e1_0", ".inf", "-.INF", ".nan")
        ),
        *(
            (value, f"{value} {TO_PULUMI}")
            for value in ("2026-01-01", "2026-1-1", "2026-01-01T00:00:00Z", "2026-01-01 10:00:00")
        ),
        ("!foo 5", "values here must not have a tag; remove it"),
        ("!!int '5'", "values here must not have a tag; remove it"),
        ("!!binary aGk=", "values here must not have a tag; remove it"),
        ("{1: 2}", "the name 1 is not a string; put it in quotes"),
        ("{'<<': {a: 1}}", "Pulumi reads '<<' as a merge; remove the quotes"),
    ],
)
def test_a_value_that_the_engine_reads_otherwise(project: Path, written: str, told: str) -> None:
    """It is refused with its line number, in any field."""
    models = f"  keywordsai:models:\n    m:\n      display_name: {written}\n"
    assert refused(project, models) == f"Pulumi.dev.yaml, line 5: {told}"


@pytest.mark.parametrize("name", ["4", "4.10", "true", "null", "~", "1e3"])
def test_a_name_that_is_not_text(project: Path, name: str) -> None:
    """The engine turns it into text, and not always the text in the file: 4.10 is "4.1"."""
    models = f"  keywordsai:models:\n    {name}: {{input_cost: 1}}\n"
    told = f"the name {name} is not a string; put it in quotes"
    assert refused(project, models) == f"Pulumi.dev.yaml, line 4: {told}"
    quoted = f"  keywordsai:models:\n    '{name}': {{input_cost: 1}}\n"
    assert read(project, quoted).layers == [Layer("Pulumi.dev.yaml", {name: {"input_cost": 1}})]


def test_what_is_text_to_the_engine_is_text(project: Path) -> None:
    """Quoted values, and digits of other scripts; aliases and merges mean the same to it."""
    models = """\
  keywordsai:models:
    a: &a {input_cost: 1, display_name: "2026-01-01", provider_id: '010'}
    b: {<<: *a, input_cost: 2.50}
    ४: *a
"""
    a = {"input_cost": 1, "display_name": "2026-01-01", "provider_id": "010"}
    b = {**a, "input_cost": Decimal("2.50")}
    assert read(project, models).layers == [Layer("Pulumi.dev.yaml", {"a": a, "b": b, "४": a})]


@pytest.mark.parametrize(
    "written", ["0644", "1_000", "0x1F", "2026-01-01", "&y 010", "{a: [012, *x]}", "012 # why"]
)
def test_what_is_of_others_may_be_written_as_they_like(project: Path, written: str) -> None:
    """Another program's number is not a reason to refuse the models; line numbers stay right."""
    text = f"x: &x 017\nconfig:\n  app:mode: {written}\n  keywordsai:models: {{m: {{input_cost: "
    (project / "Pulumi.dev.yaml").write_text(f"{text}1}}}}\n")
    assert layers_of("dev", None, project).layers == [
        Layer("Pulumi.dev.yaml", {"m": {"input_cost": 1}})
    ]
    (project / "Pulumi.dev.yaml").write_text(f"{text}017}}}}\n")
    assert refused_file(project) == f"Pulumi.dev.yaml, line 4: 017 {TO_PULUMI}"


def refused_file(project: Path) -> str:
    with pytest.raises(DeclarationError) as error:
        layers_of("dev", None, project)
    return str(error.value)


def test_an_alias_brings_a_value_among_the_models(project: Path) -> None:
    """A value that an alias brings in is refused where it is written."""
    (project / "Pulumi.dev.yaml").write_text(
        "x: &x {input_cost: 017}\nconfig: {keywordsai:models: {m: *x}}\n"
    )
    assert refused_file(project) == f"Pulumi.dev.yaml, line 1: 017 {TO_PULUMI}"


def test_models_as_text_are_json(project: Path) -> None:
    """As a program gets them; an empty string means no models."""
    of_text = read(project, """  keywordsai:models: '{"m": {"input_cost": 2.50}}'\n""")
    assert of_text.layers == [Layer("Pulumi.dev.yaml", {"m": {"input_cost": Decimal("2.50")}})]
    assert refused(project, "  keywordsai:models: '{\"m\": 010}'\n").startswith(
        "Pulumi.dev.yaml: keywordsai:models, line 1: Expecting"
    )
    for empty in ("", "''", "~", "' '"):
        assert refused(project, f"  keywordsai:models: {empty}\n") == (
            "no models: dev has no keywordsai:models, and there is no base file"
        )


def test_the_old_spelling_of_the_key(project: Path) -> None:
    """To the engine it is the same key, so having both is a mistake."""
    old = "  keywordsai:config:models: {m: {input_cost: 1}}\n"
    assert read(project, old).layers == [Layer("Pulumi.dev.yaml", {"m": {"input_cost": 1}})]
    new = "  keywordsai:models: {m: {input_cost: 2}}\n"
    told = "Pulumi.dev.yaml, line 4: keywordsai:models appears twice; keep one"
    assert refused(project, new + old) == told


VALUE = "  keywordsai:models: {value: {m: {input_cost: 1}}}\n"


def test_models_in_the_projects_file(project: Path) -> None:
    """Every stack has them, reported with that file, until its own file has models."""
    assert read(project, "", VALUE).layers == [Layer("Pulumi.yaml", {"m": {"input_cost": 1}})]
    found = read(project, "  keywordsai:models: {n: {input_cost: 2}}\n", VALUE)
    assert found.layers == [Layer("Pulumi.dev.yaml", {"n": {"input_cost": 2}})]
    assert found.remarks == [
        "Pulumi.dev.yaml: keywordsai:models replaces the one in Pulumi.yaml entirely"
    ]
    assert refused(project, "  keywordsai:models:\n", VALUE) == (
        "no models: dev has no keywordsai:models, and there is no base file"
    )
    text = """  keywordsai:models: '{"m": {"input_cost": 3}}'\n"""
    assert read(project, "", text).layers == [Layer("Pulumi.yaml", {"m": {"input_cost": 3}})]


@pytest.mark.parametrize(
    "declared",
    [
        "{m: {input_cost: 1}}",
        "",
        "{default: {m: {}}}",
        "{type: object, value: {}}",
        "{}",
        "{value: }",
        "{description: none}",
    ],
)
def test_a_form_that_the_engine_refuses_in_the_projects_file(project: Path, declared: str) -> None:
    """The engine's message is about `oneOf`; this one shows the form that it expects."""
    told = "Pulumi.yaml: keywordsai:models: Pulumi expects the models in `value: {…}`"
    assert refused(project, "", f"  keywordsai:models: {declared}\n") == told


def test_what_is_encrypted_as_a_whole_is_not_compared(project: Path) -> None:
    """A single model is named; if all models are one secret, nothing can be compared."""
    found = read(
        project, "  keywordsai:models: {m: {secure: v1:a}, n: {provider_id: {secure: v1:b}}}\n"
    )
    assert found.layers == [Layer("Pulumi.dev.yaml", {"n": {"provider_id": Secret(None)}})]
    assert found.encrypted == {"m": "Pulumi.dev.yaml"}
    assert refused(project, "  keywordsai:models: {secure: v1:a}\n") == (
        "Pulumi.dev.yaml: not compared: keywordsai:models is entirely encrypted; encrypt single "
        "values, with `pulumi config set --path --secret`"
    )


def test_environments_are_not_read(project: Path) -> None:
    """They are in Pulumi ESC; a remark says that their models are not compared."""
    (project / "Pulumi.dev.yaml").write_text(
        "environment: [shop]\nconfig: {keywordsai:models: {m: {input_cost: 1}}}\n"
    )
    told = "Pulumi.dev.yaml: its environments are not read, and may have models too"
    assert layers_of("dev", None, project).remarks == [told]


def test_keys_that_nothing_reads(project: Path) -> None:
    """A mistake in either file is refused; a key that may belong to the program is a remark."""
    wrong = refused(project, "  keywordsai:modles: {}\n", f"{VALUE}  keywordsai:models.m: 5\n")
    assert [line.partition(": ")[0] for line in wrong.splitlines()[1:]] == [
        "  Pulumi.dev.yaml",
        "  Pulumi.yaml",
    ]
    (said,) = read(project, "  keywordsai:region: eu\n", VALUE).remarks
    assert said.startswith(
        "Pulumi.dev.yaml: keywordsai:region: nothing reads this key; the known keys "
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"config: [", "Pulumi.dev.yaml, line 1: "),
        (b"a: 1\n---\nb: 1\n", "Pulumi.dev.yaml, line 2: but found another document"),
        (b"config: \xe9", "Pulumi.dev.yaml, line 1: is not UTF-8"),
        ("config: {}".encode("utf-16"), "Pulumi.dev.yaml: is UTF-16"),
        (b"[" * 3000, "Pulumi.dev.yaml: is nested too deeply"),
        (b"config: *x", "Pulumi.dev.yaml, line 1: found undefined alias"),
    ],
)
def test_a_file_that_cannot_be_read(project: Path, content: bytes, told: str) -> None:
    """It is one line, from the reader."""
    (project / "Pulumi.dev.yaml").write_bytes(content)
    with pytest.raises(DeclarationError) as error:
        settings(project / "Pulumi.dev.yaml")
    shown = str(error.value).replace(f"{project}/", "")
    assert shown.startswith(told)
    assert "\n" not in shown


OCTAL = "config: {keywordsai:models: {m: {input_cost: 010}}}\n"


@pytest.fixture
def in_program(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Act as a program of the project, run by a CLI, that received 8 for 010."""
    monkeypatch.setattr(model_catalog, "is_below_the_cli", lambda: True)
    monkeypatch.setattr(model_catalog, "config_file", lambda: None)
    monkeypatch.chdir(project)
    (project / "Pulumi.stack.yaml").write_text(OCTAL)
    pulumi.runtime.set_all_config({"keywordsai:models": '{"m":{"input_cost":8}}'}, [])
    yield project
    pulumi.runtime.set_all_config({}, [])


def test_a_program_refuses_a_file_that_is_sure_to_be_in_use(
    in_program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the project's file, or the one that the CLI was told to use."""
    refused = pytest.raises(DeclarationError, match=r"^Pulumi.stack.yaml, line 1: 010 means some")
    with refused as error:
        ModelCatalog.from_config()
    assert error.type is DeclarationError  # the one that users can import, and that is pickled
    (in_program / "terms.yaml").write_text(OCTAL)
    monkeypatch.setattr(model_catalog, "config_file", lambda: Path("terms.yaml"))
    with pytest.raises(DeclarationError, match=r"^terms.yaml, line 1: 010 means something"):
        ModelCatalog.from_config()


@pytest.mark.parametrize("file", ["Pulumi.stack.yaml", "Pulumi.yaml"])
@pytest.mark.parametrize("written", ["app:x: a\tb", "app:x: !foo 5", "app:x: 5\n---\nmore: 1"])
def test_a_program_refuses_no_file_that_the_engine_alone_can_read(
    in_program: Path, file: str, written: str
) -> None:
    """Nothing in it can be checked, and the engine could read it."""
    (in_program / "Pulumi.stack.yaml").unlink()
    (in_program / file).write_text(f"name: shop\nruntime: python\nconfig:\n  {written}\n")
    assert ModelCatalog.from_config().models == {"m": {"input_cost": 8.0}}


@pytest.mark.parametrize("place", ["an inline program", "another folder", "another file"])
def test_a_program_refuses_no_file_that_may_be_another(
    in_program: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Without a CLI as a parent, outside of the project, or with another file."""
    if place == "an inline program":
        monkeypatch.setattr(model_catalog, "is_below_the_cli", lambda: False)
    elif place == "another folder":
        (in_program / "below").mkdir()
        monkeypatch.chdir(in_program / "below")
    else:
        (in_program / "terms.yaml").write_text(OCTAL.replace("010", "8"))
        monkeypatch.setattr(model_catalog, "config_file", lambda: Path("terms.yaml"))
    assert ModelCatalog.from_config().models == {"m": {"input_cost": 8.0}}


def test_models_under_the_programs_own_name(in_program: Path) -> None:
    """`pulumi config set models` sets them, and a catalog without models says where they are."""
    (in_program / "Pulumi.stack.yaml").write_text("config: {project:models: {m: {}}}\n")
    pulumi.runtime.set_all_config({"project:models": "{}"}, [])
    with pytest.raises(DeclarationError) as error:
        ModelCatalog.from_config()
    assert str(error.value) == (
        "There are no models: Pulumi.stack.yaml has no keywordsai:models, and no base file is "
        "given. There is project:models, but that key belongs to the program."
    )


def test_a_byte_order_mark_moves_nothing(project: Path) -> None:
    """Editors on Windows write it, with their line breaks."""
    text = "\ufeffconfig:\r\n  app:mode: 0644\r\n  keywordsai:models: {m: {input_cost: 1}}\r\n"
    (project / "Pulumi.dev.yaml").write_text(text, newline="")
    found = layers_of("dev", None, project)
    assert found.layers == [Layer("Pulumi.dev.yaml", {"m": {"input_cost": 1}})]


SCALARS = """
010 | 1_0 | 2026-01-01 | 5 | 1:30 | ~ | '7' | "8" | *a | &a 9 | !x 1 | a b |  | [1, 02] | {3: 04}
| 0x1 # 2 | {<<: *a} | - 1 | é: 012 | >-%      06 | |%      05 | 2026-01-01%%      x
""".replace("\n", " ").split(" | ")
LINES = st.lists(
    st.tuples(
        st.sampled_from(["", "  ", "    "]),
        st.sampled_from(["config", "keywordsai:models", "m", "app:x", "4", "<<", "- 1", "x"]),
        st.sampled_from([each.strip().replace("%", "\n") for each in SCALARS]),
    ).map(lambda each: f"{each[0]}{each[1]}: {each[2]}"),
    max_size=8,
)


@given(st.one_of(LINES.map("\n".join), st.text(max_size=40), st.binary(max_size=40)))
@hypothesis_settings(max_examples=times(150, 400))
def test_any_file_is_read_or_refused_in_one_line(content: str | bytes) -> None:
    """Any content gives layers or that error."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        raw = content if isinstance(content, bytes) else content.encode(errors="replace")
        (folder / "Pulumi.dev.yaml").write_bytes(raw)
        try:
            told = "" if layers_of("dev", None, folder).layers else "nothing"
        except DeclarationError as error:
            told = str(error)
    assert "\n" not in told or told.startswith("The configuration has ")
    assert told == "" or "dev" in told


def test_models_may_be_in_environments(project: Path) -> None:
    """Only the engine can read those, so the message does not claim that there are no models."""
    (project / "Pulumi.dev.yaml").write_text("environment: [prices]\n")
    assert refused_file(project) == (
        "no models: dev has no keywordsai:models outside of its environments, which are not read, "
        "and there is no base file"
    )


def test_what_a_shell_hands_over_is_a_file(project: Path) -> None:
    """`prices <(…)` names a pipe without a suffix; a name without a slash is a stack's."""
    (project / "dev").write_text("m: {input_cost: 1}\n")
    path = str(project / "dev")
    assert layers_of(path, None, project).layers == [Layer("dev", {"m": {"input_cost": 1}})]
    with pytest.raises(DeclarationError, match=r"^no Pulumi\.dev\.yaml in"):
        layers_of("dev", None, project)
