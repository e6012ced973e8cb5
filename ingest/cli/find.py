"""`bandeja search, show`: documents found, and what is known of one."""

import html
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from ingest.cli.client import connect
from ingest.cli.screen import out, print_json, printable, safe
from ingest.cli.upload import reason


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (search, show):
        app.command()(command)


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
    sender: Annotated[str | None, typer.Option(help="Who sent it.")] = None,
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
        sender=sender,
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
        if value not in (None, "", {}, []) and name not in ("error", "evidence"):
            table.add_row(f"[dim]{safe(name)}[/]", safe(value))
    if task["error"]:
        table.add_row("[red]error[/]", safe(f"{reason(task)} {task['error']['action']}"))
    out.print(table)
