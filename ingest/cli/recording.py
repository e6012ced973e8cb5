"""A picture of a run for the README: what was on the screen, as an SVG."""

from io import StringIO
from pathlib import Path

from rich.console import Console, RenderableType


class Recording:
    """Prints to the screen and, where a file is asked for, keeps what was printed."""

    def __init__(self, screen: Console, path: Path | None) -> None:
        self._screen = screen
        self._path = path
        self._kept = Console(record=True, width=118, file=StringIO(), force_terminal=True)

    def print(self, said: RenderableType) -> None:
        """Print and keep."""
        self._screen.print(said)
        self._kept.print(said)

    def keep(self, shown: RenderableType) -> None:
        """Keep what the screen shows already."""
        self._kept.print(shown)

    def save(self, title: str = "make demo") -> None:
        """Write the picture."""
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._kept.save_svg(str(self._path), title=title)
