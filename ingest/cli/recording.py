"""A picture of a run for the README: what was on the screen, as an SVG."""

import re
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
            # Rich names fonts on a server of others; a reader's own will do.
            drawn = re.sub(r"\s*@font-face \{.*?\}", "", self._kept.export_svg(title=title), flags=re.DOTALL)
            self._path.write_text(drawn, encoding="utf-8")
