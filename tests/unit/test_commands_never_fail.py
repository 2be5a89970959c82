"""Whatever the commands are given: 0 is fine, 1 is a finding, and 2 is one line or a whole report.

Previews, exports, catalogs, usage and stacks are generated, with what is expected of them, or are
good ones that were mutated. Each case runs the command as its user does, in this process.
"""

import contextlib
import csv
import io
import json
import re
import sys
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import partial
from itertools import product
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
import typer
import yaml
from harness.lengths import times
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import DOUBLE, DROP, SECRET, UNKNOWN, Way, mutated, node, some, torn
from native_documents import NAMES as WRITTEN
from own_price_list import own_price_list
from review_documents import preview, step, update

from keywordsai_dynamic.cli import app as cli
from keywordsai_dynamic.core.names import (
    MODEL_SET_TYPE,
    NATIVE_MODEL_SET_TYPE,
    NATIVE_TYPE,
    PRICE_FIELDS,
    TYPE,
)
from keywordsai_dynamic.import_file import command as import_file

RECORDED = Path(__file__).parents[1] / "recorded" / "previews"
REFRESHES = {
    *("drift", "no_drift", "sets/drift"),
    *("yaml/drift", "yaml/moved_and_refreshed", "yaml/sets/drift"),
}
COMMAND = typer.main.get_command(cli.app)  # which is made anew each time it is called
ANY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


class Ended(NamedTuple):
    """How a command ended: its exit code and output."""

    code: int
    out: str
    err: str


def run(*arguments: str) -> Ended:
    """Run a command, and check what holds for every command."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    sys.argv = ["keywordsai-dynamic", *arguments]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            cli.main()
            code: Any = 0
        except SystemExit as ending:
            code = ending.code
    streams = []
    for each in (out, err):
        each.flush()
        streams.append(each.buffer.getvalue().decode())  # type: ignore[attr-defined]
    ended = Ended(code, *streams)
    assert ended.code in {0, 1, 2}
    assert "Traceback" not in ended.err
    assert cli.UNEXPECTED not in ended.err
    assert ended.err.replace("\n", "").isprintable()
    assert ended.out or ended.code == 2, "a verdict without a word"
    if not ended.out:
        assert reasons(ended.err) == 1
    return ended


ASIDES = re.compile(
    r"(dev|prod): [\w., ]+|not compared.*|Pulumi(\.\w+)?\.yaml: .*(nothing reads|replaces the one"
    r"|environments are not read).*"
)


def reasons(err: str) -> int:
    """Count the lines of a refusal; a catalog's list of mistakes counts as one."""
    lines = [line for line in err.splitlines() if not ASIDES.fullmatch(line)]
    head = re.fullmatch(r".* has (\d+) mistakes?; nothing was sent\.", lines[0]) if lines else None
    if head and len(lines) == 1 + int(head[1]):
        return 1 + sum(not line.startswith("  ") for line in lines[1:])
    return len(lines) or len(err.splitlines())


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a project whose stacks have models, with a fixed price list."""
    monkeypatch.setattr(cli, "app", COMMAND)
    monkeypatch.setattr(cli, "discard_output", lambda: None)  # which is about this very process
    monkeypatch.setattr(sys, "argv", sys.argv)
    monkeypatch.chdir(tmp_path)
    for name, content in PROJECT.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


CATALOG = """\
x-shared: &shared
  base_model_name: acme/chat
m:
  <<: *shared
  input_cost: 1.50
  output_cost: {per_1k: 0.002}
n: {base_model_name: acme/chat-large, output_cost: "6", function_call: true}
"""
STACK = """\
# yaml-language-server: $schema=stack.schema.json
config:
  keywordsai:apiKey: {secure: AAABAKey}
  keywordsai:models:
    m: {input_cost: 1, cache_hit_input_cost: {secure: AAABACost}}
    p:
      list_price: acme/chat
      markup: 20%
"""
OLD = {"input_cost": 1, "output_cost": 2}
PREVIEW = preview(
    update("m", OLD, {**OLD, "input_cost": 2}),
    update("n", OLD, {**OLD, "output_cost": 1}),
    step("create", "p", new={"input_cost": 5}),
)
USAGE = {"m": {"input_tokens": 620_000_000}, "n": {"output_tokens": "9M"}, "p": {}}


def _resource(name: str, type_: str = TYPE, **more: object) -> dict[str, Any]:
    urn = f"urn:pulumi:dev::p::{type_}::{name}"
    return {"urn": urn, "custom": True, "id": f"acme/{name}", "type": type_, **more}


EXPORT = {
    "version": 3,
    "deployment": {
        "manifest": {"time": "2026-11-20T10:00:00Z", "magic": "x", "version": "v3.274.1"},
        "resources": [
            {"urn": "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev", "type": "pulumi:pulumi:Stack"},
            _resource("held", inputs={"model_name": "acme/held"}),
            _resource("native", NATIVE_TYPE, inputs={"modelName": "acme/native"}),
            _resource("read", external=True),
            _resource("going", delete=True),
        ],
    },
}
LIVE = {
    f"acme/{name}": {"model_name": f"acme/{name}"} for name in ("held", "native", "read", "going")
}


def as_json(value: object) -> bytes:
    return json.dumps(value, indent=2).encode()


PROJECT = {
    "pyproject.toml": b"",
    "Pulumi.yaml": b"name: p\nruntime: python\nconfig:\n  other: {value: 1}\n",
    "Pulumi.dev.yaml": STACK.encode(),
    "Pulumi.prod.yaml": STACK.replace("20%", "30%").encode(),
    "models.yaml": CATALOG.encode(),
    "catalog.json": as_json({"m": {"base_model_name": "acme/chat", "input_cost": 1.5}}),
    "catalog.csv": b"model_name,base_model_name,input_cost\nm,acme/chat,1\n'=n,,{per_1k: 1}\n",
    "preview.json": as_json(PREVIEW),
    "usage.yaml": b"m: {input_tokens: 620M}\nn: {output_tokens: 9_000_000}\np: {}\n",
    "usage.json": as_json(USAGE),
    "usage.csv": b"model_name,input_tokens,output_tokens\nm,620M,\nn,,9M\np,1,\n",
    "export.json": as_json(EXPORT),
}
MONTHLY = ("--fail-on", "monthly>400")
RULES = (*MONTHLY, "--fail-on", "increase>15%", "--fail-on", "delete", "--fail-on", "unknown")


# One odd node in a preview


NAMES = sorted(file.relative_to(RECORDED).with_suffix("") for file in RECORDED.glob("**/*.json"))
OF_TODAY = [name.as_posix() for name in NAMES if name.parts[0] != "v0.1.0"]


@pytest.mark.parametrize("name", OF_TODAY)
def test_a_preview_with_one_odd_node_is_one_line_or_a_whole_report(folder: Path, name: str) -> None:
    """Each node of each recording may be anything; no change is lost, and no price is guessed."""
    document = json.loads((RECORDED / f"{name}.json").read_text())
    command = ["review", "x.json"]
    if name in REFRESHES:
        (folder / "good.json").write_bytes((RECORDED / "unchanged.json").read_bytes())
        command = ["review", "good.json", "--drift", "x.json", "--fail-on", "drift"]
    (folder / "usage.json").write_text('{"acme/support-llm": {"input_tokens": 620000000}}')
    ways_to_ask = product(("json", "text", "markdown"), ((), ("--usage", "usage.json", *RULES)))
    asks = [("--format", form, *options) for form, options in ways_to_ask]
    (folder / "x.json").write_text(json.dumps(document))
    whole = json.loads(run(*command, *asks[0]).out)
    prices = partial(is_price, document)
    cases = [*some(document, name, times(12, 10**5)), *some(document, name, times(6, 0), prices)]
    for number, (way, change) in enumerate(cases):
        case = f"{'.'.join(map(str, way))} becomes {change!r}"
        (folder / "x.json").write_text(json.dumps(mutated(document, way, change)))
        ended = run(*command, *asks[number % len(asks)])
        if not ended.out:
            continue
        assert not (ended.code < 2 and is_price(document, way) and not can_be_price(change)), case
        again = run(*command, "--format", "json", *asks[number % len(asks)][2:])
        report = json.loads(again.out)
        codes = {"pass": 0, "fail": 1, "incomplete": 2}
        assert again.code == ended.code == codes[report["verdict"]], case
        if way[:1] == ("steps",) and not decides_who_is_in_a_set(document, way):
            assert ended.code == 2 or changes(report) >= changes(whole), case


def changes(report: Mapping[str, Any]) -> int:
    return sum(len(each["changes"]) + len(each["outside"] or ()) for each in report["stacks"])


def decides_who_is_in_a_set(document: Mapping[str, Any], way: Way) -> bool:
    """Return whether a node is the models of a set, or one of them, that no diff names as well."""
    return (
        way[3:5] == ("inputs", "models")
        and len(way) < 7
        and not (node(document, way[:2]).get("detailedDiff"))
    )


def is_price(document: Mapping[str, Any], way: Way) -> bool:
    """Return whether a node is a price that a step depends on, of a single model or in a set."""
    if len(way) not in (5, 7) or way[0] != "steps" or way[3] != "inputs":
        return False
    found = node(document, way[:2])
    operations = {"same", "create", "update", "replace", "delete"}
    prices = {*PRICE_FIELDS, *(WRITTEN[field] for field in PRICE_FIELDS)}
    types = (TYPE, NATIVE_TYPE) if len(way) == 5 else (MODEL_SET_TYPE, NATIVE_MODEL_SET_TYPE)
    ours = any(type_ in found["urn"] for type_ in types)
    return ours and found["op"] in operations and way[-1] in prices


def can_be_price(value: object) -> bool:
    hidden = value in (None, DROP, DOUBLE, "[secret]", UNKNOWN, SECRET)
    return hidden or (isinstance(value, int | float) and value is not True and 0 <= value <= 1e300)


# One odd node in the export of a stack


@pytest.fixture
def _live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYWORDSAI_API_KEY", "key")
    monkeypatch.setattr(import_file, "live_models", lambda _settings: LIVE)
    monkeypatch.setattr(import_file, "version", lambda: None)


@pytest.mark.usefixtures("_live")
def test_an_export_with_one_odd_node_hides_no_model_that_the_stack_holds(folder: Path) -> None:
    """A model that is imported twice would be deleted with either of its two resources."""
    for way, change in some(EXPORT, "export", times(100, 10**5)):
        (folder / "export.json").write_bytes(as_json(mutated(EXPORT, way, change)))
        (folder / "import.json").unlink(missing_ok=True)
        ended = run("import-file", "--stack-export", "export.json")
        case = f"{'.'.join(map(str, way))} becomes {change!r}"
        if ended.code or change is DOUBLE:
            continue
        imported = {each["id"] for each in json.loads(Path("import.json").read_text())["resources"]}
        was = node(EXPORT, way)
        another = change is DROP and (way[-1:] == ("resources",) or isinstance(way[-1], int))
        believable = another or change in (None, []) or type(change) is type(was)
        assert believable or imported <= {"acme/read", "acme/going"}, case


# Files whose bytes are wrong


def parses(name: str, content: bytes) -> bool:
    """Return whether any reader of this format could read a file."""
    try:
        if name.endswith(".json"):
            json.loads(content)
        elif name.endswith(".csv"):
            rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
            return bool(list(rows))
        else:
            list(yaml.parse(content, Loader=yaml.SafeLoader))
    except (ValueError, csv.Error, yaml.YAMLError, RecursionError):
        return False
    return True


REVIEW = ("review", "preview.json", "--format", "markdown", "--usage")
READERS: dict[str, tuple[tuple[str, ...], ...]] = {
    "preview.json": (("review", "preview.json"), (*REVIEW, "usage.yaml", *MONTHLY)),
    "usage.yaml": ((*REVIEW, "usage.yaml", *MONTHLY),),
    "usage.json": ((*REVIEW, "usage.json", *MONTHLY),),
    "usage.csv": ((*REVIEW, "usage.csv", *MONTHLY),),
    "models.yaml": (("prices", "models.yaml"), ("parity", "dev", "prod", "--format", "json")),
    "catalog.json": (("prices", "catalog.json", "--format", "json"),),
    "catalog.csv": (("parity", "catalog.csv", "models.yaml"), ("prices", "catalog.csv")),
    "Pulumi.yaml": (("prices", "dev"), ("parity", "dev", "prod")),
    "Pulumi.dev.yaml": (("prices", "dev"), ("parity", "dev", "prod", "--format", "json")),
    "export.json": (("import-file", "--stack-export", "export.json"),),
}


@pytest.mark.usefixtures("_live")
@pytest.mark.parametrize("name", READERS)
def test_a_torn_file_is_never_judged_where_it_is_not_its_format(folder: Path, name: str) -> None:
    """Bytes are lost, doubled, or in another encoding: unreadable content is exit code 2."""
    random = Random(name)  # noqa: S311  (nothing to keep secret)
    with own_price_list():
        for _ in range(times(20, 2_000)):
            content = torn(PROJECT[name], random)
            (folder / name).write_bytes(content)
            ended = run(*random.choice(READERS[name]))
            assert ended.code == 2 or parses(name, content), content


# Pulumi's files with one odd node


@pytest.mark.parametrize("name", ["Pulumi.yaml", "Pulumi.dev.yaml"])
def test_a_file_of_pulumi_with_one_odd_node_is_one_line_or_judged(folder: Path, name: str) -> None:
    """With any content in other keys and in ours; a value that is not a price is never compared."""
    document = yaml.safe_load(PROJECT[name])
    if name == "Pulumi.yaml":
        document |= {"main": ".", "stackConfigDir": ".", "options": {"refresh": "always"}}
        document["config"]["keywordsai:models"] = {"value": {"q": {"input_cost": 1}}}
    with own_price_list():
        for number, (way, change) in enumerate(some(document, name, times(50, 10**5))):
            text = json.dumps(mutated(document, way, change))
            (folder / name).write_text(text)
            command = ("prices", "dev") if number % 2 else ("parity", "dev", "prod")
            ended = run(*command, "--format", "json" if number % 3 else "table")
            odd = way[-1:] == ("input_cost",) and not can_be_price(change)
            assert not (odd and ended.code < 2 and "stack" not in name), text


# Files with what is expected of them


class Value(NamedTuple):
    """A value as JSON and as YAML write it, and what it means; None if it means nothing."""

    text: str
    says: Decimal | None


def _values(said: Mapping[str, str | None]) -> list[Value]:
    return [Value(text, None if says is None else Decimal(says)) for text, says in said.items()]


NO_NUMBERS = dict.fromkeys(
    ("true", "null", "[1]", "-1", '"many"', '"-1"', '"NaN"', '"1,5"', "[]", '{"a": 1}', "1e999999")
)
COUNTS = _values(
    {"620000000": "62e7", '"620M"': "62e7", "0": "0", '"1.5K"': "1500", "5e8": "5e8", "1": "1"}
    | dict.fromkeys(('"620.000"', "0.5", '"1 000"', '"M"', '"0x1F"', '"1e99"', '{"per_1k": 1}'))
    | NO_NUMBERS
)
COSTS = _values(
    {"1": "1", "2.50": "2.5", "2": "2", "0": "0", '"1.0"': "1", "1e0": "1", '" 2 "': "2"}
    | {'{"per_1k": 0.001}': "1", '{"per_token": "0.000002"}': "2", '{"per_million": 0.5}': "0.5"}
    | dict.fromkeys(("0.0000025", "2500", '{"per_tok": 1}', '{"per_1k": true}', '{"per_1k": "x"}'))
    | dict.fromkeys(("{}", "1.00000000000000001", '{"per_1k": 1, "per_token": 1}', '"1:30"'))
    | NO_NUMBERS
)
Models = list[tuple[str, list[tuple[str, Value]]]]


def models(names: Iterable[str], fields: Iterable[str], values: list[Value]) -> Any:  # noqa: ANN401
    """Make models with fields: most are right, and a few appear twice."""
    good = [value for value in values if value.says is not None]
    value = st.sampled_from(good * (12 * len(values) // len(good)) + values)
    said = st.lists(st.tuples(st.sampled_from(list(fields)), value), max_size=3)
    return st.lists(st.tuples(st.sampled_from(list(names)), said), max_size=4)


def written(models: Models, form: str) -> str:
    """Write models to a file, unchanged."""
    if form == "json":
        inside = (f"{json.dumps(name)}: {{{_inside(fields)}}}" for name, fields in models)
        return f"{{{', '.join(inside)}}}"
    if form == "yaml":
        return "".join(f"{name}: {{{_inside(fields)}}}\n" for name, fields in models) or "{}\n"
    columns = list(dict.fromkeys(field for _, fields in models for field, _ in fields))
    lines = [["model_name", *columns]]
    for name, fields in models:
        cells = {field: _cell(value.text) for field, value in fields}
        lines.append([name, *(cells.get(column, "") for column in columns)])
    file = io.StringIO()
    csv.writer(file).writerows(lines)
    return file.getvalue()


def _inside(fields: Iterable[tuple[str, Value]]) -> str:
    return ", ".join(f'"{field}": {value.text}' for field, value in fields)


def _cell(text: str) -> str:
    return json.loads(text) if text.startswith('"') else text


def meant(models: Models, form: str) -> dict[str, dict[str, Any]] | None:
    """Return what a file declares; None if it cannot be compared."""
    if form == "csv":  # where a field that is there twice cannot be written
        models = [(name, list(dict(fields).items())) for name, fields in models]
        if not models:
            return None
    counted = [name for name, _ in models]
    fields = [[field for field, _ in each] for _, each in models]
    twice = any(len(set(each)) < len(each) for each in (counted, *fields))
    wrong = any(value.says is None for _, each in models for _, value in each)
    if twice or wrong:
        return None
    return {name: {field: value.says for field, value in each} for name, each in models}


KINDS = ("input_tokens", "output_tokens")
FORMS = st.sampled_from(["yaml", "json", "csv"])


@settings(ANY, max_examples=times(80, 5_000))
@given(models("mnp", KINDS, COUNTS), FORMS, st.sampled_from([0, 400, 3_000]))
def test_usage_is_read_and_judged_or_refused(tokens: Models, form: str, limit: int) -> None:
    """`monthly` agrees with plain arithmetic, and decides nothing if something is unknown."""
    Path(f"u.{form}").write_text(written(tokens, form))
    rule = f"monthly>{limit}"
    ended = run("review", "preview.json", "--usage", f"u.{form}", "--fail-on", rule)
    usage = meant(tokens, form)
    assert ended.code == (2 if usage is None else beyond(usage, limit)), written(tokens, form)


def beyond(usage: Mapping[str, Mapping[str, Decimal]], limit: int) -> int:
    """Return the exit code: m costs 1 more for input, n 1 less for output, p is new, with 5."""
    unknown = not usage.get("m") or not usage.get("p") or usage["p"].get("output_tokens")
    if unknown:
        return 2
    in_of, out_of = (lambda name, kind=kind: usage.get(name, {}).get(kind, 0) for kind in KINDS)
    effects = [in_of("m"), -out_of("n"), 5 * in_of("p")]
    return int(max(*effects, sum(effects)) > limit * 10**6)


LISTED = {"acme/chat": {"input_cost": 1, "output_cost": 2}, "nobody": {}}
FIELDS = ("input_cost", "output_cost", "cache_hit_input_cost")
BASES = st.fixed_dictionaries(dict.fromkeys("mn", st.sampled_from(sorted(LISTED))))


def with_bases(catalog: Models, bases: Mapping[str, str]) -> Models:
    return [
        (name, [("base_model_name", Value(json.dumps(bases[name]), Decimal(0))), *fields])
        for name, fields in catalog
    ]


@settings(ANY, max_examples=times(80, 5_000))
@given(models("mn", FIELDS, COSTS), BASES, FORMS)
def test_prices_are_compared_or_refused(catalog: Models, bases: dict[str, str], form: str) -> None:
    """A price that differs is found; without a listed one the command does not report success."""
    catalog = with_bases(catalog, bases)
    Path(f"c.{form}").write_text(written(catalog, form))
    with own_price_list():
        ended = run("prices", f"c.{form}")
    found = meant(catalog, form)
    differing = [
        fields[field] != listed
        for name, fields in (found or {}).items()
        for field, listed in LISTED[bases[name]].items()
        if field in fields
    ]
    assert ended.code == (any(differing) if differing else 2), written(catalog, form)


@settings(ANY, max_examples=times(60, 5_000))
@given(models("mn", FIELDS, COSTS), models("mn", FIELDS, COSTS), FORMS, FORMS)
def test_catalogs_are_compared_or_refused(
    left: Models, right: Models, one: str, other: str
) -> None:
    """Two catalogs are equal if they declare the same, in any format; empty ones are not."""
    Path(f"l.{one}").write_text(written(left, one))
    Path(f"r.{other}").write_text(written(right, other))
    ended = run("parity", f"l.{one}", f"r.{other}", "--format", "json")
    sides = meant(left, one), meant(right, other)
    judged = None not in sides and any(sides)
    assert ended.code == (sides[0] != sides[1] if judged else 2), (left, right)
