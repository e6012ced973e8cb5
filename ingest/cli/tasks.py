"""`bandeja tasks, replay, cancel`: where documents stand, running them again, stopping them."""

import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Annotated, Any

import typer
from rich.table import Column, Table
from typer.core import TyperCommand

from ingest.cli.client import connect
from ingest.cli.problem import ApiProblem
from ingest.cli.screen import err, out, print_json, safe, safe_lines

_PAGE = 200  # the API's most

Ids = Annotated[list[str] | None, typer.Argument(help="Ids of documents, which are their tasks' too.")]
StatusName = Annotated[str | None, typer.Option(help="queued, processing, completed, error …")]
Code = Annotated[str | None, typer.Option(help="An error code, such as corrupt_file.")]
Device = Annotated[str | None, typer.Option(help="The scanner it came from.")]

Password = Annotated[
    str | None,
    typer.Option(
        "--password",
        help="Opens a locked PDF in this run; asked for, unseen, where no value follows: write it last.",
    ),
]

_ASK = ""  # the value of `--password` where none follows


class AsksForPassword(TyperCommand):
    """A command whose `--password` may stand without a value, which Typer's own options cannot."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give it one that says to ask."""
        for place in reversed([place for place, word in enumerate(args) if word == "--password"]):
            if place + 1 == len(args) or args[place + 1].startswith("-"):
                args.insert(place + 1, _ASK)
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(tasks)
    app.command(cls=AsksForPassword)(replay)
    app.command()(cancel)


def tasks(
    *,
    status: StatusName = None,
    device: Device = None,
    since: Annotated[datetime | None, typer.Option(help="Announced or arrived since; in BANDEJA_TIMEZONE.")] = None,
    code: Code = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="The tasks as the API says them.")] = False,
) -> None:
    """List tasks, newest first."""
    moment = since.isoformat() if since else None  # the API knows the office's zone
    page = min(limit, _PAGE)
    found = islice(connect().pages("/tasks", status=status, device=device, since=moment, code=code, limit=page), limit)
    if as_json:
        print_json(list(found))
        return
    if status == "error":
        _print_failures(found)
        return
    table = Table(
        Column("task", no_wrap=True, min_width=36), Column("file", overflow="fold"), "status", "%", "stage or error", box=None
    )
    for task in found:
        table.add_row(*_row(task))
    out.print(table)


def _print_failures(found: Iterable[dict[str, Any]]) -> None:
    """What went wrong, what to do about it, where it happened, and what to look for in the logs."""
    for task in found:
        error = task["error"]
        stage = task["stage_label"] or "–"
        out.print(f"[bold]{safe(task['task_id'])}[/]  {safe(task['filename'])}", highlight=False)
        out.print(f"  [red]{safe(error['code'])}[/]: {safe(error['message'])}", highlight=False)
        out.print(f"  {safe(error['action'])}", highlight=False)
        out.print(f"  [dim]stage[/] {safe(stage)} [dim]· trace_id[/] {safe(error['trace_id'] or '–')}\n", highlight=False)


def _row(task: dict[str, Any]) -> list[str]:
    colour = {"completed": "green", "error": "red", "processing": "cyan"}.get(task["status"], "default")
    stage = task["error"]["code"] if task["error"] else task["stage_label"] or ""
    return [
        safe(task["task_id"]),
        safe(task["filename"]),
        f"[{colour}]{safe(task['status'])}[/]",
        str(task["progress"]),
        safe(stage),
    ]


def replay(
    ids: Ids = None,
    *,
    status: Annotated[str | None, typer.Option(help="All of this status, such as error.")] = None,
    code: Code = None,
    device: Device = None,
    from_stage: Annotated[str | None, typer.Option("--from", help="Redo this stage and all after it.")] = None,
    password: Password = None,
) -> None:
    """Run documents again from their last good checkpoint; exit 1 if any could not be."""
    if bool(ids) == bool(status):
        raise typer.BadParameter("give ids, or --status")
    api = connect()
    # All are listed before the first is sent: a replayed one leaves the list and would shift its pages.
    wanted = ids or [one["task_id"] for one in api.pages("/tasks", status=status, code=code, device=device, limit=_PAGE)]
    if password == _ASK:
        password = typer.prompt("Password", hide_input=True, err=True)
    given = {"from": from_stage, "password": password}
    body = {name: value for name, value in given.items() if value} or None
    _each(wanted, lambda task_id: api.post(f"/tasks/{task_id}/retry", body), "queued")


def cancel(ids: Annotated[list[str], typer.Argument(help="Ids of documents, which are their tasks' too.")]) -> None:
    """Stop documents that have not ended; exit 1 if any could not be."""
    api = connect()
    _each(ids, lambda task_id: api.post(f"/tasks/{task_id}/cancel"), "cancelled")


def _each(ids: list[str], act: Callable[[str], Any], word: str) -> None:
    failed = list(_failures(ids, act))
    for task_id, problem in failed:
        err.print(f"[bold red]✗[/] {safe(task_id)}: {safe_lines(problem)}", highlight=False)
    out.print(f"{len(ids) - len(failed)} {word}" + (f", {len(failed)} not" if failed else ""), highlight=False)
    if failed:
        sys.exit(1)


def _failures(ids: list[str], act: Callable[[str], Any]) -> Iterator[tuple[str, ApiProblem]]:
    for task_id in ids:
        try:
            act(task_id)
        except ApiProblem as problem:
            yield task_id, problem
