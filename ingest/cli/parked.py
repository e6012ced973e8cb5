"""`bandeja parked, parked show, retry, forget`: events that could not be taken in."""

import json
import sys
from datetime import datetime
from itertools import islice
from typing import Annotated, Any

import typer
from rich.table import Column, Table

from ingest.cli.client import connect
from ingest.cli.problem import ApiProblem
from ingest.cli.screen import err, out, print_json, safe, safe_lines

_PAGE = 200  # the API's most

app = typer.Typer(help="Events that could not be taken in: list, show, retry, forget.", invoke_without_command=True)

Ids = Annotated[list[int] | None, typer.Argument(help="Numbers, as listed.")]
Every = Annotated[bool, typer.Option("--all", help="Every one that is parked.")]


def register(parent: typer.Typer) -> None:
    """Add the group."""
    parent.add_typer(app, name="parked")


@app.callback()
def list_parked(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="As the API says them.")] = False,
) -> None:
    """List parked events, newest first: number, road, reason, time."""
    if context.invoked_subcommand is not None:
        return
    found = list(islice(connect().pages("/parked", limit=min(limit, _PAGE)), limit))
    if as_json:
        print_json(found)
        return
    if not found:
        out.print("Nothing is parked.")
        return
    table = Table(Column("no.", justify="right"), "received", "road", Column("reason", overflow="fold"), box=None)
    for event in found:
        received = datetime.fromisoformat(event["received_at"]).astimezone()
        table.add_row(str(event["id"]), f"{received:%Y-%m-%d %H:%M:%S}", safe(event["source"]), safe(event["reason"]))
    out.print(table)


@app.command()
def show(event_id: Annotated[int, typer.Argument(help="Its number, as listed.")]) -> None:
    """Show one with its body."""
    event = connect().get(f"/parked/{event_id}")
    for name in ("id", "source", "reason", "received_at"):
        out.print(f"{name:<12} {safe(event[name])}", highlight=False)
    out.print()
    out.print(safe_lines(_readable(event["body"])), highlight=False, soft_wrap=True)


@app.command()
def retry(ids: Ids = None, every: Every = False) -> None:
    """Take events in once more, as after an update; exit 1 if any stays parked."""
    api = connect()
    stayed = 0
    for event_id in _chosen(ids, every=every):
        try:
            answer: dict[str, Any] = api.post(f"/parked/{event_id}/retry")
            said = ", ".join(answer["outcomes"]) or "taken"
        except ApiProblem as problem:
            said = f"parked: {problem}"
        stayed += "parked" in said
        out.print(f"{event_id} {safe(said)}", highlight=False)
    if stayed:
        sys.exit(1)


@app.command()
def forget(ids: Ids = None, every: Every = False) -> None:
    """Forget events; the objects that they speak of are not touched. Exit 1 if any was not there."""
    api = connect()
    missing = 0
    chosen = _chosen(ids, every=every)
    for event_id in chosen:
        try:
            api.delete(f"/parked/{event_id}")
        except ApiProblem as problem:
            missing += 1
            err.print(f"[bold red]✗[/] {event_id}: {safe_lines(problem)}", highlight=False)
    out.print(f"{len(chosen) - missing} forgotten", highlight=False)
    if missing:
        sys.exit(1)


def _chosen(ids: list[int] | None, *, every: bool) -> list[int]:
    if bool(ids) == every:
        raise typer.BadParameter("give numbers, or --all")
    # All are listed before the first is changed: one that leaves the list would shift its pages.
    return ids or [event["id"] for event in connect().pages("/parked", limit=_PAGE)]


def _readable(body: str) -> str:
    """A body as indented JSON where it is some."""
    try:
        return json.dumps(json.loads(body), indent=2)
    except (ValueError, RecursionError):
        return body
