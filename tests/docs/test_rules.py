"""The rules for pages, tried on small pages: what they let pass, and what each one catches."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness.pulumi_stack import Stack
from pages import Page, Section, dead_links, read_page, unnamed
from reader import Reader, keys_in, not_as_shown

from keywordsai_dynamic.emulator import Emulator, running_emulator

STORY = """
# A page

<!-- emulator: put_model("acme/chat", base_model_name="gpt-4o", input_cost=1) -->

```yaml
# Pulumi.prod.yaml
config:
  keywordsai:models:
    acme/chat: {base_model_name: gpt-4o, input_cost: 1.00}
    acme/new: {base_model_name: gpt-4o, input_cost: 2.00}
```

```python
from keywordsai_dynamic import ModelCatalog

models = ModelCatalog.from_config().declare()
```

```console
$ pulumi config set --secret keywordsai:apiKey
$ pulumi preview
Previewing update (prod):
…
 +  pulumi-python:dynamic/keywordsai:CustomModel acme/new create
…
    + 3 to create
$ pulumi up --yes
```
"""

COMMANDS = """
```sh
make demo   # checked, not run
git clone https://example.com/keywordsai-dynamic.git
cd keywordsai-dynamic
export KEYWORDSAI_API_KEY=another-key
pip install 'keywordsai-dynamic[cli]' pulumi
uv add keywordsai-dynamic
keywordsai-dynamic parity \\
    dev prod > differences.txt
cat differences.txt
KEYWORDSAI_API_KEY_OVERRIDE=new-key echo '$HOME'
```

```console
$ keywordsai-dynamic emulator
export KEYWORDSAI_API_KEY=demo-key
export KEYWORDSAI_BASE_URL=http://127.0.0.1:8000
```

```python
# test_prices.py
def test_the_file_is_called_so():
    assert __file__.endswith("test_prices.py")
```

```json
{"parsed": true}
```

<!-- not run: there is no Nomad here -->
```hcl
job "x" {}
```
"""

WRONG = {
    "an unknown target": ("sh", "make coffee", "make knows"),
    "an unknown program": ("sh", "terraform apply", "nobody knows how to run `terraform`"),
    "an unknown language": ("hcl", 'job "x" {}', "nobody knows how to run `hcl`"),
    "an unknown command": ("sh", "keywordsai-dynamic coffee", "No such command"),
    "an unknown extra": ("sh", "pip install keywordsai-dynamic[coffee]", "extras are"),
    "an unknown package": ("sh", "pip install coffee", "coffee is not of this package"),
    "an unknown package for uv": ("sh", "uv add coffee", "coffee is not of this package"),
    "a wrong clone": ("sh", "git clone https://example.com/coffee", "is not keywordsai-dynamic"),
    "a missing folder": ("sh", "cd coffee", "no folder coffee"),
    "a stale answer": ("console", "$ keywordsai-dynamic parity dev prod\nequal", "any more"),
    "a console without a prompt": ("console", "make demo", "begins with"),
    "a wrong YAML": ("yaml", "a: [", "while parsing"),
    "a wrong catalog": ("yaml", "m: {base_model_name: gpt-4o, inptu_cost: 1}", "inptu_cost"),
    "a wrong JSON": ("json", "{", "Expecting"),
    "a wrong workflow": ("yaml", "jobs: {a: {steps: [{run: coffee}]}}", "run `coffee`"),
    "a wrong script": ("python", "import keywordsai_dynamic\nkeywordsai_dynamic.coffee", "coffee"),
    "a failing test": ("python", "def test_it():\n    assert False", "1 failed"),
    "a wrong program": (
        "python",
        'CustomModel("chat", input_costs=1)',
        "unexpected keyword argument 'input_costs'",
    ),
}

SETTINGS = """
```yaml
# Pulumi.yaml
name: own-project
runtime:
  name: python
```

```python
from keywordsai_dynamic import CustomModel
```

```sh
pulumi up
```
"""

HIDDEN = """
```
code
```

    code
"""

LINKS = """
# One `thing`, and another!
## Same
## Same
[good](page.md) [good](#one-thing-and-another) [good](page.md#same-1) [good](https://example.com)
[dead](nowhere.md) [dead](#nowhere) [dead](page.md#same-2) [dead](../outside.md)
![dead](picture.svg)

<p><a id="there"></a><img alt="" src="other.svg"></p>

[good](#there)
"""


def page(folder: Path, text: str) -> Page:
    (folder / "page.md").write_text(text)
    return read_page(folder, folder / "page.md")


@pytest.fixture
def read(stack: Stack) -> Iterator[Callable[[Section], Emulator]]:
    """Type a section, and give the emulator that it was typed against."""
    with running_emulator(api_keys={"demo-key": "demo", "another-key": "demo"}) as emulator:

        def follow(section: Section) -> Emulator:
            Reader(stack, emulator).follow(section)
            return emulator

        yield follow


def test_a_story_is_typed_on_one_stack(tmp_path: Path, read: Callable[..., Emulator]) -> None:
    """What the emulator plays, configuration, program and console of a section belong together."""
    section = page(tmp_path, STORY).sections[1]
    assert [b.language for b in section.blocks] == ["emulator", "yaml", "python", "console"]
    assert set(read(section).models()) == {"acme/chat", "acme/new"}


def test_commands_are_typed(tmp_path: Path, read: Callable[..., Emulator]) -> None:
    """What can be run is run, what cannot is checked, and what has a reason is passed over."""
    section = page(tmp_path, COMMANDS).sections[0]
    assert [b.not_run for b in section.blocks if b.not_run] == ["there is no Nomad here"]
    assert keys_in(section) == {"another-key", "demo-key", "new-key"}
    read(section)


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_caught(tmp_path: Path, read: Callable[..., Emulator], wrong: str) -> None:
    """Each kind of block can fail, and the failure names its place."""
    language, text, said = WRONG[wrong]
    section = page(tmp_path, f"```{language}\n{text}\n```").sections[0]
    with pytest.raises(AssertionError) as caught:
        read(section)
    assert "page.md:1: " in str(caught.value)
    assert said in str(caught.value)


def test_settings_of_python_count(tmp_path: Path, read: Callable[..., Emulator]) -> None:
    """A program runs under the Pulumi.yaml that stands before it."""
    with pytest.raises(AssertionError, match="no stack selected"):  # of own-project
        read(page(tmp_path, SETTINGS).sections[0])


def test_code_that_hides_is_caught(tmp_path: Path) -> None:
    """Code that no rule would find (no fence, no language) is named."""
    assert page(tmp_path, HIDDEN).hidden == [
        "page.md:2: write a fence with its language",
        "page.md:6: write a fence with its language",
    ]


def test_dead_links_are_caught(tmp_path: Path) -> None:
    """Links to files, pictures and headings that are not there are named, and no others."""
    folder = tmp_path / "repository"
    folder.mkdir()
    (tmp_path / "outside.md").write_text("")
    assert dead_links(page(folder, LINKS), folder) == [
        "page.md: nowhere.md",
        "page.md: #nowhere",
        "page.md: page.md#same-2",
        "page.md: ../outside.md",
        "page.md: picture.svg",
        "page.md: other.svg",
    ]


@pytest.mark.parametrize(
    ("shown", "missing"),
    [
        ("b in 3s at http://127.0.0.1:1", []),
        ("a\nb in …", []),
        ("b in …\na", ["a"]),
        ("a b", ["a b"]),
        ("a\n…\nc", ["c"]),
        ("c\na\n…\nb …", ["c"]),
    ],
)
def test_answers_are_compared_line_by_line(shown: str, missing: list[str]) -> None:
    """Lines in their order, `…` for anything, and no matter which port or how many seconds."""
    assert not_as_shown(shown, "a\n  b  in 1.5s at http://127.0.0.1:4711\n") == missing


def test_unnamed_words_are_caught() -> None:
    """A word counts as named where it stands alone, not as a part of another."""
    text = "`cache_hit_input_cost` and `keywordsai-dynamic review`"
    words = ["input_cost", "cache_hit_input_cost", "keywordsai-dynamic review", "dynamic"]
    assert unnamed(words, text) == ["input_cost", "dynamic"]
