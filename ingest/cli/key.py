"""`bandeja key add, list, revoke`: API keys. Only a hash is stored, so a key is shown once."""

import sys
from typing import Annotated

import typer
from rich.table import Column, Table

from ingest.cli import context
from ingest.cli.screen import err, out, safe
from ingest.db import audit, keys
from ingest.db.audit import Deed

app = typer.Typer(help="API keys, stored hashed.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    """Add the group."""
    parent.add_typer(app, name="key")


def scopes(text: str) -> tuple[str, ...]:
    """The scopes named in `upload,read,admin`. Raises BadParameter naming what is none."""
    named = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    unknown = [scope for scope in named if scope not in keys.SCOPES]
    if unknown or not named:
        raise typer.BadParameter(f"should be of {', '.join(keys.SCOPES)}; not {', '.join(unknown) or 'nothing'}")
    return named


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Whose it is.")],
    scope: Annotated[str, typer.Option(help="Of upload, read, admin (which implies both), parted by commas.")] = "upload,read",
) -> None:
    """Make a key and print it: the only time that it can be seen."""
    named = scopes(scope)
    with context.database(context.settings()) as database, database.begin() as connection:
        secret = keys.add(connection, name, named)
        audit.record(connection, Deed(audit.COMMAND_LINE, "key_added", name))
    err.print("Keep it now: it is stored hashed and not shown again.")
    print(secret)


@app.command("list")
def list_keys() -> None:
    """List all keys, without their secrets."""
    with context.database(context.settings()) as database, database.begin() as connection:
        found = keys.every(connection)
    table = Table("name", "scopes", "made", "last used", "revoked", Column("id", no_wrap=True, min_width=36), box=None)
    for key in found:
        moments = (key.created_at, key.last_used_at, key.revoked_at)
        days = (f"{moment.astimezone():%Y-%m-%d}" if moment else "" for moment in moments)
        table.add_row(safe(key.name), ",".join(key.scopes), *days, str(key.id))
    out.print(table)


@app.command()
def revoke(name_or_id: Annotated[str, typer.Argument(help="A key's id, or the name of one or more.")]) -> None:
    """Make a key worthless, at once."""
    with context.database(context.settings()) as database, database.begin() as connection:
        count = keys.revoke(connection, name_or_id)
        if count:
            audit.record(connection, Deed(audit.COMMAND_LINE, "key_revoked", name_or_id))
    if count == 0:
        err.print(f"[bold red]✗[/] No live key has that name or id: {safe(name_or_id)}")
        sys.exit(1)
    out.print(f"{count} revoked", highlight=False)
