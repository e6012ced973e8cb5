"""`bandeja env`: the running stack's settings. Typed before everything else, so it imports next to nothing."""

import shlex
import sys
from typing import Annotated

import typer

from ingest.cli.home import Data, default_home
from ingest.stack.environment import current_environment


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(env)


def env(
    name: Annotated[str | None, typer.Argument(help="One setting alone.")] = None,
    data: Data = None,
) -> None:
    """Print the running stack's settings as NAME=value lines, or one value."""
    known = current_environment(data or default_home())
    if name is None:
        for known_name, value in known.items():
            print(f"{known_name}={shlex.quote(value)}")
    elif name in known:
        print(known[name])
    else:
        print(f"There is no setting {name} here; `bandeja env` lists them, after a first `bandeja up`.", file=sys.stderr)
        sys.exit(1)
