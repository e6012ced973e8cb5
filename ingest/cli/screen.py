"""What commands say on the terminal."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape

from ingest.errors import BandejaError

out = Console()
err = Console(stderr=True)


def spoken() -> str:
    """The user's language: `en` where the environment says English, else `es`."""
    said = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "en" if said.startswith("en") else "es"


def printable(text: str) -> str:
    """What a stranger wrote, as one line without what could drive a terminal: escapes, line ends, changes of direction."""
    return "".join(one if one.isprintable() else " " if one.isspace() else "\N{REPLACEMENT CHARACTER}" for one in text)


def safe(text: object) -> str:
    """The same for a console's markup: no word of it is a style. Every command prints what strangers wrote by this."""
    return escape(printable(str(text)))


def safe_lines(text: object) -> str:
    """As `safe`, with its line ends."""
    return "\n".join(map(safe, str(text).split("\n")))


def print_json(value: Any) -> None:
    """Print the value as JSON that a terminal can show: what could drive it stands there as JSON's own escapes."""
    said = json.dumps(value, ensure_ascii=False, indent=2)
    print("".join(one if one.isprintable() or one == "\n" else json.dumps(one)[1:-1] for one in said))


def error_screen(error: Exception) -> None:
    """Say what happened and what to do."""
    if isinstance(error, BandejaError):
        language = spoken()
        err.print(f"[bold red]✗[/] {getattr(error.message, language)} [dim]({error.code})[/]")
        err.print(f"  {getattr(error.action, language)}")
    else:
        err.print(f"[bold red]✗[/] {safe_lines(error)}", highlight=False)


@contextmanager
def progress(first: str) -> Iterator[Callable[[str], None]]:
    """A spinner whose text the block changes; where there is no terminal, a line at each change."""
    if not out.is_terminal:
        said = ""

        def line(text: str) -> None:
            nonlocal said
            # Counting up is for a terminal; a log wants each step once.
            if text.partition(":")[0] != said:
                said = text.partition(":")[0]
                out.print(said, highlight=False)

        yield line
        return
    with out.status(first) as status:
        yield status.update
