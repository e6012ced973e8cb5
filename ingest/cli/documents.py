"""`bandeja upload, search, show`: documents in, documents found."""

import html
import sys
import time
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ingest.cli import sending
from ingest.cli.client import Api, connect
from ingest.cli.problem import ApiProblem
from ingest.cli.screen import err, out, print_json, printable, safe, safe_lines
from ingest.domain.documents import FINAL

ENDED = {status.value for status in FINAL}
_POLL_SECONDS = 0.25


class Method(StrEnum):
    """How the bytes travel."""

    POST = "post"
    PUT = "put"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (upload, search, show):
        app.command()(command)


def upload(
    files: Annotated[list[Path], typer.Argument(help="PDF, JPG, PNG, TIFF or WebP.", exists=True, dir_okay=False)],
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


def search(
    question: Annotated[str, typer.Argument(help='Words; "a phrase" as written; -word to exclude.')],
    *,
    mode: Annotated[str, typer.Option(help="hybrid, text or vector.")] = "hybrid",
    limit: Annotated[int, typer.Option(min=1, max=100)] = 10,
    document_type: Annotated[str | None, typer.Option("--type", help="oficio, resolucion, memorando …")] = None,
    office: Annotated[str | None, typer.Option(help="The office that issued it.")] = None,
    date_from: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="Issued on or after.")] = None,
    date_to: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Issued on or before.")] = None,
    device: Annotated[str | None, typer.Option(help="The scanner it came from.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The API's answer as it is.")] = False,
) -> None:
    """Find documents; each hit with its page and the words that matched."""
    answer = connect().get(
        "/search",
        q=question,
        mode=mode,
        limit=limit,
        document_type=document_type,
        office=office,
        date_from=date_from.date().isoformat() if date_from else None,
        date_to=date_to.date().isoformat() if date_to else None,
        device=device,
    )
    if as_json:
        print_json(answer)
    else:
        out.print(hits_screen(answer))


def hits_screen(answer: dict[str, Any]) -> Group:
    """The hits of a search for a terminal."""
    asked = f"[bold]{safe(answer['query'])}[/]"
    if answer["corrected_query"]:
        asked += f" → [bold]{safe(answer['corrected_query'])}[/]"
    words_alone = " · words alone, the embedder is away" if answer["degraded"] else ""
    head = Text.from_markup(f"{asked}  [dim]{answer['total']} found · {answer['took_ms']:.0f} ms{words_alone}[/]")
    return Group(head, *(_hit_screen(place, hit) for place, hit in enumerate(answer["hits"], start=1)))


def _hit_screen(place: int, hit: dict[str, Any]) -> Table:
    known = [hit["document_type"], hit["document_number"], hit["date"], hit["filename"], f"page {hit['page']}"]
    lines = Table.grid(padding=(0, 1))
    lines.add_row(f"[bold]{place}.[/]", f"[bold cyan]{safe(hit['title'])}[/]")
    lines.add_row("", f"[dim]{safe(' · '.join(str(part) for part in known if part))}[/]")
    lines.add_row("", marked(hit["snippet"]))
    lines.add_row("", f"[dim]{safe(hit['document_id'])}[/]")
    return lines


def marked(snippet: str) -> Text:
    """A snippet's HTML as terminal text, what stood in `<mark>` highlighted."""
    text = Text()
    for number, part in enumerate(snippet.split("<mark>")):
        inside, closed, after = part.partition("</mark>")
        style = "bold black on yellow" if number and closed else ""
        text.append(printable(html.unescape(inside)), style)
        text.append(printable(html.unescape(after)))
    return text


def show(
    document_id: Annotated[str, typer.Argument(help="The id of a document, which is its task's too.")],
    as_json: Annotated[bool, typer.Option("--json", help="The API's answers as they are.")] = False,
) -> None:
    """Show what is known of a document and where it stands."""
    api = connect()
    task = api.get(f"/tasks/{document_id}")
    document = {} if task["status"] == "deleted" else api.get(f"/documents/{document_id}")
    if as_json:
        print_json({**document, **task})
        return
    table = Table.grid(padding=(0, 2))
    for name, value in {**document, **task}.items():
        if value not in (None, "", {}, []) and name != "error":
            table.add_row(f"[dim]{safe(name)}[/]", safe(value))
    if task["error"]:
        table.add_row("[red]error[/]", safe(f"{reason(task)} {task['error']['action']}"))
    out.print(table)
