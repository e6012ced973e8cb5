"""The `bandeja` command: a module a group of commands, loaded when one of them is called; a line here for each."""

import os
import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from ingest.cli.problem import ApiProblem
from ingest.errors import BandejaError, SettingsError

# Which module has which command, in the order of `bandeja --help`; a module is imported for its commands alone.
COMMANDS = {
    "setup": "stack",
    "up": "stack",
    "down": "stack",
    "status": "status",
    "env": "env",
    "prepare": "stack",
    "demo": "demo",
    "upload": "upload",
    "search": "find",
    "show": "find",
    "tasks": "tasks",
    "replay": "tasks",
    "cancel": "tasks",
    "parked": "parked",
    "device": "device",
    "key": "key",
    "reconcile": "repair",
    "rebuild": "repair",
    "reembed": "repair",
    "pause": "halting",
    "resume": "halting",
    "drain": "halting",
    "verify": "verify",
}


class CommandsOnDemand(TyperGroup):
    """The commands of `COMMANDS`, each module of them imported when it is first asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  the group's own protocol
        """All names, in our order."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name, or None."""
        if cmd_name not in COMMANDS:
            # Typer suggests near names out of those that it knows.
            self.commands.update({name: self.get_command(ctx, name) for name in COMMANDS})
            return None
        if cmd_name not in self.commands:
            group = typer.Typer(callback=_nothing)
            import_module(f"ingest.cli.{COMMANDS[cmd_name]}").register(group)
            self.commands[cmd_name] = get_group(group).commands[cmd_name]
        return self.commands[cmd_name]


def _nothing() -> None:
    """Put a document in a bucket and find it by search."""


app = typer.Typer(name="bandeja", cls=CommandsOnDemand, no_args_is_help=True, pretty_exceptions_enable=False, callback=_nothing)


def main() -> None:
    """Run a command; a known error is a sentence and exit status 1, never a stack trace."""
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    try:
        app()
    except (ApiProblem, BandejaError, SettingsError) as error:
        from ingest.cli.screen import error_screen  # noqa: PLC0415  rich takes as long to import as `bandeja env` runs

        error_screen(error)
        sys.exit(1)
