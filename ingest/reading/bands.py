"""Long pages, as a receipt's or a chat's, read in overlapping bands: whole they are too much for one run of OCR."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ingest.domain.pages import Word
from ingest.domain.placement import Box
from ingest.reading.faults import PAGE_FAULTS
from ingest.reading.look import Seen

LONG = 2.5  # times the width; a sheet is 1.4, a telephone's screen 2.2
BAND = 1.5  # times the width: about a sheet
MOST_BANDS = 40  # without their overlap; a file made to keep us busy may be a thousand times as long as wide
OVERLAP = 0.15  # of a band; in its half stands a line of any honest size whole


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    words: tuple[Word, ...]

    @property
    def middle(self) -> float:
        return (min(word.top for word in self.words) + self.bottom) / 2

    @property
    def bottom(self) -> float:
        return max(word.bottom for word in self.words)


def read_in_bands(look: Callable[[Box], Seen], ratio: float, whole: Box = (0.0, 0.0, 1.0, 1.0)) -> Seen:
    """What `look` sees of a place `ratio` times as high as wide, each line once. Raises what it raises at the first band.

    A band that cannot be read ends it; what has been read stays, with the `fault`.
    """
    left, top, right, bottom = whole
    height = (bottom - top) * max(BAND / ratio, 1 / MOST_BANDS)
    lines: list[_Line] = []
    bands: list[Seen] = []
    fault, start, read_to = "", top, top
    while True:
        end = min(bottom, start + height)
        try:
            seen = look((left, start, right, end))
        except PAGE_FAULTS as error:
            if not bands:
                raise
            fault = error.code
            break
        bands.append(seen)
        is_last = end >= bottom
        # What is cut at this band's end stands whole in the next.
        limit = bottom if is_last else end - OVERLAP * height / 2
        new = [line for line in _lines(seen) if read_to < line.middle and (is_last or line.middle < limit)]
        lines += new
        read_to = max([read_to, *(line.bottom for line in new)])
        if is_last:
            break
        start = end - OVERLAP * height
    return _whole(lines, bands, fault)


def _lines(seen: Seen) -> Iterator[_Line]:
    """The lines of the text, each with its words, which come in the same order."""
    at = 0
    for text in seen.text.splitlines():
        count = len(text.split())
        if words := seen.words[at : at + count]:
            yield _Line(text, words)
        at += count


def _whole(lines: list[_Line], bands: list[Seen], fault: str) -> Seen:
    characters = sum(len(band.text) for band in bands)
    return Seen(
        "\n".join(line.text for line in lines),
        tuple(word for line in lines for word in line.words),
        sum(band.confidence * len(band.text) for band in bands) / characters if characters else 0.0,
        bands[0].turn,
        sum(band.seconds for band in bands),
        fault or next((band.fault for band in bands if band.fault), ""),
    )
