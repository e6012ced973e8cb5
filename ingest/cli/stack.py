"""`bandeja setup, up, down, status, env, prepare`: the embedded stack."""

import shlex
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ingest.adapters.redis_tallies import RedisTallies
from ingest.cli import context
from ingest.cli.screen import err, out, progress
from ingest.db import documents
from ingest.db.engine import Database
from ingest.domain.queues import QUEUES
from ingest.errors import BrokerUnavailable, DatabaseUnavailable
from ingest.services import REDIS_KEY_PREFIX
from ingest.stack.postgres import PostgresFailed
from ingest.stack.prepare import prepare_database, prepare_store
from ingest.stack.provision import CannotProvision, provision
from ingest.stack.stack import Stack, StackFailed

Data = Annotated[Path | None, typer.Option("--data", help="The stack's folder; `.bandeja` unless given.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (setup, up, down, status, env, prepare):
        app.command()(command)


def setup() -> None:
    """Install what the embedded stack needs; nothing where all is there."""
    with progress("Looking at this machine") as say:
        try:
            provision(context.default_home(), say)
        except (CannotProvision, PostgresFailed) as error:
            err.print(str(error), highlight=False)
            sys.exit(1)


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
    stack = Stack(data or context.default_home())
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
        "API": f"{known['BANDEJA_API_URL']}/docs",
        "Flower": known["FLOWER_URL"],
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
    stack = Stack(data or context.default_home())
    with progress("Stopping"):
        if destroy:
            stack.destroy()
        else:
            stack.down()


def status(data: Data = None) -> None:
    """Show each service, rows by status, queue lengths and the oldest waiting document; exit 1 unless all is up."""
    stack = Stack(data or context.default_home())
    services = stack.services()
    table = Table("service", "state", "for", "", title=str(stack.layout.home))
    for service in services:
        colour = "green" if service.state == "RUNNING" else "red"
        since = str(timedelta(seconds=service.seconds)) if service.seconds else ""
        table.add_row(service.name, f"[{colour}]{service.state}[/]", since, service.detail)
    if not services:
        table.add_row("supervisor", "[red]DOWN[/]", "", "run `bandeja up`")
    out.print(table)
    if services:
        _show_work(data)
    if not stack.is_up():
        sys.exit(1)


def _show_work(data: Path | None) -> None:
    settings = context.settings(data)
    table = Table("documents", "count", title="work")
    try:
        database = Database(settings.database_url.get_secret_value(), pool_size=1)
        with database.begin() as connection:
            for name, count in documents.count_by_status(connection).items():
                table.add_row(name, str(count))
            table.add_row("oldest waiting", f"{documents.oldest_waiting_seconds(connection):.0f} s", end_section=True)
        database.close()
        depths = RedisTallies(settings.redis_url, REDIS_KEY_PREFIX).depths(QUEUES)
        for queue in QUEUES:
            table.add_row(f"queue {queue}", str(depths[queue]))
        table.add_row("being worked on", str(depths[""]))
    except (DatabaseUnavailable, BrokerUnavailable) as error:
        table.add_row(f"[red]{error.code}[/]", "")
    out.print(table)


def env(
    name: Annotated[str | None, typer.Argument(help="One setting alone.")] = None,
    data: Data = None,
) -> None:
    """Print the running stack's settings as NAME=value lines, or one value."""
    known = Stack(data or context.default_home()).environment
    if name is None:
        for known_name, value in known.items():
            print(f"{known_name}={shlex.quote(value)}")
    elif name in known:
        print(known[name])
    else:
        err.print(f"There is no setting {name} here; `bandeja env` lists them, after a first `bandeja up`.")
        sys.exit(1)


def prepare(data: Data = None) -> None:
    """Bring schema, buckets, users and notification rule into shape; for a stack that others run."""
    settings = context.settings(data)
    prepare_database(settings)
    if not prepare_store(settings):
        err.print("The bucket's notification rule does not read back equal; see infra/minio-notify.json.")
        sys.exit(1)
