"""Where the CLI looks for plugins in its home, and in which order it prefers them."""

import os
import pwd
from pathlib import Path
from types import SimpleNamespace

import pytest

from keywordsai_dynamic.plugin_install.command import short_lived
from keywordsai_dynamic.terminal import pulumi_cli
from keywordsai_dynamic.terminal.native_plugins import (
    FILE,
    installed_as,
    installed_plugins,
    same_version,
)


def put(home: Path, *versions: str) -> None:
    for version in versions:
        folder = home / "plugins" / f"resource-keywordsai-v{version}"
        folder.mkdir(parents=True)
        (folder / FILE).touch()


def found(**environ: str) -> list[str]:
    return [installed_as(file) for file in installed_plugins(environ)]


def test_the_order_of_versions(tmp_path: Path) -> None:
    """Newest first, as numbers, and candidates last; what is no plugin of ours is passed over."""
    candidates = ["1.0.0-rc.10", "1.0.0-rc.2", "1.0.0-rc", "1.0.0-beta.11", "0.10.1-rc.1"]
    versions = ["0.9.0", "0.10.0", *candidates]
    put(tmp_path, *versions, "odd", "2.0.0")
    (tmp_path / "plugins" / "resource-keywordsai-v2.0.0.partial").touch()
    (tmp_path / "plugins" / "resource-keywordsai-v3.0.0").mkdir()
    (tmp_path / "plugins" / "resource-keywordsai-v4.0.0").touch()
    (tmp_path / "plugins" / "resource-other-v1.0.0").mkdir()
    ordered = ["0.10.0", "0.9.0", "odd", *candidates]
    assert found(PULUMI_HOME=str(tmp_path)) == ordered
    assert found(PULUMI_HOME=os.path.relpath(tmp_path)) == ordered
    assert found(PULUMI_HOME=str(tmp_path / "nowhere")) == []


def test_a_user_whose_folder_is_not_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The CLI may go by the user database or by HOME: the one on PATH is asked which, and without
    any what either has is found.
    """
    user, home = tmp_path / "user", tmp_path / "home"
    put(user / ".pulumi", "0.1.0")
    put(home / ".pulumi", "0.2.0")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(pwd, "getpwuid", lambda _: SimpleNamespace(pw_dir=str(user)))
    assert found() == ["0.2.0", "0.1.0"]
    for takes_home, expected in ((True, ["0.2.0"]), (False, ["0.1.0"])):
        monkeypatch.setattr(pulumi_cli, "takes_home", lambda answer=takes_home: answer)
        assert found() == expected
    monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)  # a container's user without an entry
    assert found() == ["0.2.0"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("0.2.0-rc.1", "0.2.0rc1", True),
        ("0.2.0-alpha.3", "0.2.0a3", True),
        ("0.2.0-beta.1", "0.2.0b1", True),
        ("0.2.0", "0.2.0", True),
        ("0.2.0-rc.1", "0.2.0", False),
        ("0.2.0-rc.1", "0.2.0rc11", False),
        ("None", "0.2.0", False),
    ],
)
def test_one_version_under_two_names(one: str, other: str, same: bool) -> None:
    """Pulumi and pip write candidates differently."""
    assert same_version(one, other) is same_version(other, one) is same


@pytest.mark.parametrize(
    ("prefix", "cache"),
    [
        ("home/.cache/uv/archive-v0/x", "home/.cache"),
        ("home/Library/Caches/pipx/x", "home/Library/Caches"),
        ("xdg/uv/x", "xdg"),
        ("uv/x", "uv"),
        ("scratch/venv", "scratch"),
        ("linked/venv", "scratch"),
        ("home/.local/share/uv/tools/keywordsai-dynamic", None),
        ("home/.local/share/pipx/venvs/keywordsai-dynamic", None),
        ("uvx/x", None),
    ],
)
def test_environments_that_do_not_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefix: str, cache: str | None
) -> None:
    """What uvx and `pipx run` make, and folders for temporary files; not what they install."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "scratch")
    named = {"XDG_CACHE_HOME": str(tmp_path / "xdg"), "UV_CACHE_DIR": str(tmp_path / "uv")}
    assert short_lived(tmp_path / prefix, named) == (cache and tmp_path / cache)
