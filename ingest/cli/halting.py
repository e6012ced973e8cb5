"""`bandeja pause, resume, drain`: documents are taken in, and wait."""

import sys
from time import sleep

import typer

from ingest.cli import context
from ingest.cli.home import Data
from ingest.cli.screen import err, out, progress
from ingest.db import audit, documents, halts
from ingest.db.audit import Deed
from ingest.db.engine import Database
from ingest.db.halts import Mode
from ingest.domain.documents import Status

LOOK_SECONDS = 1.0


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (pause, resume, drain):
        app.command()(command)


def pause(data: Data = None) -> None:
    """Take documents in and work on none; what a worker is at is finished to its next stage. `bandeja resume` goes on."""
    with context.database(context.settings(data)) as database:
        _halt(database, Mode.PAUSED, "work_paused")
        waiting = _waiting(database)
    out.print(f"Paused: documents are taken in and wait, {waiting} now. `bandeja resume` lets work go on.", highlight=False)


def resume(data: Data = None) -> None:
    """Let work go on; exit 1 where it was not halted."""
    with context.database(context.settings(data)) as database:
        with database.begin() as connection:
            resumed = halts.resume(connection)
            if resumed:
                audit.record(connection, Deed(audit.COMMAND_LINE, "work_resumed"))
        waiting = _waiting(database)
    if not resumed:
        err.print("[bold red]✗[/] Work was not halted.")
        sys.exit(1)
    out.print(f"Work goes on; {waiting} documents wait.", highlight=False)


def drain(data: Data = None) -> None:
    """Finish what was begun, begin nothing, and pause: workers may then be stopped or upgraded, and nothing is done twice."""
    with context.database(context.settings(data)) as database:
        _halt(database, Mode.DRAINING, "work_drained")
        with progress("Finishing what was begun") as say:
            while left := _begun(database):
                say(f"Finishing what was begun: {left} documents")
                sleep(LOOK_SECONDS)
        with database.begin() as connection:
            halts.halt(connection, Mode.PAUSED)
        waiting = _waiting(database)
    out.print(f"Drained: no worker has a document, {waiting} wait. `bandeja resume` lets work go on.", highlight=False)


def _halt(database: Database, mode: Mode, action: str) -> None:
    with database.begin() as connection:
        halts.halt(connection, mode)
        audit.record(connection, Deed(audit.COMMAND_LINE, action))


def _begun(database: Database) -> int:
    with database.begin() as connection:
        return halts.begun(connection)


def _waiting(database: Database) -> int:
    with database.begin() as connection:
        return documents.count_by_status(connection)[Status.QUEUED]
