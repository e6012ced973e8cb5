"""The `bandeja` command: a module a group of commands, a line here for each."""

import os
import sys

import typer

from ingest.cli import demo, device, documents, key, parked, repair, stack, tasks, verify
from ingest.cli.client import ApiProblem
from ingest.cli.screen import error_screen
from ingest.errors import BandejaError, SettingsError

app = typer.Typer(
    name="bandeja",
    help="Put a document in a bucket and find it by search.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for group in (stack, demo, documents, tasks, parked, device, key, repair, verify):
    group.register(app)


def main() -> None:
    """Run a command; a known error is a sentence and exit status 1, never a stack trace."""
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    try:
        app()
    except (ApiProblem, BandejaError, SettingsError) as error:
        error_screen(error)
        sys.exit(1)
