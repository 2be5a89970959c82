"""The command `plugin`: the native plugin, for programs in every language."""

from __future__ import annotations

import typer

plugin = typer.Typer(no_args_is_help=True, help="The native plugin, for programs in any language.")


@plugin.command()
def install() -> None:
    """Install this environment's plugin where Pulumi finds it by name and version.

    No project needs to name it in its Pulumi.yaml then. After an upgrade of the package, or if its
    environment moves, install it again; `pulumi plugin rm resource keywordsai` removes it. Exit
    code 1 if another plugin on PATH comes first, 2 if nothing could be installed.
    """
    from ..plugin_install.command import run  # noqa: PLC0415  (only this command needs it)

    raise typer.Exit(run())


@plugin.callback()
def _group() -> None:
    """Keep `install` a command of its own: typer would make a single one the group."""
