"""Virtual environments with the installed package in them, as any version of it."""

import sysconfig
import venv
from pathlib import Path
from shutil import copytree, rmtree

from keywordsai_dynamic.native import package_schema

_PACKAGE = package_schema.FILE.parents[1]
_HERE = package_schema.version()
_NOTES = '\nwith open(__file__ + ".starts", "a") as _starts:\n    _starts.write("one\\n")\n'
_COMMAND = "from keywordsai_dynamic.cli.app import main; main()"


class Environment:
    """An environment whose plugin is of a version that may never have been, and counts its starts.

    It finds all other packages where the tests run.
    """

    def __init__(self, prefix: Path, version: str = _HERE) -> None:
        self.prefix = prefix
        self.python = prefix / "bin" / "python"
        venv.create(prefix, with_pip=False, symlinks=True)
        packages = Path(sysconfig.get_path("purelib", vars={"base": str(prefix)}))
        others = prefix / "others"  # without the package, which a test may uninstall
        others.mkdir()
        for each in Path(sysconfig.get_path("purelib")).iterdir():
            if not each.name.startswith(_PACKAGE.name):
                (others / each.name).symlink_to(each)
        (packages / "others.pth").write_text(f"{others}\n")
        self.package = packages / _PACKAGE.name
        self.upgrade(version)

    @property
    def command(self) -> tuple[str, ...]:
        """The arguments that run `keywordsai-dynamic` of this environment."""
        return str(self.python), "-c", _COMMAND

    def upgrade(self, version: str) -> None:
        """Put another version of the package into the place of the one that is there."""
        self.uninstall()
        copytree(_PACKAGE, self.package)
        schema = self.package / "native" / package_schema.FILE.name
        of_ours, of_version = (f'"version": "{each}"' for each in (_HERE, version))
        schema.write_text(schema.read_text().replace(of_ours, of_version, 1))
        with (self.package / "native" / "main.py").open("a") as main:
            main.write(_NOTES)
        about = self.package.with_name(f"{self.package.name}-{version}.dist-info")
        about.mkdir()
        name = "Metadata-Version: 2.1\nName: keywordsai-dynamic"
        (about / "METADATA").write_text(f"{name}\nVersion: {version}\n")

    def uninstall(self) -> None:
        """Take the package out of the environment."""
        for each in self.package.parent.glob(f"{self.package.name}*"):
            rmtree(each)

    def starts(self) -> int:
        """Return how often the plugin has been started since it was last asked."""
        notes = self.package / "native" / "main.py.starts"
        count = len(notes.read_text().splitlines()) if notes.exists() else 0
        notes.unlink(missing_ok=True)
        return count
