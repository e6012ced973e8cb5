"""A long picture's lines are each read once, wherever the bands are cut."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from ingest.domain.pages import Word
from ingest.domain.placement import Box
from ingest.errors import ParserTimeout
from ingest.reading.bands import MOST_BANDS, read_in_bands
from ingest.reading.look import Seen

LINES = 200


def long_page(jitter: float = 0.0) -> Callable[[Box], Seen]:
    """Lines of two words; those that a band cuts come out wrong, and each band sees them a little higher or lower."""
    bands = 0

    def look(box: Box) -> Seen:
        nonlocal bands
        bands += 1
        shift = jitter * (-1) ** bands
        texts, words = [], []
        for n in range(LINES):
            top, bottom = (n + 0.2) / LINES, (n + 0.8) / LINES
            if bottom <= box[1] or top >= box[3]:
                continue
            name = f"línea {n}" if box[1] <= top and bottom <= box[3] else "cor tada"
            texts.append(name)
            for at, word in enumerate(name.split()):
                words.append(Word(word, at / 2, top + shift, at / 2 + 0.4, bottom + shift))
        return Seen("\n\n".join(texts), tuple(words), 0.9, 0, 1.0)

    return look


@pytest.mark.parametrize("ratio", [2.6, 5.0, 11.0, 15.3])
@pytest.mark.parametrize("jitter", [0.0, 0.0004])
def test_each_line_once_in_order(ratio: float, jitter: float) -> None:
    seen = read_in_bands(long_page(jitter), ratio)
    assert seen.text.split("\n") == [f"línea {n}" for n in range(LINES)]
    assert [word.text for word in seen.words] == seen.text.split()
    assert (seen.confidence, seen.fault) == (pytest.approx(0.9), "")


def test_within_a_place() -> None:
    boxes: list[Box] = []

    def look(box: Box) -> Seen:
        boxes.append(box)
        return Seen("", (), 0.0)

    read_in_bands(look, 6.0, (0.4, 0.1, 0.6, 0.9))
    assert (boxes[0][1], boxes[-1][3]) == (0.1, 0.9)
    assert {(left, right) for left, _, right, _ in boxes} == {(0.4, 0.6)}
    assert all(above[3] > below[1] for above, below in pairwise(boxes))


def test_a_band_that_fails_ends_it_and_what_was_read_stays() -> None:
    look, asked = long_page(), 0

    def failing(box: Box) -> Seen:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise ParserTimeout
        return look(box)

    seen = read_in_bands(failing, 10.0)
    assert (asked, seen.fault) == (3, "parser_timeout")
    assert seen.text.startswith("línea 0\nlínea 1\n")
    asked = 2
    with pytest.raises(ParserTimeout):
        read_in_bands(failing, 10.0)


def test_a_picture_a_thousand_times_as_long_as_wide_has_no_thousand_bands() -> None:
    asked = 0

    def look(box: Box) -> Seen:
        nonlocal asked
        asked += 1
        return Seen("", (), 0.0)

    read_in_bands(look, 1000.0)
    assert asked < 1.5 * MOST_BANDS
