"""`bandeja upload`: files sent straight to the store."""

import sys
import time
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ingest.cli import sending
from ingest.cli.client import Api, connect
from ingest.cli.problem import ApiProblem
from ingest.cli.screen import err, out, safe, safe_lines
from ingest.domain.documents import FINAL

ENDED = {status.value for status in FINAL}
_POLL_SECONDS = 0.25


class Method(StrEnum):
    """How the bytes travel."""

    POST = "post"
    PUT = "put"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(upload)


def upload(
    files: Annotated[
        list[Path],
        typer.Argument(help="PDF, JPG, PNG, TIFF, WebP, GIF or BMP; what is inside decides.", exists=True, dir_okay=False),
    ],
    wait: Annotated[bool, typer.Option("--wait", help="Until each is found by search.")] = False,
    method: Annotated[Method, typer.Option(help="A form POST, or a PUT that can be used once.")] = Method.POST,
    language: Annotated[str, typer.Option(help="Of their text, for OCR: es, spa+que; else OCR_LANGUAGES.")] = "",
) -> None:
    """Send files straight to the store by presigned upload; exit 1 if any failed."""
    api = connect()
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TextColumn("{task.fields[said]}"))
    with Progress(*columns, TimeElapsedColumn(), console=out) as bars:
        rows = [(path, bars.add_task(safe(path.name), total=path.stat().st_size, said="")) for path in files]
        sent = [_send(partial(sending.announce, api, path, method, language), path, bars, bar) for path, bar in rows]
        ended_well = [
            one is not None and (not wait or "duplicate" in one or _follow(api, one["task_id"], bars, bar))
            for one, (_, bar) in zip(sent, rows, strict=True)
        ]
    for one, (path, _) in zip(sent, rows, strict=True):
        if one is not None:
            out.print(f"{safe(one['task_id'])}  {safe(path.name)}", highlight=False, soft_wrap=True)
    if not all(ended_well):
        sys.exit(1)


def _send(announce: Callable[[], dict[str, Any]], path: Path, bars: Progress, bar: TaskID) -> dict[str, Any] | None:
    """The API's answer to the announcement, or None where the file was refused."""
    try:
        announced = announce()
        if announced.get("duplicate"):
            bars.update(bar, completed=path.stat().st_size, said="[cyan]already here[/]")
        else:
            sending.send(announced["upload"], path, lambda size: bars.advance(bar, size))
            bars.update(bar, completed=path.stat().st_size, said="sent")
        return announced
    except ApiProblem as problem:
        bars.update(bar, said="[red]failed[/]")
        err.print(f"[bold red]✗[/] {safe(path.name)}: {safe_lines(problem)}", highlight=False)
        return None


def _follow(api: Api, task_id: str, bars: Progress, bar: TaskID) -> bool:
    """Show where the task stands until it is searchable or has ended; whether it went well."""
    while True:
        task = api.get(f"/tasks/{task_id}")
        if task["searchable"]:
            bars.update(bar, said="[green]searchable[/]")
            return True
        if task["status"] in ENDED:
            bars.update(bar, said=f"[red]{safe(task['status'])}[/]")
            err.print(f"[bold red]✗[/] {safe(task['filename'])}: {safe(reason(task))}", highlight=False)
            return False
        bars.update(bar, said=f"{safe(task['stage_label'] or task['status'])} {task['progress']} %")
        time.sleep(_POLL_SECONDS)


def reason(task: dict[str, Any]) -> str:
    """Why a task stands where it stands: its error for people, else its status."""
    error = task["error"]
    return f"{error['message']} ({error['code']})" if error else str(task["status"])
