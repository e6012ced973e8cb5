"""Which folder's stack a command speaks to."""

import os
from pathlib import Path
from typing import Annotated

import typer

from ingest.stack.layout import checkout

Data = Annotated[Path | None, typer.Option("--data", help="The stack's folder; `.bandeja` unless given.")]


def default_home() -> Path:
    """`BANDEJA_HOME`, else `.bandeja` beside the checkout's packages."""
    return Path(os.environ.get("BANDEJA_HOME", checkout() / ".bandeja"))
