"""`bandeja status`: each service up or down, rows by status, queue lengths."""

import sys
from datetime import timedelta
from pathlib import Path

import typer
from rich.table import Table

from ingest.adapters.redis_tallies import RedisTallies
from ingest.cli import context
from ingest.cli.home import Data, default_home
from ingest.cli.screen import out, safe
from ingest.db import documents, halts
from ingest.db.engine import Database
from ingest.db.halts import Reason
from ingest.domain.queues import QUEUES
from ingest.errors import BrokerUnavailable, DatabaseUnavailable
from ingest.services.backing import REDIS_KEY_PREFIX
from ingest.stack.stack import Stack

_WHY = {
    Reason.ASKED: "somebody asked for it; `bandeja resume` lets work go on",
    Reason.DISK: "a disk is nearly full; make room, and work goes on by itself",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(status)


def status(data: Data = None) -> None:
    """Show each service, rows by status, queue lengths and the oldest waiting document; exit 1 unless all is up."""
    stack = Stack(data or default_home())
    services = stack.services()
    table = Table("service", "state", "for", "", title=str(stack.layout.home))
    for service in services:
        colour = "green" if service.state == "RUNNING" else "red"
        since = str(timedelta(seconds=service.seconds)) if service.seconds else ""
        table.add_row(service.name, f"[{colour}]{service.state}[/]", since, safe(service.detail))
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
            if halted := halts.current(connection):
                said = f"[yellow]{halted.mode}[/] since {halted.since.astimezone():%Y-%m-%d %H:%M}: {_WHY[halted.reason]}"
                out.print(said, highlight=False)
            table.add_row("oldest waiting", f"{documents.oldest_waiting_seconds(connection):.0f} s", end_section=True)
        database.close()
        depths = RedisTallies(settings.redis_url, REDIS_KEY_PREFIX).depths(QUEUES)
        for queue in QUEUES:
            table.add_row(f"queue {queue}", str(depths[queue]))
        table.add_row("being worked on", str(depths[""]))
    except (DatabaseUnavailable, BrokerUnavailable) as error:
        table.add_row(f"[red]{error.code}[/]", "")
    out.print(table)
