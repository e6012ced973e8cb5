"""Checks that a command makes one after the other: a line each, ✓ with what was seen, ✗ with what is there instead."""

from collections.abc import Callable

from ingest.cli.problem import ApiProblem
from ingest.cli.screen import out, safe, safe_lines, spoken
from ingest.errors import BandejaError


class Failed(Exception):
    """A check did not hold; the text says what is there instead."""


def holds(name: str, check: Callable[[], str]) -> bool:
    """Make the check, print its line and return whether it held."""
    try:
        detail = check()
    except (Failed, ApiProblem) as problem:
        out.print(f"[bold red]✗[/] {name}: {safe_lines(problem)}", highlight=False)
        return False
    except BandejaError as error:
        said = f"{getattr(error.message, spoken())} ({error.code}{': ' if error.detail else ''}{error.detail})"
        out.print(f"[bold red]✗[/] {name}: {safe(said)}", highlight=False)
        return False
    out.print(f"[bold green]✓[/] {name} [dim]{safe(detail)}[/]", highlight=False)
    return True


def must(condition: object, otherwise: str) -> None:
    """Raises Failed unless the condition is true."""
    if not condition:
        raise Failed(otherwise)
