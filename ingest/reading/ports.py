"""What reading needs of the outside: a file opened without trust, pixels, an engine that reads them."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ingest.domain.pages import Word
from ingest.domain.placement import IDENTITY, Box, Placement


@dataclass(frozen=True, slots=True)
class Picture:
    """An image on a page: where it is shown, in fractions of the page, and with how many dots an inch."""

    box: Box
    dpi: float


@dataclass(frozen=True, slots=True)
class Layer:
    """What a page holds besides pixels: the evidence to judge its text layer by.

    `image_cover` is the share (0–1) of the page that its images cover together (scanners cut pages into
    strips); `inner_characters` counts the non-space characters inside the inner 75 % of the page;
    `drawings` (painted lines and areas, as far as 500) is counted only where these are few; `invisible` says that the text is drawn invisibly
    (an OCR layer); `turn` is the clockwise turn, in degrees, that sets its lines upright. Width and height are in points.
    `beside` is text that belongs to the page and stands nowhere on it: comments, what was filled into an XFA form.
    `pictures` are the page's images, as far as 500; a file that is an image itself has none.
    """

    text: str
    words: tuple[Word, ...]
    width: float
    height: float
    image_cover: float
    inner_characters: int
    drawings: int
    invisible: bool
    turn: int = 0
    beside: str = ""
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Raster:
    """A page as 8-bit gray pixels, row by row; `dpi` as rendered.

    `placement` is where the pixels lie on the page as shown (see `ingest.domain.placement`): a raster may be a part of the
    page, turned, or a sheet straightened out of a photo (`is_straightened`). `fault` is the code of the error that kept
    a part of the pixels from being read, or "".
    """

    width: int
    height: int
    dpi: int
    pixels: bytes
    placement: Placement = IDENTITY
    is_straightened: bool = False
    fault: str = ""


class OpenDocument(Protocol):
    """A file being read in a process of its own; pages count from 1.

    Every method may raise CorruptFile, ParserTimeout or ParserMemory.
    """

    @property
    def page_count(self) -> int:
        """How many pages the file has."""

    def layer(self, page: int) -> Layer:
        """The page's text layer and the evidence around it."""

    def raster(self, page: int, dpi: int, as_photo: bool | None = None, place: Box | None = None) -> Raster:
        """The page, or a place on it, in gray at `dpi`, scaled down if it would exceed 25 megapixels.

        `as_photo`: whether to look for a sheet, straighten it and even out its light; None lets the reader judge (a place
        is no photo then).
        """

    def picture(self, page: int, dpi: int, place: Box | None = None) -> bytes:
        """The page, or a place on it, as a WebP, for people."""

    def copy_page(self, page: int, words: Sequence[Word], turn: int) -> None:
        """Add the page to a searchable copy, from the first on, in order: `words` as a text layer that is not drawn.

        A clockwise `turn` would set their lines upright.
        """

    def copied(self) -> bytes:
        """The searchable copy, a PDF of all pages."""


class DocumentReader(Protocol):
    """Opens PDFs and images of unknown origin without trusting them."""

    def start(self) -> None:
        """Begin what opening a file needs, so that the first file does not wait for it; does not block."""

    def open(self, path: Path, passwords: Callable[[], Sequence[str]] = tuple) -> AbstractContextManager[OpenDocument]:
        """Open by content, not by name; `passwords` is asked for a locked file alone.

        Raises EmptyFile, NotADocument, CorruptFile, EncryptedPdf, TooManyPages, and what `passwords` raises.
        """


@dataclass(frozen=True, slots=True)
class OcrText:
    """What OCR saw: text, words with boxes as fractions of the raster, and the confidence (0–1)
    of the words weighted by their characters; `turn` is the clockwise turn, in degrees, that sets the raster upright;
    `seconds` is the work (CPU time) that it took.
    """

    text: str
    words: tuple[Word, ...]
    confidence: float
    turn: int = 0
    seconds: float = 0.0


class OcrEngine(Protocol):
    """Reads pixels."""

    recipe: str

    def installed(self) -> Collection[str]:
        """The languages that it can read here."""

    def read(self, raster: Raster, languages: str, share: float = 1.0) -> OcrText:
        """Text of one page, within this share of the time that a page may take. Raises ParserTimeout, ParserMemory."""
