"""`bandeja demo`: sample documents through both doors, watched live, then found by search."""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Column, Table
from rich.text import Text

from ingest.adapters import paramiko_sftp
from ingest.adapters.minio import drop
from ingest.cli import samples, sending, stack
from ingest.cli.client import Api
from ingest.cli.device import add
from ingest.cli.find import hits_screen
from ingest.cli.home import Data
from ingest.cli.recording import Recording
from ingest.cli.screen import out, progress, safe
from ingest.cli.upload import ENDED, reason
from ingest.errors import BandejaError
from ingest.settings import Settings, load_settings

DEVICE = "Escáner de demostración"
_PATIENCE = 300  # seconds; a first run on a slow machine loads Tesseract and the embedding model
_POLL_SECONDS = 0.15


@dataclass
class Sample:
    """A document of the demo: which door it takes, and what is known of it so far."""

    name: str
    door: str
    body: bytes
    take: Callable[["Sample"], str]
    good: bool = True
    object_key: str = ""
    task: dict[str, Any] = field(default_factory=dict)

    @property
    def is_as_promised(self) -> bool:
        """A good one is found by search and done; the broken one says what is wrong with it."""
        if self.good:
            return bool(self.task.get("searchable")) and self.task["status"] == "completed"
        return self.task.get("status") == "error" and self.task["error"]["code"] == "corrupt_file"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    data: Data = None,
    svg: Annotated[Path | None, typer.Option(help="Keep a picture of the run in this file.", hidden=True)] = None,
) -> None:
    """Start the stack, take documents in through both doors, search them; exit 1 unless all went as promised."""
    running = stack.start(data)
    settings = load_settings(**running.environment)
    api = Api(settings.api_url, settings.api_key.get_secret_value())
    recording = Recording(out, svg)
    # Five digits that differ from run to run, so that every run's documents are new and found by their number.
    number = 10_000 + int(time.time()) // 5 % 89_990
    with progress("Making sample documents"):
        wanted = [*_uploads(api, number), *_drops(settings, number)]
    _watch(api, wanted, recording)
    for said in _searches(api, number):
        recording.print(said)
    out.print()
    stack.show_addresses(running)
    recording.save()
    _conclude(wanted)


def _uploads(api: Api, number: int) -> Iterator[Sample]:
    """The client's door: a signed request, then the bytes straight to the store."""

    def by(method: str) -> Callable[[Sample], str]:
        def take(sample: Sample) -> str:
            with TemporaryDirectory(prefix="bandeja-demo-") as folder:
                path = Path(folder) / sample.name
                path.write_bytes(sample.body)
                announced = sending.announce(api, path, method)
                sending.send(announced["upload"], path, lambda _: None)
            return str(announced["object_key"])

        return take

    yield Sample(f"oficio {number}.pdf", "presigned POST", samples.letter(number), by("post"))
    yield Sample(f"IMG_{number + 1}.jpg", "presigned PUT", samples.photo(number + 1), by("put"))
    yield Sample(f"dañado {number + 2}.pdf", "presigned POST", samples.broken(number + 2), by("post"), good=False)


def _drops(settings: Settings, number: int) -> Iterator[Sample]:
    """The scanner's door: its own key, no call to us."""
    scanner = add(settings, DEVICE, replaces=False)
    if scanner is None:
        raise BandejaError(f"the folder of {DEVICE} belongs to another device")

    def key(sample: Sample) -> str:
        return f"{scanner.prefix}{sample.name}"

    def over_s3(sample: Sample) -> str:
        where, who = settings.minio_endpoint, scanner.credentials
        known: dict[str, Any] = {"secure": settings.minio_secure, "region": settings.minio_region}
        drop.drop(where, who, settings.minio_bucket, key(sample), sample.body, **known)
        return key(sample)

    def over_sftp(sample: Sample) -> str:
        where = settings.minio_sftp_address
        paramiko_sftp.drop(where, scanner.credentials, settings.minio_bucket, key(sample), sample.body)
        return key(sample)

    yield Sample(f"scan{number + 3}.pdf", "scanner, S3", samples.scan(number + 3, samples.MEALS), over_s3)
    yield Sample(f"scan{number + 4}.pdf", "scanner, SFTP", samples.scan(number + 4, samples.TRANSPORT), over_sftp)


def _watch(api: Api, wanted: list[Sample], recording: Recording) -> None:
    """Send all, and show where each stands until all have ended."""
    since = datetime.now(UTC).isoformat()
    deadline = time.monotonic() + _PATIENCE
    frames = [_table(wanted)]
    with Live(frames[0], console=out, refresh_per_second=10) as live:
        for sample in wanted:
            sample.object_key = sample.take(sample)
            _look(api, wanted, since)
            live.update(_table(wanted))
        while not all(sample.task.get("status") in ENDED for sample in wanted) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
            _look(api, wanted, since)
            frames.append(_table(wanted))
            live.update(frames[-1])
    recording.keep(frames[len(frames) // 3])
    recording.keep("")
    recording.keep(frames[-1])


def _look(api: Api, wanted: list[Sample], since: str) -> None:
    found = {task["object_key"]: task for task in api.pages("/tasks", since=since, limit=200)}
    for sample in wanted:
        sample.task = found.get(sample.object_key, sample.task)


def _table(wanted: list[Sample]) -> Table:
    table = Table(Column("document", no_wrap=True), Column("door", no_wrap=True), "stage", "", "", "status", box=None)
    for sample in wanted:
        percent = sample.task.get("progress", 0)
        bar = ProgressBar(100, percent, width=10, finished_style="green")
        table.add_row(safe(sample.name), sample.door, _stage(sample), bar, f"{percent:3} %", _status(sample))
    return table


def _stage(sample: Sample) -> str:
    if sample.task.get("error"):
        return safe(reason(sample.task))
    return safe(sample.task.get("stage_label") or "")


def _status(sample: Sample) -> Text:
    if not sample.task:
        return Text("on its way" if sample.object_key else "", "dim")
    status = str(sample.task["status"])
    if status in ENDED:
        return Text(status, "green" if sample.is_as_promised and sample.good else "yellow" if sample.is_as_promised else "red")
    return Text("found by search" if sample.task["searchable"] else status, "cyan")


def _searches(api: Api, number: int) -> Iterator[Group]:
    """By number, by misspelt words, by meaning alone."""
    for title, question, mode in (
        ("By its number, as people write it", f"oficio {number}", "text"),
        ("By words, one of them misspelt", f"raciones desayunno {number + 3}", "hybrid"),
        ("By meaning: none of these words is in the document", "transporte de alumnos que viven lejos", "vector"),
    ):
        head = Text.from_markup(f'\n[bold magenta]{title}[/]  [dim]bandeja search "{safe(question)}" --mode {mode}[/]')
        yield Group(head, hits_screen(api.get("/search", q=question, mode=mode, limit=2)))


def _conclude(wanted: list[Sample]) -> None:
    failed = [sample for sample in wanted if not sample.is_as_promised]
    for sample in failed:
        out.print(f"[bold red]✗[/] {safe(sample.name)}: {sample.task.get('status', 'never taken in')}", highlight=False)
    if failed:
        sys.exit(1)
    good = sum(sample.good for sample in wanted)
    out.print(f"[bold green]✓[/] {good} documents found; the broken one says why it is broken. `make down` stops the stack.")
