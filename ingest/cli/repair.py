"""`bandeja reconcile, rebuild, reembed`: the database put right by the bucket, or made anew from it; vectors of another model."""

import sys
from contextlib import closing
from time import sleep
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from ingest.cli import context
from ingest.cli.home import Data
from ingest.cli.screen import err, out, progress, safe
from ingest.db import documents
from ingest.domain.documents import Document, Status
from ingest.errors import AiRateLimited, AiUnavailable
from ingest.logs import configure_logs
from ingest.queue import CeleryQueue, make_celery
from ingest.services.ai import build_embedder
from ingest.services.backing import Services, build_services
from ingest.upkeep.prepare import prepare_database
from ingest.upkeep.rebuild import Rebuild
from ingest.upkeep.reconciliation import Finding, Reconciliation
from ingest.upkeep.reembedding import Reembedding

POLL_SECONDS = 1.0
RETRY_SECONDS = 30.0  # where Google does not say how long to wait


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (reconcile, rebuild, reembed):
        app.command()(command)


def reconcile(
    data: Data = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the differences only; exit 1 if there are any.")] = False,
) -> None:
    """Print the difference between bucket and database, and put it right; the sweeper does the same, in its own time."""
    settings = context.settings(data)
    configure_logs("error")  # the table says it
    with closing(build_services(settings)) as services, progress("Comparing") as say:
        reconciliation = Reconciliation(services, CeleryQueue(make_celery(settings)))
        found = (reconciliation.look if dry_run else reconciliation.repair)(lambda objects: say(f"Comparing: {objects}"))
    table = Table("", Column("found" if dry_run else "put right", justify="right"), box=None)
    for finding in Finding:
        table.add_row(finding.value, str(found[finding]))
    out.print(table)
    if dry_run and found.total():
        sys.exit(1)


def rebuild(
    data: Data = None,
    wait: Annotated[bool, typer.Option(help="Wait until all documents have been read; workers do that.")] = True,
) -> None:
    """Make the database anew from the bucket alone; run again, it goes on where it stopped. Search keeps answering."""
    settings = context.settings(data)
    configure_logs("error")  # a million objects would be a million lines
    prepare_database(settings)
    with closing(build_services(settings)) as services:
        work = Rebuild(services)
        if restored := work.restore_devices():
            out.print(f"{restored} devices restored; API keys cannot be: make new ones with `bandeja key add`.", highlight=False)
        _walk(work, CeleryQueue(make_celery(settings)))
        if wait:
            _wait(work)
            _say_how_it_ended(services)


def _walk(work: Rebuild, queue: CeleryQueue) -> None:
    with progress("Beginning") as say:
        walk = work.begin(lambda: say("Waiting for a run that was stopped to be given up"))
        if walk is None:
            err.print("[bold red]✗[/] Another `bandeja rebuild` is running.")
            sys.exit(1)
        if walk.objects:
            out.print(f"Going on after {walk.objects} versions.", highlight=False)
        changed: list[Document] = []
        queued = objects = 0
        with closing(work.walk(walk)) as steps:
            for changed, objects in steps:
                queue.follow_commit(changed)
                queued += sum(document.status is Status.QUEUED for document in changed)
                say(f"Looking at the bucket: {objects} versions, {queued} documents queued")
    out.print(f"{objects} versions in the bucket; {queued} documents queued to be read.", highlight=False)


def _wait(work: Rebuild) -> None:
    total = work.left()
    columns = (SpinnerColumn(), TextColumn("Reading documents"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out) as bars:
        bar = bars.add_task("", total=total)
        while left := work.left():
            bars.update(bar, completed=max(0, total - left), total=max(total, left))
            sleep(POLL_SECONDS)
        bars.update(bar, completed=total)


def _say_how_it_ended(services: Services) -> None:
    with services.database.begin() as connection:
        counted = documents.count_by_status(connection)
    out.print(f"{counted[Status.COMPLETED]} completed, {counted[Status.ERROR]} in error.", highlight=False)


def reembed(data: Data = None) -> None:
    """Have the model that is set make vectors of all documents, beside the old ones; search takes it when all are made.

    Run again, it goes on where it stopped.
    """
    settings = context.settings(data)
    configure_logs("error")  # the bar says it
    prepare_database(settings)
    with closing(build_services(settings)) as services:
        embedder = build_embedder(settings, services.tallies)
        work = Reembedding(services.database, embedder, settings.private_prefixes)
        with Progress(
            SpinnerColumn(), TextColumn("Embedding"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=err
        ) as bar:
            task = bar.add_task("", total=None)
            while True:
                done, every = work.progress()
                bar.update(task, completed=done, total=every)
                if not _some_steps(work) and work.take_over():
                    break
    out.print(f"{every} documents have vectors of {safe(embedder.model)}; search asks by it.", highlight=False)


_STEPS = 20  # between two looks at how far all have come


def _some_steps(work: Reembedding) -> bool:
    """Whether there was something to do. Waits as long as Google asks for, and for what others are at."""
    try:
        if all(work.step() for _ in range(_STEPS)):
            return True
    except (AiRateLimited, AiUnavailable) as error:
        err.print(f"{error.message.en} {error.action.en}")
        sleep(error.retry_after or RETRY_SECONDS)
        return True
    sleep(POLL_SECONDS)
    return False
